"""Cases over the API: the same acts, the same refusals, the same sight as on the pages."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import date

import pytest
from django.db import connection
from django.test import override_settings

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import SYSTEM
from zhengling.kernel.audit.models import Access
from zhengling.kernel.casework import feed
from zhengling.kernel.casework import procedure as procedures
from zhengling.kernel.casework.models import Case, Event
from zhengling.kernel.casework.operations import open_case, perform
from zhengling.kernel.casework.tests import toy
from zhengling.kernel.clients.models import IdempotencyRecord
from zhengling.kernel.clients.operations import add_webhook
from zhengling.kernel.clients.tests.calling import Calling
from zhengling.kernel.files.models import StoredFile
from zhengling.kernel.outbox import delivery
from zhengling.kernel.outbox.models import Message
from zhengling.kernel.tests.receiver import listening

pytestmark = [pytest.mark.django_db, pytest.mark.db_sensitive]

PDF = b"%PDF-1.7\n%a scan\n"


class World:
    def __init__(self):
        self.units = toy.units()
        self.procedure = replace(toy.TOY, opener=self.open)
        self.clerk = toy.person("clerk", self.units["town"], "clerk")
        self.reviewer = toy.person("reviewer", self.units["town"], "reviewer")
        self.town = Calling(self.units["town"], "clerk", "reviewer", name="town-system")
        self.far = Calling(self.units["far"], "clerk", "reviewer", name="far-system")
        self.broken = False

    def open(self, actor, data):
        if self.broken:
            raise RuntimeError("张三")
        return open_case(self.procedure, actor, self.units["town"], data, title="t")

    def opened(self, **data):
        return self.open(self.clerk, {"amount": "12.50", **data})


@pytest.fixture
def world(monkeypatch):
    with clock.freeze(clock.at(date(2022, 3, 1))):
        made = World()
        monkeypatch.setitem(procedures._procedures, "toy", made.procedure)
        yield made


def problem(response, status, code):
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert body["type"] == f"urn:zhengling:problem:{code}" and body["status"] == status
    return body


def test_a_case_goes_its_way_over_the_api(world):
    answer = world.town.post("/cases", {"procedure": "toy", "data": {"amount": "12.50"}})
    assert answer.status_code == 201
    number = answer.json()["number"]
    assert answer["Location"] == f"/api/v1/cases/{number}"
    shown = world.town.get(f"/cases/{number}")
    assert shown["ETag"] == '"1"'
    assert shown.json()["events"][0]["data"] == {"amount": 1250}
    assert shown.json()["events"][0]["actor"] == "town-system"
    acts = {item["act"]: item for item in shown.json()["next_acts"]}
    assert acts["take"]["mine"] and acts["take"]["citation"] == "YZCR-2021-01016/14"
    done = world.town.post(f"/cases/{number}/acts/take", {}, **{"if-match": shown["ETag"]})
    assert done.status_code == 200, done.content
    assert (done.json()["version"], done.json()["stage"], done["ETag"]) == (2, "checked", '"2"')
    limit = world.town.get(f"/cases/{number}").json()["limits"][0]
    assert (limit["due"], limit["citation"]) == ("2022-03-15", "YZCR-2021-01016/14") and limit["explanation"]


def test_somebody_acted_meanwhile(world):
    case = world.opened()
    perform(case.pk, "take", world.clerk, {})
    body = problem(world.town.post(f"/cases/{case.number}/acts/visit", {"version": 1}), 409, "stale")
    assert body["instance"] == f"/api/v1/cases/{case.number}/acts/visit"
    assert Event.objects.filter(case=case).count() == 2


def test_the_version_seen_must_be_said(world):
    case = world.opened()
    body = problem(world.town.post(f"/cases/{case.number}/acts/take", {}), 422, "invalid")
    assert "version" in body["errors"]


def test_bodies_are_json_and_say_so(world):
    problem(
        world.town.send("/cases", b"procedure=toy", "application/x-www-form-urlencoded"), 415, "media_type"
    )
    problem(world.town.send("/cases", b"{", "application/json"), 400, "not_json")
    problem(
        world.town.send("/cases", b'{"procedure": "toy", "data": {"a": NaN}}', "application/json"),
        400,
        "not_json",
    )
    lone = b'{"procedure": "toy", "data": {"a": "\\ud800"}}'
    problem(world.town.send("/cases", lone, "application/json"), 400, "not_json")


def test_a_misspelt_filter_is_no_filter(world):
    assert set(problem(world.town.get("/cases", stag="filed"), 422, "schema")["errors"]) == {"stag"}


def test_addresses_and_methods_that_are_none(world):
    problem(world.town.get("/nothing"), 404, "not_found")
    answer = world.town.browser.delete("/api/v1/cases")
    problem(answer, 405, "method_not_allowed")
    assert set(answer["Allow"].split(", ")) >= {"GET", "POST"}


def test_words_come_in_the_language_asked_for(world):
    path = "/api/v1/cases/TY-2022-NOTHERE"
    english = world.town.browser.get(path)
    chinese = world.town.browser.get(path, headers={"accept-language": "zh-CN"})
    assert english["Content-Language"] == "en" and chinese["Content-Language"] == "zh-hans"
    assert english.json()["title"] == "Not found" and chinese.json()["title"] != "Not found"


def test_a_refusal_names_article_and_authority(world):
    case = world.opened()
    perform(case.pk, "take", world.clerk, {})
    perform(case.pk, "visit", world.clerk, {})
    perform(case.pk, "send", world.reviewer, {})
    body = problem(world.town.post(f"/cases/{case.number}/acts/post", {"version": 4}), 403, "not_yours")
    assert body["citation"] == "YZCR-2021-01016/14" and "县" in body["detail"]


def test_an_act_out_of_its_stage(world):
    case = world.opened()
    problem(world.town.post(f"/cases/{case.number}/acts/finish", {"version": 1}), 409, "refused")


def test_one_system_is_not_two_persons(world):
    case = world.opened()
    for version, act in [(1, "take"), (2, "visit")]:
        assert world.town.post(f"/cases/{case.number}/acts/{act}", {"version": version}).status_code == 200
    body = problem(world.town.post(f"/cases/{case.number}/acts/send", {"version": 3}), 403, "not_yours")
    assert "second person" in body["detail"]


def test_wrong_data_name_every_field(world):
    body = problem(
        world.town.post(
            "/cases", {"procedure": "toy", "data": {"amount": "1.234", "secret": "431102196001010014"}}
        ),
        422,
        "invalid",
    )
    assert set(body["errors"]) == {"amount", "secret"}
    body = problem(world.town.post("/cases", {"procedure": "toy", "data": {"amuont": "1"}}), 422, "invalid")
    assert set(body["errors"]) == {"amuont"}
    assert not Case.objects.exists()


def test_cases_of_others_do_not_exist(world):
    case = world.opened()
    problem(world.far.get(f"/cases/{case.number}"), 404, "not_found")
    problem(world.far.post(f"/cases/{case.number}/acts/take", {"version": 1}), 404, "not_found")
    problem(world.far.send(f"/cases/{case.number}/papers/form", PDF, "application/pdf"), 404, "not_found")
    problem(world.far.get("/cases/TY-2022-NOTHERE"), 404, "not_found")
    assert world.far.get("/cases").json() == {"items": [], "next": ""}
    assert world.far.get("/limits").json()["items"] == []


def test_lists_go_on_from_the_cursor(world):
    numbers = [world.opened().number for _ in range(5)]
    seen, cursor = [], ""
    for _ in range(4):
        page = world.town.get("/cases", limit=2, cursor=cursor).json()
        seen += [row["number"] for row in page["items"]]
        cursor = page["next"]
        if not cursor:
            break
    assert sorted(seen) == sorted(numbers) and len(seen) == 5
    problem(world.town.get("/cases", cursor="AAAA"), 400, "bad_cursor")


def test_filters(world):
    first, second = world.opened(), world.opened()
    perform(second.pk, "take", world.clerk, {})

    def numbers(**query):
        return {row["number"] for row in world.town.get("/cases", **query).json()["items"]}

    both = {first.number, second.number}
    assert numbers(stage="filed") == {first.number}
    assert numbers(procedure="toy", open="true", place="t1") == both
    assert numbers(open="false") == set() and numbers(place="t2") == set()
    assert numbers(opened_from="2022-03-01", opened_to="2022-03-01") == both
    assert numbers(opened_from="2022-03-02") == set() and numbers(opened_to="2022-02-28") == set()
    with clock.freeze(clock.at(date(2022, 3, 16))):
        late = world.town.get("/limits", overdue="true").json()["items"]
    assert [(row["case"], row["days_left"]) for row in late] == [(second.number, -1)]
    assert world.town.get("/limits", due_before="2022-03-15").json()["items"] == []


def test_no_query_for_each_row(world, django_assert_max_num_queries):
    for _ in range(3):
        perform(world.opened().pk, "take", world.clerk, {})

    def count(path):
        with django_assert_max_num_queries(60) as few:
            world.town.get(path)
        return len(few)

    world.town.get("/cases")
    before = {path: count(path) for path in ("/cases", "/limits", "/events", "/organisations", "/procedures")}
    for _ in range(9):
        perform(world.opened().pk, "take", world.clerk, {})
    assert {path: count(path) for path in before} == before
    assert before["/cases"] <= 12


def test_a_case_costs_the_same_however_long_its_course(world, django_assert_max_num_queries):
    case = world.opened()
    perform(case.pk, "take", world.clerk, {})

    def count():
        with django_assert_max_num_queries(60) as few:
            assert world.town.get(f"/cases/{case.number}").status_code == 200
        return len(few)

    count()  # the first request notes that the token was used
    before = count()
    for act in ("wait", "go_on") * 4:
        perform(case.pk, act, world.clerk, {})
    assert count() == before


def test_reading_personal_data_is_recorded(world):
    case = world.opened()
    world.town.get(f"/cases/{case.number}")
    world.town.get("/cases")
    rows = Access.objects.filter(client="town-system", action="view").order_by("seq")
    assert [(row.subject_kind, row.subject_id) for row in rows] == [("case", case.number), ("case", "")]
    before = Access.objects.count()
    world.far.get("/cases")
    world.town.get("/procedures")
    assert Access.objects.count() == before


def test_sensitive_values_do_not_come_back(world):
    case = world.opened(secret="11010519491231002X")
    assert "19491231" not in world.town.get(f"/cases/{case.number}").content.decode()


def test_a_paper_is_added(world):
    case = world.opened()
    answer = world.town.send(f"/cases/{case.number}/papers/form", PDF, "application/pdf")
    assert answer.status_code == 201 and answer.json()["file"]["name"] == "form.pdf"
    shown = world.town.get(f"/cases/{case.number}").json()["papers"]
    assert [(row["name"], row["state"]) for row in shown] == [("form", "received")]
    problem(world.town.send(f"/cases/{case.number}/papers/form", b"x", "text/html"), 415, "media_type")
    problem(world.town.send(f"/cases/{case.number}/papers/form", b"<html>", "application/pdf"), 422, "file")
    problem(world.town.send(f"/cases/{case.number}/papers/other", PDF, "application/pdf"), 404, "not_found")
    big = PDF + b"x" * (20 * 1024 * 1024)
    problem(world.town.send(f"/cases/{case.number}/papers/form", big, "application/pdf"), 413, "too_large")
    assert StoredFile.objects.count() == 1


def sent(world):
    """At the county; the last act, `send`, was the reviewer system's."""
    case = world.opened()
    perform(case.pk, "take", world.clerk, {})
    perform(case.pk, "visit", world.clerk, {})
    answer = world.town.post(f"/cases/{case.number}/acts/send", {"version": 3})
    assert answer.status_code == 200, answer.content
    return case


