"""Received files lie sealed in the store: they are full of identity numbers."""

from __future__ import annotations

import base64
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from zhengling.kernel import ciphers

COLUMN = "exchange_exchange.blob"


def keep(pk: UUID, content: bytes) -> str:
    """Seal and keep; returns the name in the store."""
    sealed = ciphers.seal(base64.b64encode(content).decode(), column=COLUMN, row=pk)
    return default_storage.save(f"exchange/{pk}", ContentFile(sealed.encode()))


def fetch(pk: UUID, blob: str) -> bytes:
    """The file as it was received. Raises OSError or `ciphers.CannotOpenError`."""
    with default_storage.open(blob) as stored:
        return base64.b64decode(ciphers.unseal(stored.read().decode(), column=COLUMN, row=pk))


def forget(blob: str) -> None:
    default_storage.delete(blob)
