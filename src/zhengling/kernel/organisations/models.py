"""The tree of organisations (机构): city, counties, zones, townships, villages, departments, institutions, groups."""

from __future__ import annotations

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Level(models.TextChoices):
    CITY = "city", _("city")
    COUNTY = "county", _("county or zone")
    TOWNSHIP = "township", _("township or subdistrict")
    VILLAGE = "village", _("village or community")
    DEPARTMENT = "department", _("department")
    INSTITUTION = "institution", _("institution")
    GROUP = "group", _("leading group")


def _in_language(chinese: str, english: str) -> str:
    return english if english and (get_language() or "").startswith("en") else chinese


class Organisation(models.Model):
    """One unit. `kind` says what it is for (`medical_insurance`, `civil_affairs`, `government`, `hospital`, …).

    `path` holds the codes from the root, ``/4311/431181/431181001/``, so that a subtree is one prefix search.
    """

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120, db_index=True)
    short_name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=120, blank=True)
    level = models.CharField(max_length=12, choices=Level)
    kind = models.CharField(max_length=40)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    path = models.CharField(max_length=200, unique=True)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    source = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["parent", "kind"]), models.Index(fields=["level", "kind"])]
        ordering = ["path"]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """The name in the language of the reader; Chinese where no official English name exists."""
        return _in_language(self.name, self.name_en)

    def covers(self, other: Organisation) -> bool:
        """Whether `other` is this unit or lies below it."""
        return other.path.startswith(self.path)


class Alias(models.Model):
    """Another name of a unit: short forms, former names, forms the gazette prints (别名)."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="aliases")
    name = models.CharField(max_length=120, db_index=True)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)


class Membership(models.Model):
    """Who belongs to a leading group or task force (领导小组、专班)."""

    group = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="memberships")
    member = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="member_of")
    role = models.CharField(max_length=12)
    citation = models.CharField(max_length=60, blank=True)


class Post(models.Model):
    """An office within a unit (职务), held by persons one after the other."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="posts")
    title = models.CharField(max_length=80)
    title_en = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "title"], name="one_post_of_a_title")]

    @property
    def label(self) -> str:
        """The title in the language of the reader."""
        return _in_language(self.title, self.title_en)


class Incumbency(models.Model):
    """Who holds a post from when to when (任职), both days included; `document` cites what says so.

    An unknown first day stays empty and is never computed; without a last day the person holds the post.
    """

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="incumbencies")
    holder = models.CharField(max_length=60)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    document = models.CharField(max_length=60)
    note = models.CharField(max_length=200, blank=True)
    note_en = models.CharField(max_length=200, blank=True)

    @property
    def remark(self) -> str:
        """The note in the language of the reader."""
        return _in_language(self.note, self.note_en)


class Responsibility(models.Model):
    """Whose a matter is (职责): the kind of unit that answers for it at a level, with the article that says so.

    `role` is lead (主责、牵头), joint (会同、参加) or invited (邀请); several leads answer together.
    """

    matter = models.CharField(max_length=60)
    role = models.CharField(max_length=10)
    level = models.CharField(max_length=12, choices=Level)
    kind = models.CharField(max_length=40)
    citation = models.CharField(max_length=60)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)

    class Meta:
        indexes = [models.Index(fields=["matter", "level"])]
