"""What stands around the marks: the lists as received, questions to their keepers, changes of class, marks sent, the
opening load's paper cases."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from zhengling.kernel.accounts.models import User
from zhengling.kernel.exchange.models import Difference, Exchange
from zhengling.kernel.identifiers import uuid7
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.people.models import Person
from zhengling.services.medical.models import Benefit, Identity


class Listed(models.Model):
    """A person on a department's newest list (名单), as the department writes it; compared once the list is whole.

    `code` is the kind of mark with its detail (``monitored.unstable``). Of each unit and list only the newest is
    kept.
    """

    exchange = models.ForeignKey(Exchange, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    row = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    code = models.CharField(max_length=41)
    since = models.DateField(null=True)
    until = models.DateField(null=True)
    evidence = models.CharField(max_length=120, blank=True)
    deceased_on = models.DateField(null=True)

    class Meta:
        indexes = [models.Index(fields=["person"])]
        constraints = [models.UniqueConstraint(fields=["exchange", "row"], name="one_listed_a_row")]


class Question(models.Model):
    """What we asked the keeper of a list instead of following it (询问), until a list answers it.

    `claim` is what the list said: as long as it says the same, the same thing is not raised again.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    difference = models.OneToOneField(Difference, on_delete=models.PROTECT, related_name="medical_question")
    matter = models.CharField(max_length=100)
    claim = models.JSONField()
    text = models.CharField(max_length=500)
    asked_by_name = models.CharField(max_length=60)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answer = models.ForeignKey(Exchange, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["asked_at", "id"]


class ClassChange(models.Model):
    """A person's class on a day became another one (类别变更), article 15. 0 is none."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="medical_class_changes")
    identity = models.ForeignKey(Identity, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    before = models.PositiveSmallIntegerField()
    after = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=500, blank=True)
    by_name = models.CharField(max_length=60)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-id"]


class SentMark(models.Model):
    """A mark as the platform last got it from us (身份标识报送), and what it answered."""

    class State(models.TextChoices):
        SENT = "sent", _("sent")
        ACCEPTED = "accepted", _("accepted")
        REFUSED = "refused", _("refused")

    identity = models.OneToOneField(Identity, on_delete=models.PROTECT, related_name="medical_sent")
    code = models.CharField(max_length=20)
    begins = models.DateField()
    ends = models.DateField(null=True)
    exchange = models.ForeignKey(Exchange, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=State, default=State.SENT)
    answer = models.CharField(max_length=200, blank=True)


class PaperCase(models.Model):
    """A case that was open when the county began here and is finished on paper (期初在办件).

    Only what keeps money and the person's year right is recorded: whose it is, where it stands, how it ended.
    """

    class Stage(models.TextChoices):
        TOWNSHIP = "township", _("with the township")
        COUNTY = "county", _("with the county")
        TO_PAY = "to_pay", _("approved, to be paid")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    unit = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=40)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="medical_paper_cases")
    filed_on = models.DateField()
    stage = models.CharField(max_length=8, choices=Stage)
    exchange = models.ForeignKey(Exchange, on_delete=models.PROTECT, related_name="+")
    closed_on = models.DateField(null=True)
    granted = models.BooleanField(null=True)
    benefit = models.CharField(max_length=20, choices=Benefit, blank=True)
    cost = models.BigIntegerField(default=0)
    amount = models.BigIntegerField(default=0)
    note = models.CharField(max_length=300, blank=True)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["filed_on", "number"]
        constraints = [models.UniqueConstraint(fields=["unit", "number"], name="one_paper_case_a_number")]
