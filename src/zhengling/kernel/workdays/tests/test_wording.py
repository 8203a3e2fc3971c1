"""The sentences of a time limit, and their Chinese."""

from __future__ import annotations

from datetime import date
from importlib.resources import files
from io import BytesIO

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from django.utils import translation

from zhengling.kernel.workdays.calendar import load_calendar
from zhengling.kernel.workdays.counting import due, due_with_pauses
from zhengling.kernel.workdays.explanation import StepKind, explain
from zhengling.kernel.workdays.wording import length, sentence

CALENDAR = load_calendar()


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def test_a_limit_over_qingming_reads_as_a_paragraph() -> None:
    said = [sentence(step) for step in explain(due(date(2022, 3, 31), 3, "days", CALENDAR))]
    assert said[1].startswith("Counted: 3 days, from ")
    assert said[2].endswith(" Rest days: 3 April 2022 to 5 April 2022 (清明节, 国办发明电〔2021〕11号).")


def test_neighbouring_days_of_one_holiday_are_one_span() -> None:
    limit = due(date(2021, 9, 17), 10, "workdays", CALENDAR)  # to 8 October, over two holidays
    rest = next(step for step in explain(limit) if step.kind is StepKind.REST)
    assert sentence(rest) == (
        "Holidays, not counted: 20 September 2021 to 21 September 2021 (中秋节, 国办发明电〔2020〕27号); "
        "1 October 2021 (国庆节, 国办发明电〔2020〕27号); "
        "4 October 2021 to 7 October 2021 (国庆节, 国办发明电〔2020〕27号)."
    )


def test_every_kind_of_step_has_a_sentence_without_gaps() -> None:
    limits = [
        due(date(2022, 1, 28), 5, "workdays", CALENDAR),
        due(date(2022, 3, 1), 11, "days", CALENDAR),
        due(date(2026, 12, 28), 5, "workdays", CALENDAR),
        due_with_pauses(
            date(2022, 3, 1),
            1,
            "months",
            [(date(2022, 3, 4), date(2022, 3, 9)), (date(2022, 3, 20), None)],
            [(5, "days")],
            CALENDAR,
        ),
    ]
    steps = [step for limit in limits for step in explain(limit)]
    assert len({step.kind for step in steps}) == 10
    for step in steps:
        said = sentence(step)
        assert said.endswith(".")
        assert "%(" not in said
        assert str(step.first.year) in said or step.days


@pytest.mark.parametrize(
    ("count", "unit", "said"),
    [
        (1, "workdays", "1 working day"),
        (5, "workdays", "5 working days"),
        (1, "days", "1 day"),
        (3, "months", "3 months"),
    ],
)
def test_lengths(count: int, unit: str, said: str) -> None:
    assert length(count, unit) == said


def test_the_chinese_catalogue_is_complete_and_keeps_every_value() -> None:
    path = files("zhengling.kernel.workdays") / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
    catalogue = read_po(BytesIO(path.read_bytes()))
    messages = [message for message in catalogue if message.id]
    source = BytesIO((files("zhengling.kernel.workdays") / "wording.py").read_bytes())
    used = {found[1] for found in extract("python", source)}
    assert {message.id for message in messages} == used
    for message in messages:
        assert all(message.string if message.pluralizable else [message.string])
        assert not list(message.check(catalogue))
