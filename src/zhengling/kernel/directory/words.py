"""The directory's words: what a unit is, how it answers for a matter, what it is in a group."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from zhengling.kernel.directory.queries import files

# Forms of units; the functions of all other organisations have their words in the city's kinds.csv.
UNIT_KINDS: dict[str, str | Promise] = {
    "prefecture_city": _("prefecture-level city"),
    "district": _("district"),
    "county": _("county"),
    "autonomous_county": _("autonomous county"),
    "county_city": _("county-level city"),
    "administrative_zone": _("administrative zone"),
    "development_zone": _("development zone"),
    "subdistrict": _("subdistrict"),
    "town": _("town"),
    "township": _("township"),
    "ethnic_township": _("ethnic township"),
    "township_equivalent": _("unit of township rank"),
    "village": _("village"),
    "community": _("community"),
    "other": _("living area of the statistics"),
}
CATEGORIES: dict[str, str | Promise] = {
    "government": _("Government departments"),
    "party": _("Party organs"),
    "discipline": _("Discipline and supervision"),
    "justice": _("Courts and procuratorates"),
    "vertical": _("Organs led from above"),
    "mass": _("Mass organisations"),
    "institution": _("Public institutions"),
    "group": _("Leading groups and task forces"),
}
SCHEMES: dict[str, str | Promise] = {
    "gb2260": _("national code of administrative divisions (GB/T 2260)"),
    "statistics": _("code of the statistics"),
    "internal": _("internal code"),
}
DUTY_ROLES: dict[str, str | Promise] = {
    "lead": _("has the lead"),
    "joint": _("takes part"),
    "invited": _("is invited"),
}
MEMBER_ROLES: dict[str, str | Promise] = {
    "office": _("seats the office"),
    "member": _("member"),
    "cooperating": _("works with it"),
}


def english() -> bool:
    return (get_language() or "").startswith("en")


def kind_label(kind: str) -> str:
    """What a unit is, in the language of the reader; the bare name of a kind nobody has described."""
    known = files().kinds.get(kind)
    if known:
        return known.name_en if english() else known.name
    return str(UNIT_KINDS.get(kind, kind))


def matter_label(matter: str) -> str:
    known = files().matters.get(matter)
    if known is None:
        return matter
    return known.name_en if english() else known.name


def provenance(text: str) -> str:
    """Where a row of the city's files comes from, in the reader's language."""
    return text if english() else files().sources_zh.get(text, text)
