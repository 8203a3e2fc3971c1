from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RecoveryConfig(AppConfig):
    name = "zhengling.services.medical.recovery"
    label = "medical_recovery"

    def ready(self) -> None:
        """Make the part known: procedures, letters, panels, stops, the way from an upheld objection, the morning page."""
        from zhengling.kernel.casework import panels, procedure
        from zhengling.kernel.documents import kinds
        from zhengling.kernel.law import references
        from zhengling.kernel.outbox.registry import handler
        from zhengling.kernel.supervision import morning
        from zhengling.services.medical import desk, stops
        from zhengling.services.medical.recovery import (
            letters,
            lines,
            operations,
            procedures,
            queries,
            supervision_procedures,
            tiles,
            views,
            words,
        )

        for declared in (procedures.RECOVERY, *supervision_procedures.PROCEDURES):
            procedure.register(declared)
        for kind in letters.KINDS:
            kinds.register(kind)
        panels.register("medical_recovery", "medical_recovery/recovery_panel.html", views.recovery_panel)
        panels.register(
            "medical_supervision", "medical_recovery/supervision_panel.html", views.supervision_panel
        )
        panels.register("medical_aid", "medical_recovery/stop_panel.html", views.stop_panel)
        stops.register(queries.stops)
        handler("medical_recovery.after_objection", "medical.medical_objection.uphold")(
            operations.open_after_objection
        )
        references.describe_values("medical", words.VALUES)
        references.describe("page", words.PAGES)
        for tile in tiles.TILES:
            desk.register(tile)
        morning.register_morning_section(
            morning.Section(
                "instalments_overdue",
                _("Repayments overdue"),
                _("No repayment is overdue."),
                queries.overdue,
                lines.of_instalment,
                late=True,
            )
        )
