"""Passwords, tokens and other secrets: made here, kept as digests only."""

from __future__ import annotations

import hashlib
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher()
_NOBODY = _hasher.hash("nobody has this password")  # checked where there is no user, so that both take as long


def new_secret(prefix: str = "") -> str:
    """192 random bits as text for addresses and headers."""
    return prefix + secrets.token_urlsafe(24)


def digest_of(secret: str) -> bytes:
    """SHA-256: enough where the secret is random and long."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def hash_password(password: str) -> str:
    """Argon2id with a salt of its own."""
    return _hasher.hash(password)


def is_password(password: str, hashed: str | None) -> bool:
    """Whether the password is the one that was hashed; takes as long where there is none."""
    try:
        return _hasher.verify(hashed or _NOBODY, password) and hashed is not None
    except (VerificationError, InvalidHashError):
        return False
