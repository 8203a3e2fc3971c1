"""What a fresh database is given: the city's organisations, and in the demo its people and cases."""

from __future__ import annotations

from datetime import date

from django.conf import settings

from zhengling.kernel.documents.template_store import load_templates
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.organisations.operations import load_city
from zhengling.web import demo

DEMO_DAY = date(2022, 3, 28)


def load_if_empty() -> list[str]:
    """Load what is missing; returns a line for each thing that was loaded."""
    said: list[str] = []
    if not Organisation.objects.exists():
        loaded = load_city(settings.CITY / "organisations")
        said.append(f"organisations: {loaded}")
    templates = load_templates()
    if templates:
        said.append(f"templates of letters: {templates}")
    if settings.DEMO and not demo.has_day():
        demo.move_to(DEMO_DAY)
        said.append(f"demo city: {DEMO_DAY}")
    return said
