from __future__ import annotations

from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from zhengling.kernel.accounts.middleware import FACTOR
from zhengling.kernel.audit.models import Access
from zhengling.kernel.casework.operations import perform
from zhengling.kernel.documents.archive import archive_case
from zhengling.kernel.documents.models import ArchivedFile, Letter, Template, Transfer
from zhengling.kernel.documents.operations import advance, draft_letter, finish_letter
from zhengling.kernel.documents.tests.aid import open_aid

pytestmark = pytest.mark.django_db
TEXT = {"subject": "关于做好公示工作的通知", "body": ["请认真组织实施。"]}


@pytest.fixture
def as_(client):
    def sign_in(actor) -> Client:
        client.force_login(actor.user, backend="allauth.account.auth_backends.AuthenticationBackend")
        session = client.session
        session[FACTOR] = actor.user.pk
        session.save()
        return client

    return sign_in


@pytest.fixture
def letter(office) -> Letter:
    return draft_letter("letter", office["unit"], TEXT, office["clerk"], recipient="各镇人民政府")


@pytest.fixture
def closed(office):
    case = open_aid(office["village"], office["clerk"])
    for act, who, data in (
        ("accept", "clerk", {}),
        ("propose", "reviewer", {}),
        ("refuse", "approver", {"reasons": "理由"}),
    ):
        perform(case.pk, act, office[who], data)
    for row in case.letters.all():
        finish_letter(row.pk)
    case.refresh_from_db()
    return case


def drafted(extra=None) -> dict:
    return {
        "kind": "letter",
        "recipient": "各镇",
        "value_subject": "关于报送报表的通知",
        "value_body": "一、时间\n月底前。",
        **(extra or {}),
    }


def test_a_letter_is_drafted_revised_and_sent_on(office, as_, city) -> None:
    client = as_(office["clerk"])
    assert client.get(reverse("letter-new")).status_code == 200
    answer = client.post(
        reverse("letter-new"),
        drafted({"unit": office["unit"].code, "countersigners-0-unit": city.county_civil.code}),
    )
    letter = Letter.objects.get()
    assert answer.url == reverse("letter", args=[letter.pk])
    assert letter.data["body"] == ["一、时间", "月底前。"]
    assert letter.countersignatures.get().organisation == city.county_civil
    page = client.get(reverse("letter-edit", args=[letter.pk]))
    assert "关于报送报表的通知" in page.content.decode()
    client.post(reverse("letter-edit", args=[letter.pk]), drafted({"value_subject": "通知", "version": "1"}))
    assert (
        client.post(reverse("letter-step", args=[letter.pk, "submit"]), {"version": "2"}).status_code == 302
    )
    letter.refresh_from_db()
    assert (letter.state, letter.title) == (Letter.State.REVIEW, "通知")


def test_an_incomplete_draft_comes_back_with_its_words(office, as_) -> None:
    answer = as_(office["clerk"]).post(
        reverse("letter-new"), drafted({"value_body": "", "unit": office["unit"].code})
    )
    assert answer.status_code == 422
    assert "关于报送报表的通知" in answer.content.decode()
    assert not Letter.objects.exists()


def test_a_stale_page_changes_nothing(office, as_, letter) -> None:
    advance(letter.pk, "submit", office["clerk"], {})
    answer = as_(office["reviewer"]).post(reverse("letter-step", args=[letter.pk, "check"]), {"version": "1"})
    assert answer.status_code == 409
    letter.refresh_from_db()
    assert letter.state == Letter.State.REVIEW


def test_a_return_without_reason_is_asked_again(office, as_, letter) -> None:
    advance(letter.pk, "submit", office["clerk"], {})
    client = as_(office["reviewer"])
    address = reverse("letter-step", args=[letter.pk, "return"])
    assert client.post(address, {"return-words": " ", "version": "2"}).status_code == 422
    assert client.post(address, {"return-words": "缺少依据", "version": "2"}).status_code == 302
    assert letter.steps.last().words == "缺少依据"


def test_the_page_offers_each_role_its_own_steps_only(office, as_, letter) -> None:
    advance(letter.pk, "submit", office["clerk"], {})
    page = reverse("letter", args=[letter.pk])
    check = reverse("letter-step", args=[letter.pk, "check"])
    assert check in as_(office["reviewer"]).get(page).content.decode()
    assert check not in as_(office["approver"]).get(page).content.decode()
    assert as_(office["approver"]).post(check, {"version": "2"}).status_code == 403


