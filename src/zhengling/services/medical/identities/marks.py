"""Marks for the national platform (身份标识报送), article 13: the full list, what changed since, and its answer reconciled."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.exchange import operations as exchange_room
from zhengling.kernel.exchange.declaration import Column, DataSet, Mismatch, Outcome, Row, Sheet
from zhengling.kernel.exchange.models import Difference, Exchange
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.people.identity import normalise
from zhengling.kernel.people.models import Person
from zhengling.kernel.people.operations import unsealed
from zhengling.kernel.people.queries import numbered
from zhengling.services.medical.identities.codes import table_on
from zhengling.services.medical.identities.kinds import LAW, code_of, words_of
from zhengling.services.medical.identities.lists import OFFICES
from zhengling.services.medical.identities.models import SentMark
from zhengling.services.medical.models import Identity

ARTICLE = f"{LAW}/13.1"
HEADING = ("psn_name", "certno", "psn_idet_type", "psn_type_lv", "memo", "begntime", "endtime", "action")


def current(unit: Organisation) -> QuerySet[Identity]:
    """The marks of a county that hold today."""
    today = clock.today()
    return (
        Identity.objects.filter(Q(valid_to=None) | Q(valid_to__gte=today), unit=unit, valid_from__lte=today)
        .select_related("person")
        .order_by("pk")
    )


def full(unit: Organisation, _period: str) -> Sheet:
    """Every mark that holds today."""
    return _sheet([(mark, "full") for mark in current(unit)])


def changes(unit: Organisation, _period: str) -> Sheet:
    """What differs from what the platform last got: new marks, changed ones, and those that ended."""
    sent = {
        row.identity_id: row
        for row in SentMark.objects.filter(identity__unit=unit).exclude(state=SentMark.State.REFUSED)
    }
    rows: list[tuple[Identity, str]] = []
    for mark in current(unit):
        known = sent.get(mark.pk)
        if known is None:
            rows.append((mark, "add"))
        elif (known.code, known.begins, known.ends) != _values(mark):
            rows.append((mark, "change"))
    over = Identity.objects.filter(unit=unit, pk__in=sent, valid_to__lt=clock.today())
    rows += [
        (mark, "end")
        for mark in over.select_related("person").order_by("pk")
        if sent[mark.pk].ends != mark.valid_to
    ]
    return _sheet(rows)


def _values(mark: Identity) -> tuple[str, date, date | None]:
    return table_on(clock.today()).of(code_of(mark)), mark.valid_from, mark.valid_to


def _sheet(rows: Sequence[tuple[Identity, str]]) -> Sheet:
    def sent(exchange: Exchange) -> None:
        SentMark.objects.bulk_create(
            [
                SentMark(
                    identity=mark, exchange=exchange, **_columns(mark), state=SentMark.State.SENT, answer=""
                )
                for mark, _action in rows
            ],
            update_conflicts=True,
            unique_fields=["identity"],
            update_fields=["code", "begins", "ends", "exchange", "state", "answer"],
            batch_size=100,
        )

    persons = {mark.person_id: mark.person for mark, _action in rows}
    numbers = {pk: unsealed(person, "id_number") for pk, person in persons.items()}
    by_class = {f"class_{number}": 0 for number in (0, 1, 2)}
    for mark, _action in rows:
        by_class[f"class_{mark.assistance_class}"] += 1
    return Sheet(
        heading=HEADING,
        rows=[
            [
                mark.person.name, numbers[mark.person_id], _values(mark)[0], mark.assistance_class or "",
                mark.evidence, mark.valid_from, mark.valid_to, action,
            ]
            for mark, action in rows
        ],
        totals={"rows": len(rows), "persons": len(persons), **by_class},
        persons=list(persons),
        sent=sent,
    )  # fmt: skip


def _columns(mark: Identity) -> dict[str, Any]:
    code, begins, ends = _values(mark)
    return {"code": code, "begins": begins, "ends": ends}


# --- the platform's answer -------------------------------------------------------------------------------------------


def take_answer(exchange: Exchange, rows: Sequence[Row]) -> None:
    """One portion of the acknowledgement: what was refused, and what we never sent."""
    sent = _waiting(exchange.unit, [row["certno"] for row in rows])
    found, accepted = [], []
    for row in rows:
        mark = sent.get((row["certno"], row["psn_idet_type"]))
        if mark is None:
            found.append(_strange(row))
        elif row["accepted"]:
            accepted.append(mark.pk)
        else:
            SentMark.objects.filter(pk=mark.pk).update(
                state=SentMark.State.REFUSED, answer=row["reason"][:200]
            )
            found.append(_found("refused", mark, row.number, reason=row["reason"]))
    SentMark.objects.filter(pk__in=accepted).update(state=SentMark.State.ACCEPTED, answer="")
    exchange_room.note(exchange, found)


def _waiting(unit: Organisation, numbers: Iterable[str]) -> dict[tuple[str, str], SentMark]:
    """Marks as sent, by identity number and the platform's code."""
    found = {}
    for number in dict.fromkeys(numbers):
        person = numbered(normalise(number)).first()
        if person:
            rows = SentMark.objects.filter(identity__person=person, identity__unit=unit)
            for row in rows.select_related("identity__person"):
                found[number, row.code] = row
    return found


