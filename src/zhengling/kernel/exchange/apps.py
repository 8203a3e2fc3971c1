from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "zhengling.kernel.exchange"

    def ready(self) -> None:
        from zhengling.kernel.exchange import operations  # noqa: F401 - registers its job
