"""The audit record: complete, in order, and telling on whoever changes it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction

from zhengling.kernel.accounts.actors import SYSTEM, Actor
from zhengling.kernel.accounts.errors import NotAllowedError
from zhengling.kernel.accounts.operations import create_account, grant_role, revoke_role
from zhengling.kernel.append_only import protect, release
from zhengling.kernel.audit.models import Access, Action, Head
from zhengling.kernel.audit.operations import Entry, head, problems, record_access, record_all
from zhengling.kernel.audit.queries import about, readable, search

pytestmark = pytest.mark.usefixtures("frozen")


@pytest.fixture
def clerk(city, officer):
    return officer("clerk", city.township)


@pytest.fixture
def changeable(db):
    """Somebody with the database in hand: the triggers are gone."""
    release(connection, "audit_access")
    yield
    protect(connection, "audit_access")


def rows(actor, count):
    return [record_access(actor, Action.VIEW, "person", f"p{n}", ["name"], f"case {n}") for n in range(count)]


def test_a_row_says_who_what_on_whom_which_fields_and_what_for(clerk, frozen):
    moment = frozen.at(date(2022, 4, 1), 10, 30)
    row = record_access(clerk, Action.REVEAL, "person", "p1", ["id_number", "phone"], "MA-2022-ABC")
    row.refresh_from_db()
    assert (row.user, row.action, row.subject_kind, row.subject_id) == (clerk.user, "reveal", "person", "p1")
    assert (row.fields, row.purpose, row.at, row.succeeded) == (
        "id_number,phone",
        "MA-2022-ABC",
        moment,
        True,
    )


def test_an_untouched_record_has_no_problems(clerk):
    rows(clerk, 5)
    record_all(clerk, [Entry(Action.EXPORT, "person", n) for n in range(1200)])
    assert list(problems()) == []
    assert list(problems(kept=head())) == []
    assert head()[0] == 1205


def test_an_unknown_action_is_refused(clerk):
    with pytest.raises(ValueError, match="peeked"):
        record_access(clerk, "peeked", "person", "p1")
    assert not Access.objects.exists()


@pytest.mark.db_sensitive
@pytest.mark.parametrize("verb", ["UPDATE audit_access SET purpose = 'x'", "DELETE FROM audit_access"])
def test_the_database_refuses_to_change_a_row(clerk, verb):
    rows(clerk, 1)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(verb)
    assert Access.objects.get().purpose == "case 0"


@pytest.mark.parametrize(
    "change", [{"purpose": "x"}, {"user": None}, {"subject_id": "p9"}, {"succeeded": False}, {"fields": ""}]
)
def test_a_changed_row_shows(clerk, changeable, change):
    rows(clerk, 3)
    Access.objects.filter(seq=2).update(**change)
    assert [text for text in problems() if "row 2" in text]


def test_a_removed_row_shows_wherever_it_stood(clerk, changeable):
    for seq in (1, 2, 3):
        with transaction.atomic():
            made = rows(clerk, 3)
            first = made[0].seq
            Access.objects.filter(seq=first + seq - 1).delete()
            assert list(problems())
            transaction.set_rollback(True)
    assert list(problems()) == []


def test_a_chain_written_anew_shows_against_the_digest_kept_outside(clerk, changeable):
    rows(clerk, 3)
    kept = head()
    with transaction.atomic():
        Access.objects.all().delete()
        Head.objects.all().delete()
    rows(clerk, 2)
    assert list(problems()) == []
    assert list(problems(kept))
    record_access(clerk, Action.VIEW, "person", "p2", ["name"], "another purpose")
    assert list(problems(kept))


def test_account_administration_is_recorded(city, officer):
    admin = officer("account_admin", city.county)
    user, _password = create_account(admin, "zhang.san", "张三", city.township)
    revoke_role(admin, grant_role(admin, user, "clerk", city.township))
    found = [(row.user, row.action) for row in about("account", user.pk)]
    assert found == [
        (admin.user, "role_revoked"),
        (admin.user, "role_granted"),
        (admin.user, "account_created"),
    ]
    assert about("account", user.pk)[0].purpose == "经办人（上岭桥镇，2022-03-28）"


def test_a_refused_grant_leaves_no_row(city, officer):
    admin = officer("account_admin", city.county)
    with pytest.raises(NotAllowedError):
        grant_role(admin, admin.user, "clerk", city.township)
    assert not Access.objects.exists()


def test_the_audit_administrator_reads_his_own_units(city, officer, clerk):
    stranger = officer("clerk", city.other_township)
    rows(clerk, 1)
    rows(stranger, 1)
    record_access(Actor(), Action.SIGN_IN_FAILED, "account", "", succeeded=False)
    assert {row.user for row in readable(officer("audit_admin", city.county))} == {clerk.user}
    assert readable(officer("audit_admin", city.city)).count() == 3
    for role in ("account_admin", "security_admin", "system_admin", "auditor", "clerk"):
        assert not readable(officer(role, city.city)).exists()


def test_the_record_can_be_searched(city, officer, clerk, frozen):
    create_account(SYSTEM, "zhang.san", "张三", city.township)
    frozen.at(date(2022, 4, 1), 0, 0)
    rows(clerk, 1)
    frozen.at(date(2022, 4, 1), 23, 59)
    record_access(clerk, Action.EXPORT, "person", "p7", succeeded=False)
    every = readable(officer("audit_admin", city.city))
    assert search(every, since=date(2022, 4, 1), until=date(2022, 4, 1)).count() == 2
    assert search(every, since=date(2022, 4, 2)).count() == 0
    assert search(every, action=Action.EXPORT, failed=True).get().subject_id == "p7"
    assert search(every, subject="Zhang.San").get().action == "account_created"
    assert search(every, who=clerk.user.username).count() == 2


@pytest.mark.db_sensitive
@pytest.mark.django_db(transaction=True)
def test_many_writers_at_once_make_one_chain():
    """From the very first row on: there is no head yet when they start."""

    def write(number):
        try:
            for turn in range(5):
                record_access(SYSTEM, Action.VIEW, "person", f"{number}-{turn}")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    assert list(Access.objects.order_by("seq").values_list("seq", flat=True)) == list(range(1, 41))
    assert Access.objects.values("subject_id").distinct().count() == 40
    assert list(problems()) == []
