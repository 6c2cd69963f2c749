"""What the board says, in the language of the page, and how numbers and times are written in it.

The words stand in messages/LANGUAGE.toml. speaking() chooses the language for what runs inside it; without it, English.
`words.LEADING` is `leading` of the file's [say]; a word that a file does not have is said in English.
"""

from __future__ import annotations

import contextlib
import contextvars
import datetime as dt
import functools
import pathlib
import tomllib
from collections.abc import Iterator
from typing import Any

_FOLDER = pathlib.Path(__file__).with_name("messages")
ENGLISH = "en"
_language = contextvars.ContextVar("language", default=ENGLISH)


@functools.cache
def _file(language: str) -> dict[str, Any]:
    return tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))


@functools.cache
def languages() -> dict[str, str]:
    """The languages that there are, with what each calls itself; English first."""
    found = sorted(path.stem for path in _FOLDER.glob("*.toml"))
    return {language: _file(language)["name"] for language in sorted(found, key=lambda x: (x != ENGLISH, x))}


def best_of(*wanted: str | None) -> str:
    """The first of the wanted languages that is there, exactly or nearly: zh-TW is read by whom zh-Hant is."""
    nearly = {"zh-tw": "zh-hant", "zh-hk": "zh-hant", "zh-mo": "zh-hant", "zh": "zh-hant"}
    by_lower = {language.lower(): language for language in languages()}
    for one in wanted:
        tag = (one or "").replace("_", "-").lower()
        for candidate in (tag, nearly.get(tag, ""), tag.split("-")[0]):
            if candidate in by_lower:
                return by_lower[candidate]
    return ENGLISH


@contextlib.contextmanager
def speaking(language: str) -> Iterator[None]:
    token = _language.set(language)
    try:
        yield
    finally:
        _language.reset(token)


def language() -> str:
    return _language.get()


@functools.cache
def _merged(language: str, name: str) -> dict[str, Any]:
    return _file(ENGLISH)[name] | _file(language).get(name, {})


def _part(name: str) -> dict[str, Any]:
    return _merged(_language.get(), name)


def __getattr__(name: str) -> Any:
    said = _part("say")
    if not name.isupper() or name.lower() not in said:
        raise AttributeError(name)
    return said[name.lower()]


def word(name: str, count: int = 1) -> str:
    """What the store names by a word; itself where nobody has said it otherwise."""
    return plural(_part("words").get(name, name), count)


def means(name: str) -> str:
    return _part("means").get(name, "")


def away(why: str) -> str:
    return _part("away").get(why, _part("away")["away"])


def trusted(name: str) -> str:
    return _part("trusted")[name]


# ---------------------------------------------------------------------------------------------------- numbers


def plural(said: str | list[str], count: int) -> str:
    """Of a pair, one or many; a language without plural has one word."""
    return said if isinstance(said, str) else said[0 if count == 1 else -1]


def counted(said: str | list[str], count: int) -> str:
    return plural(said, count).format(number(count), count=number(count))


def number(value: int) -> str:
    return f"{value:,}".replace(",", _part("form")["group"])


def short_number(value: int) -> str:
    """As on a scale: 1.5M."""
    for size, letter in ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k")):
        if value >= size:
            return f"{value / size:g}".replace(".", _part("form")["decimal"]) + letter
    return str(value)


def percent(share: float | None) -> str:
    """With two decimals, and with more where two would say that it is none, one half or all when it is not."""
    if share is None:
        return __getattr__("MISSING")
    said = f"{100 * share:.2f}"
    for exact in (0.0, 0.5, 1.0):
        bare = f"{100 * exact:.2f}"
        if share == exact or said != bare:
            continue
        more = (f"{100 * share:.{digits}f}" for digits in range(3, 8))
        said = next((m for m in more if float(m) != 100 * exact), ("<" if share < exact else ">") + bare)
    form = _part("form")
    return form["percent"].format(said.replace(".", form["decimal"]))


# ------------------------------------------------------------------------------------------------------ times


def age(seconds: float) -> str:
    whole = max(0, int(seconds))
    if whole < 120:
        return __getattr__("SECONDS").format(whole)
    if whole < 7200:
        return __getattr__("MINUTES").format(m=whole // 60, s=whole % 60)
    if whole < 172_800:
        return __getattr__("HOURS").format(h=whole // 3600, m=whole % 3600 // 60)
    return __getattr__("DAYS").format(whole // 86_400)


def ages() -> dict[str, str]:
    """The forms of age(), for the page, whose ages grow by themselves."""
    return {name.lower(): __getattr__(name) for name in ("SECONDS", "MINUTES", "HOURS", "DAYS")}


def clock(at: dt.datetime, zone: dt.tzinfo, now: dt.datetime | None = None) -> str:
    """The time of day where the election is; with its date unless that is today."""
    there, form = at.astimezone(zone), _part("form")
    today = now is not None and there.date() == now.astimezone(zone).date()
    return f"{'' if today else there.strftime(form['day']) + ' '}{there.strftime(form['time'])} {zone}"


def short_clock(at: dt.datetime, zone: dt.tzinfo, form: str) -> str:
    """`form`: day, minute or time."""
    return at.astimezone(zone).strftime(_part("form")[form])


# -------------------------------------------------------------------------------------------------- sentences


def missing(withheld_in: int, unknown_in: int, of: int, cell: str | None) -> str:
    """What a sum lacks: "withheld in 1 and unknown in 2 of 9 reports"; nothing of a complete one. `cell`: "report" or
    "unit"; None where there is no room for it."""
    in_, of_ = __getattr__("MISSING_IN"), __getattr__("MISSING_OF")
    parts = [
        in_.format(state=word(name), n=number(n))
        for name, n in (("withheld", withheld_in), ("unknown", unknown_in))
        if n
    ]
    if not parts:
        return ""
    cells = "" if cell is None else f" {word(cell, of)}"
    return f"{__getattr__('AND').join(parts)}{of_.format(number(of))}{cells}"
