"""Letters of recovery and supervision: the values their templates may show. The wording is the city's."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zhengling.kernel.documents.kinds import ARTICLES, REMEDIES, LetterKind
from zhengling.kernel.documents.wording import Column, Placeholder

CASE_NUMBER = Placeholder("case_number", "案件编号", sample="ZH-2022-K7M3QP")
PERSON = Placeholder("applicant", "当事人", sample="王*国")
FACTS = Placeholder(
    "facts",
    "事实",
    "paragraphs",
    sample=["你申请救助时未申报名下营业用房一处及其租金收入。"],
    must_appear=True,
)
AMOUNT = Placeholder("amount", "金额", "money", sample=921_500)
UNTIL = Placeholder("until", "期限", "date", sample="2022-04-06")
ARTICLE = Placeholder("article", "依据条款", sample="《永州市医疗救助实施细则》第二十四条")

KINDS = (
    LetterKind(
        "recovery_notice",
        _("notice before a recovery, with the right to answer"),
        "notice",
        (PERSON, CASE_NUMBER, FACTS, AMOUNT, UNTIL, ARTICLE),
        series="recovery_notice",
        issuers=("reviewer", "approver"),
        second_person=False,
    ),
    LetterKind(
        "recovery_demand",
        _("decision to stop assistance and demand it back"),
        "notice",
        (
            PERSON,
            CASE_NUMBER,
            FACTS,
            Placeholder("means", "手段", sample="隐瞒"),
            AMOUNT,
            Placeholder(
                "items",
                "退回明细",
                "table",
                sample=[{"item": "永州市中心医院 431100G202201140001", "amount": "9,215.00"}],
                required=False,
                columns=(Column("item", "结算", 6), Column("amount", "救助金额（元）", 3, "right")),
            ),
            UNTIL,
            ARTICLES,
            REMEDIES,
        ),
        series="recovery_demand",
        issuers=("approver",),
    ),
    LetterKind(
        "assistance_stopped",
        _("decision to stop assistance before anything was paid"),
        "notice",
        (
            PERSON,
            CASE_NUMBER,
            FACTS,
            Placeholder("means", "手段", sample="隐瞒"),
            ARTICLES,
            REMEDIES,
        ),
        series="recovery_demand",
        issuers=("approver",),
    ),
    LetterKind(
        "justice_transfer",
        _("hand-over of a suspected crime"),
        "notice",
        (
            PERSON,
            CASE_NUMBER,
            FACTS,
            Placeholder("suspected", "涉嫌情形", "paragraphs", sample=["涉嫌诈骗。"], must_appear=True),
            AMOUNT,
            Placeholder(
                "evidence",
                "证据清单",
                "table",
                sample=[{"number": "1", "item": "不动产登记查询结果", "shows": "名下有营业用房"}],
                columns=(
                    Column("number", "序号", 1, "center"),
                    Column("item", "证据", 4),
                    Column("shows", "证明内容", 5),
                ),
            ),
            ARTICLE,
        ),
        series="justice_transfer",
        issuers=("approver",),
        second_person=False,
    ),
    LetterKind(
        "supervision_notice",
        _("notice of a measure of supervision"),
        "notice",
        (
            PERSON,
            CASE_NUMBER,
            FACTS,
            Placeholder("demand", "要求", "paragraphs", sample=["退回资金，完善制度。"], must_appear=True),
            UNTIL,
            ARTICLE,
        ),
        series="supervision_notice",
        issuers=("approver",),
    ),
)