class TestCommonActs:
    def test_handing_over_to_a_colleague(self, world):
        case = world.opened()
        path = f"/cases/{case.number}/transfer"
        body = {"to": "clerk", "reason": "leave", "version": 1}
        done = world.town.post(path, body, key="k")
        assert done.status_code == 200, done.content
        assert (done.json()["act"], done.json()["version"], done["ETag"]) == ("transfer", 2, '"2"')
        assert case.tasks.get().assignee == world.clerk.user
        again = world.town.post(path, body, key="k")
        assert again.content == done.content and case.events.count() == 2

    @pytest.mark.parametrize("to", ["reviewer", "nobody", "far"])
    def test_not_to_somebody_without_the_role(self, world, to):
        case = world.opened()
        toy.person("far", world.units["far"], "clerk")
        path = f"/cases/{case.number}/transfer"
        body = problem(world.town.post(path, {"to": to, "reason": "r", "version": 1}), 422, "invalid")
        assert set(body["errors"]) == {"to"} and case.tasks.get().assignee is None

    def test_urging(self, world):
        case = sent(world)
        done = world.town.post(f"/cases/{case.number}/urge", {"words": "please"}, key="k")
        assert done.status_code == 200 and done.json()["act"] == "urge"
        assert case.tasks.get(done_at=None).urged_at
        world.town.post(f"/cases/{case.number}/urge", {"words": "please"}, key="k")
        assert case.events.filter(act="urge").count() == 1
        problem(world.town.post(f"/cases/{case.number}/urge", {"words": ""}), 422, "schema")

    def test_taking_back_its_own_last_act(self, world):
        case = sent(world)
        path = f"/cases/{case.number}/recall"
        problem(world.town.post(path, {"version": 3}), 409, "stale")
        done = world.town.post(path, {}, **{"if-match": '"4"'})
        assert done.status_code == 200, done.content
        assert (done.json()["act"], done.json()["stage"]) == ("recall", "checked")
        problem(world.town.post(path, {"version": 5}), 409, "refused")

    def test_not_taking_back_what_another_did(self, world):
        case = world.opened()
        perform(case.pk, "take", world.clerk, {})
        perform(case.pk, "visit", world.clerk, {})
        perform(case.pk, "send", world.reviewer, {})
        problem(world.town.post(f"/cases/{case.number}/recall", {"version": 4}), 409, "refused")
        twin = Calling(world.units["town"], "reviewer", name="twin")
        other = sent(world)
        problem(twin.post(f"/cases/{other.number}/recall", {"version": 4}), 409, "refused")

    def test_the_version_seen_must_be_said(self, world):
        case = sent(world)
        for path, body in [("recall", {}), ("transfer", {"to": "clerk", "reason": "r"})]:
            answer = problem(world.town.post(f"/cases/{case.number}/{path}", body), 422, "invalid")
            assert set(answer["errors"]) == {"version"}

    @pytest.mark.parametrize("act", ["transfer", "urge", "recall"])
    def test_not_on_cases_of_others(self, world, act):
        case = sent(world)
        body = {"to": "clerk", "reason": "r", "words": "w", "version": 4}
        problem(world.far.post(f"/cases/{case.number}/{act}", body), 404, "not_found")
        reader = Calling(world.units["town"], "clerk", scopes=("cases:read",), name="reader")
        problem(reader.post(f"/cases/{case.number}/{act}", body), 403, "no_scope")


