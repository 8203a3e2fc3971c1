"""The pages as a person meets them: in a real browser, wide and narrow, in both languages, with axe looking for
barriers (WCAG 2.2 AA) and nothing loaded from anywhere else."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from zhengling.kernel import clock
from zhengling.kernel.accounts.middleware import FACTOR
from zhengling.kernel.casework.models import Case
from zhengling.kernel.casework.operations import open_case, perform
from zhengling.kernel.casework.tests import toy
from zhengling.web import demo

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture(scope="module")
def browser() -> Iterator:
    from playwright.sync_api import sync_playwright

    # Playwright's loop would make Django think that the test's own queries are asynchronous.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-background-networking"]
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield launched
        launched.close()


@pytest.fixture
def world():
    """A case on the demo city's day, with a clerk, a reviewer and an approver."""
    settings.DEMO = True
    demo.move_to(date(2022, 3, 28))
    toy.register()
    units = toy.units()
    people = {
        "clerk": toy.person("clerk", units["town"], "clerk"),
        "clerk2": toy.person("clerk2", units["town"], "clerk"),
        "reviewer": toy.person("reviewer", units["town"], "reviewer"),
        "boss": toy.person("boss", units["county"], "approver"),
    }
    case = open_case(toy.TOY, people["clerk"], units["town"], {"amount": "12.50"}, title="matter")
    yield people, case
    settings.DEMO = False
    clock.shift(timedelta(0))


@pytest.fixture
def opened(browser, live_server, world):
    """``opened(path, who=…, narrow=…, language=…)``: a page, with a note of what went wrong in it."""
    people, _case = world
    contexts = []

    def open_page(path: str, *, who: str = "", narrow: bool = False, language: str = "zh-hans", **options):
        context = browser.new_context(viewport=NARROW if narrow else WIDE, **options)
        contexts.append(context)
        cookies = {"django_language": language}
        if who:
            client = Client()
            client.force_login(people[who].user)
            session = client.session
            session[FACTOR] = people[who].user.pk
            session.save()
            cookies["sessionid"] = client.cookies["sessionid"].value
        context.add_cookies([{"name": k, "value": v, "url": live_server.url} for k, v in cookies.items()])
        page = context.new_page()
        page.problems = []
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.on("console", lambda said: page.problems.append(said.text) if said.type == "error" else None)
        page.on(
            "request",
            lambda asked: (
                None if asked.url.startswith((live_server.url, "data:")) else page.problems.append(asked.url)
            ),
        )
        page.goto(live_server.url + path)
        return page

    yield open_page
    for context in contexts:
        context.close()


def barriers(page) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": TAGS}})
    return [
        f"{item['id']}: {node['target']}" for item in found.response["violations"] for node in item["nodes"]
    ]


def overflow(page) -> int:
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


PUBLIC = [
    "/",
    "/law/YZCR-2021-01016/",
    "/law/YZCR-2021-01016/10/",
    "/follow/",
    "/notices/",
    "/medical/estimate/",
    "/accounts/login/",
]


@pytest.mark.parametrize("narrow", [False, True], ids=["wide", "narrow"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("path", PUBLIC)
def test_public_pages_have_no_barriers(opened, path, language, narrow):
    page = opened(path, language=language, narrow=narrow)
    assert (barriers(page), overflow(page), page.problems) == ([], 0, [])


@pytest.mark.parametrize("narrow", [False, True], ids=["wide", "narrow"])
@pytest.mark.parametrize(
    "path", ["/work/", "/work/lists/done/", "/work/procedures/toy/", "case", "case-print", "take"]
)
def test_the_workbench_has_no_barriers(opened, world, path, narrow):
    _people, case = world
    if path in {"case", "case-print"}:
        path = reverse(path, args=[case.number])
    elif path == "take":
        path = reverse("case-act", args=[case.number, "take"])
    page = opened(path, who="clerk", narrow=narrow)
    assert (barriers(page), overflow(page), page.problems) == ([], 0, [])


def test_large_text_stays_within_the_page(opened):
    page = opened("/", narrow=True)
    page.get_by_role("button", name="大字").click()
    assert page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)") == 20
    assert (barriers(page), overflow(page)) == ([], 0)


def test_an_act_by_mouse_with_its_form_in_the_page(opened, world):
    people, case = world
    perform(case.pk, "take", people["clerk"], {})
    page = opened(reverse("case", args=[case.number]), who="boss")
    page.get_by_role("link", name="Longer").click()
    page.get_by_label("By").fill("3")
    page.get_by_role("button", name="Longer").click()
    page.wait_for_url(f"**{reverse('case', args=[case.number])}")
    page.locator(".timeline").get_by_text("Longer").wait_for()
    assert case.events.filter(act="longer").count() == 1 and page.problems == []


def test_a_refusal_appears_in_the_page_and_reads_out(opened, world):
    people, case = world
    page = opened(reverse("case", args=[case.number]), who="clerk")
    page.locator("#next a.button").first.click()
    page.locator("#act form").wait_for()
    perform(case.pk, "take", people["clerk2"], {})
    page.locator("#act form button.primary").click()
    alert = page.get_by_role("alert")
    alert.wait_for()
    assert "已有他人办理" in alert.inner_text()


def test_everything_works_by_keyboard(opened, world):
    _people, case = world
    page = opened(reverse("case", args=[case.number]), who="clerk")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_without_script_an_act_has_a_page_of_its_own(opened, world):
    _people, case = world
    page = opened(reverse("case", args=[case.number]), who="clerk", java_script_enabled=False)
    page.locator("#next a.button").first.click()
    page.get_by_role("button", name="Take").click()
    assert page.url.endswith(reverse("case", args=[case.number]))
    assert Case.objects.get(pk=case.pk).stage == "checked"


def test_rows_are_added_and_removed_in_a_table_field(opened):
    page = opened("/medical/apply/", who="clerk")
    rows = page.locator("[data-row-list] > [data-row]")
    page.get_by_role("button", name="增加一行").click()
    assert rows.count() == 2
    assert page.locator("[name='settlements-1-setl_id']").count() == 1
    rows.nth(0).get_by_role("button", name="删除本行").click()
    assert rows.count() == 1
    assert page.problems == []


def test_the_code_of_a_receipt_opens_the_case_and_stays_off_the_wire(opened, world):
    _people, case = world
    page = opened(reverse("follow-case", args=[case.number]) + f"#{case.check_code}")
    page.locator(".timeline").wait_for()
    assert case.check_code not in page.url and case.number in page.content()
