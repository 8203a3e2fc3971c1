from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "zhengling.kernel.audit"

    def ready(self) -> None:
        from zhengling.kernel.audit import receivers

        receivers.connect()
