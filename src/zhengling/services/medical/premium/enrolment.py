"""The platform's enrolment list as a data set: rows kept, and compared with who is entitled (articles 9 and 21).

The national platform is of record; nothing here changes it. A difference is a task for the county's officers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from zhengling.kernel import ciphers
from zhengling.kernel.exchange import operations as exchanges
from zhengling.kernel.exchange.declaration import Column, DataSet, Mismatch, Outcome, Row
from zhengling.kernel.exchange.models import Exchange
from zhengling.kernel.exchange.operations import Found
from zhengling.kernel.people.identity import normalise
from zhengling.kernel.people.models import Person
from zhengling.services.medical.premium import roster
from zhengling.services.medical.premium.models import Enrolment
from zhengling.services.medical.premium.rules import Standing, Terms
from zhengling.services.medical.queries import begins_on

COLUMNS = (
    Column("psn_no", _("person number")),
    Column("psn_name", _("name"), required=False, personal=True),
    Column("certno", _("identity number"), personal=True),
    Column("insutype", _("kind of insurance"), "choice", choices={"390": "390", "310": "310"}),
    Column("clct_time", _("premium paid on"), "date"),
    Column("psn_clct_amt", _("premium paid by the person"), "money", total=True),
)

TOLD = Outcome("told", _("the person has been told and enrols"))
OTHERWISE = Outcome("insured_otherwise", _("insured otherwise"), needs_reason=True)
CORRECTED = Outcome("corrected", _("corrected on the platform"))
RIGHT = Outcome("right", _("the platform is right"), needs_reason=True)
CANCELLED = Outcome("cancelled", _("one enrolment cancelled on the platform"))

MISMATCHES = (
    Mismatch("not_enrolled", _("entitled, not enrolled"), (TOLD, OTHERWISE), "YZCR-2021-01016/9"),
    Mismatch("wrong_rate", _("subsidised at the wrong rate"), (CORRECTED, RIGHT), "YZCR-2021-01016/9.1"),
    Mismatch("not_entitled", _("subsidised without a claim"), (CORRECTED, RIGHT), "YZCR-2021-01016/9"),
    Mismatch("twice", _("enrolled twice"), (CANCELLED, RIGHT), "YZCR-2021-01016/9"),
    Mismatch("deceased", _("enrolled, but deceased"), (CANCELLED, RIGHT), "YZCR-2021-01016/9"),
    Mismatch(
        "downgraded",
        _("identity ended after the subsidy"),
        (Outcome("noted", _("noted")),),
        "YZCR-2021-01016/9",
    ),
)


@dataclass(frozen=True, slots=True)
class _Known:
    """Who is who in a portion: blind index of the number -> person."""

    persons: dict[str, UUID]

    @classmethod
    def of(cls, numbers: Iterable[str]) -> _Known:
        indexes = [index for number in numbers for index in _indexes(number)]
        found = Person.objects.filter(id_number_index__in=indexes).values_list("id_number_index", "pk")
        return cls(dict(found))

    def person(self, number: str) -> UUID | None:
        return next((self.persons[index] for index in _indexes(number) if index in self.persons), None)


def _indexes(number: str) -> list[str]:
    return list(ciphers.blind_indexes(normalise(number), column="people_person.id_number"))


def take(exchange: Exchange, rows: Sequence[Row]) -> None:
    """Keep the rows of persons known here, and of whoever paid less than the premium; the others concern nobody here."""
    year = int(exchange.period)
    terms = roster.terms_for(year)
    known = _Known.of(row["certno"] for row in rows)
    kept = []
    for row in rows:
        person = known.person(row["certno"])
        if person or (terms and row["psn_clct_amt"] < terms.premium and row["insutype"] == roster.RESIDENTS):
            kept.append(
                Enrolment(
                    exchange=exchange,
                    row=row.number,
                    year=year,
                    psn_no=row["psn_no"][:30],
                    person_id=person,
                    insutype=row["insutype"],
                    clct_time=row["clct_time"],
                    psn_clct_amt=row["psn_clct_amt"],
                )
            )
    Enrolment.objects.bulk_create(kept)


def finish(exchange: Exchange) -> None:
    """Compare the whole list with who is entitled; what an earlier list showed and this one does not is over."""
    terms = roster.terms_for(int(exchange.period))
    if terms:
        exchanges.note(exchange, list(differences(exchange, terms)))
        exchanges.close_vanished(exchange, [mismatch.name for mismatch in MISMATCHES])


def differences(exchange: Exchange, terms: Terms) -> Iterable[Found]:
    """Entitled but not enrolled, subsidised at the wrong rate or without a claim, enrolled twice, deceased, downgraded."""
    rows: dict[UUID | None, list[Enrolment]] = {}
    listed = Enrolment.objects.filter(exchange=exchange).select_related("person")
    for row in listed.prefetch_related("person__medical_identities"):
        rows.setdefault(row.person_id, []).append(row)
    for claim in roster.claims(exchange.unit, terms, exchange):
        yield from _of_claim(claim, rows.get(claim.person.pk, []), terms)
    for enrolments in rows.values():
        for row in enrolments:
            if row.person and row.person.deceased_on and row.person.deceased_on <= row.clct_time:
                yield _found("deceased", row, terms, ours={"deceased_on": row.person.deceased_on.isoformat()})
            elif _subsidised(row, terms) and not (row.person and roster.claim_of(row.person, terms)):
                yield _found("not_entitled", row, terms, amount=terms.premium - row.psn_clct_amt)


def _subsidised(row: Enrolment, terms: Terms) -> bool:
    return row.insutype == roster.RESIDENTS and row.psn_clct_amt < terms.premium


def _of_claim(claim: roster.Claim, rows: Sequence[Enrolment], terms: Terms) -> Iterable[Found]:
    ours = {
        "rate": f"{claim.entitlement.rate / 100:g} %",
        "own_part": terms.premium - claim.entitlement.amount,
    }
    theirs = {"enrolments": len(rows), "paid": sum(row.psn_clct_amt for row in rows)} if rows else {}
    kinds = {
        Standing.NOT_ENROLLED: "not_enrolled",
        Standing.WRONG_RATE: "wrong_rate",
        Standing.TWICE: "twice",
    }
    matter, number = f"{terms.year}:{claim.person.pk}", min((row.row for row in rows), default=0)
    if kind := kinds.get(claim.standing):
        yield Found(
            kind,
            matter,
            person=claim.person,
            subject=claim.identity.get_kind_display(),
            row=number,
            ours=ours,
            theirs=theirs,
            amount=claim.entitlement.amount,
        )
    ended = claim.identity.valid_to
    if not terms.keeps and ended and ended.year <= terms.year and claim.standing is Standing.FUND:
        # The rejected reading of R10: the subsidy of an identity that has ended is to be looked at.
        yield Found(
            "downgraded", matter, person=claim.person, row=number, ours=ours, amount=claim.entitlement.amount
        )


def _found(
    kind: str, row: Enrolment, terms: Terms, *, amount: int = 0, ours: dict[str, str] | None = None
) -> Found:
    who = str(row.person_id) if row.person_id else row.psn_no
    return Found(
        kind,
        f"{terms.year}:{who}",
        person=row.person,
        subject="" if row.person else row.psn_no,
        row=row.row,
        ours=ours or {},
        theirs={"enrolments": 1, "paid": row.psn_clct_amt},
        amount=amount,
    )


ENROLMENTS = DataSet(
    name=roster.DATA_SET,
    label=_("enrolments and premiums paid"),
    keeper=_("national medical insurance platform"),
    columns=COLUMNS,
    citation="YZCR-2021-01016/9",
    roles=frozenset({"reviewer"}),
    offices=frozenset({"medical_insurance"}),
    rhythm="yearly",
    since=begins_on,
    full=True,
    take=take,
    finish=finish,
    mismatches=MISMATCHES,
    facts=(
        Column("rate", _("Subsidised share")),
        Column("own_part", _("own part"), "money"),
        Column("enrolments", _("enrolments"), "integer"),
        Column("paid", _("paid by the persons"), "money"),
    ),
)
