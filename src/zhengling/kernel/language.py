"""The official language: what is stored, posted or sent is in Chinese, whatever the officer's screen speaks."""

from __future__ import annotations

from django.utils.translation import override


def official(text: object, **values: object) -> str:
    """`text` (lazily translated or plain) with `values` put in, in the official language."""
    with override("zh-hans"):
        return str(text) % values if values else str(text)
