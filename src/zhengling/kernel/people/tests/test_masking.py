"""What screens show: enough to tell people apart, never enough to use."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhengling.kernel.people import masking


@pytest.mark.parametrize(
    ("name", "officer", "public"),
    [
        ("王五", "王*", "王*"),
        ("蒋国华", "蒋*华", "蒋**"),
        ("欧阳春兰", "欧**兰", "欧***"),
        ("盘", "*", "*"),
        ("", "", ""),
    ],
)
def test_names(name, officer, public):
    assert masking.mask_name(name) == officer
    assert masking.mask_name(name, public=True) == public


def test_numbers_for_officers():
    assert masking.mask_id_number("431102196001010013") == "431102********0013"
    assert masking.mask_phone("13812345678") == "138****5678"
    assert masking.mask_bank_account("6217000010001234567") == "****4567"


def test_numbers_in_public():
    assert masking.mask_id_number("431102196001010013", public=True) == "431*************13"
    assert masking.mask_phone("13812345678", public=True) == "138****"
    assert masking.mask_bank_account("6217000010001234567", public=True) == "****"


def test_short_values_are_masked_whole_and_empty_stays_empty():
    assert masking.mask_id_number("4311020013") == "**********"
    assert masking.mask_phone("123") == "***"
    assert masking.mask_bank_account("1234") == "****"
    masks = (masking.mask_id_number, masking.mask_phone, masking.mask_bank_account)
    assert [mask("", public=public) for mask in masks for public in (True, False)] == [""] * 6


def test_address_ends_at_the_village():
    address = "零陵区水口山镇大皮口村三组12号"
    assert masking.mask_address(address) == "零陵区水口山镇大皮口村***"
    assert masking.mask_address(address, public=True) == "零陵区水口山镇***"
    assert masking.mask_address("某处") == "***"
    assert masking.mask_address("") == ""


def test_birth_date_shows_its_year():
    assert masking.mask_birth_date(date(1960, 1, 1)) == "1960-**-**"
    assert masking.mask_birth_date(None) == ""


@given(st.text(alphabet="0123456789X", min_size=18, max_size=18))
def test_public_shows_no_more_than_officers_see(number):
    public = masking.mask_id_number(number, public=True)
    officer = masking.mask_id_number(number)
    assert all(shown in ("*", seen) for shown, seen in zip(public, officer, strict=True))
    assert public.count("*") >= 13
