"""PDFs are read back: their text by pdftotext where it is installed, their structure by the library otherwise."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from datetime import date
from io import BytesIO

import pytest
from docx import Document

from zhengling.kernel.documents import fonts, kinds
from zhengling.kernel.documents.compose import Head, Wording, compose
from zhengling.kernel.documents.docx import write_docx
from zhengling.kernel.documents.typesetting import personal_numbers, pictures, typeset
from zhengling.kernel.documents.wording import sample_data

DAY = date(2022, 3, 28)
HOSTILE = (
    '#panic("x") *粗* _斜_ $x^2$ `码` <标> @引 \\u{1} [括] // 注 /* 注 */ {{金额}} </w:t><w:br/> &amp; "引"'
)
needs_reader = pytest.mark.skipif(not shutil.which("pdftotext"), reason="pdftotext is not installed")


def words(pdf: bytes) -> str:
    done = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True)
    return "".join(done.stdout.decode().split())


def content(**changes):
    return {
        "title": "关于公示工作的通知",
        "organ": "冷水滩区医疗保障局",
        "mark": "冷水滩区医疗保障局文件",
        "number": "冷医保发〔2022〕1号",
        "date": "2022年3月28日",
        "recipient": "各镇人民政府",
        "copies": "区民政局",
        "printer": "冷水滩区医疗保障局办公室",
        "printed_on": "2022年3月28日",
        "blocks": [{"kind": "paragraph", "level": 0, "lead": "", "text": "请认真组织实施。"}],
        "foot": [],
        **changes,
    }


def body(text: str) -> list[dict]:
    return [{"kind": "paragraph", "level": 0, "lead": "", "text": text}]


@needs_reader
def test_the_letter_has_every_part_in_order() -> None:
    printed = words(typeset("official", content(), DAY, system_fonts=False).pdf)
    parts = [
        "冷水滩区医疗保障局文件",
        "冷医保发〔2022〕1号",
        "关于公示工作的通知",
        "各镇人民政府：",
        "请认真组织实施。",
        "冷水滩区医疗保障局2022年3月28日",
        "抄送：区民政局。",
        "冷水滩区医疗保障局办公室2022年3月28日印发",
        "—1—",
    ]
    positions = [printed.find(part) for part in parts]
    assert -1 not in positions
    assert positions == sorted(positions)


@needs_reader
def test_hostile_text_is_printed_and_never_executed() -> None:
    row = {"kind": "table", "columns": [{"label": HOSTILE, "width": 1, "align": "left"}], "rows": [[HOSTILE]]}
    hostile = content(title=HOSTILE, recipient=HOSTILE, organ=HOSTILE, blocks=[*body(HOSTILE), row])
    printed = words(typeset("official", hostile, DAY, system_fonts=False).pdf)
    assert printed.count("".join(HOSTILE.split())) == 6


def test_twenty_two_lines_of_twenty_eight_characters() -> None:
    """GB/T 9704-2012, 5.2.3: what fills exactly one page more than the head leaves room for."""
    plain = content(mark="", number="", title="", recipient="", copies="", printer="")
    one = typeset("official", {**plain, "blocks": body("文" * 26 + "文" * 28 * 40)}, DAY, system_fonts=False)
    # 41 lines, the signature and its two blank lines; the head takes 35 mm and more of page 1.
    assert one.pages == 3


def test_the_place_of_the_seal_is_where_the_signature_stands() -> None:
    short = typeset("official", content(), DAY, system_fonts=False)
    assert short.seal.page == 1
    # Right of the middle, inside the type area (28 to 184 mm across, 37 to 262 mm down).
    assert 105 < short.seal.x < 184
    assert 150 < short.seal.y < 262
    long = typeset("official", content(blocks=body("文" * 28 * 30)), DAY, system_fonts=False)
    assert long.seal.page == long.pages


def test_the_file_is_pdf_a() -> None:
    pdf = typeset("official", content(), DAY, system_fonts=False).pdf
    assert b"<pdfaid:part>2</pdfaid:part>" in pdf
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in pdf
    assert b"/OutputIntent" in pdf


def test_what_stands_in_for_missing_fonts_is_said() -> None:
    result = typeset("official", content(), DAY, system_fonts=False)
    assert {use.wanted for use in result.substituted} == {"仿宋", "小标宋", "楷体", "黑体", "宋体"}
    assert {use.used for use in result.fonts} == {fonts.FALLBACK}


def test_the_standards_fonts_are_taken_when_they_are_there() -> None:
    found = {"FangSong_GB2312", "方正小标宋简体", "KaiTi", fonts.FALLBACK}
    assert fonts.choose("fang", found) == fonts.FontUse("fang", "仿宋", "FangSong_GB2312", False)
    assert fonts.choose("title", found).used == "方正小标宋简体"
    assert fonts.choose("hei", found) == fonts.FontUse("hei", "黑体", fonts.FALLBACK, True)
    # A Song face is no 小标宋, but nearer to it than a sans, and said to be a substitute.
    assert fonts.choose("title", {"Noto Serif CJK SC"}) == fonts.FontUse(
        "title", "小标宋", "Noto Serif CJK SC", True
    )


@pytest.mark.django_db
@pytest.mark.parametrize("kind", kinds.every(), ids=lambda kind: kind.name)
def test_every_kind_is_typeset_and_written_as_docx(kind, city) -> None:
    lines = [f"{{{{{p.word}}}}}" for p in kind.placeholders if p.kind not in ("code",)]
    page = compose(
        kind,
        Wording("标题", "\n".join(lines)),
        sample_data(kind.placeholders),
        Head(city.township, dated=DAY),
    )
    assert typeset(kind.layout, page, DAY, system_fonts=False, draft="草 稿").pages >= 1
    assert pictures(kind.layout, page, DAY)[0].startswith(b"\x89PNG")
    if kind.layout not in ("poster", "register"):
        text = "".join(
            paragraph.text for paragraph in Document(BytesIO(write_docx(kind.layout, page))).paragraphs
        )
        assert "上岭桥镇" in text


def test_docx_keeps_hostile_text_as_text_and_the_standards_measures() -> None:
    data = write_docx("official", content(blocks=body(HOSTILE)))
    document = Document(BytesIO(data))
    assert HOSTILE in [paragraph.text for paragraph in document.paragraphs]
    section = document.sections[0]
    assert [round(x.mm) for x in (section.page_width, section.top_margin, section.left_margin)] == [
        210,
        37,
        28,
    ]
    with zipfile.ZipFile(BytesIO(data)) as package:
        assert "仿宋_GB2312" in package.read("word/document.xml").decode()


def test_a_list_for_the_board_is_searched_for_personal_numbers() -> None:
    assert personal_numbers([{"name": "王*国", "id": "11010519491231002X"}]) == ["11010519491231002X"]
    assert personal_numbers(["电话13800001234"]) == ["13800001234"]
    assert personal_numbers(["3,360.00", "电话0746-8888888", "2022年第一季度"]) == []
