"""A whole file is settled exactly as its rows would be one by one, whatever its order and however it is
cut.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhengling.kernel.law.parameters import Change, ParameterSet
from zhengling.services.medical import bulk_duplicates, bulk_sources
from zhengling.services.medical.bulk import settle_file
from zhengling.services.medical.bulk_errors import BadRowsError
from zhengling.services.medical.bulk_sinks import ParquetSink
from zhengling.services.medical.explain import Case, explain
from zhengling.services.medical.rules import EMPTY, Account
from zhengling.services.medical.terms import BENEFITS, EXCLUSIONS, terms_on
from zhengling.services.medical.tests.samples import START, city, fen, moment, reading, table, yuan
from zhengling.services.medical.tests.test_rules import READINGS

NEW_YEAR = moment("2023-01-01")
AMOUNT = st.integers(0, 20_000_000)
ROW = st.fixed_dictionaries(
    {
        "psn_no": st.sampled_from(["431100", "43110", "王", "a", "b"]),
        "setl_time": st.sampled_from(
            [NEW_YEAR + timedelta(days=day, seconds=second) for day in (-200, -1, 0, 90) for second in (0, 1)]
        ),
        "setl_seq": st.sampled_from([None, -1, 0, 1, 2]),
        "benefit": st.sampled_from(list(BENEFITS)),
        "assistance_class": st.integers(0, 3),
        "hardship_veteran": st.booleans(),
        "inscp_scp_amt": AMOUNT,
        "exclusion": st.sampled_from(["", None, "", *EXCLUSIONS]),
        "share": st.integers(0, 100),
    }
)


def complete(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows as they stand in a file: numbered, paid a share of the cost, in yuan."""
    return [
        {name: value for name, value in row.items() if name != "share"}
        | {
            "setl_id": f"S{number}",
            "inscp_scp_amt": yuan(row["inscp_scp_amt"]),
            "paid_before_assistance": yuan(row["inscp_scp_amt"] * row["share"] // 100),
        }
        for number, row in enumerate(rows)
    ]


def sort_key(numbered: tuple[int, dict[str, Any]]) -> tuple[bytes, datetime, int, int]:
    number, row = numbered
    return row["psn_no"].encode(), row["setl_time"], row["setl_seq"] or 0, number


def one_by_one(rows: list[dict[str, Any]], parameters: ParameterSet) -> list[tuple[int, ...]]:
    """The results of settling every row by itself with `explain`, in the order of the input."""
    accounts: dict[tuple[str, int], Account] = {}
    results: list[tuple[int, ...]] = [()] * len(rows)
    for number, row in sorted(enumerate(rows), key=sort_key):
        person_year = (row["psn_no"], row["setl_time"].year)
        case = Case(
            benefit=BENEFITS[row["benefit"]],
            assistance_class=row["assistance_class"],
            veteran=row["hardship_veteran"],
            base=fen(row["inscp_scp_amt"]) - fen(row["paid_before_assistance"]),
            exclusion=row["exclusion"] or "",
            account=accounts.get(person_year, EMPTY),
        )
        explained = explain(case, terms_on(parameters.on(row["setl_time"].date())))
        accounts[person_year] = explained.account
        results[number] = tuple(explained.settled)
    return results


def settled(path: Path) -> list[tuple[int, ...]]:
    names = ("base", "below_deductible", "assisted", "above_ceiling", "cap_cut")
    rows = pq.read_table(path).to_pylist()
    return [(*(fen(row[f"{name}_amt"]) for name in names), fen(row["maf_pay"])) for row in rows]


def in_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for _, row in sorted(enumerate(rows), key=sort_key)]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(choices=READINGS, drawn=st.lists(ROW, max_size=40), raised=st.booleans())
def test_a_file_is_settled_as_its_rows_one_by_one(
    tmp_path: Path, choices: dict[str, object], drawn: list[dict[str, Any]], raised: bool
) -> None:
    parameters = reading(**choices)
    if raised:  # other figures from the new year on: two periods
        deductible = {"0": None, "1": 0, "2": 1500, "3": 7000}
        parameters = parameters.with_changes([Change("inpatient_deductible", NEW_YEAR.date(), deductible)])
    rows = complete(drawn)
    for order in (rows, in_order(rows)):
        pq.write_table(table(order), tmp_path / "in.parquet")
        summary = settle_file(tmp_path / "in.parquet", tmp_path / "out.parquet", parameters)
        expected = one_by_one(order, parameters)
        assert settled(tmp_path / "out.parquet") == expected
        assert summary[:3] == (len(rows), sum(row[0] for row in expected), sum(row[5] for row in expected))
        assert order is rows or summary.in_order


