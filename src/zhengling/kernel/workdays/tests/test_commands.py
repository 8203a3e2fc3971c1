"""`zhengling due` as a clerk types it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from zhengling.__main__ import main


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["due", *words])


def test_the_answer_is_json_with_exactly_five_keys() -> None:
    result = run("2022-01-28", "5", "workdays")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {
        "nominal": "2022-02-09",
        "due": "2022-02-09",
        "provisional": False,
        "next_step_earliest": "2022-02-10",
        "counted": ["2022-01-29", "2022-01-30", "2022-02-07", "2022-02-08", "2022-02-09"],
    }
    assert list(json.loads(result.stdout)) == [
        "nominal",
        "due",
        "provisional",
        "next_step_earliest",
        "counted",
    ]


@pytest.mark.parametrize("unit", ["days", "months"])
def test_days_and_months_count_from_first_to_last(unit: str) -> None:
    answer = json.loads(run("2022-01-28", "2", unit).stdout)
    assert answer["counted"] == {"first": "2022-01-29", "last": answer["nominal"]}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("2022-01-28", "0", "days"), "at least 1"),
        (("2022-01-28", "-5", "days"), "at least 1"),
        (("2022-01-28", "five", "days"), "whole number"),
        (("2022-01-28", "1.5", "days"), "whole number"),
        (("2022-01-28", "5", "weeks"), "use workdays, days, months"),
        (("28.1.2022", "5", "days"), "written like 2022-02-10"),
        (("20220128", "5", "days"), "written like 2022-02-10"),
        (("2022-02-29", "5", "days"), "not a day of the calendar"),
        (("2019-12-31", "5", "workdays"), "before 2020"),
        (("2022-01-28", "999999999", "days"), "past the year 9999"),
        (("2022-01-28", "9999", "workdays"), "past 2036"),
        (("2022-01-28", "5"), "UNIT"),
        ((), "START"),
        (("2022-01-28", "5", "days", "more"), "more"),
    ],
)
def test_what_cannot_be_counted_is_refused_in_one_line(words: tuple[str, ...], said: str) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


def test_counting_does_not_start_the_web_framework() -> None:
    code = (
        "import sys; from zhengling.__main__ import main; "
        "main(['due', '2022-01-28', '5', 'workdays'], standalone_mode=False); "
        "print([name for name in sys.modules if name.split('.')[0] in {'django', 'sqlite3', 'psycopg'}])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_examples_in_the_documentation_are_true() -> None:
    lines = (
        (Path(__file__).resolve().parents[5] / "docs" / "workdays.md")
        .read_text(encoding="utf-8")
        .splitlines()
    )
    examples = [n for n, line in enumerate(lines) if line.startswith("$ zhengling due ")]
    assert examples
    for n in examples:
        assert run(*lines[n].split()[3:]).stdout.strip() == lines[n + 1]
