"""Types of what callers send, stricter than their parsers."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from django.utils.translation import gettext as _
from pydantic import BeforeValidator


def _iso(value: object) -> date:
    """Only 2022-03-28: elsewhere numbers would be taken for seconds since 1970."""
    if isinstance(value, date):
        return value
    text = str(value)
    if len(text) != 10:
        raise ValueError(_("write a date like 2022-03-28"))
    return date.fromisoformat(text)


Day = Annotated[date, BeforeValidator(_iso)]
