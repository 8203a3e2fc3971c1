"""A letter as PDF: a preview while it has no seal, the sealed file afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from zhengling.kernel import clock
from zhengling.kernel.canonical import digest
from zhengling.kernel.documents.compose import Head, Wording, compose
from zhengling.kernel.documents.kinds import LetterKind
from zhengling.kernel.documents.models import Letter
from zhengling.kernel.documents.typesetting import Typeset, typeset
from zhengling.kernel.documents.wording import sample_data
from zhengling.kernel.organisations.models import Organisation

DRAFT, SAMPLE, NO_SEAL = "草 稿", "样 张", "未 用 印"


def content_of(letter: Letter) -> dict[str, Any]:
    """What the letter prints today (see compose.py)."""
    head = Head(
        organ=letter.organ,
        recipient=letter.recipient,
        copies=letter.copies,
        number=letter.number,
        signer=letter.signer.full_name if letter.upward and letter.signer else "",
        dated=letter.signed_on,
        printed_on=letter.printed_on,
        title=letter.title,
    )
    with override("zh-hans"):
        return compose(letter.letter_kind, letter.template.wording, letter.data, head)


def content_digest(letter: Letter) -> str:
    """What a signature covers: text, values, addressees. Number, date and seal come later and are not in it."""
    return digest(
        [
            letter.kind,
            letter.template_id,
            letter.title,
            letter.recipient,
            letter.copies,
            letter.data,
            letter.organ_id,
        ]
    )


def render(letter: Letter, *, final: bool = False) -> Typeset:
    """The letter typeset; anything but the final print says across the page that it is not in force."""
    words = ""
    if not final:
        words = NO_SEAL if letter.signed_on else DRAFT
    made = letter.signed_on or clock.today()
    return typeset(letter.letter_kind.layout, content_of(letter), made, draft=words)


def render_sample(
    kind: LetterKind, wording: Wording, organ: Organisation, data: Mapping[str, Any] | None = None
) -> Typeset:
    """A template filled with sample values, marked as a sample."""
    values = {**sample_data(kind.placeholders), **(data or {})}
    head = Head(organ, recipient=_("(recipient)"), number="〔2022〕1号", dated=clock.today())
    with override("zh-hans"):
        content = compose(kind, wording, values, head)
    return typeset(kind.layout, content, clock.today(), draft=SAMPLE)


def font_report(result: Typeset) -> list[str]:
    """One sentence per font the standard asks for and this machine lacks; empty when all are there."""
    return [
        _("%(wanted)s is not on this machine; %(used)s stands in for it")
        % {"wanted": use.wanted, "used": use.used}
        for use in result.substituted
    ]
