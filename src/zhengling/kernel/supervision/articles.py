"""The article matrix: every provision of an instrument by what carries it out, with live numbers."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from zhengling.kernel.casework import procedure as procedures
from zhengling.kernel.casework.labels import act_label, procedure_label
from zhengling.kernel.law import queries as law
from zhengling.kernel.law import references
from zhengling.kernel.law.instruments import Instrument, Mark, Provision, Reference
from zhengling.kernel.supervision.lines import limit_label
from zhengling.kernel.supervision.queries import Counts, Tallies, article_counts, split

MARKS: dict[Mark, str | Promise] = {
    Mark.CARRIED_OUT: _("carried out"),
    Mark.BEING_BUILT: _("being built"),
    Mark.ORGANISATIONAL: _("organisational"),
}

# The columns of the matrix, in the order in which a case meets them; each kind of reference stands in one of them.
COLUMNS: dict[str, tuple[str | Promise, tuple[str, ...]]] = {
    "acts": (_("Acts"), ("act",)),
    "limits": (_("Time limits"), ("limit",)),
    "rules": (_("Rules and parameters"), ("rule", "parameter")),
    "papers": (_("Papers and pages"), ("form", "letter", "notice", "page")),
    "books": (_("Books and reports"), ("account", "register", "return", "indicator")),
}


@dataclass(frozen=True, slots=True)
class Carrier:
    """One thing that carries a provision out. `number` is how often it was done or runs, None when not counted."""

    label: str
    known: bool
    url: str = ""
    number: int | None = None
    late: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the matrix: the provision, its carriers by column, its numbers."""

    provision: Provision
    place: str
    mark: str | Promise
    columns: list[list[Carrier]]
    counts: Counts


def matrix(instrument: Instrument, held: Tallies) -> list[Line]:
    """Every provision that is more than a heading. No queries: `held` has the numbers."""
    counts = article_counts(instrument, held)
    english = (get_language() or "").startswith("en")
    return [
        Line(
            provision=provision,
            place=provision.place.en() if english else provision.place.zh(),
            mark=MARKS[provision.mark] if provision.mark else "",
            columns=[
                [carrier(reference, held) for reference in provision.by if reference.kind in column]
                for _label, column in COLUMNS.values()
            ],
            counts=counts.get(provision.key, Counts()),
        )
        for provision in instrument.provisions
        if not provision.is_heading
    ]


def carrier(reference: Reference, held: Tallies) -> Carrier:
    """A reference in words, with its numbers when it is an act or a time limit of a procedure."""
    name = split(reference.name)
    match reference.kind:
        case "act" if _declares(name[0], name[1], "acts"):
            declared = procedures.get(name[0])
            label = f"{procedure_label(name[0])}·{act_label(declared, name[1])}"
            return Carrier(label, True, reverse("procedure", args=[name[0]]), held.acts[name])
        case "limit" if _declares(name[0], name[1], "limits"):
            url = reverse("supervision-list", args=["open"]) + f"?limit={reference.name}"
            return Carrier(limit_label(*name), True, url, held.running[name], held.overdue[name])
        case "parameter":
            label = law.parameter_label(*name, get_language() or "")
            return Carrier(label or reference.name, bool(label))
    words = references.words_of(reference.kind, reference.name)
    return Carrier(words or reference.name, bool(words))


def _declares(procedure: str, name: str, kind: str) -> bool:
    declared = next((item for item in procedures.every() if item.name == procedure), None)
    return declared is not None and any(row.name == name for row in getattr(declared, kind))
