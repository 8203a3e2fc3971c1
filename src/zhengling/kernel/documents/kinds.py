"""Kinds of letters (文书种类): the layout, the values a template may show, who may issue one on the short way.

The kernel declares the general kinds; a service registers its own in AppConfig.ready. The wording is not here: it is
a versioned template of the city or the office.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhengling.kernel.documents.wording import Column, Placeholder
from zhengling.kernel.law import references

Layout = Literal["official", "notice", "receipt", "sheet", "poster", "register"]


@dataclass(frozen=True, slots=True)
class LetterKind:
    """`series` is the key of the number series in the city's table; a kind without one carries no number.

    `issuers` are the roles that may issue it on the short way, by a template and without review; then, when
    `second_person` is set, whoever drafted it may not be the one who signs. One `to_applicant` may be opened by the
    applicant of the case himself once it is dispatched.
    """

    name: str
    label: str | Promise
    layout: Layout
    placeholders: tuple[Placeholder, ...]
    series: str = ""
    issuers: tuple[str, ...] = ()
    second_person: bool = True
    to_applicant: bool = False

    def placeholder(self, name: str) -> Placeholder:
        return next(item for item in self.placeholders if item.name == name)


_kinds: dict[str, LetterKind] = {}


def register(kind: LetterKind) -> LetterKind:
    """Make a kind known, to the law as well: a provision names it as ``documents.<kind>``."""
    references.describe("letter", {f"documents.{kind.name}": kind.label})
    _kinds[kind.name] = kind
    return kind


def get(name: str) -> LetterKind:
    """Raises KeyError for a kind nobody registered."""
    return _kinds[name]


def every() -> list[LetterKind]:
    return list(_kinds.values())


APPLICANT = Placeholder("applicant", "申请人", sample="王*国")
CASE_NUMBER = Placeholder("case_number", "受理编号", sample="YJ-2022-K7M3QP")
MATTER = Placeholder("matter", "事项", sample="医疗救助")
APPLIED_ON = Placeholder("applied_on", "申请日期", "date", sample="2022-03-01")
ARTICLES = Placeholder(
    "articles",
    "依据",
    "paragraphs",
    sample=["《永州市医疗救助实施细则》第六条、第十四条。"],
    must_appear=True,
)
REMEDIES = Placeholder(
    "remedies",
    "救济途径",
    "paragraphs",
    sample=["如不服本决定，可以自收到本告知书之日起六十日内依法申请行政复议。"],
    must_appear=True,
)

GENERAL = register(
    LetterKind(
        "letter",
        _("official letter"),
        "official",
        (
            Placeholder(
                "subject",
                "标题",
                sample="关于开展2022年第一季度医疗救助对象公示工作的通知",
                must_appear=False,
            ),
            Placeholder(
                "body",
                "正文",
                "paragraphs",
                sample=[
                    "现就2022年第一季度医疗救助对象公示工作通知如下。",
                    "一、公示对象",
                    "本季度经审核批准给予医疗救助的人员，按所在村（社区）分别列表。",
                    "二、公示时间",
                    "公示期为5个工作日，自张贴次日起算。",
                    "特此通知。",
                ],
                must_appear=True,
            ),
        ),
        series="letter",
    )
)

RECEIPT = register(
    LetterKind(
        "receipt",
        _("receipt of acceptance"),
        "receipt",
        (
            APPLICANT,
            CASE_NUMBER,
            MATTER,
            Placeholder("accepted_on", "受理日期", "date", sample="2022-03-28"),
            Placeholder("due", "办结期限", "date", sample="2022-04-13", required=False),
            Placeholder("article", "期限依据", sample="《永州市医疗救助实施细则》第十四条", required=False),
            Placeholder("check_code", "查询码", sample="K7M3QP"),
            Placeholder(
                "papers",
                "材料清单",
                "table",
                sample=[{"number": "1", "paper": "身份证", "note": "已收"}],
                required=False,
                columns=(
                    Column("number", "序号", 1, "center"),
                    Column("paper", "材料名称", 6),
                    Column("note", "收件情况", 3, "center"),
                ),
            ),
            Placeholder("follow_url", "查询网址", "code", sample="http://127.0.0.1:8000/follow/"),
        ),
        series="receipt",
        issuers=("clerk", "reviewer"),
        second_person=False,
        to_applicant=True,
    )
)

MISSING_PAPERS = register(
    LetterKind(
        "missing_papers",
        _("one-time notice of missing papers"),
        "notice",
        (
            APPLICANT,
            CASE_NUMBER,
            MATTER,
            APPLIED_ON,
            Placeholder(
                "papers",
                "补正清单",
                "table",
                sample=[{"number": "1", "paper": "病史证明材料", "note": "缺少出院记录"}],
                required=False,
                columns=(
                    Column("number", "序号", 1, "center"),
                    Column("paper", "材料名称", 4),
                    Column("note", "收件情况", 6),
                ),
            ),
            Placeholder(
                "missing",
                "补正内容",
                "paragraphs",
                sample=["请提交出院记录原件，并在医疗费用结算单复印件上加盖医院印章。"],
                must_appear=True,
            ),
            Placeholder("contact", "联系方式", sample="0746-0000000", required=False),
            Placeholder("article", "依据条款", sample="《永州市医疗救助实施细则》第十四条", required=False),
        ),
        series="missing_papers",
        issuers=("clerk", "reviewer"),
        second_person=False,
        to_applicant=True,
    )
)

APPROVAL = register(
    LetterKind(
        "approval",
        _("decision to grant"),
        "notice",
        (
            APPLICANT,
            CASE_NUMBER,
            MATTER,
            APPLIED_ON,
            Placeholder("amount", "金额", "money", sample=336_000),
            Placeholder(
                "items",
                "计算明细",
                "table",
                sample=[
                    {"item": "本年度政策范围内自负费用", "amount": "6,000.00", "article": "第八条"},
                    {"item": "起付标准以下", "amount": "1,200.00", "article": "第十条第（二）项"},
                ],
                required=False,
                columns=(
                    Column("item", "项目", 5),
                    Column("amount", "金额（元）", 3, "right"),
                    Column("article", "依据", 4),
                ),
            ),
            Placeholder("payment", "支付方式", sample="支付至申请人银行账户（尾号1234）", required=False),
            ARTICLES,
            REMEDIES,
        ),
        series="approval",
        issuers=("approver",),
        to_applicant=True,
    )
)

REFUSAL = register(
    LetterKind(
        "refusal",
        _("decision to refuse"),
        "notice",
        (
            APPLICANT,
            CASE_NUMBER,
            MATTER,
            APPLIED_ON,
            Placeholder(
                "reasons",
                "理由",
                "paragraphs",
                sample=["本年度政策范围内自负医疗费用占家庭年可支配收入的31%，未达到50%。"],
                must_appear=True,
            ),
            ARTICLES,
            REMEDIES,
        ),
        series="refusal",
        issuers=("approver",),
        to_applicant=True,
    )
)

SUPERVISION_ORDER = register(
    LetterKind(
        "supervision_order",
        _("supervision order"),
        "sheet",
        (
            Placeholder("matter", "督办事项", sample="医疗救助申请超过审核期限"),
            Placeholder("unit", "承办单位", sample="祁阳市医疗保障局"),
            Placeholder("due", "办理时限", "date", sample="2022-04-02"),
            Placeholder("late", "逾期情况", sample="应于2022年3月25日办结，已逾期3日", required=False),
            Placeholder("article", "依据", sample="《永州市医疗救助实施细则》第十四条", required=False),
            Placeholder("demand", "督办要求", sample="请立即办结，并书面说明逾期原因。"),
        ),
        series="supervision_order",
        issuers=("supervisor", "approver"),
        second_person=False,
    )
)

PUBLIC_LIST = register(
    LetterKind(
        "public_list",
        _("public list for the board"),
        "poster",
        (
            Placeholder("period", "期间", sample="2022年第一季度"),
            Placeholder("place", "地点", sample="黎家坪镇某某村"),
            MATTER,
            Placeholder("opens", "开始日期", "date", sample="2022-04-01"),
            Placeholder("closes", "截止日期", "date", sample="2022-04-08"),
            Placeholder("workdays", "工作日数", sample="5"),
            Placeholder("contact", "联系方式", sample="黎家坪镇人民政府，电话0746-0000000"),
            Placeholder("article", "依据", sample="《永州市医疗救助实施细则》第十四条"),
            Placeholder(
                "rows",
                "名单",
                "table",
                sample=[
                    {
                        "number": "1",
                        "name": "王*国",
                        "village": "某某村",
                        "kind": "三类",
                        "amount": "3,360.00",
                    },
                    {"number": "2", "name": "李*", "village": "某某村", "kind": "三类", "amount": "1,205.50"},
                ],
                must_appear=True,
                columns=(
                    Column("number", "序号", 1, "center"),
                    Column("name", "姓名", 2, "center"),
                    Column("village", "村（社区）", 3),
                    Column("kind", "救助类别", 2, "center"),
                    Column("amount", "救助金额（元）", 2, "right"),
                ),
            ),
        ),
    )
)

APPLICATION_FORM = register(
    LetterKind(
        "application_form",
        _("application form to sign"),
        "sheet",
        (
            MATTER,
            Placeholder(
                "answers",
                "填报内容",
                "rows",
                sample=[
                    {"label": "姓名", "value": "王建国"},
                    {"label": "联系电话", "value": "138****0000"},
                    {"label": "居住地址", "value": "永州市祁阳市黎家坪镇某某村3组"},
                ],
                must_appear=True,
            ),
            Placeholder(
                "statement",
                "承诺",
                "paragraphs",
                sample=["本人承诺所填内容和所交材料真实、完整，并同意有关部门依法核对。"],
                required=False,
            ),
        ),
    )
)
