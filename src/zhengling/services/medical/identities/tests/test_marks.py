"""Marks for the platform: full, changes, and its answer reconciled."""

from __future__ import annotations

from datetime import date

import pytest
from conftest import City, Frozen, Officer

from zhengling.kernel.audit.models import Access
from zhengling.kernel.exchange import operations
from zhengling.kernel.exchange.declaration import find
from zhengling.kernel.exchange.models import Difference, Exchange
from zhengling.kernel.law.reading import InvalidRegulation
from zhengling.services.medical.identities import codes
from zhengling.services.medical.identities.models import SentMark
from zhengling.services.medical.identities.tests.house import Office, line
from zhengling.services.medical.identities.tests.numbers import number
from zhengling.services.medical.models import Identity

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(city: City, officer: Officer, frozen: Frozen) -> Office:
    made = Office(city.county, officer("reviewer", city.county_mib))
    made.bring("2022-03", line(1, since="2022-02-01"), line(2, "特困", since="2022-01-01"))
    for row in made.open():
        operations.decide(made.reviewer, row.pk, "confirm")
    return made


def sent(office: Office, name: str) -> tuple[Exchange, list[list[object]]]:
    kept: list[list[object]] = []

    def render(sheet) -> bytes:
        kept.extend(sheet.rows)
        return b"file"

    exchange, _content = operations.send(office.reviewer, find(name), office.unit, "", render)
    return exchange, kept


def answered(office: Office, *lines: str) -> None:
    content = "\n".join(["certno,psn_idet_type,accepted,reason", *lines]).encode()
    row = operations.receive(
        office.reviewer, find("medical.marks"), office.unit, name="a.csv", content=content
    )
    operations.take_over(office.reviewer, row.pk)
    operations.work_off()


def test_the_full_list_carries_every_mark_with_its_code_and_its_totals(office: Office) -> None:
    exchange, rows = sent(office, "medical.marks")
    assert [row[1:4] for row in rows] == [[number(1), "YZ21", 2], [number(2), "YZ11", 1]]
    assert exchange.totals == {"rows": 2, "persons": 2, "class_0": 0, "class_1": 1, "class_2": 1}
    # Whose number left the house is on record, for each person.
    assert Access.objects.filter(action="export", subject_kind="person").count() == 2


def test_changes_are_what_the_platform_does_not_know_yet(office: Office, frozen: Frozen) -> None:
    assert [row[-1] for row in sent(office, "medical.mark_changes")[1]] == ["add", "add"]
    assert sent(office, "medical.mark_changes")[1] == []
    row = Identity.objects.get(kind="minimum_living")
    row.valid_from = date(2022, 2, 2)
    row.save()
    assert [row[-1] for row in sent(office, "medical.mark_changes")[1]] == ["change"]
    frozen.at(date(2022, 4, 25))
    office.bring("2022-04", line(1))
    operations.decide(office.reviewer, office.open()[0].pk, "end", "r")
    changed = sent(office, "medical.mark_changes")[1]
    assert [(row[1], row[6], row[-1]) for row in changed] == [(number(2), date(2022, 3, 31), "end")]
    assert sent(office, "medical.mark_changes")[1] == []


def test_full_and_changes_agree(office: Office) -> None:
    """What the platform holds after any changes is what the full list says."""
    sent(office, "medical.mark_changes")
    held = set(SentMark.objects.values_list("identity", "code", "begins", "ends"))
    sent(office, "medical.marks")
    assert set(SentMark.objects.values_list("identity", "code", "begins", "ends")) == held


def test_the_answer_is_reconciled(office: Office, frozen: Frozen) -> None:
    sent(office, "medical.marks")
    frozen.at(date(2022, 3, 30))
    answered(office, f"{number(1)},YZ21,否,人员未参保", f"{number(3)},YZ21,是,")
    found = {row.kind: row for row in Difference.objects.filter(data_set="medical.marks")}
    assert set(found) == {"refused", "unknown", "unanswered"}
    assert found["refused"].theirs == {"reason": "人员未参保"}
    operations.decide(office.reviewer, found["refused"].pk, "again")
    assert [row[1] for row in sent(office, "medical.mark_changes")[1]] == [number(1)]
    frozen.at(date(2022, 3, 31))
    answered(office, f"{number(1)},YZ21,是,", f"{number(2)},YZ11,是,")
    states = Difference.objects.filter(data_set="medical.marks").values_list("kind", "state")
    assert dict(states) == {"refused": "decided", "unknown": "vanished", "unanswered": "vanished"}
    assert set(SentMark.objects.values_list("state", flat=True)) == {"accepted"}


def test_a_code_table_names_every_mark_once(tmp_path) -> None:
    path = tmp_path / "codes.yaml"
    body = (
        "versions:\n  - from: 2022-01-01\n    source: {zh: a, en: b}\n    confirmed: true\n    codes: {%s}\n"
    )
    for given in ("orphan: A", ", ".join(f"{code}: A" for code in codes.CODES)):
        path.write_text(body % given)
        with pytest.raises(InvalidRegulation):
            codes.read_tables(path)
    path.write_text(body % ", ".join(f"{code}: A{n}" for n, code in enumerate(codes.CODES)))
    assert codes.read_tables(path)[0].of("orphan").startswith("A")
