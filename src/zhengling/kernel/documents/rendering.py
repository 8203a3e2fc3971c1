"""A letter as PDF: a preview while it has no seal, the sealed file afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from zhengling.kernel import clock
from zhengling.kernel.canonical import digest
from zhengling.kernel.documents import organs
from zhengling.kernel.documents.compose import Head, Wording, compose
from zhengling.kernel.documents.fonts import FontUse, installed
from zhengling.kernel.documents.kinds import LetterKind
from zhengling.kernel.documents.models import Letter
from zhengling.kernel.documents.typesetting import Typeset, pictures, typeset
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
    return typeset(letter.letter_kind.layout, content_of(letter), _made(letter), draft=_mark(letter, final))


def render_pictures(letter: Letter) -> list[bytes]:
    """The pages as PNG, as they are now; a sealed letter is shown without its seal and marks."""
    content, final = content_of(letter), letter.sealed_id is not None
    return pictures(letter.letter_kind.layout, content, _made(letter), draft=_mark(letter, final))


def pdf_of(letter: Letter) -> bytes:
    """The sealed file once there is one, a marked preview before."""
    if letter.sealed is None:
        return render(letter).pdf
    with letter.sealed.blob.open("rb") as file:
        return bytes(file.read())


def docx_of(letter: Letter) -> bytes:
    from zhengling.kernel.documents.docx import write_docx  # slow to import, rarely needed

    codes = [item.name for item in letter.letter_kind.placeholders if item.kind == "code"]
    address = letter.data.get(codes[0], "") if codes else ""
    return write_docx(letter.letter_kind.layout, content_of(letter), address)


def _made(letter: Letter) -> date:
    return letter.signed_on or clock.today()


def _mark(letter: Letter, final: bool) -> str:
    if final:
        return ""
    return NO_SEAL if letter.signed_on else DRAFT


def sample_content(kind: LetterKind, wording: Wording, organ: Organisation) -> dict[str, Any]:
    """A template filled with plausible values."""
    with override("zh-hans"):
        number = organs.number_text(organ, kind.series, clock.today().year, 1) if kind.series else ""
        head = Head(organ, recipient="王建国", number=number, dated=clock.today(), printed_on=clock.today())
        return compose(kind, wording, sample_data(kind.placeholders), head)


def render_sample(kind: LetterKind, wording: Wording, organ: Organisation) -> Typeset:
    """The sample as PDF, marked as one."""
    return typeset(kind.layout, sample_content(kind, wording, organ), clock.today(), draft=SAMPLE)


def sample_pictures(kind: LetterKind, wording: Wording, organ: Organisation) -> list[bytes]:
    content = sample_content(kind, wording, organ)
    return pictures(kind.layout, content, clock.today(), draft=SAMPLE, ppi=72)


def font_report(uses: Sequence[FontUse] | None = None) -> list[str]:
    """One sentence per font that the standard asks for and this machine lacks; empty when all are there."""
    return [
        _("%(wanted)s is not on this machine; %(used)s stands in for it")
        % {"wanted": use.wanted, "used": use.used}
        for use in uses or installed().uses
        if use.substituted
    ]
