"""kill -9 while officers act: every act that was told of is there, whole, and none is there in part."""

from __future__ import annotations

import random
import subprocess
import sys

import pytest
from django.db import connection

from zhengling.kernel.casework import chain
from zhengling.kernel.casework.models import Case, Event, Task, TimeLimit
from zhengling.kernel.documents.models import Letter
from zhengling.kernel.funds import verify
from zhengling.kernel.funds.models import Ledger, Payable
from zhengling.kernel.outbox.models import Message
from zhengling.services.medical.models import BenefitYear, Decision
from zhengling.services.medical.tests.world import build, settlement

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.db_sensitive, pytest.mark.slow]

ROUNDS = 20


def work_and_die(world, told: int) -> list[tuple[str, int, str]]:
    """Let the officers work until `told` acts have been told of, then kill them wherever they are."""
    officers = [
        world.cadre,
        world.clerk,
        world.reviewer,
        world.civil,
        world.county,
        world.approver,
        world.cashier,
    ]
    names = ",".join(actor.user.username for actor in [*officers, world.treasurer])
    command = [sys.executable, "-m", "zhengling.services.medical.tests.working_officers"]
    process = subprocess.Popen(
        [*command, str(connection.settings_dict["NAME"]), names], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    lines = []
    for _ in range(told):
        line = process.stdout.readline()
        if not line:
            break
        lines.append(line)
    process.kill()
    process.wait(10)
    lines += process.stdout.readlines()
    process.stdout.close()
    return [
        (number, int(seq), digest)
        for number, seq, digest in (line.split() for line in lines if line.endswith("\n"))
    ]


def whole(case: Case) -> None:
    """Events, stage, limits and tasks of a case agree."""
    assert list(chain.problems(case)) == []
    last = case.events.exclude(act="attach").order_by("-seq").first()
    assert last is not None and case.stage == last.stage_after
    assert case.tasks.filter(kind=Task.Kind.STAGE, done_at=None).count() == (0 if case.closed_at else 1)
    started = {"accept": "township_review", "forward": "county_review", "approve": "payment"}
    for act, limit in started.items():
        assert case.limits.filter(name=limit).exists() == case.events.filter(act=act).exists()
    assert not case.limits.filter(
        name="township_review", state=TimeLimit.State.RUNNING, case__stage="county"
    ).exists()


def test_killed_officers_leave_whole_cases(city, officer, frozen):
    world = build(city, officer)
    for number in range(12):
        head = f"4311021960010{number % 9 + 10}{number:02d}"
        total = sum(
            int(digit) * weight
            for digit, weight in zip(head, (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), strict=True)
        )
        world.case(
            id_number=head + "10X98765432"[total % 11],
            settlements=[settlement(f"K{number}", "2022-01-14", "71250.00", "46820.00")],
        )
    chance = random.Random(20211221)
    told: list[tuple[str, int, str]] = []
    for _ in range(ROUNDS):
        told += work_and_die(world, chance.randint(1, 6))
        for case in Case.objects.all():
            whole(case)
        ledger = Ledger.objects.get(unit=city.county)
        assert list(verify.problems(ledger)) == []
    digests = set(Event.objects.values_list("digest", flat=True))
    assert told and all(digest in digests for _number, _seq, digest in told)
    approved = Event.objects.filter(act="approve").count()
    assert (
        approved
        == Decision.objects.count()
        == Payable.objects.count()
        == BenefitYear.objects.filter(order=1).count()
    )
    assert Letter.objects.filter(kind="approval").count() == approved
    assert approved > 0
    acts = Event.objects.exclude(act="attach").count()
    assert (
        Message.objects.filter(type__startswith="medical.medical_aid.")
        .exclude(type__endswith=".attach")
        .count()
        == acts
    )