def test_the_same_key_and_request_have_the_same_answer(world):
    body = {"procedure": "toy", "data": {"amount": "1"}}
    first = world.town.post("/cases", body, key="k1")
    again = world.town.post("/cases", body, key="k1")
    assert first.status_code == again.status_code == 201
    assert first.content == again.content and again["Location"] == first["Location"]
    assert again["Idempotency-Replayed"] == "true" and "Idempotency-Replayed" not in first
    assert Case.objects.count() == 1


def test_the_same_key_for_another_request_is_refused(world):
    world.town.post("/cases", {"procedure": "toy", "data": {"amount": "1"}}, key="k1")
    answer = world.town.post("/cases", {"procedure": "toy", "data": {"amount": "2"}}, key="k1")
    body = problem(answer, 422, "key_reused")
    assert "Idempotency-Key" in body["errors"] and Case.objects.count() == 1
    # Another client's keys are its own.
    world.far.post("/cases", {"procedure": "toy", "data": {"amount": "2"}}, key="k1")
    assert IdempotencyRecord.objects.count() == 2


def test_a_refusal_is_kept_under_its_key_too(world):
    case = world.opened()
    path = f"/cases/{case.number}/acts/visit"
    first = world.town.post(path, {"version": 1}, key="k1")
    problem(first, 409, "refused")
    perform(case.pk, "take", world.clerk, {})
    again = world.town.post(path, {"version": 1}, key="k1")
    assert again.content == first.content and again["Content-Type"] == "application/problem+json"


