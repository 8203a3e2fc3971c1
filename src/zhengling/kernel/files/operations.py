"""Taking a file in: what it claims to be must be what it is."""

from __future__ import annotations

import hashlib
from pathlib import PurePath
from typing import BinaryIO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from zhengling.kernel import clock
from zhengling.kernel.accounts.models import User
from zhengling.kernel.files.models import StoredFile

MAX_BYTES = 20 * 1024 * 1024

# media type -> (endings, first bytes); what is not here is refused
TYPES: dict[str, tuple[tuple[str, ...], tuple[bytes, ...]]] = {
    "image/jpeg": ((".jpg", ".jpeg"), (b"\xff\xd8\xff",)),
    "image/png": ((".png",), (b"\x89PNG\r\n\x1a\n",)),
    "application/pdf": ((".pdf",), (b"%PDF-",)),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ((".docx",), (b"PK\x03\x04",)),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ((".xlsx",), (b"PK\x03\x04",)),
    "application/zip": ((".zip",), (b"PK\x03\x04",)),
}


class FileRefused(ValueError):
    """The file cannot be taken; the message says why and what to send instead."""


def media_type(name: str, head: bytes) -> str:
    """The type by ending and first bytes together. Raises `FileRefused`."""
    ending = PurePath(name).suffix.lower()
    for kind, (endings, starts) in TYPES.items():
        if ending in endings:
            if not head.startswith(starts):
                raise FileRefused(
                    _("%(name)s is not what its ending says; scan or export it again") % {"name": name}
                )
            return kind
    allowed = ", ".join(sorted({e for endings, _starts in TYPES.values() for e in endings}))
    raise FileRefused(
        _("%(name)s: only these kinds can be taken: %(allowed)s") % {"name": name, "allowed": allowed}
    )


def store(name: str, content: bytes | BinaryIO, by: User | None) -> StoredFile:
    """Keep one file. Raises `FileRefused` for an empty, too large or unknown one."""
    data = content if isinstance(content, bytes) else content.read(MAX_BYTES + 1)
    name = PurePath(name.replace("\\", "/")).name[-160:]
    if not data:
        raise FileRefused(_("%(name)s is empty") % {"name": name})
    if len(data) > MAX_BYTES:
        raise FileRefused(_("%(name)s is larger than 20 MB; scan it in grey at 200 dpi") % {"name": name})
    kind = media_type(name, data[:16])
    digest = hashlib.sha256(data).hexdigest()
    key = f"{digest[:2]}/{digest}"
    if not default_storage.exists(key):
        key = default_storage.save(key, ContentFile(data))
    return StoredFile.objects.create(
        name=name,
        media_type=kind,
        size=len(data),
        digest=digest,
        blob=key,
        uploaded_by=by,
        uploaded_at=clock.now(),
    )
