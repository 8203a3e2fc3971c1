"""The funds ledger (基金账) and the money on its way out: budgets, payables, payment batches.

Amounts are integer fen. Article 18 of YZCR-2021-01016 names the three sources; each has accounts of its own,
so that a donation never hides in the budget.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from zhengling.kernel.accounts.models import User
from zhengling.kernel.identifiers import uuid7
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.people.models import Person


class Source(models.TextChoices):
    """Where the money comes from (资金来源), article 18."""

    BUDGET = "budget", _("fiscal budget")
    WELFARE_LOTTERY = "welfare_lottery", _("welfare lottery")
    DONATION = "donation", _("donations")


class Ledger(models.Model):
    """The books of one unit (账套). Its row is locked by every posting: it holds the end of the unit's chain.

    Lock order everywhere: case, then person, then ledger (several ledgers by ascending unit).
    """

    unit = models.OneToOneField(
        Organisation, on_delete=models.PROTECT, primary_key=True, related_name="ledger"
    )
    entries = models.PositiveIntegerField(default=0)
    head = models.CharField(max_length=64, blank=True)
    opened_on = models.DateField()

    class Meta:
        ordering = ["unit__path"]

    def __str__(self) -> str:
        return self.unit.name


class Account(models.Model):
    """One account of a unit (会计科目). `key` is what the code calls it (`bank`, `payable`,
    `expense.inpatient`)."""

    class Kind(models.TextChoices):
        ASSET = "asset", _("asset")
        LIABILITY = "liability", _("liability")
        FUND = "fund", _("fund balance")
        INCOME = "income", _("income")
        EXPENSE = "expense", _("expense")

    ledger = models.ForeignKey(Ledger, on_delete=models.PROTECT, related_name="accounts")
    code = models.CharField(max_length=12)
    key = models.CharField(max_length=40)
    source = models.CharField(max_length=16, choices=Source)
    kind = models.CharField(max_length=10, choices=Kind)
    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=80)

    class Meta:
        ordering = ["ledger", "code"]
        constraints = [
            models.UniqueConstraint(fields=["ledger", "code"], name="one_account_a_code"),
            models.UniqueConstraint(fields=["ledger", "key", "source"], name="one_account_a_key"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def label(self) -> str:
        return self.name_en if (get_language() or "").startswith("en") else self.name

    @property
    def debit_side(self) -> bool:
        """Whether the account normally stands on the debit side."""
        return self.kind in {self.Kind.ASSET, self.Kind.EXPENSE}


class Entry(models.Model):
    """One voucher (记账凭证), append-only and chained per unit. Only an exact opposite entry undoes it, once.

    `purpose` says what the posting is for its origin; the pair is unique, so that the same fact is never
    posted twice. The lines are inserted first and the entry seals them: the database refuses an entry whose
    lines do not balance, and lines for an entry that stands already.
    """

    class Kind(models.TextChoices):
        ORDINARY = "ordinary", _("ordinary")
        REVERSAL = "reversal", _("reversal")
        CLOSING = "closing", _("year close")
        OPENING = "opening", _("carried over")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    ledger = models.ForeignKey(Ledger, on_delete=models.PROTECT, related_name="+")
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.ORDINARY)
    year = models.PositiveSmallIntegerField()
    date = models.DateField()
    description = models.CharField(max_length=200)
    citation = models.CharField(max_length=60)
    origin_kind = models.CharField(max_length=20)
    origin_id = models.CharField(max_length=40)
    purpose = models.CharField(max_length=80)
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="reversed_by")
    posted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    posted_by_name = models.CharField(max_length=60)
    posted_at = models.DateTimeField()
    previous = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["ledger", "seq"]
        constraints = [
            models.UniqueConstraint(fields=["ledger", "seq"], name="one_entry_a_seq"),
            models.UniqueConstraint(
                fields=["ledger", "origin_kind", "origin_id", "purpose"], name="posted_once"
            ),
            models.CheckConstraint(
                condition=models.Q(kind="reversal", reverses__isnull=False)
                | (~models.Q(kind="reversal") & models.Q(reverses__isnull=True)),
                name="a_reversal_reverses",
            ),
        ]
        indexes = [models.Index(fields=["ledger", "date"])]

    def __str__(self) -> str:
        return str(self.seq)


class Line(models.Model):
    """One side of an entry: fen on the debit or on the credit side of an account, never both."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="lines")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="lines")
    debit = models.BigIntegerField(default=0)
    credit = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(debit__gt=0, credit=0) | models.Q(debit=0, credit__gt=0),
                name="one_side_of_a_line",
            )
        ]


