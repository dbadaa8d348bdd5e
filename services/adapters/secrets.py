"""Secrets that Sluice makes for itself on first start, in files only their owner can read."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path


def read_or_make_secret(path: Path) -> str:
    """The secret in the file, made on first use; two processes that race get the same one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text("utf-8").strip()
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        secret = secrets.token_urlsafe(32)
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    return secret


def derive_key(secret: str, purpose: str) -> bytes:
    """A key for one purpose, so that one secret serves several."""
    return hmac.digest(secret.encode(), purpose.encode(), hashlib.sha256)
