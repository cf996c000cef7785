"""What proves that somebody is who they say: a password, and a code of the moment."""

import hmac
from base64 import b32decode
from functools import cache
from threading import BoundedSemaphore
from urllib.parse import quote

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 12
LONGEST = 200
STEP = 30
"""Seconds for which a code is good (RFC 6238)."""

_HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)
# Each takes 64 MiB and a core: a crowd at the door must not take the machine.
_AT_ONCE = BoundedSemaphore(2)


@cache
def _nobody() -> str:
    """Return what is verified for names that nobody has, so that these take as long as others."""
    return _HASHER.hash("nobody has this password")


def hash_password(password: str) -> str:
    """Return the Argon2id hash of a password, with salt and costs."""
    with _AT_ONCE:
        return _HASHER.hash(password)


def is_password(hashed: str | None, password: str) -> bool:
    """Say whether a password is the one of a hash; None, nobody's, takes as long."""
    nobody = _nobody()  # for whatever name is asked first, it is made then
    try:
        with _AT_ONCE:
            return _HASHER.verify(hashed or nobody, password) and hashed is not None
    except (VerificationError, InvalidHashError):
        return False


def code(secret: str, step: int) -> str:
    """Return the six digits of a half-minute (RFC 6238 with SHA-1, which every app knows)."""
    digest = hmac.new(b32decode(secret), step.to_bytes(8, "big"), "sha1").digest()
    offset = digest[-1] & 15
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"


def step_of(secret: str, given: str, *, at: float, after: int) -> int | None:
    """Return the half-minute that a code is of, this one or a neighbour; None: it is no code.

    Args:
        secret: in base32.
        given: as it was typed.
        at: seconds since 1970.
        after: half-minute of the newest code that was taken: it, and older ones, are used up.
    """
    digits = "".join(str(int(one)) for one in given if one.isdecimal())
    for step in (int(at) // STEP + shift for shift in (0, -1, 1)):
        if step > after and hmac.compare_digest(code(secret, step), digits):
            return step
    return None


def address(secret: str, name: str, issuer: str) -> str:
    """Return the address by which an app takes a secret over."""
    return f"otpauth://totp/{quote(issuer)}:{quote(name)}?secret={secret}&issuer={quote(issuer)}"
