"""Every write of the law: parameter changes by two persons, receipts, imported wording."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from zhengling.kernel import clock
from zhengling.kernel.law import gazette_text
from zhengling.kernel.law.citations import InvalidCitation, parse_place
from zhengling.kernel.law.errors import ChangeRefused
from zhengling.kernel.law.gazette_matching import Report, match
from zhengling.kernel.law.models import DecisionReceipt, OfficialText, ParameterChange
from zhengling.kernel.law.parameters import Change, ParameterError
from zhengling.kernel.law.queries import baseline, city
from zhengling.kernel.law.receipts import Receipt
from zhengling.kernel.law.traces import Trace, plain


@transaction.atomic
def propose_change(
    *, service: str, name: str, value: Any, valid_from: date, citation: str, reason: str, proposed_by: str
) -> ParameterChange:
    """Propose a new value from a day on. `citation` is a place of the service's instrument, `10(2)`.

    Raises ChangeRefused: unknown parameter, value that its unit does not allow, a place that does not
    exist, no reason, or a day in the past (what was decided stays decided).
    """
    parameters = baseline(service)
    if not reason.strip():
        raise ChangeRefused(_("State the document that orders the change."))
    if valid_from < clock.today():
        raise ChangeRefused(_("A change cannot begin in the past: choose today or a later day."))
    try:
        city().instrument(parameters.instrument).provision(parse_place(citation))
        parameters.with_changes([Change(name, valid_from, value)])
    except (KeyError, InvalidCitation):
        raise ChangeRefused(_("%(place)s is no provision of the regulation.") % {"place": citation}) from None
    except ParameterError as error:
        raise ChangeRefused(str(error)) from error
    return ParameterChange.objects.create(
        service=service,
        name=name,
        value=plain(value),
        valid_from=valid_from,
        citation=f"{parameters.instrument}/{parse_place(citation).key}",
        reason=reason.strip(),
        proposed_by=proposed_by,
        proposed_at=clock.now(),
    )


@transaction.atomic
def approve_change(change: UUID, *, approved_by: str) -> ParameterChange:
    """Put a proposed change in force. Raises ChangeRefused for its proposer, a decided or a late one."""
    row = _to_decide(change, approved_by)
    if row.valid_from < clock.today():
        raise ChangeRefused(
            _("Its first day has passed since it was proposed: propose it again with a later day.")
        )
    approved = ParameterChange.objects.filter(service=row.service, approval_number__isnull=False)
    row.approval_number = approved.count() + 1
    return _decide(row, ParameterChange.Status.APPROVED, approved_by)


@transaction.atomic
def reject_change(change: UUID, *, rejected_by: str) -> ParameterChange:
    """Turn a proposed change down. Raises ChangeRefused as for approval."""
    return _decide(_to_decide(change, rejected_by), ParameterChange.Status.REJECTED, rejected_by)


def _to_decide(change: UUID, person: str) -> ParameterChange:
    """The proposed change; all changes of its service are locked, so that decisions wait in turn."""
    service = ParameterChange.objects.values_list("service", flat=True).get(pk=change)
    locked = ParameterChange.objects.select_for_update().filter(service=service).order_by("id")
    row = {item.pk: item for item in locked}[change]
    if row.status != ParameterChange.Status.PROPOSED:
        raise ChangeRefused(_("This change has been decided already."))
    if row.proposed_by == person:
        raise ChangeRefused(_("Whoever proposed a change cannot decide on it: a second person must."))
    return row


def _decide(row: ParameterChange, status: ParameterChange.Status, person: str) -> ParameterChange:
    row.status, row.decided_by, row.decided_at = status, person, clock.now()
    row.save()
    return row


def record_receipt(receipt: Receipt, trace: Trace, *, subject: str) -> DecisionReceipt:
    """Keep a receipt with its trace; the same receipt about the same subject is kept once.

    Raises ValueError when the trace is not the receipt's.
    """
    if trace.digest != receipt.trace_digest:
        raise ValueError("the trace does not belong to this receipt")
    row, _created = DecisionReceipt.objects.get_or_create(
        digest=receipt.digest,
        subject=subject,
        defaults={
            "kind": receipt.kind,
            "data": receipt.data(),
            "steps": trace.data(),
            "recorded_at": clock.now(),
        },
    )
    return row


def record_receipts(made: Iterable[tuple[Receipt, Trace, str]]) -> None:
    """Keep receipts with their traces and subjects in one statement; what is kept already stays."""
    at = clock.now()
    rows = [
        DecisionReceipt(
            digest=receipt.digest,
            subject=subject,
            kind=receipt.kind,
            data=receipt.data(),
            steps=trace.data(),
            recorded_at=at,
        )
        for receipt, trace, subject in made
    ]
    DecisionReceipt.objects.bulk_create(rows, ignore_conflicts=True)


@transaction.atomic
def import_gazette(source: Path | str) -> Report:
    """Read the official text (a file or the text itself) and keep the wording of every provision it matches.

    An earlier import of the same instrument is replaced as a whole. Raises UnreadableGazette.
    """
    text = gazette_text.read(source) if isinstance(source, Path) else source
    report = match(gazette_text.parse(text, city().series), city())
    digest = gazette_text.source_digest(text)
    OfficialText.objects.filter(instrument__in={item.instrument for item in report.matched}).delete()
    OfficialText.objects.bulk_create(
        OfficialText(
            instrument=item.instrument,
            provision=item.provision,
            wording=item.wording,
            source_digest=digest,
            imported_at=clock.now(),
        )
        for item in report.matched
    )
    return report