def many(persons: int, each: int) -> list[dict[str, Any]]:
    """Rows of a year in the order of the contract, with some of everything."""
    rows = []
    for person in range(persons):
        for number in range(each):
            rows.append(
                {
                    "psn_no": f"P{person:05}",
                    "setl_time": moment("2022-01-01") + timedelta(days=number % 300),
                    "setl_seq": number,
                    "benefit": list(BENEFITS)[(person + number) % 3],
                    "assistance_class": (person // 3 + number // 7) % 4,
                    "hardship_veteran": person % 5 == 0,
                    "inscp_scp_amt": 1_234_567 * (number % 13) + 100 * person + 7,
                    "exclusion": EXCLUSIONS[number % 5] if number % 11 == 0 else "",
                    "share": (37 * number + person) % 101,
                }
            )
    return complete(in_order(rows))


@pytest.mark.parametrize("cut", [1, 2, 3, 7, 40])
def test_the_cut_into_row_groups_does_not_matter(
    tmp_path: Path, cut: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = many(5, 8)
    monkeypatch.setattr(bulk_sources, "ROWS_PER_BATCH", cut)
    pq.write_table(table(rows), tmp_path / "in.parquet", row_group_size=cut)
    summary = settle_file(tmp_path / "in.parquet", tmp_path / "out.parquet", city())
    assert summary.in_order
    assert settled(tmp_path / "out.parquet") == one_by_one(rows, city())


@pytest.mark.parametrize("shuffle", ["reversed", "interleaved"])
def test_a_file_in_any_order_has_the_results_of_a_sorted_one(tmp_path: Path, shuffle: str) -> None:
    rows = many(40, 90)
    mixed = list(reversed(rows)) if shuffle == "reversed" else rows[::2] + rows[1::2]
    for name, order in (("sorted", rows), ("mixed", mixed)):
        pq.write_table(table(order), tmp_path / f"{name}.parquet", row_group_size=500)
    assert settle_file(tmp_path / "sorted.parquet", tmp_path / "a.parquet", city()).in_order
    assert not settle_file(tmp_path / "mixed.parquet", tmp_path / "b.parquet", city()).in_order
    in_one = {row["setl_id"]: row for row in pq.read_table(tmp_path / "a.parquet").to_pylist()}
    in_other = pq.read_table(tmp_path / "b.parquet").to_pylist()
    assert [row["setl_id"] for row in in_other] == [row["setl_id"] for row in mixed]
    assert all(in_one[row["setl_id"]] == row for row in in_other)


def test_disorder_late_in_the_file_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_sources, "ROWS_PER_BATCH", 16)
    rows = many(20, 5)
    rows.append(rows.pop(3))
    pq.write_table(table(rows), tmp_path / "in.parquet", row_group_size=16)
    summary = settle_file(tmp_path / "in.parquet", tmp_path / "out.parquet", city())
    assert not summary.in_order
    assert settled(tmp_path / "out.parquet") == one_by_one(rows, city())


def test_settling_again_gives_the_same_file(tmp_path: Path) -> None:
    pq.write_table(table(many(10, 10)), tmp_path / "in.parquet")
    for name in ("one", "two"):
        settle_file(tmp_path / "in.parquet", tmp_path / f"{name}.parquet", city())
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "two.parquet").read_bytes()


def test_the_input_keeps_its_types_and_further_columns(tmp_path: Path) -> None:
    rows = table(many(2, 3))
    rows = rows.append_column("hospital", pa.array(["永州市中心医院"] * 6, pa.large_string()))
    rows = rows.set_column(4, "benefit", rows["benefit"].dictionary_encode())
    rows = rows.set_column(2, "setl_time", rows["setl_time"].cast(pa.timestamp("ms", tz="Asia/Shanghai")))
    pq.write_table(rows, tmp_path / "in.parquet", compression="zstd")
    settle_file(tmp_path / "in.parquet", tmp_path / "out.parquet", city())
    out = pq.read_table(tmp_path / "out.parquet")
    assert out.select(rows.column_names).equals(rows)
    assert out.schema.field("articles").type == pa.string()
    assert out.schema.field("maf_pay").type == pa.decimal128(16, 2)
    assert pq.ParquetFile(tmp_path / "out.parquet").metadata.row_group(0).column(0).compression == "ZSTD"


def test_moments_are_taken_in_shanghai(tmp_path: Path) -> None:
    """16:30 UTC on the last day of the year is the new year in Yongzhou: a new deductible."""
    rows = many(1, 2)
    for row, text in zip(rows, ("2022-12-31 15:30", "2022-12-31 16:30"), strict=True):
        row |= {"setl_time": moment(text), "assistance_class": 2, "benefit": "inpatient", "exclusion": ""}
        row |= {"inscp_scp_amt": yuan(200_000), "paid_before_assistance": yuan(0)}
    utc = table(rows)
    utc = utc.set_column(2, "setl_time", utc["setl_time"].cast(pa.timestamp("us", tz="UTC")))
    pq.write_table(utc, tmp_path / "in.parquet")
    settle_file(tmp_path / "in.parquet", tmp_path / "out.parquet", city())
    assert [row[1] for row in settled(tmp_path / "out.parquet")] == [120_000, 120_000]


