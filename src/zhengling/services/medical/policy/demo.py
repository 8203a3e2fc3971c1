"""The demo city's reforms (``demo/policy.yaml``) and the made-up population on which they are tried."""

from __future__ import annotations

from pathlib import Path

from ruamel.yaml import YAML

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.accounts.models import User
from zhengling.services.medical.policy import generator, operations
from zhengling.services.medical.policy.models import folder


def load(city: Path) -> None:
    """Draft the reforms; the worker tries those that say so."""
    data = YAML(typ="safe").load((city / "demo" / "policy.yaml").read_text(encoding="utf-8"))
    folder().mkdir(parents=True, exist_ok=True)
    draft = folder() / "demo.part"
    asked = data["population"]
    weights = generator.weights_of(city)
    generator.generate(draft, asked["person_years"], asked["seed"], asked["year"], weights)
    first = min(entry["day"] for entry in data["reforms"])
    with clock.freeze(clock.at(first, 9)):
        snapshot = operations.adopt_file(draft)
    draft.unlink()
    actor = Actor(user=User.objects.get(username=data["drafter"]))
    for entry in data["reforms"]:
        with clock.freeze(clock.at(entry["day"], 10)):
            changes = {
                name: {str(key): item for key, item in value.items()} if isinstance(value, dict) else value
                for name, value in entry["changes"].items()
            }
            reform = operations.draft(actor, entry["title"], entry["day"], changes)
            if entry["try"]:
                operations.ask_trial(reform.pk, actor, snapshot.pk)
