"""Leaving: everything is written, nothing secret is, and what is written agrees with the database."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from conftest import City, Officer
from django.apps import apps

from zhengling.kernel.accounts.models import User
from zhengling.kernel.audit.models import Access
from zhengling.kernel.people.models import Person
from zhengling.services.medical.tests import world
from zhengling.web import export

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.db_sensitive,
    pytest.mark.usefixtures("frozen"),
]


@pytest.fixture
def case(city: City, officer: Officer):
    house = world.build(city, officer)
    User.objects.update(password="hash")
    return house.case()


def rows(folder: Path, table: str) -> list[dict[str, str]]:
    with (folder / "tables" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_table_is_written_with_as_many_rows_as_the_database_holds(case, tmp_path: Path) -> None:
    manifest = export.export(tmp_path / "out")
    counted = {table["table"]: table["rows"] for table in manifest["tables"]}
    for model in apps.get_models():
        table = model._meta.db_table
        if table not in export.LEFT_OUT and table not in {"audit_access", "audit_head"}:
            assert counted[table] == model._default_manager.count() == len(rows(tmp_path / "out", table))
    for entry in [*manifest["tables"], *manifest["files"]]:
        assert export.digest_of(tmp_path / "out" / entry["file"]) == entry["sha256"]
    assert manifest["files"] and json.loads((tmp_path / "out" / "manifest.json").read_text()) == manifest


def test_personal_data_stay_sealed_unless_they_are_asked_for_with_a_reason(case, tmp_path: Path) -> None:
    export.export(tmp_path / "sealed")
    written = "".join(path.read_text() for path in (tmp_path / "sealed" / "tables").iterdir())
    assert world.ID_NUMBER not in written
    with pytest.raises(export.ExportError):
        export.export(tmp_path / "open", decrypt=True)
    export.export(tmp_path / "open", decrypt=True, reason="移交新系统")
    person = rows(tmp_path / "open", "people_person")[0]
    assert person["id_number"] == world.ID_NUMBER and "id_number_index" not in person
    assert rows(tmp_path / "open", "medical_application")[0]["disease"] == "乳腺恶性肿瘤"
    record = Access.objects.filter(subject_kind="installation").order_by("seq").last()
    assert (record.action, record.fields, record.purpose) == ("export", "all", "移交新系统")


def test_passwords_and_secrets_do_not_leave(case, tmp_path: Path) -> None:
    export.export(tmp_path / "out", decrypt=True, reason="r")
    assert {row["password"] for row in rows(tmp_path / "out", "accounts_user")} == {""}
    assert not (tmp_path / "out" / "tables" / "mfa_authenticator.csv").exists()


def test_an_export_that_lost_a_row_is_refused(case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = export._write

    def losing(model, folder, decrypt):
        made = real(model, folder, decrypt)
        if model is Person:
            path = folder / made["file"]
            path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
        return made

    monkeypatch.setattr(export, "_write", losing)
    with pytest.raises(export.ExportError, match="people_person"):
        export.export(tmp_path / "out")


def test_a_folder_that_holds_something_is_left_alone(case, tmp_path: Path) -> None:
    (tmp_path / "note").write_text("mine")
    with pytest.raises(export.ExportError):
        export.export(tmp_path)
