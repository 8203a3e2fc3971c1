"""Premium subsidy (参保资助): requests with their rosters, one subsidy a person and year, enrolments of the
platform.

Amounts are integer fen, rates hundredths of a percent.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from zhengling.kernel.casework.models import Case
from zhengling.kernel.exchange.models import Exchange
from zhengling.kernel.funds.models import Source
from zhengling.kernel.identifiers import uuid7
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.people.models import Person
from zhengling.services.medical.models import Identity


class Request(models.Model):
    """A county's request for premium money of a year (资金申请), article 21. Number 0 is the one after the period, the
    following ones are supplementary (补充名册).

    Its roster is drawn anew until the request is filed; from then on `digest` holds it.
    """

    case = models.OneToOneField(
        Case, on_delete=models.PROTECT, primary_key=True, related_name="premium_request"
    )
    county = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    number = models.PositiveSmallIntegerField(default=0)
    source = models.CharField(max_length=16, choices=Source, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    frozen_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["county", "year", "number"]
        constraints = [
            models.UniqueConstraint(fields=["county", "year", "number"], name="one_premium_request_a_number")
        ]


class Group(models.TextChoices):
    """Groups of article 9 that are subsidised."""

    CLASS_1 = "class_1", _("class 1")
    SEVERE_DISABILITY = "severe_disability", _("severely disabled persons")
    OTHER_CLASS_2 = "other_class_2", _("others of class 2")


class Route(models.TextChoices):
    FUND = "fund", _("to the insurance fund")
    REFUND = "refund", _("back to the person")


class Subsidy(models.Model):
    """A person's subsidised premium of a year: the only row of that person and year, and a line of the roster.

    To the fund it is paid with its request; back to the person who had paid the whole premium with a refund case.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="premium_subsidies")
    year = models.PositiveSmallIntegerField()
    county = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    identity = models.ForeignKey(Identity, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=Identity.Kind)
    group = models.CharField(max_length=20, choices=Group)
    recognised_on = models.DateField()
    rate = models.PositiveSmallIntegerField()
    premium = models.BigIntegerField()
    amount = models.BigIntegerField()
    route = models.CharField(max_length=8, choices=Route)
    request = models.ForeignKey(Request, on_delete=models.PROTECT, null=True, related_name="lines")
    refund = models.OneToOneField(Case, on_delete=models.PROTECT, null=True, related_name="premium_refunded")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["person", "year"], name="one_premium_subsidy_a_year"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="premium_subsidy_is_positive"),
            models.CheckConstraint(
                condition=models.Q(route="fund", request__isnull=False, refund=None)
                | models.Q(route="refund", request=None),
                name="premium_subsidy_goes_one_way",
            ),
        ]
        indexes = [models.Index(fields=["county", "year", "route"])]


class Refund(models.Model):
    """What is asked back in one refund case (退费申请): the year, when and how much the person paid."""

    case = models.OneToOneField(
        Case, on_delete=models.PROTECT, primary_key=True, related_name="premium_refund"
    )
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="premium_refunds")
    year = models.PositiveSmallIntegerField()
    paid_on = models.DateField()
    paid_amount = models.BigIntegerField()
    running = models.BooleanField(default=True)

    class Meta:
        constraints = [
            # A case that came to nothing may be followed by another one.
            models.UniqueConstraint(
                fields=["person", "year"], condition=models.Q(running=True), name="one_premium_refund_a_year"
            )
        ]


class Enrolment(models.Model):
    """One row of the platform's list (参保缴费名单): who enrolled in a county for a year and paid what.

    Kept are persons known here and whoever paid less than the premium; names follow the national fields. Of a county
    and year the newest list taken over counts.
    """

    exchange = models.ForeignKey(Exchange, on_delete=models.PROTECT, related_name="enrolments")
    row = models.PositiveIntegerField()
    year = models.PositiveSmallIntegerField()
    psn_no = models.CharField(max_length=30)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="enrolments")
    insutype = models.CharField(max_length=6)
    clct_time = models.DateField()
    psn_clct_amt = models.BigIntegerField()

    class Meta:
        ordering = ["exchange", "row"]
        constraints = [models.UniqueConstraint(fields=["exchange", "row"], name="one_enrolment_a_row")]
        indexes = [models.Index(fields=["person", "year"])]
