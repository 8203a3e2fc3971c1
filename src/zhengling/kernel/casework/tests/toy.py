"""A small procedure with every feature: opening, items, gate, return, second person, pause, minimum period, recall."""

from __future__ import annotations

from datetime import date

from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.accounts.models import RoleGrant, User
from zhengling.kernel.casework import procedure as procedures
from zhengling.kernel.casework.procedure import (
    Act,
    Authority,
    Field,
    Item,
    Limit,
    Paper,
    Procedure,
    Relation,
    Stage,
)
from zhengling.kernel.clock import at
from zhengling.kernel.organisations.models import Organisation

START = date(2022, 1, 1)

CLERK = Authority("clerk", "township")
REVIEWER = Authority("reviewer", "township")
COUNTY = Authority("approver", "county")
APPLICANT = Authority("applicant")


def no_zero(step):
    return "nothing to do for zero" if step.data.get("amount") == 0 else None


# fmt: off
TOY = Procedure(
    name="toy",
    label="toy",
    service="medical",
    instrument="YZCR-2021-01016",
    prefix="TY",
    relations={"township": Relation("township"), "county": Relation("county")},
    papers=(Paper("form", "form", "14"),),
    stages=(
        Stage("filed", "filed", CLERK),
        Stage("checked", "checked", REVIEWER, items=(Item("visit", "visit", CLERK),)),
        Stage("county", "county", COUNTY),
        Stage("posted", "posted", CLERK),
        Stage("done", "done", closed=True),
    ),
    acts=(
        Act("file", "file", (), "filed", (APPLICANT, CLERK), "14",
            fields=(Field("amount", "amount", "money"), Field("secret", "secret", "id_number", required=False, sensitive=True)),
            guards=(no_zero,)),
        Act("take", "take", ("filed",), "checked", (CLERK,), "14"),
        Act("visit", "visit", ("checked",), None, (CLERK,), "14", completes="visit"),
        Act("wait", "wait", ("checked",), None, (CLERK,), "14"),
        Act("go_on", "go on", ("checked",), None, (CLERK,), "14"),
        Act("longer", "longer", ("checked",), None, (COUNTY,), "14", fields=(Field("extend_by", "by", "integer"),)),
        Act("send", "send", ("checked",), "county", (REVIEWER,), "14", needs=("visit",), different_from=("visit",),
            recallable=True, batch=True),
        Act("back", "back", ("county",), "checked", (COUNTY,), "14", returns=True,
            fields=(Field("why", "why", "choice", choices=(("late", "late"), ("free", "free")), reason_when=("free",)),)),
        Act("post", "post", ("county",), "posted", (COUNTY,), "14"),
        Act("finish", "finish", ("posted",), "done", (CLERK,), "14"),
    ),
    limits=(
        Limit("checking", "checking", "township_review_workdays", ("take",), ("send",), "14", "township",
              pauses=("wait",), resumes=("go_on",), extends=("longer",)),
        Limit("posting", "posting", "publicity_workdays", ("post",), ("finish",), "14", "township", waits=True),
    ),
)


# fmt: on


def register():
    return procedures.register(TOY)


def units():
    city = Organisation.objects.create(
        code="t0", name="市", short_name="市", level="city", kind="government", path="/t0/"
    )
    county = Organisation.objects.create(
        code="t1", name="县", short_name="县", level="county", kind="government", parent=city, path="/t0/t1/"
    )
    other = Organisation.objects.create(
        code="t2",
        name="别县",
        short_name="别县",
        level="county",
        kind="government",
        parent=city,
        path="/t0/t2/",
    )
    town = Organisation.objects.create(
        code="t11",
        name="镇",
        short_name="镇",
        level="township",
        kind="government",
        parent=county,
        path="/t0/t1/t11/",
    )
    far = Organisation.objects.create(
        code="t21",
        name="远镇",
        short_name="远镇",
        level="township",
        kind="government",
        parent=other,
        path="/t0/t2/t21/",
    )
    return {"city": city, "county": county, "town": town, "far": far, "other": other}


def person(name, unit=None, *roles):
    user = User.objects.create(username=name, full_name=name, organisation=unit, created_at=at(START))
    for role in roles:
        RoleGrant.objects.create(user=user, role=role, organisation=unit, valid_from=START)
    return Actor(user=user)
