"""The people, money and cases of the demo city, played through the same operations everybody uses.

Never on somebody's database: only where settings.DEMO is on and no account exists yet.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.utils.translation import override

from zhengling.kernel import clock
from zhengling.kernel.accounts.models import RoleGrant, User
from zhengling.kernel.casework.models import Case
from zhengling.kernel.documents.fonts import installed
from zhengling.kernel.funds import batches, replies
from zhengling.kernel.funds.bankfiles import Answer
from zhengling.kernel.funds.models import Payable, Payment
from zhengling.kernel.funds.operations import approve_appropriation, enter_appropriation
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.organisations.queries import above
from zhengling.services.medical import demo as medical
from zhengling.services.medical.identities import demo as identities
from zhengling.services.medical.policy import demo as policy
from zhengling.services.medical.premium import demo as premium
from zhengling.services.medical.recovery import demo as recovery

FIRST_DAY = date(2022, 1, 1)

# county code -> (cashier, approver) of the demo accounts
TREASURERS = {
    "431181": ("demo-county-cashier", "demo-finance"),
    "431102": ("demo-lingling-cashier", "demo-lingling-finance"),
}


def load() -> int:
    """Fill an empty demo database; returns how many cases were played. Chinese is the language of what is stored."""
    if not settings.DEMO or User.objects.exists():
        return 0
    with override("zh-hans"):
        _accounts()
        _budgets()
        to_pay = medical.load(settings.CITY, _scan())
        to_pay += premium.load(settings.CITY)
        _pay(to_pay)
        identities.load(settings.CITY)
        recovery.load(settings.CITY)
        policy.load(settings.CITY)
    return Case.objects.count()


def _rows(name: str) -> Iterator[dict[str, str]]:
    path: Path = settings.CITY / "demo" / name
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _accounts() -> None:
    units = {
        unit.code: unit
        for unit in Organisation.objects.filter(
            code__in=[row["organisation"] for row in _rows("accounts.csv")]
        )
    }
    for row in _rows("accounts.csv"):
        unit = units[row["organisation"]] if row["organisation"] else None
        user = User.objects.create(
            username=row["username"],
            full_name=row["name"],
            organisation=unit,
            password=make_password(None),
            is_demo=True,
            created_at=clock.at(FIRST_DAY),
        )
        RoleGrant.objects.bulk_create(
            RoleGrant(user=user, role=role, organisation=unit, valid_from=FIRST_DAY)
            for role in row["roles"].split(";")
            if role and unit
        )


def _budgets() -> None:
    for row in _rows("budgets.csv"):
        cashier, approver = (medical.actor(name) for name in TREASURERS[row["county"]])
        day = date(int(row["year"]), 1, 10)
        with clock.freeze(clock.at(day, 10)):
            entered = enter_appropriation(
                Organisation.objects.get(code=row["county"]).pk,
                source=row["source"],
                amount=int(row["yuan"]) * 100,
                document=row["document"],
                received_on=day,
                actor=cashier,
            )
        with clock.freeze(clock.at(day, 15)):
            approve_appropriation(entered.pk, approver)


SCAN = """#set page(paper: "a5", flipped: true)
#set text(font: {faces}, size: 22pt)
#align(center + horizon)[演示材料 #linebreak() #text(size: 12pt)[本页代替纸质材料的扫描件]]
"""


def _scan() -> bytes:
    """One page that stands for every scanned paper and says so."""
    import typst

    fonts = installed()
    source = SCAN.replace("{faces}", json.dumps(fonts.faces()["hei"]["font"][-1], ensure_ascii=False))
    pdf = typst.compile(source.encode(), format="pdf", font_paths=typst.Fonts(font_paths=[*fonts.paths]))
    assert isinstance(pdf, bytes)
    return pdf


def _pay(to_pay: list[tuple[Case, date]]) -> None:
    """One batch a county and day: made by the cashier, approved by finance, answered by the bank."""
    groups: dict[tuple[str, date], list[Case]] = defaultdict(list)
    for case, day in to_pay:
        groups[above(case.place, "county").code, day].append(case)
    for (county, day), cases in sorted(groups.items()):
        cashier, approver = (medical.actor(name) for name in TREASURERS[county])
        payables = Payable.objects.filter(origin_id__in=[str(case.pk) for case in cases])
        with clock.freeze(clock.at(day, 10)):
            batch = batches.create(
                Organisation.objects.get(code=county).pk,
                [row.pk for row in payables],
                route="bank",
                bank_format="bank_csv",
                actor=cashier,
            )
            batches.submit(batch.pk, cashier)
        with clock.freeze(clock.at(day, 11)):
            batches.approve(batch.pk, approver)
            batches.export(batch.pk, cashier)
        with clock.freeze(clock.at(day, 16)):
            replies.take(batch.pk, _answers(batch.pk), cashier)


def _answers(batch: UUID) -> list[Answer]:
    payments = Payment.objects.filter(batch=batch).select_related("batch")
    return [
        Answer(line, row.seq, row.amount, "paid", "", f"DEMO{row.pk:010d}", row.batch.number)
        for line, row in enumerate(payments, start=2)
    ]
