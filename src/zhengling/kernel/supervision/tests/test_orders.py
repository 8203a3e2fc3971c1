"""Urging orders: who may, one a unit, one-click, numbers, answer, closing, paper."""

from __future__ import annotations

from datetime import date
from threading import Thread

import pytest
from django.db import connection

from zhengling.kernel import clock
from zhengling.kernel.casework.errors import ActRefused, InvalidData, NotYours
from zhengling.kernel.casework.models import Case, TimeLimit
from zhengling.kernel.documents.template_store import load_templates
from zhengling.kernel.outbox.models import Message
from zhengling.kernel.supervision.models import UrgingOrder
from zhengling.kernel.supervision.operations import answer, close, urge

pytestmark = [pytest.mark.django_db, pytest.mark.db_sensitive]

DAY = date(2022, 4, 1)


def urged(world, *cases, who="supervisor", words="Do it now."):
    return urge([world.limit(case).pk for case in cases], world.people[who], words, DAY)


def test_urging_makes_one_order_a_unit_and_marks_every_case(world):
    first, second = world.taken(date(2022, 3, 1)), world.taken(date(2022, 3, 2))
    other = world.taken(date(2022, 3, 1), "other_township", "other_clerk")
    done = urged(world, first, second, other)
    assert [(order.to.code, order.matters.count()) for order in done.orders] == [
        ("431102100", 1),
        ("431103100", 2),
    ]
    assert not done.refused
    order = done.orders[1]
    assert (order.issuer.code, order.state, order.respond_by) == ("4311", "issued", DAY)
    assert [(row.due, row.days_late) for row in order.matters.all()] == [
        (date(2022, 3, 15), 13),
        (date(2022, 3, 16), 12),
    ]
    for case in (first, second, other):
        assert case.events.last().act == "urge"
        assert not case.tasks.filter(done_at=None, urged_at=None).exists()


def test_numbers_run_without_gaps_in_the_series_of_the_issuing_unit(world):
    numbers = [urged(world, world.taken(date(2022, 3, 1))).orders[0].number for _time in range(3)]
    assert numbers == ["永政督〔2022〕1号", "永政督〔2022〕2号", "永政督〔2022〕3号"]
    county = urged(world, world.taken(date(2022, 3, 1)), who="county_supervisor").orders[0]
    assert county.number == "冷政督〔2022〕1号"


def test_urging_tells_the_rest_of_the_house_without_personal_data(world):
    order = urged(world, world.taken(date(2022, 3, 1))).orders[0]
    message = Message.objects.get(type="supervision.order.issued")
    assert message.data == {"order": str(order.pk), "to": "431103100", "state": "issued"}


@pytest.mark.parametrize("who", ["clerk", "reviewer", "approver", "auditor", "other_clerk"])
def test_without_the_role_of_a_supervisor_nobody_urges(world, who):
    done = urged(world, world.taken(date(2022, 3, 1)), who=who)
    assert not done.orders and isinstance(done.refused[0][1], NotYours)
    assert not UrgingOrder.objects.exists() and Case.objects.get().events.last().act == "take"


def test_a_supervisor_urges_units_below_only(world, officer):
    case = world.taken(date(2022, 3, 1))
    world.people["neighbour"] = officer("supervisor", world.city.other_county)
    world.people["same"] = officer("supervisor", world.city.township)
    for who in ("neighbour", "same"):
        assert not urged(world, case, who=who).orders


def test_what_cannot_be_urged_is_left_out_and_the_rest_is_right(world):
    ended, running = world.taken(date(2022, 3, 1)), world.taken(date(2022, 3, 1))
    world.sent(ended, date(2022, 3, 2))
    done = urged(world, ended, running)
    assert [row.case for row in done.orders[0].matters.all()] == [running]
    [(limit, refusal)] = done.refused
    assert limit.case == ended and isinstance(refusal, ActRefused)


def test_an_order_that_would_be_empty_takes_no_number(world):
    ended = world.taken(date(2022, 3, 1))
    world.sent(ended, date(2022, 3, 2))
    assert not urged(world, ended).orders
    assert urged(world, world.taken(date(2022, 3, 1))).orders[0].number == "永政督〔2022〕1号"


