"""What institutions advanced and get back (一站式清算): statements with their lines, requests for the money."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from zhengling.kernel.casework.models import Case
from zhengling.kernel.organisations.models import Organisation
from zhengling.services.medical.models import Decision, Institution


class Statement(models.Model):
    """What one unit owes one institution for the decisions of a month and earlier ones not cleared yet (结算单),
    article 16. Amounts in fen; `digest` covers the lines as they were drawn up."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True, related_name="statement")
    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="statements")
    unit = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    period = models.CharField(max_length=7)
    claimed = models.BigIntegerField(default=0)
    deducted = models.BigIntegerField(default=0)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["-period", "institution"]
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "unit", "period"], name="one_statement_an_institution_and_month"
            )
        ]

    @property
    def payable(self) -> int:
        return self.claimed - self.deducted


class StatementLine(models.Model):
    """One decision on a statement; the database lets a decision be cleared once. `claimed` is what the institution
    advanced, below zero for a reversal; the reviewer may deduct with a reason."""

    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="lines")
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="cleared_in")
    claimed = models.BigIntegerField()
    deducted = models.BigIntegerField(default=0)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(deducted=0) | models.Q(deducted__gt=0, deducted__lte=models.F("claimed")),
                name="deducted_within_claim",
            )
        ]

    @property
    def payable(self) -> int:
        return self.claimed - self.deducted


class FundingRequest(models.Model):
    """Money asked for the one-stop settlement account (一站式资金请拨), article 21: by source, granted by finance."""

    case = models.OneToOneField(
        Case, on_delete=models.PROTECT, primary_key=True, related_name="funding_request"
    )
    unit = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    amounts = models.JSONField(help_text=_("source -> fen"))
    owed = models.BigIntegerField(help_text=_("owed to institutions when it was asked for, fen"))

    @property
    def total(self) -> int:
        return sum(self.amounts.values())
