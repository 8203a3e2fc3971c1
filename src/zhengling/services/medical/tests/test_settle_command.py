"""`zhengling medical settle` as it is typed: the documented sample, every kind of bad row, every format."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from openpyxl import Workbook, load_workbook

from zhengling.services.medical import bulk_sources
from zhengling.services.medical.bulk_columns import COLUMNS, RESULTS
from zhengling.services.medical.commands import medical
from zhengling.services.medical.tests.samples import CITY, GOOD, START, city, documented, moment, table

INPUT = documented("sample input")
EXPECTED = documented("sample output")

GOOD_TYPED: dict[str, Any] = GOOD | {
    "setl_time": moment("2022-03-01"),
    "setl_seq": None,
    "assistance_class": 2,
    "hardship_veteran": False,
    "inscp_scp_amt": Decimal("5000.00"),
    "paid_before_assistance": Decimal("1000.00"),
}


def write_csv(path: Path, rows: list[dict[str, str]], encoding: str = "utf-8") -> Path:
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0].keys(), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def settle(source: Path, output: Path, *options: object) -> Result:
    arguments = ["settle", str(source), "--output", str(output), *map(str, options)]
    return CliRunner().invoke(medical, arguments)


def good(source: Path, output: Path, *options: object) -> Result:
    result = settle(source, output, *options)
    assert result.exit_code == 0, result.stderr
    return result


def refused(tmp_path: Path, source: Path, suffix: str = ".csv") -> str:
    output = tmp_path / f"refused{suffix}"
    result = settle(source, output)
    assert result.exit_code == 2
    assert not output.exists()
    return result.stderr


def test_the_documented_sample_comes_out_as_documented(tmp_path: Path) -> None:
    good(write_csv(tmp_path / "in.csv", INPUT), tmp_path / "out.csv")
    out = read_csv(tmp_path / "out.csv")
    assert list(out[0]) == [*COLUMNS, *RESULTS]
    assert [{name: row[name] for name in COLUMNS} for row in out] == INPUT
    assert [{name: row[name] for name in ("setl_id", *RESULTS)} for row in out] == EXPECTED


def test_the_command_starts_without_the_web_framework(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "in.csv", INPUT)
    arguments = ["medical", "settle", str(source), "--output", str(tmp_path / "out.csv")]
    program = (
        "import json, sys\n"
        "from zhengling.__main__ import main\n"
        f"main({arguments!r}, standalone_mode=False)\n"
        "print(json.dumps(sorted({'django', 'ninja', 'sqlite3', 'psycopg'} & set(sys.modules))))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert json.loads(done.stdout.splitlines()[-1]) == []
    assert len(read_csv(tmp_path / "out.csv")) == len(INPUT)


def test_rules_need_neither_framework_nor_columns() -> None:
    program = (
        "import sys, zhengling.services.medical.explain\n"
        "assert not {'django', 'numpy', 'numba', 'pyarrow'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize(("encoding", "marked"), [("utf-8", False), ("utf-8-sig", True), ("gb18030", True)])
def test_encodings_of_csv(tmp_path: Path, encoding: str, marked: bool) -> None:
    rows = [row | {"hospital": "永州市中心医院, “东院”"} for row in INPUT]
    good(write_csv(tmp_path / "in.csv", rows, encoding), tmp_path / "out.csv")
    out = read_csv(tmp_path / "out.csv")
    assert {row["hospital"] for row in out} == {"永州市中心医院, “东院”"}
    assert [row["maf_pay"] for row in out] == [row["maf_pay"] for row in EXPECTED]
    assert (tmp_path / "out.csv").read_bytes().startswith(b"\xef\xbb\xbf") is marked


def test_csv_becomes_typed_parquet_and_comes_back(tmp_path: Path) -> None:
    good(write_csv(tmp_path / "in.csv", INPUT), tmp_path / "out.parquet")
    out = pq.read_table(tmp_path / "out.parquet")
    assert out.schema.field("inscp_scp_amt").type == pa.decimal128(16, 2)
    assert out.schema.field("setl_time").type == pa.timestamp("us")
    assert out.schema.field("hardship_veteran").type == pa.bool_()
    first = out.to_pylist()[0]
    assert (first["setl_id"], first["setl_time"], first["maf_pay"]) == (
        "A2",
        moment("2022-02-15"),
        Decimal("3360.00"),
    )
    pq.write_table(out.select(COLUMNS), tmp_path / "again.parquet")
    good(tmp_path / "again.parquet", tmp_path / "again.csv")
    assert [
        {name: row[name] for name in ("setl_id", *RESULTS)} for row in read_csv(tmp_path / "again.csv")
    ] == EXPECTED


def write_excel(path: Path, rows: list[dict[str, Any]]) -> Path:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(list(rows[0]))
    for row in rows:
        sheet.append(list(row.values()))
    book.save(path)
    return path


def test_excel_in_and_out(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = []
    for row in INPUT:
        rows.append(
            row
            | {
                "setl_time": datetime.fromisoformat(row["setl_time"]),
                "setl_seq": int(row["setl_seq"]) if row["setl_seq"] else None,
                "assistance_class": int(row["assistance_class"]),
                "hardship_veteran": row["hardship_veteran"] == "true",
                "inscp_scp_amt": float(row["inscp_scp_amt"]),
                "exclusion": row["exclusion"] or None,
                "beds": 12,
            }
        )
    good(write_excel(tmp_path / "in.xlsx", rows), tmp_path / "out.xlsx")
    sheet = load_workbook(tmp_path / "out.xlsx").worksheets[0]
    names, *out = sheet.iter_rows(values_only=True)
    assert names == (*COLUMNS, "beds", *RESULTS)
    place = {name: number for number, name in enumerate(names)}
    for row, expected, given in zip(out, EXPECTED, rows, strict=True):
        assert row[place["setl_time"]] == given["setl_time"]
        assert row[place["beds"]] == 12
        assert row[place["articles"]] == expected["articles"]
        for name in RESULTS[:-1]:
            assert Decimal(str(row[place[name]])) == Decimal(expected[name])


def test_a_moment_with_a_zone_reaches_the_spreadsheet_as_shanghai_time(tmp_path: Path) -> None:
    rows = table([{**GOOD_TYPED, "setl_time": moment("2022-03-01 20:00")}])
    rows = rows.set_column(2, "setl_time", rows["setl_time"].cast(pa.timestamp("us", tz="UTC")))
    pq.write_table(rows, tmp_path / "in.parquet")
    good(tmp_path / "in.parquet", tmp_path / "out.xlsx")
    sheet = load_workbook(tmp_path / "out.xlsx").worksheets[0]
    assert sheet.cell(row=2, column=3).value == moment("2022-03-02 04:00")


def bad(**changed: str) -> list[dict[str, str]]:
    """A good row, and in line 3 one that is not."""
    return [GOOD, GOOD | {"setl_id": "S2"} | changed]


BAD_VALUES = [
    ("setl_id", "", "empty"),
    ("setl_id", " S2", "blank"),
    ("setl_id", "S1", "already in line 2"),
    ("psn_no", "", "empty"),
    ("psn_no", "P1　", "blank"),
    ("setl_time", "", "date or date-time"),
    ("setl_time", "2022-02-30", "'2022-02-30'"),
    ("setl_time", "soon", "'soon'"),
    ("setl_time", "2021-12-31", "before 2022-01-01"),
    ("setl_seq", "1.5", "whole number"),
    ("benefit", "inpatinet", "inpatient, major_outpatient, special_outpatient, not 'inpatinet'"),
    ("benefit", "", "one of"),
    ("assistance_class", "4", "one of 0, 1, 2, 3"),
    ("assistance_class", "", "one of"),
    ("hardship_veteran", "maybe", "true or false"),
    ("hardship_veteran", "", "true or false"),
    ("inscp_scp_amt", "12.345", "at most two decimals"),
    ("inscp_scp_amt", "-1.00", "amount in yuan from 0"),
    ("inscp_scp_amt", "1,200.00", "at most two decimals"),
    ("inscp_scp_amt", "1e5", "at most two decimals"),
    ("inscp_scp_amt", "100000000000000.00", "at most two decimals"),
    ("inscp_scp_amt", "", "empty"),
    ("inscp_scp_amt", "NaN", "at most two decimals"),
    ("paid_before_assistance", "5000.01", "more than inscp_scp_amt"),
    ("paid_before_assistance", "-0.01", "amount in yuan from 0"),
    ("exclusion", "accident", "one of empty, not_contracted"),
]


@pytest.mark.parametrize(("column", "value", "reason"), BAD_VALUES)
def test_a_bad_row_is_named_and_nothing_is_written(
    tmp_path: Path, column: str, value: str, reason: str
) -> None:
    message = refused(tmp_path, write_csv(tmp_path / "in.csv", bad(**{column: value})))
    first = message.splitlines()[0]
    assert first.startswith(f"line 3: {column} ")
    assert reason in first
    assert "1 errors in" in message


@pytest.mark.parametrize(("column", "value", "reason"), BAD_VALUES)
def test_a_bad_row_in_excel(tmp_path: Path, column: str, value: str, reason: str) -> None:
    message = refused(tmp_path, write_excel(tmp_path / "in.xlsx", bad(**{column: value})), ".xlsx")
    assert message.startswith(f"line 3: {column} ")
    assert reason in message


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("setl_id", None, "empty"),
        ("psn_no", None, "empty"),
        ("setl_time", None, "empty"),
        ("benefit", "outpatient", "one of"),
        ("assistance_class", 7, "one of"),
        ("assistance_class", None, "one of"),
        ("hardship_veteran", None, "true or false"),
        ("inscp_scp_amt", None, "empty"),
        ("inscp_scp_amt", Decimal("-0.01"), "from 0"),
        ("paid_before_assistance", Decimal("9999999.00"), "more than inscp_scp_amt"),
        ("exclusion", "None", "one of"),
    ],
)
def test_a_bad_row_in_parquet(tmp_path: Path, column: str, value: object, reason: str) -> None:
    row = GOOD_TYPED
    pq.write_table(table([row, row | {"setl_id": "S2", column: value}]), tmp_path / "in.parquet")
    message = refused(tmp_path, tmp_path / "in.parquet", ".parquet")
    assert message.startswith(f"line 2: {column} ")
    assert reason in message


@pytest.mark.parametrize(
    ("kind", "values", "wrong"),
    [
        (pa.float64(), [1.5, 2.25], []),
        (pa.float64(), [1.5, 2.255], [2]),
        (pa.float64(), [float("nan"), float("inf")], [1, 2]),
        (pa.decimal128(20, 3), [Decimal("1.500"), Decimal("1.505")], [2]),
        (pa.int64(), [12, -1], [2]),
        (pa.int64(), [12, 2**62], [2]),
    ],
)
def test_other_numbers_must_mean_two_decimals(
    tmp_path: Path, kind: pa.DataType, values: list[object], wrong: list[int]
) -> None:
    rows = table([{}, {}])
    filled = {"setl_id": ["S1", "S2"], "psn_no": ["P", "P"], "setl_time": [moment("2022-03-01")] * 2}
    filled |= {"benefit": ["inpatient"] * 2, "assistance_class": [2, 2], "hardship_veteran": [False] * 2}
    filled |= {"paid_before_assistance": [Decimal(0)] * 2}
    for name, column in filled.items():
        rows = rows.set_column(
            rows.column_names.index(name), name, pa.array(column, rows.schema.field(name).type)
        )
    rows = rows.set_column(7, "inscp_scp_amt", pa.array(values, kind))
    pq.write_table(rows, tmp_path / "in.parquet")
    result = settle(tmp_path / "in.parquet", tmp_path / "out.parquet")
    assert result.exit_code == (2 if wrong else 0)
    assert [line for line in result.stderr.splitlines() if line.startswith("line ")] == [
        line
        for number in wrong
        for line in result.stderr.splitlines()
        if line.startswith(f"line {number}: inscp_scp_amt must be an amount in yuan")
    ]
    assert (tmp_path / "out.parquet").exists() is not bool(wrong)


def test_a_column_of_a_wrong_type_is_refused_as_a_whole(tmp_path: Path) -> None:
    rows = table([])
    rows = rows.set_column(1, "psn_no", pa.array([], pa.int64()))
    pq.write_table(rows, tmp_path / "in.parquet")
    assert "psn_no has the type int64; it must be text" in refused(tmp_path, tmp_path / "in.parquet")


def test_a_number_too_long_for_a_spreadsheet_is_refused(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [GOOD | {"psn_no": 431102198001011234, "setl_time": moment("2022-03-01")}]
    message = refused(tmp_path, write_excel(tmp_path / "in.xlsx", rows))
    assert message.startswith("line 2: psn_no ")


def test_all_errors_are_counted_some_shown_and_all_filed(tmp_path: Path) -> None:
    rows = [GOOD | {"setl_id": f"S{number}", "benefit": "x", "inscp_scp_amt": "?"} for number in range(30)]
    source = write_csv(tmp_path / "in.csv", rows)
    result = settle(source, tmp_path / "out.csv", "--errors", tmp_path / "errors.csv")
    assert result.exit_code == 2
    shown = [line for line in result.stderr.splitlines() if line.startswith("line ")]
    assert len(shown) == 20
    assert shown[0].startswith("line 2: benefit ")
    assert shown[1].startswith("line 2: inscp_scp_amt ")
    assert "40 more" in result.stderr
    assert "60 errors" in result.stderr
    filed = read_csv(tmp_path / "errors.csv")
    assert len(filed) == 60
    assert (filed[-1]["line"], filed[-1]["column"]) == ("31", "inscp_scp_amt")
    assert "P1" not in (tmp_path / "errors.csv").read_text(encoding="utf-8-sig")


def test_without_errors_there_is_no_error_file(tmp_path: Path) -> None:
    good(write_csv(tmp_path / "in.csv", INPUT), tmp_path / "out.csv", "--errors", tmp_path / "errors.csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "out.csv"]


def test_errors_of_an_unsorted_file_are_reported_once(tmp_path: Path) -> None:
    rows = [GOOD | {"setl_id": f"S{9 - number}", "psn_no": f"P{9 - number}"} for number in range(9)]
    rows[4]["benefit"] = "x"
    message = refused(tmp_path, write_csv(tmp_path / "in.csv", rows))
    assert message.startswith("line 6: benefit ")
    assert "1 errors in" in message


def test_lines_count_through_blank_and_misshapen_ones(tmp_path: Path) -> None:
    names = ",".join(GOOD)
    line = ",".join(GOOD.values())
    text = [
        names,
        line,
        "",
        line.replace("S1", "S2") + ",more",
        "",
        line.replace("S1", "S3").replace(",2,", ",9,"),
        "",
        "",
    ]
    (tmp_path / "in.csv").write_text("\n".join(text), encoding="utf-8")
    message = refused(tmp_path, tmp_path / "in.csv")
    first, second = [line for line in message.splitlines() if line.startswith("line ")]
    assert first == "line 4: the row has 11 columns, the header 10"
    assert second.startswith("line 6: assistance_class must be one of 0, 1, 2, 3")


def test_lines_are_right_across_blocks_of_a_large_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_sources, "CSV_BLOCK", 700)
    lines, expected = [",".join(GOOD)], []
    for number in range(120):
        row = GOOD | {"setl_id": f"S{number}", "psn_no": f"P{number:03}"}
        if number % 7 == 3:
            row["benefit"] = "x"
            expected.append((len(lines) + 1, "benefit"))
        text = ",".join(row.values())
        if number % 11 == 5:
            text += ",more"
            expected = [error for error in expected if error[0] != len(lines) + 1]
            expected.append((len(lines) + 1, ""))
        lines.append(text)
        if number % 5 == 2:
            lines.append("")
    (tmp_path / "in.csv").write_text("\n".join(lines), encoding="utf-8")
    settle(tmp_path / "in.csv", tmp_path / "out.csv", "--errors", tmp_path / "errors.csv")
    found = [(int(row["line"]), row["column"]) for row in read_csv(tmp_path / "errors.csv")]
    assert sorted(found) == sorted(expected)


def test_blank_lines_alone_do_no_harm(tmp_path: Path) -> None:
    text = "\n".join([",".join(GOOD), "", ",".join(GOOD.values()), "", ""])
    (tmp_path / "in.csv").write_text(text, encoding="utf-8")
    good(tmp_path / "in.csv", tmp_path / "out.csv")
    assert len(read_csv(tmp_path / "out.csv")) == 1


def test_times_may_be_written_in_several_ways(tmp_path: Path) -> None:
    """The same moment, so the order of the file decides: 1,200 below, then everything assisted."""
    texts = [
        "2022-03-01 10:00",
        "2022-03-01T10:00:00",
        "2022/3/1 10:00",
        "2022-03-01T02:00:00Z",
        "2022-03-01T10:00+08:00",
    ]
    rows = [GOOD | {"setl_id": f"S{number}", "setl_time": text} for number, text in enumerate(texts)]
    good(write_csv(tmp_path / "in.csv", rows), tmp_path / "out.csv")
    out = read_csv(tmp_path / "out.csv")
    assert [row["below_deductible_amt"] for row in out] == ["1200.00", "0.00", "0.00", "0.00", "0.00"]
    assert [row["setl_time"] for row in out] == texts


def test_the_order_column_may_be_missing(tmp_path: Path) -> None:
    rows = [{name: value for name, value in row.items() if name != "setl_seq"} for row in INPUT[:-2]]
    good(write_csv(tmp_path / "in.csv", rows), tmp_path / "out.csv")
    assert [row["maf_pay"] for row in read_csv(tmp_path / "out.csv")] == [
        row["maf_pay"] for row in EXPECTED[:-2]
    ]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda row: {name: row[name] for name in row if name != "psn_no"}, "lacks the columns psn_no"),
        (lambda row: row | {"maf_pay": "1"}, "already has maf_pay"),
    ],
)
def test_a_wrong_header_is_refused(tmp_path: Path, change: Any, problem: str) -> None:
    assert problem in refused(tmp_path, write_csv(tmp_path / "in.csv", [change(GOOD)]))


def test_a_header_that_names_a_column_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(",".join([*GOOD, "benefit"]) + "\n", encoding="utf-8")
    assert "names benefit more than once" in refused(tmp_path, tmp_path / "in.csv")


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("in.csv", b"", "lacks the columns"),
        ("in.csv", b"\xff\xfe\xff\xff\x81", "neither UTF-8 nor GB18030"),
        ("in.parquet", b"PAR1 no", "not a readable Parquet file"),
        ("in.xlsx", b"PK no", "not a readable .xlsx workbook"),
        ("in.xls", b"", "use .csv, .parquet or .xlsx"),
    ],
)
def test_a_file_that_is_none_of_them_is_refused(
    tmp_path: Path, name: str, content: bytes, problem: str
) -> None:
    (tmp_path / name).write_bytes(content)
    assert problem in refused(tmp_path, tmp_path / name)


def test_a_column_without_a_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(",".join([*GOOD, "", "x"]) + "\n", encoding="utf-8")
    assert "column 11 has no name" in refused(tmp_path, tmp_path / "in.csv")


def test_a_value_beyond_the_header_of_a_sheet_is_refused(tmp_path: Path) -> None:
    source = write_excel(tmp_path / "in.xlsx", [GOOD])
    book = load_workbook(source)
    book.worksheets[0].cell(row=2, column=14, value="note")
    book.save(source)
    assert refused(tmp_path, source).startswith("line 2: has a value to the right")


def test_a_folder_that_is_not_there_is_said_plainly(tmp_path: Path) -> None:
    result = settle(write_csv(tmp_path / "in.csv", INPUT), tmp_path / "none" / "out.csv")
    assert result.exit_code == 2
    assert "there is no folder" in result.stderr


def test_a_header_alone_gives_a_header_alone(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(",".join(GOOD) + "\n", encoding="utf-8")
    good(tmp_path / "in.csv", tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text(encoding="utf-8") == ",".join([*GOOD, *RESULTS]) + "\n"


def test_the_output_is_not_the_input(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "in.csv", INPUT)
    before = source.read_bytes()
    result = settle(source, source)
    assert result.exit_code == 2
    assert "another file" in result.stderr
    assert source.read_bytes() == before


def test_other_parameters_are_a_what_if(tmp_path: Path) -> None:
    text = CITY.read_text(encoding="utf-8").replace(
        "value: {0: null, 1: 90, 2: 70, 3: 50}", "value: {0: null, 1: 90, 2: 72.5, 3: 50}"
    )
    (tmp_path / "other.yaml").write_text(text, encoding="utf-8")
    good(write_csv(tmp_path / "in.csv", INPUT), tmp_path / "out.csv", "--parameters", tmp_path / "other.yaml")
    first = read_csv(tmp_path / "out.csv")[0]
    assert (first["rate_pct"], first["maf_pay"]) == ("72.5", "3480.00")


def test_wrong_parameters_are_named(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text("instrument: X\nparameters: {a: 1}\n", encoding="utf-8")
    source = write_csv(tmp_path / "in.csv", INPUT)
    result = settle(source, tmp_path / "out.csv", "--parameters", tmp_path / "other.yaml")
    assert result.exit_code == 2
    assert "other.yaml: a: must be a mapping" in result.stderr


def test_a_table_without_a_class_is_refused(tmp_path: Path) -> None:
    text = CITY.read_text(encoding="utf-8").replace(
        "value: {0: null, 1: 90, 2: 70, 3: 50}", "value: {1: 90, 2: 70, 3: 50}"
    )
    text = text.replace('article: {0: "5", 1: "10(1)", 2: "10(2)", 3: "10(3)"}', 'article: "10"')
    (tmp_path / "other.yaml").write_text(text, encoding="utf-8")
    source = write_csv(tmp_path / "in.csv", INPUT)
    result = settle(source, tmp_path / "out.csv", "--parameters", tmp_path / "other.yaml")
    assert result.exit_code == 2
    assert "inpatient_rate: must have a value for each of 0, 1, 2, 3" in result.stderr


def test_the_documented_readings_are_those_of_the_city() -> None:
    listed = {}
    for row in documented("readings"):
        listed[row["parameter"].strip("`")] = row
    parameters = {name: parameter for name, parameter in city().parameters.items() if parameter.reading}
    assert set(listed) == set(parameters)
    for name, parameter in parameters.items():
        row = listed[name]
        assert (row["reading"], row["article"]) == (parameter.reading, parameter.article)
        chosen = city().value(name, START)
        if parameter.choices:
            assert row["chosen"] == chosen
            assert {chosen, *row["alternatives"].split(", ")} == set(parameter.choices)
        elif isinstance(chosen, bool):
            assert (row["chosen"], row["alternatives"]) == (str(chosen).lower(), str(not chosen).lower())
        elif chosen is None:
            assert row["chosen"] == "none"
    wanted = {f"A{number}" for number in range(1, 17)} | {"R12"}
    assert wanted <= {row["reading"] for row in listed.values()}
