"""Verification finds what was changed behind the system's back; sealing refuses to hide it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.db import DatabaseError, connection, transaction

from zhengling.kernel import clock
from zhengling.kernel.append_only import protect, release
from zhengling.kernel.audit.operations import record_access
from zhengling.kernel.casework.models import Case, Event, Payload
from zhengling.kernel.casework.operations import perform
from zhengling.kernel.supervision import commands, integrity
from zhengling.kernel.supervision.models import Verification

pytestmark = [pytest.mark.django_db, pytest.mark.db_sensitive]


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.VAR = tmp_path


def forge(**changes):
    """Change an event as somebody with the database in hands would."""
    release(connection, "casework_event")
    Event.objects.filter(seq=1).update(**changes)
    protect(connection, "casework_event")


def test_a_whole_house_verifies(world):
    world.taken(date(2022, 3, 1))
    integrity.seal()
    found = integrity.verify()
    assert (found.found, found.cases, found.events, found.checkpoints) == (0, 1, 2, 1)


def test_more_cases_than_fit_one_reading(world, monkeypatch):
    monkeypatch.setattr(integrity, "CASES_AT_A_TIME", 2)
    for _time in range(5):
        world.taken(date(2022, 3, 1))
    assert integrity.verify().cases == 5


def test_a_changed_event_a_changed_payload_and_a_moved_head_are_found(world):
    case = world.taken(date(2022, 3, 1))
    forge(actor_name="somebody else")
    assert any(case.number in text and part == "events" for part, text in integrity.verify().problems)
    other = world.taken(date(2022, 3, 1))
    Payload.objects.filter(event__case=other, event__seq=1).update(data={"amount": 1})
    Case.objects.filter(pk=other.pk).update(version=7)
    assert integrity.verify().found == 3


def test_a_rewritten_chain_is_found_by_the_checkpoint(world):
    case = world.taken(date(2022, 3, 1))
    integrity.seal()
    forge(digest="0" * 64)
    release(connection, "casework_event")
    Event.objects.filter(case=case, seq=2).update(digest="1" * 64)
    protect(connection, "casework_event")
    parts = {part for part, _text in integrity.verify().problems}
    assert parts == {"events", "checkpoints"}


def test_sealing_over_a_broken_checkpoint_is_refused(world):
    world.taken(date(2022, 3, 1))
    path = integrity.seal()
    content = json.loads(path.read_text())
    content["heads"] = dict.fromkeys(content["heads"], "0" * 64)
    path.write_text(json.dumps(content))
    with pytest.raises(integrity.SealRefusedError):
        integrity.seal()
    assert len(integrity.checkpoint_files()) == 1


def test_checkpoints_follow_each_other(world):
    case = world.taken(date(2022, 3, 1))
    integrity.seal()
    perform(case.pk, "visit", world.people["clerk"], {})
    integrity.seal()
    assert integrity.verify().found == 0
    assert [item.name for item in integrity.checkpoints()] == [
        "checkpoint-000002.json",
        "checkpoint-000001.json",
    ]


def test_a_record_of_reads_that_was_written_anew_is_found_by_the_checkpoint(world):
    record_access(world.people["clerk"], "reveal", "person", 1)
    integrity.seal()
    assert integrity.verify().found == 0
    path = integrity.checkpoint_files()[-1]
    content = json.loads(path.read_text())
    content["others"]["reads"][1] = "0" * 64
    path.write_text(json.dumps(content))
    assert [part for part, _text in integrity.verify().problems] == ["reads"]


def test_a_verification_is_never_changed(world):
    found = integrity.verify()
    with pytest.raises(DatabaseError), transaction.atomic():
        Verification.objects.filter(pk=found.pk).update(found=0)


def test_the_commands(world):
    world.taken(date(2022, 3, 1))
    sealed = CliRunner().invoke(commands.seal)
    assert sealed.exit_code == 0 and Path(sealed.output.strip()).exists()
    whole = CliRunner().invoke(commands.verify)
    assert whole.exit_code == 0 and whole.output.strip() == "1 cases, 2 events, 1 checkpoints: whole"
    forge(actor_name="somebody else")
    broken = CliRunner().invoke(commands.verify)
    assert broken.exit_code == 1 and "changed after it was written" in broken.output


def test_the_page(world, page):
    auditor = world.people["auditor"]
    assert "Nothing has been verified yet" in page(auditor, "/supervision/integrity/").content.decode()
    world.taken(date(2022, 3, 1))
    integrity.verify()
    assert "stands as it was written" in page(auditor, "/supervision/integrity/").content.decode()
    forge(actor_name="somebody else")
    with clock.freeze(clock.at(date(2022, 3, 29))):
        integrity.verify()
    body = page(auditor, "/supervision/integrity/", language="zh-hans").content.decode()
    assert "有1处不符" in body


def test_the_page_is_for_those_who_supervise(world, page, officer):
    for who in ("clerk", "approver"):
        assert page(world.people[who], "/supervision/integrity/").status_code == 403
    assert page(officer("audit_admin", world.city.city), "/supervision/integrity/").status_code == 200
