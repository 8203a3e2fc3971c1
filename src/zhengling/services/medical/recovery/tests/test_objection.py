"""An upheld objection to a public list leads to a recovery, and the case it is about has an end again (articles 14, 24)."""

from __future__ import annotations

from datetime import date

import pytest

from zhengling.kernel.accounts.actors import SYSTEM
from zhengling.kernel.casework.models import Case
from zhengling.kernel.casework.operations import attach, perform
from zhengling.kernel.files.operations import store
from zhengling.kernel.funds.models import Receivable
from zhengling.kernel.notices import operations as notices
from zhengling.kernel.notices.models import Notice
from zhengling.kernel.outbox.delivery import deliver, fan_out
from zhengling.services.medical import publicity
from zhengling.services.medical.recovery.models import Recovery
from zhengling.services.medical.recovery.tests import acts
from zhengling.services.medical.recovery.tests.acts import build
from zhengling.services.medical.tests.test_case import PNG

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(city, officer, frozen):
    return build(city, officer)


def stage(case) -> str:
    return Case.objects.get(pk=case.pk).stage


def listed(house, frozen):
    """A paid case on the list of its village, posted on 31 March 2022, and an objection to it that was upheld."""
    aid = house.paid()
    frozen.at(date(2022, 3, 31))
    publicity.draw_up_lists()
    posting = Case.objects.get(procedure="medical_list")
    attach(posting.pk, "photo", store("photo.png", PNG, house.cadre.user), house.cadre)
    perform(posting.pk, "post", house.cadre, {"posted_on": "2022-03-31"})
    notice = Notice.objects.get()
    objection = notices.object_to(notice, notice.rows[0]["key"], {"grounds": "家有商铺"}, SYSTEM)
    perform(objection.pk, "examine", house.county, {"findings": "已核"})
    perform(objection.pk, "uphold", house.approver, {"reasons": "名下确有商铺"})
    fan_out()
    deliver()
    return aid, posting, objection, Case.objects.get(procedure="medical_recovery")


def take_down(house, frozen, posting) -> None:
    frozen.at(date(2022, 4, 11))
    perform(posting.pk, "take_down", house.clerk, {})


def test_it_opens_a_recovery_once_with_its_reasons(house, frozen):
    aid, _posting, objection, case = listed(house, frozen)
    recovery = Recovery.objects.get()
    assert (recovery.about, recovery.objection, recovery.origin) == (aid, objection, "objection")
    assert case.events.get(act="open").payload.data["suspicion"] == "名下确有商铺"
    assert case.subject == aid.subject and case.tasks.get(done_at=None).role == "reviewer"
    deliver()
    assert Recovery.objects.count() == 1


def test_the_decision_ends_the_case(house, frozen):
    aid, posting, objection, case = listed(house, frozen)
    take_down(house, frozen, posting)
    assert stage(aid) == "paid"
    acts.find(house, case)
    perform(case.pk, "notify", house.county, {})
    frozen.at(date(2022, 4, 20))
    perform(case.pk, "propose", house.county, {"opinion": "追回"})
    perform(case.pk, "decide", house.approver, {})
    fan_out()
    deliver()
    assert [stage(row) for row in (aid, objection, case)] == ["revoked", "concluded", "recovering"]
    assert Receivable.objects.get().amount == 921_500


def test_without_ground_the_case_closes_as_if_nobody_had_objected(house, frozen):
    aid, posting, objection, case = listed(house, frozen)
    take_down(house, frozen, posting)
    perform(case.pk, "propose_clearing", house.county, {"reason": "商铺已售"})
    perform(case.pk, "clear", house.approver, {"reason": "商铺已售"})
    fan_out()
    deliver()
    assert [stage(row) for row in (aid, objection, case)] == ["closed", "concluded", "cleared"]


def test_a_list_that_still_runs_holds_the_cleared_case(house, frozen):
    aid, posting, _objection, case = listed(house, frozen)
    perform(case.pk, "propose_clearing", house.county, {"reason": "商铺已售"})
    perform(case.pk, "clear", house.approver, {"reason": "商铺已售"})
    fan_out()
    deliver()
    assert stage(aid) == "paid"
    take_down(house, frozen, posting)
    assert stage(aid) == "closed"
