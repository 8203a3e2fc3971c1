from django.apps import AppConfig


class CaseworkConfig(AppConfig):
    name = "zhengling.kernel.casework"
