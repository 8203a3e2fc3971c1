"""Taking a gazette apart and matching it, on texts of our own that break as scanned ones do."""

from __future__ import annotations

from pathlib import Path

import pytest

from zhengling.kernel.law.citations import Unit
from zhengling.kernel.law.gazette_matching import Report, match
from zhengling.kernel.law.gazette_text import UnreadableGazette, is_heading, parse, read, sentences, tidy
from zhengling.kernel.law.reading import read_city
from zhengling.kernel.law.tests import small_law

GAZETTE = """
永 州 市 人 民 政 府 公 报

- 永州市人民政府关于印发《植树方案》的通知
(永政发〔2020〕2号 YZCR-2020-00002) (2)

永州市人民政府 关于印发《植树方案》的通知

永政发[2020]2号

YZCR-2020-00002

各县市区人民政府：
现将《植树方案》印发给你们。

永州市人民政府

2020年3月1日

植树方案

为了让城里多些绿荫(尤其

市政府文件

是河边),根据上级精神,制定本方案。

一、植树目标

今年沿河栽下树苗100棵。明年

再栽同样多的树苗。

二、主要措施

(一) 选好地方

在河岸平缓处栽种，避开堤脚。

1.选好树种。以樟树为主，
2021年起可搭配柳树。

（责任单位：市林业局）

永州市林业局解读 《植树方案》

一、为什么要种树

夏天太热。

永州市人民政府办公室
关于印发《路灯管理办法》的通知

永政办发〔2020〕1号

YZCR-2020-01001

各县市区人民政府：
《路灯管理办法》已经市人民政府同意，现印发给你们。

永州市人民政府办公室

2020年1月2日

路灯管理办法

第一章 总 则

第一条 为管好路灯，依据上级

办法制定本办法。

第二条 点灯工作分为两项：
（一）日落后及时开灯；

4

（二）坏灯应当在3日内修好。

第二章 附 则

第三条 本办法自2020年2月1日起施行。
"""


@pytest.fixture
def report(tmp_path: Path) -> Report:
    city = read_city(small_law.write(tmp_path))
    return match(parse(GAZETTE, city.series), city)


def words(report: Report, instrument: str) -> dict[str, str]:
    return {item.provision: item.wording for item in report.matched if item.instrument == instrument}


def test_documents_are_cut_at_their_numbers_and_explanations_split_off() -> None:
    plan, rules = parse(GAZETTE, {"永政发", "永政办发"})
    assert (plan.number, rules.number) == ("永政发〔2020〕2号", "永政办发〔2020〕1号")
    assert "夏天太热" in plan.explanation
    assert plan.notice.endswith("2020年3月1日")
    assert rules.chapters == {1: "总则", 2: "附则"}
    assert [(node.unit, node.number, node.chapter) for node in rules.root.children] == [
        (Unit.ARTICLE, 1, 1),
        (Unit.ARTICLE, 2, 1),
        (Unit.ARTICLE, 3, 2),
    ]


def test_articles_and_points_get_their_words(report: Report) -> None:
    assert words(report, "YZCR-2020-01001") == {
        "1": "为管好路灯，依据上级办法制定本办法。",
        "2": "点灯工作分为两项：",
        "2(1)": "日落后及时开灯；",
        "2(2)": "坏灯应当在3日内修好。",
        "3": "本办法自2020年2月1日起施行。",
    }


def test_a_plan_gets_its_words_sentence_by_sentence(report: Report) -> None:
    assert words(report, "YZCR-2020-00002") == {
        "序言": "为了让城里多些绿荫（尤其是河边），根据上级精神，制定本方案。",
        "一.1": "今年沿河栽下树苗100棵。",
        "一.2": "明年再栽同样多的树苗。",
        "二(一)": "选好地方\n在河岸平缓处栽种，避开堤脚。\n（责任单位：市林业局）",
        "二(一)1": "选好树种。以樟树为主，2021年起可搭配柳树。",
        "二(一):2": "（责任单位：市林业局）",
    }
    assert (report.missing, report.unplaced, report.problems) == ([], [], [])


def test_what_cannot_be_matched_is_said(tmp_path: Path) -> None:
    city = read_city(small_law.write(tmp_path))
    text = GAZETTE.replace("第二条", "第二条之").replace("再栽同样多的树苗。", "再栽。后年也栽。")
    text += "\n（一）第三条下没有这一项。\n\n永政办发〔2020〕9号\n\n别的文件。\n"
    report = match(parse(text, city.series), city)
    assert "YZCR-2020-01001/2(1)" in report.missing
    assert any("没有这一项" in item for item in report.unplaced)
    assert any("3 sentences printed, 2 in the map" in item for item in report.problems)
    assert any("永政办发〔2020〕9号" in item for item in report.problems)


def test_figures_at_the_beginning_of_a_line_are_no_headings() -> None:
    (document,) = parse("一、目标\n投入\n2.5万元，\n12345热线受理。\n（三）\n项除外。\n二、措施\n照办。")
    assert [node.number for node in document.root.children] == [1, 2]
    assert document.root.children[0].children == []


def test_one_lost_number_does_not_swallow_the_rest() -> None:
    (document,) = parse("第一条 甲。\n第三条 丙。\n第四条 丁。")
    assert [node.number for node in document.root.children] == [1, 3, 4]


def test_annex_lists_stand_apart_and_tables_keep_their_rows() -> None:
    (document,) = parse(
        "一、任务\n照办。\n附件：清单\n附件\n清单\n一、并入\n序号\t号码\n1\t12300\n二、保留\n1\t12348"
    )
    assert [(node.unit, node.number) for node in document.root.children] == [
        (Unit.PART, 1),
        (Unit.ANNEX, 1),
        (Unit.ANNEX, 2),
    ]
    assert document.root.children[1].paragraphs == ["序号\t号码", "1\t12300"]


@pytest.mark.parametrize(
    ("scanned", "printed"),
    [
        ("自 2022 年 1 月起,照办;", "自2022年1月起，照办；"),
        ("小(1)型水库", "小（1）型水库"),
        ("(责任单位:市水利局)", "（责任单位：市水利局）"),
        ("(湘M)LK20210020号", "（湘M）LK20210020号"),
        ("Model (A), part 2", "Model (A), part 2"),
    ],
)
def test_scanned_punctuation_is_put_right(scanned: str, printed: str) -> None:
    assert tidy(scanned) == printed


def test_sentences_keep_a_closing_bracket() -> None:
    assert sentences("以樟树为主。可配柳树。（责任单位：林业局）") == [
        "以樟树为主。",
        "可配柳树。（责任单位：林业局）",
    ]
    assert sentences("没有句号") == ["没有句号"]


@pytest.mark.parametrize(
    ("sentence", "heading"),
    [("安排部署。", True), ("以樟树为主，柳树为辅。", False), ("沿河两岸" * 8 + "。", False)],
)
def test_what_may_be_a_heading(sentence: str, heading: bool) -> None:
    assert is_heading(sentence) is heading


def test_files_are_read_in_both_encodings_and_nothing_else(tmp_path: Path) -> None:
    for encoding in ("utf-8", "utf-8-sig", "gb18030"):
        path = tmp_path / encoding
        path.write_bytes("第一条 路灯。".encode(encoding))
        assert read(path) == "第一条 路灯。"
    (tmp_path / "bytes").write_bytes(b"\x00\xff\xfe\x00" * 9)
    for name, message in (("bytes", "not a text file"), ("nowhere", "no such file")):
        with pytest.raises(UnreadableGazette, match=message):
            read(tmp_path / name)
