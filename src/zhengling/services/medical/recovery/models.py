"""Recovery (追回) and fund supervision (基金监管): what is at issue, stops, hand-overs, sanctions, reports, measures.

Amounts are integer fen. What was said in an act stands in its event; here is what is searched, summed or sealed.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from zhengling.kernel.casework.models import Case
from zhengling.kernel.identifiers import uuid7
from zhengling.kernel.people.masking import mask_name
from zhengling.kernel.people.models import Person
from zhengling.services.medical.models import Decision
from zhengling.services.medical.stops import HOUSEHOLD


class Origin(models.TextChoices):
    """What a recovery starts from."""

    CASE = "case", _("a paid case")
    SETTLEMENT = "settlement", _("a settlement")
    REPORT = "report", _("a report")
    OBJECTION = "objection", _("an upheld objection")


class Means(models.TextChoices):
    """How assistance was got, in the words of article 24."""

    FALSE_STATEMENT = "false_statement", _("false statement")
    CONCEALMENT = "concealment", _("concealment")
    FORGERY = "forgery", _("forgery")
    OTHER = "other", _("other improper means")


class Ground(models.TextChoices):
    """What the false facts were about; assistance stops on the same ground."""

    HOUSEHOLD = HOUSEHOLD, _("income, property or cost of the household")
    IDENTITY = "identity", _("identity of the person")
    TREATMENT = "treatment", _("treatment or its bills")


class Recovery(models.Model):
    """One recovery (追回). `about` is the aid case at issue, `objection` the upheld objection it follows from.

    `amount` is what the decision demands back, in full: the sum of the items that were paid; None before it.
    """

    case = models.OneToOneField(
        Case, on_delete=models.PROTECT, primary_key=True, related_name="medical_recovery"
    )
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="medical_recoveries")
    origin = models.CharField(max_length=10, choices=Origin)
    about = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="recoveries")
    objection = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="+")
    means = models.CharField(max_length=15, choices=Means, blank=True)
    ground = models.CharField(max_length=10, choices=Ground, blank=True)
    amount = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField(null=True)


class Item(models.Model):
    """One decided settlement at issue. Once `demanded`, no other recovery demands it."""

    recovery = models.ForeignKey(Recovery, on_delete=models.PROTECT, related_name="items")
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="+")
    demanded = models.BooleanField(default=False)

    class Meta:
        ordering = ["decision__order"]
        constraints = [
            models.UniqueConstraint(fields=["recovery", "decision"], name="one_item_a_decision"),
            models.UniqueConstraint(
                fields=["decision"], condition=models.Q(demanded=True), name="demanded_by_one_recovery"
            ),
        ]


class Stop(models.Model):
    """Assistance stopped (停止救助), article 24: on one ground, from a day until somebody lifts it with a reason."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="medical_stops")
    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="medical_stop")
    ground = models.CharField(max_length=10, choices=Ground)
    since = models.DateField()
    lifted_on = models.DateField(null=True)
    lift_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["person", "since"])]


class Authority(models.TextChoices):
    """To whom a suspicion is handed over."""

    POLICE = "police", _("public security organ")
    PROCURATORATE = "procuratorate", _("procuratorate")
    DISCIPLINE = "discipline", _("discipline inspection and supervision")
    HEALTH = "health", _("health commission")
    OTHER = "other", _("another authority")


class Handover(models.Model):
    """A suspected crime or another's matter handed over (移送), with the receipt that came back (回执)."""

    class Answer(models.TextChoices):
        NONE = "", _("no receipt yet")
        TAKEN = "taken", _("taken up")
        NOT_TAKEN = "not_taken", _("not taken up")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="medical_handovers")
    authority = models.CharField(max_length=13, choices=Authority)
    organ = models.CharField(max_length=80)
    reference = models.CharField(max_length=60)
    handed_on = models.DateField()
    answer = models.CharField(max_length=9, choices=Answer, blank=True)
    receipt = models.CharField(max_length=60, blank=True)
    receipt_on = models.DateField(null=True)

    class Meta:
        ordering = ["handed_on", "id"]


class Sanction(models.Model):
    """A decision of other law that goes with the case (其他处理决定), a fine for instance: recorded, never computed."""

    class Kind(models.TextChoices):
        FINE = "fine", _("fine")
        SUSPENSION = "suspension", _("online settlement suspended")
        OTHER = "other", _("other")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="medical_sanctions")
    kind = models.CharField(max_length=10, choices=Kind)
    organ = models.CharField(max_length=80)
    law = models.CharField(max_length=120)
    reference = models.CharField(max_length=60)
    decided_on = models.DateField()
    amount = models.BigIntegerField(null=True)

    class Meta:
        ordering = ["decided_on", "id"]


# --- supervision of the fund: article 23 ----------------------------------------------------------------------------


class Lead(models.Model):
    """What a supervision case is about (监管线索): which misuse, by whom, how the office heard of it."""

    class Kind(models.TextChoices):
        DIVERSION = "diversion", _("money of the fund diverted")
        MISUSE = "misuse", _("money of the fund used for something else")
        FALSE_CLAIM = "false_claim", _("false claim")
        IMPERSONATION = "impersonation", _("claimed in somebody else's name")

    class PartyKind(models.TextChoices):
        UNIT = "unit", _("unit")
        HOSPITAL = "hospital", _("agreement hospital")
        PERSON = "person", _("person")

    class Source(models.TextChoices):
        REPORT = "report", _("reported by somebody")
        DATA = "data", _("comparison of data")
        AUDIT = "audit", _("audit")
        OTHER = "other", _("another unit")

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True, related_name="medical_lead")
    kind = models.CharField(max_length=13, choices=Kind)
    party_kind = models.CharField(max_length=8, choices=PartyKind)
    party = models.CharField(max_length=120)
    source = models.CharField(max_length=6, choices=Source)
    amount = models.BigIntegerField(null=True)

    @property
    def party_shown(self) -> str:
        """The party as screens show it: a person's name is masked."""
        return mask_name(self.party) if self.party_kind == self.PartyKind.PERSON else self.party


class Reporter(models.Model):
    """Who reported (举报人), sealed: for the officers of the case, with a purpose that is recorded; never for the party."""

    lead = models.OneToOneField(Lead, on_delete=models.PROTECT, primary_key=True, related_name="reporter")
    name_sealed = models.TextField()
    contact_sealed = models.TextField(blank=True)


class Measure(models.Model):
    """What a finding leads to (处理措施), article 23, and how it was followed."""

    class Kind(models.TextChoices):
        RETURN = "order_return", _("order to return the money")
        NOTICE = "notice_hospital", _("notice to the agreement hospital")
        HAND_OVER = "hand_over", _("hand-over to another authority")
        NONE = "none", _("no measure")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="medical_measures")
    seq = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=15, choices=Kind)
    amount = models.BigIntegerField(null=True)
    due = models.DateField(null=True)
    ordered_on = models.DateField()
    done_on = models.DateField(null=True)
    result = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["case", "seq"]
        constraints = [models.UniqueConstraint(fields=["case", "seq"], name="one_measure_a_number")]

    @property
    def waits(self) -> bool:
        """Whether somebody still has to follow it."""
        return self.done_on is None and self.kind in {self.Kind.RETURN, self.Kind.NOTICE}
