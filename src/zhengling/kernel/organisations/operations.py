"""Writing the city's organisations from its folder into the database: the first time, and after a change of the
files."""

from __future__ import annotations

from pathlib import Path

from django.db import transaction

from zhengling.kernel.organisations.city_files import load_organisations
from zhengling.kernel.organisations.city_rows import CityOrganisations, OrganisationRow
from zhengling.kernel.organisations.models import (
    Alias,
    Incumbency,
    Membership,
    Organisation,
    Post,
    Responsibility,
)

BATCH = 1000


@transaction.atomic
def load_city(folder: Path) -> int:
    """Insert or update every unit the folder names; returns how many. Raises `CityFileError` first of all.

    A unit that left the files stays in the database: cases point to it.
    """
    city = load_organisations(folder)
    known = {unit.code: unit for unit in Organisation.objects.all()}
    parents = {row.code: row.parent_code for row in city.organisations}
    for level in _by_depth(city, parents):
        fresh: list[Organisation] = []
        changed: list[Organisation] = []
        for row in level:
            unit = known.get(row.code)
            (changed if unit else fresh).append(unit := unit or Organisation(code=row.code))
            parent = known[row.parent_code] if row.parent_code else None
            unit.name, unit.short_name, unit.name_en = row.name, row.short_name, row.name_en
            unit.level, unit.kind, unit.parent = row.level, row.kind, parent
            unit.path = f"{parent.path if parent else '/'}{row.code}/"
            unit.valid_from, unit.valid_to, unit.source = row.valid_from, row.valid_to, row.source
            known[row.code] = unit
        Organisation.objects.bulk_create(fresh, BATCH)
        fields = [
            field.name for field in Organisation._meta.concrete_fields if field.name not in {"id", "code"}
        ]
        Organisation.objects.bulk_update(changed, fields, BATCH)
    _load_names_and_duties(city, known)
    _load_posts(city, known)
    return len(city.organisations)


def _by_depth(city: CityOrganisations, parents: dict[str, str | None]) -> list[list[OrganisationRow]]:
    depth: dict[str, int] = {}
    levels: list[list[OrganisationRow]] = []
    for row in city.organisations:
        parent = parents[row.code]
        depth[row.code] = depth[parent] + 1 if parent else 0
        while len(levels) <= depth[row.code]:
            levels.append([])
        levels[depth[row.code]].append(row)
    return levels


def _load_names_and_duties(city: CityOrganisations, known: dict[str, Organisation]) -> None:
    Alias.objects.all().delete()
    Alias.objects.bulk_create(
        Alias(
            organisation=known[row.code],
            name=alias.name,
            valid_from=alias.valid_from,
            valid_to=alias.valid_to,
        )
        for row in city.organisations
        for alias in row.aliases
    )
    Membership.objects.all().delete()
    Membership.objects.bulk_create(
        Membership(
            group=known[row.group_code], member=known[row.member_code], role=row.role, citation=row.citation
        )
        for row in city.memberships
    )
    Responsibility.objects.all().delete()
    Responsibility.objects.bulk_create(
        Responsibility(
            matter=row.matter,
            level=row.level,
            kind=row.kind,
            role=row.role,
            citation=row.citation,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
        )
        for row in city.responsibilities
    )


def _load_posts(city: CityOrganisations, known: dict[str, Organisation]) -> None:
    Incumbency.objects.all().delete()
    Post.objects.all().delete()
    posts: dict[tuple[str, str], Post] = {}
    for row in city.posts:
        post = Post(organisation=known[row.organisation_code], title=row.title, title_en=row.title_en)
        posts.setdefault((row.organisation_code, row.title), post)
    Post.objects.bulk_create(posts.values())
    Incumbency.objects.bulk_create(
        Incumbency(
            post=posts[row.organisation_code, row.title],
            holder=row.holder,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            document=row.document,
            note=row.note,
            note_en=row.note_en,
        )
        for row in city.posts
    )
