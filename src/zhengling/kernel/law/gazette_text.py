"""The plain text of a gazette issue, taken apart: documents, chapters, articles and points, or the headings
of a plan.

The text comes from scanning: lines break anywhere, brackets are full or half width, page headers stand
between lines, and a department's explanation (解读) follows each document. A number is believed only where
it continues its row, so that a figure at the beginning of a line is no heading. Pure: text in, values out.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from zhengling.kernel.law.citations import Unit
from zhengling.kernel.law.numerals import CHARACTERS, from_chinese

LARGEST = 20_000_000  # bytes; a year of gazettes is smaller


class UnreadableGazette(ValueError):
    """The file is no plain text of a gazette; the message says why and what to do."""


@dataclass
class Node:
    """A numbered place in the print with its own paragraphs (款、段), without what is numbered below it."""

    unit: Unit | None
    number: int
    chapter: int = 0
    heading: str = ""
    paragraphs: list[str] = field(default_factory=list)
    children: list[Node] = field(default_factory=list)

    def last(self) -> Node:
        """The node that the print ends with below this one."""
        return self.children[-1].last() if self.children else self


@dataclass
class PrintedDocument:
    """One document of the issue. `root.paragraphs` is what stands before the first number."""

    number: str
    notice: str
    root: Node
    chapters: dict[int, str]
    explanation: str


_CN = f"[{CHARACTERS}]+"
_ARTICLE = re.compile(rf"第({_CN})条(?![之款第规的所、和至])[\s:]*(.*)")
_CHAPTER = re.compile(rf"第({_CN})章\s*(.*)")
_PART = re.compile(rf"({_CN})、\s*(.*)")
_SECTION = re.compile(rf"\(({_CN})\)\s*(.*)")
_ITEM = re.compile(r"(\d{1,2})\.(?!\d)\s*(.*)")
_SUBITEM = re.compile(r"\((\d{1,2})\)\s*(.*)")
_ARTICLES = ((Unit.ARTICLE, _ARTICLE), (Unit.POINT, _SECTION), (Unit.SUBPOINT, _ITEM))
_PLAN = ((Unit.PART, _PART), (Unit.SECTION, _SECTION), (Unit.ITEM, _ITEM), (Unit.SUBITEM, _SUBITEM))
_ANNEX = ((Unit.ANNEX, _PART), (Unit.SECTION, _SECTION), (Unit.ITEM, _ITEM))

# Levels whose line may be a heading only; the points of articles never are.
_HEADED = frozenset({Unit.PART, Unit.ANNEX, Unit.SECTION, Unit.ITEM})

_NUMBER = re.compile(r"([\u4e00-\u9fff]{2,10})〔(\d{4})〕\s?(\d+)号")
_REGISTERED = re.compile(r"[A-Z]+-\d{4}-\d+")
_DATE = re.compile(r"\d{4}年\d{1,2}月\d{1,2}日")
_TITLE = re.compile(r".*(人民政府|办公室|国务院).*关于|.*(人民政府|办公室)")
_PAGE_FURNITURE = re.compile(
    r"(市|县|省)?(委|政府)(办|办公室)?文件|人事任免|-?\s*\d{1,3}\s*-?|(\S ){6,}\S|(\S ){3,}公 报"
)
_ENDS = "。；：:;！？"
_WIDTHS = str.maketrans("（）．［］", "().[]", "\u200b\ufeff")


def read(path: Path) -> str:
    """The text of a file in UTF-8 or GB 18030. Raises UnreadableGazette."""
    if not path.is_file():
        raise UnreadableGazette(f"{path}: no such file")
    if path.stat().st_size > LARGEST:
        raise UnreadableGazette(f"{path}: larger than {LARGEST:,} bytes; give one issue at a time")
    content = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise UnreadableGazette(f"{path}: not a text file in UTF-8 or GB 18030; save the gazette as plain text")


def source_digest(text: str) -> str:
    """SHA-256 of the text, by which an imported wording names its source."""
    return hashlib.sha256(text.encode()).hexdigest()


def parse(text: str, series: Collection[str] = ()) -> list[PrintedDocument]:
    """The documents of the text in their order; without any document number, the whole text as one.

    `series` (永政发, 永政办发 …) keeps numbers of other bodies, quoted on a line of their own, from being
    taken for the head of a document.
    """
    lines = _clean(text)
    heads = [
        (index, found)
        for index, line in enumerate(lines)
        if (found := _NUMBER.fullmatch(line)) and (not series or found[1] in series)
    ]
    if not heads:
        return [_document("", lines)]
    documents = []
    for position, (index, found) in enumerate(heads):
        end = len(lines)
        if position + 1 < len(heads):
            end = _title_start(lines, heads[position + 1][0], index)
        documents.append(_document(f"{found[1]}〔{found[2]}〕{found[3]}号", lines[index + 1 : end]))
    return documents


def _clean(text: str) -> list[str]:
    lines = []
    for raw in text.translate(_WIDTHS).splitlines():
        line = raw.strip().lstrip("#").removeprefix("- ").strip().replace("\u3000", " ")
        line = re.sub(r"^(\S+)\[(\d{4})\](\d+号)$", r"\1〔\2〕\3", line)
        if line and not _PAGE_FURNITURE.fullmatch(line):
            lines.append(line)
    return lines


def _title_start(lines: list[str], head: int, after: int) -> int:
    """Where the title of the document numbered on line `head` begins: at most five lines before."""
    for index in range(head - 1, max(after, head - 6), -1):
        if _TITLE.match(lines[index]):
            return index
    return head


def _document(number: str, lines: list[str]) -> PrintedDocument:
    if lines and _REGISTERED.fullmatch(lines[0]):
        lines = lines[1:]
    explained = next((index for index, line in enumerate(lines) if _is_explanation(line)), len(lines))
    lines, explanation = lines[:explained], lines[explained:]
    dated = next((index for index, line in enumerate(lines) if _DATE.fullmatch(line)), len(lines))
    if dated < len(lines) - dated:  # an issuing notice before the rules it issues
        notice, body = lines[: dated + 1], lines[dated + 1 :]
    else:  # signature and date below the text, addressees above it
        signature = max(0, dated - 1) if dated < len(lines) else dated
        notice, body = lines[signature:], lines[:signature]
        if body and body[0].endswith(("：", ":")):
            notice, body = [body[0], *notice], body[1:]
    chapters: dict[int, str] = {}
    return PrintedDocument(number, "\n".join(notice), _tree(body, chapters), chapters, "\n".join(explanation))


def _is_explanation(line: str) -> bool:
    return "解读" in line and len(line) < 60 and not line.endswith("。")


def _tree(lines: list[str], chapters: dict[int, str]) -> Node:
    levels = _ARTICLES if any(_ARTICLE.match(line) for line in lines) else _PLAN
    root = Node(None, 0)
    path = [root]
    chapter = 0
    for line in lines:
        if re.fullmatch(r"附件\d*:?", line) and levels is _PLAN:
            levels, path = _ANNEX, [root]
            continue
        if line.startswith(("附件:", "附件：")):
            continue
        found = _CHAPTER.fullmatch(line)
        if levels is _ARTICLES and found and from_chinese(found[1]) in {chapter + 1, chapter + 2}:
            chapter = from_chinese(found[1])
            chapters[chapter] = found[2].replace(" ", "")
            path = [root]
            continue
        if not _enter(path, levels, line, chapter) and not (levels is _ANNEX and path[-1] is root):
            _write(path[-1], line)
    return root


def _enter(
    path: list[Node], levels: tuple[tuple[Unit, re.Pattern[str]], ...], line: str, chapter: int
) -> bool:
    """Open the node whose number the line begins with, when the number continues a row; move `path` to it."""
    units = [unit for unit, _ in levels]
    for rank, (unit, pattern) in enumerate(levels):
        found = pattern.match(line)
        if not found:
            continue
        try:
            number = int(found[1]) if found[1].isdecimal() else from_chinese(found[1])
        except ValueError:
            continue
        parents = [
            node
            for node in path
            if node.unit is None or (node.unit in units and units.index(node.unit) < rank)
        ]
        parent = parents[-1]
        last = max((child.number for child in parent.children if child.unit is unit), default=0)
        if number not in {last + 1, last + 2}:  # one lost number does not swallow the rest
            continue
        node = Node(unit, number, chapter)
        parent.children.append(node)
        path[:] = [*path[: path.index(parent) + 1], node]
        rest = found[2].strip()
        if unit in _HEADED and not re.search(
            "[。；;]" if unit in {Unit.PART, Unit.ANNEX} else "[，。；：,;:]", rest
        ):
            node.heading = rest
        elif rest:
            _write(node, rest)
        return True
    return False


def _write(node: Node, line: str) -> None:
    """Add a line: to the open paragraph, or as a new one when that has ended. Rows of tables stay rows."""
    if node.paragraphs and not _ended(node.paragraphs[-1]) and "\t" not in line:
        before = node.paragraphs[-1]
        gap = (
            " "
            if before[-1].isascii() and line[0].isascii() and before[-1].isalnum() and line[0].isalpha()
            else ""
        )
        node.paragraphs[-1] = before + gap + line
    else:
        node.paragraphs.append(line)


def _ended(paragraph: str) -> bool:
    if "\t" in paragraph or paragraph.endswith(tuple(_ENDS)):
        return True
    # A bracket of its own after the last sentence: (责任单位:…)
    tail = re.search(r"(^|[。；])[(\[〔][^()]*(\([^()]*\)[^()]*)*[)\]〕]$", paragraph)
    return tail is not None


_CJK = r"[\u3400-\u9fff《》〈〉“”‘’（）、。，；：％]"
_FULL_WIDTH = str.maketrans(",;:?!", "，；：？！")


def tidy(text: str) -> str:
    """Scanned punctuation as printed: full width beside Chinese, no blanks between them and figures."""
    text = re.sub(
        rf"(?<={_CJK})[,;:?!]|[,;:?!](?={_CJK})", lambda found: found[0].translate(_FULL_WIDTH), text
    )
    text = re.sub(rf"(?<={_CJK}) +(?=\S)|(?<=\S) +(?={_CJK})", "", text)
    # Brackets around or beside Chinese; what is wholly Latin keeps its own.
    text = re.sub(
        rf"\(([^()]*)\)(?={_CJK})|(?<={_CJK})\(([^()]*)\)", lambda found: f"（{found[1] or found[2]}）", text
    )
    return re.sub(rf"\(([^()]*{_CJK}[^()]*)\)", r"（\1）", text)


def sentences(paragraph: str) -> list[str]:
    """The sentences of a paragraph; a closing bracket belongs to the last one."""
    found = re.findall(r"[^。]+。(?:[”’』」])?", paragraph)
    if not found:
        return [paragraph]
    found[-1] += paragraph[sum(map(len, found)) :]
    return found


def is_heading(sentence: str) -> bool:
    """Whether a first sentence may be the heading of its place: short and without a pause (安排部署。)."""
    return len(sentence) <= 30 and not re.search(r"[，、；：,;:]", sentence)
