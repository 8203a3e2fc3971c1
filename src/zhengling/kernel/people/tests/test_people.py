"""Persons: found rather than doubled, sealed, shown only with a trace."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.db import connection

from zhengling.kernel import ciphers
from zhengling.kernel.accounts.actors import SYSTEM
from zhengling.kernel.accounts.adapters import FactorAdapter
from zhengling.kernel.audit.models import Access, Action
from zhengling.kernel.audit.queries import about
from zhengling.kernel.people import households, queries
from zhengling.kernel.people.errors import MismatchError, NotAllowedError, PersonError
from zhengling.kernel.people.models import Member, Person
from zhengling.kernel.people.operations import (
    enter_person,
    reveal,
    reveal_all,
    search_by_name,
    update_person,
)
from zhengling.kernel.people.resealing import reseal

pytestmark = pytest.mark.usefixtures("frozen")

NUMBER = "431102196001010013"
OTHER = "11010519491231002X"
FIRM = "91350100M000100Y43"


@pytest.fixture
def clerk(city, officer):
    return officer("clerk", city.township)


@pytest.fixture
def person(city, clerk):
    return enter_person(
        clerk,
        name="蒋国华",
        id_number=NUMBER,
        phone="13812345678",
        residence=city.village,
        address="仁山村三组",
    )


def test_the_number_tells_birth_and_sex(person):
    assert (person.birth_date, person.sex) == (date(1960, 1, 1), "male")
    assert person.age_on(date(2021, 12, 31)) == 61
    assert person.age_on(date(2022, 1, 1)) == 62


def test_nothing_sealed_stands_in_the_database(person):
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM people_person")
        row = str(cursor.fetchall())
    assert NUMBER not in row
    assert "13812345678" not in row


def test_the_same_number_gives_the_same_person_whatever_its_spelling(clerk):
    first = enter_person(clerk, name="李秀英", id_number=OTHER)
    again = enter_person(clerk, name=" 李秀英 ", id_number="１１０１０５ 19491231-002x")
    assert first == again
    assert Person.objects.count() == 1


def test_what_was_empty_is_filled_and_what_was_known_stays(clerk, person):
    enter_person(
        clerk, name="蒋国华", id_number=NUMBER, phone="13999999999", bank_account="6217000010001234567"
    )
    person.refresh_from_db()
    assert reveal(person, "phone", clerk, "test") == "13812345678"
    assert reveal(person, "bank_account", clerk, "test") == "6217000010001234567"


def test_a_resident_changes_nothing_on_the_books(person, resident):
    found = enter_person(resident, name="蒋国华", id_number=NUMBER, bank_account="6217000010001234567")
    assert found == person
    assert found.bank_account_sealed == ""


def test_a_resident_completes_his_own_person(person, resident):
    Person.objects.filter(pk=person.pk).update(account=resident.user)
    found = enter_person(
        resident, name="蒋国华", id_number=NUMBER, bank_account="6217000010001234567", phone="1"
    )
    assert reveal(found, "bank_account", resident, "my data") == "6217000010001234567"
    assert reveal(found, "phone", resident, "my data") == "13812345678"


def test_another_name_for_a_known_number_is_refused_without_telling_the_name(clerk, person):
    with pytest.raises(MismatchError) as caught:
        enter_person(clerk, name="蒋国强", id_number=NUMBER)
    assert "蒋国华" not in str(caught.value)
    assert NUMBER not in str(caught.value)


@pytest.mark.parametrize("number", ["431102196001010014", "123", "43110220300101001X", FIRM])
def test_a_number_that_cannot_be_is_refused(clerk, number):
    with pytest.raises(PersonError):
        enter_person(clerk, name="蒋国华", id_number=number)
    assert not Person.objects.exists()


def test_a_date_of_birth_ahead_is_refused(clerk):
    from zhengling.kernel.people.identity import ID_CHECKS, ID_WEIGHTS

    body = "43110220300101001"
    number = body + ID_CHECKS[sum(int(d) * w for d, w in zip(body, ID_WEIGHTS, strict=True)) % 11]
    with pytest.raises(PersonError):
        enter_person(clerk, name="蒋国华", id_number=number)


def test_firms_have_a_credit_code(clerk):
    firm = enter_person(clerk, name="永州某某公司", id_number=FIRM, kind=Person.Kind.LEGAL)
    assert (firm.birth_date, firm.masked_name) == (None, "永州某某公司")
    with pytest.raises(PersonError):
        enter_person(clerk, name="永州某某公司", id_number=NUMBER, kind=Person.Kind.LEGAL)


def test_people_without_a_number_are_not_mixed_up(clerk):
    assert enter_person(clerk, name="王小宝") != enter_person(clerk, name="王小宝")


def test_finding_by_number_and_telephone(person):
    assert queries.find_by_id_number(NUMBER) == person
    assert queries.find_by_id_number(OTHER) is None
    assert queries.find_by_id_number("") is None
    assert list(queries.find_by_phone("138 1234 5678")) == [person]


def test_correcting_a_number(clerk, person):
    fixed = update_person(clerk, person, id_number=OTHER)
    assert queries.find_by_id_number(OTHER) == fixed
    assert queries.find_by_id_number(NUMBER) is None
    assert fixed.sex == "female"
    second = enter_person(clerk, name="李四", id_number=NUMBER)
    with pytest.raises(PersonError):
        update_person(clerk, second, id_number=OTHER)
    with pytest.raises(TypeError):
        update_person(clerk, second, id=7)


def test_every_write_and_every_look_is_recorded_without_values(clerk, person):
    update_person(clerk, person, phone="13900000000")
    reveal(person, "id_number", clerk, "MA-2022-ABC")
    found = [(row.action, row.fields, row.purpose) for row in about("person", person.pk)]
    assert found == [
        ("reveal", "id_number", "MA-2022-ABC"),
        ("change", "phone", ""),
        ("enter", "address,id_number,name,phone,residence", ""),
    ]


def test_looking_needs_a_purpose(clerk, person):
    with pytest.raises(PersonError):
        reveal(person, "id_number", clerk, "  ")
    with pytest.raises(PersonError):
        reveal(person, "password", clerk, "curious")
    assert not Access.objects.filter(action=Action.REVEAL).exists()


@pytest.mark.parametrize("role", ["account_admin", "system_admin", "security_admin", "audit_admin"])
def test_administrators_see_and_write_no_personal_data(city, officer, person, role):
    actor = officer(role, city.city)
    with pytest.raises(NotAllowedError):
        reveal(person, "id_number", actor, "curious")
    with pytest.raises(NotAllowedError):
        update_person(actor, person, name="别人")
    with pytest.raises(NotAllowedError):
        enter_person(actor, name="别人")
    with pytest.raises(NotAllowedError):
        search_by_name(actor, "蒋", "curious")
    assert not queries.within(actor).exists()


def test_the_reading_auditor_reads_and_does_not_write(city, officer, person):
    auditor = officer("auditor", city.city)
    assert reveal(person, "phone", auditor, "audit 2022-1") == "13812345678"
    with pytest.raises(NotAllowedError):
        update_person(auditor, person, name="别人")


def test_a_resident_sees_himself_only(person, resident):
    with pytest.raises(NotAllowedError):
        reveal(person, "phone", resident, "curious")
    person.account = resident.user
    person.save()
    assert reveal(person, "phone", resident, "my data") == "13812345678"


def test_a_file_for_many_is_one_record_each(clerk, person):
    second = enter_person(clerk, name="李秀英", id_number=OTHER, phone="13700000000")
    values = reveal_all([person, second], "phone", clerk, "batch 7")
    assert values == {person.pk: "13812345678", second.pk: "13700000000"}
    assert Access.objects.filter(action=Action.REVEAL, purpose="batch 7").count() == 2


def test_searching_by_name_stays_in_the_own_area(city, officer, person):
    assert search_by_name(officer("clerk", city.township), "国华", "desk") == [person]
    assert search_by_name(officer("clerk", city.county_civil), "蒋", "desk") == [person]
    assert search_by_name(officer("clerk", city.city_mib), "蒋", "desk") == [person]
    assert search_by_name(officer("clerk", city.village2), "蒋", "desk") == []
    assert search_by_name(officer("clerk", city.other_county_civil), "蒋", "desk") == []
    assert search_by_name(officer("clerk", city.township), " ", "desk") == []


def test_names_are_masked_by_default(person):
    assert str(person) == person.masked_name == "蒋*华"
    assert person.public_name == "蒋**"


def test_households(city, clerk, person):
    wife = enter_person(clerk, name="李秀英", id_number=OTHER)
    household = households.form_household(clerk, person, city.village)
    households.join(clerk, household, wife, Member.Relation.SPOUSE)
    assert [member.person for member in queries.members(household)] == [person, wife]
    assert queries.household_of(wife) == household
    with pytest.raises(PersonError):
        households.join(clerk, household, wife, Member.Relation.HEAD)
    with pytest.raises(PersonError):
        households.join(clerk, household, wife, "cousin")
    second = households.form_household(clerk, wife, city.village2)
    assert queries.household_of(wife) == second
    assert [member.person for member in queries.members(household)] == [person]
    households.leave(clerk, wife)
    assert queries.household_of(wife) is None
    assert wife.memberships.count() == 2


def test_a_resident_rearranges_no_household(city, clerk, person, resident):
    household = households.form_household(clerk, person, city.village)
    with pytest.raises(NotAllowedError):
        households.join(resident, household, person, Member.Relation.OTHER)


def test_rotation_of_keys(settings, clerk, person, city):
    TOTP.activate(clerk.user, "JBSWY3DPEHPK3PXP")
    old = dict(settings.FIELD_KEYS)
    settings.FIELD_KEYS = {"new": "22" * 32, **old}
    assert queries.find_by_id_number(NUMBER) == person, "found by the old index"
    assert enter_person(clerk, name="蒋国华", id_number=NUMBER) == person
    assert reseal() == 3  # number, telephone, secret of the second factor
    assert reseal() == 0
    settings.FIELD_KEYS = {"new": "22" * 32}
    person.refresh_from_db()
    assert ciphers.sealed_with(person.id_number_sealed) == "new"
    assert queries.find_by_id_number(NUMBER) == person
    assert reveal(person, "id_number", clerk, "test") == NUMBER
    assert FactorAdapter().decrypt(Authenticator.objects.get().data["secret"]) == "JBSWY3DPEHPK3PXP"


@pytest.mark.db_sensitive
@pytest.mark.django_db(transaction=True)
def test_many_clerks_who_enter_one_number_at_once_get_one_person():
    def enter(number):
        try:
            return enter_person(SYSTEM, name="蒋国华", id_number=NUMBER, phone=f"1380000000{number}").pk
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(enter, range(8)))
    assert len(found) == 1
    assert Person.objects.count() == 1
