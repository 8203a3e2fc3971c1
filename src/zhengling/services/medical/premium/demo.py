"""The demo city's premium subsidies of 2022, played through the real acts on the days they name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import SYSTEM
from zhengling.kernel.casework.models import Case
from zhengling.kernel.casework.operations import perform
from zhengling.kernel.exchange import operations as exchanges
from zhengling.kernel.funds import payees
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.organisations.queries import department
from zhengling.kernel.outbox.delivery import deliver, fan_out
from zhengling.kernel.people.models import Person
from zhengling.kernel.people.operations import enter_person
from zhengling.services.medical.demo import actor, identity_number
from zhengling.services.medical.models import Identity
from zhengling.services.medical.premium import refunds, schedule
from zhengling.services.medical.premium.enrolment import ENROLMENTS
from zhengling.services.medical.premium.models import Request
from zhengling.services.medical.premium.operations import insurance_fund

YEAR = 2022
ENTERED = date(2022, 1, 5)
OPENED = date(2022, 3, 1)

# Which department of the county recognises (article 4(5), (7), (9)).
RECOGNISED_BY = {"severe_disability": "disabled_federation", "monitored": "rural_revitalisation"}


def load(city: Path) -> list[tuple[Case, date]]:
    """Persons, list, requests and a refund. Returns requests to be paid with the day of the transfer."""
    data = YAML(typ="safe").load((city / "demo" / "premium.yaml").read_text(encoding="utf-8"))
    _open_fund(data["fund"])
    numbers: dict[str, str] = {}
    with clock.freeze(clock.at(ENTERED, 9)):
        for code, county in data["counties"].items():
            _enter(Organisation.objects.get(code=code), county["persons"], numbers)
    with clock.freeze(clock.at(OPENED, 6)):
        schedule.keep_requests()
    to_pay = []
    for code, county in data["counties"].items():
        if "list" in county:
            _take_list(Organisation.objects.get(code=code), county, numbers)
        if "refund" in county:
            _refund(county, numbers)
        case = Request.objects.get(county__code=code, year=YEAR).case
        to_pay += _play(case, county)
    return to_pay


def _open_fund(given: Mapping[str, str]) -> None:
    fund = insurance_fund()
    assert fund is not None, "the city's units name its basic-insurance fund"
    with clock.freeze(clock.at(ENTERED, 9)):
        payees.set_organisation_account(
            fund,
            holder=given["holder"],
            bank_name=given["bank"],
            number=given["account"],
            actor=actor("demo-county-cashier"),
        )


def _enter(county: Organisation, rows: Sequence[Sequence[Any]], numbers: dict[str, str]) -> None:
    for name, born, sex, village, kind, since, _paid in rows:
        numbers[name] = identity_number(born, sex, 300 + len(numbers))
        home = Organisation.objects.get(code=village)
        person = enter_person(
            SYSTEM, name=name, id_number=numbers[name], residence=home, household_register=home
        )
        unit = department(county, RECOGNISED_BY.get(kind, "civil_affairs"))
        Identity.objects.create(person=person, kind=kind, unit=unit, source=unit.name, valid_from=since)


def _take_list(county: Organisation, given: Mapping[str, Any], numbers: Mapping[str, str]) -> None:
    lines = ["psn_no,psn_name,certno,insutype,clct_time,psn_clct_amt"]
    for serial, (name, *_others, paid) in enumerate(given["persons"], start=1):
        if paid is not None:
            lines.append(f"4311{serial:08d},{name},{numbers[name]},390,2021-10-12,{paid}.00")
    by = actor(given["reviewer"])
    with clock.freeze(clock.at(given["list"], 10)):
        received = exchanges.receive(
            by,
            ENROLMENTS,
            county,
            name=f"参保缴费名单{YEAR}.csv",
            content="\n".join(lines).encode(),
            period=str(YEAR),
        )
        exchanges.take_over(by, received.pk)
        exchanges.run(received.pk)
        schedule.keep_requests()


def _refund(county: Mapping[str, Any], numbers: Mapping[str, str]) -> None:
    given = county["refund"]
    resident = actor(given["by"])
    name = given["name"]
    village = next(row[3] for row in county["persons"] if row[0] == name)
    case: Case | None = None
    for day, act in given["course"]:
        with clock.freeze(clock.at(day, 15)):
            if act == "file":
                Person.objects.filter(name=name).update(account=resident.user)
                case = refunds.apply(
                    resident,
                    {
                        "name": name,
                        "id_number": numbers[name],
                        "village": village,
                        "year": str(YEAR),
                        "paid_on": given["paid_on"].isoformat(),
                        "paid_amount": "320.00",
                        "bank_name": given["bank"],
                        "bank_account": given["account"],
                    },
                )
            else:
                assert case is not None
                perform(case.pk, act, actor(county["reviewer"]), {"proposal": "approve"})


def _play(case: Case, county: Mapping[str, Any]) -> list[tuple[Case, date]]:
    """The acts on the county's request; the transfer itself is made with the other payments of the demo."""
    doers = {"submit": "reviewer", "file": "approver", "grant": "finance"}
    to_pay = []
    for day, act, *source in county.get("course", []):
        if act == "pay":
            to_pay.append((case, day))
            continue
        with clock.freeze(clock.at(day, 10)):
            perform(case.pk, act, actor(county[doers[act]]), {"source": source[0]} if source else {})
            fan_out()
            deliver()
    return to_pay
