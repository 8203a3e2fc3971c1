from django.apps import AppConfig


class LawConfig(AppConfig):
    name = "zhengling.kernel.law"

    def ready(self) -> None:
        from zhengling.kernel.law import references

        references.register("act", "law.propose_change", "law.approve_change", "law.reject_change")
        references.register("register", "law.instruments")
