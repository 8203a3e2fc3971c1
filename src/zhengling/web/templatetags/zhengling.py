"""Tags and filters of every template; loaded as built-ins by the settings, so no ``{% load %}`` is needed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms, template
from django.conf import settings
from django.forms.boundfield import BoundField
from django.template.base import NodeList
from django.template.context import Context
from django.template.loader_tags import BlockNode
from django.templatetags.static import static
from django.urls import reverse
from django.utils import formats
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from zhengling.kernel import clock
from zhengling.kernel.casework import labels
from zhengling.kernel.casework import procedure as procedures
from zhengling.kernel.casework.authority import role_words
from zhengling.kernel.casework.forms import TableField
from zhengling.kernel.directory.words import provenance
from zhengling.kernel.law.citations import InvalidCitation, parse_citation
from zhengling.kernel.law.instruments import Text, load_city
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.workdays.counting import workdays_between
from zhengling.kernel.workdays.queries import current_calendar

register = template.Library()
register.filter(provenance)
register.filter(labels.listed)

SOON = 2  # working days


@register.simple_tag(takes_context=True)
def repeat_block(context: Context, name: str) -> SafeString:
    """Render a block of the page a second time: the title of the window is the heading of the page."""
    return BlockNode(name, NodeList()).render(context)


@register.simple_tag
def icon(name: str) -> SafeString:
    """A drawing of ``icons.svg``; decoration only, the words beside it say the same."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static("web/icons.svg"),
        name,
    )


@register.filter
def money(fen: int | None) -> str:
    """Integer fen as ￥1,234.50; nothing as a dash."""
    if not isinstance(fen, int):
        return "—"
    sign = "-" if fen < 0 else ""
    yuan, rest = divmod(abs(fen), 100)
    return f"{sign}￥{yuan:,}.{rest:02d}"


@register.filter
def cndate(value: date | datetime | str | None) -> str:
    """2022年2月10日, in English 10 February 2022. Text is read as an ISO date."""
    if not value:
        return "—"
    if isinstance(value, str):
        value = date.fromisoformat(value[:10])
    if isinstance(value, datetime):
        value = clock.local(value).date()
    return formats.date_format(value, "DATE_FORMAT")


@register.filter
def cntime(value: datetime | None) -> str:
    """2022年2月10日 09:05, in Shanghai."""
    return formats.date_format(clock.local(value), "DATETIME_FORMAT") if value else "—"


@register.simple_tag(takes_context=True)
def due_chip(context: Context, due: date | None) -> SafeString:
    """A due date's remaining time with icon and words. A page with many of them reads the calendar once."""
    if due is None:
        return format_html('<span class="quiet">{}</span>', _("no time limit"))
    shell, today = context.get("shell"), clock.today()
    calendar = shell.calendar if shell else current_calendar()
    left = workdays_between(today, due, calendar) if due > today else 0
    state = urgency(due, left)
    return format_html(
        '<span class="chip {}">{} {}</span>',
        state,
        icon("late" if state == "late" else "clock"),
        remaining(due, left),
    )


def remaining(due: date, left: int) -> str:
    """How long until a due date, in words: the `left` working days ahead, calendar days behind."""
    today = clock.today()
    if due < today:
        late = (today - due).days
        return ngettext("%(n)s day overdue", "%(n)s days overdue", late) % {"n": late}
    if due == today:
        return _("due today")
    return ngettext("%(n)s working day left", "%(n)s working days left", left) % {"n": left}


def urgency(due: date, left: int) -> str:
    """The class of a due date's chip: ``late``, ``soon`` (today and the next two working days) or ``ok``."""
    if due < clock.today():
        return "late"
    return "soon" if left <= SOON else "ok"


@register.filter
def role_label(name: str) -> str:
    """The words for a role."""
    return role_words(name)


@register.filter
def act_label(name: str, procedure: str) -> str:
    """The words for an act, the common ones included: ``{{ event.act|act_label:case.procedure }}``."""
    return labels.act_label(procedures.get(procedure), name)


@register.simple_tag
def citation(key: str, within: str = "") -> SafeString:
    """A citation key (``YZCR-2021-01016/10(2)``) as short text that leads to the page of the provision.

    On a page that is about one instrument, `within` names it, and its title is not repeated.
    """
    try:
        found = parse_citation(key)
        instrument = load_city(settings.CITY).instrument(found.instrument)
    except (InvalidCitation, KeyError):
        return format_html('<span class="citation">{}</span>', key)
    english = (get_language() or "").startswith("en")
    short, place = instrument.short_title, found.place
    text = full = found.en(short.en) if english else found.zh(short.zh)
    if place and found.instrument == within:
        text = place.en() if english else place.zh()
    while place is not None and place.key not in instrument.by_key:
        place = place.parent
    url = (
        reverse("provision", args=[instrument.key, place.key])
        if place
        else reverse("instrument", args=[instrument.key])
    )
    return format_html('<a class="citation" href="{}" title="{}">{}</a>', url, full, text)


@register.simple_tag
def unit_link(unit: Organisation | None) -> SafeString:
    """A unit's name that leads to its page in the directory."""
    if unit is None:
        return format_html("—")
    return format_html('<a href="{}">{}</a>', reverse("organisation", args=[unit.code]), unit.label)


@register.filter
def words(text: Text | None) -> str:
    """A text of the law in the reader's language."""
    return text.in_language(get_language() or "") if text else ""


@register.simple_tag(takes_context=True)
def panel(context: Context, name: str, values: dict[str, Any]) -> SafeString:
    """A template that a service registered for the case page, with its own values on top of the page's."""
    with context.push(**values):
        assert context.template is not None
        return context.template.engine.get_template(name).render(context)


@register.filter
def percent(hundredths: int) -> str:
    """Hundredths of a percent as 90% or 62.5%."""
    return f"{hundredths / 100:.2f}".rstrip("0").rstrip(".") + "%"


@register.filter
def svg(length: float) -> str:
    """A length for SVG, the same in every language."""
    return f"{length:g}"


@register.simple_tag(takes_context=True)
def with_query(context: Context, **changes: Any) -> str:
    """The query string with parameters changed (None removes one): ``href="{% with_query page=2 %}"``."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        if value is None or value == "":
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}"


@register.inclusion_tag("web/sort_header.html", takes_context=True)
def sort_header(context: Context, name: str, label: str, css: str = "") -> dict[str, Any]:
    """A column heading that sorts by ``?sort=name`` and, clicked again, by ``?sort=-name``."""
    current = context["request"].GET.get("sort", "")
    state = {name: "ascending", f"-{name}": "descending"}.get(current, "")
    return {
        "request": context["request"],
        "label": label,
        "css": css,
        "state": state,
        "target": f"-{name}" if state == "ascending" else name,
    }


@register.inclusion_tag("web/pager.html", takes_context=True)
def pager(context: Context, page: Any) -> dict[str, Any]:
    """Earlier, later and the count of a Django `Page`."""
    return {"request": context["request"], "page": page}


@register.filter
def widget_kind(field: BoundField) -> str:
    """The class of a field's box: ``flag`` for a check box, ``table`` for rows, else the input type."""
    if isinstance(field.field, forms.BooleanField):
        return "flag"
    if isinstance(field.field, TableField):
        return "table"
    return str(getattr(field.field.widget, "input_type", "") or "area")
