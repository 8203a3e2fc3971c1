from django.apps import AppConfig
from django.conf import settings


class ReturnsConfig(AppConfig):
    name = "zhengling.kernel.returns"

    def ready(self) -> None:
        """Make the measures of the kernel known, and the daily opening of returns."""
        from zhengling.kernel.jobs.operations import scheduled
        from zhengling.kernel.law import references
        from zhengling.kernel.returns import common_measures, loading, operations

        common_measures.register()
        # A form's file is called by its key; loading refuses another name.
        forms = (settings.CITY / "returns").glob("*.yaml")
        references.describe("return", {f"returns.{path.stem}": loading.title(path) for path in forms})
        scheduled("returns.open", "daily")(operations.open_periods)
