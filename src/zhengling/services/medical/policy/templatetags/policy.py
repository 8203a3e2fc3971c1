"""Numbers and acts of the policy pages."""

from __future__ import annotations

from collections.abc import Mapping

from django import template
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy

register = template.Library()

STEPS: dict[str, str | Promise] = {
    "draft": gettext_lazy("drafted"),
    "edit": gettext_lazy("changed"),
    "try": gettext_lazy("trial asked for"),
    "tried": gettext_lazy("trial finished"),
    "cancel": gettext_lazy("trial cancelled"),
    "submit": gettext_lazy("submitted"),
    "approve": gettext_lazy("approved"),
    "refuse": gettext_lazy("refused"),
    "withdraw": gettext_lazy("withdrawn"),
}


@register.filter
def separated(number: int | None) -> str:
    """A count with thousands separated."""
    return f"{number:,}" if isinstance(number, int) else "—"


@register.filter
def large(fen: int) -> str:
    """A large sum in the reader's unit, two decimals: 1,234.56万元, in English ￥12.35 m (millions)."""
    if (get_language() or "").startswith("en"):
        return f"￥{fen / 100_000_000:,.2f} m"
    return f"{fen / 1_000_000:,.2f}万元"


@register.filter
def signed(share: float) -> str:
    return f"{share:+.2f}"


@register.filter
def seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:.1f}"


@register.filter
def source(money: Mapping[str, int], key: str) -> int:
    return money[key]


@register.filter
def step_label(act: str) -> str:
    return str(STEPS.get(act, act))
