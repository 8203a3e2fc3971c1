"""Reading the law: the city's instruments, provisions with their wording, parameters as approved."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from zhengling.kernel.law.citations import Citation, parse_citation
from zhengling.kernel.law.instruments import City, Instrument, Provision, load_city
from zhengling.kernel.law.models import DecisionReceipt, OfficialText, ParameterChange
from zhengling.kernel.law.parameters import Change, Parameter, ParameterError, ParameterSet, load_parameters


def city() -> City:
    """The city this installation serves."""
    return load_city(settings.CITY)


def instrument(key: str) -> Instrument:
    """By key, YZCR number or document number. Raises KeyError."""
    return city().instrument(key)


def provision(citation: Citation | str) -> Provision:
    """Raises KeyError when there is no such place, InvalidCitation when the text is none."""
    if isinstance(citation, str):
        citation = parse_citation(citation, city().titles)
    return city().provision(citation)


def cite(citation: Citation | str, language: str = "zh") -> str:
    """`YZCR-2021-01016/10(2)` as a reader cites it: 《永州市医疗救助实施细则》第十条第（二）项."""
    if isinstance(citation, str):
        citation = parse_citation(citation, city().titles)
    title = city().instrument(citation.instrument).title.in_language(language)
    return citation.en(title) if language.startswith("en") else citation.zh(title)


def wording(citation: Citation) -> str:
    """The imported official wording of the place; empty when none has been imported."""
    if citation.place is None:
        return ""
    row = OfficialText.objects.filter(instrument=citation.instrument, provision=citation.place.key).first()
    return row.wording if row else ""


def wordings(key: str) -> dict[str, str]:
    """Provision key -> imported wording, for a whole instrument in one query."""
    return dict(OfficialText.objects.filter(instrument=key).values_list("provision", "wording"))


def baseline(service: str) -> ParameterSet:
    """The city's file alone. Raises ParameterError when it is unsound or missing."""
    return _baseline(settings.CITY / service / "parameters.yaml")


def parameters_for(service: str) -> ParameterSet:
    """The city's file with every approved change laid over it. One small query; the sets are kept per state.

    Raises ParameterError when the file is unsound or missing.
    """
    newest = _approved(service).values_list("id", "approval_number").last()
    return _with_changes(settings.CITY, service, *newest) if newest else baseline(service)


def every_parameter() -> list[Parameter]:
    """The parameters of all services that have a file, as the city's files hold them."""
    files = sorted(settings.CITY.glob("*/parameters.yaml"))
    return [parameter for path in files for parameter in _baseline(path).parameters.values()]


def parameter_label(service: str, name: str, language: str) -> str:
    """A parameter in words; empty when the city has none of that name."""
    try:
        labels = baseline(service).parameter(name).label
    except (KeyError, ParameterError):
        return ""
    return labels["en" if language.startswith("en") else "zh"]


def _approved(service: str) -> QuerySet[ParameterChange]:
    return ParameterChange.objects.filter(service=service, approval_number__isnull=False).order_by(
        "approval_number"
    )


@lru_cache(maxsize=16)
def _baseline(path: Path) -> ParameterSet:
    return load_parameters(path)


@lru_cache(maxsize=64)
def _with_changes(folder: Path, service: str, newest: UUID, number: int) -> ParameterSet:
    """`newest` tells the table's states apart, `number` leaves out what was approved meanwhile."""
    return baseline(service).with_changes(
        Change(row.name, row.valid_from, row.value, source=str(row.id))
        for row in _approved(service).filter(approval_number__lte=number)
    )


def receipts_about(subject: str, kind: str = "") -> list[DecisionReceipt]:
    """Receipts of what was decided about that subject, oldest first."""
    rows = DecisionReceipt.objects.filter(subject=subject).order_by("recorded_at", "id")
    return list(rows.filter(kind=kind) if kind else rows)
