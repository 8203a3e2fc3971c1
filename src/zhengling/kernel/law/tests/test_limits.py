from __future__ import annotations

from datetime import date

import pytest

from zhengling.kernel.law.limits import parse_limit


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("10 workdays", "10个工作日内", "within 10 working days"),
        ("1 months", "1个月内", "within 1 month"),
        ("60 days", "60日内", "within 60 days"),
        ("at least 15 workdays", "不少于15个工作日", "at least 15 working days"),
        ("10-12 months", "10至12个月内", "within 10 to 12 months"),
        ("by 2022-12-31", "2022年12月31日前", "by 2022-12-31"),
        ("every quarter", "每季度", "every quarter"),
        ("none stated", "未规定期限", "no time stated"),
    ],
)
def test_limits_read_in_both_languages(text: str, zh: str, en: str) -> None:
    limit = parse_limit(text)
    assert (limit.in_language("zh-hans"), limit.in_language("en")) == (zh, en)


def test_a_period_has_count_and_unit_and_a_date_is_a_date() -> None:
    assert (parse_limit("10 workdays").count, parse_limit("10 workdays").unit) == (10, "workdays")
    assert parse_limit("by 2025-12-31").until == date(2025, 12, 31)
    assert not parse_limit("none stated").stated


@pytest.mark.parametrize(
    "text", ["", "soon", "ten days", "10 weeks", "every tuesday", "by 2022-02-30", "-3 days"]
)
def test_what_is_no_limit_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_limit(text)
