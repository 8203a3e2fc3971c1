from __future__ import annotations

import json
import zipfile
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.core.files.storage import default_storage
from openpyxl import load_workbook

from zhengling.__main__ import main
from zhengling.kernel.casework.errors import ActRefused, NotYours
from zhengling.kernel.casework.models import CasePaper, Payload
from zhengling.kernel.casework.operations import attach, perform
from zhengling.kernel.documents import archive, registers
from zhengling.kernel.documents.archive import archive_case, transfer_files
from zhengling.kernel.documents.models import ArchivedFile, Letter
from zhengling.kernel.documents.operations import finish_letter
from zhengling.kernel.documents.package import verify_package
from zhengling.kernel.documents.tests.aid import open_aid
from zhengling.kernel.documents.typesetting import typeset
from zhengling.kernel.files.operations import store

pytestmark = pytest.mark.django_db


@pytest.fixture
def refused(office):
    """A case refused, its letters sealed, one paper scanned (two pages)."""
    case = open_aid(office["village"], office["clerk"])
    scan = typeset(
        "notice",
        {"blocks": [{"kind": "paragraph", "level": 0, "lead": "", "text": "文" * 900}]},
        date(2022, 3, 1),
    )
    assert scan.pages == 2
    attach(case.pk, "card", store("身份证.pdf", scan.pdf, office["clerk"].user), office["clerk"])
    perform(case.pk, "accept", office["clerk"], {})
    perform(case.pk, "propose", office["reviewer"], {})
    perform(case.pk, "refuse", office["approver"], {"reasons": "占比未达到50%。"})
    for letter in case.letters.all():
        finish_letter(letter.pk)
    case.refresh_from_db()
    return case


def package_of(row: ArchivedFile) -> Path:
    return Path(default_storage.path(row.package.name))


def respoil(path: Path, target: Path, name: str, change) -> Path:
    """A copy of a package in which one file is changed."""
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w") as copy:
        for entry in source.namelist():
            data = source.read(entry)
            copy.writestr(entry, change(data) if entry.endswith(name) else data)
    return target


def test_a_closed_case_becomes_a_file_that_verifies(office, refused) -> None:
    row = archive_case(refused, office["clerk"])
    assert row.number == "431103-mib-ZY·YJ-2022-D30-0001"
    # 30 years from 1 January after the year of closing.
    assert (row.retention, row.destroy_after) == ("30年", date(2052, 12, 31))
    assert verify_package(package_of(row)) == []
    with zipfile.ZipFile(package_of(row)) as package:
        folder = f"{refused.number}/data/"
        index = json.loads(package.read(folder + "index.json"))
        events = json.loads(package.read(folder + "events.json"))
        assert package.read(folder + "index.pdf").startswith(b"%PDF")
    # Decisions first, then papers; the refusal and the receipt have one page each, the scan two.
    assert [(e["document"], e["title"], e["page"], e["pages"]) for e in index["entries"]] == [
        ("冷医保受〔2022〕1号", "受理回执", 1, 1),
        ("冷医保不予〔2022〕1号", "不予医疗救助告知书", 2, 1),
        ("", "身份证", 3, 2),
    ]
    assert [event["body"]["act"] for event in events] == ["file", "attach", "accept", "propose", "refuse"]
    assert row.pages == 4
    assert set(refused.letters.values_list("state", flat=True)) == {Letter.State.ARCHIVED}


def test_the_index_carries_no_full_name_of_the_applicant(office, refused) -> None:
    with zipfile.ZipFile(package_of(archive_case(refused, office["clerk"]))) as package:
        index = package.read(f"{refused.number}/data/index.json").decode()
    assert "王建国" not in index


def test_numbers_of_files_run_on(office, refused) -> None:
    archive_case(refused, office["clerk"])
    case = open_aid(office["village"], office["clerk"], "李四海")
    for act, who, data in (
        ("accept", "clerk", {}),
        ("propose", "reviewer", {}),
        ("refuse", "approver", {"reasons": "x"}),
    ):
        perform(case.pk, act, office[who], data)
    for letter in case.letters.all():
        finish_letter(letter.pk)
    assert archive_case(case, office["reviewer"]).number.endswith("-0002")


@pytest.mark.parametrize(
    ("name", "change", "expected"),
    [
        ("events.json", lambda data: data.replace("占比".encode(), "比例".encode()), "events.json"),
        ("001.pdf", lambda data: data[:-1] + b" ", "001.pdf"),
        ("002.pdf", lambda data: data + b" ", "Oxum"),
        ("manifest-sha256.txt", lambda data: data[70:], "manifest"),
        ("bagit.txt", lambda data: b"", "bag"),
    ],
)
def test_any_change_is_found(office, refused, tmp_path, name, change, expected) -> None:
    spoiled = respoil(package_of(archive_case(refused, office["clerk"])), tmp_path / "x.zip", name, change)
    assert any(expected in problem for problem in verify_package(spoiled))


