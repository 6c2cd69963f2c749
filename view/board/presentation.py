"""What people see beside the numbers: names in further languages, profiles, photos, figures of an earlier election, a map.

A Presentation is the count's presentation.json (schema/presentation.schema.json) as the store has it. It is believed only if
its bytes are those of the hash beside them; else, and of a store that has none, everything is called as the rules call it.
Nothing of it is counted, and nothing of it is trusted to be markup.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

import words as w

_PICTURES = ((b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpeg"), (b"RIFF", "webp"))


_LINES = re.compile(r"[MLHVZmlhvz0-9., -]*")


@dataclasses.dataclass(frozen=True)
class Then:
    """What a unit said of a contest in an earlier election."""

    of: int  # What shares were of.
    votes: Mapping[str, int]  # By the id of today's option that is held against it.


@dataclasses.dataclass(frozen=True)
class Earlier:
    title: str
    units: Mapping[str, Then]  # Those that are the same units today.


@dataclasses.dataclass(frozen=True)
class Map:
    """Where units lie in a drawing. Each reporting unit is in it once, by itself or within a unit above it, or is named as not in
    it: the program that makes counts takes no other map."""

    source: str
    width: int
    height: int
    outline: str  # The path of an SVG.
    at: Mapping[str, tuple[int, int]]  # By unit.
    units_without: Mapping[str, str]  # Why, by unit.
    shapes_without: Mapping[str, str]  # Why no unit has it, by shape.


@dataclasses.dataclass(frozen=True)
class Presentation:
    hash: str = ""
    title: str = ""
    subtitle: str = ""
    texts: Mapping[str, Mapping[str, str]] = dataclasses.field(default_factory=dict)  # By language, by id.
    profiles: Mapping[str, Mapping[str, str]] = dataclasses.field(default_factory=dict)  # …, by contest/option.
    photo_of: Mapping[str, str] = dataclasses.field(default_factory=dict)  # A data: address, by contest/option.
    earlier: Mapping[str, Earlier] = dataclasses.field(default_factory=dict)  # By contest.
    map: Map | None = None

    def in_language(self, language: str) -> dict[str, str]:
        """What is called how in it, by id."""
        return _best(self.texts, language)

    def profile(self, key: str, language: str) -> tuple[str, str] | None:
        """Its language and text; in another language if there is none in this one."""
        best = max(self.profiles, key=lambda tag: (key in self.profiles[tag], w.serves(tag, language)), default="")
        said = self.profiles.get(best, {}).get(key)
        return (best, said) if said else None

    def names(self, id_: str) -> tuple[tuple[str, str], ...]:
        """All that something is called, each with its language."""
        return tuple((language, of[id_]) for language, of in self.texts.items() if of.get(id_))


NONE = Presentation()


def _best(of: Mapping[str, Mapping[str, str]], language: str) -> dict[str, str]:
    """What the nearest language does not say may stand in one that is nearly it."""
    serving = sorted((w.serves(tag, language), tag) for tag in of)
    return {id_: said for serves, tag in serving if serves for id_, said in of[tag].items() if said}


def read(hash_: str, bytes_: bytes) -> Presentation:
    if hashlib.sha256(bytes_).hexdigest() != hash_:
        return NONE
    try:
        said = json.loads(bytes_)
        looks = said.get("options", {})
        photos = {name: _picture(text) for name, text in said.get("photos", {}).items()}
        return Presentation(
            hash_,
            said.get("title", ""),
            said.get("subtitle", ""),
            said.get("texts", {}),
            said.get("profiles", {}),
            {key: photos[look["photo"]] for key, look in looks.items() if photos.get(look.get("photo", ""))},
            {contest: _earlier(of) for contest, of in said.get("earlier", {}).items()},
            _map(said.get("map")),
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return NONE  # The program that makes counts takes none that is otherwise.


def _picture(text: str) -> str:
    try:
        bytes_ = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return ""
    kind = next((kind for begins, kind in _PICTURES if bytes_.startswith(begins)), "")
    return f"data:image/{kind};base64,{text}" if kind else ""


def _earlier(of: Mapping[str, Any]) -> Earlier:
    return Earlier(of["title"], {unit: Then(u["of"], u["options"]) for unit, u in of["units"].items()})


def _map(of: Mapping[str, Any] | None) -> Map | None:
    """None of what cannot be drawn: names, photos and profiles are shown without a map too."""
    try:
        return None if of is None else _drawn(of)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _drawn(of: Mapping[str, Any]) -> Map:
    shapes = {shape: (int(x), int(y)) for shape, (x, y) in of["shapes"].items()}
    outline = of.get("outline", "")
    if not _LINES.fullmatch(outline):
        raise ValueError("an outline of other things than lines")
    if min(int(of["width"]), int(of["height"])) < 1:
        raise ValueError("a map without a size")
    return Map(
        of["source"],
        int(of["width"]),
        int(of["height"]),
        outline,
        {unit: shapes[shape] for unit, shape in of["units"].items()},
        of.get("units_without", {}),
        of.get("shapes_without", {}),
    )
