from django.apps import AppConfig


class ReturnsConfig(AppConfig):
    name = "zhengling.kernel.returns"

    def ready(self) -> None:
        """Make the measures of the kernel known, and the daily opening of returns."""
        from zhengling.kernel.jobs.operations import scheduled
        from zhengling.kernel.returns import common_measures, operations

        common_measures.register()
        scheduled("returns.open", "daily")(operations.open_periods)
