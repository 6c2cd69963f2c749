"""The map: a circle for each place, by the votes there and in the colour of who has most of them; with the same in a
sentence, in a table of options that is its legend, and place by place.

Only where the presentation says where places lie (presentation.Map), and never more than it says: what is not on the map, and
which of its shapes belong to no unit, stands below it. What has no number is no circle but a sign of its own.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Sequence

import words as w
from colours import Pair
from model import Contest, Figure, Line, Option, Snapshot
from parts import Here, bare, colour, colours_of, isolated, scrolling, text
from presentation import Map

NAMED_MAX = 400  # Circles that say what they are when one points at them; the smaller ones are drawn as one.
ROWS_MAX = 60  # Of the table of places.
SAID_MAX = 4  # Options that the sentence names.
FILLED = 0.07  # How much of the map all circles together cover.
LARGEST = 0.035  # The radius of the largest, as a part of the map's width; at least …
SMALLEST = 0.0008  # … and the radius of the smallest: a place with a vote is never too small to be seen.
MARKED_FROM = 0.006  # From this radius on a circle carries a mark beside its colour.
FINE = 1_000  # A drawing is at least so wide and high: its numbers have one decimal place, and no circle shall be of size 0.
COLOURS_MAX = 8  # That css/geography.css has.
# What is no circle, in the order in which it is said: strokes around 0, for a place that is 10 wide.
SIGNS = {
    "not reported": "m-5 0h10",
    "withheld": "m-4-4h8v8h-8z",
    "unknown": "m-5-5l10 10m0-10l-10 10",
    "no votes": "m0-5v10",
}


@dataclasses.dataclass(frozen=True)
class Spot:
    line: Line
    state: str  # most, tied, or a key of SIGNS.
    votes: int = 0
    option: Option | None = None  # Who has most of them there …
    ahead: int = 0  # … and so many more than the next.

    @property
    def partial(self) -> bool:
        return self.state in ("most", "tied") and self.line.reporting < self.line.units


def spot_of(line: Line, options: Sequence[Option]) -> Spot:
    """Nobody has most votes where a figure is missing, as everywhere on the board (lead.py)."""
    figures = [line.votes.get(o.slot, Figure()) for o in options]
    if not line.reporting or all(f.how == "not reported" for f in figures):
        return Spot(line, "not reported")
    if not all(f.complete for f in figures):
        return Spot(line, "withheld" if any(f.withheld_in for f in figures) else "unknown")
    votes = sum(f.value or 0 for f in figures)
    able = [(f.value or 0, o) for f, o in zip(figures, options, strict=True) if o.kind != "none_of_the_above"]
    able.sort(key=lambda one: -one[0])
    if not able or not able[0][0]:
        return Spot(line, "no votes", votes)
    after = able[1][0] if len(able) > 1 else 0
    if len(able) > 1 and after == able[0][0]:
        return Spot(line, "tied", votes)
    return Spot(line, "most", votes, able[0][1], able[0][0] - after)


def section(snapshot: Snapshot, here: Here) -> str:
    """Nothing where there is no map, or one place of it at most."""
    drawn, contest = snapshot.presentation.map, snapshot.contest
    if drawn is None or contest is None or len(snapshot.on_map) < 2:
        return ""
    spots = sorted((spot_of(line, snapshot.options) for line in snapshot.on_map), key=lambda s: -s.votes)
    leaders = sorted({s.option.slot: s.option for s in spots if s.option}.values(), key=lambda o: o.slot)
    colour_of = colours_of(snapshot)
    pairs = [colour_of[o.option_id] for o in leaders]
    place_of = {o.slot: i for i, o in enumerate(leaders)}
    vary = "".join(f"--light{i}:{p[0]};--dark{i}:{p[1]};" for i, p in enumerate(pairs[:COLOURS_MAX]))
    return (
        f'<section class="t-map" data-key="map" style="{vary}"><h2>{text(w.MAP)}</h2>'
        f'<p class="t-rules">{_says(spots, contest)} {_how_large(spots, drawn)}</p>'
        f'<div class="t-columns"><div>{_drawing(spots, drawn, place_of, pairs, snapshot)}</div>'
        f"<div>{_legend(spots, leaders, place_of, pairs, contest)}</div></div>"
        f"{_table(spots, snapshot, here)}{_left_out(snapshot, drawn)}</section>"
    )


# ------------------------------------------------------------------------------------------------- in words


def _says(spots: list[Spot], contest: Contest) -> str:
    leads: dict[int, list[Spot]] = {}
    for s in spots:
        if s.option is not None:
            leads.setdefault(s.option.slot, []).append(s)
    ordered = sorted(leads.values(), key=lambda of: -len(of))
    parts = [
        w.MAP_MOST_IN.format(name=isolated(_option(of).option_name), n=w.number(len(of))) for of in ordered[:SAID_MAX]
    ]
    if rest := sum(len(of) for of in ordered[SAID_MAX:]):
        parts.append(w.MAP_MOST_IN.format(name=text(w.MAP_ANOTHER), n=w.number(rest)))
    others = [(w.TIED, "tied"), *((_called(state), state) for state in SIGNS)]
    parts += [f"{text(said)} {w.number(n)}" for said, state in others if (n := _many(spots, state))]
    kind = w.MAP_FIRST_PREFERENCES if contest.ranked else w.MAP_VOTES
    return text(w.counted(kind, len(spots))) + " " + "; ".join(parts) + "."


def _called(state: str) -> str:
    return {"not reported": w.NOT_REPORTED, "no votes": w.MAP_NO_VOTES}.get(state) or w.word(state)


def _option(spots: list[Spot]) -> Option:
    option = spots[0].option
    assert option is not None
    return option


def _many(spots: list[Spot], state: str) -> int:
    return sum(s.state == state for s in spots)


def _how_large(spots: list[Spot], drawn: Map) -> str:
    largest = spots[0]
    if not largest.votes:
        return ""
    said = w.MAP_LARGEST.format(name=isolated(largest.line.name), votes=w.counted(w.NUMBER_OF_VOTES, largest.votes))
    small = _votes_of_smallest(spots, drawn)
    if any(0 < s.votes < small for s in spots):
        said += " " + w.MAP_SMALLEST.format(w.counted(w.NUMBER_OF_VOTES, small))
    if any(s.partial for s in spots):
        said += " " + w.MAP_PARTIAL
    return said


# ------------------------------------------------------------------------------------------------ in circles


def _largest(spots: Sequence[Spot], width: float, height: float) -> float:
    """Its radius: all together cover a part of the map."""
    votes = sum(s.votes for s in spots)
    if not votes:
        return 0.0
    return min(LARGEST * width, math.sqrt(FILLED * width * height * spots[0].votes / (math.pi * votes)))


def _radius(s: Spot, most: int, largest: float, width: float) -> float:
    return max(SMALLEST * width, largest * math.sqrt(s.votes / most)) if most else SMALLEST * width


def _votes_of_smallest(spots: list[Spot], drawn: Map) -> int:
    """Fewer votes than these are drawn as if they were these."""
    _, _, width, height = _window(spots, drawn)
    largest = _largest(spots, width, height)
    return math.ceil(spots[0].votes * (SMALLEST * width / largest) ** 2) if largest else 0


def _window(spots: list[Spot], drawn: Map) -> tuple[float, float, float, float]:
    """Of a part of the places that around them: left, top, width and height."""
    if len(spots) >= len(drawn.at):
        return 0, 0, drawn.width, drawn.height
    xs, ys = zip(*(drawn.at[s.line.id] for s in spots), strict=True)
    shape = drawn.width / drawn.height
    width = max(max(xs) - min(xs), (max(ys) - min(ys)) * shape, drawn.width / 50) * 1.25
    height = width / shape
    return (min(xs) + max(xs) - width) / 2, (min(ys) + max(ys) - height) / 2, width, height


def _fine(spots: list[Spot], drawn: Map) -> tuple[Map, int]:
    """The map in numbers that are large enough, and by what all of them but those of the outline are multiplied."""
    by = max(1, math.ceil(FINE / min(_window(spots, drawn)[2:])))
    at = {unit: (x * by, y * by) for unit, (x, y) in drawn.at.items()} if by > 1 else drawn.at
    return dataclasses.replace(drawn, width=drawn.width * by, height=drawn.height * by, at=at), by


def _drawing(spots: list[Spot], drawn: Map, place_of: dict[int, int], pairs: list[Pair], snapshot: Snapshot) -> str:
    drawn, by = _fine(spots, drawn)
    left, top, width, height = _window(spots, drawn)
    largest = _largest(spots, width, height)
    most = spots[0].votes
    circles = [s for s in spots if s.state in ("most", "tied")]
    radius = {s.line.id: _radius(s, most, largest, width) for s in circles}
    named = "".join(
        _circle(s, drawn.at[s.line.id], radius[s.line.id], place_of, pairs, width) for s in circles[:NAMED_MAX]
    )
    rest = _dots(circles[NAMED_MAX:], drawn, radius, place_of, pairs, width)
    signs = "".join(_signs([s for s in spots if s.state == state], state, drawn, width) for state in SIGNS)
    larger = f' transform="scale({by})"' if by > 1 else ""
    box = f"{left:.0f} {top:.0f} {width:.0f} {height:.0f}"
    contest = snapshot.contest
    assert contest is not None
    label = w.MAP_LABEL.format(bare(contest.contest_name))
    return (
        f'<svg class="t-places-drawn" viewBox="{box}" role="img" aria-label="{text(label)}">'
        f'<path class="t-borders"{larger} d="{drawn.outline}"/>{signs}{named}{rest}</svg>'
        f'<p class="t-source">{text(w.MAP_SOURCE.format(bare(drawn.source)))}</p>'
    )


def _class(s: Spot, place_of: dict[int, int], pairs: list[Pair]) -> tuple[str, str]:
    """The class of a circle, and its colour as an attribute where the class does not have it."""
    part = " t-some" if s.partial else ""
    if s.option is None:
        return f"t-tied{part}", ""
    place = place_of[s.option.slot]
    return (f"t-m{place}{part}", "") if place < COLOURS_MAX else (f"t-c{part}", " " + colour(pairs[place]))


def _circle(s: Spot, at: tuple[int, int], r: float, place_of: dict[int, int], pairs: list[Pair], width: float) -> str:
    kind, more = _class(s, place_of, pairs)
    who = w.TIED if s.option is None else bare(s.option.option_name)
    where = f", {bare(s.line.within)}" if s.line.within else ""
    said = f"{bare(s.line.name)}{where}: {who}, {w.counted(w.NUMBER_OF_VOTES, s.votes)}"
    mark = _mark(at, r, place_of[s.option.slot]) if s.option is not None and r >= MARKED_FROM * width else ""
    return (
        f'<circle class="{kind}"{more} cx="{at[0]}" cy="{at[1]}" r="{r:.1f}"><title>{text(said)}</title></circle>{mark}'
    )


def _mark(at: tuple[int, int], r: float, place: int) -> str:
    """Inside a circle, so that its colour does not stand alone: nothing, a round one, a square, a bar, an upright bar."""
    x, y = at
    a = 0.3 * r
    marks = (
        "",
        f"M{x - a:.1f} {y}a{a:.1f} {a:.1f} 0 1 0 {2 * a:.1f} 0a{a:.1f} {a:.1f} 0 1 0-{2 * a:.1f} 0z",
        f"M{x - a:.1f} {y - a:.1f}h{2 * a:.1f}v{2 * a:.1f}h-{2 * a:.1f}z",
        f"M{x - 2 * a:.1f} {y - a / 2:.1f}h{4 * a:.1f}v{a:.1f}h-{4 * a:.1f}z",
        f"M{x - a / 2:.1f} {y - 2 * a:.1f}v{4 * a:.1f}h{a:.1f}v-{4 * a:.1f}z",
    )
    path = marks[place] if place < len(marks) else ""
    return f'<path class="t-mark-in" d="{path}"/>' if path else ""


def _dots(
    spots: Iterable[Spot],
    drawn: Map,
    radius: dict[str, float],
    place_of: dict[int, int],
    pairs: list[Pair],
    width: float,
) -> str:
    """Many small circles: as the round ends of lines without a length, of one size and colour each. Thousands of elements
    would make a page three times as large."""
    groups: dict[tuple[float, tuple[str, str]], list[str]] = {}
    step = width / 4000
    for s in spots:
        x, y = drawn.at[s.line.id]
        size = max(1, round(radius[s.line.id] / step)) * step
        groups.setdefault((size, _class(s, place_of, pairs)), []).append(f"M{x} {y}h0")
    ordered = sorted(groups.items(), key=lambda one: -one[0][0])
    return "".join(
        f'<path class="t-dots {kind}"{more} stroke-width="{2 * size:.1f}" d="{"".join(paths)}"/>'
        for (size, (kind, more)), paths in ordered
    )


def _signs(spots: list[Spot], state: str, drawn: Map, width: float) -> str:
    """Of what has no number: strokes of one size, the smaller the more there are."""
    if not spots:
        return ""
    scale = min(width / 90, math.sqrt(0.02 * drawn.width * drawn.height / len(drawn.at))) / 10
    scaled = _scaled(SIGNS[state], max(scale, width / 4000))
    paths = "".join(f"M{drawn.at[s.line.id][0]} {drawn.at[s.line.id][1]}{scaled}" for s in spots)
    return f'<path class="t-sign t-{state.replace(" ", "-")}" d="{paths}"/>'


def _scaled(path: str, by: float) -> str:
    """Its numbers, times `by`."""
    out, number = "", ""
    for letter in path + " ":
        if number and not letter.isdigit():
            out += f"{float(number) * by:.1f}".removesuffix(".0")
            number = ""
        if letter.isdigit() or letter == "-":
            number += letter
        elif letter != " " or (out and out[-1].isdigit()):
            out += letter
    return out.strip()


# ------------------------------------------------------------------------------------------------ as a table


def _legend(
    spots: list[Spot], leaders: list[Option], place_of: dict[int, int], pairs: list[Pair], contest: Contest
) -> str:
    """Options by the places where they have most votes: the legend of the map, as a table with bars."""
    of = {o.slot: [s for s in spots if s.option is not None and s.option.slot == o.slot] for o in leaders}
    most = max((len(found) for found in of.values()), default=0)
    rows = []
    for o in sorted(leaders, key=lambda o: -len(of[o.slot])):
        pair, many, place = pairs[place_of[o.slot]], len(of[o.slot]), place_of[o.slot]
        key = f'<svg class="t-spot" viewBox="-10 -10 20 20" aria-hidden="true"><circle class="t-c" {colour(pair)} r="9"/>{_mark((0, 0), 9, place)}</svg>'
        track = f'<div class="t-track" aria-hidden="true"><div class="t-c" {colour(pair, f";width:{100 * many / most:.2f}%")}></div></div>'
        votes = sum(s.votes for s in of[o.slot])
        rows.append(
            f'<tr data-key="{text(o.option_id)}"><th scope="row">{key}{isolated(o.option_name)}{track}</th>'
            f"<td>{w.number(many)}</td><td>{w.number(votes)}</td></tr>"
        )
    tied = '<svg class="t-spot" viewBox="-10 -10 20 20" aria-hidden="true"><circle class="t-tied" r="9"/></svg>'
    rest = [(tied, w.TIED, "tied")]
    for state, path in SIGNS.items():
        sign = f'<svg class="t-spot" viewBox="-10 -10 20 20" aria-hidden="true"><path class="t-sign t-{state.replace(" ", "-")}" d="M0 0{path}"/></svg>'
        rest.append((sign, _called(state), state))
    for sign, said, state in rest:
        if many := _many(spots, state):
            votes = w.number(sum(s.votes for s in spots if s.state == state)) if state == "tied" else w.MISSING
            rows.append(f'<tr><th scope="row">{sign}{text(said)}</th><td>{w.number(many)}</td><td>{votes}</td></tr>')
    head = (
        f'<th scope="col">{text(w.MAP_MOST_PREFERENCES if contest.ranked else w.MAP_MOST)}</th>'
        f'<th scope="col">{text(w.MAP_PLACES)}</th><th scope="col">{text(w.MAP_VOTES_THERE)}</th>'
    )
    return scrolling(
        w.MAP, f'<table class="t-table"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
    )


def _table(spots: list[Spot], snapshot: Snapshot, here: Here) -> str:
    """The largest places, then those without a number; all of them stand in the table of units too."""
    contest = snapshot.contest
    assert contest is not None
    rows = []
    for s in spots[:ROWS_MAX]:
        href = here.href(contest=contest.contest_id, place=s.line.id, option=None, order="official", search="", show="")
        counted = s.state in ("most", "tied", "no votes")
        who = isolated(s.option.short_name) if s.option else text(w.TIED if s.state == "tied" else _called(s.state))
        within = f"<span>{isolated(s.line.within)}</span>" if s.line.within else ""
        some = f" <span>{w.number(s.line.reporting)} / {w.number(s.line.units)}</span>" if s.partial else ""
        rows.append(
            f'<tr data-key="{text(s.line.id)}"><th scope="row"><a href="{href}">{isolated(s.line.name)}</a>{within}{some}</th>'
            f'<td class="t-who-most">{who}</td><td>{w.number(s.votes) if counted else w.MISSING}</td>'
            f"<td>{w.number(s.ahead) if s.option else w.MISSING}</td></tr>"
        )
    more = len(spots) - len(rows)
    note = f'<p class="t-rules">{text(w.counted(w.MAP_MORE, more))}</p>' if more else ""
    head = "".join(
        f'<th scope="col">{text(said)}</th>'
        for said in (w.UNIT, w.MAP_MOST_PREFERENCES if contest.ranked else w.MAP_MOST, w.VOTES, w.MAP_AHEAD)
    )
    table = f'<table class="t-table"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
    return (
        f'<details class="t-fold" data-key="map-places"><summary>{text(w.MAP_TABLE)}</summary>'
        f"<div>{scrolling(w.MAP_TABLE, table)}{note}</div></details>"
    )


def _left_out(snapshot: Snapshot, drawn: Map) -> str:
    """Units of this page that have no place on the map, and shapes that are of no unit, each with why. Nobody says in which area a
    shape of no unit lies: it stands on the page of the contest."""
    units: dict[str, list[str]] = {}
    for unit in snapshot.off_map:
        units.setdefault(drawn.units_without[unit], []).append(unit)
    said = [f"<li>{text(w.counted(w.MAP_UNITS_WITHOUT, len(of)))} {isolated(why)}</li>" for why, of in units.items()]
    shapes: dict[str, int] = {}
    of_all = snapshot.place is None or snapshot.place.is_whole
    for why in drawn.shapes_without.values() if of_all else ():
        shapes[why] = shapes.get(why, 0) + 1
    said += [f"<li>{text(w.counted(w.MAP_SHAPES_WITHOUT, many))} {isolated(why)}</li>" for why, many in shapes.items()]
    if not said:
        return ""
    return (
        f'<details class="t-fold" data-key="map-without"><summary>{text(w.MAP_LEFT_OUT)}</summary>'
        f'<ul class="t-left-out">{"".join(said)}</ul></details>'
    )
