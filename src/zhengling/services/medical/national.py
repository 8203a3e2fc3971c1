"""The national settlement object (医保信息平台结算信息) and what article 8 and 11 make of it.

Field names are the national ones; amounts are integer fen here. Hospitals' desks and the platform's files come through
the same functions, so that both are read alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings

from zhengling.kernel import ciphers, clock
from zhengling.kernel.identifiers import uuid7
from zhengling.kernel.law.parameters import ParametersOn
from zhengling.services.medical import diseases, rules
from zhengling.services.medical.models import (
    Benefit,
    Exclusion,
    Institution,
    ScopeException,
    Settlement,
)

Fields = Mapping[str, Any]

# What the funds paid before assistance (article 8): basic, civil servants', enterprises' and serious-illness insurance.
BEFORE = ("hifp_pay", "cvlserv_pay", "hifes_pay", "hifmi_pay", "hifob_pay", "hifdm_pay", "oth_pay")
COST = ("fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt")
PAID = ("fund_pay_sumamt", "hosp_part_amt", "psn_part_amt")
AMOUNTS = (
    "medfee_sumamt", *COST, "act_pay_dedc", *BEFORE, "maf_pay", *PAID, "acct_pay", "psn_cash_pay", "acct_mulaid_pay",
    "rare_drug_amt",
)  # fmt: skip
TEXTS = ("mdtrt_id", "medins_setl_id", "psn_no", "insutype", "med_type")

INPATIENT_TYPES = frozenset({"21", "22", "23", "52"})
PHARMACY = "41"
DISEASE = "medical_settlement.disease"


def lists_on(code: str, day: date) -> frozenset[str]:
    """The city's lists on which a disease code stands on a day."""
    return diseases.lists_of(diseases.load(settings.CITY / "medical" / "diseases.csv"), code, day)


def benefit_of(med_type: str, lists: frozenset[str], parameters: ParametersOn) -> Benefit:
    """Article 11 and reading A7: inpatient by kind of treatment, outpatient by the lists of diseases."""
    if med_type in INPATIENT_TYPES:
        return Benefit.INPATIENT
    found = rules.classify_outpatient(
        "major" in lists,
        "special" in lists,
        med_type == PHARMACY,
        both_lists=parameters["disease_on_both_lists"],
        pharmacy_as_special=bool(parameters["pharmacy_as_special_outpatient"]),
    )
    if found is None:
        return Benefit.OTHER_OUTPATIENT
    return Benefit.MAJOR_OUTPATIENT if found == rules.MAJOR_OUTPATIENT else Benefit.SPECIAL_OUTPATIENT


def also_counted(fields: Fields, lists: frozenset[str], parameters: ParametersOn) -> int:
    """Article 8: cost beside the in-scope amount. Special drugs for a listed rare disease count; the patient's first own
    share does where it is read so (R7)."""
    more = fields["preselfpay_amt"] if parameters["first_own_share_in_scope"] else 0
    if "rare" in lists and parameters["rare_drugs_counted"]:
        more += fields["rare_drug_amt"]
    return int(more)


def doubts(fields: Fields) -> list[str]:
    """Sums that ought to agree and do not; regional data break them, so they warn and refuse nothing.

    `cost`: the parts of the cost and its total; `paid`: who paid and the total; `over_scope`: more was paid before
    assistance than lies within the scope.
    """
    found = []
    if sum(fields[name] for name in COST) != fields["medfee_sumamt"]:
        found.append("cost")
    if any(fields[name] for name in PAID) and sum(fields[name] for name in PAID) != fields["medfee_sumamt"]:
        found.append("paid")
    if sum(fields[name] for name in BEFORE) > fields["inscp_scp_amt"]:
        found.append("over_scope")
    return found


@dataclass(frozen=True, slots=True)
class Place:
    """Where treatment was given: the institution under agreement, or what is known of another one."""

    institution: Institution | None
    name: str
    area: str = ""
    referred: bool = False


def exclusion_of(fields: Fields, place: Place, day: date, city_code: str) -> Exclusion:
    """Article 8(1) and 8(3): whether the cost is left out, before exceptions."""
    if fields.get("rel_ttp_flag"):
        return Exclusion.THIRD_PARTY
    if place.institution is None:
        if place.area and not place.area.startswith(city_code):
            return Exclusion.NONE if place.referred else Exclusion.OUT_OF_AREA
        return Exclusion.NOT_CONTRACTED
    end = place.institution.agreement_to
    if day < place.institution.agreement_from or (end and day > end):
        return Exclusion.NOT_CONTRACTED
    return Exclusion.NONE


def excepted(
    exclusion: str, setl_id: str, day: date, granted: list[ScopeException], parameters: ParametersOn
) -> ScopeException | None:
    """The exception that lifts an exclusion (article 8(1), reading R7): any ground outside the city; elsewhere than under
    agreement only rescue, for the settlement it names, or for all where it is read so."""
    for row in granted:
        if row.setl_id and row.setl_id != setl_id:
            continue
        if not row.valid_from <= day <= row.valid_to:
            continue
        rescue = row.ground == ScopeException.Ground.RESCUE
        everywhere = bool(row.setl_id) or parameters["rescue_covers_non_contracted"]
        if exclusion == Exclusion.OUT_OF_AREA or (
            exclusion == Exclusion.NOT_CONTRACTED and rescue and everywhere
        ):
            return row
    return None


def settlement_from(fields: Fields, parameters: ParametersOn, **known: Any) -> Settlement:
    """The settlement row that these fields come to, not saved. `known`: person, unit, institution, hospital, channel,
    exclusion. The disease code is sealed; amounts stay in fen in `national`."""
    pk = uuid7()
    day = clock.local(fields["setl_time"]).date()
    lists = lists_on(fields["dise_codg"], day)
    more = also_counted(fields, lists, parameters)
    before = sum(fields[name] for name in BEFORE)
    national = {name: fields[name] for name in (*TEXTS, *AMOUNTS) if fields.get(name)}
    if fields["dise_codg"]:
        national["disease_sealed"] = ciphers.seal(fields["dise_codg"], column=DISEASE, row=pk)
    if found := doubts(fields):
        national["doubts"] = found
    return Settlement(
        id=pk,
        setl_id=fields["setl_id"],
        setl_time=fields["setl_time"],
        national=national,
        benefit=benefit_of(fields["med_type"], lists, parameters),
        medfee_sumamt=fields["medfee_sumamt"],
        inscp_scp_amt=fields["inscp_scp_amt"],
        also_counted=more,
        paid_before_assistance=min(before, fields["inscp_scp_amt"] + more),
        **known,
    )


def disease_of(settlement: Settlement) -> str:
    """The disease code, for computing and for readers who may see it; "" where none came."""
    return ciphers.unseal(settlement.national.get("disease_sealed", ""), column=DISEASE, row=settlement.pk)
