"""The auditor reads everything of a county and a period, draws samples that can be drawn again, and writes nothing."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from uuid import UUID

import pytest
from django.apps import apps
from django.db import connection
from django.urls import URLPattern, converters, get_resolver, reverse
from django.urls.resolvers import RegexPattern
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from zhengling.kernel.casework import procedure as procedures
from zhengling.kernel.casework.models import Case
from zhengling.kernel.casework.operations import perform
from zhengling.kernel.funds.models import Entry, Payable, PaymentBatch, Receivable, Repayment
from zhengling.services.medical.models import Decision
from zhengling.services.medical.recovery import audit
from zhengling.services.medical.recovery.tests import acts
from zhengling.services.medical.recovery.tests.acts import build

LINES = st.lists(st.integers(0, 10_000), max_size=60).map(lambda sums: list(enumerate(sums)))


class TestSamples:
    @given(LINES, st.sampled_from(sorted(audit.METHODS)), st.integers(1, 30), st.text(max_size=8))
    def test_are_the_same_for_the_same_seed_and_never_larger(self, lines, method, size, seed):
        first = audit.sample(lines, method, size, seed)
        assert first == audit.sample(list(lines), method, size, seed)
        assert len(first) == len(set(first)) <= size
        assert set(first) <= {key for key, _fen in lines}

    @given(LINES, st.integers(1, 30), st.text(max_size=8))
    def test_by_amount_always_hold_what_exceeds_the_step(self, lines, size, seed):
        """Total 1,000.00 in 10 parts: everything above ￥100.00 is taken, nothing of ￥0.00 ever is."""
        total = sum(fen for _key, fen in lines)
        taken = set(audit.sample(lines, "by_amount", size, seed))
        assert {key for key, fen in lines if fen * size > total + size} <= taken
        assert not any(fen == 0 for key, fen in lines if key in taken)

    def test_the_largest_by_hand(self):
        lines = [("a", 5), ("b", -90), ("c", 60), ("d", 60)]
        assert audit.sample(lines, "largest", 3, "") == ["b", "c", "d"]

    def test_of_everything_is_everything(self):
        lines = [("a", 1), ("b", 2), ("c", 3)]
        assert sorted(audit.sample(lines, "random", 99, "7")) == ["a", "b", "c"]


@pytest.fixture
def house(city, officer, frozen):
    return build(city, officer)


@pytest.fixture
def auditor(city, officer):
    return officer("auditor", city.city)


def listed(house, name: str, first=date(2022, 1, 1), last=date(2022, 12, 31), words: str = ""):
    book = audit.BY_NAME[name]
    rows = audit.found(book, audit.Period(house.city.county, first, last), words)
    return book.records(list(rows.order_by("pk"))), sum(fen for _key, fen in audit.amounts(rows))


@pytest.mark.django_db
class TestBooks:
    def test_hold_everything_with_amount_article_and_page(self, house, frozen):
        """￥9,215.00 granted and paid on 28 March, demanded back on 6 April: +9,215.00 and -9,215.00 decided."""
        aid = house.paid()
        case = house.decided(house.open(aid), frozen)
        perform(case.pk, "receive", house.cashier, acts.slip("5000.00", "回单1", "2022-04-06"))
        records, total = listed(house, "decisions")
        assert [row.amount for row in records] == [921_500, -921_500] and total == 0
        assert [row.citation for row in records] == ["YZCR-2021-01016/10(3)", "YZCR-2021-01016/24"]
        assert records[0].proof == Decision.objects.order_by("order").first().receipt[:16]
        assert {row.number for row in listed(house, "cases")[0]} == {aid.number, case.number}
        assert len(listed(house, "entries")[0]) == Entry.objects.count() == 6
        records, total = listed(house, "batches")
        assert (records[0].number, total) == (PaymentBatch.objects.get().number, 921_500)
        records, total = listed(house, "recoveries")
        assert (records[0].number, total) == (case.number, 921_500)
        assert listed(house, "differences") == ([], 0)

    def test_keep_to_period_county_and_words(self, house, frozen):
        aid = house.paid()
        house.decided(house.open(aid), frozen)
        assert len(listed(house, "decisions", last=date(2022, 4, 5))[0]) == 1
        assert listed(house, "decisions", first=date(2022, 4, 7))[0] == []
        assert len(listed(house, "cases", words=aid.number)[0]) == 2  # the recovery names it in its title
        period = audit.Period(house.city.other_county, date(2022, 1, 1), date(2022, 12, 31))
        assert not any(book.rows(period).exists() for book in audit.BOOKS)

    def test_a_difference_is_found_whatever_made_it(self, house, frozen):
        aid = house.paid()
        Payable.objects.update(amount=921_600)
        assert [(row.number, row.amount) for row in listed(house, "differences")[0]] == [(aid.number, 100)]
        Payable.objects.update(amount=921_500)
        house.decided(house.open(aid), frozen)
        Receivable.objects.update(amount=921_400)
        assert listed(house, "differences")[1] == 100


@pytest.mark.django_db
class TestThePage:
    def test_shows_filters_samples_and_exports(self, house, auditor, signed_in, frozen):
        house.decided(house.open(house.paid()), frozen)
        browser, page = signed_in(auditor), reverse("medical-audit")
        for book in audit.BOOKS:
            query = {"unit": "431103", "book": book.name}
            assert browser.get(page, query).status_code == 200
            drawn = query | {"size": "2", "seed": "7", "method": "random"}
            first, again = browser.get(page, drawn), browser.get(page, drawn)
            assert [row.key for row in first.context["records"]] == [
                row.key for row in again.context["records"]
            ]
            sheet = load_workbook(BytesIO(browser.get(page, drawn | {"format": "xlsx"}).content)).active
            assert len(list(sheet.rows)) == len(first.context["records"]) + 2
        words = browser.get(page, {"unit": "431103", "book": "entries", "words": "永财社"})
        assert len(words.context["records"]) == 1

    @pytest.mark.parametrize(
        "query",
        [
            {"unit": "9"},
            {"book": "x"},
            {"first": "2022-13-01"},
            {"size": "-1"},
            {"size": "x"},
            {"first": "2022-05-01", "last": "2022-04-01"},
        ],
    )
    def test_answers_nonsense(self, house, auditor, signed_in, query):
        assert signed_in(auditor).get(reverse("medical-audit"), query).status_code == 200

    def test_of_another_county_is_closed(self, house, officer, signed_in):
        house.paid()
        other = officer("auditor", house.city.other_county)
        answer = signed_in(other).get(reverse("medical-audit"), {"unit": "431103", "book": "cases"})
        assert "records" not in answer.context and answer.context["form"].errors
        assert signed_in(house.county).get(reverse("medical-audit")).status_code == 403


# --- nowhere does the auditor write ----------------------------------------------------------------------------------

SAMPLES = {
    converters.StringConverter: "x",
    converters.SlugConverter: "x",
    converters.IntConverter: 1,
    converters.UUIDConverter: UUID(int=0),
}
# Rooms of one's own account: signing in and out, one's own password and reminders; and the record of what was read.
OWN = {"accounts", "audit", "reminders"}


def pages(found=None):
    for item in found if found is not None else get_resolver().url_patterns:
        if isinstance(item, URLPattern):
            yield item
        elif item.namespace != "api-v1":
            yield from pages(item.url_patterns)


def addresses(house, case: Case):
    """Every page, once with nothing behind it and once about what there is."""
    real = {"number": case.number, "code": "431103", "name": "medical_recovery"}
    for pattern in pages():
        if isinstance(pattern.pattern, RegexPattern) or pattern.callback.__module__.startswith(
            ("allauth", "django", "zhengling.kernel.accounts")
        ):
            continue
        kinds = {name: type(converter) for name, converter in pattern.pattern.converters.items()}
        yield reverse(pattern.name, kwargs={name: SAMPLES[kind] for name, kind in kinds.items()})
        words = {name for name, kind in kinds.items() if SAMPLES[kind] == "x"}
        found = {
            name: real.get(name, "x") if name in words else SAMPLES[kind] for name, kind in kinds.items()
        }
        if "pk" in kinds and kinds["pk"] is converters.UUIDConverter:
            for model in (PaymentBatch, Payable, Repayment):
                yield from (
                    reverse(pattern.name, kwargs=found | {"pk": pk})
                    for pk in model.objects.values_list("pk", flat=True)
                )
        elif "act" in kinds:
            for act in case.declaration.acts:
                yield reverse(
                    pattern.name,
                    kwargs=found | {"act": act.name} | ({"name": act.name} if "name" in kinds else {}),
                )
        else:
            yield reverse(pattern.name, kwargs=found)
    for declared in procedures.every():
        for act in declared.acts:
            yield reverse("case-act", args=[case.number, act.name])


def business():
    """Every row of every business table."""
    tables = sorted(
        model._meta.db_table
        for model in apps.get_models()
        if model.__module__.startswith("zhengling.") and model._meta.app_label not in OWN
    )
    with connection.cursor() as cursor:
        found = {}
        for table in tables:
            cursor.execute(f"SELECT * FROM {table} ORDER BY 1")  # noqa: S608 - our own names
            found[table] = cursor.fetchall()
    return found


@pytest.mark.django_db
@pytest.mark.slow
def test_nothing_an_auditor_sends_changes_anything(house, auditor, signed_in, frozen):
    case = house.decided(house.open(house.paid()), frozen)
    perform(case.pk, "receive", house.cashier, acts.slip("5000.00", "回单1", "2022-04-06"))
    browser, before, tried = signed_in(auditor), business(), 0
    data = (
        acts.FINDING
        | acts.JUSTICE
        | acts.slip("1.00", "回单9", "2022-04-06")
        | {"reason": "x", "words": "x", "purpose": "x"}
    )
    for address in dict.fromkeys(addresses(house, case)):
        if address.startswith(("/demo/", "/language/", "/large-text/", "/tour/")):
            continue
        tried += 1
        answer = browser.post(address, data)
        assert answer.status_code < 500, (address, answer.status_code)
    after = business()
    assert tried > 150
    assert [table for table in before if before[table] != after[table]] == []


def test_no_act_names_the_auditor():
    assert not [
        (declared.name, act.name)
        for declared in procedures.every()
        for act in declared.acts
        if any(authority.role == "auditor" for authority in act.by)
    ]
