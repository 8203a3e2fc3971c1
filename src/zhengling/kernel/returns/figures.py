"""Computing a return: what is measured and typed, then sums and ratios, then the checks. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from zhengling.kernel.returns.declaration import Blank, Declaration, Formula, Measured, Ratio, Summed, Typed
from zhengling.kernel.returns.expressions import Check

Figures = dict[str, int | None]


@dataclass(frozen=True, slots=True)
class Finding:
    """A check that fails, at the cells it names."""

    check: Check
    cells: tuple[str, ...]

    @property
    def refuses(self) -> bool:
        return self.check.severity == "refuse"


def base_cells(declaration: Declaration) -> dict[str, Formula]:
    """The cells that are measured or typed; all others follow from them."""
    return {
        cell: formula
        for cell, formula in declaration.formulas.items()
        if isinstance(formula, Measured | Typed)
    }


def complete(declaration: Declaration, base: Mapping[str, int | None]) -> Figures:
    """Every cell from the measured and typed ones (fen, counts). Sums take what is missing as nothing; ratios are
    hundredths of a percent, half up, empty where the denominator is nothing."""
    formulas = declaration.formulas
    figures: Figures = {}

    def value(cell: str) -> int | None:
        if cell not in figures:
            match formulas[cell]:
                case Summed(cells):
                    figures[cell] = sum(value(part) or 0 for part in cells)
                case Ratio(numerator, denominator):
                    figures[cell] = _ratio(value(numerator) or 0, value(denominator) or 0)
                case Blank():
                    figures[cell] = None
                case _:
                    figures[cell] = base.get(cell)
        return figures[cell]

    for cell in formulas:
        value(cell)
    return figures


def _ratio(numerator: int, denominator: int) -> int | None:
    return None if denominator <= 0 else (numerator * 20_000 + denominator) // (2 * denominator)


def summed(declaration: Declaration, lower: Iterable[Mapping[str, int | None]]) -> Figures:
    """The return of the level above: measured and typed cells added up over the lower returns, the rest recomputed.

    A ratio of the whole is the ratio of the sums, never a mean of ratios.
    """
    lower = list(lower)
    base: Figures = {
        cell: sum(figures.get(cell) or 0 for figures in lower) for cell in base_cells(declaration)
    }
    return complete(declaration, base)


def findings(declaration: Declaration, figures: Mapping[str, int | None]) -> list[Finding]:
    """The checks that fail, those that refuse first; one finding for each row that fails."""
    found = [
        Finding(check, tuple(comparison.cells))
        for check in declaration.checks
        for comparison in check.comparisons
        if not comparison.holds(figures)
    ]
    return sorted(found, key=lambda item: not item.refuses)


def missing(declaration: Declaration, figures: Mapping[str, int | None]) -> list[str]:
    """Measured and typed cells without a value."""
    return [cell for cell in base_cells(declaration) if figures.get(cell) is None]
