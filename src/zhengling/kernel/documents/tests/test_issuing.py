"""The short way: a letter that an act of a case writes, in the act's own transaction."""

from __future__ import annotations

import pytest

from zhengling.kernel.casework.errors import NotYours
from zhengling.kernel.casework.operations import perform
from zhengling.kernel.documents.models import Letter, TakenNumber
from zhengling.kernel.documents.operations import advance, finish_letter, issue_letter
from zhengling.kernel.documents.queries import course_problems
from zhengling.kernel.documents.rendering import content_of, pdf_of
from zhengling.kernel.documents.seals import SealFailed
from zhengling.kernel.documents.tests.aid import open_aid
from zhengling.kernel.documents.typesetting import page_count
from zhengling.kernel.outbox.delivery import deliver, fan_out

pytestmark = pytest.mark.django_db


def text(letter: Letter) -> str:
    parts = []
    for block in content_of(letter)["blocks"]:
        if block["kind"] == "table":
            parts += [cell for row in block["rows"] for cell in row]
        else:
            parts.append(block["lead"] + block["text"])
    return "\n".join(parts)


@pytest.fixture
def at_approval(office):
    case = open_aid(office["village"], office["clerk"])
    perform(case.pk, "accept", office["clerk"], {})
    perform(case.pk, "propose", office["reviewer"], {})
    return case


def work() -> None:
    """One turn of the worker."""
    fan_out()
    deliver()


def test_the_receipt_is_sealed_and_dispatched_after_the_act(office) -> None:
    case = open_aid(office["village"], office["clerk"])
    perform(case.pk, "accept", office["clerk"], {})
    assert case.letters.get().state == Letter.State.SEAL
    work()
    letter = case.letters.get()
    assert (letter.state, letter.number) == (Letter.State.DISPATCHED, "冷医保受〔2022〕1号")
    assert letter.sealed
    assert letter.recipient == "王建国"
    assert [(s.step, s.role) for s in letter.steps.all()] == [
        ("draft", "drafter"), ("sign", "clerk"), ("number", "system"), ("seal", "system"), ("dispatch", "system"),
    ]  # fmt: skip
    assert list(course_problems(letter)) == []
    assert f"受理编号为{case.number}" in text(letter)
    assert "身份证\n未收" in text(letter)
    assert "<svg" in content_of(letter)["qr"]
    assert case.check_code not in letter.data["follow_url"]
    assert page_count(pdf_of(letter)) == 1


def test_a_refused_act_leaves_no_letter_and_no_number(office, at_approval) -> None:
    with pytest.raises(NotYours):
        perform(at_approval.pk, "refuse", office["reviewer"], {"reasons": "不符合条件"})
    assert not Letter.objects.filter(kind="refusal").exists()
    assert not TakenNumber.objects.filter(series__name="refusal").exists()


def test_a_refusal_names_reasons_articles_and_remedies(office, at_approval) -> None:
    """Article 14: refused in writing, with the reasons; 行政复议法 2017 第九条、第十二条."""
    perform(at_approval.pk, "refuse", office["approver"], {"reasons": "占比31%，未达到50%。\n财产足以支付。"})
    letter = at_approval.letters.get(kind="refusal")
    assert (letter.title, letter.number) == ("不予医疗救助告知书", "冷医保不予〔2022〕1号")
    assert (letter.drafter, letter.signer) == (office["reviewer"].user, office["approver"].user)
    words = text(letter)
    for expected in (
        "占比31%，未达到50%。",
        "《永州市医疗救助实施细则》第六条、第十四条。",
        "向冷水滩区或者永州市医疗保障局申请行政复议",
        "六个月内",
    ):
        assert expected in words
    # Each line typed by the approver is a paragraph of its own.
    assert "\n财产足以支付。\n" in words


def test_an_approval_prints_the_amount_twice(office, at_approval) -> None:
    perform(at_approval.pk, "grant", office["approver"], {"amount": "3360.00"})
    assert "金额3,360.00元（大写：人民币叁仟叁佰陆拾元整）" in text(at_approval.letters.get(kind="approval"))


def test_signing_ones_own_proposal_is_refused(office, at_approval) -> None:
    with pytest.raises(NotYours, match="drafted"):
        issue_letter(
            at_approval, "refusal", {"reasons": "理由"}, office["approver"], unit=office["unit"],
            drafted_by=office["approver"].user,
        )  # fmt: skip


@pytest.mark.parametrize("role", ["clerk", "reviewer", "secretary"])
def test_only_an_approver_of_the_unit_signs_a_decision(office, officer, city, at_approval, role) -> None:
    for actor in (office[role], officer("approver", city.other_county_mib)):
        with pytest.raises(NotYours, match="issued by"):
            issue_letter(at_approval, "refusal", {"reasons": "理由"}, actor, unit=office["unit"])


def test_while_the_seal_fails_the_letter_waits_for_the_secretary(office, at_approval, settings) -> None:
    perform(at_approval.pk, "refuse", office["approver"], {"reasons": "理由"})
    letter = at_approval.letters.get(kind="refusal")
    settings.SEAL_URL = "http://127.0.0.1:9/seal"
    with pytest.raises(SealFailed, match="cannot be reached"):
        finish_letter(letter.pk)
    work()
    letter.refresh_from_db()
    assert letter.state == Letter.State.SEAL
    settings.SEAL_URL = ""
    advance(letter.pk, "seal", office["secretary"], {})
    assert advance(letter.pk, "dispatch", office["secretary"], {}).state == Letter.State.DISPATCHED
    # The worker's next try finds nothing left to do.
    finish_letter(letter.pk)


def test_missing_papers_are_named_at_once(office) -> None:
    case = open_aid(office["village"], office["clerk"])
    perform(case.pk, "ask", office["clerk"], {"missing": "请提交出院记录原件。"})
    words = text(case.letters.get())
    assert "请提交出院记录原件。" in words
    assert "1\n身份证\n未收\n2\n病史证明材料\n未收" in words
