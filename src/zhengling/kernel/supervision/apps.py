from django.apps import AppConfig


class SupervisionConfig(AppConfig):
    name = "zhengling.kernel.supervision"
