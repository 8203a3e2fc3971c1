"""Receipts: everything needed to run a decision again and see that it comes out the same.

A receipt carries the inputs, the effective parameter values with their digest, the version of the working-day
calendar, the version of the code, the outputs and the digest of the trace. It is valid for ever: parameters
changed later do not touch it, because it holds the values it was decided with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import Any

from zhengling.kernel.law.traces import Trace, digest, plain

Values = Mapping[str, Any]
Rule = Callable[[Values, Values], tuple[Values, Trace]]
"""(inputs, parameters) -> (outputs, trace), both made of JSON's types only."""


@dataclass(frozen=True)
class Receipt:
    """`kind` names the rule (`medical.settlement`), `parameters` are the values as applied."""

    kind: str
    inputs: Values
    parameters: Values
    parameters_digest: str
    calendar_version: str
    code_version: str
    outputs: Values
    trace_digest: str

    def data(self) -> dict[str, Any]:
        """JSON-serialisable fields."""
        return {name: plain(getattr(self, name)) for name in self.__dataclass_fields__}

    @property
    def digest(self) -> str:
        """SHA-256 over the canonical JSON of all fields."""
        return digest(self.data())


@dataclass(frozen=True)
class Replay:
    """The outcome of running a receipt again. `differences` names the fields that came out otherwise."""

    receipt: Receipt
    outputs: Values
    trace: Trace
    differences: tuple[str, ...]

    @property
    def equal(self) -> bool:
        return not self.differences


class UnknownRule(LookupError):
    """No rule of that name is registered, so the receipt cannot be replayed by this code."""


def receipt_for(
    kind: str,
    inputs: Values,
    parameters: Values,
    outputs: Values,
    trace: Trace,
    *,
    calendar_version: str = "",
) -> Receipt:
    """The receipt of a decision just made. Raises TypeError when a value has no exact form (floats)."""
    return Receipt(
        kind=kind,
        inputs=plain(inputs),
        parameters=plain(parameters),
        parameters_digest=digest(parameters),
        calendar_version=calendar_version,
        code_version=code_version(),
        outputs=plain(outputs),
        trace_digest=trace.digest,
    )


def replay(receipt: Receipt, registry: Mapping[str, Rule]) -> Replay:
    """Run the rule that the receipt names on the receipt's own values and compare. Raises UnknownRule."""
    outputs, trace = _rule(receipt.kind, registry)(receipt.inputs, receipt.parameters)
    outputs = plain(outputs)
    names = sorted({*receipt.outputs, *outputs})
    missing = object()
    differences = [
        f"outputs.{name}"
        for name in names
        if receipt.outputs.get(name, missing) != outputs.get(name, missing)
    ]
    if digest(receipt.parameters) != receipt.parameters_digest:
        differences.append("parameters")
    if trace.digest != receipt.trace_digest:
        differences.append("trace")
    return Replay(receipt, outputs, trace, tuple(differences))


def _rule(kind: str, registry: Mapping[str, Rule]) -> Rule:
    try:
        return registry[kind]
    except KeyError:
        raise UnknownRule(f"no rule {kind!r}; known: {', '.join(sorted(registry)) or 'none'}") from None


@cache
def code_version() -> str:
    """The released version of this package."""
    return version("zhengling")
