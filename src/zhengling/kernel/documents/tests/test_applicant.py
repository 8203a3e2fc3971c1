"""Letters reach the applicant: by number and check code, or signed in; nothing else of the file does."""

from __future__ import annotations

import pytest
from django.urls import reverse

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.accounts.models import User
from zhengling.kernel.audit.models import Access
from zhengling.kernel.casework.models import Case, FollowAttempt
from zhengling.kernel.casework.operations import perform
from zhengling.kernel.documents.models import Letter
from zhengling.kernel.documents.tests.aid import open_aid
from zhengling.kernel.identifiers import uuid7
from zhengling.kernel.outbox.delivery import deliver, fan_out

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(office):
    """Accepted; the receipt has been sent, and a letter between offices lies in the file."""
    found = open_aid(office["village"], office["clerk"])
    perform(found.pk, "accept", office["clerk"], {})
    fan_out()
    deliver()
    receipt = found.letters.get()
    for kind, state in [("supervision_order", "dispatched"), ("refusal", "sign"), ("refusal", "void")]:
        copy = Letter.objects.get(pk=receipt.pk)
        copy.pk, copy.kind, copy.state, copy.title = uuid7(), kind, state, f"内部{kind}{state}"
        copy.save(force_insert=True)
    return found


@pytest.fixture
def receipt(case) -> Letter:
    return case.letters.get(kind="receipt")


@pytest.fixture
def applicant(case, resident) -> Actor:
    Case.objects.filter(pk=case.pk).update(applicant=resident.user)
    return resident


def pair(case, **changes):
    return {"number": case.number, "check_code": case.check_code, **changes}


def body(answer) -> bytes:
    return b"".join(answer.streaming_content)


class TestByNumberAndCode:
    def test_the_page_lists_what_was_sent_and_opens_it(self, client, case, receipt):
        page = client.post(reverse("follow"), pair(case)).content.decode()
        address = reverse("letter-followed", args=[receipt.pk])
        assert receipt.title in page and address in page
        assert "内部" not in page, "letters between offices, unfinished and void ones stay inside"
        answer = client.post(address, pair(case))
        assert answer.status_code == 200 and answer["Content-Type"] == "application/pdf"
        assert body(answer).startswith(b"%PDF") and answer["Cache-Control"] == "private, no-store"
        read = Access.objects.latest("seq")
        assert (read.user, read.action, read.fields) == (None, "print", "letter")
        assert read.purpose.startswith(receipt.number)

    def test_a_wrong_code_opens_nothing_and_counts(self, client, case, receipt):
        before = Access.objects.count()
        answer = client.post(reverse("letter-followed", args=[receipt.pk]), pair(case, check_code="AAAAAA"))
        assert answer.status_code == 404 and receipt.number not in answer.content.decode()
        assert FollowAttempt.objects.count() == 1 and Access.objects.count() == before
        for _ in range(9):
            client.post(reverse("letter-followed", args=[receipt.pk]), pair(case, check_code="AAAAAA"))
        assert client.post(reverse("letter-followed", args=[receipt.pk]), pair(case)).status_code == 429

    def test_the_code_of_one_case_opens_no_letter_of_another(self, client, office, case, receipt):
        other = open_aid(office["village"], office["clerk"])
        assert client.post(reverse("letter-followed", args=[receipt.pk]), pair(other)).status_code == 404

    def test_letters_that_were_not_sent_to_him_do_not_exist(self, client, case, receipt):
        for letter in case.letters.exclude(pk=receipt.pk):
            answer = client.post(reverse("letter-followed", args=[letter.pk]), pair(case))
            assert answer.status_code == 404

    def test_no_address_alone_opens_a_letter(self, client, receipt):
        assert client.get(reverse("letter-followed", args=[receipt.pk])).status_code == 405
        assert client.get(reverse("letter-own", args=[receipt.pk])).status_code == 302


class TestSignedIn:
    def test_the_case_page_lists_them_and_opens_them(self, signed_in, applicant, case, receipt):
        browser = signed_in(applicant)
        page = browser.get(reverse("case", args=[case.number])).content.decode()
        address = reverse("letter-own", args=[receipt.pk])
        assert address in page and "内部" not in page
        assert f'{reverse("letter", args=[receipt.pk])}"' not in page
        answer = browser.get(address)
        assert answer.status_code == 200 and body(answer).startswith(b"%PDF")
        assert Access.objects.latest("seq").user == applicant.user

    def test_nobody_else_opens_them(self, signed_in, applicant, case, receipt):
        stranger = Actor(user=User.objects.create(username="s", full_name="周", created_at=clock.now()))
        assert signed_in(stranger).get(reverse("letter-own", args=[receipt.pk])).status_code == 404

    def test_the_office_page_of_a_letter_stays_the_offices(self, signed_in, applicant, case, receipt):
        browser = signed_in(applicant)
        for name in ("letter", "letter-pdf", "letter-docx", "letter-edit"):
            assert browser.get(reverse(name, args=[receipt.pk])).status_code == 404, name
        for letter in case.letters.exclude(pk=receipt.pk):
            assert browser.get(reverse("letter-own", args=[letter.pk])).status_code == 404

    def test_officers_see_all_letters_of_the_case(self, signed_in, office, case, receipt):
        page = signed_in(office["clerk"]).get(reverse("case", args=[case.number])).content.decode()
        assert reverse("letter", args=[receipt.pk]) in page and "内部" in page
