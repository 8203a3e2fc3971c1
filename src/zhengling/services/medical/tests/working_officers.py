"""Officers who work in a process of their own until somebody kills it; each act done is told after its commit.

Called as ``python -m … DATABASE``, with the database of the test.
"""

from __future__ import annotations

import sys
from datetime import date

import django


def main(database: str) -> None:
    from django.db import connections

    connections.settings["default"]["NAME"] = database
    django.setup()
    from zhengling.kernel import clock
    from zhengling.kernel.accounts.actors import Actor
    from zhengling.kernel.accounts.models import User
    from zhengling.kernel.casework.models import Case
    from zhengling.kernel.casework.operations import perform
    from zhengling.services.medical.tests.world import World

    def who(username: str) -> Actor:
        return Actor(user=User.objects.get(username=username))

    world = World(None, *(who(name) for name in sys.argv[2].split(",")))
    course = [
        ("accept", world.clerk, {}),
        ("survey", world.clerk, world.surveyed()),
        ("recognise", world.civil, {"recognised": "as_proposed"}),
        ("forward", world.reviewer, {"opinion": "属实"}),
        ("propose", world.county, {"proposal": "approve"}),
        ("approve", world.approver, {}),
    ]
    done_at = {"filed": 0, "township": 1, "county": 4, "approval": 5}
    with clock.freeze(clock.at(date(2022, 3, 28))):
        for case in Case.objects.filter(stage__in=list(done_at)).order_by("pk"):
            first = done_at[case.stage]
            if case.stage == "township":
                first += case.events.filter(act__in=["survey", "recognise"]).count()
            for act, actor, data in course[first:]:
                event = perform(case.pk, act, actor, data)
                sys.stdout.write(f"{case.number} {event.seq} {event.digest}\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
