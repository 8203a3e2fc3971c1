from __future__ import annotations

import shutil
from datetime import date
from io import BytesIO

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from zhengling.kernel.casework.errors import InvalidData
from zhengling.kernel.casework.procedure import Field
from zhengling.kernel.documents.printing import (
    PersonalNumberInPublic,
    application_form,
    form_answers,
    public_list,
)
from zhengling.kernel.documents.tests.test_typesetting import words

pytestmark = pytest.mark.django_db
needs_reader = pytest.mark.skipif(not shutil.which("pdftotext"), reason="pdftotext is not installed")

LIST = {
    "period": "2022年第一季度",
    "place": "上岭桥镇仁山村",
    "matter": "医疗救助",
    "opens": "2022-04-01",
    "closes": "2022-04-08",
    "workdays": "5",
    "contact": "上岭桥镇人民政府",
    "article": "《永州市医疗救助实施细则》第十四条",
    "rows": [{"number": "1", "name": "王*国", "village": "仁山村", "kind": "三类", "amount": "3,360.00"}],
}


@needs_reader
@pytest.mark.parametrize(("size", "width"), [("a4", 842), ("a3", 1191)])
def test_the_poster_lies_across_and_says_how_long(office, city, size, width) -> None:
    result = public_list(city.township, LIST, size=size, dated=date(2022, 3, 31))
    printed = words(result.pdf)
    for part in (
        "2022年第一季度医疗救助对象公示",
        "王*国",
        "2022年4月1日起至2022年4月8日止，共5个工作日",
        "2022年3月31日",
    ):
        assert part in printed
    page = PdfFileReader(BytesIO(result.pdf)).root["/Pages"]["/Kids"][0]
    assert round(float(page["/MediaBox"][2])) == width


def test_no_personal_number_is_hung_up(office, city) -> None:
    for value in ("431102196001010013", "13800001234"):
        row = {**LIST["rows"][0], "village": value}
        with pytest.raises(PersonalNumberInPublic):
            public_list(city.township, {**LIST, "rows": [row]})


def test_an_incomplete_list_is_refused(office, city) -> None:
    with pytest.raises(InvalidData) as caught:
        public_list(city.township, {**LIST, "closes": ""})
    assert set(caught.value.errors) == {"截止日期"}


@needs_reader
def test_the_filled_form_is_printed_for_signature(office, city) -> None:
    fields = (
        Field("name", "姓名"),
        Field("income", "家庭年收入", "money"),
        Field("day", "入院日期", "date"),
        Field("veteran", "困难退役军人", "flag"),
        Field("bank", "开户银行", "choice", choices=(("b1", "农业银行"),)),
        Field("village", "村", "unit"),
        Field("bills", "费用", "table", columns=(Field("no", "单号"), Field("sum", "金额", "money"))),
        Field("note", "备注"),
    )
    data = {
        "name": "王建国", "income": 2_100_000, "day": date(2022, 2, 1), "veteran": False, "bank": "b1",
        "village": city.village, "bills": [{"no": "A-1", "sum": 550}],
    }  # fmt: skip
    form = application_form(city.township, form_answers(fields, data), "医疗救助", ["本人承诺所填内容真实。"])
    printed = words(form.pdf)
    for part in (
        "医疗救助申请表",
        "王建国",
        "21,000.00元",
        "2022年2月1日",
        "否",
        "农业银行",
        "仁山村",
        "A-15.50元",
        "本人承诺",
        "申请人（或代办人）（签名）",
    ):
        assert part in printed
