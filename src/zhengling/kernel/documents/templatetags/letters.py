"""Words for a letter's steps and for the values of a template."""

from __future__ import annotations

from django import template
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from zhengling.kernel.documents import course
from zhengling.kernel.documents.models import LetterStep
from zhengling.kernel.documents.wording import Placeholder

register = template.Library()


@register.filter
def letter_step(step: LetterStep) -> str:
    """What was done: 签发."""
    return capfirst(str(course.step(step.step).label))


@register.filter
def braces(placeholder: Placeholder) -> str:
    """The value as it is written in a template."""
    return "{{" + placeholder.word + "}}"


@register.filter
def placeholder_kind(placeholder: Placeholder) -> str:
    """What a value is, in words."""
    return {
        "text": _("text"),
        "money": _("amount; with |大写 in capital characters"),
        "date": _("date"),
        "paragraphs": _("paragraphs, on a line of its own"),
        "table": _("table, on a line of its own"),
        "rows": _("boxes of the form, on a line of its own"),
        "code": _("code"),
    }[placeholder.kind]