def test_the_same_matter_is_not_urged_again_before_the_answer(world):
    case = world.taken(date(2022, 3, 1))
    order = urged(world, case).orders[0]
    again = urged(world, case)
    assert not again.orders and order.number in str(again.refused[0][1])
    answer(order.pk, world.people["clerk"], "The household was away.")
    assert urged(world, case).orders


def test_empty_words_and_a_day_that_has_passed_are_refused(world):
    limit = world.limit(world.taken(date(2022, 3, 1)))
    with pytest.raises(InvalidData) as wrong:
        urge([limit.pk], world.people["supervisor"], "  ", date(2022, 3, 27))
    assert set(wrong.value.errors) == {"words", "respond_by"}


def test_the_unit_answers_once_and_nobody_else_does(world):
    order = urged(world, world.taken(date(2022, 3, 1))).orders[0]
    for who in ("other_clerk", "supervisor", "auditor", "approver"):
        with pytest.raises(NotYours):
            answer(order.pk, world.people[who], "done")
    with pytest.raises(InvalidData):
        answer(order.pk, world.people["clerk"], " ")
    answer(order.pk, world.people["clerk"], "done")
    order.refresh_from_db()
    assert (order.state, order.answer, order.answered_by) == ("answered", "done", world.people["clerk"].user)
    with pytest.raises(ActRefused):
        answer(order.pk, world.people["reviewer"], "done again")


def test_an_auditor_of_the_unit_does_not_answer(world, officer):
    order = urged(world, world.taken(date(2022, 3, 1))).orders[0]
    with pytest.raises(NotYours):
        answer(order.pk, officer("auditor", world.city.township), "done")


def test_closing_needs_an_answer_or_the_work_done(world):
    case = world.taken(date(2022, 3, 1))
    order = urged(world, case).orders[0]
    with pytest.raises(ActRefused):
        close(order.pk, world.people["supervisor"], "looked at")
    world.sent(case, date(2022, 3, 28))
    with pytest.raises(InvalidData):
        close(order.pk, world.people["supervisor"], "")
    close(order.pk, world.people["supervisor"], "looked at")
    order.refresh_from_db()
    assert (order.state, order.finding) == ("closed", "looked at")
    with pytest.raises(ActRefused):
        close(order.pk, world.people["supervisor"], "again")


def test_who_closes(world, officer):
    order = urged(world, world.taken(date(2022, 3, 1)), who="county_supervisor").orders[0]
    answer(order.pk, world.people["clerk"], "done")
    for actor in (
        world.people["clerk"],
        world.people["auditor"],
        officer("supervisor", world.city.other_county),
    ):
        with pytest.raises(NotYours):
            close(order.pk, actor, "fine")
    close(order.pk, world.people["supervisor"], "fine")  # of a unit above the issuing one


def test_one_click_from_the_list(world, page):
    case = world.taken(date(2022, 3, 1))
    answered = page(world.people["supervisor"], "/supervision/urge/", data={"only": world.limit(case).pk})
    order = UrgingOrder.objects.get()
    assert answered.status_code == 302 and answered["Location"] == f"/supervision/orders/{order.pk}/"
    # The third working day from today; the words are those of an official letter.
    assert (order.respond_by, order.words) == (date(2022, 3, 31), "请立即办理，并书面说明逾期原因。")


def test_many_ticked_rows_with_own_words(world, page):
    cases = [world.taken(date(2022, 3, 1)), world.taken(date(2022, 3, 1), "other_township", "other_clerk")]
    data = {
        "limits": [world.limit(case).pk for case in cases],
        "words": "Report.",
        "respond_by": "2022-04-06",
    }
    assert (
        page(world.people["supervisor"], "/supervision/urge/", data=data)["Location"]
        == "/supervision/orders/"
    )
    assert set(UrgingOrder.objects.values_list("words", "respond_by")) == {("Report.", date(2022, 4, 6))}


