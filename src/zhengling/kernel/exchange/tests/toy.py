"""A data set to try the room on: a list of another system with one kind of difference."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.exchange import operations
from zhengling.kernel.exchange.declaration import Column, DataSet, Mismatch, Outcome, Row
from zhengling.kernel.exchange.errors import ExchangeError
from zhengling.kernel.exchange.models import Difference, Exchange

COLUMNS = (
    Column("number", "编号"),
    Column("day", "日期", "date"),
    Column("amount", "金额", "money", total=True),
    Column("kind", "类别", "choice", required=False, choices={"甲": "first", "乙": "second"}),
)


def take(exchange: Exchange, rows: Sequence[Row]) -> None:
    operations.note(
        exchange,
        [operations.Found("unknown", row["number"], row=row.number, amount=row["amount"]) for row in rows],
    )


def finish(exchange: Exchange) -> None:
    operations.close_vanished(exchange, ["unknown"])


def refuse(difference: Difference, actor: Actor, reason: str) -> None:
    raise ExchangeError("not today")


LIST = DataSet(
    name="test.list",
    label="test list",
    keeper="another system",
    columns=COLUMNS,
    citation="YZCR-2021-01016/13",
    roles=frozenset({"reviewer"}),
    offices=frozenset({"medical_insurance"}),
    rhythm="monthly",
    since=lambda _unit: date(2022, 1, 1),
    take=take,
    finish=finish,
    mismatches=(
        Mismatch(
            "unknown",
            "unknown here",
            (
                Outcome("ignored", "ignored", needs_reason=True),
                Outcome("refused", "refused", refuse),
                Outcome("from", "from a day", needs_day=True),
            ),
            "YZCR-2021-01016/13",
        ),
    ),
)


def csv(*lines: str, heading: str = "编号,日期,金额,类别") -> bytes:
    return "\n".join([heading, *lines]).encode()
