"""结账与结转: the year closes when nothing is open, and what is left of each source goes on."""

from __future__ import annotations

from datetime import date

import pytest

from zhengling.kernel.funds import batches, closing, queries, replies, verify
from zhengling.kernel.funds.errors import FundsError, NotYourLedger, YearClosed
from zhengling.kernel.funds.ledger import Origin, available, balance, credit, debit, post
from zhengling.kernel.funds.models import Ledger, YearClose
from zhengling.kernel.funds.tests.test_batches import answer, draft, sent

pytestmark = [pytest.mark.django_db, pytest.mark.db_sensitive]


@pytest.fixture
def year_2022(books, frozen):
    """Budget: 1,000 in, 300 granted, of which 200 paid and 100 still owed. Donations: 50 in."""
    books.receive(1_000_00)
    books.receive(50_00, "donation")
    batch = sent(books, [books.owe(200_00)])
    replies.import_reply(batch.pk, "r.csv", answer(batch, (1, "200", "成功", "", "")), books.cashier)
    books.owe(100_00)
    frozen.at(date(2023, 1, 5))
    return books


def close(books, year=2022):
    return closing.close_year(books.unit, year, books.approver)


def test_what_is_left_of_each_source_goes_on(year_2022):
    books = year_2022
    close(books)
    trial = {
        (row.account.key, row.account.source): (row.opening, row.closing)
        for row in queries.trial_balance(books.ledger, 2023).rows
    }
    assert trial == {
        ("bank", "budget"): (800_00, 800_00),
        ("payable", "budget"): (-100_00, -100_00),
        ("fund", "budget"): (-700_00, -700_00),
        ("bank", "donation"): (50_00, 50_00),
        ("fund", "donation"): (-50_00, -50_00),
    }
    assert available(books.ledger, "budget") == 800_00
    assert balance(books.ledger, "payable", "budget") == 100_00
    assert list(verify.problems(Ledger.objects.get(pk=books.unit))) == []


def test_the_closed_year_still_shows_what_came_in_and_went_out(year_2022):
    books = year_2022
    before = {p.source: (p.carried, p.received, p.spent) for p in queries.positions([books.ledger], 2022)}
    assert before["budget"] == (0, 1_000_00, 300_00)
    close(books)
    assert {
        p.source: (p.carried, p.received, p.spent) for p in queries.positions([books.ledger], 2022)
    } == before
    after = {p.source: (p.carried, p.received, p.spent) for p in queries.positions([books.ledger], 2023)}
    assert after["budget"] == (700_00, 0, 0)
    assert after["donation"] == (50_00, 0, 0)


def test_nothing_is_posted_into_a_closed_year(year_2022):
    books = year_2022
    close(books)
    sides = [debit("bank", "budget", 1), credit("income", "budget", 1)]
    for day in (date(2022, 12, 31), date(2021, 12, 31)):
        with pytest.raises(YearClosed):
            post(
                books.unit,
                sides,
                origin=Origin("t", day.isoformat()),
                purpose="received",
                citation="",
                description="",
                actor=books.cashier,
                on=day,
            )
    with pytest.raises(FundsError):
        close(books)
    assert YearClose.objects.count() == 1


def test_a_late_posting_reaches_the_year_that_is_still_open(year_2022):
    year_2022.receive(5_00, on=date(2022, 12, 31))
    close(year_2022)
    assert available(year_2022.ledger, "budget") == 805_00


def test_money_of_the_old_year_pays_in_january_before_the_close(year_2022):
    books = year_2022
    batch = sent(books, [books.owe(700_00)])
    assert available(books.ledger, "budget") == 100_00
    close(books)
    assert available(books.ledger, "budget") == 100_00
    replies.import_reply(batch.pk, "r.csv", answer(batch, (1, "700", "成功", "", "")), books.cashier)
    assert balance(books.ledger, "bank", "budget") == 100_00
    assert list(verify.problems(Ledger.objects.get(pk=books.unit))) == []


@pytest.mark.parametrize("submitted", [False, True])
def test_an_unfinished_batch_keeps_the_year_open(books, frozen, submitted):
    books.receive(100_00)
    batch = draft(books, [books.owe(1_00)])
    if submitted:
        batches.submit(batch.pk, books.cashier)
    frozen.at(date(2023, 1, 5))
    with pytest.raises(FundsError, match="431103-2022-0001"):
        close(books)


def test_a_year_that_is_not_over_stays_open(books):
    books.receive(100_00)
    with pytest.raises(FundsError):
        close(books)


def test_years_close_in_their_order(year_2022, frozen):
    frozen.at(date(2024, 1, 5))
    year_2022.receive(1_00, on=date(2023, 6, 1))
    with pytest.raises(FundsError, match="2022"):
        close(year_2022, 2023)
    close(year_2022, 2022)
    close(year_2022, 2023)
    assert available(year_2022.ledger, "budget") == 801_00


def test_the_cashier_does_not_close(year_2022):
    with pytest.raises(NotYourLedger):
        closing.close_year(year_2022.unit, 2022, year_2022.cashier)


def test_an_empty_year_closes(books, frozen):
    frozen.at(date(2023, 1, 5))
    closed = close(books)
    assert closed.closing is None
    assert closed.opening is None


def test_the_account_book_runs(year_2022):
    """Bank, budget: 1,000 in, 200 out, standing 800; from April on it opens with 800."""
    account = year_2022.ledger.accounts.get(key="bank", source="budget")
    book = queries.account_book(account, date(2022, 1, 1), date(2022, 12, 31))
    assert [(line.debit, line.credit, line.running) for line in book.lines] == [
        (1_000_00, 0, 1_000_00),
        (0, 200_00, 800_00),
    ]
    assert (book.opening, book.debit, book.credit, book.closing) == (0, 1_000_00, 200_00, 800_00)
    later = queries.account_book(account, date(2022, 4, 1), date(2022, 12, 31))
    assert (later.opening, later.closing, list(later.lines)) == (800_00, 800_00, [])