def test_nothing_ticked_or_a_wrong_day_goes_back_with_words(world, page, client):
    data = {"next": "/supervision/limits/overdue/?unit=431103"}
    assert page(world.people["supervisor"], "/supervision/urge/", data=data)["Location"] == data["next"]
    assert "Tick at least one" in client.get("/supervision/limits/overdue/").content.decode()
    limit = world.limit(world.taken(date(2022, 3, 1))).pk
    data = {"only": limit, "respond_by": "2021-01-01", "next": "https://elsewhere.example/"}
    back = page(world.people["supervisor"], "/supervision/urge/", data=data)
    assert back["Location"] == "/supervision/limits/overdue/" and not UrgingOrder.objects.exists()


def test_urging_by_page_is_for_supervisors(world, page):
    limit = world.limit(world.taken(date(2022, 3, 1))).pk
    assert page(world.people["clerk"], "/supervision/urge/", data={"only": limit}).status_code == 403
    assert not UrgingOrder.objects.exists()


def test_an_order_is_read_by_both_sides_and_nobody_else(world, page):
    order = urged(world, world.taken(date(2022, 3, 1)), who="county_supervisor").orders[0]
    address = f"/supervision/orders/{order.pk}/"
    for who in ("clerk", "county_supervisor", "supervisor", "auditor", "approver"):
        assert page(world.people[who], address).status_code == 200, who
    assert page(world.people["other_clerk"], address).status_code == 404
    assert order.number in page(world.people["clerk"], "/supervision/orders/").content.decode()
    assert order.number not in page(world.people["other_clerk"], "/supervision/orders/").content.decode()


def test_the_course_of_an_order_by_pages(world, page):
    order = urged(world, world.taken(date(2022, 3, 1))).orders[0]
    address = f"/supervision/orders/{order.pk}/"
    assert "Answer the order" in page(world.people["clerk"], address).content.decode()
    assert "Answer the order" not in page(world.people["supervisor"], address).content.decode()
    assert page(world.people["clerk"], f"{address}answer/", data={"answer": ""}).status_code == 422
    assert page(world.people["clerk"], f"{address}answer/", data={"answer": "seen to"}).status_code == 302
    assert page(world.people["clerk"], f"{address}answer/", data={"answer": "again"}).status_code == 409
    assert page(world.people["clerk"], f"{address}close/", data={"finding": "x"}).status_code == 403
    assert page(world.people["supervisor"], f"{address}close/", data={"finding": "right"}).status_code == 302
    body = page(world.people["clerk"], address, language="zh-hans").content.decode()
    assert "已销号" in body and "seen to" in body and "right" in body


def test_filters_of_the_orders(world, page):
    order = urged(world, world.taken(date(2022, 3, 1))).orders[0]
    actor = world.people["supervisor"]
    for query, there in [
        ("state=issued", True),
        ("state=closed", False),
        ("q=上岭桥", True),
        ("q=nobody", False),
    ]:
        body = page(actor, f"/supervision/orders/?{query}").content.decode()
        assert (order.number in body) is there, query
    with clock.freeze(clock.at(date(2022, 4, 2))):
        assert order.number in page(actor, "/supervision/orders/?state=overdue").content.decode()


@pytest.mark.parametrize("number", [1, 3])
def test_the_order_on_paper(world, page, number):
    load_templates()
    order = urged(world, *(world.taken(date(2022, 3, day)) for day in range(1, number + 1))).orders[0]
    made = page(world.people["clerk"], f"/supervision/orders/{order.pk}/order.pdf")
    assert made["Content-Type"] == "application/pdf" and made.content.startswith(b"%PDF")


@pytest.mark.django_db(transaction=True)
def test_two_supervisors_urge_the_same_limit_at_once_and_one_order_comes_of_it(world):
    limit = world.limit(world.taken(date(2022, 3, 1))).pk
    actor, results = world.people["supervisor"], []
    assert actor.grants  # read before the threads start: they share the object

    def run():
        try:
            with clock.freeze(clock.at(date(2022, 3, 28))):
                results.append(urge([limit], actor, "now", DAY))
        finally:
            connection.close()

    threads = [Thread(target=run) for _time in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(done.orders) for done in results) == [0, 1]
    assert UrgingOrder.objects.get().matters.count() == 1
    assert TimeLimit.objects.get(pk=limit).case.events.filter(act="urge").count() == 1
