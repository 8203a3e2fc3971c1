"""The pages: who is let in, what a cashier and an approver do there, and what is downloaded."""

from __future__ import annotations

import io
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from zhengling.kernel import clock
from zhengling.kernel.casework.models import Case, Event, TimeLimit
from zhengling.kernel.funds import batches
from zhengling.kernel.funds.ledger import Origin
from zhengling.kernel.funds.models import Appropriation, Payable, PaymentBatch
from zhengling.kernel.funds.tests.test_batches import answer, draft, sent

pytestmark = [pytest.mark.django_db]

CODE = "431103"
PAGES = [
    f"/funds/{CODE}/",
    f"/funds/{CODE}/book/",
    f"/funds/{CODE}/vouchers/",
    f"/funds/{CODE}/vouchers/1/",
    f"/funds/{CODE}/appropriations/",
    f"/funds/{CODE}/payables/",
    f"/funds/{CODE}/batches/",
    f"/funds/{CODE}/years/2022/",
]
EXCEL = [
    "/funds/?format=xlsx",
    f"/funds/{CODE}/?format=xlsx",
    f"/funds/{CODE}/book/?format=xlsx",
    f"/funds/{CODE}/vouchers/?format=xlsx",
    f"/funds/{CODE}/payables/?state=&format=xlsx",
]


@pytest.fixture
def paid(books):
    books.receive(100_00)
    batch = sent(books, [books.owe(10_00), books.owe(20_00)])
    books.owe(5_00, due=date(2022, 4, 1))
    return batch


def test_keepers_supervisors_and_auditors_read(books, paid, officer, city, signed_in):
    readers = [
        books.cashier,
        books.approver,
        officer("supervisor", city.city),
        officer("supervisor", city.city_mib),
        officer("auditor", city.county),
    ]
    for reader in readers:
        client = signed_in(reader)
        for url in ["/funds/", f"/funds/batches/{paid.pk}/", *PAGES]:
            assert client.get(url).status_code == 200, (reader.name, url)


def test_keepers_of_other_units_see_nothing(books, other_books, paid, signed_in):
    client = signed_in(other_books.cashier)
    for url in [f"/funds/batches/{paid.pk}/", *PAGES]:
        assert client.get(url).status_code == 404
    assert client.post(f"/funds/batches/{paid.pk}/export/").status_code == 404


@pytest.mark.parametrize("role", ["clerk", "reviewer", "cadre", "secretary", "system_admin", "audit_admin"])
def test_whoever_has_nothing_to_do_with_money_is_kept_out(books, paid, officer, city, signed_in, role):
    client = signed_in(officer(role, city.county_mib))
    for url in ["/funds/", f"/funds/batches/{paid.pk}/", *PAGES]:
        assert client.get(url).status_code == 403


def test_a_payable_shows_the_time_limit_of_its_case(books, city, signed_in):
    """Article 14: booked without a due date, it shows what the case's payment limit says."""
    case = Case.objects.create(
        number="YJ-2022-ABC234",
        procedure="x",
        stage="payment",
        title="x",
        place=city.village,
        opened_at=clock.now(),
    )
    event = Event.objects.create(
        case=case,
        seq=1,
        act="approve",
        stage_after="payment",
        at=clock.now(),
        actor_name="",
        role="",
        payload_digest="",
    )
    TimeLimit.objects.create(
        case=case, name="payment", statutory=True, waits=False, citation="", count=10, unit="workdays",
        started_on=date(2022, 3, 28), started_by=event, nominal=date(2022, 4, 13), due=date(2022, 4, 13),
        next_step_earliest=date(2022, 4, 14), provisional=False, calendar_version="",
    )  # fmt: skip
    books.owe(10_00, origin=Origin("case", case.pk))
    assert "2022年4月13日" in signed_in(books.cashier).get(f"/funds/{CODE}/payables/").content.decode()


def test_nobody_is_sent_to_sign_in(books):
    assert Client().get("/funds/").status_code == 302


def test_the_cashier_of_another_department_sees_no_books(books, officer, city, signed_in):
    client = signed_in(officer("cashier", city.county_civil))
    assert client.get(f"/funds/{CODE}/").status_code == 404
    assert b"431103" not in client.get("/funds/").content


def test_supervisors_do_not_act(books, paid, officer, city, signed_in):
    client = signed_in(officer("supervisor", city.city))
    assert client.post(f"/funds/batches/{paid.pk}/export/").status_code == 403
    assert client.post(f"/funds/{CODE}/payables/", {"bank_format": "bank_csv"}).status_code == 403
    assert client.post(f"/funds/{CODE}/years/2021/").status_code == 403


@pytest.mark.parametrize("url", EXCEL)
def test_lists_go_to_excel(books, paid, signed_in, url):
    response = signed_in(books.cashier).get(url)
    sheet = load_workbook(io.BytesIO(response.content)).active
    assert sheet.max_row > 1
    assert response.headers["Content-Disposition"].startswith("attachment")


def test_the_account_book_in_excel_computes_in_yuan(books, paid, signed_in):
    account = books.ledger.accounts.get(key="bank", source="budget")
    response = signed_in(books.cashier).get(f"/funds/{CODE}/book/?account={account.pk}&format=xlsx")
    rows = list(load_workbook(io.BytesIO(response.content)).active.iter_rows(values_only=True))
    assert rows[2][4:] == (100, 0, 100)
    assert rows[-1][4:] == (100, 0, 100)


