"""Every page with every role, and every act of every procedure with every role at every unit, from the declarations.

The pages say themselves whom they are for (`Audience`); the procedures say who may act. Here both are tried from
outside: nobody gets more, and nobody who should get in is kept out.
"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from django.urls import URLPattern, converters, get_resolver, resolve, reverse
from django.urls.resolvers import RegexPattern

from zhengling.kernel import clock
from zhengling.kernel.accounts.access import audience_of
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.accounts.roles import ROLES
from zhengling.kernel.casework import procedure as procedures
from zhengling.kernel.casework.authority import matching
from zhengling.kernel.casework.models import Case, Party
from zhengling.kernel.casework.operations import resolve as resolve_relation
from zhengling.kernel.casework.queries import next_acts, visible
from zhengling.web import navigation

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

# Of the framework, for everybody, by POST only.
UNDECLARED = {"set_language"}
SAMPLES = {
    converters.StringConverter: "x",
    converters.SlugConverter: "x",
    converters.IntConverter: 1,
    converters.UUIDConverter: UUID(int=0),
}
BY_NAME = {"pk": 1, "ending": "pdf"}


def patterns(found=None) -> Iterator[URLPattern]:
    for item in found if found is not None else get_resolver().url_patterns:
        if isinstance(item, URLPattern):
            yield item
        elif item.namespace != "api-v1":  # tokens with scopes: tested with the API
            yield from patterns(item.url_patterns)


PAGES = {pattern.name: pattern for pattern in patterns()}


def address(pattern: URLPattern) -> str:
    """Some address of the page; what it names need not exist."""
    if isinstance(pattern.pattern, RegexPattern):
        return reverse(
            pattern.name, kwargs={name: BY_NAME[name] for name in pattern.pattern.regex.groupindex}
        )
    kinds = {name: type(converter) for name, converter in pattern.pattern.converters.items()}
    return reverse(pattern.name, kwargs={name: SAMPLES[kind] for name, kind in kinds.items()})


def test_every_page_says_whom_it_is_for():
    assert {name for name, pattern in PAGES.items() if audience_of(pattern.callback) is None} == UNDECLARED


@pytest.mark.parametrize("role", [*sorted(ROLES), "resident", "nobody"])
def test_a_page_lets_in_whom_it_is_for_and_nobody_else(client, signed_in, city, officer, resident, role):
    actor = resident if role == "resident" else Actor()
    if role in ROLES:
        actor = officer(role, city.county_mib)
    browser = client if actor.user is None else signed_in(actor)
    wrong = []
    for name, pattern in PAGES.items():
        audience = audience_of(pattern.callback)
        if audience is None:
            continue
        response = browser.get(address(pattern))
        to_sign_in = response.status_code == 302 and response.headers["Location"].startswith(
            "/accounts/login/?next="
        )
        # A page that takes POST only says so before it looks who asks; nothing is shown.
        refused = response.status_code in {403, 405} or (to_sign_in and actor.user is None)
        crashed = response.status_code >= 500 and name != "readyz"  # no worker runs here, and it says so
        if crashed or (not audience.admits(actor) and not refused):
            wrong.append((name, response.status_code))
        if audience.admits(actor) and audience.signed_in and to_sign_in:
            wrong.append((name, "asked to sign in"))
    assert wrong == []


def test_the_navigation_leads_nobody_to_a_closed_door():
    for entry in navigation.ENTRIES:
        audience = audience_of(resolve(reverse(entry.url)).func)
        assert audience is not None
        assert not audience.roles or (entry.roles and entry.roles <= audience.roles), entry.url
        assert not audience.signed_in or entry.roles or entry.residents, entry.url


def at_stage(declared: procedures.Procedure, stage: str, city) -> Case:
    """A bare case of the village at a stage, with its units; a unit that has to be named is the hospital."""
    place = city.village
    case = Case.objects.create(
        number=f"T-{stage[:12]}-{declared.name[:8]}"[:24],
        procedure=declared.name,
        stage=stage,
        title="t",
        place=place,
        check_code="ABCDEF",
        opened_at=clock.now(),
    )
    Party.objects.bulk_create(
        Party(
            case=case,
            relation=name,
            organisation=resolve_relation(relation, place) if relation.level else city.hospital,
        )
        for name, relation in declared.relations.items()
    )
    return case


@pytest.mark.parametrize("declared", procedures.every(), ids=lambda declared: declared.name)
def test_an_act_is_for_those_whom_its_row_names(city, officer, resident, declared):
    cases = {stage.name: at_stage(declared, stage.name, city) for stage in declared.stages}
    units = {**{key: city.units[key] for key in city.units}}
    relation_of = {
        party.organisation_id: party.relation for party in Party.objects.filter(case__procedure=declared.name)
    }
    for role in sorted(ROLES):
        for unit in units.values():
            actor = officer(role, unit)
            for stage, case in cases.items():
                for act in declared.acts_at(stage):
                    named = any(a.role == role and a.at == relation_of.get(unit.pk) for a in act.by)
                    assert (matching(case, act, actor) is not None) == named, (
                        role,
                        unit.code,
                        stage,
                        act.name,
                    )
    for stage, case in cases.items():
        assert not any(item.mine for item in next_acts(case, resident))
        Case.objects.filter(pk=case.pk).update(applicant=resident.user)
        case.refresh_from_db()
        mine = {item.act.name for item in next_acts(case, resident) if item.mine}
        assert mine == {
            act.name for act in declared.acts_at(stage) if any(a.role == "applicant" for a in act.by)
        }


@pytest.mark.parametrize("declared", procedures.every(), ids=lambda declared: declared.name)
def test_a_case_does_not_exist_for_those_it_does_not_concern(signed_in, city, officer, resident, declared):
    case = at_stage(declared, declared.stages[0].name, city)
    strangers = [officer(role, city.other_county) for role in ROLES] + [resident]
    pages = ["case", "case-print", "case-transfer", "case-urge", "case-recall"]
    for actor in strangers:
        assert not visible(actor).filter(pk=case.pk).exists()
        browser = signed_in(actor)
        for page in pages:
            assert browser.get(reverse(page, args=[case.number])).status_code == 404
        for act in declared.acts:
            assert browser.post(reverse("case-act", args=[case.number, act.name])).status_code == 404
