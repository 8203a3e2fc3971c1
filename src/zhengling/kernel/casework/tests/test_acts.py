"""Acts through the one door: authority, guard, event, limit and task move together or not at all."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.casework import chain, queries
from zhengling.kernel.casework.errors import ActRefused, InvalidData, NotYours, StaleCase
from zhengling.kernel.casework.forms import clean, form_class
from zhengling.kernel.casework.models import Case, Event, Payload, Task, TimeLimit
from zhengling.kernel.casework.operations import open_case, perform, perform_many, recall, transfer, urge
from zhengling.kernel.casework.procedure import Field
from zhengling.kernel.casework.tests import toy

pytestmark = [pytest.mark.django_db, pytest.mark.db_sensitive]


@pytest.fixture
def world():
    toy.register()
    units = toy.units()
    people = {
        "clerk": toy.person("clerk", units["town"], "clerk"),
        "clerk2": toy.person("clerk2", units["town"], "clerk", "reviewer"),
        "reviewer": toy.person("reviewer", units["town"], "reviewer"),
        "boss": toy.person("boss", units["county"], "approver"),
        "far": toy.person("far", units["far"], "clerk", "reviewer"),
        "resident": toy.person("resident"),
        "supervisor": toy.person("supervisor", units["city"], "supervisor"),
    }
    with clock.freeze(clock.at(date(2022, 3, 1))):
        yield units, people


def opened(world, who="clerk", amount="12.50", **options):
    units, people = world
    return open_case(toy.TOY, people[who], units["town"], {"amount": amount}, title="t", **options)


def test_opening_writes_event_task_and_number(world):
    case = opened(world)
    assert case.stage == "filed" and case.version == 1
    assert case.number.startswith("TY-2022-")
    event = case.events.get()
    assert (event.act, event.role, event.organisation.code) == ("file", "clerk", "t11")
    assert event.payload.data == {"amount": 1250}
    assert event.citations == ["YZCR-2021-01016/14"]
    assert case.tasks.get().organisation.code == "t11"


def test_a_limit_starts_and_ends_with_acts(world):
    _units, people = world
    case = opened(world)
    perform(case.pk, "take", people["clerk"], {})
    row = TimeLimit.objects.get()
    # Ten working days after Tuesday 1 March 2022: 2-4, 7-11, 14-15 March.
    assert (row.due, row.state) == (date(2022, 3, 15), "running")
    assert Task.objects.get(kind="stage", name="checked").due == date(2022, 3, 15)
    perform(case.pk, "visit", people["clerk"], {})
    with clock.freeze(clock.at(date(2022, 3, 16))):
        perform(case.pk, "send", people["reviewer"], {})
    row.refresh_from_db()
    assert (row.state, row.ended_on) == ("missed", date(2022, 3, 16))


def test_a_pause_moves_the_due_date_and_an_extension_adds(world):
    _units, people = world
    case = opened(world)
    perform(case.pk, "take", people["clerk"], {})
    with clock.freeze(clock.at(date(2022, 3, 2))):
        perform(case.pk, "wait", people["clerk"], {})
    assert TimeLimit.objects.get().state == "paused"
    with clock.freeze(clock.at(date(2022, 3, 4))):
        perform(case.pk, "go_on", people["clerk"], {})
    # 2 and 3 March do not count: two working days later.
    assert TimeLimit.objects.get().due == date(2022, 3, 17)
    with clock.freeze(clock.at(date(2022, 3, 7))):
        perform(case.pk, "longer", people["boss"], {"extend_by": "3"})
    assert TimeLimit.objects.get().due == date(2022, 3, 22)


def test_who_is_not_entitled_is_told_who_is(world):
    _units, people = world
    case = opened(world)
    with pytest.raises(NotYours) as refusal:
        perform(case.pk, "take", people["far"], {})
    assert "镇" in str(refusal.value) and refusal.value.citation == "YZCR-2021-01016/14"
    case.refresh_from_db()
    assert case.version == 1 and case.events.count() == 1


def test_the_second_person_is_another_person(world):
    _units, people = world
    case = opened(world)
    perform(case.pk, "take", people["clerk"], {})
    perform(case.pk, "visit", people["clerk2"], {})
    with pytest.raises(NotYours, match=r"second person|另一人"):
        perform(case.pk, "send", people["clerk2"], {})
    perform(case.pk, "send", people["reviewer"], {})


def test_an_open_item_gates_the_next_act(world):
    _units, people = world
    case = opened(world)
    perform(case.pk, "take", people["clerk"], {})
    with pytest.raises(ActRefused, match="visit"):
        perform(case.pk, "send", people["reviewer"], {})


def test_an_act_out_of_its_stage_is_refused_and_changes_nothing(world):
    _units, people = world
    case = opened(world)
    with pytest.raises(ActRefused):
        perform(case.pk, "finish", people["clerk"], {})
    assert Event.objects.count() == 1


def test_a_guard_refuses_with_its_reason(world):
    with pytest.raises(ActRefused, match="nothing to do"):
        opened(world, amount="0")
    assert not Case.objects.exists()


def test_wrong_input_names_every_field(world):
    units, people = world
    with pytest.raises(InvalidData) as problem:
        open_case(
            toy.TOY,
            people["clerk"],
            units["town"],
            {"amount": "1.234", "secret": "431102196001010014"},
            title="t",
        )
    assert set(problem.value.errors) == {"amount", "secret"}


def test_sensitive_values_leave_a_mask_in_the_event(world):
    units, people = world
    open_case(
        toy.TOY, people["clerk"], units["town"], {"amount": "1", "secret": "11010519491231002X"}, title="t"
    )
    stored = Payload.objects.get().data["secret"]
    assert "19491231" not in stored and stored.endswith("002X")


def test_a_discretion_needs_its_reason(world):
    _units, people = world
    case = opened(world)
    perform(case.pk, "take", people["clerk"], {})
    perform(case.pk, "visit", people["clerk"], {})
    perform(case.pk, "send", people["reviewer"], {})
    with pytest.raises(InvalidData, match="why_reason"):
        perform(case.pk, "back", people["boss"], {"why": "free"})
    perform(case.pk, "back", people["boss"], {"why": "free", "why_reason": "because"})
    assert Task.objects.filter(returned=True, done_at=None, kind="stage").count() == 1


def test_two_officers_on_one_case(world):
    _units, people = world
    case = opened(world)
    perform(case.pk, "take", people["clerk"], {}, version=1)
    with pytest.raises(StaleCase):
        perform(case.pk, "take", people["clerk2"], {}, version=1)


def test_a_minimum_period_runs_out_first(world):
    _units, people = world
    case = opened(world)
    for act, who in [("take", "clerk"), ("visit", "clerk"), ("send", "reviewer"), ("post", "boss")]:
        perform(case.pk, act, people[who], {})
    # Posted on 1 March; 2, 3, 4, 7, 8 March are counted; the next step falls on 9 March.
    with clock.freeze(clock.at(date(2022, 3, 8), 17)), pytest.raises(ActRefused):
        perform(case.pk, "finish", people["clerk"], {})
    with clock.freeze(clock.at(date(2022, 3, 9))):
        perform(case.pk, "finish", people["clerk"], {})
    case.refresh_from_db()
    assert case.closed_at is not None and not case.tasks.filter(done_at=None).exists()


def test_recall_only_before_anybody_else_acts(world):
    _units, people = world
    case = opened(world)
    perform(case.pk, "take", people["clerk"], {})
    perform(case.pk, "visit", people["clerk"], {})
    perform(case.pk, "send", people["reviewer"], {})
    with pytest.raises(ActRefused):
        recall(case.pk, people["clerk"])
    recall(case.pk, people["reviewer"])
    case.refresh_from_db()
    assert case.stage == "checked"
    assert TimeLimit.objects.get(name="checking").state == "running"
    with pytest.raises(ActRefused):
        recall(case.pk, people["reviewer"])


def test_transfer_narrows_the_desk_to_a_colleague(world):
    _units, people = world
    case = opened(world)
    transfer(case.pk, people["clerk"], people["clerk2"].user, "on leave")
    assert not queries.todo(people["clerk"]).exists()
    assert queries.todo(people["clerk2"]).count() == 1
    with pytest.raises(ActRefused):
        transfer(case.pk, people["clerk2"], people["boss"].user, "x")


def test_urging_marks_the_open_tasks(world):
    _units, people = world
    case = opened(world)
    urge(case.pk, people["supervisor"], "please")
    assert case.tasks.get().urged_at is not None


def test_one_bad_row_leaves_the_others_right(world):
    _units, people = world
    cases = [opened(world) for _ in range(3)]
    for case in cases:
        perform(case.pk, "take", people["clerk"], {})
    for case in cases[:2]:
        perform(case.pk, "visit", people["clerk"], {})
    results = perform_many([case.pk for case in cases], "send", people["reviewer"], {})
    assert [isinstance(result, Event) for _pk, result in results] == [True, True, False]
    assert Case.objects.filter(stage="county").count() == 2


def test_visibility_follows_units(world):
    _units, people = world
    case = opened(world, who="resident", applicant=world[1]["resident"].user)
    seen = {name for name, actor in people.items() if case in queries.visible(actor)}
    assert seen == {"clerk", "clerk2", "reviewer", "boss", "resident", "supervisor"}
    assert not queries.visible(Actor()).exists()


def test_the_database_refuses_to_change_an_event(world):
    case = opened(world)
    event = case.events.get()
    for attempt in (lambda: Event.objects.filter(pk=event.pk).update(act="x"), event.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            Payload.objects.filter(event=event).delete()
            attempt()


def test_a_broken_chain_is_found(world):
    _units, people = world
    case = opened(world)
    perform(case.pk, "take", people["clerk"], {})
    case.refresh_from_db()
    assert list(chain.problems(case)) == []
    Payload.objects.filter(event__seq=1).update(data={"amount": 999})
    assert any("payload" in text for text in chain.problems(case))
    Payload.objects.filter(event__seq=1).delete()
    # Personal data deleted by law leave the chain whole.
    assert list(chain.problems(Case.objects.get())) == []


def test_a_sealed_head_that_vanished_is_found(world, tmp_path):
    case = opened(world)
    chain.seal(tmp_path)
    assert list(chain.broken_seals(tmp_path)) == []
    path = next(tmp_path.glob("*.json"))
    path.write_text(path.read_text().replace(case.head, "0" * 64))
    assert any("gone" in text for text in chain.broken_seals(tmp_path))


def test_the_inbox_asks_a_fixed_number_of_queries(world, django_assert_num_queries):
    _units, people = world
    for _ in range(5):
        opened(world)
    actor = Actor(user=people["clerk"].user)
    with django_assert_num_queries(2):
        assert len(list(queries.todo(actor))) == 5
    for _ in range(5):
        opened(world)
    actor = Actor(user=people["clerk"].user)
    with django_assert_num_queries(2):
        rows = list(queries.todo(actor))
        assert [row.case.number for row in rows] and connection.vendor


def test_an_optional_table_left_alone_holds_nothing_back():
    """The page's first row is empty: no choice made beforehand, nothing the browser demands, nothing that arrives."""
    columns = (Field("what", "what"), Field("kind", "kind", "choice", choices=(("a", "A"), ("b", "B"))))
    table = Field("rows", "rows", "table", required=False, columns=columns)
    page = str(form_class((table,))()["rows"])
    assert " required" not in page and "selected" not in page.replace('value="" selected', "")
    untouched = {"rows-0-what": "", "rows-0-kind": ""}
    assert clean((table,), untouched)["rows"] == []
