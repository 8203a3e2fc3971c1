"""What a token opens. One scope per area of the API; a token has no more than what its client needs."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhengling.kernel.accounts.roles import ROLES

SCOPES: dict[str, str | Promise] = {
    "law:read": _("read instruments, provisions and parameters"),
    "receipts:read": _("read and replay receipts of decisions"),
    "organisations:read": _("read organisations"),
    "notices:read": _("read public notices"),
    "cases:read": _("read procedures, the unit's cases and their time limits"),
    "cases:act": _("open cases, do acts and add papers"),
    "events:read": _("follow the events of the unit's cases"),
    "settlements:read": _("an agreement hospital: pre-settlement, own settlements"),
    "settlements:act": _("an agreement hospital: settle and cancel medical assistance"),
    "exchange:read": _("read the unit's data sets, files and differences"),
    "exchange:act": _("bring files, have them taken over and settle differences"),
}

# A client acts with roles of its unit, but never with one that asks for a second factor: what an approver decides,
# a person decides (Personal Information Protection Law, Art. 24).
CLIENT_ROLES = {name: role for name, role in ROLES.items() if role.business and not role.second_factor}
