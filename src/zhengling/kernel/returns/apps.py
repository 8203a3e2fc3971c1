from django.apps import AppConfig


class ReturnsConfig(AppConfig):
    name = "zhengling.kernel.returns"
