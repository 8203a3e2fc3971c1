"""Words of the returns' pages that come from stored names."""

from __future__ import annotations

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhengling.kernel.returns.periods import Period

register = template.Library()

STEP_WORDS: dict[str, str | Promise] = {
    "open": _("return opened"),
    "compute": _("computed"),
    "type": _("figures typed in"),
    "submit": _("handed in"),
    "send_back": _("sent back"),
    "accept": _("accepted above"),
    "lock": _("period locked"),
    "replace": _("replaced by a correction"),
    "correct": _("correction opened"),
}


@register.filter
def return_step(act: str) -> str:
    """The words for what was done to a return."""
    return str(STEP_WORDS.get(act, act))


@register.filter
def period_words(text: str, language: str) -> str:
    """``2022Q1`` in words: ``{{ period|period_words:LANGUAGE_CODE }}``."""
    return Period.parse(text).in_language(language)
