"""The demo city's recoveries and supervision cases, played through the real acts on the days they name.

The data are in the city's folder (``demo/recovery.yaml``); nobody in them exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.accounts.models import User
from zhengling.kernel.casework.models import Case
from zhengling.kernel.casework.operations import perform
from zhengling.kernel.outbox.delivery import deliver, fan_out
from zhengling.services.medical.recovery import operations, supervision


def load(city: Path) -> None:
    """Play every course, after the households were paid."""
    data = YAML(typ="safe").load((city / "demo" / "recovery.yaml").read_text(encoding="utf-8"))
    for row in data["recoveries"]:
        about = Case.objects.get(procedure="medical_aid", subject__name=row["about"])
        _play(row["course"], {"origin": "case", "reference": about.number})
    for row in data["supervision"]:
        _play(row["course"], {})


def _play(course: list[Any], opening: Mapping[str, str]) -> None:
    case: Case | None = None
    for step, (day, act, username, given) in enumerate(course):
        actor = Actor(user=User.objects.get(username=username))
        with clock.freeze(clock.at(day, 9 + step % 8)):
            if case is None:
                start = operations.start if act == "open" else supervision.start
                case = start(actor, {**opening, **given})
            elif act.startswith("referral:"):
                child = case.offspring.get(procedure="medical_referral", closed_at=None)
                perform(child.pk, act.partition(":")[2], actor, _plain(given))
            else:
                perform(case.pk, act, actor, _plain(given))
            fan_out()
            deliver()


def _plain(given: Mapping[str, Any]) -> dict[str, Any]:
    """Dates as a form would send them, in tables too."""
    return {
        name: [_plain(row) for row in value]
        if isinstance(value, list)
        else value.isoformat()
        if isinstance(value, date)
        else value
        for name, value in given.items()
    }
