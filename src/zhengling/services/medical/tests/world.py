"""A county's officers and an application to try things on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.casework.models import Case
from zhengling.kernel.casework.operations import attach, perform
from zhengling.kernel.documents.template_store import load_templates
from zhengling.kernel.files.operations import store
from zhengling.kernel.funds import chart
from zhengling.services.medical import operations

SCAN = b"%PDF-1.4 scan"
ID_NUMBER = "431102196001010013"


@dataclass
class World:
    """`city` and actors by duty; `case(...)` files a complete application."""

    city: Any
    cadre: Actor
    clerk: Actor
    reviewer: Actor
    civil: Actor
    county: Actor
    approver: Actor
    cashier: Actor
    treasurer: Actor

    def form(self, **changes: Any) -> dict[str, Any]:
        """One stay of ￥24,430.00 in scope and self-paid."""
        given = {
            "name": "李秀英",
            "id_number": ID_NUMBER,
            "phone": "19907460100",
            "village": self.city.village.code,
            "bank_name": "农商行",
            "bank_account": "6230901000000000123",
            "disease": "乳腺恶性肿瘤",
            "settlements": [settlement("S1", "2022-01-14", "71250.00", "46820.00")],
        }
        return given | changes

    def case(self, by: Actor | None = None, **changes: Any) -> Case:
        by = by or self.cadre
        case = operations.apply(by, self.form(**changes))
        for paper in case.declaration.papers:
            if paper.required:
                attach(case.pk, paper.name, store(f"{paper.name}.pdf", SCAN, by.user), by)
        return case

    def surveyed(self, income: str = "38600.00", property_: str = "9200.00") -> dict[str, str]:
        return {
            "visited_on": "2022-03-28",
            "surveyors": "甲、乙",
            "members": "4",
            "income_12_months": income,
            "property_beyond_necessities": property_,
            "annual_in_scope_self_paid": "0",
        }

    def to_county(self, case: Case, income: str = "38600.00", property_: str = "9200.00") -> None:
        perform(case.pk, "accept", self.clerk, {})
        self.accepted_to_county(case, income, property_)

    def accepted_to_county(self, case: Case, income: str = "38600.00", property_: str = "9200.00") -> None:
        perform(case.pk, "survey", self.clerk, self.surveyed(income, property_))
        perform(case.pk, "recognise", self.civil, {"recognised": "as_proposed"})
        perform(case.pk, "forward", self.reviewer, {"opinion": "属实"})

    def to_payment(self, case: Case) -> None:
        self.to_county(case)
        perform(case.pk, "propose", self.county, {"proposal": "approve"})
        perform(case.pk, "approve", self.approver, {})


def settlement(setl_id: str, day: str, scope: str, paid: str, benefit: str = "inpatient") -> dict[str, str]:
    return {
        "setl_id": setl_id,
        "setl_time": day,
        "hospital": "市中心医院",
        "benefit": benefit,
        "medfee_sumamt": scope,
        "inscp_scp_amt": scope,
        "paid_before_assistance": paid,
    }


def build(city: Any, officer: Any) -> World:
    load_templates()
    chart.load(chart.current_chart())
    return World(
        city=city,
        cadre=officer("cadre", city.village),
        clerk=officer("clerk", city.township),
        reviewer=officer("reviewer", city.township),
        civil=officer("clerk", city.county_civil),
        county=officer("reviewer", city.county_mib),
        approver=officer("approver", city.county_mib),
        cashier=officer("cashier", city.county_mib),
        treasurer=officer("approver", city.county_finance),
    )
