from __future__ import annotations

import json
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhengling.kernel.canonical import canonical_json
from zhengling.kernel.law.traces import Step, Trace, digest, plain, trace_from_data

TRACE = Trace(
    (
        Step("base_amt", 2_880_000, "fen", "in scope − deductible", "YZCR-2021-01016/10(2)"),
        Step("settled_on", date(2022, 3, 1), citation="YZCR-2021-01016/15"),
        Step("maf_pay", 2_016_000, "fen", "base_amt × 70 %", "YZCR-2021-01016/10(2)"),
    )
)

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


def test_a_trace_keeps_order_and_names_its_provisions_once() -> None:
    assert TRACE.citations() == ("YZCR-2021-01016/10(2)", "YZCR-2021-01016/15")
    assert TRACE.value("maf_pay") == 2_016_000
    with pytest.raises(KeyError):
        TRACE.value("nothing")


def test_a_trace_survives_json() -> None:
    rows = json.loads(json.dumps(TRACE.data()))
    assert trace_from_data(rows).digest == TRACE.digest


def test_order_is_part_of_the_digest() -> None:
    assert Trace(TRACE.steps[::-1]).digest != TRACE.digest


@given(values)
def test_equal_values_have_one_text_whatever_the_order_of_names(value: object) -> None:
    def turned(item: object) -> object:
        if isinstance(item, dict):
            return {key: turned(item[key]) for key in reversed(item)}
        return [turned(part) for part in item] if isinstance(item, list) else item

    assert canonical_json(turned(value)) == canonical_json(value)
    assert json.loads(canonical_json(value)) == value


def test_known_digest() -> None:
    assert canonical_json({"b": 2, "a": "一"}) == '{"a":"一","b":2}'
    # printf '{}' | sha256sum
    assert digest({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


@pytest.mark.parametrize("value", [1.5, {"x": [0.1]}, {1: "a"}, object(), datetime(2022, 1, 1)])  # noqa: DTZ001
def test_what_has_no_exact_form_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        plain(value)
