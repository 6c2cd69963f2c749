"""The line of votes over time (Altair)."""

from __future__ import annotations

import datetime as dt

import altair as alt
import pandas as pd

import colours
from model import TIMELINE_OPTIONS_MAX, Snapshot

HEIGHT_PX = 280
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
    base = alt.Chart(frame).encode(
        x=alt.X(
            "at:T", title=None, axis=alt.Axis(format=form, labelOverlap=True, grid=False, tickCount=5, labelFlush=True)
        ),
        y=alt.Y("votes:Q", title=None, axis=alt.Axis(labelExpr=SHORT_NUMBER, tickCount=4), scale=alt.Scale(zero=True)),
        color=alt.Color(
            "option:N",
            title=None,
            sort=list(names.values()),
            scale=alt.Scale(domain=list(names.values()), range=[colour[o.option_id] for o in shown]),
            legend=alt.Legend(
                orient="top",
                direction="horizontal",
                labelLimit=220,
                columns=3,
                symbolType="stroke",
                symbolStrokeWidth=4,
                offset=4,
            ),
        ),
        tooltip=[
            alt.Tooltip("option:N", title=" "),
            alt.Tooltip("votes:Q", format=",d", title="votes"),
            alt.Tooltip("at:T", format="%Y-%m-%d %H:%M:%S", title="at"),
        ],
    )
    return base.mark_line(interpolate="step-after", strokeWidth=2.5).properties(
        height=HEIGHT_PX, padding={"left": 0, "right": 8, "top": 0, "bottom": 0}
    )
