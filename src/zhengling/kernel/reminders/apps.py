from django.apps import AppConfig


class RemindersConfig(AppConfig):
    name = "zhengling.kernel.reminders"
