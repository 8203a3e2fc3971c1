"""The gazette's pages."""

from __future__ import annotations

import pytest
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from zhengling.kernel.clock import now
from zhengling.kernel.law.models import OfficialText
from zhengling.kernel.law.queries import city

pytestmark = pytest.mark.django_db


def test_home_lists_the_documents_of_the_gazette_in_printed_order(client):
    page = client.get("/").content.decode()
    places = [page.index(instrument.title.zh) for instrument in city().instruments.values()]
    assert len(places) == 8 and places == sorted(places)
    assert "我能办什么" in page


@pytest.mark.parametrize("key", sorted(city().instruments))
def test_every_document_and_provision_has_a_page_in_both_languages(client, key):
    instrument = city().instrument(key)
    for language in ("zh-hans", "en"):
        client.cookies["django_language"] = language
        assert (
            instrument.title.in_language(language)
            in client.get(reverse("instrument", args=[key])).content.decode()
        )
        for provision in instrument.provisions[:: max(1, len(instrument.provisions) // 8)]:
            page = client.get(reverse("provision", args=[key, provision.key]))
            assert (
                page.status_code == 200 and provision.heading.in_language(language) in page.content.decode()
            )


def test_a_mark_filters_the_provisions(client):
    everything = client.get(reverse("instrument", args=["YZCR-2021-01016"])).content.decode()
    some = client.get(
        reverse("instrument", args=["YZCR-2021-01016"]), {"mark": "organisational"}
    ).content.decode()
    assert "制定依据" in some and len(some) < len(everything)


@pytest.mark.parametrize("path", ["/law/YZCR-1999-1/", "/law/YZCR-2021-01016/99/", "/law/YZCR-2021-01016/x/"])
def test_what_does_not_exist_is_not_found(client, path):
    assert client.get(path).status_code == 404


def test_imported_wording_stands_beside_our_summary(client):
    OfficialText.objects.create(
        instrument="YZCR-2021-01016",
        provision="1",
        wording="WORDING",
        source_digest="0" * 64,
        imported_at=now(),
    )
    assert "WORDING" in client.get(reverse("provision", args=["YZCR-2021-01016", "1"])).content.decode()
    assert "WORDING" in client.get(reverse("instrument", args=["YZCR-2021-01016"])).content.decode()


def test_pages_need_few_queries(client, connection_queries):
    assert connection_queries(lambda: client.get("/")) <= 4
    assert connection_queries(lambda: client.get(reverse("instrument", args=["YZCR-2021-01016"]))) <= 4


@pytest.fixture
def connection_queries():
    from django.db import connection

    def count(call) -> int:
        with CaptureQueriesContext(connection) as queries:
            call()
        return len(queries)

    return count


def provision_page(client, place: str, language: str = "zh-hans") -> str:
    client.cookies["django_language"] = language
    return client.get(reverse("provision", args=["YZCR-2021-01016", place])).content.decode()


@pytest.mark.usefixtures("frozen")
def test_a_provision_shows_what_its_parameters_are_today(client):
    """Article 10(2): class 2 pays the first 1,200 yuan; article 6(2) asks for half of the income."""
    page = provision_page(client, "10(2)")
    assert "二类对象" in page and "￥1,200.00" in page
    assert "<strong>50%</strong>" in provision_page(client, "6(2)")
    assert "12 months" in provision_page(client, "6(1)", "en")
    assert "未设定" in provision_page(client, "6(1)")  # the rules give no number for low income


@pytest.mark.usefixtures("frozen")
def test_a_provision_says_who_may_act_and_what_a_rule_does(client):
    page = provision_page(client, "6(2)", "en")
    assert "may be done by: clerk (township or subdistrict)" in page
    assert "tests income, property and the share of cost in income for class 3" in page
    assert "/procedures/medical_aid/#survey" in page


@pytest.mark.usefixtures("frozen")
def test_every_choice_key_and_rule_that_the_law_names_has_words(client):
    from zhengling.kernel.law import queries as law
    from zhengling.kernel.law import references

    for parameter in law.every_parameter():
        newest = parameter.values[-1].value
        names = [*parameter.choices, *(f"{parameter.by}.{key}" for key in (newest if parameter.by else ()))]
        for name in names:
            assert references.value_words("medical", name) != name.rpartition(".")[2] or name in {
                "internal",
                "statutory",
            }
    for instrument in city().instruments.values():
        for provision in instrument.provisions:
            for reference in provision.by:
                if reference.kind in {"rule", "account", "letter", "form", "notice"}:
                    assert references.words_of(reference.kind, reference.name), reference


@pytest.mark.parametrize(
    ("unit", "value", "zh", "en"),
    [
        ("yuan", 123_450, "￥1,234.50", "￥1,234.50"),
        ("percent", 6_250, "62.5%", "62.5%"),
        ("workdays", 10, "10个工作日", "10 working days"),
        ("months", 1, "1个月", "1 month"),
        ("flag", True, "是", "yes"),
        ("yuan", None, "未设定", "not set"),
        ("choice", "points", "按百分点提高", "in percentage points"),
    ],
)
def test_values_read_in_both_languages(unit, value, zh, en):
    from django.utils import translation

    from zhengling.web.carriers import value_text

    for language, text in (("zh-hans", zh), ("en", en)):
        with translation.override(language):
            assert value_text("medical", unit, value) == text