def test_money_received_is_entered_and_approved_on_pages(books, signed_in):
    data = {
        "source": "budget",
        "amount": "1,234.50",
        "document": "永财社〔2022〕7号",
        "received_on": "2022-03-20",
    }
    cashier, approver = signed_in(books.cashier), signed_in(books.approver)
    assert cashier.post(f"/funds/{CODE}/appropriations/", data).status_code == 302
    row = Appropriation.objects.get()
    assert row.amount == 1_234_50
    assert cashier.post(f"/funds/{CODE}/appropriations/", data).status_code == 409
    assert cashier.post(f"/funds/appropriations/{row.pk}/approve/").status_code == 403
    assert approver.post(f"/funds/appropriations/{row.pk}/approve/").status_code == 302
    row.refresh_from_db()
    assert row.state == "posted"
    assert approver.post(f"/funds/appropriations/{row.pk}/reverse/").status_code == 404  # without a reason
    assert approver.post(f"/funds/appropriations/{row.pk}/reverse/", {"reason": "收回"}).status_code == 302


def test_a_batch_goes_its_way_on_pages(books, signed_in):
    books.receive(100_00)
    owed = [books.owe(10_00), books.owe(20_00)]
    cashier, approver = signed_in(books.cashier), signed_in(books.approver)
    made = cashier.post(
        f"/funds/{CODE}/payables/", {"payable": [row.pk for row in owed], "bank_format": "bank_csv"}
    )
    batch = PaymentBatch.objects.get()
    assert made.headers["Location"] == f"/funds/batches/{batch.pk}/"
    out = batch.payments.get(payable=owed[1])
    assert cashier.post(f"/funds/batches/{batch.pk}/take_out/", {"payment": out.pk}).status_code == 302
    assert cashier.post(f"/funds/batches/{batch.pk}/submit/").status_code == 302
    assert cashier.post(f"/funds/batches/{batch.pk}/approve/").status_code == 403
    assert approver.post(f"/funds/batches/{batch.pk}/approve/").status_code == 302
    file = cashier.post(f"/funds/batches/{batch.pk}/export/")
    assert "6217000000001234567" in file.content.decode("gb18030")
    reply = SimpleUploadedFile("r.csv", answer(batch, (1, "10", "成功", "", "B1")))
    assert cashier.post(f"/funds/batches/{batch.pk}/import/", {"file": reply}).status_code == 302
    batch.refresh_from_db()
    assert batch.state == "done"
    assert {row.state for row in Payable.objects.all()} == {"paid", "open"}


def test_the_page_of_a_batch_never_shows_a_whole_account(books, paid, signed_in):
    content = signed_in(books.cashier).get(f"/funds/batches/{paid.pk}/").content.decode()
    assert "****4567" in content
    assert "6217000000001234567" not in content
    assert "陈桂兰" not in content


def test_a_wrong_answer_names_its_rows(books, paid, signed_in):
    reply = SimpleUploadedFile("r.csv", answer(paid, (1, "11", "成功", "", "")))
    response = signed_in(books.cashier).post(f"/funds/batches/{paid.pk}/import/", {"file": reply})
    assert response.status_code == 422
    assert "金额" in response.content.decode()


def test_an_answer_by_hand(books, paid, signed_in):
    payment = paid.payments.first()
    client = signed_in(books.cashier)
    refused = client.post(f"/funds/payments/{payment.pk}/answer/", {"outcome": "returned"})
    assert refused.status_code == 200  # asks for the reason
    said = {"outcome": "returned", "reason": "账户冻结"}
    assert client.post(f"/funds/payments/{payment.pk}/answer/", said).status_code == 302
    payment.refresh_from_db()
    assert (payment.state, payment.reason) == ("returned", "账户冻结")


def test_beyond_the_balance_the_approver_is_asked_why(books, signed_in):
    batch = draft(books, [books.owe(10_00)])
    batches.submit(batch.pk, books.cashier)
    approver = signed_in(books.approver)
    refused = approver.post(f"/funds/batches/{batch.pk}/approve/")
    assert refused.status_code == 409
    assert 'id="override"' in refused.content.decode()
    assert approver.post(f"/funds/batches/{batch.pk}/approve/", {"reason": "垫付"}).status_code == 302


def test_the_year_is_closed_on_its_page(books, paid, signed_in, frozen):
    url = f"/funds/{CODE}/years/2022/"
    approver = signed_in(books.approver)
    assert approver.post(url).status_code == 409
    frozen.at(date(2023, 1, 9))
    assert signed_in(books.cashier).post(url).status_code == 403
    assert approver.post(url).status_code == 302
    assert "2023年1月9日" in approver.get(url).content.decode()


@pytest.mark.parametrize(
    "url",
    [
        f"/funds/{CODE}/?year=abc",
        "/funds/?year=20222",
        f"/funds/{CODE}/book/?account=0",
        f"/funds/{CODE}/vouchers/99999/",
        "/funds/9999/",
    ],
)
def test_nonsense_is_not_found(books, paid, signed_in, url):
    assert signed_in(books.cashier).get(url).status_code == 404


def test_a_period_stays_in_one_year(books, paid, signed_in):
    client = signed_in(books.cashier)
    for query in ("first=2022-12-31&last=2022-01-01", "first=2021-06-01&last=2022-06-01", "first=x&last=y"):
        assert client.get(f"/funds/{CODE}/book/?{query}").status_code == 200


def test_pages_ask_the_database_a_fixed_number_of_times(books, signed_in, django_assert_max_num_queries):
    books.receive(1_000_00)
    for _ in range(5):
        sent(books, [books.owe(1_00)])
    client = signed_in(books.cashier)
    for url in ["/funds/", *PAGES]:
        with django_assert_max_num_queries(30):
            client.get(url)
