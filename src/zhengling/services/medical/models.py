"""Medical assistance (医疗救助): applications, surveys, recognitions, settlements, accumulators, decisions, public lists.

Amounts are integer fen. Names of amounts follow the national settlement fields (domain: inscp_scp_amt, maf_pay).
"""

from __future__ import annotations

from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from zhengling.kernel import clock
from zhengling.kernel.accounts.models import User
from zhengling.kernel.casework.models import Case, Event
from zhengling.kernel.files.models import StoredFile
from zhengling.kernel.identifiers import uuid7
from zhengling.kernel.law.parameters import ParametersOn
from zhengling.kernel.law.queries import parameters_for
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.people.models import Person
from zhengling.services.medical.terms import class_of


class Benefit(models.TextChoices):
    INPATIENT = "inpatient", _("inpatient")
    MAJOR_OUTPATIENT = "major_outpatient", _("outpatient, major disease")
    SPECIAL_OUTPATIENT = "special_outpatient", _("outpatient, special disease")
    OTHER_OUTPATIENT = "other_outpatient", _("outpatient, not assisted")


class Exclusion(models.TextChoices):
    """Cost that is not assisted (article 8(1)-(4))."""

    NONE = "", _("in scope")
    NOT_CONTRACTED = "not_contracted", _("institution without agreement")
    OUT_OF_AREA = "out_of_area_no_referral", _("out of area without referral")
    WELLNESS = "wellness_cosmetic", _("wellness or cosmetic treatment")
    THIRD_PARTY = "third_party", _("borne by a third party")
    OTHER = "other", _("excluded by other law or policy")


class Identity(models.Model):
    """A mark of class 1 or 2 (救助对象身份标识), articles 5(1), 5(2) and 13, with who says so and from when to when.

    A person may hold several; the most favourable one counts on a day (reading R3). `detail` says more where the
    keeper's list does: which kind of monitored household, which grade of disability. `unit` is the place of
    recognition.
    """

    class Kind(models.TextChoices):
        EXTREME_POVERTY = "extreme_poverty", _("supported as extremely poor")
        ORPHAN = "orphan", _("orphan")
        UNATTENDED_CHILD = "unattended_child", _("child without actual support")
        MINIMUM_LIVING = "minimum_living", _("minimum living allowance")
        SEVERE_DISABILITY = "severe_disability", _("severe disability")
        MARGINAL = "marginal", _("household at the margin of the allowance")
        MONITORED = "monitored", _("monitored against falling back into poverty")
        HARDSHIP_VETERAN = "hardship_veteran", _("veteran in difficulty")

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="medical_identities")
    kind = models.CharField(max_length=20, choices=Kind)
    detail = models.CharField(max_length=20, blank=True)
    unit = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    source = models.CharField(max_length=80)
    evidence = models.CharField(max_length=120, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    ended_because = models.CharField(max_length=200, blank=True)
    recorded_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["person", "valid_from"]), models.Index(fields=["unit", "kind"])]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "kind"], condition=models.Q(valid_to=None), name="one_open_identity_a_kind"
            )
        ]

    def class_on(self, day: date) -> int:
        """Article 5: the class that the law of the day gives this kind; being a veteran is a flag, no class."""
        return self.class_under(parameters_for("medical").on(day))

    def class_under(self, law: ParametersOn) -> int:
        """The same for many marks under one law, without asking for it again."""
        return 0 if self.kind == self.Kind.HARDSHIP_VETERAN else class_of(self.kind, law)

    @property
    def assistance_class(self) -> int:
        """Article 5 as printed, for lists (what decides is `class_on`): the first three kinds are class 1, the others
        class 2; being a veteran is a flag, no class.
        """
        if self.kind == self.Kind.HARDSHIP_VETERAN:
            return 0
        first = {self.Kind.EXTREME_POVERTY, self.Kind.ORPHAN, self.Kind.UNATTENDED_CHILD}
        return 1 if self.kind in first else 2


class Commencement(models.Model):
    """The day from which a county works here (启用日期). What was settled before it is in the opening load (期初)."""

    unit = models.OneToOneField(
        Organisation, on_delete=models.PROTECT, primary_key=True, related_name="medical_commencement"
    )
    begins_on = models.DateField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()


class Institution(models.Model):
    """An agreement institution (协议医药机构), article 8(1) and 16: its national code, its agreement, who clears it."""

    organisation = models.OneToOneField(
        Organisation, on_delete=models.PROTECT, primary_key=True, related_name="medical_institution"
    )
    fixmedins_code = models.CharField(max_length=12, unique=True)
    unit = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    agreement_from = models.DateField()
    agreement_to = models.DateField(null=True)
    one_stop = models.BooleanField(default=True)


