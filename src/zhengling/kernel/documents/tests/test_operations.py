from __future__ import annotations

import pytest

from zhengling.kernel.casework.errors import ActRefused, InvalidData, NotYours
from zhengling.kernel.documents.models import Letter, LetterStep, TakenNumber
from zhengling.kernel.documents.operations import advance, draft_letter, revise_letter
from zhengling.kernel.documents.queries import course_problems
from zhengling.kernel.documents.seals import SealFailed, verify_seals

pytestmark = pytest.mark.django_db

TEXT = {"subject": "关于做好公示工作的通知", "body": ["请认真组织实施。", "特此通知。"]}


def drafted(office, **more) -> Letter:
    return draft_letter("letter", office["unit"], TEXT, office["clerk"], recipient="各镇人民政府", **more)


def through(letter: Letter, office, *steps: str) -> Letter:
    who = {"submit": "clerk", "check": "reviewer", "sign": "approver"}
    for step in steps:
        letter = advance(letter.pk, step, office[who.get(step, "secretary")], {})
    return letter


def test_a_letter_runs_its_whole_course(office) -> None:
    letter = through(drafted(office), office, "submit", "check", "sign", "number", "seal", "dispatch", "file")
    assert letter.state == Letter.State.ARCHIVED
    assert letter.number == "冷医保发〔2022〕1号"
    assert letter.signer == office["approver"].user
    assert [step.step for step in letter.steps.all()] == [
        "draft", "submit", "check", "sign", "number", "seal", "dispatch", "file",
    ]  # fmt: skip
    assert list(course_problems(letter)) == []
    with letter.sealed.blob.open() as file:
        (seal,) = verify_seals(file.read())
    assert (seal.intact, seal.whole, seal.trusted, seal.reason) == (True, True, True, letter.number)
    assert "冷水滩区医疗保障局" in seal.signer


def test_whoever_drafted_neither_checks_nor_signs(office, officer) -> None:
    both = officer("clerk", office["unit"], ("reviewer", office["unit"]), ("approver", office["unit"]))
    letter = draft_letter("letter", office["unit"], TEXT, both)
    advance(letter.pk, "submit", both, {})
    with pytest.raises(NotYours, match="second person"):
        advance(letter.pk, "check", both, {})
    advance(letter.pk, "check", office["reviewer"], {})
    with pytest.raises(NotYours, match="second person"):
        advance(letter.pk, "sign", both, {})
    assert advance(letter.pk, "sign", office["approver"], {}).state == Letter.State.NUMBER


@pytest.mark.parametrize(
    ("done", "step", "who"),
    [
        ((), "check", "reviewer"),
        ((), "sign", "approver"),
        (("submit",), "number", "secretary"),
        (("submit", "check"), "seal", "secretary"),
        (("submit", "check", "sign"), "dispatch", "secretary"),
        (("submit", "check", "sign", "number"), "dispatch", "secretary"),
        (("submit", "check", "sign", "number", "seal", "dispatch"), "withdraw", "clerk"),
    ],
)
def test_no_step_out_of_order(office, done, step, who) -> None:
    letter = through(drafted(office), office, *done)
    with pytest.raises(ActRefused, match="not possible"):
        advance(letter.pk, step, office[who], {"words": "因故"})
    assert Letter.objects.get(pk=letter.pk).version == letter.version


@pytest.mark.parametrize("role", ["clerk", "approver", "secretary"])
def test_only_the_role_of_the_letters_own_unit_acts(office, officer, city, role) -> None:
    letter = through(drafted(office), office, "submit")
    with pytest.raises(NotYours):
        advance(letter.pk, "check", office[role], {})
    with pytest.raises(NotYours):
        advance(letter.pk, "check", officer("reviewer", city.other_county_mib), {})


def test_returned_with_a_reason_and_revised(office) -> None:
    letter = through(drafted(office), office, "submit")
    with pytest.raises(InvalidData):
        advance(letter.pk, "return", office["reviewer"], {"words": "  "})
    letter = advance(letter.pk, "return", office["reviewer"], {"words": "缺少时间要求"})
    assert letter.state == Letter.State.DRAFT
    assert letter.steps.last().words == "缺少时间要求"
    before = letter.steps.last().content
    letter = revise_letter(
        letter.pk, {**TEXT, "body": ["请于月底前完成。"]}, office["clerk"], version=letter.version
    )
    assert letter.steps.last().content != before


