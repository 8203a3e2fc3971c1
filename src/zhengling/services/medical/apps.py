from django.apps import AppConfig


class MedicalConfig(AppConfig):
    name = "zhengling.services.medical"
