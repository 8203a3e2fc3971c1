"""Requests that carry what no database and no file takes, that are too large, or that break on our side."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from zhengling.kernel.clients.tests.calling import Calling
from zhengling.web import portal

pytestmark = [pytest.mark.django_db, pytest.mark.db_sensitive]

MULTIPART = "multipart/form-data; boundary=b"


def spoiled_part(value: bytes) -> bytes:
    return b'--b\r\nContent-Disposition: form-data; name="number"\r\n\r\n' + value + b"\r\n--b--\r\n"


@pytest.mark.parametrize(
    "address",
    [
        "/organisations/list/?q=%00",
        "/notices/?q=a%00b",
        "/organisations/?%00=1",
        "/law/%00/",
        "/follow/A%00/",
        "/work/?q=%00&procedure=%00",
    ],
)
def test_a_nul_in_an_address_is_a_bad_request(client, address):
    page = client.get(address)
    assert page.status_code == 400
    assert "请求无法识别" in page.content.decode()


def test_a_nul_in_a_form_is_a_bad_request(client):
    assert client.post(reverse("follow"), {"number": "A\x00", "check_code": "x"}).status_code == 400
    part = client.post(reverse("follow"), spoiled_part(b"A\x00"), content_type=MULTIPART)
    assert part.status_code == 400


def test_a_nul_in_the_session_cookie_is_a_bad_request(client):
    answer = client.get("/", headers={"cookie": r'sessionid="aaaaaaaa\000aaaaaaaa"'})
    assert answer.status_code == 400


def test_half_a_surrogate_pair_in_a_form_becomes_a_mark_and_breaks_nothing(client):
    answer = client.post(
        reverse("follow"),
        b"number=%ED%A0%80&check_code=%ED%A0%80",
        content_type="application/x-www-form-urlencoded",
    )
    assert answer.status_code == 404  # no case has that number


@pytest.mark.parametrize("text", ['"\\ud800"', '"\\u0000"', '["a", {"b": "\\u0000"}]', '{"\\u0000": 1}'])
def test_json_that_cannot_be_kept_is_refused(city, text):
    town = Calling(city.township, "clerk")
    body = f'{{"procedure": "toy", "data": {{"a": {text}}}}}'.encode()
    answer = town.send("/cases", body, "application/json")
    assert answer.status_code == 400 and answer["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:zhengling:problem:not_json"


@pytest.mark.parametrize("path", ["/organisations?below=%00", "/cases/%00", "/organisations/%00"])
def test_a_nul_in_an_address_of_the_api_is_a_problem(city, path):
    answer = Calling(city.township, "clerk").browser.get(f"/api/v1{path}")
    assert answer.status_code == 400 and answer["Content-Type"] == "application/problem+json"


class TestErrorPages:
    """In the reader's language, without anything that could break in its turn: no person, no database."""

    @pytest.mark.parametrize(
        ("language", "words"), [("zh-hans", "请求无法识别"), ("en", "The request cannot be read")]
    )
    def test_too_many_fields(self, client, settings, language, words):
        settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 3
        client.cookies["django_language"] = language
        page = client.post(reverse("follow"), {str(n): n for n in range(5)})
        assert page.status_code == 400 and words in page.content.decode()

    def test_too_large(self, client, settings):
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
        page = client.post(reverse("follow"), {"number": "A" * 200})
        assert page.status_code == 400 and "请求无法识别" in page.content.decode()

    @pytest.mark.parametrize(("language", "words"), [("zh-hans", "系统内部出错"), ("en", "Something broke")])
    def test_a_fault_of_ours(self, client, monkeypatch, django_assert_num_queries, language, words):
        def broken(*_args, **_options):
            raise RuntimeError("张三")

        monkeypatch.setattr(portal, "render", broken)
        client.raise_request_exception = False
        client.cookies["django_language"] = language
        page = client.get("/")
        text = page.content.decode()
        assert page.status_code == 500 and words in text and "张三" not in text
        assert "/static/web/zhengling.css" in text

    @pytest.mark.parametrize(
        ("language", "words"), [("zh-hans", "页面不存在"), ("en", "There is no such page")]
    )
    def test_nothing_there(self, client, language, words):
        client.cookies["django_language"] = language
        page = client.get("/nowhere/")
        assert page.status_code == 404 and words in page.content.decode()

    @pytest.mark.parametrize(
        ("language", "words"), [("zh-hans", "无权查看本页"), ("en", "This page is not for you")]
    )
    def test_not_for_you(self, signed_in, resident, language, words):
        browser = signed_in(resident)
        browser.cookies["django_language"] = language
        page = browser.get(reverse("audit"))
        assert page.status_code == 403 and words in page.content.decode()


def test_a_body_that_is_right_passes(city):
    """The sieve does not refuse what is only unusual: astral characters and text about escapes."""
    body = json.dumps({"procedure": "none", "data": {"a": "𠀀 \\u0000 \\ud800"}})
    answer = Calling(city.township, "clerk").send("/cases", body.encode(), "application/json")
    assert answer.json()["type"] == "urn:zhengling:problem:not_found"
