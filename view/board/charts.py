"""The line of votes over time, as SVG, with the same in a sentence and in a table.

SVG of our own: it comes with the rest of the page, so that it is of the same commit; it can be read, printed and zoomed;
and a page is three megabytes lighter than with a program that draws charts.
"""

from __future__ import annotations

import datetime as dt
import math

import words as w
from model import TIMELINE_OPTIONS_MAX, Option, Point, Snapshot
from parts import Here, bare, colour, colours_of, isolated, scrolling, text

# Of the first option on the ballot, of the second, …: lengths of dash and gap. No two lines are alike without their colours.
DASHES = ("", "8 4", "2 3", "10 3 2 3", "14 4", "4 4", "1 4", "10 3 2 3 2 3")
WIDTH, HEIGHT = 1000, 300  # Of the drawing; on the page it is as wide as there is room.
ROWS_MAX = 12  # Of the table.


def lines_of(snapshot: Snapshot) -> list[tuple[Option, list[Point], str]]:
    """Each option that is drawn, with its points and its dashes: two of one party have one colour, and not everybody sees
    colours. The dashes follow the ballot and not the votes, so that they stay when somebody passes somebody."""
    options = snapshot.options[:TIMELINE_OPTIONS_MAX]
    dashes = {o.option_id: DASHES[i % len(DASHES)] for i, o in enumerate(sorted(options, key=lambda o: o.slot))}
    drawn = [(o, [p for p in snapshot.timeline if p.option_id == o.option_id], dashes[o.option_id]) for o in options]
    return [line for line in drawn if line[1]]


def round_top(most: int) -> tuple[int, int]:
    """Where the scale ends, and its step: 1, 2 or 5 times a power of ten, at most five steps."""
    most = max(1, most)
    power = 10 ** max(0, math.floor(math.log10(most / 4)) if most > 4 else 0)
    step = next(s * power for s in (1, 2, 5, 10) if s * power * 5 >= most)
    return -(-most // step) * step, step


def over_time(snapshot: Snapshot, here: Here) -> str:
    lines = lines_of(snapshot)
    moments = sorted({p.at for _, points, _ in lines for p in points})
    head = f'<section class="t-time" data-key="time"><h2>{text(w.OVER_TIME)}</h2>'
    if len(moments) < 2:
        return f'{head}<p class="t-none">{text(w.OVER_TIME_NOT_YET)}</p></section>'
    first, last = moments[0], moments[-1]
    top, step = round_top(max(p.votes for _, points, _ in lines for p in points))
    colours = colours_of(snapshot)

    def x(at: dt.datetime) -> float:
        return WIDTH * (at - first).total_seconds() / (last - first).total_seconds()

    def y(votes: int) -> float:
        return HEIGHT * (1 - votes / top)

    paths, legend = [], []
    for o, points, dash in reversed(lines):
        steps = [f"M{x(points[0].at):.1f} {y(points[0].votes):.1f}"]
        steps += [f"H{x(p.at):.1f}V{y(p.votes):.1f}" for p in points[1:]]
        paths.append(
            f'<path class="t-c" {colour(colours[o.option_id])} stroke-dasharray="{dash}" d="{"".join(steps)}">'
            f"<title>{text(bare(o.option_name))}: {w.number(points[-1].votes)}</title></path>"
        )
        legend.append(
            f'<li><svg class="t-key" viewBox="0 0 34 8" aria-hidden="true"><path class="t-c" {colour(colours[o.option_id])}'
            f' stroke-dasharray="{dash}" d="M0 4H34"/></svg>{isolated(o.short_name)}</li>'
        )
    grid = "".join(f'<line x1="0" x2="{WIDTH}" y1="{y(v):.1f}" y2="{y(v):.1f}"/>' for v in range(0, top + 1, step))
    levels = "".join(
        f'<span style="bottom:{100 * v / top:.2f}%">{w.short_number(v)}</span>' for v in range(0, top + 1, step)
    )
    form = "minute" if last - first > dt.timedelta(minutes=5) else "time"
    days = last.astimezone(here.zone).date() != first.astimezone(here.zone).date()
    times = "".join(
        f"<span>{text(_moment(first + (last - first) * part / 4, here, form, days))}</span>" for part in range(5)
    )
    more = len(snapshot.options) - len(lines)
    note = f'<p class="t-rules">{text(w.OVER_TIME_TOP.format(w.number(len(lines))))}</p>' if more > 0 else ""
    return (
        f'{head}{note}<ul class="t-legend">{"".join(reversed(legend))}</ul>'
        f'<div class="t-plot"><div class="t-levels" aria-hidden="true">{levels}</div>'
        f'<svg class="t-svg" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img" aria-label="{text(_says(lines, first, last, here))}">'
        f'<g class="t-grid">{grid}</g>{"".join(paths)}</svg><div class="t-times" aria-hidden="true">{times}</div></div>'
        f"{_table(lines, moments, here)}</section>"
    )


def _moment(at: dt.datetime, here: Here, form: str, days: bool) -> str:
    said = w.short_clock(at, here.zone, form)
    return f"{w.short_clock(at, here.zone, 'day')} {said}" if days else said


def _says(lines: list[tuple[Option, list[Point], str]], first: dt.datetime, last: dt.datetime, here: Here) -> str:
    ends = ", ".join(f"{bare(o.option_name)} {w.number(points[-1].votes)}" for o, points, _ in lines)
    return w.OVER_TIME_SAYS.format(first=w.clock(first, here.zone), last=w.clock(last, here.zone), ends=ends)


def _table(lines: list[tuple[Option, list[Point], str]], moments: list[dt.datetime], here: Here) -> str:
    """Some moments, evenly among those that there are, the last one always."""
    every = max(1, -(-len(moments) // ROWS_MAX))
    chosen = moments[::-1][::every]
    head = "".join(f'<th scope="col"><span class="t-head">{isolated(o.short_name)}</span></th>' for o, _, _ in lines)
    rows = []
    for at in chosen:
        values = [next((p.votes for p in reversed(points) if p.at <= at), None) for _, points, _ in lines]
        cells = "".join(f"<td>{w.MISSING if v is None else w.number(v)}</td>" for v in values)
        rows.append(f'<tr><th scope="row">{text(w.clock(at, here.zone))}</th>{cells}</tr>')
    table = f'<table class="t-table"><thead><tr><th scope="col">{w.WHEN}</th>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
    return (
        f'<details class="t-fold" data-key="numbers"><summary>{text(w.OVER_TIME_TABLE)}</summary>'
        f"{scrolling(w.OVER_TIME, table)}</details>"
    )
