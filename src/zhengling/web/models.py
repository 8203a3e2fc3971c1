"""What the shell itself keeps: the day of the demo city."""

from __future__ import annotations

from django.db import models


class DemoDay(models.Model):
    """One row: the day on which the demo city lives. Absent outside the demo."""

    day = models.DateField()