@pytest.mark.parametrize("name", ["letter", "letter-edit", "letter-pdf", "letter-docx"])
def test_strangers_do_not_find_the_letter(office, as_, letter, officer, city, resident, client, name) -> None:
    address = reverse(name, args=[letter.pk])
    assert client.get(address).status_code == 302
    for actor in (officer("clerk", city.other_county_mib), resident, officer("system_admin", office["unit"])):
        assert as_(actor).get(address).status_code == 404


def test_a_countersigner_reads_the_letter_once_it_is_asked(office, as_, officer, city) -> None:
    letter = draft_letter("letter", office["unit"], TEXT, office["clerk"], countersigners=[city.county_civil])
    civil = officer("reviewer", city.county_civil)
    address = reverse("letter", args=[letter.pk])
    assert as_(civil).get(address).status_code == 404
    advance(letter.pk, "submit", office["clerk"], {})
    advance(letter.pk, "check", office["reviewer"], {})
    assert as_(civil).get(address).status_code == 200
    assert (
        as_(civil).post(reverse("letter-step", args=[letter.pk, "agree"]), {"version": "3"}).status_code
        == 302
    )


def test_a_supervisor_above_reads_but_does_nothing(office, as_, officer, city, letter) -> None:
    client = as_(officer("supervisor", city.city))
    page = client.get(reverse("letter", args=[letter.pk]))
    assert page.status_code == 200
    assert reverse("letter-step", args=[letter.pk, "submit"]) not in page.content.decode()
    assert (
        client.post(reverse("letter-step", args=[letter.pk, "submit"]), {"version": "1"}).status_code == 403
    )


def test_files_of_a_letter_about_a_person_leave_a_trace(office, as_, closed) -> None:
    letter = closed.letters.get(kind="refusal")
    client = as_(office["clerk"])
    before = Access.objects.count()
    pdf = client.get(reverse("letter-pdf", args=[letter.pk]))
    assert b"".join(pdf.streaming_content).startswith(b"%PDF")
    assert b"".join(client.get(reverse("letter-docx", args=[letter.pk])).streaming_content).startswith(b"PK")
    rows = Access.objects.order_by("-seq")[: Access.objects.count() - before]
    assert [(row.action, row.subject_id, row.purpose) for row in rows] == [
        ("export", str(closed.subject_id), letter.number),
        ("print", str(closed.subject_id), letter.number),
    ]


def test_the_list_is_filtered_counted_and_exported(office, as_, letter) -> None:
    draft_letter("letter", office["unit"], {**TEXT, "subject": "另一份通知"}, office["clerk"])
    client = as_(office["clerk"])
    assert "另一份通知" not in client.get(reverse("letters"), {"q": "公示"}).content.decode()
    page = client.get(reverse("letters"), {"tab": "mine"}).content.decode()
    assert "另一份通知" in page
    assert (
        "另一份通知" not in as_(office["approver"]).get(reverse("letters"), {"tab": "mine"}).content.decode()
    )
    book = load_workbook(
        BytesIO(b"".join(client.get(reverse("letters-export"), {"q": "公示"}).streaming_content))
    )
    assert [row[1] for row in book.active.iter_rows(min_row=2, values_only=True)] == [
        "关于做好公示工作的通知"
    ]


def test_the_number_of_queries_does_not_grow_with_the_list(
    office, as_, letter, django_assert_max_num_queries
) -> None:
    for _ in range(20):
        draft_letter("letter", office["unit"], TEXT, office["clerk"])
    client = as_(office["clerk"])
    with django_assert_max_num_queries(20):
        assert client.get(reverse("letters")).status_code == 200


