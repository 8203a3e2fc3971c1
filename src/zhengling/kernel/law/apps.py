from django.apps import AppConfig


class LawConfig(AppConfig):
    name = "zhengling.kernel.law"
