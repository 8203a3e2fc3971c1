"""The shell: language, large text, security headers, the demo day."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from zhengling.kernel import clock
from zhengling.web import demo
from zhengling.web.models import DemoDay

SOURCE = Path(demo.__file__).resolve().parent.parent


@pytest.mark.django_db
class TestLanguage:
    def test_chinese_until_the_reader_chooses(self, client):
        page = client.get("/", headers={"accept-language": "en-US,en"})
        assert '<html lang="zh-hans"' in page.content.decode()
        assert page.headers["Content-Language"] == "zh-hans"

    def test_the_switch_is_kept(self, client):
        client.post(reverse("set_language"), {"language": "en", "next": "/"})
        assert "Contents of the gazette" in client.get("/").content.decode()
        client.post(reverse("set_language"), {"language": "zh-hans", "next": "/"})
        assert "公报目录" in client.get("/").content.decode()


@pytest.mark.django_db
class TestLargeText:
    def test_on_and_off(self, client):
        assert 'class="large"' not in client.get("/").content.decode()
        client.post(reverse("large_text"), {"next": "/"})
        assert 'class="large"' in client.get("/").content.decode()
        client.post(reverse("large_text"), {"next": "/"})
        assert 'class="large"' not in client.get("/").content.decode()

    @pytest.mark.parametrize(
        "target", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"]
    )
    def test_leads_nowhere_else(self, client, target):
        assert client.post(reverse("large_text"), {"next": target}).headers["Location"] == "/"


@pytest.mark.django_db
def test_nothing_runs_inline_and_nothing_comes_from_outside(client):
    policy = client.get("/").headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy and "unsafe" not in policy and "http" not in policy


@pytest.mark.parametrize("template", sorted(SOURCE.rglob("templates/**/*.html")), ids=lambda p: p.name)
def test_templates_hold_no_inline_script_or_style(template):
    text = template.read_text()
    assert not re.search(r"""\sstyle=["']|<style|\son[a-z]+=["']|<script(?![^>]*\ssrc=)""", text)
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", text)


class TestDemoDay:
    def test_there_is_no_demo_clock_outside_the_demo(self, client, db):
        assert client.post(reverse("demo_clock"), {"step": "workday"}).status_code == 404

    def test_requests_live_on_the_stated_day(self, client, db, settings):
        settings.DEMO = True
        demo.move_to(date(2022, 3, 28))
        assert "2022年3月28日" in client.get("/").content.decode()
        # 1 April 2022 is a Friday before a make-up Saturday.
        demo.move_to(date(2022, 4, 1))
        client.post(reverse("demo_clock"), {"step": "workday"})
        assert DemoDay.objects.get().day == date(2022, 4, 2)
        client.post(reverse("demo_clock"), {"step": "quarter"})
        assert DemoDay.objects.get().day == date(2022, 6, 30)
        assert client.post(reverse("demo_clock"), {"step": "year"}).status_code == 400

    @pytest.fixture(autouse=True)
    def real_time_again(self):
        yield
        clock.shift(timedelta(0))

    @given(st.dates(date(2020, 1, 1), date(2030, 12, 31)))
    def test_the_end_of_a_quarter_lies_ahead_and_is_one(self, day):
        end = demo.quarter_end(day)
        assert day < end <= date(day.year + 1, 3, 31) and (end - day).days <= 92
        assert (end.month, end.day) in {(3, 31), (6, 30), (9, 30), (12, 31)}
