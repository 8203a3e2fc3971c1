from django.apps import AppConfig


class FundsConfig(AppConfig):
    name = "zhengling.kernel.funds"
