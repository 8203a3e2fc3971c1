"""Two officers decide at once, on either database: one approval a change, and an order that everybody sees alike."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from zhengling.kernel.law.errors import ChangeRefused
from zhengling.kernel.law.models import DecisionReceipt, ParameterChange
from zhengling.kernel.law.operations import approve_change, record_receipt
from zhengling.kernel.law.queries import parameters_for
from zhengling.kernel.law.tests import small_law
from zhengling.kernel.law.tests.test_operations import APRIL, RECEIPT, TRACE, propose
from zhengling.kernel.tests.together import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.db_sensitive]


@pytest.fixture(autouse=True)
def small_city(tmp_path: Path, frozen: Any) -> Any:
    with override_settings(CITY=small_law.write(tmp_path)):
        yield


@pytest.mark.parametrize("_round", range(3))
def test_one_change_is_approved_once(_round: int) -> None:
    change = propose()
    results = at_once(
        lambda: approve_change(change.pk, approved_by="policy-2"),
        lambda: approve_change(change.pk, approved_by="policy-3"),
    )
    assert sorted(type(result) for result in results if isinstance(result, Exception)) == [ChangeRefused]
    assert parameters_for("lamps").value("minutes", APRIL) == 20


@pytest.mark.parametrize("_round", range(3))
def test_approvals_of_one_service_have_an_order(_round: int) -> None:
    changes = [propose(value=value, valid_from=date(2022, 4, 1)) for value in (20, 30, 40)]
    results = at_once(
        *(lambda pk=change.pk: approve_change(pk, approved_by="policy-2") for change in changes)
    )
    assert not any(isinstance(result, Exception) for result in results), results
    approved = ParameterChange.objects.order_by("approval_number")
    assert [row.approval_number for row in approved] == [1, 2, 3]
    last = approved.last()
    assert last is not None
    assert parameters_for("lamps").value("minutes", APRIL) == last.value


def test_one_receipt_is_kept_once() -> None:
    rows = at_once(*(lambda: record_receipt(RECEIPT, TRACE, subject="S-1") for _ in range(4)))
    assert len({row.pk for row in rows if isinstance(row, DecisionReceipt)}) == 1
    assert DecisionReceipt.objects.count() == 1
