from __future__ import annotations

import pytest

from zhengling.kernel.documents.template_store import load_templates


@pytest.fixture
def office(city, officer, frozen):
    """The medical insurance bureau of a county: one person for each role, and the city's templates."""
    load_templates()
    unit = city.county_mib
    roles = ("clerk", "reviewer", "approver", "secretary")
    return {"unit": unit, "village": city.village, **{role: officer(role, unit) for role in roles}}
