"""A file comes in, is checked, is taken over by the worker, its differences are settled; all through the operations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from io import BytesIO

import pytest
from conftest import City, Officer
from openpyxl import Workbook

from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.exchange import declaration, operations, tables
from zhengling.kernel.exchange.declaration import Column, DataSet, Mismatch, Outcome, Row
from zhengling.kernel.exchange.errors import ExchangeError, NotYourData, UnusableFile
from zhengling.kernel.exchange.models import Difference, Exchange
from zhengling.kernel.organisations.models import Organisation

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
    take=take,
    finish=finish,
    mismatches=(
        Mismatch(
            "unknown",
            "unknown here",
            (Outcome("ignored", "ignored", needs_reason=True), Outcome("entered", "entered", refuse)),
            "YZCR-2021-01016/13",
        ),
    ),
)


@pytest.fixture(autouse=True)
def declared() -> Iterator[None]:
    declaration.register(LIST)
    yield
    declaration._data_sets.pop("test.list")


def csv(*lines: str, heading: str = "编号,日期,金额,类别") -> bytes:
    return "\n".join([heading, *lines]).encode()


# --- reading ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_every_usual_encoding_gives_the_same_rows(encoding: str) -> None:
    content = csv('1,2022-03-28,"1,234.50",甲').decode().encode(encoding)
    checked = tables.check("a.csv", content, COLUMNS)
    assert dict(checked.rows[0].values) == {
        "number": "1",
        "day": date(2022, 3, 28),
        "amount": 123450,
        "kind": "first",
    }
    assert checked.totals == {"rows": 1, "amount": 123450}


def test_excel_gives_the_same_rows_as_text() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for line in (["编号", "日期", "金额", "类别"], ["1", "2022年3月28日", 0.1 + 0.2, "乙"]):
        sheet.append(line)
    out = BytesIO()
    book.save(out)
    row = tables.check("a.xlsx", out.getvalue(), COLUMNS).rows[0]
    assert (row["amount"], row["kind"]) == (30, "second")


def test_each_bad_cell_is_named_and_good_rows_stay() -> None:
    checked = tables.check(
        "a.csv",
        csv("1,2022-02-30,1,", "2,2022-03-01,1.234,", "3,2022-03-01,5,丙", "4,2022-03-01,5,"),
        COLUMNS,
    )
    assert [(p.row, p.column) for p in checked.problems] == [(2, "日期"), (3, "金额"), (4, "类别")]
    assert [row["number"] for row in checked.rows] == ["4"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00\x01\x80\x81",
        b"PK\x03\x04 not a workbook",
        csv("1,2", heading="编号,日期"),
        csv("1,2022-03-01,1,甲,1", heading="编号,日期,金额,类别,编号"),
        b'a,b\n"open',
    ],
)
def test_what_is_no_such_table_is_refused(content: bytes) -> None:
    with pytest.raises(UnusableFile):
        tables.check("a.csv", content, COLUMNS)


# --- the course of a file --------------------------------------------------------------------------------------------


@pytest.fixture
def unit(city: City) -> Organisation:
    return city.county


@pytest.fixture
def reviewer(officer: Officer, city: City) -> Actor:
    return officer("reviewer", city.county_mib)


def receive(actor: Actor, unit: Organisation, *lines: str, period: str = "2022-03") -> Exchange:
    return operations.receive(actor, LIST, unit, name="list.csv", content=csv(*lines), period=period)


@pytest.mark.django_db
def test_nothing_happens_before_somebody_takes_the_file_over(reviewer: Actor, unit: Organisation) -> None:
    exchange = receive(reviewer, unit, "1,2022-03-01,5,")
    operations.work_off()
    assert not Difference.objects.exists()
    operations.take_over(reviewer, exchange.pk)
    operations.work_off()
    exchange.refresh_from_db()
    assert (exchange.state, exchange.done, exchange.blob) == ("applied", 1, "")
    assert Difference.objects.get().amount == 500


@pytest.mark.django_db
def test_the_same_file_is_taken_once(reviewer: Actor, unit: Organisation) -> None:
    receive(reviewer, unit, "1,2022-03-01,5,")
    with pytest.raises(ExchangeError):
        receive(reviewer, unit, "1,2022-03-01,5,")


@pytest.mark.django_db
def test_an_open_difference_is_not_repeated_and_ends_when_the_list_no_longer_has_it(
    reviewer: Actor, unit: Organisation
) -> None:
    for period, line in (
        ("2022-03", "1,2022-03-01,5,"),
        ("2022-04", "1,2022-03-01,7,"),
        ("2022-05", "2,2022-03-01,5,"),
    ):
        operations.take_over(reviewer, receive(reviewer, unit, line, period=period).pk)
        operations.work_off()
    first, second = Difference.objects.order_by("matter")
    assert (first.state, first.amount) == ("vanished", 700)
    assert (second.state, second.matter) == ("open", "2")


@pytest.mark.django_db
def test_a_fault_in_a_portion_loses_and_repeats_nothing(
    reviewer: Actor, unit: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "PORTION", 1)
    exchange = receive(reviewer, unit, "1,2022-03-01,5,", "2,2022-03-01,5,")
    operations.take_over(reviewer, exchange.pk)
    real, calls = operations.note, []

    def faulty(exchange: Exchange, found: Sequence[operations.Found]) -> int:
        calls.append(found[0].matter)
        if calls == ["1", "2"]:
            raise RuntimeError("power cut")
        return real(exchange, found)

    monkeypatch.setattr(operations, "note", faulty)
    operations.work_off()
    exchange.refresh_from_db()
    assert (exchange.state, exchange.done) == ("failed", 1)
    operations.requeue(reviewer, exchange.pk)
    operations.work_off()
    assert calls == ["1", "2", "2"]
    assert sorted(Difference.objects.values_list("matter", flat=True)) == ["1", "2"]


@pytest.mark.django_db
def test_differences_are_settled_one_by_one(reviewer: Actor, unit: Organisation) -> None:
    operations.take_over(reviewer, receive(reviewer, unit, "1,2022-03-01,5,", "2,2022-03-01,5,").pk)
    operations.work_off()
    first, second = Difference.objects.order_by("matter")
    with pytest.raises(ExchangeError, match="reason"):
        operations.decide(reviewer, first.pk, "ignored")
    settled, refused = operations.decide_many(reviewer, [first.pk, second.pk], "entered")
    assert (settled, len(refused)) == ([], 2)
    operations.decide(reviewer, first.pk, "ignored", "同名")
    with pytest.raises(ExchangeError):
        operations.decide(reviewer, first.pk, "ignored", "again")
    assert Difference.objects.filter(state="open").count() == 1


@pytest.mark.django_db
def test_only_the_office_of_the_unit_exchanges(officer: Officer, city: City) -> None:
    for role, place in (
        ("reviewer", city.other_county_mib),
        ("clerk", city.county_mib),
        ("reviewer", city.county_finance),
        ("reviewer", city.city_mib),
    ):
        with pytest.raises(NotYourData):
            receive(officer(role, place), city.county, "1,2022-03-01,5,")


@pytest.mark.django_db
def test_where_a_signature_is_wanted_totals_agree_and_another_person_signs(
    reviewer: Actor, officer: Officer, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed = replace(LIST, sign_off=True)
    monkeypatch.setitem(declaration._data_sets, "test.list", signed)
    wrong = operations.receive(
        reviewer,
        signed,
        city.county,
        name="a.csv",
        content=csv("1,2022-03-01,5,"),
        declared={"rows": 1, "amount": 400},
    )
    right = operations.receive(
        reviewer,
        signed,
        city.county,
        name="a.csv",
        content=csv("2,2022-03-01,5,"),
        declared={"rows": 1, "amount": 500},
    )
    other = officer("reviewer", city.county_mib)
    with pytest.raises(ExchangeError):
        operations.take_over(other, wrong.pk)
    with pytest.raises(ExchangeError):
        operations.take_over(reviewer, right.pk)
    assert operations.take_over(other, right.pk).state == "queued"
