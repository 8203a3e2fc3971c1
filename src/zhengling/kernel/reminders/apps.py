from django.apps import AppConfig
from django.conf import settings


class RemindersConfig(AppConfig):
    name = "zhengling.kernel.reminders"

    def ready(self) -> None:
        """Listen to acts, watch the limits, open the channels."""
        from zhengling.kernel.reminders import channels, desk, escalation, operations  # noqa: F401 - they register

        channels.register(settings.CHANNELS.names)
