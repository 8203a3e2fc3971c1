"""How a service learns that its payable was paid or came back: in the same transaction, and by the outbox."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from zhengling.kernel.funds.models import Payable

CASE = "case"
"""The origin kind whose ids are case ids: those cases are locked before the ledger."""

Outcome = Literal["paid", "returned"]
Hook = Callable[[Payable, Outcome], None]

_hooks: dict[str, list[Hook]] = {}


def on_paid(origin_kind: str, hook: Hook) -> None:
    """Call `hook` for every payable of this origin that the bank paid or returned; for a service's
    AppConfig.ready.

    It runs inside the transaction of the bank's answer, with the case locked and the money already posted. It
    must ignore origins that are not its own, and lock nothing but that case. When it raises a
    `CaseworkError`, its own changes are undone and the reason stays on the payment for a person to follow up;
    the bank's fact stands.
    """
    hooks = _hooks.setdefault(origin_kind, [])
    if hook not in hooks:
        hooks.append(hook)


def hooks_of(origin_kind: str) -> list[Hook]:
    return _hooks.get(origin_kind, [])
