from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "zhengling.kernel.audit"
