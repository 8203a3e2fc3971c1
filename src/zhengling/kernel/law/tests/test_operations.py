"""Changing a parameter by two persons, receipts that stay, official wording that is replaced as a whole."""

from __future__ import annotations

import uuid
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import override_settings

from zhengling.kernel.law.errors import ChangeRefused
from zhengling.kernel.law.models import DecisionReceipt, OfficialText, ParameterChange
from zhengling.kernel.law.operations import (
    approve_change,
    import_gazette,
    propose_change,
    record_receipt,
    reject_change,
)
from zhengling.kernel.law.queries import (
    cite,
    every_parameter,
    instrument,
    parameters_for,
    provision,
    receipts_about,
    wording,
    wordings,
)
from zhengling.kernel.law.receipts import receipt_for
from zhengling.kernel.law.tests import small_law
from zhengling.kernel.law.tests.test_gazette_text import GAZETTE
from zhengling.kernel.law.traces import Step, Trace

pytestmark = pytest.mark.django_db

TODAY = date(2022, 3, 28)  # where the `frozen` clock stands
APRIL = date(2022, 4, 1)


@pytest.fixture(autouse=True)
def small_city(tmp_path: Path, frozen: Any) -> Any:
    """The small city of the tests instead of the installation's."""
    with override_settings(CITY=small_law.write(tmp_path)):
        yield


def propose(**changed: Any) -> ParameterChange:
    values = {
        "service": "lamps",
        "name": "minutes",
        "value": 20,
        "valid_from": APRIL,
        "citation": "2(1)",
        "reason": "永政办发〔2022〕3号",
        "proposed_by": "policy-1",
    }
    return propose_change(**{**values, **changed})


def test_the_file_holds_until_a_second_person_approves() -> None:
    change = propose()
    assert parameters_for("lamps").value("minutes", APRIL) == 10
    approve_change(change.pk, approved_by="policy-2")
    parameters = parameters_for("lamps")
    assert parameters.value("minutes", APRIL) == 20
    assert parameters.value("minutes", date(2022, 3, 31)) == 10
    resolved = parameters.resolve("minutes", APRIL)
    assert resolved.source == str(change.pk)
    change.refresh_from_db()
    assert (change.status, change.decided_by, change.citation) == (
        "approved",
        "policy-2",
        "YZCR-2020-01001/2(1)",
    )


def test_the_later_approval_of_the_same_day_holds() -> None:
    first, second = propose(value=20), propose(value=30)
    approve_change(second.pk, approved_by="policy-2")
    assert parameters_for("lamps").value("minutes", APRIL) == 30
    approve_change(first.pk, approved_by="policy-2")
    assert parameters_for("lamps").value("minutes", APRIL) == 20


def test_an_approval_that_is_rolled_back_leaves_no_trace() -> None:
    change = propose()

    class Stop(Exception):
        pass

    with pytest.raises(Stop), transaction.atomic():
        approve_change(change.pk, approved_by="policy-2")
        assert parameters_for("lamps").value("minutes", APRIL) == 20
        raise Stop
    assert parameters_for("lamps").value("minutes", APRIL) == 10


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"name": "hours"}, "no such parameter"),
        ({"value": "soon"}, "whole number"),
        ({"value": None}, "is empty"),
        ({"citation": "9"}, "9"),
        ({"citation": "nowhere"}, "nowhere"),
        ({"reason": "  "}, ""),
        ({"valid_from": date(2022, 3, 27)}, ""),
    ],
)
def test_an_unsound_proposal_is_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ChangeRefused) as refused:
        propose(**changed)
    assert message in str(refused.value)
    assert not ParameterChange.objects.exists()


def test_a_change_may_begin_today() -> None:
    assert propose(valid_from=TODAY).status == ParameterChange.Status.PROPOSED


@pytest.mark.parametrize("decide", [approve_change, reject_change])
def test_whoever_proposes_does_not_decide(decide: Any) -> None:
    change = propose()
    keyword = "approved_by" if decide is approve_change else "rejected_by"
    with pytest.raises(ChangeRefused):
        decide(change.pk, **{keyword: "policy-1"})
    assert parameters_for("lamps").value("minutes", APRIL) == 10


def test_a_decided_change_is_not_decided_again() -> None:
    change = propose()
    reject_change(change.pk, rejected_by="policy-2")
    with pytest.raises(ChangeRefused):
        approve_change(change.pk, approved_by="policy-3")
    assert parameters_for("lamps").value("minutes", APRIL) == 10


