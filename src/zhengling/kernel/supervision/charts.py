"""Small charts of the board as SVG, drawn on the server: no script reaches the reader.

The page names every number of a chart in words beside it; the picture only shows their shape.
"""

from __future__ import annotations

from typing import Any

from django.core.cache import caches
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from zhengling.kernel.canonical import digest
from zhengling.kernel.supervision.board import Month, Row

KEPT = 24 * 3600  # seconds; the key holds the numbers, so a picture never shows old ones
FONT = "Noto Sans CJK SC, Source Han Sans SC, PingFang SC, Microsoft YaHei, sans-serif"
ACCENT, RED, INK, LINE = "#0d5c63", "#a0201a", "#4a555d", "#cfd7d5"


def shares(months: list[Month]) -> str:
    """On-time share by month, months without anything decided left out of the line."""
    points = [
        {"label": _month(month), "share": month.tally.share}
        for month in months
        if month.tally.share is not None
    ]
    return _drawn("shares", points, [_month(month) for month in months])


def _month(month: Month) -> str:
    # Translators: a month under a chart, in Django's date format letters
    return date_format(month.first, _("M Y"))


def overdue(rows: list[Row]) -> str:
    """Overdue matters by unit, the most first."""
    bars = [{"label": row.unit.label, "overdue": row.tally.overdue} for row in rows if row.tally.overdue]
    bars.sort(key=lambda bar: -int(str(bar["overdue"])))
    return _drawn("overdue", bars, [str(bar["label"]) for bar in bars])


def _drawn(kind: str, values: list[dict[str, Any]], order: list[str]) -> str:
    key = f"supervision.chart.{digest([kind, values, order, get_language()])}"
    svg: str | None = caches["process"].get(key)
    if svg is None:
        import vl_convert

        chart = _line(values, order) if kind == "shares" else _bars(values, order)
        svg = str(vl_convert.vegalite_to_svg(styled(chart).to_dict()))
        caches["process"].set(key, svg, KEPT)
    return svg


def _line(values: list[dict[str, Any]], order: list[str]) -> Any:
    import altair

    base = altair.Chart({"values": values}).encode(
        x=altair.X("label:O", title=None, scale=altair.Scale(domain=order), axis=altair.Axis(labelAngle=0)),
        y=altair.Y("share:Q", title=_("on time, %"), scale=altair.Scale(domain=[0, 100])),
    )
    return altair.layer(
        base.mark_line(color=ACCENT, strokeWidth=2),
        base.mark_point(color=ACCENT, filled=True, size=45, opacity=1),
        base.mark_text(dy=-11, color=INK, fontSize=11).encode(text=altair.Text("share:Q", format=".1f")),
    ).properties(width=760, height=170)


def _bars(values: list[dict[str, Any]], order: list[str]) -> Any:
    import altair

    most = max((int(value["overdue"]) for value in values), default=0)
    ticks = list(range(0, most + 1, max(1, -(-most // 8))))
    base = altair.Chart({"values": values}).encode(
        x=altair.X("overdue:Q", title=_("overdue"), axis=altair.Axis(values=ticks, format="d")),
        y=altair.Y("label:O", title=None, sort=order, axis=altair.Axis(labelLimit=220)),
    )
    return altair.layer(
        base.mark_bar(color=RED, height=13),
        base.mark_text(align="left", dx=4, color=INK, fontSize=11).encode(text="overdue:Q"),
    ).properties(width=420, height=altair.Step(23))


def styled(chart: Any) -> Any:
    """A chart in the house's fonts and colours."""
    return (
        chart.configure(background="transparent", font=FONT)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=INK, titleColor=INK, gridColor=LINE, domainColor=LINE, tickColor=LINE, labelFontSize=12
        )
    )
