from django.apps import AppConfig


class OrganisationsConfig(AppConfig):
    name = "zhengling.kernel.organisations"