def test_a_forger_who_mends_the_manifest_breaks_the_chain(office, refused, tmp_path) -> None:
    """Changed event, all bag digests made to agree again: the chain of events still tells."""
    import bagit

    with zipfile.ZipFile(package_of(archive_case(refused, office["clerk"]))) as package:
        package.extractall(tmp_path)
    folder = tmp_path / refused.number
    events = folder / "data/events.json"
    events.write_text(events.read_text().replace("占比未达到50%", "占比未达到80%"))
    bagit.Bag(str(folder)).save(manifests=True)
    forged = tmp_path / "forged.zip"
    with zipfile.ZipFile(forged, "w") as package:
        for path in folder.rglob("*"):
            if path.is_file():
                package.write(path, str(path.relative_to(tmp_path)))
    assert verify_package(forged) == ["event 5: its payload was changed"]


def test_a_payload_deleted_by_law_leaves_the_package_whole(office, refused) -> None:
    Payload.objects.filter(event__case=refused).delete()
    assert verify_package(package_of(archive_case(refused, office["clerk"]))) == []


def test_packages_that_lead_elsewhere_are_refused(tmp_path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("../../evil", "x")
    assert "leads out" in verify_package(path)[0]
    path.write_bytes(b"not a zip")
    assert "cannot be opened" in verify_package(path)[0]


def test_the_command_says_what_is_wrong(office, refused, tmp_path) -> None:
    good = package_of(archive_case(refused, office["clerk"]))
    assert CliRunner().invoke(main, ["archive", "verify", str(good)]).exit_code == 0
    bad = respoil(good, tmp_path / "x.zip", "case.json", lambda data: data + b"\n")
    result = CliRunner().invoke(main, ["archive", "verify", str(good), str(bad)])
    assert result.exit_code == 1
    assert json.loads(result.output)[str(bad)]


def test_an_open_case_or_an_unsealed_letter_is_not_archived(office) -> None:
    case = open_aid(office["village"], office["clerk"])
    with pytest.raises(ActRefused, match="still open"):
        archive_case(case, office["clerk"])
    for act, who, data in (
        ("accept", "clerk", {}),
        ("propose", "reviewer", {}),
        ("refuse", "approver", {"reasons": "x"}),
    ):
        perform(case.pk, act, office[who], data)
    with pytest.raises(ActRefused, match="冷医保不予〔2022〕1号"):
        archive_case(case, office["clerk"])


def test_a_file_is_closed_once_and_by_a_unit_of_the_case(office, refused, officer, city) -> None:
    with pytest.raises(NotYours):
        archive_case(refused, officer("secretary", city.other_county_mib))
    archive_case(refused, office["secretary"])
    with pytest.raises(ActRefused, match="already"):
        archive_case(refused, office["secretary"])


def test_without_a_period_in_the_citys_table_nothing_is_archived(office, refused, monkeypatch) -> None:
    monkeypatch.setattr("zhengling.kernel.documents.organs._retention", lambda _city: {})
    with pytest.raises(ActRefused, match="retention"):
        archive_case(refused, office["clerk"])


def test_services_add_their_records(office, refused, monkeypatch) -> None:
    monkeypatch.setitem(
        archive._contributions, "paper_aid", lambda case: [("receipts.json", [{"digest": case.number}])]
    )
    with zipfile.ZipFile(package_of(archive_case(refused, office["clerk"]))) as package:
        assert refused.number in package.read(f"{refused.number}/data/records/receipts.json").decode()


def test_a_batch_is_handed_over_once_with_its_list(office, refused) -> None:
    row = archive_case(refused, office["clerk"])
    with pytest.raises(NotYours):
        transfer_files([row], office["clerk"])
    batch = transfer_files([row], office["secretary"])
    assert (batch.number, batch.receiver) == ("冷医保移〔2022〕1号", "永州市档案馆")
    with pytest.raises(ActRefused, match=row.number):
        transfer_files([row], office["secretary"])
    book = tmp_book(registers.handover_workbook(batch))
    assert [cell.value for cell in book[3]][:3] == ["序号", "档号", "案卷题名"]
    assert book["B4"].value == row.number
    assert book["G4"].value == row.digest
    assert registers.handover(batch).pages == 1


def tmp_book(data: bytes):
    from io import BytesIO

    return load_workbook(BytesIO(data)).active


def test_a_missing_paper_is_not_in_the_index(office, refused) -> None:
    assert refused.papers.filter(state=CasePaper.State.MISSING).exists()
    with zipfile.ZipFile(package_of(archive_case(refused, office["clerk"]))) as package:
        titles = [
            e["title"] for e in json.loads(package.read(f"{refused.number}/data/index.json"))["entries"]
        ]
    assert "病史证明材料" not in titles
