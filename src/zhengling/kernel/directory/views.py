"""The public directory of units: tree and search, one unit, Excel."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from io import BytesIO

from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhengling.kernel import clock
from zhengling.kernel.accounts.access import BUSINESS, EVERYBODY, for_audience
from zhengling.kernel.accounts.actors import actor_of
from zhengling.kernel.accounts.roles import ROLES
from zhengling.kernel.directory import queries
from zhengling.kernel.directory.queries import Wanted
from zhengling.kernel.directory.words import (
    CATEGORIES,
    DUTY_ROLES,
    MEMBER_ROLES,
    SCHEMES,
    UNIT_KINDS,
    english,
    kind_label,
    matter_label,
    provenance,
)
from zhengling.kernel.organisations.models import Alias, Level, Organisation
from zhengling.kernel.organisations.unit_names import ZONE_KINDS
from zhengling.kernel.spreadsheets import MEDIA_TYPE, spreadsheet

PAGE = 50
PLACES = (Level.COUNTY, Level.TOWNSHIP, Level.VILLAGE)


def _wanted(request: HttpRequest) -> Wanted:
    level = request.GET.get("level", "")
    return Wanted(
        " ".join(request.GET.get("q", "").split())[:60],
        level if level in Level.values else "",
        request.GET.get("kind", "")[:40],
    )


@for_audience(EVERYBODY)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The tree of the city; with words or a filter the list of what fits."""
    wanted, counts = _wanted(request), queries.counted()
    context = {
        "wanted": wanted,
        "levels": Level.choices,
        "kinds": _kind_choices(),
        "counts": [(label, counts[level]) for level, label in Level.choices if counts[level]],
    }
    if wanted:
        page = Paginator(queries.search(wanted), PAGE).get_page(request.GET.get("page"))
        rows = [
            (found, kind_label(found.unit.kind)) for found in queries.listed(page.object_list, wanted.words)
        ]
        return render(request, "directory/list.html", context | {"page": page, "rows": rows})
    city = Organisation.objects.filter(level=Level.CITY).first()
    found = list(queries.children(city)) if city else []
    # Zones after the counties: their codes come first only because one of them has letters.
    places = sorted(
        (unit for unit in found if unit.level in PLACES), key=lambda unit: unit.kind in ZONE_KINDS
    )
    context |= {"city": city, "places": places, "groups": _by_category(found)}
    return render(request, "directory/index.html", context)


Choices = list[tuple[str | Promise, str, list[tuple[str, str]]]]


def _kind_choices() -> Choices:
    """Kinds for the filter: (heading, value for all of them, [(kind, words)])."""
    kinds = queries.files().kinds.values()
    units: Choices = [(_("Units"), "", [(kind, str(label)) for kind, label in UNIT_KINDS.items()])]
    return units + [
        (
            label,
            f"category.{name}",
            [(row.kind, kind_label(row.kind)) for row in kinds if row.category == name],
        )
        for name, label in CATEGORIES.items()
    ]


def _by_category(units: list[Organisation]) -> list[tuple[str | Promise, list[Organisation]]]:
    kinds = queries.files().kinds
    found: dict[str, list[Organisation]] = defaultdict(list)
    for unit in units:
        if unit.level not in PLACES:
            known = kinds.get(unit.kind)
            found[known.category if known else "government"].append(unit)
    return [(label, found[name]) for name, label in CATEGORIES.items() if name in found]


@for_audience(EVERYBODY)
@require_safe
def below(request: HttpRequest, code: str) -> HttpResponse:
    """What lies below a unit, as branches of the tree."""
    unit = get_object_or_404(Organisation, code=code)
    return render(request, "directory/branches.html", _below(unit))


def _below(unit: Organisation) -> dict[str, object]:
    found = list(queries.children(unit))
    return {
        "unit": unit,
        "places": [each for each in found if each.level in PLACES],
        "offices": [each for each in found if each.level not in PLACES],
    }


@for_audience(EVERYBODY)
@require_safe
def unit(request: HttpRequest, code: str) -> HttpResponse:
    """One unit: names, codes, residents, groups, posts, duties; for officers also who holds which role there."""
    unit = get_object_or_404(Organisation.objects.select_related("parent"), code=code)
    actor, today = actor_of(request), clock.today()
    context = _below(unit) | {
        "above": queries.above(unit),
        "kind": kind_label(unit.kind),
        "aliases": unit.aliases.all(),
        "codes": [(row, SCHEMES[row.scheme]) for row in queries.codes_of(unit)],
        "population": queries.population_of(unit),
        "zones": _zones(unit),
        "members": [
            (row.member, MEMBER_ROLES[row.role], row.citation)
            for row in unit.memberships.select_related("member")
        ],
        "member_of": [
            (row.group, MEMBER_ROLES[row.role], row.citation)
            for row in unit.member_of.select_related("group")
        ],
        "posts": [
            (post, holder, holder.valid_to is None or holder.valid_to >= today)
            for post in queries.posts_of(unit)
            for holder in post.incumbencies.all()
        ],
        "duties": [(matter_label(row.matter), DUTY_ROLES[row.role], row) for row in queries.duties_of(unit)],
        "today": today,
    }
    if BUSINESS.admits(actor):
        context["officers"] = [(ROLES[role].label, names) for role, names in queries.officers_of(unit)]
    return render(request, "directory/unit.html", context)


def _zones(unit: Organisation) -> list[tuple[object, Organisation | None, Organisation | None]]:
    """(row, township, zone) for townships that a zone runs."""
    rows = queries.zone_rows(unit)
    named = {code for row in rows for code in (row.township_code, row.zone_code)}
    units = {found.code: found for found in Organisation.objects.filter(code__in=named)}
    return [(row, units.get(row.township_code), units.get(row.zone_code)) for row in rows]


@for_audience(EVERYBODY)
@require_safe
def excel(request: HttpRequest) -> HttpResponseBase:
    """The list with its filters, or the whole directory, as an Excel file."""
    wanted = _wanted(request)
    heading = [
        *(_("Code"), _("Unit"), _("Short name"), _("English name"), _("Level"), _("Kind")),
        *(_("Lies in"), _("Other names"), _("Residents (newest census)"), _("Where it comes from")),
    ]
    title = _("Directory of units")
    file = BytesIO(spreadsheet(heading, _excel_rows(wanted), title=title, widths=(24, 36, 24, 36)))
    name = f"{title}-{clock.today():%Y%m%d}.xlsx"
    return FileResponse(file, as_attachment=True, filename=name, content_type=MEDIA_TYPE)


def _excel_rows(wanted: Wanted) -> Iterator[tuple[object, ...]]:
    residents = queries.newest_population()
    for found in queries.listed(queries.search(wanted)):
        unit = found.unit
        names = (("; " if english() else "；").join(_alias(alias) for alias in unit.aliases.all()),)
        yield (
            *(unit.code, unit.name, unit.short_name, unit.name_en, unit.get_level_display()),
            *(kind_label(unit.kind), found.where, *names, residents.get(unit.code), provenance(unit.source)),
        )


def _alias(alias: Alias) -> str:
    if alias.valid_to is None:
        return alias.name
    return _("%(name)s (until %(day)s)") % {
        "name": alias.name,
        "day": date_format(alias.valid_to, "DATE_FORMAT"),
    }