class Application(models.Model):
    """What is asked for in one case (申请), article 14: assistance of class 3 for the settlements handed in with it."""

    case = models.OneToOneField(
        Case, on_delete=models.PROTECT, primary_key=True, related_name="medical_application"
    )
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="medical_applications")
    benefit_year = models.PositiveSmallIntegerField()
    disease_sealed = models.TextField()
    hardship_veteran = models.BooleanField(default=False)
    by_proxy = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["person", "benefit_year"])]


class Survey(models.Model):
    """Household survey (入户调查), article 14: who lives there, what came in over 12 months, what the family owns."""

    application = models.OneToOneField(
        Application, on_delete=models.PROTECT, primary_key=True, related_name="survey"
    )
    visited_on = models.DateField()
    members = models.PositiveSmallIntegerField()
    income_12_months = models.BigIntegerField()
    property_beyond_necessities = models.BigIntegerField()
    annual_in_scope_self_paid = models.BigIntegerField()
    note = models.TextField(blank=True)
    surveyors = models.CharField(max_length=120)
    device_key = models.CharField(max_length=64, blank=True)


class Recognition(models.Model):
    """Class-3 recognition (第三类救助对象认定), articles 4(5) and 6: the two tests, their results, the officer's decision."""

    application = models.OneToOneField(
        Application, on_delete=models.PROTECT, primary_key=True, related_name="recognition"
    )
    income_test = models.BooleanField(null=True)
    ratio_test = models.BooleanField()
    proposed = models.BooleanField()
    recognised = models.BooleanField()
    override_reason = models.CharField(max_length=1000, blank=True)
    trace = models.JSONField()
    decided_by = models.ForeignKey(Event, on_delete=models.PROTECT, null=True, related_name="+")


class Settlement(models.Model):
    """One insurance settlement (结算) handed in or fed; `setl_id` is the national settlement id where there is one.

    `unit` pays; `channel` says how it came. `national` holds the other fields of the national settlement object as they
    came, amounts in fen, the disease code sealed. `also_counted`: cost that counts beside the in-scope amount (article 8:
    rare diseases; the first own share where it is read so). `released`: its application came to nothing (refused,
    withdrawn), so that it may be handed in again.
    """

    class Channel(models.TextChoices):
        APPLICATION = "application", _("handed in with an application")
        ONE_STOP = "one_stop", _("one-stop settlement")
        PLATFORM = "platform", _("from the national platform")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    setl_id = models.CharField(max_length=40, db_index=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="settlements")
    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, null=True, related_name="settlements"
    )
    setl_time = models.DateTimeField()
    setl_seq = models.PositiveIntegerField(default=0)
    channel = models.CharField(max_length=12, choices=Channel, default=Channel.APPLICATION)
    unit = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    institution = models.ForeignKey(
        Institution, on_delete=models.PROTECT, null=True, related_name="settlements"
    )
    hospital = models.CharField(max_length=120)
    national = models.JSONField(default=dict)
    benefit = models.CharField(max_length=20, choices=Benefit)
    medfee_sumamt = models.BigIntegerField()
    inscp_scp_amt = models.BigIntegerField()
    paid_before_assistance = models.BigIntegerField()
    also_counted = models.BigIntegerField(default=0)
    exclusion = models.CharField(max_length=30, choices=Exclusion, blank=True)
    exclusion_reason = models.CharField(max_length=300, blank=True)
    released = models.BooleanField(default=False)

    class Meta:
        ordering = ["setl_time", "setl_seq", "id"]
        indexes = [
            models.Index(fields=["institution", "setl_time"]),
            models.Index(fields=["unit", "setl_time"]),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    paid_before_assistance__lte=models.F("inscp_scp_amt") + models.F("also_counted")
                ),
                name="paid_within_scope",
            ),
            models.UniqueConstraint(
                fields=["setl_id"], condition=models.Q(released=False), name="one_settlement_a_number"
            ),
        ]

    @property
    def self_paid(self) -> int:
        """Article 8: in-scope cost less all that was paid before assistance, in fen."""
        return self.inscp_scp_amt + self.also_counted - self.paid_before_assistance


class BenefitYear(models.Model):
    """A person's benefit year (年度累计), articles 10, 11 and 15; locked while a settlement is decided.

    Cost is in-scope self-paid cost whatever the class at the time (reading A12); inpatient and major-disease outpatient
    share one pool, special outpatient has its own. `order` numbers the person's decisions as they were accepted:
    replaying them in this order gives equal results. `latest` is the newest settlement among them.
    """

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="benefit_years")
    year = models.PositiveSmallIntegerField()
    inpatient_cost = models.BigIntegerField(default=0)
    major_cost = models.BigIntegerField(default=0)
    inpatient_paid = models.BigIntegerField(default=0)
    special_cost = models.BigIntegerField(default=0)
    special_paid = models.BigIntegerField(default=0)
    was_class_3 = models.BooleanField(default=False)
    order = models.PositiveIntegerField(default=0)
    latest = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "year"], name="one_benefit_year")]


