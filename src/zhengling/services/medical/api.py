"""One-stop settlement over the API, for agreement hospitals: articles 10, 11, 13.1 and 16, in the national field names.

`setl_id` names a settlement: the same number with the same content gets the same answer, so that no other key is
needed. Amounts are yuan as text with at most two decimals going in and with two coming out.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Path, Query, Router, Schema

from zhengling.kernel import clock
from zhengling.kernel.audit.models import Action
from zhengling.kernel.audit.operations import record_access
from zhengling.kernel.casework.errors import InvalidData
from zhengling.kernel.clients.bearer import Bearer, caller
from zhengling.kernel.clients.inputs import Day
from zhengling.kernel.clients.paging import Cursor, Limit, Page, slice_of
from zhengling.kernel.clients.problems import ProblemError
from zhengling.kernel.law.queries import cite
from zhengling.services.medical import national, one_stop
from zhengling.services.medical.decisions import INSTRUMENT
from zhengling.services.medical.models import Decision, Settlement
from zhengling.services.medical.words import DOUBTS

router = Router(tags=["medical settlements"])
# Reading is the router's scope, given where the API is put together.
SETTLE = Bearer("settlements:act")

Number = Annotated[str, Path(..., pattern=r"^[A-Za-z0-9_-]{1,40}$", examples=["431100G000000412345678"])]
Yuan = Annotated[str, Field(pattern=r"^[0-9]{1,10}(\.[0-9]{1,2})?$", examples=["1234.50"])]
Short = Annotated[str, Field(pattern=r"^[!-~]{0,40}$")]


class SettlementIn(Schema):
    """The settlement after all other insurance (`setlinfo` of the national interfaces). Fields not named here are let pass.

    `rare_drug_amt` is ours: special drugs for a designated rare disease outside the scope (article 8).
    """

    setl_id: str = Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")
    mdtrt_id: Short = ""
    medins_setl_id: Short = ""
    setl_time: str = Field(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}$", description="Beijing time."
    )
    begndate: Day | None = Field(None, description="First day of the stay.")
    psn_no: Short = ""
    psn_name: str = Field(min_length=1, max_length=50, pattern=r"\S")
    certno: str = Field(pattern=r"^[0-9]{17}[0-9Xx]$", description="Identity number.")
    insutype: str = Field("390", pattern=r"^[0-9]{3}$")
    med_type: str = Field(
        pattern=r"^[0-9]{2,6}$", description="21 inpatient, 14 listed outpatient, 41 pharmacy …"
    )
    dise_codg: str = Field("", pattern=r"^[A-Za-z0-9.]{0,20}$", description="Code of the disease.")
    rel_ttp_flag: bool = Field(False, description="A third party has to pay (article 8(3)).")
    medfee_sumamt: Yuan
    fulamt_ownpay_amt: Yuan = "0"
    overlmt_selfpay: Yuan = "0"
    preselfpay_amt: Yuan = "0"
    inscp_scp_amt: Yuan
    act_pay_dedc: Yuan = "0"
    hifp_pay: Yuan
    cvlserv_pay: Yuan = "0"
    hifes_pay: Yuan = "0"
    hifmi_pay: Yuan = "0"
    hifob_pay: Yuan = "0"
    hifdm_pay: Yuan = "0"
    oth_pay: Yuan = "0"
    fund_pay_sumamt: Yuan = "0"
    hosp_part_amt: Yuan = "0"
    psn_part_amt: Yuan = "0"
    acct_pay: Yuan = "0"
    psn_cash_pay: Yuan = "0"
    acct_mulaid_pay: Yuan = "0"
    rare_drug_amt: Yuan = "0"


class ArticleOut(Schema):
    citation: str
    cited: str = Field(description="As a reader cites it.")


class StepOut(Schema):
    """One line of the reckoning; amounts here are integers, `unit` says of what."""

    quantity: str
    value: int | str
    unit: str
    formula: str
    citation: str


class YearOut(Schema):
    """The person's year after this settlement, in yuan."""

    inpatient_cost: str
    inpatient_paid: str
    special_cost: str
    special_paid: str


class WarningOut(Schema):
    code: str
    detail: str


class SettlementOut(Schema):
    """What assistance pays (`maf_pay`) and why. `base_amt` = below the deductible + assisted + above the ceiling."""

    setl_id: str
    state: str = Field(description="preview, settled or reversed")
    setl_time: datetime
    benefit: str
    exclusion: str
    assistance_class: int
    hardship_veteran: bool
    base_amt: str
    below_deductible_amt: str
    assisted_amt: str
    above_ceiling_amt: str
    rate_pct: str
    cap_cut_amt: str
    maf_pay: str
    articles: list[ArticleOut]
    trace: list[StepOut]
    receipt: str = Field(description="Digest; `GET /receipts/{digest}` replays it.")
    year: YearOut
    warnings: list[WarningOut]


class SettlementRow(Schema):
    setl_id: str
    medins_setl_id: str
    setl_time: datetime
    benefit: str
    exclusion: str
    maf_pay: str
    state: str


class ReversalIn(Schema):
    reason: str = Field(min_length=1, max_length=200, pattern=r"\S")


class ReversalOut(Schema):
    """`maf_pay` is the exact opposite of what was paid."""

    setl_id: str
    maf_pay: str
    reversed_at: datetime


@router.post("/medical/presettlements", response=SettlementOut, summary="What a settlement would come to")
def presettle(request: HttpRequest, body: SettlementIn) -> dict[str, Any]:
    """Pre-settlement: nothing is kept. The figures hold as long as nobody settles for the person in between."""
    return _shown(one_stop.preview(caller(request).actor, _fields(body)), "preview")


