"""The city's files in the database, the first time and again."""

from __future__ import annotations

import shutil
from datetime import date

import pytest
from click.testing import CliRunner
from django.conf import settings

from zhengling.__main__ import main
from zhengling.kernel.law import queries as law
from zhengling.kernel.law.references import known, words_of
from zhengling.kernel.organisations.models import Incumbency, Organisation, Post
from zhengling.kernel.organisations.operations import load_city

pytestmark = pytest.mark.django_db


def test_posts_are_filled_and_filled_again_without_doubling() -> None:
    folder = settings.CITY / "organisations"
    assert load_city(folder) == load_city(folder) == Organisation.objects.count()
    assert Post.objects.count() == Incumbency.objects.count() == 9
    post = Organisation.objects.get(code="4311.education").posts.get()
    former = post.incumbencies.get()
    assert (post.title, former.holder, former.valid_from) == ("副局长", "何宁", None)
    assert former.valid_to == date(2021, 11, 30)


def test_an_upgraded_installation_gets_new_posts_and_keeps_its_units(tmp_path) -> None:
    folder = tmp_path / "organisations"
    shutil.copytree(settings.CITY / "organisations", folder)
    posts = folder / "posts.csv"
    now = posts.read_text()
    posts.write_text("\n".join(now.splitlines()[:-2]) + "\n")
    load_city(folder)
    before = dict(Organisation.objects.values_list("code", "pk"))
    assert Post.objects.count() == 7
    posts.write_text(now)
    for _again in range(2):
        done = CliRunner().invoke(main, ["organisations", "load", "--folder", str(folder)])
        assert done.exit_code == 0, done.output
        assert Post.objects.count() == Incumbency.objects.count() == 9
        assert dict(Organisation.objects.values_list("code", "pk")) == before


def test_files_that_contradict_themselves_change_nothing(tmp_path) -> None:
    folder = tmp_path / "organisations"
    shutil.copytree(settings.CITY / "organisations", folder)
    load_city(folder)
    (folder / "posts.csv").write_text("nonsense\n")
    done = CliRunner().invoke(main, ["organisations", "load", "--folder", str(folder)])
    assert done.exit_code == 1 and "posts.csv:1" in done.output
    assert Post.objects.count() == 9


def test_every_post_rests_on_a_provision_that_exists() -> None:
    load_city(settings.CITY / "organisations")
    for document in Incumbency.objects.values_list("document", flat=True):
        assert law.provision(document).place.key, document


def test_the_register_of_posts_is_what_the_law_points_at() -> None:
    notices = [law.instrument("YZR-2021-17"), law.instrument("YZR-2021-18")]
    named = {reference.name for each in notices for p in each.provisions for reference in p.by}
    assert named == {"organisations.posts"} <= known("register")
    assert words_of("register", "organisations.posts")
