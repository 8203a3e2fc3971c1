"""Words of the funds pages that come from stored names."""

from __future__ import annotations

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhengling.kernel.funds.models import Entry
from zhengling.kernel.funds.queries import purpose_label

register = template.Library()

STEP_WORDS: dict[str, str | Promise] = {
    "create": gettext_lazy("put together"),
    "add": gettext_lazy("payments added"),
    "take_out": gettext_lazy("payments taken out"),
    "submit": gettext_lazy("submitted"),
    "send_back": gettext_lazy("sent back"),
    "approve": gettext_lazy("approved"),
    "withdraw": gettext_lazy("approval taken back"),
    "export": gettext_lazy("file made for the bank"),
    "export_again": gettext_lazy("the same file made again"),
    "answer": gettext_lazy("answer of the bank taken"),
    "cancel": gettext_lazy("given up"),
}


@register.filter
def voucher_words(entry: Entry) -> str:
    """What an entry is for: ``granted YJ-2022-ABC234 王*``."""
    return f"{purpose_label(entry)} {entry.description}"


@register.filter
def posted_by(entry: Entry) -> str:
    """Who posted it; the system's own acts in words."""
    return entry.posted_by_name if entry.posted_by_id or entry.posted_by_name != "system" else _("the system")


@register.filter
def step_label(act: str) -> str:
    """The words for what was done to a batch."""
    return str(STEP_WORDS.get(act, act))