class TestTemplates:
    def address(self, office) -> str:
        return reverse("letter-template", args=["refusal", office["unit"].code])

    def test_preview_saves_nothing_and_save_makes_a_version(self, office, as_) -> None:
        client = as_(office["secretary"])
        form = {"title": "不予{{事项}}决定书", "body": "{{理由}}\n{{依据}}\n{{救济途径}}", "note": "改题名"}
        page = client.post(self.address(office), {**form, "do": "preview"})
        assert page.status_code == 200
        assert "data:image/png;base64," in page.content.decode()
        assert not Template.objects.filter(organ=office["unit"]).exists()
        assert client.post(self.address(office), {**form, "do": "save"}).status_code == 302
        assert Template.objects.get(organ=office["unit"]).title == "不予{{事项}}决定书"

    def test_faults_stand_beside_the_text(self, office, as_) -> None:
        form = {"title": "告知书", "body": "{{理由}}\n{{依剧}}", "do": "save"}
        page = as_(office["secretary"]).post(self.address(office), form)
        assert page.status_code == 422
        assert "第2行" in page.content.decode() or "line 2" in page.content.decode()

    def test_a_clerk_looks_and_does_not_save(self, office, as_) -> None:
        client = as_(office["clerk"])
        assert client.get(self.address(office)).status_code == 200
        sample = client.get(reverse("letter-template-sample", args=["refusal", office["unit"].code]))
        assert b"".join(sample.streaming_content).startswith(b"%PDF")
        form = {"title": "告知书", "body": "{{理由}}\n{{依据}}\n{{救济途径}}", "do": "save"}
        assert client.post(self.address(office), form).status_code == 403

    def test_another_office_does_not_find_it(self, office, as_, officer, city) -> None:
        assert as_(officer("secretary", city.other_county_mib)).get(self.address(office)).status_code == 404

    def test_an_earlier_version_is_used_again(self, office, as_) -> None:
        client = as_(office["secretary"])
        for title in ("甲告知书", "乙告知书"):
            client.post(
                self.address(office),
                {"title": title, "body": "{{理由}}\n{{依据}}\n{{救济途径}}", "do": "save"},
            )
        first = Template.objects.get(title="甲告知书")
        assert client.post(reverse("letter-template-use", args=[first.pk])).status_code == 302
        first.refresh_from_db()
        assert first.active
        assert as_(office["clerk"]).post(reverse("letter-template-use", args=[first.pk])).status_code == 403

    def test_the_index_lists_every_kind_of_my_units(self, office, as_) -> None:
        assert self.address(office) in as_(office["clerk"]).get(reverse("letter-templates")).content.decode()


class TestArchive:
    def test_a_case_is_archived_from_its_page_and_the_package_downloaded(self, office, as_, closed) -> None:
        client = as_(office["clerk"])
        page = client.get(reverse("case", args=[closed.number])).content.decode()
        close = reverse("archive-case", args=[closed.number])
        assert close in page
        client.post(close)
        file = ArchivedFile.objects.get()
        assert file.number in client.get(reverse("archive")).content.decode()
        assert close not in client.get(reverse("case", args=[closed.number])).content.decode()
        data = b"".join(client.get(reverse("archive-package", args=[file.pk])).streaming_content)
        assert data.startswith(b"PK")
        assert Access.objects.filter(action="export", purpose=file.number).exists()

    def test_files_are_handed_over_with_their_list(self, office, as_, closed) -> None:
        file = archive_case(closed, office["clerk"])
        assert as_(office["clerk"]).post(reverse("archive-hand-over"), {"file": [file.pk]}).status_code == 302
        assert not Transfer.objects.exists()
        client = as_(office["secretary"])
        answer = client.post(reverse("archive-hand-over"), {"file": [file.pk]})
        batch = Transfer.objects.get()
        assert answer.url == reverse("archive-transfer", args=[batch.pk])
        assert file.digest in client.get(answer.url).content.decode()
        for ending, start in (("pdf", b"%PDF"), ("xlsx", b"PK")):
            got = client.get(reverse("archive-transfer-list", args=[batch.pk, ending]))
            assert b"".join(got.streaming_content).startswith(start)

    def test_strangers_find_neither_file_nor_transfer(self, office, as_, closed, officer, city) -> None:
        file = archive_case(closed, office["clerk"])
        stranger = officer("secretary", city.other_county_mib)
        client = as_(stranger)
        assert client.get(reverse("archive-package", args=[file.pk])).status_code == 404
        assert file.number not in client.get(reverse("archive")).content.decode()
        client.post(reverse("archive-hand-over"), {"file": [file.pk]})
        assert not Transfer.objects.exists()

    def test_the_list_is_filtered_and_exported(self, office, as_, closed) -> None:
        file = archive_case(closed, office["clerk"])
        client = as_(office["clerk"])
        assert file.number not in client.get(reverse("archive"), {"where": "gone"}).content.decode()
        book = load_workbook(BytesIO(b"".join(client.get(reverse("archive-export")).streaming_content)))
        assert book.active["A2"].value == file.number
