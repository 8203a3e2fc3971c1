"""What services and other rooms add to the case page, and to the page of whoever follows a case: a template and the
values it shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from zhengling.kernel.casework.models import Case

Context = Callable[[Case], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Panel:
    """`procedure` is a procedure's name, or ``*`` for every case."""

    procedure: str
    template: str
    context: Context


_panels: list[Panel] = []
_followed: list[Panel] = []


def register(procedure: str, template: str, context: Context) -> None:
    """Add a panel; called by an AppConfig.ready. The template sees `case`, `actor` and what `context` returns."""
    panel = Panel(procedure, template, context)
    if panel not in _panels:
        _panels.append(panel)


def panels_for(procedure: str) -> list[Panel]:
    """The panels of a procedure's cases, in the order they were registered."""
    return [panel for panel in _panels if panel.procedure in {procedure, "*"}]


def register_followed(template: str, context: Context) -> None:
    """Add what whoever has number and check code sees of a case, beside its course; the same for every procedure."""
    panel = Panel("*", template, context)
    if panel not in _followed:
        _followed.append(panel)


def followed_panels() -> list[Panel]:
    return list(_followed)
