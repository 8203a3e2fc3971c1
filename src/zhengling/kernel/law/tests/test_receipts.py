from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from zhengling.kernel.law.receipts import Receipt, UnknownRule, receipt_for, replay
from zhengling.kernel.law.traces import Step, Trace


def assist(inputs: Mapping[str, Any], parameters: Mapping[str, Any]) -> tuple[Mapping[str, Any], Trace]:
    above = max(0, inputs["cost"] - parameters["deductible"])
    pay = above * parameters["percent"] // 100
    return {"pay": pay}, Trace((Step("above", above, "fen"), Step("pay", pay, "fen", "above × percent")))


REGISTRY = {"test.assist": assist}
PARAMETERS = {"deductible": 120_000, "percent": 70}


def decided(cost: int = 3_000_000) -> Receipt:
    outputs, trace = assist({"cost": cost}, PARAMETERS)
    return receipt_for("test.assist", {"cost": cost}, PARAMETERS, outputs, trace, calendar_version="2022.1")


def test_a_receipt_replays_to_the_same_result() -> None:
    again = replay(decided(), REGISTRY)
    assert again.equal
    assert again.outputs == {"pay": 2_016_000}


def test_a_receipt_keeps_its_own_parameters() -> None:
    """What the law says today does not touch what was decided: the values are in the receipt."""
    receipt = decided()
    assert receipt.parameters != {**PARAMETERS, "deductible": 150_000}
    assert replay(Receipt(**receipt.data()), REGISTRY).equal


@pytest.mark.parametrize(
    ("field", "value", "difference"),
    [
        ("outputs", {"pay": 1}, "outputs.pay"),
        ("outputs", {"pay": 2_016_000, "more": 1}, "outputs.more"),
        ("inputs", {"cost": 1}, "outputs.pay"),
        ("parameters", {"deductible": 0, "percent": 70}, "parameters"),
        ("trace_digest", "0" * 64, "trace"),
    ],
)
def test_a_changed_receipt_shows(field: str, value: object, difference: str) -> None:
    again = replay(replace(decided(), **{field: value}), REGISTRY)
    assert difference in again.differences


def test_changed_code_shows() -> None:
    def generous(inputs: Mapping[str, Any], parameters: Mapping[str, Any]) -> tuple[Mapping[str, Any], Trace]:
        outputs, trace = assist(inputs, parameters)
        return {"pay": outputs["pay"] + 1}, trace

    assert replay(decided(), {"test.assist": generous}).differences == ("outputs.pay",)


def test_a_rule_that_is_gone_is_said_by_name() -> None:
    with pytest.raises(UnknownRule, match=r"test\.assist"):
        replay(decided(), {})


def test_every_field_counts_in_the_digest() -> None:
    receipt = decided()
    changes = {"kind": "x", "calendar_version": "x", "code_version": "x", "trace_digest": "x"}
    digests = {replace(receipt, **{name: value}).digest for name, value in changes.items()}
    assert len(digests | {receipt.digest}) == len(changes) + 1


def test_digests_given_out_stay_what_they_are() -> None:
    """Letters and events in the archives carry them."""
    trace = Trace(
        (
            Step("above", 2_880_000, "fen", "cost − deductible", "YZCR-2021-01016/10(2)"),
            Step("on", date(2022, 3, 1)),
        )
    )
    receipt = Receipt(
        kind="medical.settlement",
        inputs={"姓": "李", "n": [1, None, True]},
        parameters={"rate": 7000},
        parameters_digest="p",
        calendar_version="2022.1",
        code_version="0.1.0",
        outputs={"pay": 2_016_000},
        trace_digest=trace.digest,
    )
    assert trace.digest == "d60f47e574022adb0ce0c9d26316e6f444f3942570e176d74c206e7bc975bed2"
    assert receipt.digest == "8fa0ee288bef27e448e7c340c43869734f4346b0bb94bf5d1c012863d0d5668f"


def test_floats_do_not_enter_a_receipt() -> None:
    with pytest.raises(TypeError):
        receipt_for("test.assist", {"cost": 1.5}, PARAMETERS, {}, Trace())
