"""The pages of returns, and the Excel file of the office."""

from __future__ import annotations

import io
from datetime import date

import pytest
from openpyxl import load_workbook

from zhengling.kernel.returns import operations
from zhengling.kernel.returns.exports import workbook
from zhengling.kernel.returns.models import Return
from zhengling.kernel.returns.periods import Period
from zhengling.kernel.returns.tests.conftest import PERIOD, the_return

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def opened(form, city):
    operations.open_period("small", Period.parse(PERIOD))
    return city


def url(row: Return, tail: str = "") -> str:
    return f"/returns/{row.pk}/{tail}"


def test_a_return_goes_from_the_township_to_the_county_on_pages(
    opened, makers, deciders, signed_in, make_case
):
    city = opened
    make_case(city.village, date(2022, 1, 5), date(2022, 2, 1))
    row = the_return(city.township)
    clerk, reviewer = signed_in(makers["township"]), signed_in(deciders["county"])
    assert "上岭桥镇" in clerk.get("/returns/").content.decode()
    assert clerk.post(url(row, "compute/"), {"revision": row.revision}).status_code == 302
    assert (
        clerk.post(url(row, "compute/"), {"revision": row.revision}).status_code == 409
    )  # seen an older one
    assert clerk.post(url(row, "save/"), {"t.a.visits": "1,5"}).status_code == 409
    assert clerk.post(url(row, "save/"), {"t.a.visits": "15"}).status_code == 302
    assert clerk.post(url(row, "accept/")).status_code == 409  # not handed in yet
    assert clerk.post(url(row, "submit/")).status_code == 302
    assert clerk.post(url(row, "accept/")).status_code == 403
    assert reviewer.post(url(row, "send_back/"), {"reason": ""}).status_code == 409
    assert reviewer.post(url(row, "accept/")).status_code == 302
    corrected = clerk.post(url(row, "correct/"), {"reason": "漏报"})
    assert corrected.headers["Location"] == url(the_return(city.township))
    assert the_return(city.township).correction == 1


def test_a_contradiction_is_shown_where_it_stands(opened, makers, signed_in, make_case):
    make_case(opened.village, date(2021, 12, 1), date(2022, 1, 5))
    row = operations.compute(the_return(opened.township).pk, makers["township"])
    operations.type_in(row.pk, {"t.a.visits": 0}, makers["township"])
    client = signed_in(makers["township"])
    response = client.post(url(row, "submit/"))
    assert response.status_code == 422
    assert "办结多于收到" in response.content.decode()


def test_who_reads_what(opened, makers, officer, signed_in):
    city = opened
    township, county = the_return(city.township), the_return(city.county)
    readers = {
        township: [makers["township"], makers["county"], makers["city"], officer("supervisor", city.city)],
        county: [makers["county"], makers["city"], officer("auditor", city.county)],
    }
    kept_out = {
        township: [makers["other_township"], makers["other_county"], officer("clerk", city.county_civil)],
        county: [makers["township"], makers["other_county"], officer("reviewer", city.county_finance)],
    }
    for row, actors in readers.items():
        for actor in actors:
            client = signed_in(actor)
            for tail in ("", "excel/", "cells/t.a.opened/"):
                assert client.get(url(row, tail)).status_code == 200, (actor.name, row)
    for row, actors in kept_out.items():
        for actor in actors:
            client = signed_in(actor)
            for tail in ("", "excel/", "cells/t.a.opened/"):
                assert client.get(url(row, tail)).status_code == 404, (actor.name, row)
            assert client.post(url(row, "compute/")).status_code == 404


@pytest.mark.parametrize("role", ["cadre", "cashier", "system_admin", "account_admin"])
def test_other_roles_have_no_returns(opened, officer, signed_in, role):
    client = signed_in(officer(role, opened.township))
    assert client.get("/returns/").status_code == 403
    assert client.get(url(the_return(opened.township))).status_code == 403


def test_supervisors_do_not_act(opened, officer, signed_in):
    row = the_return(opened.township)
    client = signed_in(officer("supervisor", opened.city))
    assert client.post(url(row, "compute/")).status_code == 403


