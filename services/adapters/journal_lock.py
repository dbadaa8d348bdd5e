"""Whose journal files are whose, and the file lock that proves a writer alive or dead."""

from __future__ import annotations

import fcntl
import os
import re
from pathlib import Path

_FILE = re.compile(r"(?P<writer>[A-Za-z0-9_-]+)\.(?:lock|(?P<number>\d+)\.jsonl)")


def create_lock(folder: Path, writer: str) -> int:
    """Make the writer's lock file, held until the descriptor is closed or the process ends.

    Raises:
        OSError: it cannot be made, or the writer has one already.
    """
    # Locked before it has its name: nobody can find it unlocked and take its writer for dead.
    unnamed = folder / f".{writer}.new"
    descriptor = os.open(unnamed, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        unnamed.rename(lock_path(folder, writer))
    except OSError:
        os.close(descriptor)
        unnamed.unlink(missing_ok=True)
        raise
    return descriptor


def take_lock(folder: Path, writer: str) -> int | None:
    """The lock of a dead writer; None while it lives, or when another process was faster."""
    path = lock_path(folder, writer)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Whoever took over before us deleted the file: then this lock is on nothing.
        if os.path.samestat(os.fstat(descriptor), path.stat()):
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(descriptor)
    return None


def lock_path(folder: Path, writer: str) -> Path:
    """The writer's lock file."""
    return folder / f"{writer}.lock"


def list_writers(folder: Path) -> list[str]:
    """Everyone who has files in the folder."""
    found = (_FILE.fullmatch(name) for name in _names(folder))
    return sorted({match["writer"] for match in found if match})


def list_segments(folder: Path, writer: str) -> list[Path]:
    """A writer's segments, oldest first."""
    found = (_FILE.fullmatch(name) for name in _names(folder))
    mine = [match for match in found if match and match["writer"] == writer and match["number"]]
    return [folder / match[0] for match in sorted(mine, key=lambda match: int(match["number"]))]


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 - names are all it takes, twice a second
    except FileNotFoundError:
        return []
