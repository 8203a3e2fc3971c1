"""Every write of a letter: one step, one transaction, one row in its course."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import SYSTEM, Actor
from zhengling.kernel.accounts.models import User
from zhengling.kernel.accounts.roles import ROLES
from zhengling.kernel.canonical import chain
from zhengling.kernel.casework.errors import ActRefused, InvalidData, NotYours
from zhengling.kernel.casework.labels import listed
from zhengling.kernel.casework.models import Case
from zhengling.kernel.documents import course, kinds
from zhengling.kernel.documents.case_values import case_values, second_person
from zhengling.kernel.documents.compose import title_of
from zhengling.kernel.documents.course import Step
from zhengling.kernel.documents.models import Countersignature, Letter, LetterStep, Template
from zhengling.kernel.documents.numbers import take_number, void_number
from zhengling.kernel.documents.rendering import content_digest, render
from zhengling.kernel.documents.seals import SealedPdf, SealFailed, SealRequest, service
from zhengling.kernel.documents.template_store import active_template
from zhengling.kernel.documents.wording import WrongData, check_data
from zhengling.kernel.files.operations import store
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.outbox.operations import publish

State = Letter.State


@dataclass(frozen=True)
class Doing:
    """One step about to be done on a locked letter, by whom and for which unit."""

    letter: Letter
    row: Step
    actor: Actor
    role: str
    unit: Organisation
    words: str = ""
    sealed: SealedPdf | None = None


@transaction.atomic
def draft_letter(
    kind: str,
    organ: Organisation,
    data: Mapping[str, Any],
    actor: Actor,
    *,
    recipient: str = "",
    copies: str = "",
    upward: bool = False,
    title: str = "",
    case: Case | None = None,
    countersigners: Sequence[Organisation] = (),
) -> Letter:
    """Begin a letter (拟稿) with the organ's template of that kind; the two units may be asked to countersign.

    Raises `NotYours` unless the actor drafts for the organ, `InvalidData` for values the kind does not have.
    """
    if actor.user is None or not any(actor.holds(role, organ.pk) for role in course.step("draft").roles):
        raise NotYours(_("letters of %(unit)s are drafted by its own officers") % {"unit": organ.label})
    letter = _new_letter(
        kind, organ, data, actor.user, case=case, recipient=recipient, copies=copies, title=title
    )
    letter.upward = upward
    letter.save(force_insert=True)
    _ask(letter, countersigners)
    _record(Doing(letter, course.step("draft"), actor, "drafter", organ))
    return letter


@transaction.atomic
def revise_letter(
    letter_id: UUID,
    data: Mapping[str, Any],
    actor: Actor,
    *,
    version: int,
    recipient: str = "",
    copies: str = "",
    upward: bool = False,
    title: str = "",
    countersigners: Sequence[Organisation] = (),
) -> Letter:
    """Change a draft; it takes the template that is active now. Raises like `draft_letter`."""
    letter = _locked(letter_id, version)
    row = course.step("revise")
    role, unit = _authority(letter, row, actor)
    letter.template = active_template(letter.kind, letter.organ)
    letter.data = checked_values(letter.letter_kind, data)
    letter.recipient, letter.copies, letter.upward = recipient, copies, upward
    letter.title = title or title_of(letter.letter_kind, letter.template.wording, letter.data)
    _ask(letter, countersigners)
    _record(Doing(letter, row, actor, role, unit))
    return letter


def advance(
    letter_id: UUID, step: str, actor: Actor, data: Mapping[str, Any], *, version: int | None = None
) -> Letter:
    """Do the next step of a letter's course. `data` has `words`, the opinion or reason where the step takes one.

    The seal is fetched before the transaction opens, so that no lock is held while another machine works. Raises
    `NotYours`, `ActRefused`, `InvalidData` or `SealFailed`; then nothing has changed.
    """
    row = course.step(step)
    sealed = None
    if row.name == "seal":
        letter = Letter.objects.select_related("organ", "template", "signer").get(pk=letter_id)
        _authority(letter, row, actor)
        sealed = _apply_seal(letter)
        version = letter.version
    with transaction.atomic():
        letter = _locked(letter_id, version)
        role, unit = _authority(letter, row, actor)
        words = str(data.get("words", "")).strip() if row.words else ""
        if row.words_needed and not words:
            raise InvalidData({"words": [_("give the reason")]})
        _do(Doing(letter, row, actor, role, unit, words, sealed))
    return letter


@transaction.atomic
def issue_letter(
    case: Case,
    kind: str,
    data: Mapping[str, Any],
    actor: Actor,
    *,
    unit: Organisation,
    recipient: str = "",
    copies: str = "",
    title: str = "",
    drafted_by: User | None = None,
) -> Letter:
    """The short way of a templated letter in a case: drafted, signed and numbered in the transaction of the act.

    What the case knows (applicant, number, dates, papers, articles, remedies) need not be in `data`; see
    `case_values`. The actor signs for `unit`. A kind that wants a second person is drafted by whoever acted
    last on the case before, or by `drafted_by`. The worker seals it after the commit (handlers.py); while the
    seal service fails, the letter waits, and the secretary may seal it by hand. Raises `NotYours`,
    `ActRefused` or `InvalidData`.
    """
    letter_kind = kinds.get(kind)
    signs = next((role for role in letter_kind.issuers if actor.holds(role, unit.pk)), None)
    if signs is None or actor.user is None:
        who = listed(ROLES[role].label for role in letter_kind.issuers)
        raise NotYours(
            _("“%(kind)s” is issued by: %(who)s") % {"kind": letter_kind.label, "who": f"{unit.label} {who}"}
        )
    drafter = drafted_by or (second_person(case, actor.user) if letter_kind.second_person else actor.user)
    if drafter is None or (letter_kind.second_person and drafter == actor.user):
        raise NotYours(_("whoever drafted a letter does not sign it"))
    values = {**case_values(case, letter_kind, unit), **data}
    recipient = recipient or (case.subject.name if case.subject else "")
    letter = _new_letter(
        kind, unit, values, drafter, case=case, recipient=recipient, copies=copies, title=title
    )
    letter.short_way = True
    letter.save(force_insert=True)
    _record(Doing(letter, course.step("draft"), Actor(user=drafter), "drafter", unit))
    _do(Doing(letter, course.step("sign"), actor, signs, unit))
    if letter.state == State.NUMBER:
        _do(Doing(letter, course.step("number"), SYSTEM, "system", unit))
    publish("documents.issued", case.number, {"letter": str(letter.pk)}, unit=unit.code)
    return letter


def finish_letter(letter_id: UUID) -> None:
    """Seal and dispatch a letter of the short way, from wherever it stands. Raises `SealFailed`; then it waits."""
    for state, step in ((State.SEAL, "seal"), (State.DISPATCH, "dispatch")):
        if Letter.objects.filter(pk=letter_id, state=state).exists():
            advance(letter_id, step, SYSTEM, {})


def _new_letter(
    kind: str, organ: Organisation, data: Mapping[str, Any], drafter: User, *, title: str, **fields: Any
) -> Letter:
    template: Template = active_template(kind, organ)
    values = checked_values(kinds.get(kind), data)
    return Letter(
        kind=kind,
        organ=organ,
        template=template,
        title=title or title_of(kinds.get(kind), template.wording, values),
        data=values,
        state="",
        drafter=drafter,
        created_at=clock.now(),
        **fields,
    )


def checked_values(kind: kinds.LetterKind, data: Mapping[str, Any]) -> dict[str, Any]:
    """The data, if the kind can be filled with them. Raises `InvalidData` by the words of the template."""
    try:
        check_data(kind.placeholders, data)
    except WrongData as error:
        words = {item.name: item.word for item in kind.placeholders}
        wrong = {name: [_("missing, or not as this kind of letter needs it")] for name in error.names}
        raise InvalidData({words.get(name, name): texts for name, texts in wrong.items()}) from None
    return dict(data)


def _ask(letter: Letter, units: Sequence[Organisation]) -> None:
    """Name the units that countersign; earlier answers fall, because the text has changed."""
    letter.countersignatures.all().delete()
    Countersignature.objects.bulk_create(
        Countersignature(letter=letter, organisation=unit) for unit in units if unit.pk != letter.organ_id
    )


def _locked(letter_id: UUID, version: int | None) -> Letter:
    letter = Letter.objects.select_for_update().get(pk=letter_id)
    if version is not None and version != letter.version:
        raise ActRefused(
            _("somebody else has worked on this letter since you opened it; reload it and decide again")
        )
    return letter


def allowed(letter: Letter, row: Step, actor: Actor) -> tuple[str, Organisation] | None:
    """(role, unit) under which the actor may do the step; the state and the two-person rule are not looked at."""
    if row.at_countersigner:
        for asked in letter.countersignatures.filter(agreed=None).select_related("organisation"):
            for role in row.roles:
                if actor.holds(role, asked.organisation_id):
                    return role, asked.organisation
        return None
    if actor.system and letter.short_way and row.name in ("seal", "dispatch"):
        return "system", letter.organ
    if row.name == "file" and actor.system:
        return "system", letter.organ
    for role in row.roles:
        if actor.holds(role, letter.organ_id):
            return role, letter.organ
    return None


def _authority(letter: Letter, row: Step, actor: Actor) -> tuple[str, Organisation]:
    if letter.state not in row.at:
        raise ActRefused(
            _("“%(step)s” is not possible while the letter is “%(state)s”")
            % {"step": row.label, "state": letter.get_state_display()}
        )
    found = allowed(letter, row, actor)
    if found is None:
        who = "、".join(str(ROLES[role].label) for role in row.roles)
        raise NotYours(_("“%(step)s” belongs to: %(who)s") % {"step": row.label, "who": who})
    if row.drafter_only and actor.user != letter.drafter:
        raise NotYours(_("only its drafter withdraws a letter"))
    if actor.user and letter.steps.filter(step__in=row.different_from, actor=actor.user).exists():
        raise NotYours(_("“%(step)s” needs a second person: you drafted this letter") % {"step": row.label})
    return found


def _do(doing: Doing) -> None:
    to, facts = _effect(doing)
    _record(doing, to, facts)


def _effect(doing: Doing) -> tuple[str, dict[str, Any]]:
    """What a step does beside being recorded: (the state it leads to, facts for the record)."""
    letter, row = doing.letter, doing.row
    match row.name:
        case "check":
            asked = letter.countersignatures.update(agreed=None, words="", by=None, at=None)
            return (State.COUNTERSIGN if asked else row.to), {}
        case "agree" | "object":
            return _answer(doing), {}
        case "sign":
            letter.signer, letter.signed_on = doing.actor.user, clock.today()
            numbered = bool(letter.letter_kind.series)
            return (row.to if numbered else State.SEAL), {"digest": content_digest(letter)}
        case "number":
            taken = take_number(letter.organ, letter.letter_kind.series, clock.today().year, letter)
            letter.number = taken.text
            return row.to, {"number": taken.text}
        case "seal":
            return row.to, _keep_sealed(doing)
        case "void":
            if letter.number:
                void_number(letter.taken_number, doing.words)
            return row.to, {"number": letter.number}
        case "dispatch":
            facts = {"letter": str(letter.pk)}
            subject = letter.number or str(letter.pk)
            publish("documents.dispatched", subject, facts, unit=letter.organ.code)
    return row.to, {}


def _answer(doing: Doing) -> str:
    """Take a countersigner's answer; after the last one the letter goes on, or back when anybody objected."""
    rows = doing.letter.countersignatures
    rows.filter(organisation=doing.unit).update(
        agreed=doing.row.name == "agree", words=doing.words, by=doing.actor.user, at=clock.now()
    )
    answers = list(rows.values_list("agreed", flat=True))
    if None in answers:
        return State.COUNTERSIGN
    return State.SIGN if all(answers) else State.DRAFT


