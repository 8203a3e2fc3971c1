from django.apps import AppConfig


class ClientsConfig(AppConfig):
    name = "zhengling.kernel.clients"

    def ready(self) -> None:
        from zhengling.kernel.clients import operations  # noqa: F401 - registers its job
