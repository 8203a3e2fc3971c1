from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "zhengling.kernel.outbox"