class CarriedSum(models.Model):
    """What came into a benefit year otherwise than by a decision here (转入): an opening load, a case ended on paper.

    It has a place in the year's order, so that a replay starts from it.
    """

    benefit_year = models.ForeignKey(BenefitYear, on_delete=models.PROTECT, related_name="carried")
    order = models.PositiveIntegerField()
    inpatient_cost = models.BigIntegerField(default=0)
    major_cost = models.BigIntegerField(default=0)
    inpatient_paid = models.BigIntegerField(default=0)
    special_cost = models.BigIntegerField(default=0)
    special_paid = models.BigIntegerField(default=0)
    was_class_3 = models.BooleanField(default=False)
    source = models.CharField(max_length=80)

    class Meta:
        ordering = ["order"]
        constraints = [
            models.UniqueConstraint(fields=["benefit_year", "order"], name="one_carried_sum_an_order")
        ]


class Decision(models.Model):
    """How one settlement was assisted. `base = below_deductible + assisted + above_ceiling`.

    A reversal is a row of its own with negative figures; the row it `reverses` is then `undone`. `told`: the money is
    what the national platform paid, taken over for a stated reason, while the parts are still ours.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    settlement = models.ForeignKey(Settlement, on_delete=models.PROTECT, related_name="decisions")
    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, null=True, related_name="decisions"
    )
    benefit_year = models.ForeignKey(BenefitYear, on_delete=models.PROTECT, related_name="decisions")
    order = models.PositiveIntegerField()
    assistance_class = models.PositiveSmallIntegerField()
    veteran = models.BooleanField(default=False)
    base_amt = models.BigIntegerField()
    below_deductible_amt = models.BigIntegerField()
    assisted_amt = models.BigIntegerField()
    above_ceiling_amt = models.BigIntegerField()
    rate = models.PositiveSmallIntegerField(help_text="hundredths of a percent")
    cap_cut_amt = models.BigIntegerField()
    maf_pay = models.BigIntegerField()
    receipt = models.CharField(max_length=64, blank=True)
    told = models.BooleanField(default=False)
    undone = models.BooleanField(default=False)
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="reversed_by")
    decided_at = models.DateTimeField()

    class Meta:
        ordering = ["order"]
        constraints = [
            models.UniqueConstraint(fields=["benefit_year", "order"], name="one_decision_an_order"),
            models.UniqueConstraint(
                fields=["settlement"],
                condition=models.Q(reverses=None, undone=False),
                name="one_decision_a_settlement",
            ),
        ]


class Flag(models.Model):
    """A settlement an officer should look at (待复核), with why; closed by an officer with what was found."""

    class Kind(models.TextChoices):
        SPANS_INCLUSION = "spans_inclusion", _("stay across the day of inclusion")
        LATE = "late", _("came after a later settlement")
        AFTER_REVERSAL = "after_reversal", _("rests on a settlement that was reversed")

    settlement = models.ForeignKey(Settlement, on_delete=models.PROTECT, related_name="flags")
    kind = models.CharField(max_length=20, choices=Kind)
    citation = models.CharField(max_length=60)
    raised_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    finding = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-raised_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["settlement", "kind"],
                condition=models.Q(closed_at=None),
                name="one_open_flag_a_kind",
            )
        ]


class ScopeException(models.Model):
    """Article 8(1): cost outside the city without referral, or (reading R7) elsewhere than under agreement, that is
    assisted all the same, decided with a reason in a case. For one settlement (`setl_id`) or for a span of days."""

    class Ground(models.TextChoices):
        RESCUE = "rescue", _("emergency rescue")
        RESIDENCE = "residence", _("long residence elsewhere")
        REASON = "reason", _("another good reason")

    case = models.OneToOneField(
        Case, on_delete=models.PROTECT, primary_key=True, related_name="scope_exception"
    )
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="scope_exceptions")
    ground = models.CharField(max_length=10, choices=Ground)
    setl_id = models.CharField(max_length=40, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField()
    granted = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["person", "granted"])]


class PublicList(models.Model):
    """The quarter's list of one village or community (公示名单), article 14: five working days on its fixed board."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True, related_name="medical_list")
    village = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    quarter = models.PositiveSmallIntegerField()
    photo = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["village", "year", "quarter"], name="one_list_a_quarter")
        ]


class PublicItem(models.Model):
    """One line of the list: an approved case, shown with a masked name, kind of help and amount; nothing else."""

    list = models.ForeignKey(PublicList, on_delete=models.PROTECT, related_name="items")
    application = models.OneToOneField(Application, on_delete=models.PROTECT, related_name="public_item")
    masked_name = models.CharField(max_length=60)
    amount = models.BigIntegerField()
