"""Why an act of recovery or supervision may not happen yet. Each returns the reason, or None."""

from __future__ import annotations

from django.utils.translation import gettext as _

from zhengling.kernel.casework.procedure import Guard, Text
from zhengling.kernel.casework.steps import Step
from zhengling.services.medical.recovery.models import Stop


def found(step: Step) -> Text | None:
    """Article 24 speaks of what was done; without facts and evidence nobody is accused of anything."""
    if not step.last("find"):
        return _("record the facts with their evidence first")
    return None


def notified(step: Step) -> Text | None:
    """Nobody is decided against unheard: the person was told of the facts as they were found last."""
    told, finding = step.last("notify"), step.last("find")
    if told is None or finding is None or told.seq < finding.seq:
        return _("the person has not been told of these facts; examine again and notify")
    return None


def proposal_is(wanted: str) -> Guard:
    def guard(step: Step) -> Text | None:
        """The approver decides on what was proposed; another outcome goes back to the reviewer."""
        last = step.last("propose", "propose_clearing")
        if last is None or last.payload.data.get("proposal") != wanted:
            return _("the reviewer proposed something else; return it or decide as proposed")
        return None

    return guard


def handed_over(step: Step) -> Text | None:
    if not step.case.medical_handovers.filter(answer="").exists():
        return _("nothing was handed over that still waits for a receipt")
    return None


def stop_stands(step: Step) -> Text | None:
    if not Stop.objects.filter(case=step.case, lifted_on=None).exists():
        return _("no stop stands from this case")
    return None


def answered(step: Step) -> Text | None:
    """What the health department was asked is part of the finding (article 4(10))."""
    if step.case.offspring.filter(procedure="medical_referral", closed_at=None).exists():
        return _("the health department has not answered yet")
    return None


def measures_followed(step: Step) -> Text | None:
    waiting = [str(row.seq) for row in step.case.medical_measures.all() if row.waits]
    if waiting:
        return _("measures not followed yet: %(numbers)s") % {"numbers": "、".join(waiting)}
    return None
