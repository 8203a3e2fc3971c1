from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils.translation import override

from zhengling.kernel.documents.template_store import load_templates


@pytest.fixture(autouse=True)
def reader_in_english() -> Iterator[None]:
    """Refusals are read in English here; letters are Chinese in whatever language somebody reads."""
    with override("en"):
        yield


@pytest.fixture
def office(city, officer, frozen):
    """The medical insurance bureau of a county: one person for each role, and the city's templates."""
    load_templates()
    unit = city.county_mib
    roles = ("clerk", "reviewer", "approver", "secretary")
    return {"unit": unit, "village": city.village, **{role: officer(role, unit) for role in roles}}
