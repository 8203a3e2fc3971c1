"""Cases (案件、办件) and what grows from them: events, time limits, tasks, papers."""

from __future__ import annotations

from functools import cached_property

from django.db import models
from django.utils.translation import gettext_lazy as _

from zhengling.kernel.accounts.models import User
from zhengling.kernel.casework import procedure as procedures
from zhengling.kernel.files.models import StoredFile
from zhengling.kernel.identifiers import uuid7
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.people.models import Person


class Case(models.Model):
    """One run of a procedure. `version` grows with every event; whoever acts on an older one is told so."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(max_length=24, unique=True)
    procedure = models.CharField(max_length=40)
    stage = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    subject = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="cases")
    applicant = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="applied_cases")
    place = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    filed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="filed_cases")
    urgent = models.BooleanField(default=False)
    check_code = models.CharField(max_length=8)
    version = models.PositiveIntegerField(default=0)
    head = models.CharField(max_length=64, blank=True)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="offspring")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["procedure", "stage", "opened_at"]),
            models.Index(fields=["closed_at", "procedure"]),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def declaration(self) -> procedures.Procedure:
        return procedures.get(self.procedure)

    @cached_property
    def units(self) -> dict[str, Organisation]:
        """The units that take part, by relation. They never change, so one query serves the object's life."""
        return {party.relation: party.organisation for party in self.parties.select_related("organisation")}

    @property
    def stage_label(self) -> procedures.Text:
        return self.declaration.stage(self.stage).label


class Party(models.Model):
    """A unit in its relation to the case; resolved once, when the case opens, so that later moves do not rewrite history."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="parties")
    relation = models.CharField(max_length=40)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "relation"], name="one_unit_a_relation")]
        indexes = [models.Index(fields=["organisation", "case"])]


class Event(models.Model):
    """One act done. Append-only (the database refuses updates and deletes) and chained by digest.

    `digest` = SHA-256 over the previous digest and the canonical JSON of this row, in which the payload stands as
    its salted digest; deleting a payload by law leaves the chain whole.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="events")
    # The case's procedure once more, to count acts without touching the cases; not part of the digest.
    procedure = models.CharField(max_length=40)
    seq = models.PositiveIntegerField()
    act = models.CharField(max_length=40)
    stage_before = models.CharField(max_length=40, blank=True)
    stage_after = models.CharField(max_length=40)
    at = models.DateTimeField()
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="events")
    actor_name = models.CharField(max_length=60)
    role = models.CharField(max_length=20)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    citations = models.JSONField(default=list)
    payload_digest = models.CharField(max_length=64)
    previous = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["case", "seq"]
        constraints = [models.UniqueConstraint(fields=["case", "seq"], name="one_event_a_seq")]
        indexes = [
            models.Index(fields=["actor", "at"]),
            models.Index(fields=["procedure", "act"], name="events_by_act"),
        ]


class Payload(models.Model):
    """What the act was told, apart from the event so that personal data can be deleted by law."""

    event = models.OneToOneField(Event, on_delete=models.PROTECT, primary_key=True, related_name="payload")
    salt = models.CharField(max_length=32)
    data = models.JSONField()


class TimeLimit(models.Model):
    """A running or ended time limit, derived from events; no timer has to fire for it to be true.

    `procedure`, `statutory` and `waits` are the declaration's, kept here so that limits are counted over all cases
    from an index alone.
    """

    class State(models.TextChoices):
        RUNNING = "running", _("running")
        PAUSED = "paused", _("paused")
        MET = "met", _("met")
        MISSED = "missed", _("ended late")
        DROPPED = "dropped", _("no longer applies")

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="limits")
    procedure = models.CharField(max_length=40)
    name = models.CharField(max_length=40)
    holder = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    statutory = models.BooleanField()
    waits = models.BooleanField()
    citation = models.CharField(max_length=60)
    count = models.PositiveIntegerField()
    unit = models.CharField(max_length=10)
    started_on = models.DateField()
    started_by = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="+")
    pauses = models.JSONField(default=list)
    extensions = models.JSONField(default=list)
    nominal = models.DateField()
    due = models.DateField()
    next_step_earliest = models.DateField()
    provisional = models.BooleanField()
    calendar_version = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=State, default=State.RUNNING)
    ended_on = models.DateField(null=True)
    ended_by = models.ForeignKey(Event, on_delete=models.PROTECT, null=True, related_name="+")
    warned_on = models.DateField(null=True)
    escalated_on = models.DateField(null=True)

    class Meta:
        indexes = [
            # For lists in the order of dates, and for grouped counts by holder from the index alone.
            models.Index(fields=["state", "due"], name="limits_due"),
            models.Index(fields=["state", "ended_on"], name="limits_ended"),
            models.Index(
                fields=["holder", "state", "due", "waits", "procedure", "name", "statutory"],
                name="limits_of_holder_due",
            ),
            models.Index(
                fields=["holder", "state", "ended_on", "waits", "procedure", "name", "statutory"],
                name="limits_of_holder_ended",
            ),
        ]


class Task(models.Model):
    """Something on a desk (待办): a stage's handling, an item inside it, a copy, or a reminder.

    Whoever holds `role` in `organisation` sees it; `assignee` narrows it to one of them.
    """

    class Kind(models.TextChoices):
        STAGE = "stage", _("to handle")
        ITEM = "item", _("item")
        COPY = "copy", _("copy")

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="tasks")
    kind = models.CharField(max_length=6, choices=Kind)
    name = models.CharField(max_length=40)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="tasks")
    role = models.CharField(max_length=20)
    assignee = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="tasks")
    returned = models.BooleanField(default=False)
    urged_at = models.DateTimeField(null=True)
    due = models.DateField(null=True)
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "role", "done_at", "due"]),
            models.Index(
                fields=["organisation", "kind", "due"], condition=models.Q(done_at=None), name="open_tasks"
            ),
            models.Index(fields=["assignee", "done_at"]),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "kind", "name", "organisation"],
                condition=models.Q(done_at=None),
                name="one_open_task_of_a_kind",
            )
        ]


class CasePaper(models.Model):
    """A paper of the case and its scan (材料), or the note that it is missing."""

    class State(models.TextChoices):
        MISSING = "missing", _("missing")
        RECEIVED = "received", _("received")
        REJECTED = "rejected", _("not acceptable")

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="papers")
    name = models.CharField(max_length=40)
    state = models.CharField(max_length=8, choices=State, default=State.MISSING)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=200, blank=True)
    changed_at = models.DateTimeField()


class FollowAttempt(models.Model):
    """A failed try to follow a case; `origin` is a keyed digest of the address. Only counted, soon deleted."""

    origin = models.CharField(max_length=32)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["origin", "at"])]
