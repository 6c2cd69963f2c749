"""The colours of options and parties: their own where they have one, and always to be seen against the page."""

from __future__ import annotations

import re

from model import Option

# For options and parties without a colour: told apart also by people who see red and green alike.
PALETTE = ("#3b6fb6", "#c8553d", "#2a9d8f", "#e0a030", "#7a5195", "#5b8c5a", "#bc5090", "#4f8fba", "#8a6d3b", "#606c76")
_HEX = re.compile(r"#[0-9a-fA-F]{6}")
BACKGROUND = {False: "#ffffff", True: "#14171c"}
CONTRAST_MIN = {False: 1.8, True: 2.3}  # Of a bar against the page; less cannot be seen by everybody.


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


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


def shown(own: str | None, place: int, dark: bool) -> str:
    """The colour that is drawn: `own` if it is one, else the palette's at `place`; to be seen either way."""
    return legible(own if own and _HEX.fullmatch(own) else PALETTE[place % len(PALETTE)], dark)


def by_option(options: list[Option], dark: bool) -> dict[str, str]:
    """A colour for each option, by id: its own (or its party's), else one of the palette by its place on the ballot."""
    return {o.option_id: shown(o.colour, o.slot, dark) for o in options}
