"""A county's office that gets lists: bring a file, let the worker take it over, look at what differs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.exchange import operations
from zhengling.kernel.exchange.declaration import find
from zhengling.kernel.exchange.models import Difference, Exchange
from zhengling.kernel.organisations.models import Organisation
from zhengling.services.medical.identities.kinds import code_of
from zhengling.services.medical.identities.tests.numbers import number
from zhengling.services.medical.models import Identity

CIVIL = "medical.list.civil_affairs"
HEADING = "姓名,身份证号,对象类别,村（社区）,认定日期,有效期止,认定文号,死亡日期"


def line(
    serial: int,
    category: str = "低保",
    *,
    name: str = "",
    village: str = "",
    since: str = "",
    until: str = "",
    evidence: str = "",
    died: str = "",
) -> str:
    return ",".join([name or f"某{serial}", number(serial), category, village, since, until, evidence, died])


@dataclass
class Office:
    """The medical-insurance office of one county with its reviewer."""

    unit: Organisation
    reviewer: Actor
    data_set: str = CIVIL

    def bring(self, period: str, *lines: str) -> Exchange:
        content = "\n".join([HEADING, *lines]).encode()
        exchange = operations.receive(
            self.reviewer, find(self.data_set), self.unit, name="list.csv", content=content, period=period
        )
        operations.take_over(self.reviewer, exchange.pk)
        operations.work_off()
        exchange.refresh_from_db()
        assert exchange.state == "applied", exchange.fault
        return exchange

    def open(self) -> list[Difference]:
        rows = Difference.objects.filter(data_set=self.data_set, unit=self.unit, state="open")
        return list(rows.order_by("found_at", "row", "id"))

    def kinds(self) -> list[str]:
        return sorted(row.kind for row in self.open())

    def decide(self, outcome: str, reason: str = "r", on: date | None = None) -> Difference:
        """Settle the only open difference."""
        (row,) = self.open()
        return operations.decide(self.reviewer, row.pk, outcome, reason, on)


def register() -> dict[str, str]:
    """Name -> codes of the marks that are open."""
    found: dict[str, str] = {}
    for row in Identity.objects.filter(valid_to=None).select_related("person").order_by("kind"):
        found[row.person.name] = " ".join(filter(None, [found.get(row.person.name, ""), code_of(row)]))
    return found
