"""A hospital's desk that settles over the API, and what it sends."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.clients.tests.calling import Calling
from zhengling.kernel.people.models import Person
from zhengling.kernel.people.operations import enter_person
from zhengling.services.medical.models import Identity, Institution

ID_NUMBER = "431102196001010013"
NAME = "李秀英"


def bill(setl_id: str, yuan: str, **changes: Any) -> dict[str, Any]:
    """An inpatient settlement of which `yuan` lies in scope and basic insurance paid nothing yet."""
    whole = f"{float(yuan):.2f}"
    return {
        "setl_id": setl_id,
        "mdtrt_id": f"M{setl_id}",
        "setl_time": "2022-02-10 10:00:00",
        "psn_name": NAME,
        "certno": ID_NUMBER,
        "med_type": "21",
        "medfee_sumamt": whole,
        "inscp_scp_amt": whole,
        "hifp_pay": "0.00",
        "psn_part_amt": whole,
    } | changes


@dataclass
class Desk:
    """`settle(...)` answers with the parsed body; `calling` is the client itself."""

    institution: Institution
    calling: Calling
    statuses: list[int] = field(default_factory=list)

    @property
    def actor(self) -> Actor:
        return Actor(
            client=self.calling.client.name, client_grants=(("clerk", self.institution.organisation_id),)
        )

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self.calling.post(f"/medical/{path}", body)
        self.statuses.append(answer.status_code)
        return dict(answer.json())

    def settle(self, setl_id: str, yuan: str, **changes: Any) -> dict[str, Any]:
        return self.post("settlements", bill(setl_id, yuan, **changes))

    def reverse(self, setl_id: str) -> dict[str, Any]:
        return self.post(f"settlements/{setl_id}/reversal", {"reason": "重复结算"})


def open_desk(city: Any, **agreement: Any) -> Desk:
    known = {"agreement_from": date(2022, 1, 1)} | agreement
    institution = Institution.objects.create(
        organisation=city.hospital, fixmedins_code="H43110300001", unit=city.county, **known
    )
    return Desk(institution, Calling(city.hospital, "clerk"))


def marked(by: Actor, kind: str, since: date = date(2022, 1, 1), id_number: str = ID_NUMBER) -> Person:
    """A person with a mark from a day on."""
    person = enter_person(by, name=NAME, id_number=id_number)
    mark(person, kind, since)
    return person


def mark(person: Person, kind: str, since: date = date(2022, 1, 1)) -> None:
    Identity.objects.create(person=person, kind=kind, source="民政", valid_from=since)
