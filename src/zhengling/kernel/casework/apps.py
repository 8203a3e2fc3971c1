from django.apps import AppConfig


class CaseworkConfig(AppConfig):
    name = "zhengling.kernel.casework"

    def ready(self) -> None:
        """Decide which kernel events API clients may see; name papers in the audit record; recount open limits when
        the calendar has changed; forget who tried to follow a case."""
        from zhengling.kernel.audit import words
        from zhengling.kernel.casework import feed, following, labels, limits
        from zhengling.kernel.jobs.operations import scheduled
        from zhengling.kernel.outbox import registry

        registry.clients_see(feed.seen_by)
        words.also(labels.paper_label)
        scheduled("casework.recount", "hourly")(limits.recompute_open)
        scheduled("casework.forget_attempts", "daily", hour=3)(following.forget_attempts)
