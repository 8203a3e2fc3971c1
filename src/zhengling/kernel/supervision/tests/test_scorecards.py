"""Scorecards: a unit's period beside the one before and the units around."""

from __future__ import annotations

from datetime import date

import pytest

from zhengling.kernel import clock
from zhengling.kernel.supervision.board import Filters
from zhengling.kernel.supervision.operations import answer, urge
from zhengling.kernel.supervision.scope import Scope
from zhengling.kernel.supervision.scorecards import default_period, period_before, scorecard

pytestmark = [pytest.mark.django_db]

MARCH = Filters(date(2022, 3, 1), date(2022, 3, 28))


def card(world, unit="county", chosen=MARCH):
    found = getattr(world.city, unit)
    return scorecard(Scope.of(world.people["supervisor"]).below(found), found, chosen)


def test_the_period_before_has_the_same_length_and_ends_the_day_before():
    before = period_before(MARCH)
    assert (before.since, before.until) == (date(2022, 2, 1), date(2022, 2, 28))


def test_the_default_period_is_the_quarter_to_date():
    assert default_period(date(2022, 3, 28)) == (date(2022, 1, 1), date(2022, 3, 28))
    assert default_period(date(2022, 10, 1)) == (date(2022, 10, 1), date(2022, 10, 1))


def test_now_before_and_around(world):
    world.sent(world.taken(date(2022, 2, 7)), date(2022, 2, 28))  # due on 21 February: late
    world.sent(world.taken(date(2022, 3, 1)), date(2022, 3, 4))
    world.taken(date(2022, 3, 1), "other_township", "other_clerk")  # due on 15 March, not done
    found = card(world)
    assert (found.now.share, found.before.share, found.around.share) == (100.0, 0.0, 50.0)
    assert found.change == 100.0
    assert card(world, chosen=Filters(date(2022, 2, 1), date(2022, 2, 28))).change is None


def test_by_time_limit(world):
    world.sent(world.taken(date(2022, 3, 1)), date(2022, 3, 4))
    world.taken(date(2022, 3, 1))
    [row] = card(world, "township").limits
    assert (row.procedure, row.name, row.statutory, row.label) == ("toy", "checking", True, "checking")
    assert (row.tally.open, row.tally.overdue, row.tally.on_time, row.tally.late) == (1, 1, 1, 1)


def test_orders_received_and_answered_late(world):
    orders = []
    for _time in range(3):
        limit = world.limit(world.taken(date(2022, 3, 1)))
        orders += urge([limit.pk], world.people["supervisor"], "now", date(2022, 3, 31)).orders
    answer(orders[0].pk, world.people["clerk"], "done")
    with clock.freeze(clock.at(date(2022, 4, 6))):
        answer(orders[1].pk, world.people["clerk"], "done")
        found = card(world).orders
    # The second was answered after its day, the third waits past it.
    assert (found.received, found.answered, found.late) == (3, 2, 2)


def test_the_page(world, page):
    world.sent(world.taken(date(2022, 3, 1)), date(2022, 3, 4))
    body = page(world.people["supervisor"], "/supervision/units/431103/").content.decode()
    assert "100.0%" in body and "checking" in body
    wrong = page(world.people["supervisor"], "/supervision/units/431103/?since=x")
    assert wrong.status_code == 200