@router.post("/medical/settlements", response=SettlementOut, auth=SETTLE, summary="Settle")
def settle(request: HttpRequest, body: SettlementIn) -> dict[str, Any]:
    """Decide a settlement. Sent again with the same content it gets the same answer; with other content 409."""
    return _shown(one_stop.settle(caller(request).actor, _fields(body)), "settled")


@router.post(
    "/medical/settlements/{setl_id}/reversal",
    response=ReversalOut,
    auth=SETTLE,
    summary="Cancel a settlement",
)
def reverse_settlement(request: HttpRequest, setl_id: Number, body: ReversalIn) -> dict[str, Any]:
    """Enter the exact opposite and restore the person's year. Sent again it changes nothing more."""
    try:
        settlement, opposite = one_stop.reverse(caller(request).actor, setl_id, body.reason)
    except Settlement.DoesNotExist:
        raise _not_found() from None
    return {
        "setl_id": settlement.setl_id,
        "maf_pay": _yuan(opposite.maf_pay),
        "reversed_at": clock.local(opposite.decided_at),
    }


class SettlementFilter(Schema):
    settled_from: Day | None = None
    settled_to: Day | None = Field(None, description="The last day included.")


@router.get("/medical/settlements", response=Page[SettlementRow], summary="Own settlements")
def list_settlements(
    request: HttpRequest, chosen: Query[SettlementFilter], cursor: Cursor = "", limit: Limit = 20
) -> dict[str, Any]:
    """What this institution settled, oldest first."""
    actor = caller(request).actor
    rows = one_stop.own(actor)
    if chosen.settled_from:
        rows = rows.filter(setl_time__gte=clock.at(chosen.settled_from, 0))
    if chosen.settled_to:
        rows = rows.filter(setl_time__lt=clock.at(chosen.settled_to, 0) + one_stop.ONE_DAY)
    found, following = slice_of(rows.prefetch_related("decisions"), cursor, limit)
    if found:
        record_access(actor, Action.VIEW, "settlement", "", ["amounts"], f"API: {len(found)}")
    return {"items": [_row(row) for row in found], "next": following}


@router.get("/medical/settlements/{setl_id}", response=SettlementOut, summary="One settlement")
def get_settlement(request: HttpRequest, setl_id: Number) -> dict[str, Any]:
    """The settlement as it was decided, newest decision."""
    actor = caller(request).actor
    settlement = one_stop.own(actor).filter(setl_id=setl_id).first()
    if settlement is None:
        raise _not_found()
    answer = one_stop.answered(settlement)
    record_access(actor, Action.VIEW, "settlement", setl_id, ["amounts"], "API")
    return _shown(answer, "reversed" if answer.decision.undone else "settled")


def _not_found() -> ProblemError:
    return ProblemError(404, "not_found", _("there is nothing here that this client may see"))


def _fields(body: SettlementIn) -> dict[str, Any]:
    """The national fields as `national` takes them: amounts in fen, the moment aware. Raises `InvalidData`."""
    fields = body.model_dump()
    for name in national.AMOUNTS:
        whole, _point, cents = str(fields.get(name, "0")).partition(".")
        fields[name] = int(whole) * 100 + int(cents.ljust(2, "0"))
    try:
        fields["setl_time"] = datetime.fromisoformat(fields["setl_time"]).replace(tzinfo=clock.SHANGHAI)
    except ValueError:
        raise InvalidData({"setl_time": [_("is no date and time")]}) from None
    return fields


def _yuan(fen: int) -> str:
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def _row(settlement: Settlement) -> dict[str, Any]:
    decided = [row for row in settlement.decisions.all() if row.reverses_id is None]
    newest: Decision = max(decided, key=lambda row: row.order)
    return {
        "setl_id": settlement.setl_id,
        "medins_setl_id": settlement.national.get("medins_setl_id", ""),
        "setl_time": settlement.setl_time,
        "benefit": settlement.benefit,
        "exclusion": settlement.exclusion,
        "maf_pay": _yuan(newest.maf_pay),
        "state": "reversed" if newest.undone else "settled",
    }


def _shown(answer: one_stop.Answer, state: str) -> dict[str, Any]:
    settlement, decision, line = answer.settlement, answer.decision, answer.line
    amounts = (
        "base_amt",
        "below_deductible_amt",
        "assisted_amt",
        "above_ceiling_amt",
        "cap_cut_amt",
        "maf_pay",
    )
    year = line.account
    return {
        "setl_id": settlement.setl_id,
        "state": state,
        "setl_time": clock.local(settlement.setl_time),
        "benefit": settlement.benefit,
        "exclusion": settlement.exclusion,
        "assistance_class": decision.assistance_class,
        "hardship_veteran": decision.veteran,
        **{name: _yuan(getattr(decision, name)) for name in amounts},
        "rate_pct": _yuan(decision.rate),
        "articles": [
            {"citation": f"{INSTRUMENT}/{place}", "cited": cite(f"{INSTRUMENT}/{place}")}
            for place in line.places
        ],
        "trace": line.trace.data(),
        "receipt": decision.receipt,
        "year": {
            "inpatient_cost": _yuan(year.inpatient_cost),
            "inpatient_paid": _yuan(year.inpatient_paid),
            "special_cost": _yuan(year.special_cost),
            "special_paid": _yuan(year.special_paid),
        },
        "warnings": [
            {"code": code, "detail": str(DOUBTS[code])} for code in settlement.national.get("doubts", ())
        ],
    }
