"""What everybody may read."""

from __future__ import annotations

from datetime import date

from django.db.models import Q, QuerySet

from zhengling.kernel.notices.models import Notice


def public(day: date) -> QuerySet[Notice]:
    """Notices shown on `day`: posted, not withdrawn, and not past the showing of a personal list."""
    return Notice.objects.filter(
        Q(hidden_after=None) | Q(hidden_after__gte=day), posted_on__lte=day, withdrawn_on=None
    ).select_related("organ", "place")
