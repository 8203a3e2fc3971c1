from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhengling.kernel.documents.wording import (
    Column,
    Placeholder,
    WrongData,
    check_data,
    chinese_date,
    fill,
    fill_line,
    form_blocks,
    problems,
)

NAME = Placeholder("name", "申请人")
AMOUNT = Placeholder("amount", "金额", "money")
DAY = Placeholder("day", "日期", "date", required=False)
REASONS = Placeholder("reasons", "理由", "paragraphs", must_appear=True)
PAPERS = Placeholder(
    "papers", "材料", "table", required=False, columns=(Column("n", "序号", 1), Column("p", "名称"))
)
ALL = (NAME, AMOUNT, DAY, REASONS, PAPERS)
DATA = {"name": "王建国", "amount": 336_000, "reasons": ["一是收入。", "二是财产。"]}


def found(text: str, **options) -> list[tuple[int, str, str]]:
    return [(p.line, p.code, p.word) for p in problems(text, ALL, **options)]


def test_faults_are_told_by_line() -> None:
    text = "{{理由}}\n你好，{{申清人}}：\n金额{{金额|小写}}\n{{申请人|大写}}\n材料{{材料}}\n{{申请人"
    assert found(text) == [
        (2, "unknown", "申清人"),
        (3, "unknown_form", "小写"),
        (4, "no_capitals", "申请人"),
        (5, "not_alone", "材料"),
        (6, "unclosed", "{{申请人"),
    ]


def test_what_the_law_asks_for_must_appear() -> None:
    assert found("{{申请人}}") == [(0, "missing", "理由")]


def test_titles_take_no_tables_and_only_forms_take_boxes() -> None:
    assert found("{{材料}}", inline=True) == [(1, "no_table_here", "材料")]
    assert found("{{理由}}\n单位｜{{申请人}}") == [(2, "no_boxes", "｜")]
    assert found("{{理由}}\n单位｜{{申请人}}", boxes=True) == []


def test_values_stand_where_the_office_wrote_them() -> None:
    blocks = fill("{{申请人}}，金额{{金额}}（{{金额|大写}}）。\n{{理由}}\n{{材料}}\n{{日期}}\n", ALL, DATA)
    assert [block["text"] for block in blocks] == [
        "王建国，金额3,360.00元（人民币叁仟叁佰陆拾元整）。",
        "一是收入。",
        "二是财产。",
    ]


def test_lines_of_optional_values_fall_out_only_when_they_stand_alone() -> None:
    assert fill("{{日期}}", (DAY,), {}) == []
    assert fill("至{{日期}}止", (DAY,), {})[0]["text"] == "至止"


def test_headings_of_the_national_layout() -> None:
    first, second, third, plain = fill("一、公示对象\n（一）范围。按村列表。\n（二）时间\n1.要求", (), {})
    assert (first["level"], first["lead"], first["text"]) == (1, "一、公示对象", "")
    assert (second["level"], second["lead"], second["text"]) == (2, "（一）范围。", "按村列表。")
    assert (third["level"], third["lead"], third["text"]) == (2, "（二）时间", "")
    assert plain["level"] == 0


def test_a_table_has_the_declared_columns() -> None:
    (table,) = fill("{{材料}}", ALL, {"papers": [{"n": 1, "p": "身份证"}, {"p": "病历"}]})
    assert [column["label"] for column in table["columns"]] == ["序号", "名称"]
    assert table["rows"] == [["1", "身份证"], ["", "病历"]]


@given(st.text())
def test_a_value_is_put_in_once_and_stays_what_it_is(value: str) -> None:
    """Whatever somebody is called, it is printed; no braces of his are read again."""
    value += "{{金额}}{{申请人}}"
    printed = fill_line("【{{申请人}}】", (NAME, AMOUNT), {"name": value, "amount": 100})
    assert printed.endswith("{{金额}}{{申请人}}】")
    assert "1.00" not in printed.replace(value, "")


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"name": ""}, "name"),
        ({"amount": "336000"}, "amount"),
        ({"amount": True}, "amount"),
        ({"day": "2022-02-30"}, "day"),
        ({"reasons": [1]}, "reasons"),
        ({"papers": [{"x": 1}]}, "papers"),
        ({"surname": "王"}, "surname"),
    ],
)
def test_missing_misshapen_and_unknown_values_are_refused(change, wrong) -> None:
    check_data(ALL, DATA)
    with pytest.raises(WrongData) as caught:
        check_data(ALL, {**DATA, **change})
    assert caught.value.names == [wrong]


def test_dates_have_no_leading_zeros() -> None:
    assert chinese_date("2022-02-09") == "2022年2月9日"


def test_short_answers_share_a_row_and_tables_keep_their_place() -> None:
    answers = [
        {"label": "姓名", "value": "王建国"},
        {"label": "电话", "value": "138"},
        {"label": "村", "value": "某某村"},
        {"label": "住址", "value": "永州市冷水滩区上岭桥镇仁山村第三组十二号"},
        {"label": "费用", "columns": ["医院", "金额"], "rows": [["市医院", "1"]]},
    ]
    blocks = form_blocks(answers)
    assert [[cell["label"] for cell in b["cells"]] for b in blocks if b["kind"] == "boxes"] == [
        ["姓名", "电话"],
        ["村"],
        ["住址"],
    ]
    assert blocks[-1]["rows"] == [["市医院", "1"]]
