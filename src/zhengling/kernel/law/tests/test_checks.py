"""Each fault of a map is found, and a sound map is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from zhengling.kernel.law import references
from zhengling.kernel.law.checks import Finding, check
from zhengling.kernel.law.reading import read_city
from zhengling.kernel.law.tests import small_law


@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(references, "_known", {})
    references.register("rule", "lamps.dusk")
    references.register("register", "law.instruments")


def findings(folder: Path, *printed: str, **changed: str) -> list[Finding]:
    folder = small_law.write(folder, **changed)
    return check(read_city(folder), folder, printed)


def test_a_sound_map_has_no_findings(tmp_path: Path) -> None:
    assert findings(tmp_path) == []


@pytest.mark.parametrize(
    ("old", "new", "where", "message"),
    [
        ("        mark: being_built\n", "", "2(2)", "has no mark"),
        ("        mark: being_built\n        reason: later\n", "        mark: being_built\n", "2(2)", "which part"),
        ("        reason: basis\n", "", "1", "organisational why"),
        (
            "        by: {rule: [lamps.dusk], parameter: [lamps.minutes]}\n",
            "",
            "2(1)",
            "carried out by what",
        ),
        (
            "by: {register: [law.instruments]}",
            "by: {register: [law.instruments]}\n        reason: basis",
            "3",
            "no reason",
        ),
        ("reason: basis", "reason: basis\n        by: {rule: [lamps.dusk]}", "1", "not carried out by"),
        ("owner: 路灯所, limit: none stated", "limit: none stated", "2(1)", "without owner"),
        ("owner: 路灯所, limit: none stated", "owner: 路灯所", "2(1)", "without limit"),
        ("owner: 路灯所, limit: none stated", "owner: 灯神, limit: none stated", "2(1)", "灯神 is not in"),
        ("rule: [lamps.dusk]", "rule: [lamps.dawn]", "2(1)", "no rule lamps.dawn"),
        ("parameter: [lamps.minutes]", "parameter: [lamps.hours]", "2(1)", "no parameter lamps.hours"),
        ('at: "2(2)"', 'at: "2(3)"', "2(3)", "number 2 of its row is missing"),
        ('at: "3"', 'at: "4"', "4", "number 3 of its row is missing"),
        ('at: "2(2)"', 'at: "2:2"', "2:2", "number 1 of its row is missing"),
        ('at: "2(1)"', 'at: "2(1)1"', "2(1)1", "2(1) itself is missing"),
        ("en: Lighting}\n", "en: Lighting}\n        mark: carried_out\n", "2", "heading carries no mark"),
        ("        summary: {zh: 二月一日起, en: from 1 February}\n", "", "3", "neither a summary"),
        ("chapter: 2", "chapter: 3", "", "chapters are numbered"),
        ("valid_from: 2020-02-01", "valid_from: 2019-02-01", "", "before it was issued"),
        ("on: 2025-01-31", "on: 2020-01-31", "", "expires before"),
        ("永政办发〔2020〕1号", "永政办发[2020]1号", "", "is not written like"),
        ("yzcr: YZCR-2020-01001", "yzcr: YZCR-20-1", "", "is not written like"),
        ("reasons:", "reasons:\n  idle: {zh: 无, en: none}", "", "'idle' is not used"),
    ],
)  # fmt: skip
def test_each_fault_is_found(tmp_path: Path, old: str, new: str, where: str, message: str) -> None:
    assert old in small_law.RULES
    found = findings(tmp_path, rules=small_law.RULES.replace(old, new, 1))
    place = f"YZCR-2020-01001/{where}" if where else "YZCR-2020-01001"
    assert any(item.error and item.where == place and message in item.message for item in found), found


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('at: "二(一)1"', 'at: "二(一)2"', "number 1 of its row is missing"),
        ('at: "二(一)1"', 'at: "三(一)1"', "stands under chapter 2"),
        ('at: "一.2"', 'at: "一.3"', "number 2 of its row is missing"),
    ],
)
def test_a_plan_is_checked_like_articles(tmp_path: Path, old: str, new: str, message: str) -> None:
    found = findings(tmp_path, plan=small_law.PLAN.replace(old, new, 1))
    assert any(item.error and message in item.message for item in found), found


def test_parameters_must_cite_places_that_exist(tmp_path: Path) -> None:
    found = findings(tmp_path, parameters=small_law.PARAMETERS.replace('"2(1)"', '"2(9)"'))
    assert [item.message for item in found] == ["minutes cites 2(9), which YZCR-2020-01001 does not have"]
    found = findings(tmp_path, parameters=small_law.PARAMETERS.replace("YZCR-2020-01001", "YZCR-2020-09999"))
    assert any("not in the city's gazette" in item.message for item in found)
    found = findings(tmp_path, parameters="instrument: [")
    assert any(item.where == "lamps/parameters.yaml" and item.error for item in found)


def test_an_owner_who_owes_nothing_is_reported(tmp_path: Path) -> None:
    found = findings(tmp_path, owners=small_law.OWNERS + "闲人: idler\n")
    assert [item.message for item in found] == ["闲人 owes nothing: remove it"]


def test_what_nobody_has_registered_yet_is_a_warning(tmp_path: Path) -> None:
    rules = small_law.RULES.replace("rule: [lamps.dusk]", "act: [lamp_case.light]")
    found = findings(tmp_path, rules=rules)
    assert [(item.error, item.where) for item in found] == [(False, "act lamp_case.*")]
    references.register("act", "lamp_case.dim")
    found = findings(tmp_path, rules=rules)
    assert [(item.error, item.message) for item in found] == [(True, "there is no act lamp_case.light")]


def test_sixteen_equal_characters_are_a_copy_and_fifteen_are_not(tmp_path: Path) -> None:
    sixteen = "天色渐暗之时各处街灯应当一并点亮"
    assert len(sixteen) == 16
    rules = small_law.RULES.replace("zh: 天黑即亮", f"zh: 规定，{sixteen}")
    assert [item.where for item in findings(tmp_path, f"（前文）{sixteen}。", rules=rules)] == [
        "YZCR-2020-01001/2(1)"
    ]
    # Line breaks and widths of the print do not hide a copy.
    assert findings(tmp_path, f"{sixteen[:7]}\n {sixteen[7:]}", rules=rules)
    assert findings(tmp_path, sixteen[:15] + "灭", rules=rules) == []


def test_a_kind_that_does_not_exist_cannot_be_registered() -> None:
    with pytest.raises(ValueError, match="no kind of reference"):
        references.register("spell", "lamps.dusk")


def test_rules_are_found_without_importing_them(tmp_path: Path) -> None:
    (tmp_path / "lamps").mkdir()
    (tmp_path / "lamps" / "rules.py").write_text("raise SystemExit\ndef dusk(): ...\ndef _moon(): ...\n")
    assert references.rules_in(tmp_path) == {"lamps.dusk"}
