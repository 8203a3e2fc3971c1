from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from zhengling.kernel.law import references
from zhengling.kernel.law.commands import law
from zhengling.kernel.law.models import OfficialText
from zhengling.kernel.law.tests import small_law
from zhengling.kernel.law.tests.test_gazette_text import GAZETTE


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ZHENGLING_CITY", str(tmp_path))
    monkeypatch.setattr(references, "_known", {"register": {"law.instruments"}, "rule": {"lamps.dusk"}})
    return small_law.write(tmp_path)


def test_check_passes_a_sound_map(folder: Path) -> None:
    result = CliRunner().invoke(law, ["check"])
    assert result.exit_code == 0, result.output
    assert "2 instruments" in result.output
    assert "0 errors" in result.output


def test_check_fails_on_an_error_and_names_the_place(folder: Path) -> None:
    small_law.write(folder, rules=small_law.RULES.replace("        reason: later\n", ""))
    result = CliRunner().invoke(law, ["check"])
    assert result.exit_code == 1
    assert "YZCR-2020-01001/2(2): being built in which part?" in result.output


def test_check_fails_on_a_broken_file(folder: Path) -> None:
    small_law.write(folder, rules="key: [")
    result = CliRunner().invoke(law, ["check"])
    assert result.exit_code == 1
    assert "regulation.yaml" in result.output


def test_check_compares_with_a_printed_text(folder: Path, tmp_path: Path) -> None:
    printed = tmp_path / "printed.txt"
    small_law.write(
        folder, rules=small_law.RULES.replace("zh: 天黑即亮", "zh: 天色渐暗之时各处街灯应当一并点亮")
    )
    printed.write_text("天色渐暗之时各处街灯应当一并点亮。", encoding="utf-8")
    result = CliRunner().invoke(law, ["check", "--gazette", str(printed)])
    assert result.exit_code == 1
    assert "copied from the gazette" in result.output


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (
            ["YZCR-2020-01001/2(2)"],
            ["《路灯管理办法》", "第二条第（二）项", "三日修好", "路灯所、电力公司: 3日内"],
        ),
        (["《路灯管理办法》第二条第（一）项"], ["天黑即亮", "by rule lamps.dusk"]),
        (
            ["YZCR-2020-01001/2(2)", "--language", "en"],
            ["Rules on Street Lamps", "Article 2(2)", "lamp office, power company: within 3 days"],
        ),
        (["永政办发〔2020〕1号"], ["第一条", "第三条"]),
    ],
)
def test_show(folder: Path, arguments: list[str], shown: list[str]) -> None:
    result = CliRunner().invoke(law, ["show", *arguments])
    assert result.exit_code == 0, result.output
    for text in shown:
        assert text in result.output


@pytest.mark.parametrize("citation", ["YZCR-2020-01001/9", "YZCR-2019-00001/1", "nonsense"])
def test_show_says_what_there_is_not(folder: Path, citation: str) -> None:
    result = CliRunner().invoke(law, ["show", citation])
    assert result.exit_code == 1
    assert citation in result.output or "there is no" in result.output


@pytest.mark.django_db
def test_import_reports_what_it_could_not_place(folder: Path, tmp_path: Path, settings: object) -> None:
    settings.CITY = folder  # type: ignore[attr-defined]  # pytest-django's wrapper has no type
    file = tmp_path / "gazette.txt"
    file.write_text(GAZETTE.replace("（二）坏灯应当在3日内修好。", ""), encoding="utf-8")
    result = CliRunner().invoke(law, ["import", str(file)])
    assert result.exit_code == 0, result.output
    assert "provisions without wording:\n  YZCR-2020-01001/2(2)" in result.output
    assert OfficialText.objects.filter(instrument="YZCR-2020-01001").count() == 4
    missing = CliRunner().invoke(law, ["import", str(tmp_path / "nothing.txt")])
    assert missing.exit_code == 1
    assert "no such file" in missing.output
