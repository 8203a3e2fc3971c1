"""Password rules: classes, history, age."""

from __future__ import annotations

from datetime import date

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from zhengling.kernel.accounts.actors import SYSTEM
from zhengling.kernel.accounts.operations import change_password, create_account, register_resident
from zhengling.kernel.accounts.passwords import CharacterClassesValidator, first_password, must_change

pytestmark = pytest.mark.usefixtures("frozen")


@pytest.mark.parametrize("password", ["alllowercase", "lower123456", "UPPER-------", "1234567890"])
def test_too_few_classes(password):
    with pytest.raises(ValidationError):
        CharacterClassesValidator(3).validate(password)


@pytest.mark.parametrize("password", ["Lower12345", "lower-12345", "UPPER-12345", "密码Abcdef1"])
def test_three_classes_are_enough(password):
    CharacterClassesValidator(3).validate(password)


def test_first_passwords_obey_the_rules():
    for _ in range(50):
        validate_password(first_password())


def test_the_last_five_are_not_taken_again(city):
    user, first = create_account(SYSTEM, "zhang.san", "张三", city.township)
    taken = [first, *(f"Summer-rain-{number}" for number in range(5))]
    for password in taken[1:]:
        validate_password(password, user)
        change_password(user, password)
    for password in taken[1:]:
        with pytest.raises(ValidationError):
            validate_password(password, user)
    validate_password(first, user)  # the sixth from the end is free again
    assert user.former_passwords.count() == 5


def test_a_handed_out_password_is_changed_first(city):
    user, _password = create_account(SYSTEM, "zhang.san", "张三", city.township)
    assert must_change(user)
    change_password(user, "Summer-rain-1")
    assert not must_change(user)


def test_after_ninety_days_an_officer_changes_it(city, frozen):
    user, _password = create_account(SYSTEM, "zhang.san", "张三", city.township)
    change_password(user, "Summer-rain-1")
    frozen.at(date(2022, 6, 26))  # 28 March + 90 days
    assert not must_change(user)
    frozen.at(date(2022, 6, 27))
    assert must_change(user)


def test_a_resident_is_not_chased(city, frozen):
    user = register_resident("li.si", "李四", "Summer-rain-1")
    frozen.at(date(2023, 6, 27))
    assert not must_change(user)
