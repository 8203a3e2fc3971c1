"""What the desk of medical assistance shows of this part: recoveries, supervision cases, the auditor's page."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.casework.queries import visible
from zhengling.services.medical.desk import Figure, Tile
from zhengling.services.medical.recovery import audit, queries

READERS = frozenset({"clerk", "reviewer", "approver", "cashier", "supervisor", "auditor"})


def _of_recoveries(actor: Actor) -> Sequence[Figure]:
    rows = queries.recoveries(visible(actor))
    late = queries.recoveries(visible(actor), overdue=True)
    return (
        Figure(_("open"), rows.filter(case__closed_at=None).count()),
        Figure(_("Outstanding"), queries.recovery_totals(rows)["outstanding"], fen=True),
        Figure(_("Instalment overdue"), late.count(), warn=True),
    )


def _of_leads(actor: Actor) -> Sequence[Figure]:
    return (Figure(_("open"), queries.leads(visible(actor), stage="open").count()),)


def _of_audit(actor: Actor) -> Sequence[Figure]:
    return (Figure(_("counties"), audit.units(actor).count()),)


TILES = (
    Tile(
        _("Recoveries"),
        _("what was got by fraud: stopped, demanded back in full, handed over to justice"),
        "medical-recoveries",
        "YZCR-2021-01016/24",
        READERS,
        _of_recoveries,
        rank=80,
    ),
    Tile(
        _("Supervision of the fund"),
        _("leads of diversion, misuse, false claims and impersonation, to the measure"),
        "medical-leads",
        "YZCR-2021-01016/23",
        READERS,
        _of_leads,
        rank=81,
    ),
    Tile(
        _("Audit"),
        _("every record of a county and period, and samples of them; nothing can be changed"),
        "medical-audit",
        "YZCR-2021-01016/4(11)",
        frozenset({"supervisor", "auditor"}),
        _of_audit,
        rank=90,
    ),
)
