from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "zhengling.kernel.accounts"

    def ready(self) -> None:
        from zhengling.kernel.accounts import signals

        signals.connect()
