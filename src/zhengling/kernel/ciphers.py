"""Personal data at rest: SM4-GCM for each field (GB/T 32907), HMAC-SM3 (GB/T 32905) to find a value again.

Master keys come from ``settings.FIELD_KEYS`` (id → 64 hexadecimal digits); the first encrypts, every one
decrypts. From the master key a key of its own is derived for each use and column. A sealed text is bound to
its place by the associated data ``table.column.pk``: copied to another row or column it does not open.

    sm4:<key id>:<base64url of nonce (12 bytes) + ciphertext + tag (16 bytes)>

To rotate: put a new key in front, restart everything, run ``zhengling people reseal``, then drop the old key.
"""

from __future__ import annotations

import base64
import os
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.hmac import HMAC
from django.conf import settings

ALGORITHM = "sm4"
NONCE_BYTES, TAG_BYTES = 12, 16


class CannotOpenError(ValueError):
    """The sealed text was changed, belongs to another place, or its key is gone. Never holds the value."""


def hmac_sm3(key: bytes, message: bytes) -> bytes:
    mac = HMAC(key, SM3())
    mac.update(message)
    return mac.finalize()


def encrypt(key: bytes, nonce: bytes, text: bytes, associated: bytes) -> bytes:
    """SM4-GCM: ciphertext followed by its 16-byte tag."""
    worker = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    worker.authenticate_additional_data(associated)
    return worker.update(text) + worker.finalize() + worker.tag


def decrypt(key: bytes, nonce: bytes, sealed: bytes, associated: bytes) -> bytes:
    """The reverse of `encrypt`. Raises cryptography's InvalidTag."""
    worker = Cipher(algorithms.SM4(key), modes.GCM(nonce, sealed[-TAG_BYTES:])).decryptor()
    worker.authenticate_additional_data(associated)
    return worker.update(sealed[:-TAG_BYTES]) + worker.finalize()


def seal(text: str, *, column: str, row: UUID | int | str) -> str:
    """`text` encrypted for one place: ``table.column`` and the primary key. Empty stays empty."""
    if not text:
        return ""
    key_id = current_key_id()
    nonce = os.urandom(NONCE_BYTES)
    body = nonce + encrypt(_seal_key(key_id, column), nonce, text.encode(), f"{column}.{row}".encode())
    return f"{ALGORITHM}:{key_id}:{base64.urlsafe_b64encode(body).decode()}"


def unseal(sealed: str, *, column: str, row: UUID | int | str) -> str:
    """The text sealed for exactly this place. Raises `CannotOpenError`."""
    if not sealed:
        return ""
    try:
        algorithm, key_id, body = sealed.split(":", 2)
        if algorithm != ALGORITHM or key_id not in settings.FIELD_KEYS:
            raise CannotOpenError(f"{column} of {row}: {algorithm} key {key_id!r} is not configured")
        data = base64.b64decode(body, altchars=b"-_", validate=True)
        place = f"{column}.{row}".encode()
        return decrypt(_seal_key(key_id, column), data[:NONCE_BYTES], data[NONCE_BYTES:], place).decode()
    except CannotOpenError:
        raise
    except (InvalidTag, ValueError) as error:
        raise CannotOpenError(f"{column} of {row}: changed, or sealed for another place") from error


def current_key_id() -> str:
    """The id of the key that encrypts today."""
    return next(iter(settings.FIELD_KEYS))


def sealed_with(sealed: str) -> str:
    """The id of the key a sealed text needs."""
    return sealed.split(":", 2)[1] if sealed else ""


def blind_index(text: str, *, column: str) -> str:
    """The keyed digest to store beside a sealed value. `text` must be normalised. Empty stays empty."""
    return _index(current_key_id(), column, text) if text else ""


def blind_indexes(text: str, *, column: str) -> list[str]:
    """The digests to search for: one for each key, so that rows sealed before a rotation are still found."""
    return [_index(key_id, column, text) for key_id in settings.FIELD_KEYS] if text else []


def _master(key_id: str) -> bytes:
    return bytes.fromhex(settings.FIELD_KEYS[key_id])


def _seal_key(key_id: str, column: str) -> bytes:
    return hmac_sm3(_master(key_id), f"seal|{column}".encode())[:16]


def _index(key_id: str, column: str, text: str) -> str:
    key = hmac_sm3(_master(key_id), f"index|{column}".encode())
    return hmac_sm3(key, text.encode()).hex()