def test_writes_need_a_key(world):
    answer = world.town.browser.post("/api/v1/cases", "{}", content_type="application/json")
    assert "Idempotency-Key" in problem(answer, 422, "schema")["errors"]


def test_a_fault_of_ours_leaves_the_key_free(world):
    world.broken = True
    answer = world.town.post("/cases", {"procedure": "toy", "data": {"amount": "1"}}, key="k1")
    assert "张三" not in str(problem(answer, 500, "fault"))
    world.broken = False
    answer = world.town.post("/cases", {"procedure": "toy", "data": {"amount": "1"}}, key="k1")
    assert answer.status_code == 201


def test_events_are_fed_in_order_to_those_who_may_see_the_case(world):
    case = world.opened()
    delivery.fan_out()
    page = world.town.get("/events").json()
    assert [(event["type"], event["subject"]) for event in page["items"]] == [
        ("medical.toy.file", case.number)
    ]
    assert page["items"][0]["specversion"] == "1.0"
    assert world.town.get("/events", cursor=page["next"]).json() == {"items": [], "next": page["next"]}
    perform(case.pk, "take", world.clerk, {})
    delivery.fan_out()
    more = world.town.get("/events", cursor=page["next"]).json()
    assert [event["type"] for event in more["items"]] == ["medical.toy.take"]
    assert world.far.get("/events").json()["items"] == []


