"""Money, dates and remaining time as people read them."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from django.template import Context, Template
from django.utils import translation

from zhengling.kernel.clock import SHANGHAI
from zhengling.web.templatetags import zhengling as tags


def render(source: str, **values: object) -> str:
    return Template(source).render(Context(values))


@pytest.mark.parametrize(
    ("fen", "shown"),
    [(123450, "￥1,234.50"), (0, "￥0.00"), (5, "￥0.05"), (-100005, "-￥1,000.05"), (None, "—")],
)
def test_money_is_shown_in_yuan(fen, shown):
    assert tags.money(fen) == shown


def test_dates_in_both_languages():
    with translation.override("zh-hans"):
        assert tags.cndate(date(2022, 2, 10)) == "2022年2月10日"
        assert tags.cntime(datetime(2022, 2, 10, 9, 5, tzinfo=SHANGHAI)) == "2022年2月10日 09:05"
    with translation.override("en"):
        assert tags.cndate("2022-02-10") == "10 February 2022"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("due", "chinese", "english", "state"),
    [
        # 28 March 2022 is a Monday; 2 April is a make-up Saturday, 3 to 5 April are Tomb-sweeping days.
        (date(2022, 3, 31), "还有3个工作日", "3 working days left", "ok"),
        (date(2022, 3, 30), "还有2个工作日", "2 working days left", "soon"),
        (date(2022, 4, 6), "还有6个工作日", "6 working days left", "ok"),
        (date(2022, 3, 28), "今天到期", "due today", "soon"),
        (date(2022, 3, 26), "已逾期2天", "2 days overdue", "late"),
    ],
)
def test_remaining_time_counts_working_days_ahead_and_days_behind(frozen, due, chinese, english, state):
    with translation.override("zh-hans"):
        assert f"</svg> {chinese}</span>" in render("{% due_chip due %}", due=due)
    with translation.override("en"):
        chip = render("{% due_chip due %}", due=due)
        assert f"</svg> {english}</span>" in chip and f'class="chip {state}"' in chip


def test_a_citation_leads_to_its_provision_or_the_nearest_above():
    with translation.override("zh-hans"):
        assert tags.citation("YZCR-2021-01016/10(2)") == (
            '<a class="citation" href="/law/YZCR-2021-01016/10(2)/" title="《永州市医疗救助实施细则》第十条第（二）项">'
            "《永州市医疗救助实施细则》第十条第（二）项</a>"
        )
        assert "第十条第（二）项</a>" in tags.citation("YZCR-2021-01016/10(2)", within="YZCR-2021-01016")
        assert 'href="/law/YZCR-2021-01016/10/"' in tags.citation("YZCR-2021-01016/10(9)")
    with translation.override("en"):
        assert "Article 10(2)" in tags.citation("YZCR-2021-01016/10(2)")


def test_a_citation_of_a_law_that_is_not_here_stays_text():
    assert tags.citation("<b>民法典</b>") == '<span class="citation">&lt;b&gt;民法典&lt;/b&gt;</span>'


@pytest.mark.parametrize(
    ("hundredths", "shown"), [(9000, "90%"), (6250, "62.5%"), (0, "0%"), (10000, "100%")]
)
def test_percent(hundredths, shown):
    assert tags.percent(hundredths) == shown