@pytest.mark.parametrize(
    "kind", [pa.decimal128(10, 1), pa.decimal128(20, 4), pa.decimal256(40, 2), pa.float64(), pa.string()]
)
def test_amounts_may_come_in_other_types(tmp_path: Path, kind: pa.DataType) -> None:
    rows = many(3, 4)
    for row in rows:
        row["inscp_scp_amt"] = yuan(123_450)
        row["paid_before_assistance"] = yuan(10_010)
    plain = table(rows)
    pq.write_table(plain, tmp_path / "plain.parquet")
    for place in (7, 8):
        plain = plain.set_column(place, plain.schema.field(place), plain.column(place)).set_column(
            place, plain.column_names[place], plain.column(place).cast(kind)
        )
    pq.write_table(plain, tmp_path / "other.parquet")
    settle_file(tmp_path / "plain.parquet", tmp_path / "a.parquet", city())
    settle_file(tmp_path / "other.parquet", tmp_path / "b.parquet", city())
    assert settled(tmp_path / "a.parquet") == settled(tmp_path / "b.parquet")


def test_an_empty_file_stays_empty(tmp_path: Path) -> None:
    pq.write_table(table([]), tmp_path / "in.parquet")
    assert settle_file(tmp_path / "in.parquet", tmp_path / "out.parquet", city()).rows == 0
    assert pq.read_table(tmp_path / "out.parquet").num_columns == 18


def test_the_largest_amounts_do_not_overflow(tmp_path: Path) -> None:
    rows = many(1, 40)
    for row in rows:
        row |= {"inscp_scp_amt": yuan(10**16 - 1), "paid_before_assistance": yuan(0), "exclusion": ""}
    pq.write_table(table(rows), tmp_path / "in.parquet")
    settle_file(tmp_path / "in.parquet", tmp_path / "out.parquet", city())
    assert settled(tmp_path / "out.parquet") == one_by_one(rows, city())


@pytest.mark.parametrize("run", [2, 5, 1000])
def test_a_number_that_comes_twice_is_found_across_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: int
) -> None:
    monkeypatch.setattr(bulk_sources, "ROWS_PER_BATCH", 3)
    monkeypatch.setattr(bulk_duplicates, "RUN", run)
    rows = many(4, 5)
    rows[17]["setl_id"] = rows[2]["setl_id"]
    pq.write_table(table(rows), tmp_path / "in.parquet", row_group_size=3)
    with pytest.raises(BadRowsError) as caught:
        settle_file(tmp_path / "in.parquet", tmp_path / "out.parquet", city())
    [error] = caught.value.log.first
    assert (error.line, error.column) == (18, "setl_id")
    assert "line 3" in error.reason
    assert not (tmp_path / "out.parquet").exists()


def test_equal_hashes_are_no_proof(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a hash that is the same for every text, persons and numbers are still told apart by their
    letters.
    """
    from zhengling.services.medical import bulk_kernel

    honest = bulk_kernel.hash_texts

    def blind(offsets: Any, data: Any, hashes: Any, blank: Any) -> None:
        honest(offsets, data, hashes, blank)
        hashes[:] = 7

    monkeypatch.setattr(bulk_kernel, "hash_texts", blind)
    rows = many(6, 5)[::-1]
    pq.write_table(table(rows), tmp_path / "in.parquet")
    settle_file(tmp_path / "in.parquet", tmp_path / "out.parquet", city())
    assert settled(tmp_path / "out.parquet") == one_by_one(rows, city())


def test_a_failure_while_writing_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pq.write_table(table(many(4, 5)), tmp_path / "in.parquet", row_group_size=4)
    (tmp_path / "out.parquet").write_text("before")
    monkeypatch.setattr(bulk_sources, "ROWS_PER_BATCH", 4)
    write, calls = ParquetSink.write, []

    def full(sink: ParquetSink, batch: pa.RecordBatch) -> None:
        calls.append(batch)
        if len(calls) == 3:
            raise OSError(28, "No space left on device")
        write(sink, batch)

    monkeypatch.setattr(ParquetSink, "write", full)
    with pytest.raises(OSError, match="No space left"):
        settle_file(tmp_path / "in.parquet", tmp_path / "out.parquet", city())
    assert (tmp_path / "out.parquet").read_text() == "before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.parquet", "out.parquet"]


def test_the_first_day_of_the_parameters_is_the_first_that_can_be_settled(tmp_path: Path) -> None:
    rows = many(1, 2)
    rows[0]["setl_time"] = moment("2021-12-31 23:59")
    rows[1]["setl_time"] = moment(START.isoformat())
    pq.write_table(table(rows), tmp_path / "in.parquet")
    with pytest.raises(BadRowsError) as caught:
        settle_file(tmp_path / "in.parquet", tmp_path / "out.parquet", city())
    [error] = caught.value.log.first
    assert (error.line, error.column) == (1, "setl_time")
    assert "2022-01-01" in error.reason
