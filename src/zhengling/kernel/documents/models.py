"""Letters (公文), their steps, numbers and templates; archived files (归档) and their transfer (移交)."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zhengling.kernel.accounts.models import User
from zhengling.kernel.casework.models import Case
from zhengling.kernel.documents import kinds
from zhengling.kernel.documents.compose import Wording
from zhengling.kernel.files.models import StoredFile
from zhengling.kernel.identifiers import uuid7
from zhengling.kernel.organisations.models import Organisation


class Template(models.Model):
    """One version of a kind's wording (模板). Without an organ it is the city's; an organ's own goes before it.

    Versions are never edited: a change is a new version, and a letter keeps the one it was written with.
    """

    kind = models.CharField(max_length=40)
    organ = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="templates")
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    body = models.TextField()
    foot = models.TextField(blank=True)
    note = models.CharField(max_length=200, blank=True)
    active = models.BooleanField(default=False)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["kind", "organ", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "organ", "version"], name="one_template_a_version"),
            models.UniqueConstraint(
                fields=["kind", "version"], condition=Q(organ=None), name="one_city_template_a_version"
            ),
            models.UniqueConstraint(
                fields=["kind", "organ"],
                condition=Q(active=True, organ__isnull=False),
                name="one_active_template",
            ),
            models.UniqueConstraint(
                fields=["kind"], condition=Q(active=True, organ=None), name="one_active_city_template"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} v{self.version}"

    @property
    def letter_kind(self) -> kinds.LetterKind:
        return kinds.get(self.kind)

    @property
    def wording(self) -> Wording:
        return Wording(self.title, self.body, self.foot)


class Letter(models.Model):
    """An official letter (公文). Its text is a template version and data; both are fixed by the signature."""

    class State(models.TextChoices):
        DRAFT = "draft", _("being drafted")
        REVIEW = "review", _("to be checked")
        COUNTERSIGN = "countersign", _("to be countersigned")
        SIGN = "sign", _("to be signed")
        NUMBER = "number", _("to be numbered")
        SEAL = "seal", _("to be sealed")
        DISPATCH = "dispatch", _("to be dispatched")
        DISPATCHED = "dispatched", _("dispatched")
        ARCHIVED = "archived", _("archived")
        WITHDRAWN = "withdrawn", _("withdrawn")
        VOID = "void", _("void")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=40)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="letters")
    organ = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="letters")
    template = models.ForeignKey(Template, on_delete=models.PROTECT, related_name="letters")
    title = models.CharField(max_length=200)
    recipient = models.CharField(max_length=500, blank=True)
    copies = models.CharField(max_length=500, blank=True)
    upward = models.BooleanField(default=False)
    data: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    state = models.CharField(max_length=12, choices=State, default=State.DRAFT)
    short_way = models.BooleanField(default=False)
    drafter = models.ForeignKey(User, on_delete=models.PROTECT, related_name="drafted_letters")
    signer = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="signed_letters")
    signed_on = models.DateField(null=True)
    number = models.CharField(max_length=60, blank=True)
    printed_on = models.DateField(null=True)
    sealed = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=0)
    head = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["organ", "state", "created_at"]),
            models.Index(fields=["case", "kind"]),
        ]

    def __str__(self) -> str:
        return self.number or self.title

    @property
    def letter_kind(self) -> kinds.LetterKind:
        return kinds.get(self.kind)


# States in which somebody still has to do something.
UNFINISHED = [
    Letter.State.DRAFT,
    Letter.State.REVIEW,
    Letter.State.COUNTERSIGN,
    Letter.State.SIGN,
    Letter.State.NUMBER,
    Letter.State.SEAL,
    Letter.State.DISPATCH,
]


class LetterStep(models.Model):
    """A step done on a letter. Append-only and chained by digest, like the events of a case.

    `content` is the digest of the text at that moment: what was signed can be told from what was drafted.
    """

    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="steps")
    seq = models.PositiveIntegerField()
    step = models.CharField(max_length=20)
    state_before = models.CharField(max_length=12, blank=True)
    state_after = models.CharField(max_length=12)
    at = models.DateTimeField()
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    actor_name = models.CharField(max_length=60)
    role = models.CharField(max_length=20)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")
    words = models.CharField(max_length=1000, blank=True)
    facts: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    content = models.CharField(max_length=64)
    previous = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["letter", "seq"]
        constraints = [models.UniqueConstraint(fields=["letter", "seq"], name="one_step_a_seq")]


class Countersignature(models.Model):
    """A unit asked to agree (会签). All are asked at once; `agreed` is None until it has answered."""

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="countersignatures")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    agreed = models.BooleanField(null=True)
    words = models.CharField(max_length=1000, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["letter", "organisation"], name="one_countersign_a_unit")
        ]


class Series(models.Model):
    """A run of numbers of an organ in a year; its row is the lock under which the next number is taken."""

    organ = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=40)
    year = models.PositiveIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organ", "name", "year"], name="one_series_a_year")]


class TakenNumber(models.Model):
    """A number given out. It is never given again; a voided one stays with its reason (作废)."""

    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="numbers")
    number = models.PositiveIntegerField()
    text = models.CharField(max_length=60, db_index=True)
    letter = models.OneToOneField(Letter, on_delete=models.PROTECT, null=True, related_name="taken_number")
    taken_at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True)
    void_reason = models.CharField(max_length=1000, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["series", "number"], name="one_owner_a_number")]


class Transfer(models.Model):
    """A batch of archived files handed over to the city archive (移交), with its list."""

    number = models.CharField(max_length=60, unique=True)
    organ = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    receiver = models.CharField(max_length=120)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()


class ArchivedFile(models.Model):
    """The closed file of a case (案卷) as a package that proves itself. `destroy_after` is None for permanent ones."""

    number = models.CharField(max_length=80, unique=True)
    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="archived")
    organ = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=200)
    retention = models.CharField(max_length=10)
    destroy_after = models.DateField(null=True)
    pages = models.PositiveIntegerField()
    package = models.FileField(max_length=200)
    size = models.PositiveBigIntegerField()
    digest = models.CharField(max_length=64)
    archived_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    archived_at = models.DateTimeField()
    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, null=True, related_name="files")
    transferred_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["organ", "archived_at"])]
