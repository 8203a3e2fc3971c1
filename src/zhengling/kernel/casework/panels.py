"""What services add to the middle of the case page: a template and the values it shows, per procedure."""

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


def register(procedure: str, template: str, context: Context) -> None:
    """Add a panel; called by an AppConfig.ready. The template sees `case`, `actor` and what `context` returns."""
    panel = Panel(procedure, template, context)
    if panel not in _panels:
        _panels.append(panel)


def panels_for(procedure: str) -> list[Panel]:
    """The panels of a procedure's cases, in the order they were registered."""
    return [panel for panel in _panels if panel.procedure in {procedure, "*"}]
