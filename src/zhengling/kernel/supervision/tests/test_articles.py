"""Live numbers under each provision, from a fixed number of grouped queries."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from zhengling.kernel import clock
from zhengling.kernel.law import queries as law
from zhengling.kernel.law.instruments import Reference
from zhengling.kernel.supervision.articles import COLUMNS, carrier, matrix
from zhengling.kernel.supervision.queries import Counts, Tallies, article_counts, instrument_counts, tallies
from zhengling.kernel.supervision.tests.seeding import seed

pytestmark = [pytest.mark.django_db]

BY = (Reference("act", "toy.take"), Reference("act", "toy.send"), Reference("limit", "toy.checking"))


@pytest.fixture
def instrument():
    """The instrument of medical assistance with its article 14, paragraph 1 carried out by the toy procedure."""
    real = law.instrument("YZCR-2021-01016")
    provisions = tuple(
        replace(provision, by=BY if provision.key in {"14:1", "14:2"} else ())
        for provision in real.provisions
    )
    return replace(real, provisions=provisions)


def test_counts_of_a_provision(world, instrument):
    world.sent(world.taken(date(2022, 3, 1)), date(2022, 3, 2))
    world.sent(world.taken(date(2022, 2, 1)), date(2022, 3, 2))
    world.taken(date(2022, 3, 1))
    world.taken(date(2022, 3, 21))
    counts = article_counts(instrument)
    # Two cases wait for “send”; four were taken and two sent; one of the two running limits is overdue.
    assert counts["14:1"] == Counts(cases=2, acts=6, running=2, overdue=1, met=1, missed=1)
    assert set(counts) == {"14:1", "14:2"}


def test_what_several_provisions_name_counts_once_for_the_instrument(world, instrument):
    world.taken(date(2022, 3, 1))
    assert instrument_counts(instrument, tallies()) == Counts(cases=1, acts=1, running=1, overdue=1)


def test_three_queries_however_much_there_is(world, instrument):
    seed([world.city.township], cases=200, today=clock.today())
    with CaptureQueriesContext(connection) as made:
        article_counts(instrument)
    assert len(made) == 3
    held = tallies()
    with CaptureQueriesContext(connection) as made:
        for each in law.city().instruments.values():
            article_counts(each, held)
    assert len(made) == 0


def test_counts_agree_with_the_rows(world, instrument):
    seed([world.city.township], cases=140, today=clock.today())
    held = tallies()
    assert (held.acts["toy", "take"], held.cases["toy", "checked"]) == (140, 14)
    assert (held.met["toy", "checking"], held.missed["toy", "checking"]) == (120, 20)
    assert held.running["toy", "checking"] == 14


def test_carriers_have_words_and_numbers(world):
    world.taken(date(2022, 3, 1))
    held = tallies()
    act = carrier(Reference("act", "toy.take"), held)
    assert (act.label, act.known, act.number) == ("toy·take", True, 1)
    limit = carrier(Reference("limit", "toy.checking"), held)
    assert (limit.known, limit.number, limit.late) == (True, 1, 1)
    parameter = carrier(Reference("parameter", "medical.inpatient_rate"), held)
    assert parameter.known and parameter.label != "medical.inpatient_rate"
    unknown = carrier(Reference("act", "nobody.knows"), held)
    assert (unknown.label, unknown.known, unknown.number) == ("nobody.knows", False, None)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_people_read_words_and_never_the_names_of_the_code(language):
    held = Tallies()
    with translation.override(language):
        for each in law.city().instruments.values():
            for reference in (item for provision in each.provisions for item in provision.by):
                found = carrier(reference, held)
                assert found.known and found.label != reference.name, reference


def test_every_kind_of_reference_has_one_column():
    from zhengling.kernel.law.references import KINDS

    placed = [kind for _label, kinds in COLUMNS.values() for kind in kinds]
    assert sorted(placed) == sorted(KINDS)


def test_the_matrix_has_every_provision_that_says_something(world):
    for each in law.city().instruments.values():
        lines = matrix(each, tallies())
        assert [line.provision.key for line in lines] == [p.key for p in each.provisions if not p.is_heading]


def test_the_pages(world, page):
    actor = world.people["auditor"]
    assert (
        "永州市医疗救助实施细则" in page(actor, "/supervision/articles/", language="zh-hans").content.decode()
    )
    whole = page(actor, "/supervision/articles/YZCR-2021-01016/").content.decode()
    part = page(actor, "/supervision/articles/YZCR-2021-01016/?mark=organisational").content.decode()
    assert "Article 14" in whole and len(part) < len(whole)
    assert page(actor, "/supervision/articles/nothing/").status_code == 404
    export = page(actor, "/supervision/articles/YZCR-2021-01016/export.xlsx")
    assert export.status_code == 200 and b"".join(export.streaming_content).startswith(b"PK")
