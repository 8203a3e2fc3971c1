"""Settlement rows for tests, and the worked sample of the documentation."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from zhengling.configuration import CITIES
from zhengling.kernel.law.parameters import Change, ParameterSet, load_parameters

DOCS = Path(__file__).parents[5] / "docs" / "medical-settle.md"
CITY = CITIES / "yongzhou" / "medical" / "parameters.yaml"
START = date(2022, 1, 1)

SCHEMA = pa.schema(
    {
        "setl_id": pa.string(),
        "psn_no": pa.string(),
        "setl_time": pa.timestamp("us"),
        "setl_seq": pa.int32(),
        "benefit": pa.string(),
        "assistance_class": pa.int8(),
        "hardship_veteran": pa.bool_(),
        "inscp_scp_amt": pa.decimal128(16, 2),
        "paid_before_assistance": pa.decimal128(16, 2),
        "exclusion": pa.string(),
    }
)

GOOD = {
    "setl_id": "S1",
    "psn_no": "P1",
    "setl_time": "2022-03-01",
    "setl_seq": "",
    "benefit": "inpatient",
    "assistance_class": "2",
    "hardship_veteran": "false",
    "inscp_scp_amt": "5000.00",
    "paid_before_assistance": "1000.00",
    "exclusion": "",
}


@cache
def city() -> ParameterSet:
    return load_parameters(CITY)


def reading(**choices: object) -> ParameterSet:
    """The city's parameters with other readings or values from the first day on."""
    return city().with_changes([Change(name, START, value) for name, value in choices.items()])


def documented(mark: str) -> list[dict[str, str]]:
    """The rows of the table that follows ``<!-- mark -->`` in the documentation."""
    lines = DOCS.read_text(encoding="utf-8").split(f"<!-- {mark} -->\n", 1)[1].splitlines()
    table = []
    for line in lines:
        if not line.startswith("|"):
            break
        table.append([cell.strip() for cell in line.strip("|").split("|")])
    names, _, *rows = table
    return [dict(zip(names, row, strict=True)) for row in rows]


def moment(text: str) -> datetime:
    """A moment without a zone, as settlement files have it."""
    return datetime.fromisoformat(text)


def fen(amount: object) -> int:
    return int(Decimal(str(amount)) * 100)


def yuan(amount: int) -> Decimal:
    return Decimal(amount).scaleb(-2)


def table(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=SCHEMA)
