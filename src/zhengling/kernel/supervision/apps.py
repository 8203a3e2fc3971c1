from django.apps import AppConfig


class SupervisionConfig(AppConfig):
    name = "zhengling.kernel.supervision"

    def ready(self) -> None:
        """Verify and seal once a day."""
        from zhengling.kernel.jobs.operations import scheduled
        from zhengling.kernel.supervision import integrity

        scheduled("supervision.verify", "daily")(integrity.verify)
        scheduled("supervision.seal", "daily")(integrity.seal)
