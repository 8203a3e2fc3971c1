"""Two officers on one difference, two lists for one person, two workers on one file: nothing is written twice."""

from __future__ import annotations

from datetime import date

import pytest
from conftest import City, Frozen, Officer

from zhengling.kernel.exchange import operations
from zhengling.kernel.exchange.declaration import find
from zhengling.kernel.exchange.errors import ExchangeError
from zhengling.kernel.exchange.models import Difference, Exchange
from zhengling.kernel.people.models import Person
from zhengling.kernel.tests.together import at_once
from zhengling.services.medical.identities.models import ClassChange, Listed
from zhengling.services.medical.identities.tests.house import HEADING, Office, line
from zhengling.services.medical.models import Identity

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.db_sensitive]


@pytest.fixture
def office(city: City, officer: Officer, frozen: Frozen) -> Office:
    return Office(city.county, officer("reviewer", city.county_mib))


def test_of_two_officers_one_decides(office: Office, officer: Officer, city: City) -> None:
    second = officer("reviewer", city.county_mib)
    office.bring("2022-03", line(1))
    (row,) = office.open()
    results = at_once(
        lambda: operations.decide(office.reviewer, row.pk, "confirm"),
        lambda: operations.decide(second, row.pk, "ask", "请核实"),
    )
    failed = [result for result in results if isinstance(result, Exception)]
    assert len(failed) == 1 and isinstance(failed[0], ExchangeError)
    outcome = Difference.objects.get().outcome
    assert Identity.objects.count() == ClassChange.objects.count() == (outcome == "confirm")


def test_two_counties_confirm_one_person_once(office: Office, officer: Officer, city: City) -> None:
    other = Office(city.other_county, officer("reviewer", city.other_county_mib))
    office.bring("2022-03", line(1))
    other.bring("2022-03", line(1))
    (mine,), (theirs,) = office.open(), other.open()
    results = at_once(
        lambda: operations.decide(office.reviewer, mine.pk, "confirm", on=date(2022, 3, 1)),
        lambda: operations.decide(other.reviewer, theirs.pk, "confirm", on=date(2022, 3, 1)),
    )
    failed = [result for result in results if isinstance(result, Exception)]
    assert len(failed) == 1 and isinstance(failed[0], ExchangeError)
    assert Identity.objects.count() == 1


def test_two_workers_take_one_list_over_once(office: Office) -> None:
    lines = [line(serial) for serial in range(1, 6)]
    content = "\n".join([HEADING, *lines]).encode()
    exchange = operations.receive(
        office.reviewer, find(office.data_set), office.unit, name="l.csv", content=content, period="2022-03"
    )
    operations.take_over(office.reviewer, exchange.pk)
    results = at_once(lambda: operations.run(exchange.pk), lambda: operations.run(exchange.pk))
    assert True in results
    assert Exchange.objects.get().state == "applied"
    assert Listed.objects.count() == Person.objects.count() == Difference.objects.count() == 5
