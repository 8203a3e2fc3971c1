from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LawConfig(AppConfig):
    name = "zhengling.kernel.law"

    def ready(self) -> None:
        from zhengling.kernel.law import references

        references.describe(
            "act",
            {
                "law.propose_change": _("propose another value of a parameter"),
                "law.approve_change": _("approve another value of a parameter"),
                "law.reject_change": _("reject another value of a parameter"),
            },
        )
        references.describe("register", {"law.instruments": _("register of regulations")})
