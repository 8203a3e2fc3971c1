"""Reading the record, for the audit administrator."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Q, QuerySet

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.accounts.models import User
from zhengling.kernel.audit.models import Access
from zhengling.kernel.organisations.models import Level


def readable(actor: Actor) -> QuerySet[Access]:
    """Rows the actor may read: what accounts of a unit did, if and only if the actor is audit administrator
    of that unit or one above; everything, failed sign-ins included, if that is the whole city."""
    units = actor.units("audit_admin")
    rows = Access.objects.select_related("user", "user__organisation").order_by("-seq")
    if any(unit.level == Level.CITY for unit in units):
        return rows
    if not units:
        return rows.none()
    inside = Q()
    for unit in units:
        inside |= Q(user__organisation__path__startswith=unit.path)
    return rows.filter(inside)


def search(
    rows: QuerySet[Access],
    *,
    since: date | None = None,
    until: date | None = None,
    who: str = "",
    action: str = "",
    subject: str = "",
    failed: bool = False,
) -> QuerySet[Access]:
    """Narrow the record: days (both included, in Shanghai), words in username or name, action, subject's id
    or an account's username, failures only."""
    if since:
        rows = rows.filter(at__gte=clock.at(since, 0))
    if until:
        rows = rows.filter(at__lt=clock.at(until + timedelta(days=1), 0))
    if who:
        rows = rows.filter(Q(user__username__icontains=who) | Q(user__full_name__icontains=who))
    if action:
        rows = rows.filter(action=action)
    if subject:
        meant = Q(subject_id=subject)
        account = User.objects.filter(username=subject.lower()).first()
        if account:
            meant |= Q(subject_kind="account", subject_id=str(account.pk))
        rows = rows.filter(meant)
    if failed:
        rows = rows.filter(succeeded=False)
    return rows


def about(subject_kind: str, subject_id: object) -> QuerySet[Access]:
    """Everything recorded about one subject, newest first: what a person asks when he wants to know who saw
    his data (个人信息保护法 Art. 45)."""
    rows = Access.objects.filter(subject_kind=subject_kind, subject_id=str(subject_id))
    return rows.select_related("user", "user__organisation").order_by("-seq")


def account_names(rows: list[Access]) -> dict[str, str]:
    """Account id (as text) -> username, for the rows of one page."""
    ids = {row.subject_id for row in rows if row.subject_kind == "account" and row.subject_id}
    return {str(pk): name for pk, name in User.objects.filter(pk__in=ids).values_list("pk", "username")}
