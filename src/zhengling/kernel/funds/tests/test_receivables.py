"""Money that comes back (article 24): in full, slip by slip, to its source; never twice and never more than demanded."""

from __future__ import annotations

from datetime import date

import pytest

from zhengling.kernel.accounts.actors import SYSTEM
from zhengling.kernel.funds import receivables, verify
from zhengling.kernel.funds.errors import FundsError, NotYourLedger, PostedDifferently
from zhengling.kernel.funds.ledger import Origin, balance
from zhengling.kernel.funds.models import Entry, Ledger, Receivable, Repayment
from zhengling.kernel.funds.receivable_queries import overdue_instalments
from zhengling.kernel.funds.receivable_queries import receivables as listed
from zhengling.kernel.funds.tests.conftest import make_person
from zhengling.kernel.tests.together import at_once

pytestmark = pytest.mark.django_db

ARTICLE = "YZCR-2021-01016/24"


def demanded(books, amount=9_215_00, source="welfare_lottery", **more):
    given = {
        "amount": amount,
        "source": source,
        "origin": Origin("case", "R1"),
        "reference": "ZH-2022-ABCDEF",
        "citation": ARTICLE,
        "due": date(2022, 4, 27),
        "actor": SYSTEM,
        "person": more.pop("person", None) or make_person(),
    }
    return receivables.demand(books.unit, **given | more)


def receive(books, row, amount, document="回单1", on=date(2022, 3, 28), actor=None):
    return receivables.receive(
        row.pk, amount=amount, received_on=on, document=document, actor=actor or books.cashier
    )


def whole(books) -> bool:
    return list(verify.problems(Ledger.objects.get(pk=books.unit))) == []


def standing(books, key, source="welfare_lottery") -> int:
    return balance(Ledger.objects.get(pk=books.unit), key, source)


def test_a_demand_is_booked_once_to_the_source_that_bore_it(books):
    person = make_person()
    row = demanded(books, person=person)
    assert demanded(books, person=person).pk == row.pk
    with pytest.raises(PostedDifferently):
        demanded(books, person=person, amount=1)
    assert (standing(books, "receivable"), standing(books, "recovered")) == (9_215_00, 9_215_00)
    assert standing(books, "receivable", "budget") == 0
    assert Entry.objects.get().citation == ARTICLE
    assert whole(books)


def test_money_comes_back_to_its_source_until_nothing_is_outstanding(books):
    row = demanded(books)
    receive(books, row, 5_000_00)
    assert (standing(books, "bank"), standing(books, "receivable")) == (5_000_00, 4_215_00)
    with pytest.raises(FundsError, match=r"4,215\.00"):
        receive(books, row, 4_215_01, "回单2")
    receive(books, row, 4_215_00, "回单2")
    row.refresh_from_db()
    assert (row.state, row.outstanding, standing(books, "receivable")) == ("settled", 0, 0)
    with pytest.raises(FundsError):
        receive(books, row, 1, "回单3")
    assert whole(books)


@pytest.mark.parametrize("amount", [0, -1])
def test_nothing_is_not_received(books, amount):
    with pytest.raises(FundsError):
        receive(books, demanded(books), amount)


def test_a_slip_counts_once_at_a_unit_and_again_after_its_reversal(books):
    row = demanded(books)
    slip = receive(books, row, 1_000_00)
    with pytest.raises(FundsError, match="回单1"):
        receive(books, row, 500_00)
    with pytest.raises(NotYourLedger):
        receivables.reverse_repayment(slip.pk, "录错", books.cashier)
    receivables.reverse_repayment(slip.pk, "录错", books.approver)
    with pytest.raises(FundsError):
        receivables.reverse_repayment(slip.pk, "录错", books.approver)
    row.refresh_from_db()
    assert (row.received, standing(books, "bank")) == (0, 0)
    receive(books, row, 500_00)
    assert standing(books, "bank") == 500_00
    assert whole(books)


def test_only_a_cashier_of_the_unit_books(books, other_books):
    row = demanded(books)
    for actor in (books.approver, other_books.cashier, SYSTEM):
        with pytest.raises(NotYourLedger):
            receive(books, row, 1, actor=actor)