def test_a_change_whose_day_has_passed_must_be_proposed_again(frozen: Any) -> None:
    change = propose(valid_from=APRIL)
    frozen.at(date(2022, 4, 2))
    with pytest.raises(ChangeRefused):
        approve_change(change.pk, approved_by="policy-2")


def test_a_change_that_does_not_exist() -> None:
    with pytest.raises(ParameterChange.DoesNotExist):
        approve_change(uuid.uuid4(), approved_by="policy-2")


TRACE = Trace((Step("pay", 2_016_000, "fen", "", "2(1)"),))
RECEIPT = receipt_for("lamps.pay", {"cost": 1}, {"minutes": 10}, {"pay": 2_016_000}, TRACE)


def test_a_receipt_comes_back_as_it_was_written() -> None:
    row = record_receipt(RECEIPT, TRACE, subject="S-1")
    read = DecisionReceipt.objects.get(pk=row.pk)
    assert read.receipt == RECEIPT
    assert read.trace.digest == RECEIPT.trace_digest
    assert read.digest == RECEIPT.digest


def test_a_receipt_is_kept_once_a_subject() -> None:
    assert (
        record_receipt(RECEIPT, TRACE, subject="S-1").pk == record_receipt(RECEIPT, TRACE, subject="S-1").pk
    )
    record_receipt(RECEIPT, TRACE, subject="S-2")
    assert [row.subject for row in receipts_about("S-1")] == ["S-1"]
    assert receipts_about("S-1", kind="other") == []
    with pytest.raises(IntegrityError), transaction.atomic():
        DecisionReceipt.objects.create(
            kind="lamps.pay",
            subject="S-1",
            digest=RECEIPT.digest,
            data={},
            steps=[],
            recorded_at=receipts_about("S-1")[0].recorded_at,
        )


def test_a_receipt_with_a_foreign_trace_is_refused() -> None:
    with pytest.raises(ValueError, match="does not belong"):
        record_receipt(RECEIPT, Trace(), subject="S-1")


def test_imported_wording_stands_beside_our_summary(tmp_path: Path) -> None:
    path = tmp_path / "gazette.txt"
    path.write_text(GAZETTE, encoding="utf-8")
    report = import_gazette(path)
    assert report.missing == []
    assert wording(provision("YZCR-2020-01001/2(1)").citation) == "日落后及时开灯；"
    assert wording(provision("《路灯管理办法》第三条").citation) == "本办法自2020年2月1日起施行。"
    assert set(wordings("YZCR-2020-01001")) == {"1", "2", "2(1)", "2(2)", "3"}
    assert len(set(OfficialText.objects.values_list("source_digest", flat=True))) == 1


def test_without_import_there_is_no_wording() -> None:
    assert wording(provision("YZCR-2020-01001/2(1)").citation) == ""


def test_a_second_import_replaces_the_first() -> None:
    import_gazette(GAZETTE)
    import_gazette(GAZETTE.replace("（二）坏灯应当在3日内修好。", "").replace("及时", "立即"))
    assert wording(provision("YZCR-2020-01001/2(1)").citation) == "日落后立即开灯；"
    assert wording(provision("YZCR-2020-01001/2(2)").citation) == ""


def test_a_text_without_our_documents_changes_nothing() -> None:
    import_gazette(GAZETTE)
    report = import_gazette("第一条 别的。")
    assert report.problems
    assert wording(provision("YZCR-2020-01001/2(1)").citation)


def test_instruments_and_citations_by_any_of_their_names() -> None:
    assert instrument("永政办发〔2020〕1号").key == instrument("YZCR-2020-01001").key
    assert cite("YZCR-2020-01001/2(1)") == "《路灯管理办法》第二条第（一）项"
    assert cite("YZCR-2020-01001/2(1)", "en") == "Rules on Street Lamps, Article 2(1)"
    with pytest.raises(KeyError):
        provision("YZCR-2020-01001/9")


def test_every_parameter_of_every_file() -> None:
    assert [parameter.name for parameter in every_parameter()] == ["minutes"]


def test_parameters_cost_one_query(django_assert_num_queries: Any) -> None:
    approve_change(propose().pk, approved_by="policy-2")
    parameters_for("lamps")
    with django_assert_num_queries(1):
        parameters_for("lamps")
