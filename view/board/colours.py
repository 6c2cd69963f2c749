"""The colours of options and parties: their own where they have one, and always to be seen against the page.

A party without a colour has one of the palette by its place among the parties of the count: the same in every contest,
and for each of its options. Every colour comes twice: as it is drawn on a light page and on a dark one.
"""

from __future__ import annotations

import colorsys
import functools
import re
from collections.abc import Mapping

from model import Option, PartyLine

# The first ones are told apart also by people who see red and green alike; the others go round the circle in steps that
# never come back to one that was there, and change lightness as they go.
_FIRST = ("#3b6fb6", "#c8553d", "#2a9d8f", "#e0a030", "#7a5195", "#5b8c5a", "#bc5090", "#4f8fba", "#8a6d3b", "#606c76")
_STEP = 0.618034
_LIGHTNESS = (0.42, 0.58, 0.34, 0.66)
APART_MIN, TRIES = 90, 12
_HEX = re.compile(r"#[0-9a-fA-F]{6}")
BACKGROUND = {False: "#ffffff", True: "#14171c"}
CONTRAST_MIN = {False: 1.8, True: 2.3}  # Of a bar against the page; less cannot be seen by everybody.
Pair = tuple[str, str]


def palette(place: int) -> str:
    if place < len(_FIRST):
        return _FIRST[place]
    n = place - len(_FIRST)
    red, green, blue = colorsys.hls_to_rgb((0.07 + n * _STEP) % 1, _LIGHTNESS[n % len(_LIGHTNESS)], 0.55)
    return "#" + "".join(f"{round(255 * part):02x}" for part in (red, green, blue))


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@functools.lru_cache(4096)
def legible(colour: str, dark: bool) -> str:
    """`colour`, moved towards the text's side until it stands out from the page."""
    goal = 255 if dark else 0
    for step in range(0, 11):
        mixed = "#" + "".join(
            f"{round(int(colour[i : i + 2], 16) * (1 - step / 10) + goal * step / 10):02x}" for i in (1, 3, 5)
        )
        if contrast(mixed, BACKGROUND[dark]) >= CONTRAST_MIN[dark]:
            return mixed
    return mixed


def shown(own: str | None, place: int) -> Pair:
    """What is drawn: `own` if it is a colour, else the palette's at `place`; to be seen either way."""
    colour = own if own and _HEX.fullmatch(own) else palette(place)
    return legible(colour, False), legible(colour, True)


def by_option(options: list[Option], party_places: Mapping[str, int]) -> dict[str, Pair]:
    """By id: its own colour or its party's; else its party's place; without a party one that is like no other here."""
    drawn = {
        o.option_id: shown(o.colour, party_places.get(o.party_ids or "", 0)) for o in options if o.colour or o.party_ids
    }
    place = len(party_places)
    for o in sorted(options, key=lambda o: o.slot):
        if o.option_id in drawn:
            continue
        for _ in range(TRIES):
            pair = shown(None, place)
            place += 1
            if all(_apart(pair[0], other[0]) >= APART_MIN for other in drawn.values()):
                break
        drawn[o.option_id] = pair
    return {o.option_id: drawn[o.option_id] for o in options}


def _apart(one: str, other: str) -> int:
    """How far two colours are from each other: the sum over red, green and blue."""
    return sum(abs(int(one[i : i + 2], 16) - int(other[i : i + 2], 16)) for i in (1, 3, 5))


def of_party(line: PartyLine, options: list[Option], party_places: Mapping[str, int]) -> Pair:
    """That of its options, which may have brought it."""
    ids = ", ".join(line.ids)  # As an option has them.
    theirs = next((o for o in options if (o.party_ids or "") == ids), None)
    own = line.colour or (theirs.colour if theirs else None)
    return shown(own, party_places.get(ids, len(party_places)))
