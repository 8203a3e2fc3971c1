"""The pages: bring a file, look at its report, take it over, settle what differs; and who sees what."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from conftest import City, Officer
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.exchange import awaiting, operations
from zhengling.kernel.exchange.models import Difference, Exchange
from zhengling.kernel.exchange.tests.toy import csv

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

SET = "/exchange/sets/test.list/"
SignIn = Callable[[Actor], Client]


@pytest.fixture
def reviewer(officer: Officer, city: City) -> Actor:
    return officer("reviewer", city.county_mib)


def bring(client: Client, *lines: str, period: str = "2022-03") -> Exchange:
    response = client.post(
        f"{SET}upload/",
        {"unit": "431103", "period": period, "file": SimpleUploadedFile("list.csv", csv(*lines))},
    )
    assert response.status_code == 302, response.content.decode()
    return Exchange.objects.get(pk=response.headers["Location"].split("/")[-2])


def test_from_the_file_to_the_settled_difference(reviewer: Actor, signed_in: SignIn) -> None:
    client = signed_in(reviewer)
    exchange = bring(client, "1,2022-03-01,5,", "2,2022-03-01,1.234,")
    page = f"/exchange/files/{exchange.pk}/"
    report = client.get(page).content.decode()
    assert "1.234" in report and "尚未入库" in report
    rows = list(load_workbook(BytesIO(client.get(f"{page}problems.xlsx").content)).active.values)
    assert rows[1][:2] == (3, "金额")
    client.post(f"{page}take-over/")
    assert "hx-get" in client.get(page).content.decode()
    operations.work_off()
    assert client.get(f"{page}state/").headers["HX-Refresh"] == "true"
    listed = client.get(f"{SET}differences/").content.decode()
    difference = Difference.objects.get()
    assert str(difference.pk) in listed and "￥5.00" in listed
    chosen = {"difference": str(difference.pk), "outcome": "ignored", "reason": "同名"}
    assert 'name="outcome"' in client.post(f"{SET}decide/", chosen | {"step": "choose"}).content.decode()
    client.post(f"{SET}decide/", chosen | {"step": "check"})
    difference.refresh_from_db()
    assert difference.state == "open"
    client.post(f"{SET}decide/", chosen | {"step": "confirm"})
    difference.refresh_from_db()
    assert (difference.state, difference.outcome, difference.reason) == ("decided", "ignored", "同名")


def test_many_at_once_are_looked_through_first(reviewer: Actor, signed_in: SignIn) -> None:
    client = signed_in(reviewer)
    operations.take_over(reviewer, bring(client, "1,2022-03-01,5,", "2,2022-03-01,5,").pk)
    operations.work_off()
    first, second = Difference.objects.order_by("matter")
    operations.decide(reviewer, first.pk, "ignored", "erledigt")
    both = {"difference": [str(first.pk), str(second.pk)], "outcome": "from", "on": "2022-03-05"}
    checked = client.post(f"{SET}decide/", both | {"step": "check"}).content.decode()
    assert "不能处理" in checked and checked.count('name="difference"') == 1
    client.post(f"{SET}decide/", both | {"step": "confirm"})
    second.refresh_from_db()
    assert (second.state, second.on.isoformat()) == ("decided", "2022-03-05")


def test_the_list_goes_to_excel_with_its_totals(reviewer: Actor, signed_in: SignIn) -> None:
    client = signed_in(reviewer)
    operations.take_over(reviewer, bring(client, "1,2022-03-01,5,", "2,2022-03-01,7.50,").pk)
    operations.work_off()
    content = client.get(f"{SET}differences/?format=xlsx").content
    last = list(load_workbook(BytesIO(content)).active.values)[-1]
    assert (last[4], float(last[6])) == (2, 12.5)


def test_the_template_can_be_filled_in_and_brought(reviewer: Actor, signed_in: SignIn) -> None:
    client = signed_in(reviewer)
    book = load_workbook(BytesIO(client.get(f"{SET}template.xlsx").content))
    for number, value in enumerate(("1", "2022-03-01", "5.00", "甲"), start=1):
        book.worksheets[0].cell(2, number, value)
    out = BytesIO()
    book.save(out)
    file = SimpleUploadedFile("list.xlsx", out.getvalue())
    client.post(f"{SET}upload/", {"unit": "431103", "period": "2022-03", "file": file})
    assert (Exchange.objects.get().rows, Exchange.objects.get().bad_rows) == (1, 0)


def test_an_unusable_file_is_refused_with_the_columns_named(reviewer: Actor, signed_in: SignIn) -> None:
    file = SimpleUploadedFile("list.csv", csv("1,2", heading="编号,日期"))
    response = signed_in(reviewer).post(
        f"{SET}upload/", {"unit": "431103", "period": "2022-03", "file": file}
    )
    assert response.status_code == 422 and "金额" in response.content.decode()


def test_a_file_given_up_is_gone(reviewer: Actor, signed_in: SignIn) -> None:
    client = signed_in(reviewer)
    exchange = bring(client, "1,2022-03-01,5,")
    client.post(f"/exchange/files/{exchange.pk}/drop/")
    assert client.post(f"/exchange/files/{exchange.pk}/take-over/").status_code == 409
    exchange.refresh_from_db()
    assert (exchange.state, exchange.blob) == ("dropped", "")


READ = [
    ("reviewer", "county_mib", True),
    ("reviewer", "city_mib", True),
    ("supervisor", "city", True),
    ("supervisor", "county", True),
    ("auditor", "county_finance", True),
    ("reviewer", "county_finance", False),
    ("clerk", "county_mib", False),
    ("reviewer", "other_county_mib", False),
    ("supervisor", "other_county", False),
    ("cadre", "village", False),
]


@pytest.mark.parametrize(("role", "place", "may"), READ)
def test_files_and_differences_are_read_by_the_office_and_its_supervisors(
    role: str, place: str, may: bool, reviewer: Actor, officer: Officer, city: City, signed_in: SignIn
) -> None:
    exchange = bring(signed_in(reviewer), "1,2022-03-01,5,")
    operations.take_over(reviewer, exchange.pk)
    operations.work_off()
    difference = Difference.objects.get()
    client = signed_in(officer(role, city.units[place]))
    for url in (f"/exchange/files/{exchange.pk}/", f"/exchange/differences/{difference.pk}/"):
        assert client.get(url).status_code == (200 if may else 404), url
    rights = client.get(f"{SET}differences/")
    assert (rights.status_code == 200 and str(difference.pk) in rights.content.decode()) == may
    # Reading is not writing: only the county's own reviewer brings files and settles differences.
    writes = role == "reviewer" and place == "county_mib"
    sent = {"difference": str(difference.pk), "outcome": "ignored", "reason": "x", "step": "confirm"}
    client.post(f"{SET}decide/", sent)
    difference.refresh_from_db()
    assert (difference.state == "decided") == writes


def test_who_is_late_stands_on_the_overview_and_the_morning_page(
    reviewer: Actor, officer: Officer, city: City, signed_in: SignIn
) -> None:
    awaiting.expect()
    for actor, counties in ((reviewer, 1), (officer("supervisor", city.city), 2)):
        client = signed_in(actor)
        assert "逾期" in client.get("/exchange/").content.decode()
        late = client.get("/exchange/awaited/").content.decode()
        # January and February have passed.
        assert late.count("2022-02") == counties and late.count("2022-01") == counties
        assert "逾期未报文件" in client.get("/supervision/today/").content.decode()
