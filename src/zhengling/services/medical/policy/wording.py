"""Values of parameters in the reader's words: money, rates, readings, classes; the same on page, chart and sheet."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from zhengling.kernel.law import references
from zhengling.kernel.law.parameters import Parameter

SERVICE = "medical"

PAGES: dict[str, str | Promise] = {
    "policy.reforms": gettext_lazy("What if the rules were otherwise"),
    "policy.demand": gettext_lazy("Demand for money of the year"),
}
ACTS: dict[str, str | Promise] = {
    "policy.try": gettext_lazy("try a reform on the whole population"),
    "policy.approve": gettext_lazy("put a tried reform in force from a day on, by a second person"),
}


def label(parameter: Parameter, key: str = "") -> str:
    """The parameter's name, with the row of its table behind it."""
    english = (get_language() or "").startswith("en")
    name = parameter.label["en" if english else "zh"]
    return f"{name} · {key_label(parameter, key)}" if key else name


def key_label(parameter: Parameter, key: str) -> str:
    return references.value_words(SERVICE, f"{parameter.by}.{key}")


def class_label(number: int) -> str:
    return references.value_words(SERVICE, f"assistance_class.{number}")


def elsewhere() -> str:
    """For persons whose county is not known."""
    return _("no known county")


def value(parameter: Parameter, held: Any) -> str:
    """One value as loaded (fen, hundredths of a percent)."""
    if held is None:
        return _("no claim")
    match parameter.unit:
        case "yuan":
            return f"￥{held // 100:,}" + (f".{held % 100:02d}" if held % 100 else "")
        case "percent":
            return f"{held / 100:.2f}".rstrip("0").rstrip(".") + "%"
        case "flag":
            return _("excluded") if held else _("not excluded")
        case "choice":
            return references.value_words(SERVICE, held)
        case "number" if parameter.name == "class_of_identity":
            return class_label(held)
    return str(held)
