from django.apps import AppConfig


class MedicalConfig(AppConfig):
    name = "zhengling.services.medical"

    def ready(self) -> None:
        """Make the service known to the kernel: procedures, hooks, measures, schedule, rules, panel."""
        from zhengling.kernel.casework import panels, procedure
        from zhengling.kernel.documents.archive import contribute
        from zhengling.kernel.funds.hooks import CASE, on_paid
        from zhengling.kernel.jobs.operations import scheduled
        from zhengling.kernel.law import references
        from zhengling.kernel.notices.operations import on_objection
        from zhengling.kernel.outbox.registry import handler
        from zhengling.services.medical import measures, prints, procedures, publicity, views, words

        for declared in procedures.PROCEDURES:
            procedure.register(declared)
        panels.register("medical_aid", "medical/panel.html", views.panel)
        panels.register("medical_list", "medical/list_panel.html", views.list_panel)
        contribute("medical_aid", prints.archive_records)
        on_paid(CASE, publicity.paid)
        measures.register()
        handler("medical.objection_dismissed", "medical.medical_objection.dismiss")(
            publicity.close_after_objection
        )
        on_objection("medical_objection", publicity.object_to_item)
        references.describe("rule", words.RULES)
        references.describe_values("medical", words.VALUES)
        references.describe("page", words.PAGES)
        scheduled("medical.quarterly_lists", "daily")(publicity.draw_up_lists)
