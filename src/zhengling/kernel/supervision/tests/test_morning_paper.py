"""The morning page beyond cases: letters to sign, money to pay and to approve, returns to hand in."""

from __future__ import annotations

from datetime import date

import pytest

from zhengling.kernel import clock
from zhengling.kernel.documents.operations import advance, draft_letter
from zhengling.kernel.documents.template_store import load_templates
from zhengling.kernel.funds import batches
from zhengling.kernel.funds.tests.conftest import Books, books  # noqa: F401 - a fixture
from zhengling.kernel.returns.models import Return
from zhengling.kernel.returns.tests.conftest import form  # noqa: F401 - a fixture
from zhengling.kernel.supervision import morning
from zhengling.kernel.supervision.scope import Scope

pytestmark = [pytest.mark.django_db]


def lines(actor):
    return {item.section.name: item.lines for item in morning.filled(Scope.of(actor)) if item.count}


def test_a_letter_waits_for_its_signature(city, officer, frozen):
    load_templates()
    clerk, reviewer = officer("clerk", city.county_mib), officer("reviewer", city.county_mib)
    letter = draft_letter(
        "letter", city.county_mib, {"subject": "关于公示的通知", "body": ["请实施。"]}, clerk
    )
    assert lines(clerk) == {}
    letter = advance(letter.pk, "submit", clerk, {})
    advance(letter.pk, "check", reviewer, {})
    [line] = lines(officer("approver", city.county_mib))["to_sign"]
    assert (line.title, line.url) == ("关于公示的通知", f"/documents/{letter.pk}/")
    assert lines(officer("approver", city.other_county_mib)) == {}
    assert "to_sign" in lines(officer("supervisor", city.county))


def test_money_waits_to_be_paid_and_a_batch_to_be_approved(city, officer, books: Books):  # noqa: F811
    books.receive(1_000_00)
    payable = books.owe(120_50)
    [line] = lines(books.cashier)["to_pay"]
    assert (line.number, line.title) == (payable.reference, "陈*兰 ￥120.50")
    batch = batches.create(
        books.unit, [payable.pk], route="bank", bank_format="bank_csv", actor=books.cashier
    )
    batches.submit(batch.pk, books.cashier)
    found = lines(books.approver)
    assert "to_pay" not in found
    [line] = found["to_approve"]
    assert (line.title, line.url) == ("￥120.50", f"/funds/batches/{batch.pk}/")
    assert lines(officer("cashier", city.other_county_mib)) == {}
    # Whoever keeps no books sees no money.
    assert lines(officer("clerk", city.township)) == {}


def test_a_return_shows_when_it_is_due_soon_or_was_sent_back(city, officer, form, frozen):  # noqa: F811
    row = Return.objects.create(
        form=form,
        key="small",
        unit=city.township,
        period="2022Q1",
        due=date(2022, 4, 12),
        opened_at=clock.now(),
    )
    clerk = officer("clerk", city.township)
    frozen.at(date(2022, 4, 6))
    assert lines(clerk) == {}
    frozen.at(date(2022, 4, 8))  # the 12th is the second working day from here
    [line] = lines(clerk)["to_hand_in"]
    assert (line.due, line.url) == (date(2022, 4, 12), f"/returns/{row.pk}/")
    Return.objects.filter(pk=row.pk).update(state=Return.State.SUBMITTED)
    assert lines(clerk) == {}
    Return.objects.filter(pk=row.pk).update(state=Return.State.RETURNED)
    assert "to_hand_in" in lines(clerk)
    assert lines(officer("clerk", city.other_township)) == {}