def test_two_drafters_do_not_write_over_each_other(office) -> None:
    letter = drafted(office)
    revise_letter(letter.pk, TEXT, office["clerk"], version=letter.version)
    with pytest.raises(ActRefused, match="reload"):
        revise_letter(letter.pk, TEXT, office["clerk"], version=letter.version)


class TestCountersigning:
    @pytest.fixture
    def letter(self, office, city) -> Letter:
        asked = drafted(office, countersigners=[city.county_civil, city.county_finance])
        return through(asked, office, "submit", "check")

    def test_all_are_asked_at_once_and_all_must_agree(self, letter, office, officer, city) -> None:
        assert letter.state == Letter.State.COUNTERSIGN
        letter = advance(letter.pk, "agree", officer("approver", city.county_finance), {"words": "同意"})
        assert letter.state == Letter.State.COUNTERSIGN
        with pytest.raises(ActRefused):
            advance(letter.pk, "sign", office["approver"], {})
        letter = advance(letter.pk, "agree", officer("reviewer", city.county_civil), {})
        assert letter.state == Letter.State.SIGN

    def test_an_objection_sends_it_back_when_all_have_answered(self, letter, office, officer, city) -> None:
        civil = officer("approver", city.county_civil)
        with pytest.raises(InvalidData):
            advance(letter.pk, "object", civil, {})
        letter = advance(letter.pk, "object", civil, {"words": "名单口径不一致"})
        with pytest.raises(NotYours):
            advance(letter.pk, "agree", civil, {})
        letter = advance(letter.pk, "agree", officer("approver", city.county_finance), {})
        assert letter.state == Letter.State.DRAFT
        # After the redraft everybody is asked again.
        through(letter, office, "submit", "check")
        assert letter.countersignatures.filter(agreed=None).count() == 2

    def test_nobody_else_answers(self, letter, office) -> None:
        with pytest.raises(NotYours):
            advance(letter.pk, "agree", office["approver"], {})


def test_a_withdrawn_letter_takes_no_number_and_a_void_one_keeps_it(office) -> None:
    withdrawn = advance(drafted(office).pk, "withdraw", office["clerk"], {"words": "不再需要"})
    assert withdrawn.state == Letter.State.WITHDRAWN
    assert not TakenNumber.objects.exists()
    first = through(drafted(office), office, "submit", "check", "sign", "number")
    void = advance(first.pk, "void", office["approver"], {"words": "重复发文"})
    assert void.state == Letter.State.VOID
    taken = TakenNumber.objects.get()
    assert (taken.text, taken.void_reason) == ("冷医保发〔2022〕1号", "重复发文")
    assert taken.voided_at
    second = through(drafted(office), office, "submit", "check", "sign", "number")
    assert second.number == "冷医保发〔2022〕2号"


def test_only_the_drafter_withdraws(office, officer) -> None:
    with pytest.raises(NotYours, match="drafter"):
        advance(drafted(office).pk, "withdraw", officer("clerk", office["unit"]), {"words": "因故"})


def test_a_text_changed_behind_the_signature_is_not_sealed(office) -> None:
    letter = through(drafted(office), office, "submit", "check", "sign", "number")
    Letter.objects.filter(pk=letter.pk).update(data={**TEXT, "body": ["改动后的正文。"]})
    with pytest.raises(SealFailed, match="not what was signed"):
        advance(letter.pk, "seal", office["secretary"], {})
    assert Letter.objects.get(pk=letter.pk).state == Letter.State.SEAL


def test_the_course_cannot_be_rewritten(office) -> None:
    letter = drafted(office)
    with pytest.raises(Exception, match="append-only"):
        LetterStep.objects.filter(letter=letter).update(words="改写")


def test_values_a_kind_does_not_have_are_refused(office) -> None:
    with pytest.raises(InvalidData) as caught:
        draft_letter("letter", office["unit"], {"subject": "通知", "text": "正文"}, office["clerk"])
    assert set(caught.value.errors) == {"正文", "text"}


def test_strangers_draft_nothing(office, officer, city, resident) -> None:
    for actor in (resident, officer("clerk", city.other_county_mib), office["secretary"]):
        with pytest.raises(NotYours):
            draft_letter("letter", office["unit"], TEXT, actor)
