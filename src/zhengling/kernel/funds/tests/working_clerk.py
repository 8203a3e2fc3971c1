"""A process that pays without pause until it is killed: ``python -m … DATABASE UNIT CASHIER APPROVER``.

It writes a line before each act, so that whoever kills it knows that an act is under way.
"""

from __future__ import annotations

import os
import sys


def main(database: str, unit: int, cashier_id: int, approver_id: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhengling.settings")
    import django
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = database
    django.setup()
    from zhengling.kernel.accounts.actors import SYSTEM, Actor
    from zhengling.kernel.accounts.models import User
    from zhengling.kernel.funds import batches, operations, replies
    from zhengling.kernel.funds.bankfiles import Answer
    from zhengling.kernel.funds.ledger import Origin
    from zhengling.kernel.identifiers import uuid7
    from zhengling.kernel.people.models import Person

    cashier, approver = (Actor(user=User.objects.get(pk=pk)) for pk in (cashier_id, approver_id))
    person = Person.objects.get()

    def about_to(act: str) -> None:
        sys.stdout.write(f"{act}\n")
        sys.stdout.flush()

    while True:
        about_to("owe")
        owed = [
            operations.owe(
                unit,
                amount=100,
                expense="expense.inpatient",
                origin=Origin("settlement", uuid7()),
                reference="YJ",
                citation="YZCR-2021-01016/10",
                actor=SYSTEM,
                person=person,
            ).pk
            for _ in range(2)
        ]
        about_to("create")
        batch = batches.create(unit, owed, route="bank", bank_format="bank_csv", actor=cashier)
        about_to("submit")
        batches.submit(batch.pk, cashier)
        about_to("approve")
        batches.approve(batch.pk, approver)
        about_to("export")
        batches.export(batch.pk, cashier)
        rows = [
            Answer(2, 1, 100, "paid", "", "", batch.number),
            Answer(3, 2, 100, "returned", "账号有误", "", batch.number),
        ]
        about_to("answer")
        replies.take(batch.pk, rows, cashier)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
