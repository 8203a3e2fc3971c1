"""The workbench and the case page through the front door."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from zhengling.kernel import clock
from zhengling.kernel.audit.models import Access
from zhengling.kernel.casework.models import Case, Event
from zhengling.kernel.casework.operations import open_case, perform, recall
from zhengling.kernel.casework.tests import toy
from zhengling.kernel.people.models import Person

pytestmark = pytest.mark.django_db
DAY = date(2022, 3, 28)
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64


@pytest.fixture
def units(frozen):
    toy.register()
    return toy.units()


@pytest.fixture
def people(units):
    return {
        "clerk": toy.person("clerk", units["town"], "clerk"),
        "clerk2": toy.person("clerk2", units["town"], "clerk"),
        "reviewer": toy.person("reviewer", units["town"], "reviewer"),
        "boss": toy.person("boss", units["county"], "approver"),
        "far": toy.person("far", units["far"], "clerk", "reviewer"),
        "resident": toy.person("resident"),
        "supervisor": toy.person("supervisor", units["city"], "supervisor"),
    }


@pytest.fixture
def as_(signed_in, people):
    return lambda name: signed_in(people[name])


def opened(units, people, *acts: tuple[str, str], title: str = "matter", **options) -> Case:
    case = open_case(toy.TOY, people["clerk"], units["town"], {"amount": "12.50"}, title=title, **options)
    for act, who in acts:
        perform(case.pk, act, people[who], {})
    case.refresh_from_db()
    return case


def text(response) -> str:
    return response.content.decode()


class TestLists:
    def test_each_case_is_on_the_right_desk(self, units, people, as_):
        filed = opened(units, people)
        checked = opened(units, people, ("take", "clerk"))
        todo = text(as_("clerk").get(reverse("workbench")))
        assert filed.number in todo and checked.number in todo  # the second for the visit
        todo = text(as_("reviewer").get(reverse("workbench")))
        assert filed.number not in todo and checked.number in todo
        assert "您没有待办事项" in text(as_("boss").get(reverse("workbench")))

    def test_done_and_started_lists(self, units, people, as_):
        case = opened(units, people, ("take", "clerk"))
        assert case.number in text(as_("clerk").get(reverse("workbench-list", args=["done"])))
        assert case.number in text(as_("clerk").get(reverse("workbench-list", args=["filed"])))
        assert case.number not in text(as_("reviewer").get(reverse("workbench-list", args=["done"])))

    def test_a_resident_has_only_started_cases(self, units, people, as_):
        case = opened(units, people, applicant=people["resident"].user)
        assert case.number in text(as_("resident").get(reverse("workbench")))
        assert as_("resident").get(reverse("workbench-list", args=["todo"])).status_code == 404

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ({"q": "river"}, {"river"}),
            ({"q": "李秀英"}, {"river"}),
            ({"q": "秀英"}, set()),  # a name is found whole only, so that nobody fishes
            ({"urgent": "on"}, {"fire"}),
            ({"procedure": "toy", "stage": "filed"}, {"fire"}),
            ({"state": "overdue"}, {"river"}),
            ({"state": "today"}, set()),
            ({"state": "returned"}, set()),
            ({}, {"river", "fire"}),
        ],
    )
    def test_filters(self, units, people, as_, frozen, query, expected):
        person = Person.objects.create(name="李秀英", created_at=clock.now())
        frozen.at(date(2022, 3, 1))
        opened(units, people, ("take", "clerk"), title="river", subject=person)
        frozen.at(DAY)
        opened(units, people, title="fire", urgent=True)
        page = text(as_("clerk").get(reverse("workbench"), query))
        assert {title for title in ("river", "fire") if f">{title}<" in page} == expected

    def test_the_foot_adds_up(self, units, people, as_, frozen):
        frozen.at(date(2022, 3, 1))
        opened(units, people, ("take", "clerk"))
        frozen.at(DAY)
        opened(units, people, urgent=True)
        foot = text(as_("clerk").get(reverse("workbench"))).split("<tfoot>")[1]
        assert "共2件" in foot and "逾期1" in foot and "急件1" in foot and "今天到期0" in foot

    def test_order_and_pages(self, units, people, as_):
        for n in range(60):
            opened(units, people, title=f"m{n:02d}")
        first = as_("clerk").get(reverse("workbench"), {"sort": "-number"})
        numbers = [row.case.number for row in first.context["rows"]]
        assert len(numbers) == 50 and numbers == sorted(numbers, reverse=True)
        second = as_("clerk").get(reverse("workbench"), {"sort": "-number", "page": 2})
        assert len(second.context["rows"]) == 10
        assert "第2页，共2页" in text(second)

    def test_the_number_of_queries_does_not_grow(self, units, people, as_, django_assert_num_queries):
        from django.db import connection

        opened(units, people)
        client = as_("clerk")
        client.get(reverse("workbench"))
        with CaptureQueriesContext(connection) as few:
            client.get(reverse("workbench"))
        for _ in range(20):
            opened(units, people)
        with django_assert_num_queries(len(few)):
            client.get(reverse("workbench"))
        assert len(few) <= 12

    def test_export_takes_the_filters_and_runs_no_formula(self, units, people, as_):
        opened(units, people, title="=1+1")
        opened(units, people, title="other")
        response = as_("clerk").get(reverse("workbench-export", args=["todo"]), {"q": "=1"})
        sheet = load_workbook(BytesIO(b"".join(response.streaming_content))).active
        rows = list(sheet.iter_rows())
        assert len(rows) == 2 and rows[1][2].value == "=1+1" and rows[1][2].data_type == "s"


class TestCasePage:
    def test_shows_course_file_limits_and_next_acts(self, units, people, as_):
        case = opened(units, people, ("take", "clerk"))
        page = text(as_("clerk").get(reverse("case", args=[case.number])))
        assert "￥12.50" in page and "第十四条" in page
        assert "还有10个工作日" in page and "为什么是这一天" in page
        assert reverse("case-act", args=[case.number, "visit"]) in page
        # Sending belongs to the reviewer: shown with his unit, without a button.
        assert reverse("case-act", args=[case.number, "send"]) not in page and "由他人办理" in page

    def test_an_act_that_is_mine_but_not_possible_says_why(self, units, people, as_):
        case = opened(units, people, ("take", "clerk"))
        page = text(as_("reviewer").get(reverse("case", args=[case.number])))
        assert "尚未完成：visit" in page and 'aria-disabled="true"' in page

    @pytest.mark.parametrize("view", ["case", "case-print", "case-transfer", "case-urge", "case-recall"])
    def test_does_not_exist_for_others(self, units, people, as_, view):
        case = opened(units, people)
        assert as_("far").get(reverse(view, args=[case.number])).status_code == 404
        assert as_("resident").get(reverse(view, args=[case.number])).status_code == 404
        assert as_("far").post(reverse("case-act", args=[case.number, "take"])).status_code == 404
        case.refresh_from_db()
        assert case.version == 1

    def test_a_supervisor_reads_and_cannot_act(self, units, people, as_):
        case = opened(units, people)
        client = as_("supervisor")
        assert client.get(reverse("case", args=[case.number])).status_code == 200
        assert client.post(reverse("case-act", args=[case.number, "take"])).status_code == 403

    def test_needs_a_fixed_number_of_queries(self, units, people, as_, django_assert_num_queries):
        from django.db import connection

        case = opened(units, people, ("take", "clerk"))
        client = as_("clerk")
        client.get(reverse("case", args=[case.number]))
        with CaptureQueriesContext(connection) as few:
            client.get(reverse("case", args=[case.number]))
        for _ in range(5):
            perform(case.pk, "wait", people["clerk"], {})
            perform(case.pk, "go_on", people["clerk"], {})
        with django_assert_num_queries(len(few)):
            client.get(reverse("case", args=[case.number]))

    def test_prints(self, units, people, as_):
        case = opened(units, people, ("take", "clerk"))
        page = text(as_("clerk").get(reverse("case-print", args=[case.number])))
        assert case.head in page and "￥12.50" in page


class TestActs:
    def test_doing_an_act_leads_back_to_the_case(self, units, people, as_):
        case = opened(units, people)
        url = reverse("case-act", args=[case.number, "take"])
        response = as_("clerk").post(url, {"version": case.version})
        assert response.status_code == 302 and response.headers["Location"] == reverse(
            "case", args=[case.number]
        )
        case.refresh_from_db()
        assert case.stage == "checked"

    def test_with_htmx_the_page_is_told_to_reload(self, units, people, as_):
        case = opened(units, people)
        url = reverse("case-act", args=[case.number, "take"])
        assert "<html" not in text(as_("clerk").get(url, headers={"hx-request": "true"}))
        response = as_("clerk").post(url, {"version": 1}, headers={"hx-request": "true"})
        assert response.status_code == 204 and response.headers["HX-Redirect"]

    def test_a_double_click_is_one_act(self, units, people, as_):
        case = opened(units, people)
        url = reverse("case-act", args=[case.number, "take"])
        assert as_("clerk").post(url, {"version": 1}).status_code == 302
        assert as_("clerk").post(url, {"version": 1}).status_code == 302
        assert Event.objects.filter(case=case, act="take").count() == 1

    def test_the_same_act_with_other_data_is_no_double_click(self, units, people, as_):
        case = opened(units, people, ("take", "clerk"))
        url = reverse("case-act", args=[case.number, "longer"])
        assert as_("boss").post(url, {"version": case.version, "extend_by": "3"}).status_code == 302
        assert as_("boss").post(url, {"version": case.version, "extend_by": "3"}).status_code == 302
        response = as_("boss").post(url, {"version": case.version, "extend_by": "4"})
        assert response.status_code == 409 and "已有他人办理" in text(response)

    def test_a_stale_page_is_told_so(self, units, people, as_):
        case = opened(units, people)
        perform(case.pk, "take", people["clerk2"], {})
        response = as_("clerk").post(reverse("case-act", args=[case.number, "take"]), {"version": 1})
        assert response.status_code == 409 and "已有他人办理" in text(response)

    def test_wrong_input_comes_back_with_every_error(self, units, people, as_):
        case = opened(units, people, ("take", "clerk"), ("visit", "clerk"), ("send", "reviewer"))
        url = reverse("case-act", args=[case.number, "back"])
        response = as_("boss").post(url, {"version": case.version, "why": "free"})
        assert response.status_code == 422 and "请写明理由" in text(response)
        response = as_("boss").post(url, {"version": case.version, "why": "free", "why_reason": "x"})
        assert response.status_code == 302

    def test_a_refusal_names_the_article(self, units, people, as_):
        case = opened(units, people, ("take", "clerk"))
        response = as_("reviewer").post(
            reverse("case-act", args=[case.number, "send"]), {"version": case.version}
        )
        assert response.status_code == 409
        assert 'role="alert"' in text(response) and "/law/YZCR-2021-01016/14/" in text(response)

    def test_another_authority_is_named(self, units, people, as_):
        case = opened(units, people)
        response = as_("reviewer").post(reverse("case-act", args=[case.number, "take"]), {"version": 1})
        assert response.status_code == 403 and "镇" in text(response)

    def test_an_unknown_act_is_not_found(self, units, people, as_):
        case = opened(units, people)
        assert as_("clerk").get(reverse("case-act", args=[case.number, "fly"])).status_code == 404


class TestCommonActs:
    def test_handing_over_to_a_colleague(self, units, people, as_):
        case = opened(units, people)
        url = reverse("case-transfer", args=[case.number])
        form = as_("clerk").get(url).context["form"]
        assert [user.username for user in form.fields["to"].queryset] == ["clerk2"]
        as_("clerk").post(url, {"to": people["clerk2"].user.pk, "reason": "holiday", "version": 1})
        assert case.number in text(as_("clerk2").get(reverse("workbench")))
        assert case.number not in text(as_("clerk").get(reverse("workbench")))

    def test_urging_marks_the_task(self, units, people, as_):
        case = opened(units, people)
        assert (
            as_("boss").post(reverse("case-urge", args=[case.number]), {"words": "please"}).status_code == 302
        )
        assert "已催办" in text(as_("clerk").get(reverse("workbench")))

    def test_taking_back(self, units, people, as_):
        case = opened(units, people, ("take", "clerk"), ("visit", "clerk"), ("send", "reviewer"))
        url = reverse("case-recall", args=[case.number])
        assert "撤回我刚才的办理" in text(as_("reviewer").get(reverse("case", args=[case.number])))
        assert as_("reviewer").post(url, {"version": case.version}).status_code == 302
        assert as_("reviewer").post(url, {"version": case.version}).status_code == 302  # a double click
        case.refresh_from_db()
        assert case.stage == "checked" and case.events.filter(act="recall").count() == 1
        with pytest.raises(Exception, match="撤回"):
            recall(case.pk, people["reviewer"])

    def test_a_scan_is_added_and_read(self, units, people, as_):
        case = opened(units, people)
        url = reverse("case-attach", args=[case.number])
        file = SimpleUploadedFile("form.png", PNG, content_type="image/png")
        assert as_("clerk").post(url, {"paper": "form", "file": file}).status_code == 302
        row = case.papers.get(name="form")
        response = as_("reviewer").get(reverse("case-scan", args=[case.number, row.pk]))
        assert b"".join(response.streaming_content) == PNG
        record = Access.objects.get(subject_kind="case", subject_id=case.number)
        assert (record.action, record.user, record.fields) == ("reveal", people["reviewer"].user, "form")
        assert response.headers["Cache-Control"] == "private, no-store"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert as_("far").get(reverse("case-scan", args=[case.number, row.pk])).status_code == 404

    @pytest.mark.parametrize("version", ["²", "x", "9" * 5000, "-1"])
    def test_a_version_that_is_no_number_is_no_fault(self, units, people, as_, version):
        case = opened(units, people)
        url = reverse("case-act", args=[case.number, "take"])
        assert as_("clerk").post(url, {"version": version}).status_code < 500

    def test_a_file_that_is_not_what_it_claims_is_refused(self, units, people, as_):
        case = opened(units, people)
        file = SimpleUploadedFile("form.png", b"<html>", content_type="image/png")
        response = as_("clerk").post(
            reverse("case-attach", args=[case.number]), {"paper": "form", "file": file}
        )
        assert response.status_code == 409 and "与扩展名不符" in text(response)


class TestBatch:
    def ready(self, units, people, n):
        return [opened(units, people, ("take", "clerk"), ("visit", "clerk")) for _ in range(n)]

    def test_look_through_then_do(self, units, people, as_):
        cases = self.ready(units, people, 3)
        late = opened(units, people, ("take", "clerk"))  # not visited yet
        chosen = {"case": [str(case.pk) for case in [*cases, late]]}
        check = as_("reviewer").post(reverse("batch"), chosen)
        assert check.context["possible"] == 3 and "尚未完成" in text(check)
        assert Event.objects.filter(act="send").count() == 0
        result = as_("reviewer").post(reverse("batch"), {**chosen, "act": "send", "step": "do"})
        assert text(result).count("chip ok") == 3 and text(result).count("chip late") == 1
        assert Event.objects.filter(act="send").count() == 3

    def test_others_cases_are_not_touched(self, units, people, as_):
        cases = self.ready(units, people, 1)
        response = as_("far").post(
            reverse("batch"), {"case": [str(cases[0].pk)], "act": "send", "step": "do"}
        )
        assert response.status_code == 422
        assert Event.objects.filter(act="send").count() == 0


class TestFollowing:
    def test_number_and_code_show_where_it_stands(self, units, people, client):
        case = opened(units, people, ("take", "clerk"), title="secret matter")
        page = text(
            client.post(reverse("follow"), {"number": case.number.lower(), "check_code": case.check_code})
        )
        assert "checked" in page.lower() and "2022年4月12日" in page
        assert "secret matter" not in page and "clerk" not in page and "12.50" not in page

    def test_a_wrong_code_and_a_wrong_number_look_the_same(self, units, people, client):
        case = opened(units, people)
        wrong_code = client.post(reverse("follow"), {"number": case.number, "check_code": "AAAAAA"})
        wrong_number = client.post(reverse("follow"), {"number": "TY-2022-AAAAAA", "check_code": "AAAAAA"})
        assert wrong_code.status_code == wrong_number.status_code == 404
        hide = lambda response, number: text(response).replace(number, "N").split("<form")[-2:]  # noqa: E731
        assert hide(wrong_code, case.number)[0][-200:] == hide(wrong_number, "TY-2022-AAAAAA")[0][-200:]

    def test_guessing_is_stopped_and_the_right_pair_too(self, units, people, client, frozen):
        case = opened(units, people)
        for _ in range(10):
            client.post(reverse("follow"), {"number": case.number, "check_code": "AAAAAA"})
        right = {"number": case.number, "check_code": case.check_code}
        assert client.post(reverse("follow"), right).status_code == 429
        frozen.at(DAY, 9, 16)
        assert client.post(reverse("follow"), right).status_code == 200