def test_webhooks_see_what_the_feed_shows(world):
    world.opened()
    delivery.fan_out()
    messages = list(Message.objects.all())
    assert feed.seen_by("town-system", messages) == {message.pk for message in messages}
    assert feed.seen_by("far-system", messages) == set()
    assert feed.seen_by("unknown", messages) == set()
    world.town.client.active = False
    world.town.client.save()
    assert feed.seen_by("town-system", messages) == set()


def test_an_act_reaches_the_webhook_of_a_unit_that_takes_part(world):
    with listening() as ours, listening() as theirs, override_settings(WEBHOOK_HOSTS=["127.0.0.1"]):
        add_webhook(SYSTEM, world.town.client, ours.url, ["medical.toy.*"])
        add_webhook(SYSTEM, world.far.client, theirs.url, [])
        case = world.opened()
        delivery.fan_out()
        delivery.deliver()
    (call,) = ours.received
    assert json.loads(call.body)["subject"] == case.number and not theirs.received


def test_procedures_say_what_their_acts_ask_for(world):
    shown = world.town.get("/procedures/toy").json()
    acts = {act["name"]: act for act in shown["acts"]}
    amount = acts["file"]["data"]["properties"]["amount"]
    assert amount["type"] == "string" and acts["file"]["data"]["required"] == ["amount"]
    assert acts["file"]["data"]["properties"]["secret"]["x-sensitive"]
    why = acts["back"]["data"]
    assert why["properties"]["why"]["enum"] == ["late", "free"]
    assert why["allOf"][0]["then"] == {"required": ["why_reason"]}
    assert acts["post"]["by"] == ["approver@county"]
    assert shown["limits"][0]["parameter"] == "township_review_workdays"
    problem(world.town.get("/procedures/none"), 404, "not_found")


@pytest.mark.django_db(transaction=True)
def test_the_same_write_many_times_at_once_happens_once(world):
    """However close the duplicates are, one case is opened and everybody hears of the same one."""
    callers, answers = 6, []
    lock, barrier = threading.Lock(), threading.Barrier(callers)
    body = {"procedure": "toy", "data": {"amount": "3"}}

    def call():
        try:
            with clock.freeze(clock.at(date(2022, 3, 1))):
                barrier.wait()
                answer = world.town.post("/cases", body, key="crowd")
            with lock:
                answers.append((answer.status_code, answer.content))
        finally:
            connection.close()

    threads = [threading.Thread(target=call) for _ in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == callers and len(set(answers)) == 1, answers
    assert answers[0][0] == 201
    assert Case.objects.count() == 1 and Event.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_systems_acting_on_one_version(world):
    """With different keys, one acts and the other is told that somebody acted."""
    case = world.opened()
    other = Calling(world.units["town"], "clerk", name="town-system-2")
    barrier, statuses, lock = threading.Barrier(2), [], threading.Lock()

    def call(who):
        try:
            with clock.freeze(clock.at(date(2022, 3, 1))):
                barrier.wait()
                answer = who.post(f"/cases/{case.number}/acts/take", {"version": 1})
            with lock:
                statuses.append(answer.status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=call, args=(who,)) for who in (world.town, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 409]
    assert Event.objects.filter(case=case, act="take").count() == 1
