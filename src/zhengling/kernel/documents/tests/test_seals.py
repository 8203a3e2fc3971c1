from __future__ import annotations

import base64
import hashlib
import json
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from zhengling.kernel.documents import seals
from zhengling.kernel.documents.seals import DemoSeal, HttpSealService, SealFailed, SealRequest, verify_seals
from zhengling.kernel.documents.tests.test_typesetting import content
from zhengling.kernel.documents.typesetting import typeset

pytestmark = pytest.mark.django_db


@pytest.fixture
def request_(city, frozen) -> SealRequest:
    result = typeset("official", content(), date(2022, 3, 28))
    return SealRequest(result.pdf, result.seal, city.county_mib, "张三", "冷医保发〔2022〕1号", "abc-1")


class Office(BaseHTTPRequestHandler):
    """A city's e-seal service: signs like the demonstration seal, answers as it is told."""

    answer: Any = None
    status = 200
    seen: list[dict[str, Any]] = []
    tokens: list[str] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.seen.append(body)
        self.tokens.append(self.headers["Authorization"])
        answer = self.answer(body) if callable(self.answer) else self.answer
        data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_args: Any) -> None:
        pass


@pytest.fixture
def office():
    class Mine(Office):
        seen: list[dict[str, Any]] = []
        tokens: list[str] = []

    server = HTTPServer(("127.0.0.1", 0), Mine)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    Mine.url = f"http://127.0.0.1:{server.server_port}/seal"
    yield Mine
    server.shutdown()
    server.server_close()


def encoded(pdf: bytes) -> dict[str, str]:
    return {"pdf": base64.b64encode(pdf).decode(), "seal_id": "S-1"}


def test_the_demo_seal_signs_and_any_change_shows(request_) -> None:
    sealed = seals.service().apply(request_)
    assert (sealed.service, sealed.pdf[: len(request_.pdf)]) == ("demo", request_.pdf)
    (check,) = verify_seals(sealed.pdf)
    assert (check.intact, check.whole, check.trusted) == (True, True, True)
    assert (check.signer, check.reason) == ("冷水滩区医疗保障局 张三", request_.reason)
    # One byte inside the signed part.
    place = request_.pdf.index(b"endobj")
    spoiled = sealed.pdf[:place] + b"endobJ" + sealed.pdf[place + 6 :]
    assert not any(check.intact for check in verify_seals(spoiled))
    # Something appended after the signature.
    appended = verify_seals(sealed.pdf + b"\n% more\n")
    assert not appended or not appended[0].whole


def test_an_unsealed_letter_has_no_seal_and_a_text_is_no_pdf(request_) -> None:
    assert verify_seals(request_.pdf) == []
    with pytest.raises(ValueError, match="PDF"):
        verify_seals(b"not a pdf")


def test_the_demo_key_is_its_owners_only(request_, tmp_path) -> None:
    DemoSeal(tmp_path).apply(request_)
    assert (tmp_path / "demo.key").stat().st_mode & 0o077 == 0
    key = (tmp_path / "demo.key").read_bytes()
    DemoSeal(tmp_path).apply(request_)
    assert (tmp_path / "demo.key").read_bytes() == key


def test_a_seal_by_a_key_this_installation_does_not_know_is_not_trusted(request_, tmp_path) -> None:
    (check,) = verify_seals(DemoSeal(tmp_path).apply(request_).pdf)
    assert (check.intact, check.trusted) == (True, False)


def test_the_citys_service_gets_what_the_contract_says(request_, office, tmp_path, settings) -> None:
    office.answer = staticmethod(lambda body: encoded(DemoSeal(tmp_path).apply(request_).pdf))
    settings.SEAL_URL, settings.SEAL_TOKEN = office.url, "t0ken"
    sealed = seals.service().apply(request_)
    assert (sealed.service, sealed.seal_id) == ("http", "S-1")
    assert verify_seals(sealed.pdf)[0].intact
    (body,) = office.seen
    assert office.tokens == ["Bearer t0ken"]
    assert base64.b64decode(body["pdf"]) == request_.pdf
    assert body["sha256"] == hashlib.sha256(request_.pdf).hexdigest()
    assert body["organ"] == {"code": "431103-mib", "name": "冷水滩区医疗保障局"}
    assert (body["signer"], body["reason"], body["request_id"], body["page"]) == (
        "张三", request_.reason, "abc-1", 1,
    )  # fmt: skip
    assert (body["x_mm"], body["y_mm"]) == (round(request_.place.x, 2), round(request_.place.y, 2))


@pytest.mark.parametrize(
    ("status", "answer", "expected"),
    [
        (403, {"detail": "印章已停用"}, "印章已停用"),
        (500, b"<html>", "HTTP 500"),
        (200, {"seal_id": "S-1"}, "without a document"),
        (200, {"pdf": "###"}, "without a document"),
        (200, encoded(b"%PDF-1.7 another one"), "another document"),
        (200, b"not json", "cannot be reached"),
        (200, [], "without a document"),
    ],
)
def test_whatever_the_service_does_wrong_nothing_is_sealed(
    request_, office, status, answer, expected
) -> None:
    office.status, office.answer = status, answer
    with pytest.raises(SealFailed, match=expected):
        HttpSealService(office.url, "t").apply(request_)


def test_a_service_that_is_away(request_) -> None:
    with pytest.raises(SealFailed, match="cannot be reached"):
        HttpSealService("http://127.0.0.1:9/seal", "t").apply(request_)


def test_production_never_takes_the_demo_seal(settings) -> None:
    from dataclasses import replace

    settings.CONFIGURATION = replace(settings.CONFIGURATION, production=True)
    with pytest.raises(SealFailed, match="ZHENGLING_SEAL_URL"):
        seals.service()
