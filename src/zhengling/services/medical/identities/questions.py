"""Questions to the departments that keep the lists (询问): asked instead of following, sent as a list, answered by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from zhengling.kernel import clock
from zhengling.kernel.exchange.declaration import Sheet
from zhengling.kernel.exchange.models import Exchange
from zhengling.kernel.exchange.presentation import summary
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.people.operations import unsealed
from zhengling.services.medical.identities.kinds import Keeper
from zhengling.services.medical.identities.models import Question

HEADING = (
    _("name"),
    _("identity number"),
    _("kind of mark"),
    _("What differs"),
    _("Both sides"),
    _("Question"),
    _("Asked on"),
)


def open_questions(data_set: str, unit: Organisation) -> QuerySet[Question]:
    return Question.objects.filter(
        difference__data_set=data_set, difference__unit=unit, answered_at=None
    ).select_related("difference__person", "difference__unit", "difference__exchange")


def open_matters(exchange: Exchange) -> dict[str, dict[str, Any]]:
    """What has been asked and not been answered: matter -> what the list said then."""
    rows = open_questions(exchange.data_set, exchange.unit)
    return {row.matter: row.claim for row in rows}


def answer(exchange: Exchange, found: Mapping[str, Mapping[str, Any]]) -> int:
    """Close the questions that a new list answers: it no longer says what it said. Returns how many."""
    answered = [
        row.pk
        for row in open_questions(exchange.data_set, exchange.unit)
        if dict(found.get(row.matter, {"answered": True})) != row.claim
    ]
    return Question.objects.filter(pk__in=answered).update(answered_at=clock.now(), answer=exchange)


def sheet_of(keeper: Keeper) -> Callable[[Organisation, str], Sheet]:
    """The open questions of a county to one department."""

    def give(unit: Organisation, _period: str) -> Sheet:
        rows = list(open_questions(keeper.data_set, unit))
        persons = [row.difference.person for row in rows]
        return Sheet(
            heading=HEADING,
            rows=[
                [
                    person.name if person else "",
                    unsealed(person, "id_number") if person else "",
                    row.difference.subject,
                    str(row.difference.mismatch.label),
                    summary(row.difference),
                    row.text,
                    clock.local(row.asked_at).date(),
                ]
                for row, person in zip(rows, persons, strict=True)
            ],
            totals={"rows": len(rows)},
            persons=list(dict.fromkeys(person.pk for person in persons if person)),
        )

    return give
