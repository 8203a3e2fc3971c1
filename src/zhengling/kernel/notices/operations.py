"""Making public, taking back, and objecting. An objection becomes a case of the service whose notice it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.casework.errors import ActRefused
from zhengling.kernel.casework.models import Case
from zhengling.kernel.notices.models import Notice
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.workdays.counting import Due

# How long a list of persons stays readable after its period: objections may still be traced, curiosity may not.
DAYS_READABLE_AFTER = 30

# objection_kind -> (notice, row key, data, actor) -> the case the objection became
Opener = Callable[[Notice, str, Mapping[str, Any], Actor], Case]
_openers: dict[str, Opener] = {}


def on_objection(kind: str, opener: Opener) -> None:
    """Let a service take the objections to its notices; called by its AppConfig.ready."""
    _openers[kind] = opener


def publish(
    *,
    kind: str,
    title: str,
    lead: str,
    organ: Organisation,
    place: Organisation,
    citation: str,
    posted_on: date,
    period: Due,
    columns: list[str],
    rows: list[dict[str, Any]],
    case: Case | None = None,
    objection_kind: str = "",
    personal: bool = False,
) -> Notice:
    """Make a notice public from `posted_on`. Rows are ``{"key": …, "cells": [text, …]}``; the posting day is not counted."""
    return Notice.objects.create(
        kind=kind,
        title=title,
        lead=lead,
        organ=organ,
        place=place,
        case=case,
        citation=citation,
        columns=columns,
        rows=rows,
        objection_kind=objection_kind,
        posted_on=posted_on,
        closes_on=period.due,
        provisional=period.provisional,
        hidden_after=period.due + timedelta(days=DAYS_READABLE_AFTER) if personal else None,
        created_at=clock.now(),
    )


def withdraw(notice: Notice) -> None:
    """Take a notice off the public pages; the row stays."""
    notice.withdrawn_on = clock.today()
    notice.save(update_fields=["withdrawn_on"])


@transaction.atomic
def object_to(notice: Notice, row_key: str, data: Mapping[str, Any], actor: Actor) -> Case:
    """Turn an objection to one row into a case. Raises `CaseworkError` after the period or without an opener."""
    if notice.objection_kind not in _openers or notice.withdrawn_on:
        raise ActRefused(_("this notice takes no objections"), notice.citation)
    if clock.today() > notice.closes_on:
        raise ActRefused(
            _("the period for objections ended on %(day)s; you can still write to the unit")
            % {"day": notice.closes_on},
            notice.citation,
        )
    return _openers[notice.objection_kind](notice, row_key, data, actor)
