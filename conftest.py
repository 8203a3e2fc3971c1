"""Fixtures for every test: quiet settings, a small city, people with roles, a clock that stands still."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime

import pytest
from django.conf import settings
from django.db import connection, connections
from django.test import Client, TransactionTestCase, override_settings
from django.utils import translation

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.accounts.middleware import FACTOR
from zhengling.kernel.accounts.models import RoleGrant, User
from zhengling.kernel.organisations.models import Level, Organisation
from zhengling.web.catalogues import compile_catalogues

GRANTED_FROM = date(2020, 1, 1)
DAY = date(2022, 3, 28)


@pytest.fixture(scope="session", autouse=True)
def quiet_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Outside the demo, with files in a temporary folder, cheap password hashes and compiled catalogues."""
    compile_catalogues()
    folder = tmp_path_factory.mktemp("var")
    with override_settings(
        DEMO=False,
        VAR=folder,
        MEDIA_ROOT=folder / "files",
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    ):
        yield


@pytest.fixture(autouse=True)
def own_language() -> Iterator[None]:
    """Every test begins in the language of the settings, whatever the one before left behind."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """SQLite in a file, as in life: a shared in-memory one locks otherwise. No waiting for the disk."""
    database = connections.settings["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")
        options = database["OPTIONS"]
        options["init_command"] = options["init_command"].replace("synchronous=FULL", "synchronous=OFF")


Teardown = Callable[[TransactionTestCase], None]


def _emptied_with_triggers_off(teardown: Teardown) -> Teardown:
    """Emptying tables between transactional tests deletes rows that SQLite's append-only triggers keep."""

    def wrapped(self: TransactionTestCase) -> None:
        triggers: list[tuple[str, str]] = []
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
                triggers = cursor.fetchall()
                for name, _sql in triggers:
                    cursor.execute(f"DROP TRIGGER {name}")
        teardown(self)
        with connection.cursor() as cursor:
            for _name, sql in triggers:
                cursor.execute(sql)

    return wrapped


TransactionTestCase._fixture_teardown = _emptied_with_triggers_off(TransactionTestCase._fixture_teardown)  # type: ignore[method-assign]  # no hook exists


@dataclass
class Frozen:
    """The stopped clock of a test; `at` moves it."""

    stack: ExitStack

    def at(self, day: date, hour: int = 9, minute: int = 0) -> datetime:
        moment = clock.at(day, hour, minute)
        self.stack.enter_context(clock.freeze(moment))
        return moment


@pytest.fixture
def frozen() -> Iterator[Frozen]:
    """The clock stands at 09:00 on 28 March 2022, the demo city's day, until the test moves it."""
    with ExitStack() as stack:
        held = Frozen(stack)
        held.at(DAY)
        yield held


@dataclass
class City:
    """A corner of Yongzhou: two counties with their departments, a hospital, two townships and three villages."""

    units: dict[str, Organisation] = field(default_factory=dict)

    def add(self, key: str, *, code: str, name: str, level: str, kind: str, parent: str = "") -> Organisation:
        above = self.units[parent] if parent else None
        self.units[key] = Organisation.objects.create(
            code=code,
            name=name,
            short_name=name,
            level=level,
            kind=kind,
            parent=above,
            path=f"{above.path if above else '/'}{code}/",
        )
        return self.units[key]

    def __getattr__(self, key: str) -> Organisation:
        try:
            return self.units[key]
        except KeyError:
            raise AttributeError(key) from None


CORNER = [
    ("city", "4311", "永州市", Level.CITY, "government", ""),
    ("city_mib", "4311-mib", "永州市医疗保障局", Level.DEPARTMENT, "medical_insurance", "city"),
    ("city_finance", "4311-fin", "永州市财政局", Level.DEPARTMENT, "finance", "city"),
    ("county", "431103", "冷水滩区", Level.COUNTY, "government", "city"),
    ("county_mib", "431103-mib", "冷水滩区医疗保障局", Level.DEPARTMENT, "medical_insurance", "county"),
    ("county_civil", "431103-civ", "冷水滩区民政局", Level.DEPARTMENT, "civil_affairs", "county"),
    ("county_finance", "431103-fin", "冷水滩区财政局", Level.DEPARTMENT, "finance", "county"),
    ("hospital", "431103-hos", "冷水滩区人民医院", Level.INSTITUTION, "hospital", "county"),
    ("township", "431103100", "上岭桥镇", Level.TOWNSHIP, "government", "county"),
    ("village", "431103100201", "仁山村", Level.VILLAGE, "village", "township"),
    ("village2", "431103100202", "大坪村", Level.VILLAGE, "village", "township"),
    ("other_county", "431102", "零陵区", Level.COUNTY, "government", "city"),
    (
        "other_county_mib",
        "431102-mib",
        "零陵区医疗保障局",
        Level.DEPARTMENT,
        "medical_insurance",
        "other_county",
    ),
    ("other_county_civil", "431102-civ", "零陵区民政局", Level.DEPARTMENT, "civil_affairs", "other_county"),
    ("other_county_finance", "431102-fin", "零陵区财政局", Level.DEPARTMENT, "finance", "other_county"),
    ("other_township", "431102100", "水口山镇", Level.TOWNSHIP, "government", "other_county"),
    ("other_village", "431102100201", "楚江村", Level.VILLAGE, "village", "other_township"),
]


@pytest.fixture
def city(db: None) -> City:
    """Units by key: ``city.county_mib``, ``city.township``, ``city.village``, ``city.other_county``, …"""
    corner = City()
    for row in CORNER:
        key, code, name, level, kind, parent = row
        corner.add(key, code=code, name=name, level=level, kind=kind, parent=parent)
    return corner


Officer = Callable[..., Actor]


@pytest.fixture
def officer(db: None) -> Officer:
    """``officer("clerk", city.township)`` gives an `Actor`; more (role, unit) pairs may follow."""
    made = 0

    def make(role: str, unit: Organisation, *more: tuple[str, Organisation], username: str = "") -> Actor:
        nonlocal made
        made += 1
        user = User.objects.create(
            username=username or f"{role}-{made}",
            full_name=f"{unit.short_name}{made}",
            organisation=unit,
            created_at=clock.now(),
        )
        for name, where in [(role, unit), *more]:
            RoleGrant.objects.create(user=user, role=name, organisation=where, valid_from=GRANTED_FROM)
        return Actor(user=user)

    return make


@pytest.fixture
def signed_in() -> Callable[[Actor], Client]:
    """``signed_in(actor).get(…)``: a browser of its own in which that person has signed in, with the second factor."""

    def sign_in(actor: Actor) -> Client:
        assert actor.user is not None
        client = Client()
        client.force_login(actor.user)
        session = client.session
        session[FACTOR] = actor.user.pk
        session.save()
        return client

    return sign_in


@pytest.fixture
def resident(db: None) -> Actor:
    """Somebody who applies: an account without a unit."""
    user = User.objects.create(username="resident", full_name="李秀英", created_at=clock.now())
    return Actor(user=user)