class Balance(models.Model):
    """Running sums of an account in a year, kept under the ledger's lock and proven against the lines
    (verify.py)."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="balances")
    year = models.PositiveSmallIntegerField()
    debit = models.BigIntegerField(default=0)
    credit = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "year"], name="one_balance_a_year")]


class YearClose(models.Model):
    """A closed year (结账). Append-only: what is closed stays closed; mistakes are corrected in the open
    year."""

    ledger = models.ForeignKey(Ledger, on_delete=models.PROTECT, related_name="closes")
    year = models.PositiveSmallIntegerField()
    closing = models.OneToOneField(Entry, on_delete=models.PROTECT, null=True, related_name="+")
    opening = models.OneToOneField(Entry, on_delete=models.PROTECT, null=True, related_name="+")
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField()

    class Meta:
        ordering = ["ledger", "year"]
        constraints = [models.UniqueConstraint(fields=["ledger", "year"], name="a_year_closes_once")]


class Appropriation(models.Model):
    """Money received from a source for a year (资金下达): entered by a cashier, posted by a second person's
    approval."""

    class State(models.TextChoices):
        ENTERED = "entered", _("to be approved")
        POSTED = "posted", _("booked")
        REFUSED = "refused", _("not approved")
        REVERSED = "reversed", _("reversed")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    ledger = models.ForeignKey(Ledger, on_delete=models.PROTECT, related_name="appropriations")
    year = models.PositiveSmallIntegerField()
    source = models.CharField(max_length=16, choices=Source)
    amount = models.BigIntegerField()
    document = models.CharField(max_length=80)
    received_on = models.DateField()
    state = models.CharField(max_length=8, choices=State, default=State.ENTERED)
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    entered_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True)
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-received_on", "-id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="appropriation_is_positive"),
            # The same document entered by two cashiers is one appropriation.
            models.UniqueConstraint(
                fields=["ledger", "year", "source", "document"],
                condition=models.Q(state__in=["entered", "posted"]),
                name="one_appropriation_a_document",
            ),
        ]


class Route(models.TextChoices):
    """How the money reaches the payee, article 21."""

    BANK = "bank", _("transfer to a bank account")
    ONE_CARD = "one_card", _("subsidy one-card system")
    ONE_STOP = "one_stop", _("one-stop settlement account")

    @property
    def account(self) -> str:
        """Key of the account the money leaves from: institutions are paid from the one-stop account, all else from
        the special fiscal account."""
        return "one_stop" if self is Route.ONE_STOP else "bank"

    @property
    def transit(self) -> str:
        """Key of the account of payments on their way along this route."""
        return "one_stop_transit" if self is Route.ONE_STOP else "transit"


class Payable(models.Model):
    """What a unit owes under a decision (应付救助款). The account number stays with the payee; here is only
    its mask."""

    class State(models.TextChoices):
        OPEN = "open", _("to be paid")
        BATCHED = "batched", _("in a batch")
        PAID = "paid", _("paid")
        RETURNED = "returned", _("returned by the bank")
        CANCELLED = "cancelled", _("cancelled")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    ledger = models.ForeignKey(Ledger, on_delete=models.PROTECT, related_name="payables")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="payables")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, related_name="payables"
    )
    payee = models.CharField(max_length=120)
    account_mask = models.CharField(max_length=60, blank=True)
    route = models.CharField(max_length=8, choices=Route, default=Route.BANK)
    amount = models.BigIntegerField()
    source = models.CharField(max_length=16, choices=Source)
    expense = models.CharField(max_length=40)
    origin_kind = models.CharField(max_length=20)
    origin_id = models.CharField(max_length=40)
    purpose = models.CharField(max_length=60)
    reference = models.CharField(max_length=40)
    citation = models.CharField(max_length=60)
    due = models.DateField(null=True)
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    reason = models.CharField(max_length=300, blank=True)
    paid_on = models.DateField(null=True)
    booking = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["due", "id"]
        indexes = [
            models.Index(fields=["ledger", "state", "due"]),
            models.Index(fields=["origin_kind", "origin_id"]),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["ledger", "origin_kind", "origin_id", "purpose"], name="owed_once"
            ),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="payable_is_positive"),
            models.CheckConstraint(
                condition=models.Q(person=None) ^ models.Q(organisation=None), name="one_payee_a_payable"
            ),
        ]

    @property
    def batchable(self) -> bool:
        return self.state in {self.State.OPEN, self.State.RETURNED}


class PaymentBatch(models.Model):
    """Payments sent to the bank together (拨付批次): made by a cashier, approved by another person, answered
    by the bank."""

    class State(models.TextChoices):
        DRAFT = "draft", _("being put together")
        SUBMITTED = "submitted", _("to be approved")
        APPROVED = "approved", _("approved")
        EXPORTED = "exported", _("sent to the bank")
        DONE = "done", _("answered by the bank")
        CANCELLED = "cancelled", _("cancelled")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    ledger = models.ForeignKey(Ledger, on_delete=models.PROTECT, related_name="batches")
    year = models.PositiveSmallIntegerField()
    seq = models.PositiveIntegerField()
    route = models.CharField(max_length=8, choices=Route)
    bank_format = models.CharField(max_length=40)
    state = models.CharField(max_length=9, choices=State, default=State.DRAFT)
    approvals = models.PositiveSmallIntegerField(default=0)
    maker = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    approver = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    file_digest = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["ledger", "state"])]
        constraints = [models.UniqueConstraint(fields=["ledger", "year", "seq"], name="one_batch_a_number")]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"{self.ledger.unit.code}-{self.year}-{self.seq:04d}"


class Payment(models.Model):
    """One row of a batch: one payable on its way."""

    class State(models.TextChoices):
        PENDING = "pending", _("waits for the bank")
        CONFIRMED = "confirmed", _("paid")
        RETURNED = "returned", _("returned by the bank")
        REMOVED = "removed", _("taken out")

    batch = models.ForeignKey(PaymentBatch, on_delete=models.PROTECT, related_name="payments")
    seq = models.PositiveIntegerField()
    payable = models.ForeignKey(Payable, on_delete=models.PROTECT, related_name="payments")
    amount = models.BigIntegerField()
    source = models.CharField(max_length=16, choices=Source)
    state = models.CharField(max_length=9, choices=State, default=State.PENDING)
    bank_reference = models.CharField(max_length=60, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    # What the origin answered when it was told of the payment and could not follow; empty when all went well.
    follow_up = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["batch", "seq"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "seq"], name="one_payment_a_row"),
            models.UniqueConstraint(
                fields=["payable"],
                condition=models.Q(state__in=["pending", "confirmed"]),
                name="one_batch_a_payable",
            ),
        ]


class BatchStep(models.Model):
    """What was done to a batch, by whom, when and why. Append-only."""

    batch = models.ForeignKey(PaymentBatch, on_delete=models.PROTECT, related_name="steps")
    act = models.CharField(max_length=20)
    state = models.CharField(max_length=9, choices=PaymentBatch.State)
    at = models.DateTimeField()
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    actor_name = models.CharField(max_length=60)
    note = models.CharField(max_length=300, blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ["id"]


class Override(models.Model):
    """An approval beyond the balance of a source (超余额批准): how much, why, by whom. Append-only."""

    batch = models.ForeignKey(PaymentBatch, on_delete=models.PROTECT, related_name="overrides")
    source = models.CharField(max_length=16, choices=Source)
    available = models.BigIntegerField()
    amount = models.BigIntegerField()
    reason = models.CharField(max_length=300)
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField()


class PayeeAccount(models.Model):
    """The bank account of an organisation that is paid (协议医药机构资金账户、基金账户), sealed like a
    person's."""

    organisation = models.OneToOneField(
        Organisation, on_delete=models.PROTECT, primary_key=True, related_name="payee_account"
    )
    holder = models.CharField(max_length=120)
    bank_name = models.CharField(max_length=80)
    number_sealed = models.TextField()
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    entered_at = models.DateTimeField()
