"""What the worker does for letters: seal and dispatch those of the short way, again until it succeeds."""

from __future__ import annotations

from uuid import UUID

from zhengling.kernel.documents.operations import finish_letter
from zhengling.kernel.outbox.models import Message
from zhengling.kernel.outbox.registry import handler


@handler("documents.finish", "documents.issued", outside=True)
def finish(message: Message) -> None:
    finish_letter(UUID(message.data["letter"]))
