"""Pictures of a result as SVG, drawn on the server; every number stands in a table beside them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.cache import caches
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from zhengling.kernel.canonical import digest
from zhengling.kernel.supervision.charts import ACCENT, INK, KEPT, RED, styled
from zhengling.services.medical.policy.queries import Row
from zhengling.services.medical.policy.results import Band

GREY = "#9aa6a3"
WAN = 1_000_000  # fen in ten thousand yuan, the unit of the axis


def outlay(rows: list[Row]) -> str:
    """Outlay before and after by unit, in ten thousand yuan."""
    series = (_("before"), _("after"))
    values = [
        {"label": row.label, "law": series[place], "order": place, "amount": f"{amount / WAN:.2f}"}
        for row in rows
        for place, amount in enumerate((row.figures.before, row.figures.after))
    ]
    return _drawn("outlay", values, lambda: _outlay_bars(values, [row.label for row in rows], list(series)))


def gains(bands: list[Band], labels: list[str]) -> str:
    """Person-years by how much they gain or lose; the unchanged are left out."""
    values = [
        {"label": label, "persons": band.persons, "side": "won" if band.sign > 0 else "lost"}
        for band, label in zip(bands, labels, strict=True)
        if band.persons
    ]
    return _drawn("gains", values, lambda: _gain_bars(values))


def _drawn(kind: str, values: list[dict[str, Any]], make: Callable[[], Any]) -> str:
    key = f"medical_policy.chart.{digest([kind, values, get_language()])}"
    svg: str | None = caches["process"].get(key)
    if svg is None:
        import vl_convert

        svg = str(vl_convert.vegalite_to_svg(styled(make()).to_dict()))
        caches["process"].set(key, svg, KEPT)
    return svg


def _outlay_bars(values: list[dict[str, Any]], order: list[str], series: list[str]) -> Any:
    import altair

    return (
        altair.Chart({"values": values})
        .mark_bar(height=9)
        .encode(
            x=altair.X("amount:Q", title=_("outlay, ten thousand yuan")),
            y=altair.Y("label:N", title=None, sort=order, axis=altair.Axis(labelLimit=240)),
            yOffset=altair.YOffset("order:O"),
            color=altair.Color(
                "law:N",
                title=None,
                scale=altair.Scale(domain=series, range=[GREY, ACCENT]),
                legend=altair.Legend(orient="top", labelColor=INK, labelFontSize=12),
            ),
        )
        .properties(width=460, height=altair.Step(12))
    )


def _gain_bars(values: list[dict[str, Any]]) -> Any:
    import altair

    base = altair.Chart({"values": values}).encode(
        x=altair.X("persons:Q", title=_("person-years")),
        y=altair.Y(
            "label:N", title=None, sort=[value["label"] for value in values], axis=altair.Axis(labelLimit=240)
        ),
    )
    colour = altair.Color(
        "side:N", legend=None, scale=altair.Scale(domain=["won", "lost"], range=[ACCENT, RED])
    )
    return altair.layer(
        base.mark_bar(height=13).encode(color=colour),
        base.mark_text(align="left", dx=4, color=INK, fontSize=11).encode(
            text=altair.Text("persons:Q", format=",")
        ),
    ).properties(width=460, height=altair.Step(23))
