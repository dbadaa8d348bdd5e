"""What a login and a password must look like, and how what opens a door is stored."""

from __future__ import annotations

import hashlib

from services.domain.errors import Unprocessable

MINIMUM_PASSWORD = 12


def read_login(text: str) -> str:
    """The login in its one form: trimmed, in lower case.

    Raises:
        Unprocessable: it has other characters than it may, or too few or many.
    """
    login = text.strip().lower()
    if not 2 <= len(login) <= 64 or not all(c.isalnum() or c in "._-@+" for c in login):
        raise Unprocessable(
            "A login has 2 to 64 letters, digits or any of . _ - @ + in it.", param="login"
        )
    return login


def check_password(password: str, login: str) -> None:
    """Let a new password pass.

    Raises:
        Unprocessable: it is too short, or the login is part of it.
    """
    if len(password) < MINIMUM_PASSWORD:
        raise Unprocessable(
            f"The password has {len(password)} characters: use {MINIMUM_PASSWORD} or more.",
            param="password",
        )
    if login in password.lower():
        raise Unprocessable("The password contains the login: choose another.", param="password")


def hash_token(token: str) -> str:
    """How keys, cookies and links are stored: SHA-256, hex. They are 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()
