from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FundsConfig(AppConfig):
    name = "zhengling.kernel.funds"

    def ready(self) -> None:
        """The law may point at the accounts that every chart has."""
        from zhengling.kernel.law import references

        references.describe(
            "account",
            {
                "funds.bank": _("money in the special fiscal account"),
                "funds.payable": _("assistance owed and not yet paid"),
                "funds.transit": _("payments on their way to the bank"),
                "funds.one_stop": _("money in the one-stop settlement account"),
                "funds.one_stop_transit": _("payments to institutions on their way"),
                "funds.fund": _("balance carried forward from year to year"),
                "funds.income": _("money received: budget, welfare lottery, donations"),
            },
        )
