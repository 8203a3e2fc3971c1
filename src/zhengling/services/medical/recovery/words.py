"""What the law's page says of this part's parameters."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

VALUES: dict[str, str | Promise] = {
    "undone": _("as if nothing had been given"),
    "kept": _("kept as it was reckoned"),
}

PAGES: dict[str, str | Promise] = {
    "medical.recoveries": _("Recoveries"),
    "medical.leads": _("Supervision of the fund"),
    "medical.audit": _("Audit"),
}