def test_money_is_received_neither_in_the_future_nor_before_its_demand_in_the_books(books):
    row = demanded(books)
    with pytest.raises(FundsError):
        receive(books, row, 1, on=date(2022, 3, 29))
    slip = receive(books, row, 1, on=date(2022, 3, 1))
    assert (slip.received_on, slip.entry.date) == (date(2022, 3, 1), date(2022, 3, 28))


def test_instalments_are_exactly_what_is_outstanding(books, frozen):
    """￥9,215.00 demanded, 215.00 received: three times 3,000.00. Half of it paid leaves the second part open."""
    row = demanded(books)
    receive(books, row, 215_00)
    parts = [(date(2022, 4, 30), 3_000_00), (date(2022, 5, 31), 3_000_00), (date(2022, 6, 30), 3_000_00)]
    for wrong in (
        [],
        parts[:2],
        [*parts[:2], (date(2022, 6, 30), 3_000_01)],
        parts[::-1],
        [(date(2022, 3, 28), 9_000_00)],
    ):
        with pytest.raises(FundsError):
            receivables.agree_plan(row.pk, wrong, books.approver)
    with pytest.raises(NotYourLedger):
        receivables.agree_plan(row.pk, parts, books.cashier)
    receivables.agree_plan(row.pk, parts, books.approver)
    receive(books, row, 4_500_00, "回单2")
    found = listed([books.ledger]).get()
    assert (found.next_due, found.late) == (date(2022, 5, 31), 0)
    frozen.at(date(2022, 6, 30))
    found = listed([books.ledger]).get()
    assert (found.next_due, found.late) == (date(2022, 5, 31), 1_500_00)
    late = overdue_instalments(Ledger.objects.all())
    assert [(part.seq, part.due) for part in late] == [(2, date(2022, 5, 31))]
    frozen.at(date(2022, 7, 1))
    assert listed([books.ledger], state="overdue").get().late == 4_500_00
    receive(books, row, 4_500_00, "回单3", on=date(2022, 7, 1))
    assert not listed([books.ledger], state="overdue").exists() and not overdue_instalments(
        Ledger.objects.all()
    )


def test_a_demand_falls_by_its_exact_opposite_while_nothing_came_in(books):
    row = demanded(books)
    slip = receive(books, row, 1)
    with pytest.raises(FundsError):
        receivables.cancel(row.pk, "复议撤销", books.approver)
    receivables.reverse_repayment(slip.pk, "录错", books.approver)
    receivables.cancel(row.pk, "复议撤销", books.approver)
    assert (standing(books, "receivable"), standing(books, "recovered")) == (0, 0)
    assert whole(books)


def test_nothing_writes_a_demand_off(books):
    """No rule allows it: a receivable is outstanding, received in full, or was cancelled with its decision."""
    assert set(Receivable.State.values) == {"open", "settled", "cancelled"}


def test_what_a_hand_changed_is_found(books):
    row = demanded(books)
    receive(books, row, 1_00)
    Receivable.objects.filter(pk=row.pk).update(received=2_00)
    assert len(list(verify.problems(Ledger.objects.get(pk=books.unit)))) == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.db_sensitive
class TestAtOnce:
    @pytest.mark.parametrize("_round", range(3))
    def test_two_cashiers_book_one_slip_once(self, books, officer, city, _round):
        row, second = demanded(books), officer("cashier", city.county_finance)
        results = at_once(
            *(lambda by=by: receive(books, row, 1_000_00, actor=by) for by in (books.cashier, second))
        )
        assert [type(item) for item in results if isinstance(item, Exception)] == [FundsError]
        assert Repayment.objects.count() == 1 and standing(books, "bank") == 1_000_00
        assert whole(books)

    @pytest.mark.parametrize("_round", range(3))
    def test_two_slips_never_come_to_more_than_is_owed(self, books, _round):
        row = demanded(books, amount=1_000_00)
        results = at_once(*(lambda doc=doc: receive(books, row, 600_00, doc) for doc in ("甲", "乙")))
        assert [type(item) for item in results if isinstance(item, Exception)] == [FundsError]
        row.refresh_from_db()
        assert row.outstanding == 400_00 and whole(books)
