"""Arrangements that a city loaded after the software was published, one version after the other."""

from __future__ import annotations

from django.db import models

from zhengling.kernel.workdays.arrangement import Kind


class CalendarYear(models.Model):
    """One loaded arrangement (节假日安排). Rows are only added: the newest of a year and county holds."""

    year = models.PositiveSmallIntegerField()
    county = models.CharField(max_length=20, blank=True)  # "" is the whole country
    notice = models.CharField(max_length=200)
    version = models.CharField(max_length=12)  # digest of the content, see Arrangement.version
    loaded_at = models.DateTimeField()
    loaded_by = models.CharField(max_length=100)

    class Meta:
        indexes = [models.Index(fields=["year", "county"])]

    def __str__(self) -> str:
        return f"{self.year} {self.county} {self.notice}"


class CalendarDay(models.Model):
    """One day of a loaded arrangement."""

    calendar_year = models.ForeignKey(CalendarYear, on_delete=models.CASCADE, related_name="days")
    date = models.DateField()
    kind = models.CharField(max_length=10, choices=[(kind.value, kind.value) for kind in Kind])
    name = models.CharField(max_length=100)
    notice = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["calendar_year", "date"], name="calendar_one_row_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.kind} {self.name}"
