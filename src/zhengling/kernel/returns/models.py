"""Returns (报表): forms in versions, one return for each unit and period, its corrections, and what was done to it."""

from __future__ import annotations

from functools import cached_property

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from zhengling.kernel.accounts.models import User
from zhengling.kernel.casework.models import Case
from zhengling.kernel.identifiers import uuid7
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.returns.declaration import Declaration, parse
from zhengling.kernel.returns.periods import Period


class ReturnForm(models.Model):
    """One version of a form as declared. `content` never changes: another wording is another version."""

    key = models.CharField(max_length=60)
    version = models.PositiveIntegerField()
    valid_from = models.DateField()
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    loaded_at = models.DateTimeField()

    class Meta:
        ordering = ["key", "-version"]
        constraints = [models.UniqueConstraint(fields=["key", "version"], name="one_form_a_version")]

    def __str__(self) -> str:
        return f"{self.key} {self.version}"

    @cached_property
    def declaration(self) -> Declaration:
        return parse(self.content, str(self))

    @property
    def title(self) -> str:
        return self.declaration.title.in_language(get_language() or "")


class Return(models.Model):
    """The return of one unit for one period. `figures` has every cell by name (counts, fen, hundredths of a percent).

    A correction is a new row with the next `correction` number; the old one stays as it was handed in. `sources` are
    the lower returns that were added up.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("being filled in")
        SUBMITTED = "submitted", _("handed in")
        RETURNED = "returned", _("sent back")
        ACCEPTED = "accepted", _("accepted above")
        LOCKED = "locked", _("period locked")
        CORRECTED = "corrected", _("replaced by a correction")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    form = models.ForeignKey(ReturnForm, on_delete=models.PROTECT, related_name="returns")
    key = models.CharField(max_length=60)
    unit = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="returns")
    period = models.CharField(max_length=8)
    correction = models.PositiveIntegerField(default=0)
    corrects = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="corrected_by")
    state = models.CharField(max_length=9, choices=State, default=State.DRAFT)
    revision = models.PositiveIntegerField(default=0)
    figures = models.JSONField(default=dict)
    typed = models.JSONField(default=dict)
    sources = models.JSONField(default=list)
    note = models.CharField(max_length=1000, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    due = models.DateField(null=True)
    computed_at = models.DateTimeField(null=True)
    maker = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField(null=True)
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    accepted_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField()

    class Meta:
        ordering = ["-period", "key", "unit__path", "-correction"]
        indexes = [models.Index(fields=["key", "period", "state"]), models.Index(fields=["unit", "state"])]
        constraints = [
            models.UniqueConstraint(
                fields=["key", "unit", "period", "correction"], name="one_return_a_period"
            ),
            # Of the corrections of a period one counts; the others were replaced.
            models.UniqueConstraint(
                fields=["key", "unit", "period"],
                condition=~models.Q(state="corrected"),
                name="one_return_that_counts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.period} {self.unit.code}"

    @property
    def span(self) -> Period:
        return Period.parse(self.period)

    @property
    def period_label(self) -> str:
        return self.span.in_language(get_language() or "")

    @property
    def editable(self) -> bool:
        return self.state in {self.State.DRAFT, self.State.RETURNED}

    @property
    def lowest(self) -> bool:
        """Whether this return is measured, not added up."""
        return self.unit.level == self.form.declaration.levels[0]


class CellCase(models.Model):
    """A case behind a cell, as found when the return was computed."""

    owner = models.ForeignKey(Return, on_delete=models.CASCADE, related_name="cell_cases")
    cell = models.CharField(max_length=100)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "cell", "case"], name="one_case_a_cell")]


class ReturnStep(models.Model):
    """What was done to a return, by whom, when, why, and with which figures. Append-only."""

    owner = models.ForeignKey(Return, on_delete=models.PROTECT, related_name="steps")
    act = models.CharField(max_length=12)
    state = models.CharField(max_length=9, choices=Return.State)
    at = models.DateTimeField()
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    actor_name = models.CharField(max_length=60)
    note = models.CharField(max_length=1000, blank=True)
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["id"]
