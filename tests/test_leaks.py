"""No page shows what it must not: two counties with marked persons, crawled as everybody."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
from django.urls import reverse

from zhengling.kernel.accounts.roles import ROLES
from zhengling.kernel.casework.models import Case
from zhengling.services.medical.tests.world import World, build

pytestmark = [pytest.mark.django_db]

# What nobody may read anywhere without asking for it: number, telephone, account, diagnosis, whole name.
OURS = ("431102196001010013", "19907460100", "6230901000000000123", "乳腺恶性肿瘤", "李秀英")
THEIRS = ("11010519491231002X", "19907469999", "6230902222222222222", "罕见病代号甲", "欧阳碧霄")
LINK = re.compile(r'(?:href|action|hx-get)="(/[^"#]*)"')
LEAVES_THE_ROLE = ("/accounts/logout", "/accounts/demo", "/language", "/large-text", "/static")
MOST_PAGES = 150


@pytest.fixture
def counties(city, officer, frozen) -> tuple[World, Case, Case]:
    """A case in each county, taken as far as the decision; the second is of the county next door."""
    here = build(city, officer)
    mine = here.case()
    here.to_payment(mine)
    there = World(
        city,
        *(
            officer(role, getattr(city, unit))
            for role, unit in [
                ("cadre", "other_village"),
                ("clerk", "other_township"),
                ("reviewer", "other_township"),
                ("clerk", "other_county_civil"),
                ("reviewer", "other_county_mib"),
                ("approver", "other_county_mib"),
                ("cashier", "other_county_mib"),
                ("approver", "other_county_finance"),
            ]
        ),
    )
    form = here.form(
        name=THEIRS[4],
        id_number=THEIRS[0],
        phone=THEIRS[1],
        bank_account=THEIRS[2],
        disease=THEIRS[3],
        village=city.other_village.code,
    )
    form["settlements"][0]["setl_id"] = "T1"
    theirs = there.case(**form)
    there.to_payment(theirs)
    return here, mine, theirs


def text_of(response) -> str:
    """What a reader can see: pages as they are, Excel files by the text of their sheets."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            return "".join(
                file.read(name).decode("utf-8", "ignore") for name in file.namelist() if name.endswith(".xml")
            )
    return content.decode("utf-8", "ignore")


def crawl(browser, extra: list[str]) -> dict[str, str]:
    """Every page that can be reached by following links from the home page and the workbench."""
    waiting, seen = ["/", "/work/", "/supervision/today/", *extra], {}
    while waiting and len(seen) < MOST_PAGES:
        address = waiting.pop(0)
        if address in seen or address.startswith(LEAVES_THE_ROLE):
            continue
        response = browser.get(address)
        seen[address] = ""
        if response.status_code == 200 and not response.headers["Content-Type"].startswith(
            ("application/pdf", "image")
        ):
            seen[address] = text_of(response)
            waiting += [
                link.replace("&amp;", "&") for link in LINK.findall(seen[address]) if "/law/" not in link
            ]
    return seen


@pytest.mark.parametrize("role", [*sorted(ROLES), "nobody"])
def test_nothing_personal_leaks(client, signed_in, officer, counties, role):
    here, mine, theirs = counties
    seats = {"cadre": here.city.village, "secretary": here.city.county_mib}
    seat = seats.get(role, here.city.county if role in {"supervisor", "auditor"} else here.city.county_mib)
    browser = client if role == "nobody" else signed_in(officer(role, seat))
    pages = crawl(browser, [reverse("case", args=[case.number]) for case in (mine, theirs)])
    assert len(pages) > 5
    forbidden = (*OURS[:4], *THEIRS)
    found = [(address, word) for address, text in pages.items() for word in forbidden if word in text]
    assert found == []
    assert not any(theirs.number in text for text in pages.values()), "a case of the other county shows"
