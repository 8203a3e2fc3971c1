"""The books: balance, order, reversal, and what the database itself refuses."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import SYSTEM
from zhengling.kernel.funds import queries, verify
from zhengling.kernel.funds.errors import FundsError, PostedDifferently, Unbalanced
from zhengling.kernel.funds.ledger import Origin, Side, available, balance, credit, debit, post, reverse
from zhengling.kernel.funds.models import Account, Balance, Entry, Ledger, Line, Source
from zhengling.kernel.identifiers import uuid7

pytestmark = [pytest.mark.django_db, pytest.mark.db_sensitive]

MONEY_IN = [debit("bank", Source.BUDGET, 100_00), credit("income", Source.BUDGET, 100_00)]


def put(books, sides=MONEY_IN, purpose="received", **more):
    return post(
        books.unit,
        sides,
        origin=Origin("test", "1"),
        purpose=purpose,
        citation="YZCR-2021-01016/18",
        description="永财社〔2022〕1号",
        actor=SYSTEM,
        **more,
    )


def test_an_entry_moves_the_balance_of_its_accounts(books):
    put(books)
    assert balance(books.ledger, "bank", "budget") == 100_00
    assert balance(books.ledger, "income", "budget") == 100_00
    assert available(books.ledger, "budget") == 100_00
    assert available(books.ledger, "donation") == 0
    assert list(verify.problems(Ledger.objects.get(pk=books.unit))) == []


@pytest.mark.parametrize(
    "sides",
    [
        [],
        [debit("bank", "budget", 100), credit("income", "budget", 99)],
        [debit("bank", "budget", 0), credit("income", "budget", 0)],
        [debit("bank", "budget", -5), credit("income", "budget", -5)],
        [Side("bank", "budget", debit=5, credit=5), Side("income", "budget", debit=5, credit=5)],
    ],
)
def test_what_does_not_balance_is_refused(books, sides):
    with pytest.raises(Unbalanced):
        put(books, sides)
    assert not Entry.objects.exists()
    assert not Line.objects.exists()


def test_the_same_fact_is_posted_once(books):
    first = put(books)
    assert put(books) == first
    assert balance(books.ledger, "bank", "budget") == 100_00
    with pytest.raises(PostedDifferently):
        put(books, [debit("bank", "budget", 7), credit("income", "budget", 7)])


def test_a_reversal_is_the_exact_opposite_once(books):
    first = put(books)
    opposite = reverse(first, reason="录入有误", actor=SYSTEM)
    assert balance(books.ledger, "bank", "budget") == 0
    assert opposite.reverses == first
    with pytest.raises(FundsError):
        reverse(first, reason="再次", actor=SYSTEM)
    with pytest.raises(FundsError):
        reverse(opposite, reason="冲销的冲销", actor=SYSTEM)


def test_no_posting_is_dated_in_the_future(books):
    with pytest.raises(FundsError):
        put(books, on=date(2022, 3, 29))


def test_an_account_the_chart_lacks_is_named(books):
    with pytest.raises(FundsError, match=r"expense\.moon"):
        put(books, [debit("expense.moon", "budget", 1), credit("bank", "budget", 1)])


def test_a_unit_without_books_is_told(books, city):
    with pytest.raises(FundsError, match="zhengling funds load"):
        post(
            city.township.pk,
            MONEY_IN,
            origin=Origin("test", "1"),
            purpose="x",
            citation="",
            description="",
            actor=SYSTEM,
        )


@pytest.mark.parametrize("table", ["funds_entry", "funds_line"])
@pytest.mark.parametrize("verb", ["DELETE FROM {}", "UPDATE {} SET id = id"])
def test_the_database_refuses_to_change_what_is_posted(books, table, verb):
    put(books)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(verb.format(table))


def test_the_database_refuses_an_entry_that_does_not_balance(books):
    put(books)
    entry = Entry.objects.get()
    entry.pk, entry.seq, entry.purpose = uuid7(), 2, "forged"
    account = Account.objects.get(ledger=books.ledger, key="bank", source="budget")
    with pytest.raises(DatabaseError), transaction.atomic():
        Line.objects.create(entry_id=entry.pk, account=account, debit=5)
        entry.save(force_insert=True)


def test_the_database_refuses_a_line_for_an_entry_that_stands(books):
    entry = put(books)
    account = Account.objects.get(ledger=books.ledger, key="bank", source="budget")
    with pytest.raises(DatabaseError), transaction.atomic():
        Line.objects.create(entry=entry, account=account, debit=5)


def test_the_database_refuses_a_line_on_both_sides(books):
    account = Account.objects.get(ledger=books.ledger, key="bank", source="budget")
    with pytest.raises(IntegrityError), transaction.atomic():
        Line.objects.create(entry_id=uuid7(), account=account, debit=5, credit=5)


def test_the_verifier_finds_a_running_sum_that_was_tampered_with(books):
    put(books)
    Balance.objects.filter(account__key="bank").update(debit=1)
    found = list(verify.problems(Ledger.objects.get(pk=books.unit)))
    assert len(found) == 2  # the sum of the account, and the trial balance of the year


def test_the_verifier_finds_a_missing_end(books):
    put(books)
    Ledger.objects.filter(pk=books.unit).update(entries=0, head="")
    assert len(list(verify.problems(Ledger.objects.get(pk=books.unit)))) == 1


def test_units_do_not_share_books(books, other_books):
    put(books)
    assert balance(other_books.ledger, "bank", "budget") == 0
    put(other_books)
    assert Entry.objects.get(ledger=other_books.ledger).seq == 1


KEYS = ["bank", "transit", "payable", "income", "expense.inpatient", "fund"]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(KEYS),
            st.sampled_from(KEYS),
            st.sampled_from(Source.values),
            st.integers(1, 10**13),
            st.sampled_from([2021, 2022]),
            st.booleans(),
        ),
        max_size=8,
    )
)
def test_any_postings_and_reversals_leave_whole_books(books, rows):
    with transaction.atomic():
        expected: dict[tuple[str, str], int] = {}
        for number, (to, by, source, fen, year, undone) in enumerate(rows):
            entry = put(
                books,
                [debit(to, source, fen), credit(by, source, fen)],
                purpose=f"p{number}",
                on=date(year, 3, 1),
            )
            if undone:
                reverse(entry, reason="冲销", actor=SYSTEM)
            else:
                expected[to, source] = expected.get((to, source), 0) + fen
                expected[by, source] = expected.get((by, source), 0) - fen
        ledger = Ledger.objects.get(pk=books.unit)
        assert list(verify.problems_of_entries(ledger)) == []
        for account in Account.objects.filter(ledger=ledger):
            net = expected.get((account.key, account.source), 0)
            assert balance(ledger, account.key, account.source) == (net if account.debit_side else -net)
        trial = queries.trial_balance(ledger, 2022)
        assert trial.debit == trial.credit
        transaction.set_rollback(True)


def test_a_posting_outside_a_transaction_is_a_mistake_of_the_code(transactional_db, city, officer):
    with clock.freeze(clock.at(date(2022, 3, 28))), pytest.raises(AssertionError):
        post(
            city.county.pk,
            MONEY_IN,
            origin=Origin("t", "1"),
            purpose="x",
            citation="",
            description="",
            actor=SYSTEM,
        )
