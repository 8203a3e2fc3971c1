from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "zhengling.kernel.outbox"

    def ready(self) -> None:
        from zhengling.kernel.outbox import delivery  # noqa: F401 - registers its job
