"""The open cases that a reform touches: what each would be granted under both laws, as far as it is known today."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from zhengling.kernel.casework.models import Case
from zhengling.kernel.law.parameters import ParametersOn
from zhengling.services.medical import rules
from zhengling.services.medical.decisions import account_of
from zhengling.services.medical.models import Application, BenefitYear, Decision, Settlement
from zhengling.services.medical.policy.population import RECOGNISED
from zhengling.services.medical.terms import BENEFITS, DayTerms, class_of, terms_on


@dataclass(frozen=True, slots=True)
class Touch:
    """Fen before and after."""

    case: Case
    before: int
    after: int


def undecided() -> QuerySet[Application]:
    """Applications that are open and not yet decided."""
    return Application.objects.filter(
        ~Exists(Decision.objects.filter(application=OuterRef("pk"))), case__closed_at=None
    )


def open_by_stage() -> dict[str, int]:
    return dict(Counter(undecided().values_list("case__stage", flat=True)))


def touched(before: ParametersOn, after: ParametersOn) -> Iterator[Touch]:
    """Every open case whose amount the second law changes, if its class is recognised and nothing is left out."""
    laws = [(terms_on(law), class_of(RECOGNISED, law)) for law in (before, after)]
    rows = (
        undecided()
        .select_related("case")
        .prefetch_related(
            Prefetch("settlements", Settlement.objects.order_by("setl_time", "setl_seq")),
            Prefetch("person__benefit_years", BenefitYear.objects.all()),
        )
    )
    for application in rows.iterator(chunk_size=500):
        amounts = [_amount(application, terms, number) for terms, number in laws]
        if amounts[0] != amounts[1]:
            yield Touch(application.case, *amounts)


def _amount(application: Application, terms: DayTerms, assistance_class: int) -> int:
    years = {row.year: row for row in application.person.benefit_years.all()}
    account: rules.Account = account_of(years.get(application.benefit_year))
    total = 0
    for row in application.settlements.all():
        if row.exclusion in terms.excluded:
            continue
        base = row.inscp_scp_amt - row.paid_before_assistance
        veteran = application.hardship_veteran
        settled, account = terms.settle(base, BENEFITS[row.benefit], assistance_class, veteran, account)
        total += settled.pay
    return total
