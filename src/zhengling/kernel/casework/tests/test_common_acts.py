"""Taking back, urging and adding papers: who may, when, and what stands afterwards."""

from __future__ import annotations

import pytest

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.accounts.models import RoleGrant, User
from zhengling.kernel.casework import queries
from zhengling.kernel.casework.errors import ActRefused, NotYours
from zhengling.kernel.casework.models import Task
from zhengling.kernel.casework.operations import attach, check_may_attach, open_case, perform, recall, urge
from zhengling.kernel.casework.tests import toy
from zhengling.kernel.files.operations import store

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

SCAN = b"%PDF-1.4 scan"


@pytest.fixture
def units():
    toy.register()
    return toy.units()


@pytest.fixture
def people(units):
    return {
        "clerk": toy.person("clerk", units["town"], "clerk"),
        "reviewer": toy.person("reviewer", units["town"], "reviewer"),
        "boss": toy.person("boss", units["county"], "approver"),
        "far": toy.person("far", units["far"], "clerk", "reviewer"),
        "auditor": toy.person("auditor", units["city"], "auditor"),
        "account_admin": toy.person("account_admin", units["county"], "account_admin"),
        "supervisor": toy.person("supervisor", units["city"], "supervisor"),
        "far_supervisor": toy.person("far_supervisor", units["other"], "supervisor"),
        "resident": toy.person("resident"),
        "stranger": toy.person("stranger"),
    }


@pytest.fixture
def sent(units, people):
    """At the county, sent by the reviewer."""
    case = open_case(
        toy.TOY,
        people["resident"],
        units["town"],
        {"amount": "1"},
        title="t",
        applicant=people["resident"].user,
    )
    for act, who in [("take", "clerk"), ("visit", "clerk"), ("send", "reviewer")]:
        perform(case.pk, act, people[who], {})
    return case


def fresh(actor: Actor) -> Actor:
    return Actor(user=User.objects.get(pk=actor.user.pk))


class TestTakingBack:
    def test_what_was_finished_stays_finished(self, sent, people):
        recall(sent.pk, people["reviewer"])
        assert list(sent.tasks.filter(done_at=None).values_list("kind", "name")) == [("stage", "checked")]
        perform(sent.pk, "send", people["reviewer"], {})
        sent.refresh_from_db()
        assert sent.stage == "county"

    def test_what_was_sent_back_meanwhile_is_to_be_done_again(self, sent, people):
        perform(sent.pk, "back", people["boss"], {"why": "late"})
        assert set(sent.tasks.filter(done_at=None).values_list("kind", flat=True)) == {"stage", "item"}
        with pytest.raises(ActRefused):
            perform(sent.pk, "send", people["reviewer"], {})
        perform(sent.pk, "visit", people["clerk"], {})
        perform(sent.pk, "send", people["reviewer"], {})
        recall(sent.pk, people["reviewer"])
        assert list(sent.tasks.filter(done_at=None).values_list("kind", flat=True)) == ["stage"]

    def test_not_by_somebody_who_has_left_the_office(self, sent, people):
        RoleGrant.objects.filter(user=people["reviewer"].user).update(revoked_at=clock.now())
        with pytest.raises(NotYours):
            recall(sent.pk, fresh(people["reviewer"]))
        assert "recall" not in queries.common_acts(sent, fresh(people["reviewer"]))


class TestUrging:
    @pytest.mark.parametrize("who", ["resident", "clerk", "reviewer", "supervisor"])
    def test_the_applicant_an_earlier_desk_and_a_supervisor_may(self, sent, people, who):
        assert "urge" in queries.common_acts(sent, people[who])
        urge(sent.pk, people[who], "请尽快办理")
        assert sent.tasks.get(done_at=None, kind=Task.Kind.STAGE).urged_at

    @pytest.mark.parametrize("who", ["far", "auditor", "account_admin", "far_supervisor", "stranger"])
    def test_nobody_else_may_and_who_reads_only_writes_nothing(self, sent, people, who):
        assert "urge" not in queries.common_acts(sent, people[who])
        with pytest.raises(NotYours):
            urge(sent.pk, people[who], "请尽快办理")
        sent.refresh_from_db()
        assert sent.events.last().act == "send" and sent.version == sent.events.count()


class TestPapers:
    @pytest.mark.parametrize(
        ("who", "may"), [("boss", True), ("resident", True), ("clerk", False), ("auditor", False)]
    )
    def test_whoever_has_it_on_the_desk_or_applies(self, sent, people, who, may):
        file = store("scan.pdf", SCAN, None)
        if may:
            assert attach(sent.pk, "form", file, people[who]).file == file
        else:
            with pytest.raises(ActRefused):
                attach(sent.pk, "form", file, people[who])

    def test_a_copy_for_information_is_no_desk(self, sent, units, people):
        Task.objects.create(
            case=sent,
            kind=Task.Kind.COPY,
            name="send",
            organisation=units["town"],
            role="clerk",
            created_at=clock.now(),
        )
        with pytest.raises(ActRefused):
            check_may_attach(sent, people["clerk"])
