"""Public notices (公示、公告、通告、公布) with their statutory minimum periods."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from zhengling.kernel.casework.models import Case
from zhengling.kernel.identifiers import uuid7
from zhengling.kernel.organisations.models import Organisation


class Notice(models.Model):
    """What an organ makes public. `rows` hold only what may be seen by everybody: masked names, no numbers of persons.

    `closes_on` is the last counted day of the minimum period; `hidden_after` ends the showing of personal lists, whose
    purpose is over then.
    """

    class Kind(models.TextChoices):
        PUBLICITY = "publicity", _("publicity (公示)")
        ANNOUNCEMENT = "announcement", _("announcement (公告)")
        CALL = "call", _("notice of work (通告)")
        RELEASE = "release", _("release (公布)")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=12, choices=Kind)
    title = models.CharField(max_length=200)
    lead = models.TextField()
    organ = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="notices")
    place = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="notices")
    citation = models.CharField(max_length=60)
    columns = models.JSONField(default=list)
    rows = models.JSONField(default=list)
    objection_kind = models.CharField(max_length=40, blank=True)
    posted_on = models.DateField(db_index=True)
    closes_on = models.DateField()
    provisional = models.BooleanField(default=False)
    hidden_after = models.DateField(null=True)
    withdrawn_on = models.DateField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-posted_on", "-id"]

    def __str__(self) -> str:
        return self.title
