from django.apps import AppConfig


class CaseworkConfig(AppConfig):
    name = "zhengling.kernel.casework"

    def ready(self) -> None:
        """Decide which kernel events API clients may see."""
        from zhengling.kernel.casework import feed
        from zhengling.kernel.outbox import registry

        registry.clients_see(feed.seen_by)
