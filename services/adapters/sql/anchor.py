"""The audit chain's last known head, sealed, in a file outside the database."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from pathlib import Path

import orjson

from services.adapters.files import write_atomically
from services.adapters.sql.chain import AuditChain
from services.domain.errors import SourceDown


@dataclass(frozen=True, slots=True)
class Anchor:
    """Sequence and MAC of an event that the chain must still hold."""

    sequence: int
    mac: str

    def content(self) -> bytes:
        return f"{self.sequence}:{self.mac}".encode()


def read_anchor(path: Path, chain: AuditChain) -> tuple[Anchor | None, str | None]:
    """The anchor, and what is wrong with the file; (None, None) when nothing is anchored yet."""
    try:
        stored = orjson.loads(path.read_bytes())
        anchor = Anchor(int(stored["sequence"]), str(stored["mac"]))
        if hmac.compare_digest(str(stored["seal"]), chain.seal(anchor.content())):
            return anchor, None
    except FileNotFoundError:
        return None, None
    except (OSError, ValueError, KeyError, TypeError):
        pass  # said below: a file that cannot be read proves nothing, whatever the cause
    return None, (
        f"The chain's anchor {path} cannot be trusted: it is damaged, or sealed with another "
        "AI_AUDIT_KEY. Restore it, or the end of the chain cannot be proved."
    )


def write_anchor(path: Path, anchor: Anchor, chain: AuditChain) -> None:
    """Replace the anchor file.

    Raises:
        SourceDown: the file cannot be written.
    """
    seal = chain.seal(anchor.content())
    body = {"sequence": anchor.sequence, "mac": anchor.mac, "seal": seal}
    try:
        write_atomically(path, orjson.dumps(body))
    except OSError as error:
        raise SourceDown(
            f"The audit chain's anchor {path} cannot be written: {error.strerror}. Cutting the "
            "chain's end off would not be noticed until it is: free space or fix the permissions."
        ) from error