def _found(kind: str, mark: SentMark, row: int = 0, **theirs: str) -> exchange_room.Found:
    ours = {"psn_idet_type": mark.code, "begntime": mark.begins.isoformat()}
    return exchange_room.Found(
        kind,
        f"{kind}:{mark.identity_id}",
        person=mark.identity.person,
        subject=words_of(code_of(mark.identity)),
        row=row,
        ours=ours,
        theirs={name: value for name, value in theirs.items() if value},
    )


def _strange(row: Row) -> exchange_room.Found:
    person: Person | None = numbered(row["certno"]).first()
    matter = f"unknown:{person.pk if person else row.number}:{row['psn_idet_type']}"
    theirs = {"psn_idet_type": row["psn_idet_type"]}
    return exchange_room.Found("unknown", matter, person=person, row=row.number, theirs=theirs)


def finish_answer(exchange: Exchange) -> None:
    """What was sent before the answer came and is not in it waits for one."""
    silent = SentMark.objects.filter(identity__unit=exchange.unit, state=SentMark.State.SENT)
    rows = silent.filter(exchange__at__lt=exchange.at).select_related("identity__person")
    exchange_room.note(exchange, [_found("unanswered", row) for row in rows])
    exchange_room.close_vanished(exchange, ["unanswered", "refused", "unknown"])


def send_again(difference: Difference, _actor: Actor, _reason: str) -> None:
    """The mark goes out again with the next file of changes."""
    SentMark.objects.filter(identity_id=difference.matter.split(":")[1]).update(state=SentMark.State.REFUSED)


AGAIN = Outcome("again", _("send it again"), send_again)
THERE = Outcome("there", _("settled with the platform"), needs_reason=True)

FACTS = (
    Column("begntime", _("from"), "date"),
    Column("reason", _("reason of the platform")),
    Column("persons", _("persons"), "integer"),
    Column("class_0", _("veterans in difficulty"), "integer"),
    Column("class_1", _("class 1"), "integer"),
    Column("class_2", _("class 2"), "integer"),
)
MARKS = DataSet(
    name="medical.marks",
    label=_("marks for the platform: full list and its acknowledgement"),
    keeper=_("this system"),
    here=True,
    columns=(
        Column("certno", _("identity number"), "id_number", personal=True),
        Column("psn_idet_type", _("platform's code of the mark")),
        Column("accepted", _("accepted"), "flag", names=("处理结果", "是否成功")),
        Column("reason", _("reason of the platform"), required=False, names=("失败原因",)),
    ),
    citation=ARTICLE,
    roles=frozenset({"reviewer"}),
    offices=OFFICES,
    take=take_answer,
    finish=finish_answer,
    give=full,
    mismatches=(
        Mismatch("refused", _("refused by the platform"), (AGAIN, THERE), ARTICLE),
        Mismatch("unanswered", _("sent, not acknowledged"), (AGAIN, THERE), ARTICLE),
        Mismatch("unknown", _("acknowledged, never sent"), (THERE,), ARTICLE),
    ),
    facts=FACTS,
)
CHANGES = replace(
    MARKS,
    name="medical.mark_changes",
    label=_("marks for the platform: changes since the last file"),
    columns=(),
    take=None,
    finish=None,
    give=changes,
    mismatches=(),
)
