from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PremiumConfig(AppConfig):
    name = "zhengling.services.medical.premium"
    label = "medical_premium"

    def ready(self) -> None:
        """Make the part known to the kernel: procedures, panels, the bank's answer, the daily job, rules."""
        from zhengling.kernel.casework import panels, procedure
        from zhengling.kernel.exchange import declaration
        from zhengling.kernel.funds.hooks import CASE, on_paid
        from zhengling.kernel.jobs.operations import scheduled
        from zhengling.kernel.law import references
        from zhengling.services.medical import desk
        from zhengling.services.medical.premium import (
            enrolment,
            operations,
            procedures,
            refunds,
            schedule,
            views,
            words,
        )

        for declared in procedures.PROCEDURES:
            procedure.register(declared)
        for name in (operations.REQUEST, operations.SUPPLEMENT):
            panels.register(name, "medical_premium/request_panel.html", views.request_panel)
        panels.register(refunds.REFUND, "medical_premium/refund_panel.html", views.refund_panel)
        declaration.register(enrolment.ENROLMENTS)
        desk.register(views.TILE)
        on_paid(CASE, operations.paid)
        on_paid(CASE, refunds.paid)
        references.describe("rule", words.RULES)
        references.describe_values("medical", words.VALUES)
        references.describe(
            "page", {"medical.premium": _("Premium subsidy"), "medical.premium-mine": _("My premium subsidy")}
        )
        scheduled("medical_premium.requests", "daily")(schedule.keep_requests)
