from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "zhengling.kernel.accounts"
