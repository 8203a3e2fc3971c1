from django.apps import AppConfig


class WorkdaysConfig(AppConfig):
    name = "zhengling.kernel.workdays"
