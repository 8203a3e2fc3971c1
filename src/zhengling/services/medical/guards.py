"""Why an act of medical assistance may not happen yet. Each returns the reason in the reader's language, or None."""

from __future__ import annotations

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from zhengling.kernel.casework.models import Case, CasePaper
from zhengling.kernel.casework.procedure import Guard, Text
from zhengling.kernel.casework.steps import Step
from zhengling.services.medical import queries, stops
from zhengling.services.medical.models import Recognition, Survey


def papers_complete(step: Step) -> Text | None:
    """Article 14: the time limit starts with complete papers (reading A16)."""
    required = {paper.name: str(paper.label) for paper in step.case.declaration.papers if paper.required}
    missing = step.case.papers.filter(name__in=required).exclude(state=CasePaper.State.RECEIVED)
    names = "、".join(required[row.name] for row in missing)
    return (
        _("still missing: %(papers)s; add them or notify the applicant once") % {"papers": names}
        if names
        else None
    )


def not_notified_before(step: Step) -> Text | None:
    """Missing papers are named once and completely (一次性告知)."""
    if step.last("notify_missing"):
        return _("the applicant has been notified once already; add what came in or accept")
    return None


def not_already_class_1_or_2(step: Step) -> Text | None:
    """Article 5(3): class 3 is for those who are not in class 1 or 2."""
    identity = queries.marked_identity(step.case.medical_application.person, step.day)
    if identity:
        return _("the patient is marked as class %(class)s and is assisted without an application") % {
            "class": identity.class_on(step.day)
        }
    return None


def not_urgent_yet(step: Step) -> Text | None:
    return _("the case is on the urgent track already") if step.case.urgent else None


def surveyed(step: Step) -> Text | None:
    """Article 6: the tests need the figures of the household survey."""
    if not Survey.objects.filter(application_id=step.case.pk).exists():
        return _("the household survey comes first: its figures decide the tests")
    return None


def recognised(step: Step) -> Text | None:
    """Article 5(3): without recognition there is no class 3."""
    row = Recognition.objects.filter(application_id=step.case.pk).first()
    if row is None or not row.recognised:
        return _(
            "civil affairs has not recognised the patient as class 3; refuse, or return it to the reviewer"
        )
    return None


def proposal_is(wanted: str) -> Guard:
    def guard(step: Step) -> Text | None:
        """The approver decides on what was proposed; another outcome goes back to the reviewer."""
        last = step.last("propose")
        if last is None or last.payload.data.get("proposal") != wanted:
            return _("the reviewer proposed something else; return it or decide as proposed")
        return None

    return guard


def something_to_pay(step: Step) -> Text | None:
    """Article 10(3): below the deductible nothing is paid; such an application is refused with that reason."""
    if queries.proposed_total(step.case) == 0:
        return _(
            "the computed assistance is ￥0.00: refuse with the reason that the deductible is not reached"
        )
    return None


def photographed(step: Step) -> Text | None:
    """The five working days start with the photo of the posted list."""
    photo = step.case.papers.filter(name="photo", state=CasePaper.State.RECEIVED).exists()
    return None if photo else _("add the photo of the posted list first: it starts the five working days")


def no_standing_objection(step: Step) -> Text | None:
    """An objection holds back only the item objected to (reading A14); one that was upheld does so until the recovery
    it leads to is decided (article 24)."""
    standing = (
        Case.objects.filter(parent=step.case, procedure="medical_objection")
        .exclude(stage__in=["dismissed", "concluded"])
        .exists()
    )
    return _("an objection to this case is being examined or was upheld") if standing else None


def not_stopped(step: Step) -> Text | None:
    """Article 24: who got assistance by false statements about the household is not assisted on that ground again."""
    for stop in stops.standing(step.case.medical_application.person, step.day, stops.HOUSEHOLD):
        return _(
            "assistance of this person was stopped on %(day)s (%(reference)s); refuse under article 24"
        ) % {
            "day": date_format(stop.since, "DATE_FORMAT"),
            "reference": stop.reference,
        }
    return None
