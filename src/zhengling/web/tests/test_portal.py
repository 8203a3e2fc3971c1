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
