from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrganisationsConfig(AppConfig):
    name = "zhengling.kernel.organisations"

    def ready(self) -> None:
        """The law may point at the register of posts."""
        from zhengling.kernel.law import references

        references.describe("register", {"organisations.posts": _("posts and who holds them")})