def test_a_cell_opens_its_cases_only_for_whoever_may_see_them(opened, makers, signed_in, make_case):
    city = opened
    case = make_case(city.village, date(2022, 1, 5))
    operations.compute(the_return(city.township).pk, makers["township"])
    from zhengling.kernel.casework.models import Case

    number = Case.objects.get(pk=case).number
    row = the_return(city.township)
    county = signed_in(makers["county"]).get(url(row, "cells/t.all.opened/")).content.decode()
    assert number in county
    township = signed_in(makers["township"]).get(url(row, "cells/t.all.opened/")).content.decode()
    assert number not in township  # the township takes no part in this case
    assert signed_in(makers["county"]).get(url(row, "cells/t.z.opened/")).status_code == 404


def test_lists_and_filters(opened, makers, signed_in):
    client = signed_in(makers["city"])
    for query in (
        "",
        "?tab=all",
        "?tab=all&period=2022Q1&state=draft&words=祁阳",
        "?tab=nonsense",
        "?tab=decide",
    ):
        assert client.get(f"/returns/{query}").status_code == 200
    assert "上岭桥镇" in client.get("/returns/?tab=all&words=上岭桥").content.decode()
    assert "上岭桥镇" not in client.get("/returns/?tab=all&words=水口山").content.decode()


def test_unknown_acts_and_cells(opened, makers, signed_in):
    row = the_return(opened.township)
    client = signed_in(makers["township"])
    assert client.post(url(row, "burn/")).status_code == 404
    assert client.get(url(row, "compute/")).status_code == 405


def test_the_excel_file_has_the_offices_layout(opened, makers, deciders, make_case):
    """Heading, unit, period and number; merged groups; numbers as numbers; signatures; A4 across."""
    city = opened
    make_case(city.village, date(2022, 1, 5), date(2022, 2, 1))
    make_case(city.village, date(2022, 1, 6))
    row = operations.compute(the_return(city.township).pk, makers["township"])
    operations.type_in(row.pk, {"t.a.visits": 1234}, makers["township"])
    row = operations.submit(row.pk, makers["township"], note="=1+1")
    sheet = load_workbook(io.BytesIO(workbook(row))).active
    rows = [[cell.value for cell in line] for line in sheet.iter_rows()]
    assert rows[0][0] == "试填表"
    assert rows[1][0].endswith("上岭桥镇")
    assert "2022年第一季度" in rows[1][1]
    assert rows[3][1:] == ["收到", "办结", "走访", "办结率"]
    assert rows[4] == ["甲", 2, 1, 1234, 0.5]
    assert rows[5] == ["乙", 0, 0, "—", None]
    assert rows[6] == ["合计", 2, 1, 1234, 0.5]
    assert sheet["E5"].number_format == "0.00%"
    assert sheet["D5"].number_format == "#,##0"
    note = next(line[0] for line in rows if line[0] and "=1+1" in str(line[0]))
    assert not note.startswith("=")
    assert any("township" in str(cell) or makers["township"].name in str(cell) for cell in rows[-1])
    assert "A1:E1" in [str(merged) for merged in sheet.merged_cells.ranges]
    assert (sheet.page_setup.orientation, int(sheet.page_setup.paperSize)) == ("landscape", 9)


def test_the_countys_file_has_its_units_on_a_second_sheet(opened, makers, deciders):
    city = opened
    operations.compute(the_return(city.township).pk, makers["township"])
    county = the_return(city.county)
    book = load_workbook(io.BytesIO(workbook(county, [the_return(city.township)])))
    assert [cell.value for cell in book.worksheets[1]["A"]][1:] == ["上岭桥镇"]


def test_the_citys_own_form_is_shown_and_exported(city, makers, signed_in, frozen, settings):
    from zhengling.kernel.returns.loading import load_forms

    frozen.at(date(2022, 4, 2))
    load_forms(settings.CITY / "returns")
    operations.open_period("medical_assistance", Period.parse(PERIOD))
    row = the_return(city.township)
    client = signed_in(makers["township"])
    assert client.get(url(row)).status_code == 200
    sheet = load_workbook(io.BytesIO(client.get(url(row, "excel/")).content)).active
    assert sheet["A1"].value == "医疗救助情况季报表"
    assert int(sheet.page_setup.paperSize) == 8
    assert "B5:D5" in [str(merged) for merged in sheet.merged_cells.ranges]
