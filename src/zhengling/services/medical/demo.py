"""The demo city's households: each course is played through the real acts, on the days it names.

The data are in the city's folder (``demo/medical.yaml``); nobody in them exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.accounts.models import User
from zhengling.kernel.casework.models import Case
from zhengling.kernel.casework.operations import attach, perform
from zhengling.kernel.files.operations import store
from zhengling.kernel.outbox.delivery import deliver, fan_out
from zhengling.kernel.people.identity import ID_CHECKS, ID_WEIGHTS
from zhengling.kernel.people.models import Person
from zhengling.services.medical import operations

# Who does an act, by the unit of the case: the demo accounts of accounts.csv.
WORKERS = {
    "": {
        "civil": "demo-civil-affairs",
        "county-reviewer": "demo-county-reviewer",
        "county-approver": "demo-county-approver",
    },
    "lingling": {
        "civil": "demo-lingling-civil-affairs",
        "county-reviewer": "demo-lingling-county-reviewer",
        "county-approver": "demo-lingling-county-approver",
        "clerk": "demo-lingling-clerk",
        "reviewer": "demo-lingling-reviewer",
    },
}
TOWNSHIP_WORKERS = {
    "431181102": {"clerk": "demo-clerk", "reviewer": "demo-reviewer"},
    "431181003": {"clerk": "demo-clerk-wuxi", "reviewer": "demo-reviewer-wuxi"},
}
DOERS = {
    "accept": "clerk",
    "notify_missing": "clerk",
    "mark_urgent": "clerk",
    "survey": "clerk",
    "recognise": "civil",
    "forward": "reviewer",
    "send_back": "county-reviewer",
    "propose": "county-reviewer",
    "propose_refusal": "county-reviewer",
    "approve": "county-approver",
    "refuse": "county-approver",
    "archive": "county-reviewer",
}


def fen(yuan: float) -> int:
    return int(Decimal(str(yuan)) * 100)


def identity_number(born: date, sex: str, serial: int) -> str:
    """A well-formed number of nobody: the county code 431199 is not in use."""
    order = serial * 2 + (1 if sex == "male" else 0)
    head = f"431199{born:%Y%m%d}{order:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(head, ID_WEIGHTS, strict=True))
    return head + ID_CHECKS[total % 11]


def actor(username: str) -> Actor:
    return Actor(user=User.objects.get(username=username))


def load(city: Path, scan: bytes) -> list[tuple[Case, date]]:
    """Play every course. `scan` stands for each scanned paper. Returns cases to be paid with the day of the transfer."""
    data = YAML(typ="safe").load((city / "demo" / "medical.yaml").read_text(encoding="utf-8"))
    to_pay = []
    for serial, household in enumerate(data["cases"], start=100):
        case = _play(household, data["hospitals"], serial, scan)
        to_pay += [(case, day) for day, act in household["course"] if act == "pay"]
    return to_pay


def _play(household: Mapping[str, Any], hospitals: Mapping[str, str], serial: int, scan: bytes) -> Case:
    case: Case | None = None
    for step, (day, act) in enumerate(household["course"]):
        with clock.freeze(clock.at(day, 9 + step % 8, serial % 60)):
            if act == "file":
                case = _file(household, hospitals, serial, scan)
            elif act != "pay":
                assert case is not None
                data = _data(act, household, case)
                perform(case.pk, act.removesuffix("_refusal"), actor(_doer(act, household)), data)
            fan_out()
            deliver()
    assert case is not None
    case.refresh_from_db()
    return case


def _doer(act: str, household: Mapping[str, Any]) -> str:
    workers = WORKERS[household.get("unit", "")] | TOWNSHIP_WORKERS.get(household["village"][:9], {})
    return workers[DOERS[act]]


def _file(household: Mapping[str, Any], hospitals: Mapping[str, str], serial: int, scan: bytes) -> Case:
    by = actor(household["by"])
    case = operations.apply(
        by,
        {
            "name": household["name"],
            "id_number": identity_number(household["born"], household["sex"], serial),
            "phone": f"1990746{serial:04d}",
            "village": household["village"],
            "bank_name": household["bank"],
            "bank_account": f"62309010{serial:011d}",
            "disease": household["disease"],
            "hardship_veteran": household.get("veteran", False),
            "settlements": [
                {
                    "setl_id": f"431100G{row['on']:%Y%m%d}{serial:04d}{index}",
                    "setl_time": row["on"].isoformat(),
                    "hospital": hospitals[row["hospital"]],
                    "benefit": row["benefit"],
                    "medfee_sumamt": str(row["total"]),
                    "inscp_scp_amt": str(row["scope"]),
                    "paid_before_assistance": str(row["paid"]),
                }
                for index, row in enumerate(household["settlements"], start=1)
            ],
        },
    )
    if by.user and by.user.is_resident and case.subject_id:
        # Registration ties the account to its person; the demo's accounts come from a table instead.
        Person.objects.filter(pk=case.subject_id).update(account=by.user)
    required = [paper.name for paper in case.declaration.papers if paper.required]
    for paper in household.get("papers", required):
        attach(case.pk, paper, store(f"{paper}.pdf", scan, by.user), by)
    return case


def _data(act: str, household: Mapping[str, Any], case: Case) -> dict[str, Any]:
    """What the act is told; words of the demo, figures of the household."""
    home = household["household"]
    today = clock.today()
    match act:
        case "survey":
            cost = sum(row["scope"] - row["paid"] for row in household["settlements"])
            return {
                "visited_on": (today - timedelta(days=0)).isoformat(),
                "surveyors": "唐小燕、蒋明亮",
                "members": home["members"],
                "income_12_months": str(home["income"]),
                "property_beyond_necessities": str(home["property"]),
                "annual_in_scope_self_paid": f"{cost:.2f}",
                "note": home["note"],
            }
        case "recognise":
            return {"recognised": "as_proposed"}
        case "forward":
            return {"opinion": "经入户调查核实，情况属实，材料齐全，同意上报。"}
        case "propose":
            return {"proposal": "approve"}
        case "propose_refusal":
            return {
                "proposal": "refuse",
                "proposal_reason": "年度累计自负费用未达到起付线，家庭收入及财产不符合认定标准。",
            }
        case "refuse":
            return {
                "reasons": "本年度个人自负费用3,410.00元，未达到三类救助对象起付线6,000元；家庭收入和财产不符合认定标准。"
            }
        case "send_back":
            return {"reason": "结算单据与申报金额不一致，请核对后补正并重新上报。"}
        case "notify_missing":
            return {"missing": "缺本年度病史证明、银行卡复印件和经本人签字的申请表，请一次补齐。"}
        case "mark_urgent":
            return {"reason": "突发重症，后续治疗费用急需，请及时审核。"}
        case _:
            return {}
