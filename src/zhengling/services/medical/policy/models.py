"""What if the rules were otherwise (政策试算), articles 7 and 18 of YZCR-2021-01016: populations, reforms, trials."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from zhengling.kernel import clock
from zhengling.kernel.accounts.models import User
from zhengling.kernel.casework.models import Case
from zhengling.kernel.identifiers import uuid7
from zhengling.kernel.organisations.models import Organisation


class Work(models.TextChoices):
    """How far something stands that the worker does."""

    QUEUED = "queued", _("waiting for the worker")
    RUNNING = "running", _("running")
    DONE = "done", _("completed")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


class Snapshot(models.Model):
    """A population in columns (人口快照): a file under ``var/population``, named by its digest and never changed."""

    class Origin(models.TextChoices):
        REGISTER = "register", _("settlements of this system")
        GENERATED = "generated", _("made up by the generator; nobody in it exists")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    state = models.CharField(max_length=9, choices=Work, default=Work.QUEUED)
    origin = models.CharField(max_length=9, choices=Origin)
    note = models.CharField(max_length=200, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    counties = models.JSONField(default=list)
    rows = models.PositiveBigIntegerField(default=0)
    person_years = models.PositiveBigIntegerField(default=0)
    first_year = models.PositiveSmallIntegerField(default=0)
    last_year = models.PositiveSmallIntegerField(default=0)
    until = models.DateField(null=True)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    beat_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-asked_at"]

    def __str__(self) -> str:
        return self.digest[:12] or self.get_state_display()

    @property
    def path(self) -> Path:
        return folder() / f"{self.digest}.arrow"


class Reform(models.Model):
    """A change of the rules that somebody thinks about (政策方案).

    `changes` gives parameters their whole new value as the city's file writes it (yuan, percent, a table by class),
    `compared` the value that they had in the law of `base_day`, before any approval. An approved reform is in
    force from `effective_on` on, through the law's own parameter changes.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        TRIED = "tried", _("tried")
        SUBMITTED = "submitted", _("submitted")
        APPROVED = "approved", _("approved")
        REFUSED = "refused", _("refused")
        WITHDRAWN = "withdrawn", _("withdrawn")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    unit = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=120)
    base_day = models.DateField()
    changes = models.JSONField(default=dict)
    compared = models.JSONField(default=dict)
    state = models.CharField(max_length=9, choices=State, default=State.DRAFT)
    revision = models.PositiveIntegerField(default=0)
    drafted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    document = models.CharField(max_length=200, blank=True)
    effective_on = models.DateField(null=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-drafted_at"]
        indexes = [models.Index(fields=["state", "drafted_at"])]

    def __str__(self) -> str:
        return self.title

    @property
    def in_force(self) -> bool:
        """No timer has to fire: approved, and its day has come."""
        return (
            self.state == self.State.APPROVED
            and self.effective_on is not None
            and self.effective_on <= clock.today()
        )

    @property
    def open_to_change(self) -> bool:
        return self.state in {self.State.DRAFT, self.State.TRIED}


class ReformStep(models.Model):
    """What was done to a reform, by whom, when and why. Append-only."""

    reform = models.ForeignKey(Reform, on_delete=models.PROTECT, related_name="steps")
    act = models.CharField(max_length=12)
    state = models.CharField(max_length=9, choices=Reform.State)
    at = models.DateTimeField()
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    actor_name = models.CharField(max_length=60)
    note = models.CharField(max_length=1000, blank=True)
    digest = models.CharField(max_length=64, help_text="of the changes and the result they rest on")

    class Meta:
        ordering = ["id"]


class Trial(models.Model):
    """One run of a reform over a population (试算). What it rests on stands beside its result, so that it can be repeated.

    `result` is `results.Result` as JSON; `law` the digest of all parameters without the reform.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    reform = models.ForeignKey(Reform, on_delete=models.PROTECT, related_name="trials")
    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="trials")
    base_day = models.DateField()
    changes = models.JSONField()
    law = models.CharField(max_length=64, blank=True)
    code_version = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=9, choices=Work, default=Work.QUEUED)
    done = models.PositiveIntegerField(default=0)
    steps = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    beat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    milliseconds = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    result = models.JSONField(null=True)

    class Meta:
        ordering = ["-asked_at"]
        indexes = [models.Index(fields=["state", "asked_at"])]
        constraints = [
            models.UniqueConstraint(
                fields=["reform"],
                condition=models.Q(state__in=[Work.QUEUED, Work.RUNNING]),
                name="one_trial_at_a_time",
            )
        ]

    @property
    def going(self) -> bool:
        return self.state in {Work.QUEUED, Work.RUNNING}

    @property
    def percent(self) -> int:
        return self.done * 100 // self.steps if self.steps else 0


class TouchedCase(models.Model):
    """An open case that the tried law would decide otherwise, in fen: what it would be granted before and after."""

    trial = models.ForeignKey(Trial, on_delete=models.CASCADE, related_name="touched")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    stage = models.CharField(max_length=40)
    before = models.BigIntegerField()
    after = models.BigIntegerField()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["trial", "case"], name="one_touch_a_case")]


def folder() -> Path:
    """Where the population files are kept."""
    return Path(settings.VAR) / "population"
