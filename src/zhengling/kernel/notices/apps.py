from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "zhengling.kernel.notices"
