"""The Lua scripts beside this file; each is sent once and then called by its hash."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Script:
    """A script's text and the hash that Redis knows it by."""

    name: str
    text: str
    sha: str


@cache
def read_script(name: str, shared: str = "shared") -> Script:
    """The script of that name, after what it shares with others."""
    text = "".join((_FOLDER / f"{part}.lua").read_text("utf-8") for part in (shared, name))
    return Script(name, text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())