def _apply_seal(letter: Letter) -> SealedPdf:
    """Typeset the final print and have it sealed."""
    letter.printed_on = clock.today()
    result = render(letter, final=True)
    return service().apply(
        SealRequest(
            pdf=result.pdf,
            place=result.seal,
            organ=letter.organ,
            signer=letter.signer.full_name if letter.signer else "",
            reason=letter.number or letter.title,
            request_id=f"{letter.pk}-{letter.version}",
        )
    )


def _keep_sealed(doing: Doing) -> dict[str, Any]:
    letter, sealed = doing.letter, doing.sealed
    signed = letter.steps.filter(step="sign").last()
    if sealed is None or signed is None or signed.facts["digest"] != content_digest(letter):
        raise SealFailed(_("the letter is not what was signed; it is not sealed"))
    name = f"{(letter.number or letter.title).replace('/', '-')[:80]}.pdf"
    letter.sealed = store(name, sealed.pdf, doing.actor.user)
    letter.printed_on = clock.today()
    return {"file": letter.sealed.digest, "service": sealed.service, "seal": sealed.seal_id}


def _record(doing: Doing, to: str = "", facts: Mapping[str, Any] | None = None) -> None:
    """Move the letter and write the step down, chained to the one before."""
    letter = doing.letter
    before, letter.state = letter.state, to or doing.row.to
    letter.version += 1
    step = LetterStep(
        letter=letter,
        seq=letter.version,
        step=doing.row.name,
        state_before=before,
        state_after=letter.state,
        at=clock.now(),
        actor=doing.actor.user,
        actor_name=doing.actor.name[:60],
        role=doing.role,
        organisation=doing.unit,
        words=doing.words[:1000],
        facts=dict(facts or {}),
        content=content_digest(letter),
        previous=letter.head,
    )
    step.digest = letter.head = chain(letter.head, step_body(step))
    step.save(force_insert=True)
    letter.save()


def step_body(step: LetterStep) -> dict[str, Any]:
    """What the digest of a step covers."""
    return {
        "letter": step.letter_id,
        "seq": step.seq,
        "step": step.step,
        "before": step.state_before,
        "after": step.state_after,
        "at": clock.local(step.at).isoformat(),
        "actor": step.actor_id,
        "name": step.actor_name,
        "role": step.role,
        "organisation": step.organisation_id,
        "words": step.words,
        "facts": step.facts,
        "content": step.content,
    }
