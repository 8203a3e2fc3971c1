"""What a letter can say of its case without being told: applicant, dates, papers, articles, remedies."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from zhengling.kernel import clock
from zhengling.kernel.accounts.models import User
from zhengling.kernel.casework.limits import terms
from zhengling.kernel.casework.models import Case, CasePaper, TimeLimit
from zhengling.kernel.documents import organs
from zhengling.kernel.documents.kinds import LetterKind
from zhengling.kernel.law.citations import Citation, parse_citation
from zhengling.kernel.law.queries import cite, city
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.workdays.counting import due
from zhengling.kernel.workdays.queries import current_calendar

# Stages at which nothing has been asked of a paper yet, in the words of a list.
PAPER_STATES = {
    CasePaper.State.RECEIVED: "已收",
    CasePaper.State.MISSING: "未收",
    CasePaper.State.REJECTED: "不符合要求",
}


def case_values(case: Case, kind: LetterKind, unit: Organisation) -> dict[str, Any]:
    """Values for the placeholders of `kind` that this case can fill, by the placeholder's name."""
    with override("zh-hans"):
        found = {
            placeholder.name: KNOWN[placeholder.name](case, unit)
            for placeholder in kind.placeholders
            if placeholder.name in KNOWN
        }
        if kind.name == "missing_papers":
            found["papers"] = [
                row for row in _papers(case, unit) if row["note"] != PAPER_STATES[CasePaper.State.RECEIVED]
            ]
    return {name: value for name, value in found.items() if value not in (None, "", [])}


def second_person(case: Case, signer: User) -> User | None:
    """Whoever did the last act on the case that the signer did not do: the one who proposed what is now signed."""
    event = case.events.exclude(actor=None).exclude(actor=signer).order_by("-seq").first()
    return event.actor if event else None


def promised_due(case: Case, limit: str, start: date) -> date:
    """When a limit of the case's procedure would run out if it started on `start`; for a receipt written before it
    runs."""
    declared = case.declaration.limit(limit)
    count, unit = terms(case.declaration, declared, start)
    return due(start, count, unit, current_calendar()).due


def public_address() -> str:
    """Where residents reach this installation."""
    configuration = settings.CONFIGURATION
    if configuration.production:
        return f"https://{configuration.allowed_hosts[0]}"
    return f"http://{configuration.host}:{configuration.port}"


def follow_address(case: Case) -> str:
    """The follow-up page with the number filled in; the check code is typed, never part of an address."""
    return public_address() + reverse("follow-case", args=[case.number])


def _papers(case: Case, _unit: Organisation) -> list[dict[str, str]]:
    labels = {paper.name: str(paper.label) for paper in case.declaration.papers}
    wanted = {paper.name for paper in case.declaration.papers if paper.required}
    rows = [
        row
        for row in case.papers.order_by("pk")
        if row.name in wanted or row.state != CasePaper.State.MISSING
    ]
    return [
        {
            "number": str(number),
            "paper": labels.get(row.name, row.name),
            "note": "：".join(filter(None, (PAPER_STATES[CasePaper.State(row.state)], row.note))),
        }
        for number, row in enumerate(rows, start=1)
    ]


def _articles(case: Case, _unit: Organisation) -> list[str]:
    """Every provision the course of the case has named: each instrument's title once, places in its order."""
    keys = {key for event in case.events.all() for key in event.citations}
    by_instrument: dict[str, list[Citation]] = {}
    for citation in sorted((parse_citation(key, city().titles) for key in keys), key=_order):
        by_instrument.setdefault(citation.instrument, []).append(citation)
    sentences = []
    for found in by_instrument.values():
        title, _mark, _first = cite(found[0]).partition("》")
        sentences.append(f"{title}》" + "、".join(cite(one).partition("》")[2] for one in found))
    return ["；".join(sentences) + "。"] if sentences else []


def _order(citation: Citation) -> tuple[str, list[int]]:
    return citation.instrument, [number for _unit, number in citation.place.steps] if citation.place else []


def _due(case: Case, unit: Organisation) -> str:
    row = case.limits.filter(state=TimeLimit.State.RUNNING, holder=unit).order_by("due").first()
    return row.due.isoformat() if row else ""


def _article(case: Case, unit: Organisation) -> str:
    row = case.limits.filter(state=TimeLimit.State.RUNNING, holder=unit).order_by("due").first()
    return cite(row.citation) if row else ""


KNOWN: dict[str, Callable[[Case, Organisation], Any]] = {
    "applicant": lambda case, _unit: case.subject.name if case.subject else _("the applicant"),
    "case_number": lambda case, _unit: case.number,
    "matter": lambda case, _unit: organs.matter_of(case.procedure) or str(case.declaration.label),
    "applied_on": lambda case, _unit: clock.local(case.opened_at).date().isoformat(),
    "accepted_on": lambda _case, _unit: clock.today().isoformat(),
    "check_code": lambda case, _unit: case.check_code,
    "follow_url": lambda case, _unit: follow_address(case),
    "papers": _papers,
    "articles": _articles,
    "due": _due,
    "article": _article,
    "remedies": lambda _case, unit: organs.remedies(unit, clock.today()),
}
