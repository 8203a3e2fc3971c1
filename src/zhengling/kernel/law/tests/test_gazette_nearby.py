"""The parser on real texts, where they lie beside the checkout; nothing of them is kept here."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from zhengling.configuration import CITIES, PACKAGE
from zhengling.kernel.law.checks import check
from zhengling.kernel.law.citations import Unit
from zhengling.kernel.law.gazette_matching import match
from zhengling.kernel.law.gazette_text import parse, read
from zhengling.kernel.law.instruments import load_city

CHECKOUT = PACKAGE.parent.parent
SHARED = next(
    (parent / "shared" for parent in CHECKOUT.parents if (parent / "shared" / "seed").is_dir()), None
)
pytestmark = pytest.mark.skipif(SHARED is None, reason="no gazette lies beside this checkout")


def test_every_provision_of_the_gazette_finds_its_wording() -> None:
    assert SHARED is not None
    city = load_city(CITIES / "yongzhou")
    for path in (SHARED / "seed").glob("*.txt"):
        report = match(parse(read(path), city.series), city)
        assert (report.missing, report.unplaced, report.problems) == ([], [], [])
        assert {item.instrument for item in report.matched} == set(city.instruments)


def test_nothing_is_copied_from_the_gazette() -> None:
    assert SHARED is not None
    city = load_city(CITIES / "yongzhou")
    texts = [read(path) for path in (SHARED / "seed").glob("*.txt")]
    copied = [str(item) for item in check(city, CITIES / "yongzhou", texts) if "copied" in item.message]
    assert copied == []


def test_articles_of_other_documents_are_all_found() -> None:
    assert SHARED is not None
    folder: Path = SHARED / "data" / "gazette_documents"
    if not (folder / "index.csv").exists():
        pytest.skip("no other documents lie beside this checkout")
    for row in csv.DictReader((folder / "index.csv").read_text(encoding="utf-8").splitlines()):
        (document,) = parse(read(folder / row["kind"] / row["file"]))
        articles = [node for node in document.root.children if node.unit is Unit.ARTICLE]
        assert len(articles) == int(row["articles"]), row["file"]
