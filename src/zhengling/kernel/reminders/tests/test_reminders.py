"""Who is reminded of what, when it is escalated, and that nothing is said twice."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from django.db import connection
from django.test import override_settings
from django.urls import reverse

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.casework import procedure as procedures
from zhengling.kernel.casework.models import TimeLimit
from zhengling.kernel.casework.operations import open_case, perform, transfer, urge
from zhengling.kernel.casework.tests import toy
from zhengling.kernel.outbox import delivery
from zhengling.kernel.outbox.models import Message
from zhengling.kernel.reminders import queries
from zhengling.kernel.reminders.desk import after_act
from zhengling.kernel.reminders.escalation import sweep
from zhengling.kernel.reminders.models import Reminder
from zhengling.kernel.reminders.operations import CREATED, DIGEST, put_away, send_digests

pytestmark = [pytest.mark.django_db, pytest.mark.db_sensitive]


@pytest.fixture
def world(monkeypatch, frozen):
    monkeypatch.setitem(procedures._procedures, "toy", toy.TOY)
    frozen.at(date(2022, 3, 1))
    units = toy.units()
    people = {
        "clerk": toy.person("clerk", units["town"], "clerk"),
        "clerk2": toy.person("clerk2", units["town"], "clerk"),
        "reviewer": toy.person("reviewer", units["town"], "reviewer"),
        "head": toy.person("head", units["town"], "approver"),
        "boss": toy.person("boss", units["county"], "approver"),
        "county_supervisor": toy.person("county_supervisor", units["county"], "supervisor"),
        "city_supervisor": toy.person("city_supervisor", units["city"], "supervisor"),
        "far": toy.person("far", units["far"], "clerk", "reviewer", "approver"),
    }
    return units, people, frozen


def opened(world):
    units, people, _frozen = world
    return open_case(toy.TOY, people["clerk"], units["town"], {"amount": "1"}, title="t")


def taken(world):
    """A case whose ten working days run from 1 March 2022 to the 15th; the 10th is three working days before."""
    case = opened(world)
    perform(case.pk, "take", world[1]["clerk"], {})
    assert TimeLimit.objects.get(case=case).due == date(2022, 3, 15)
    return case


def told(world):
    """Who sees which kinds of reminders now."""
    found = {}
    for name, actor in world[1].items():
        kinds = sorted(reminder.kind for reminder in queries.open_for(Actor(user=actor.user)))
        if kinds:
            found[name] = kinds
    return found


def turn():
    while delivery.fan_out():
        pass
    while delivery.deliver():
        pass


def test_the_desk_is_warned_two_working_days_before(world):
    taken(world)
    frozen = world[2]
    frozen.at(date(2022, 3, 10))  # Thursday: Friday, Monday and Tuesday are left
    assert sweep() == 0 and told(world) == {}
    frozen.at(date(2022, 3, 11))
    assert sweep() == 1 and sweep() == 0
    # The stage is the reviewer's, the visit the clerks'.
    assert told(world) == {"reviewer": ["due_soon"], "clerk": ["due_soon"], "clerk2": ["due_soon"]}
    assert TimeLimit.objects.get().warned_on == date(2022, 3, 11)
    assert not Message.objects.filter(type=CREATED).exists(), "a warning waits for the morning"


def test_past_the_end_unit_and_supervision_are_told(world):
    taken(world)
    frozen = world[2]
    frozen.at(date(2022, 3, 15), 23)
    assert sweep() == 1
    assert "head" not in told(world)
    frozen.at(date(2022, 3, 16), 0)
    assert sweep() == 1 and sweep() == 0
    seen = told(world)
    assert seen["reviewer"] == ["due_soon", "overdue"] and seen["head"] == ["escalated"]
    assert seen["county_supervisor"] == ["escalated"], "the nearest supervisor upwards"
    assert "city_supervisor" not in seen and "boss" not in seen and "far" not in seen
    row = TimeLimit.objects.get()
    assert (row.warned_on, row.escalated_on) == (date(2022, 3, 15), date(2022, 3, 16))
    assert Message.objects.filter(type=CREATED).count() == 4


def test_an_approver_whose_own_desk_is_late_hears_it_once(world):
    case = taken(world)
    units, people, frozen = world
    perform(case.pk, "visit", people["clerk"], {})
    TimeLimit.objects.update(holder=units["county"])
    case.tasks.filter(done_at=None).update(organisation=units["county"], role="approver")
    frozen.at(date(2022, 3, 16))
    sweep()
    assert told(world)["boss"] == ["overdue"] and told(world)["county_supervisor"] == ["escalated"]


def test_a_limit_first_seen_late_is_escalated_at_once(world):
    taken(world)
    world[2].at(date(2022, 4, 20))
    assert sweep() == 1
    assert TimeLimit.objects.get().escalated_on == date(2022, 4, 20)
    assert "overdue" in told(world)["reviewer"]


def test_reminders_end_when_the_limit_ends(world):
    case = taken(world)
    _units, people, frozen = world
    frozen.at(date(2022, 3, 16))
    sweep()
    perform(case.pk, "visit", people["clerk"], {})
    perform(case.pk, "send", people["reviewer"], {})
    assert told(world) == {}


def test_a_date_that_moves_is_warned_of_anew(world):
    case = taken(world)
    _units, people, frozen = world
    frozen.at(date(2022, 3, 11))
    sweep()
    perform(case.pk, "longer", people["boss"], {"extend_by": "5"})
    row = TimeLimit.objects.get()
    assert row.warned_on is None and row.due == date(2022, 3, 22)
    assert sweep() == 0
    frozen.at(date(2022, 3, 21))
    assert sweep() == 1
    assert told(world)["reviewer"] == ["due_soon", "due_soon"]


def test_a_provisional_date_warns_and_escalates_nothing(world):
    taken(world)
    TimeLimit.objects.update(provisional=True)
    world[2].at(date(2022, 3, 20))
    assert sweep() == 1 and sweep() == 0
    assert set(told(world)) == {"reviewer", "clerk", "clerk2"}
    assert TimeLimit.objects.get().escalated_on is None


def test_minimum_periods_and_internal_limits_are_no_deadlines(world):
    case = taken(world)
    _units, people, frozen = world
    TimeLimit.objects.filter(name="checking").update(statutory=False)
    perform(case.pk, "visit", people["clerk"], {})
    perform(case.pk, "send", people["reviewer"], {})
    perform(case.pk, "post", people["boss"], {})
    frozen.at(date(2022, 4, 20))
    assert sweep() == 0 and not Reminder.objects.exists()


def test_urging_reminds_the_desk_and_leaves_at_once(world):
    case = opened(world)
    urge(case.pk, world[1]["city_supervisor"], "please")
    turn()
    assert told(world) == {"clerk": ["urged"], "clerk2": ["urged"]}
    assert Message.objects.filter(type=CREATED).count() == 1
    urge(case.pk, world[1]["city_supervisor"], "again")
    turn()
    assert told(world)["clerk"] == ["urged", "urged"]
    perform(case.pk, "take", world[1]["clerk"], {})
    assert told(world) == {}


def test_handing_over_reminds_the_colleague_only(world):
    case = opened(world)
    transfer(case.pk, world[1]["clerk"], world[1]["clerk2"].user, "on leave")
    turn()
    assert told(world) == {"clerk2": ["assigned"]}


def test_a_case_that_comes_back_reminds_the_desk(world):
    case = taken(world)
    people = world[1]
    perform(case.pk, "visit", people["clerk"], {})
    perform(case.pk, "send", people["reviewer"], {})
    perform(case.pk, "back", people["boss"], {"why": "late"})
    turn()
    assert told(world)["reviewer"] == ["returned"]


def test_the_same_message_twice_says_it_once(world):
    case = opened(world)
    urge(case.pk, world[1]["city_supervisor"], "please")
    turn()
    after_act(Message.objects.get(data__act="urge"))
    assert Reminder.objects.count() == 1


def test_putting_away_is_for_ones_own(world):
    case = opened(world)
    urge(case.pk, world[1]["city_supervisor"], "please")
    turn()
    reminder = Reminder.objects.get()
    assert not put_away(reminder, world[1]["far"])
    assert put_away(reminder, world[1]["clerk"]) and not put_away(reminder, world[1]["clerk"])
    assert told(world) == {}


def test_the_morning_summary_counts_for_each_person(world):
    taken(world)
    frozen = world[2]
    frozen.at(date(2022, 3, 16))
    sweep()
    send_digests()
    counts = {m.data["user"]: m.data["counts"] for m in Message.objects.filter(type=DIGEST)}
    people = world[1]
    assert counts[people["reviewer"].user.pk] == {"overdue": 1}
    assert counts[people["head"].user.pk] == {"escalated": 1}
    assert people["far"].user.pk not in counts


def test_no_summary_on_a_rest_day(world):
    taken(world)
    world[2].at(date(2022, 3, 19))  # Saturday
    sweep()
    send_digests()
    assert not Message.objects.filter(type=DIGEST).exists()


def test_the_page_lists_counts_and_puts_away(world, client):
    case = opened(world)
    urge(case.pk, world[1]["city_supervisor"], "please")
    turn()
    user = world[1]["clerk"].user
    user.is_demo = True
    user.save()
    with override_settings(DEMO=True):
        client.force_login(user)
        page = client.get(reverse("reminders")).content.decode()
        assert case.number in page and '<span class="count">1</span>' in page
        assert case.number not in client.get(reverse("reminders"), {"kind": "overdue"}).content.decode()
        client.post(reverse("reminder_away", args=[Reminder.objects.get().pk]))
        assert case.number not in client.get(reverse("reminders")).content.decode()


def test_the_list_asks_a_fixed_number_of_queries(world, django_assert_num_queries):
    for _ in range(6):
        urge(opened(world).pk, world[1]["city_supervisor"], "please")
    turn()
    actor = Actor(user=world[1]["clerk"].user)
    with django_assert_num_queries(2):
        rows = list(queries.open_for(actor))
        assert len(rows) == 6 and [(row.case.number, row.organisation.label, row.limit) for row in rows]


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_say_it_once(world):
    taken(world)
    barrier, errors = threading.Barrier(3), []

    def work():
        try:
            with clock.freeze(clock.at(date(2022, 3, 16))):
                barrier.wait()
                sweep()
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    kinds = sorted(Reminder.objects.values_list("kind", flat=True))
    assert kinds == ["escalated", "escalated", "overdue", "overdue"]
    assert Message.objects.filter(type=CREATED).count() == 4
