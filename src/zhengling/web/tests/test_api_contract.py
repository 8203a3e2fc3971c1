"""The API keeps what its OpenAPI document promises: machine-made requests, the committed snapshot, scopes."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client as Browser
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import ignored_auth, negative_data_rejection, positive_data_acceptance

from zhengling.kernel import clock
from zhengling.kernel.casework import procedure as procedures
from zhengling.kernel.casework.operations import open_case
from zhengling.kernel.casework.tests import toy
from zhengling.kernel.clients import limiter
from zhengling.kernel.clients.scopes import SCOPES
from zhengling.kernel.clients.tests.calling import Calling
from zhengling.web.api import assembly
from zhengling.web.wsgi import application

SNAPSHOT = Path(__file__).resolve().parents[4] / "docs" / "openapi.json"
DOCUMENT = assembly.schema()
OPERATIONS = [
    (method, path, operation)
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
]
NAMES = [operation["operationId"] for _method, _path, operation in OPERATIONS]


@pytest.fixture
def calling(db, monkeypatch):
    with clock.freeze(clock.at(date(2022, 3, 1))):
        monkeypatch.setitem(procedures._procedures, "toy", toy.TOY)
        units = toy.units()
        clerk = toy.person("clerk", units["town"], "clerk")
        case = open_case(toy.TOY, clerk, units["town"], {"amount": "1"}, title="t")
        made = Calling(units["town"], "clerk", "reviewer")
        made.number = case.number
        # The whole test is one transaction; a server would drop the connection between requests.
        for signal in (request_started, request_finished):
            signal.disconnect(close_old_connections)
        yield made
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


# What no schema can say: which cursors we gave out, what an act asks for, what a file really is, which texts can be
# kept (none with NUL or half a surrogate pair).
BEYOND_THE_SCHEMA = {"bad_cursor", "invalid", "file", "not_json"}


def machine_made(name):
    """Requests that fit the document and requests that do not, for one operation."""
    loaded = schemathesis.openapi.from_dict(DOCUMENT)
    loaded.app = application
    found = next(
        item.ok() for item in loaded.get_all_operations() if item.ok().definition.raw["operationId"] == name
    )
    return st.one_of(found.as_strategy(), found.as_strategy(generation_mode=GenerationMode.NEGATIVE))


@pytest.mark.parametrize("name", NAMES)
def test_every_answer_is_as_promised(name, calling):
    @given(request=machine_made(name))
    @settings(
        max_examples=25,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def send(request):
        limiter.forget()
        answer = request.call(headers={"Authorization": f"Bearer {calling.text}"})
        beyond = answer.status_code >= 400 and answer.json()["type"].split(":")[-1] in BEYOND_THE_SCHEMA
        # Tokens have tests of their own below; the machine takes ours for one it made up.
        left_out = [ignored_auth]
        if beyond:
            left_out.append(positive_data_acceptance)
        sent = set(parse_qs(urlsplit(answer.request.url).query, keep_blank_values=True))
        if set(request.query or {}) - sent:
            # A parameter made wrong by an empty list never left the machine.
            left_out.append(negative_data_rejection)
        request.validate_response(answer, excluded_checks=left_out)

    send()


def test_the_committed_document_is_the_one_we_serve(client):
    """Renew it with ``zhengling api schema > docs/openapi.json``."""
    assert json.loads(SNAPSHOT.read_text()) == DOCUMENT
    served = client.get("/api/v1/openapi.json")
    assert served.status_code == 200 and served.json() == DOCUMENT


def address(path, calling):
    held = {"number": calling.number, "act": "take", "paper": "form", "name": "toy", "key": "YZCR-2021-01016"}
    held |= {"place": "10(2)", "digest": "0" * 64, "code": "t11"}
    if "notices" in path:
        held["key"] = "0189c6f0-0000-7000-8000-000000000000"
    return path.removeprefix("/api/v1").format(**held)


def ask(who, method, path):
    where = address(path, who)
    if method == "get":
        return who.get(where)
    if "papers" in where:
        return who.send(where, b"%PDF-1.7", "application/pdf")
    return who.post(where, {"procedure": "toy", "version": 0})


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=NAMES)
def test_only_its_scope_opens_an_operation(calling, method, path, operation):
    (needed,) = operation["security"][0]["Bearer"]
    assert needed in SCOPES
    for scope in SCOPES:
        who = Calling(calling.client.organisation, "clerk", scopes=[scope])
        who.number = calling.number
        answer = ask(who, method, path)
        if scope == needed:
            assert answer.status_code not in {401, 403} or answer.json()["type"].endswith("not_yours")
        else:
            assert answer.status_code == 403 and answer.json()["type"].endswith("no_scope")


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=NAMES)
def test_without_a_token_nothing_opens(calling, method, path, operation):
    for header in (
        {},
        {"authorization": "Bearer zl_AAAAAAAA_wrong"},
        {"authorization": f"Basic {calling.text}"},
    ):
        answer = getattr(Browser(headers=header), method)(path.format_map(defaultdict(lambda: "X")))
        assert answer.status_code == 401 and answer["Content-Type"] == "application/problem+json"
        assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=NAMES)
def test_every_error_is_documented(method, path, operation):
    expected = {"400", "401", "403", "404", "422", "429"} | (
        {"409", "413", "415"} if method == "post" else set()
    )
    assert expected <= set(operation["responses"])
    for status in expected:
        assert list(operation["responses"][status]["content"]) == ["application/problem+json"]
