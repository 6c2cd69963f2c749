"""The line of votes over time (Altair)."""

from __future__ import annotations

import datetime as dt

import altair as alt
import pandas as pd

import colours
from model import TIMELINE_OPTIONS_MAX, Snapshot

HEIGHT_PX = 280
LEGEND_PX, SYMBOL_PX, LEGEND_LINE_PX = 115, 30, 20  # The least width of a name with its symbol, and of that the symbol.
DASHES = ([1, 0], [7, 3], [2, 2], [9, 3, 2, 3])  # Of the first option in a colour, of the second, …
SHORT_NUMBER = "datum.value == 0 ? '0' : format(datum.value, '~s')"


def over_time(snapshot: Snapshot, zone: dt.tzinfo, dark: bool) -> alt.Chart | None:
    """None until there are two moments to draw a line between."""
    shown = snapshot.options[:TIMELINE_OPTIONS_MAX]
    if len({p.at for p in snapshot.timeline}) < 2:
        return None
    colour = colours.by_option(snapshot.options, dark)
    names: dict[str, str] = {}
    for o in shown:  # The legend names lines; two options may share a short name.
        names[o.option_id] = o.short_name if o.short_name not in names.values() else f"{o.short_name} ({o.option_id})"
    # Two options of a party have one colour.
    drawn = [colour[o.option_id] for o in shown]
    dashes = [DASHES[drawn[:i].count(c) % len(DASHES)] for i, c in enumerate(drawn)]
    # Without a zone, the browser shows these as they are: times of day where the election is.
    frame = pd.DataFrame(
        {
            "at": [p.at.astimezone(zone).replace(tzinfo=None) for p in snapshot.timeline],
            "option": [names[p.option_id] for p in snapshot.timeline],
            "votes": [p.votes for p in snapshot.timeline],
        }
    )
    # One day or less: times of day; else the date stands below them.
    days = (frame["at"].max() - frame["at"].min()) > pd.Timedelta(hours=20)
    form = (
        "%d %b %H:%M"
        if days
        else "%H:%M"
        if frame["at"].max() - frame["at"].min() > pd.Timedelta(minutes=5)
        else "%H:%M:%S"
    )
    # As many names beside each other as there is room for: what does not fit is not drawn at all.
    beside = f"clamp(floor(width / {LEGEND_PX}), 1, {len(shown)})"
    base = alt.Chart(frame).encode(
        x=alt.X(
            "at:T", title=None, axis=alt.Axis(format=form, labelOverlap=True, grid=False, tickCount=5, labelFlush=True)
        ),
        y=alt.Y("votes:Q", title=None, axis=alt.Axis(labelExpr=SHORT_NUMBER, tickCount=4), scale=alt.Scale(zero=True)),
        color=alt.Color(
            "option:N",
            title=None,
            sort=list(names.values()),
            scale=alt.Scale(domain=list(names.values()), range=drawn),
            legend=alt.Legend(
                orient="top",
                direction="horizontal",
                columns=alt.ExprRef(beside),
                labelLimit=alt.ExprRef(f"width / {beside} - {SYMBOL_PX}"),
                symbolType="stroke",
                symbolStrokeWidth=4,
                offset=4,
            ),
        ),
        strokeDash=alt.StrokeDash(
            "option:N",
            sort=list(names.values()),
            scale=alt.Scale(domain=list(names.values()), range=dashes),
            legend=None,
        ),
        tooltip=[
            alt.Tooltip("option:N", title=" "),
            alt.Tooltip("votes:Q", format=",d", title="votes"),
            alt.Tooltip("at:T", format="%Y-%m-%d %H:%M:%S", title="at"),
        ],
    )
    return base.mark_line(interpolate="step-after", strokeWidth=2.5).properties(
        height=HEIGHT_PX + LEGEND_LINE_PX * max(0, (len(shown) - 3) // 2),
        padding={"left": 0, "right": 8, "top": 0, "bottom": 0},
    )
