from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "zhengling.kernel.jobs"

    def ready(self) -> None:
        from zhengling.kernel.jobs import operations  # noqa: F401 - registers its job
