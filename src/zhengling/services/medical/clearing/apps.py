from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ClearingConfig(AppConfig):
    name = "zhengling.services.medical.clearing"
    label = "medical_clearing"

    def ready(self) -> None:
        """Statements of institutions and the money for them: procedures, panels, the monthly job, the bank's answer."""
        from zhengling.kernel.casework import panels, procedure
        from zhengling.kernel.funds.hooks import CASE, on_paid
        from zhengling.kernel.jobs.operations import scheduled
        from zhengling.kernel.law import references
        from zhengling.services.medical import desk
        from zhengling.services.medical.clearing import operations, procedures, views

        for declared in procedures.PROCEDURES:
            procedure.register(declared)
        panels.register("medical_clearing", "medical_clearing/statement.html", views.statement_panel)
        panels.register("medical_funding", "medical_clearing/funding.html", views.funding_panel)
        references.describe("page", {"medical.clearing": _("Clearing with institutions")})
        desk.register(views.TILE)
        on_paid(CASE, operations.paid)
        scheduled("medical.clearing_statements", "daily")(operations.draw_up_statements)
