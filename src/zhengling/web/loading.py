"""What a fresh database is given: the city's organisations, and in the demo its people and cases."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import transaction

from zhengling.kernel.documents.template_store import load_templates
from zhengling.kernel.funds import chart as funds_chart
from zhengling.kernel.organisations.models import Organisation
from zhengling.kernel.organisations.operations import load_city
from zhengling.kernel.returns.loading import load_forms
from zhengling.web import demo, demo_city

DEMO_DAY = date(2022, 3, 28)


@transaction.atomic
def load_if_empty() -> list[str]:
    """Load what is missing, all of it or nothing; returns a line for each thing that was loaded."""
    said: list[str] = []
    if not Organisation.objects.exists():
        loaded = load_city(settings.CITY / "organisations")
        said.append(f"organisations: {loaded}")
    if templates := load_templates():
        said.append(f"letter templates: {templates}")
    if chart_accounts := funds_chart.load(funds_chart.current_chart()):
        said.append(f"accounts of the books: {chart_accounts}")
    if return_forms := load_forms(settings.CITY / "returns"):
        said.append(f"forms of returns: {return_forms}")
    if played := demo_city.load():
        said.append(f"demo cases: {played}")
    if settings.DEMO and not demo.has_day():
        demo.move_to(DEMO_DAY)
        said.append(f"demo city: {DEMO_DAY}")
    return said
