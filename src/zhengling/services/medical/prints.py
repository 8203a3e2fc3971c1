"""What medical assistance prints: the filled application to sign on paper, the quarter's list for the board, the archive's
records of what was decided."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from zhengling.kernel import ciphers, clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.casework.models import Case
from zhengling.kernel.documents import printing
from zhengling.kernel.documents.amounts import yuan
from zhengling.kernel.documents.typesetting import Typeset
from zhengling.kernel.language import official
from zhengling.kernel.law.queries import cite, parameters_for, receipts_about
from zhengling.kernel.people.operations import reveal
from zhengling.kernel.workdays.counting import due
from zhengling.kernel.workdays.queries import current_calendar
from zhengling.services.medical.models import Application, PublicList
from zhengling.services.medical.procedures import AID, APPLY

DISEASE = "medical_application.disease"


def application_form(case: Case, actor: Actor) -> Typeset:
    """The application as it was filed, with whole numbers: it is what the patient signs (article 25). The reading of
    each sealed value is recorded."""
    application = case.medical_application
    person = application.person
    purpose = case.number
    data: dict[str, Any] = {
        "name": person.name,
        "id_number": reveal(person, "id_number", actor, purpose),
        "phone": reveal(person, "phone", actor, purpose),
        "village": case.place,
        "bank_name": person.bank_name,
        "bank_account": reveal(person, "bank_account", actor, purpose),
        "disease": ciphers.unseal(application.disease_sealed, column=DISEASE, row=case.pk),
        "hardship_veteran": application.hardship_veteran,
        "settlements": [
            {
                "setl_id": row.setl_id,
                "setl_time": clock.local(row.setl_time).date(),
                "hospital": row.hospital,
                "benefit": row.benefit,
                "medfee_sumamt": row.medfee_sumamt,
                "inscp_scp_amt": row.inscp_scp_amt,
                "paid_before_assistance": row.paid_before_assistance,
            }
            for row in application.settlements.all()
        ],
    }
    township = case.parties.select_related("organisation").get(relation="township").organisation
    answers = printing.form_answers(APPLY, data)
    statement = [
        "本人承诺所填内容和所交材料真实、完整，同意有关部门依法核对；如有虚假，愿依第二十四条承担责任。"
    ]
    return printing.application_form(township, answers, official(AID.label), statement)


def poster(row: PublicList, size: Literal["a4", "a3"]) -> Typeset:
    """The list as it hangs on the fixed board (article 14): masked names, kind of help, amounts, five working days."""
    limit = row.case.limits.filter(name="publicity").first()
    opens = limit.started_on if limit else clock.today()
    count = int(parameters_for("medical").value("publicity_workdays", opens))
    township = row.case.parties.select_related("organisation").get(relation="township").organisation
    data = {
        "period": f"{row.year}年第{'一二三四'[row.quarter - 1]}季度",
        "place": row.village.name,
        "matter": official(AID.label),
        "opens": opens.isoformat(),
        "closes": due(opens, count, "workdays", current_calendar()).due.isoformat(),
        "workdays": str(count),
        "contact": township.name,
        "article": cite("YZCR-2021-01016/14"),
        "rows": [
            {
                "number": str(number),
                "name": item.masked_name,
                "village": row.village.short_name,
                "kind": "三类",
                "amount": yuan(item.amount),
            }
            for number, item in enumerate(row.items.all(), start=1)
        ],
    }
    return printing.public_list(township, data, size=size, dated=opens)


def archive_records(case: Case) -> Iterator[tuple[str, Any]]:
    """Decisions with their receipts, for the package of the case: enough to run each of them again."""
    application = Application.objects.filter(pk=case.pk).first()
    if application is None:
        return
    for decision in application.decisions.select_related("settlement"):
        setl_id = decision.settlement.setl_id
        yield (
            f"decision-{setl_id}.json",
            {
                "setl_id": setl_id,
                "order": decision.order,
                "maf_pay": decision.maf_pay,
                "receipts": [{"receipt": row.data, "steps": row.steps} for row in receipts_about(setl_id)],
            },
        )
