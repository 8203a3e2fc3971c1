from __future__ import annotations

import pytest
from django.conf import settings

from zhengling.kernel.casework.errors import ActRefused, InvalidData, NotYours
from zhengling.kernel.documents.compose import Wording
from zhengling.kernel.documents.models import Template
from zhengling.kernel.documents.operations import draft_letter
from zhengling.kernel.documents.template_store import (
    active_template,
    load_templates,
    save_template,
    use_version,
)

pytestmark = pytest.mark.django_db
OWN = Wording("{{标题}}", "{{正文}}\n本局另行通知。")


def test_every_template_of_the_city_is_sound_and_loaded_once() -> None:
    assert load_templates() == len(list((settings.CITY / "documents" / "templates").glob("*.yaml")))
    assert load_templates() == 0


def test_a_changed_text_of_the_city_becomes_a_new_version(tmp_path, city) -> None:
    load_templates()
    (tmp_path / "letter.yaml").write_text(
        'kind: letter\ntitle: "{{标题}}"\nbody: "{{正文}}\\n请遵照执行。"\n'
    )
    assert load_templates(tmp_path) == 1
    active = active_template("letter", city.county_mib)
    assert (active.version, active.body) == (2, "{{正文}}\n请遵照执行。")


def test_an_offices_own_wording_goes_before_the_citys_and_only_there(office, city) -> None:
    made = save_template("letter", office["unit"], OWN, "加一句", office["secretary"])
    assert active_template("letter", office["unit"]) == made
    assert active_template("letter", city.other_county_mib).organ is None


def test_units_below_use_the_wording_of_the_unit_above(office, city, officer) -> None:
    made = save_template(
        "receipt", city.county, Wording("受理回执", "{{申请人}}"), "", officer("secretary", city.county)
    )
    assert active_template("receipt", city.township) == made


def test_a_letter_keeps_the_version_it_was_written_with(office) -> None:
    letter = draft_letter("letter", office["unit"], {"subject": "通知", "body": ["正文。"]}, office["clerk"])
    save_template("letter", office["unit"], OWN, "", office["secretary"])
    letter.refresh_from_db()
    assert letter.template.version == 1
    assert letter.template.organ is None


def test_an_earlier_version_can_be_used_again(office) -> None:
    first = save_template("letter", office["unit"], OWN, "", office["secretary"])
    save_template("letter", office["unit"], Wording("{{标题}}", "{{正文}}"), "", office["reviewer"])
    use_version(first, office["secretary"])
    assert active_template("letter", office["unit"]) == first
    assert Template.objects.filter(organ=office["unit"], active=True).count() == 1


@pytest.mark.parametrize("role", ["clerk", "approver"])
def test_only_secretary_and_reviewer_of_the_unit_edit(office, officer, city, role) -> None:
    for actor in (office[role], officer("secretary", city.other_county_mib)):
        with pytest.raises(NotYours):
            save_template("letter", office["unit"], OWN, "", actor)


def test_faults_are_told_by_field_and_line(office) -> None:
    wording = Wording("{{正文}}", "第一行\n{{落款}}", "{{正文}}")
    with pytest.raises(InvalidData) as caught:
        save_template("letter", office["unit"], wording, "", office["secretary"])
    errors = caught.value.errors
    assert errors["title"][0].startswith("line 1")
    assert errors["body"][0].startswith("line 2: “落款”")
    assert "标题" in errors["body"][0]
    assert errors["body"][1].startswith("“正文” must appear")
    assert errors["foot"][0].startswith("line 1")
    assert not Template.objects.filter(organ=office["unit"]).exists()


def test_without_any_template_the_refusal_says_what_to_do(city) -> None:
    with pytest.raises(ActRefused, match="document secretary"):
        active_template("letter", city.county_mib)
