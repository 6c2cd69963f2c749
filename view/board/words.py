"""What the board says, in the language of the page, and how numbers and times are written in it.

The words stand in messages/LANGUAGE.toml. speaking() chooses the language for what runs inside it; without it, English.
`words.LEADING` is `leading` of the file's [say]; a word that a file does not have is said in English. Numbers, percentages
and times are written as CLDR says of the language (Babel), unless the file says otherwise in its [form].
"""

from __future__ import annotations

import contextlib
import contextvars
import datetime as dt
import decimal
import functools
import html
import pathlib
import tomllib
from collections.abc import Iterator
from typing import Any

import babel
import babel.core
import babel.dates
import babel.numbers

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
    by_lower = {language.lower(): language for language in languages()}
    for one in wanted:
        tag = (one or "").replace("_", "-").lower()
        for candidate in (tag, _with_script(tag), tag.split("-")[0]):
            if candidate in by_lower:
                return by_lower[candidate]
    return ENGLISH


def _with_script(tag: str) -> str:
    """zh-tw is written as zh-hant. Of a language alone nobody knows in which script: the first that is there will do."""
    language, *rest = tag.split("-")
    if not rest:
        return next((x.lower() for x in languages() if x.lower().startswith(f"{language}-")), "") if language else ""
    likely = babel.core.get_global("likely_subtags").get("_".join((language, rest[-1].upper())), "")
    return "-".join(likely.split("_")[:2]).lower()


def serves(tag: str, language: str) -> int:
    """How well who reads `language` is served by a text in `tag`; 0: not at all."""
    one, other = tag.replace("_", "-").lower(), language.lower()
    if one == other:
        return 3
    if one.split("-")[0] != other.split("-")[0]:
        return 0
    return 2 if _with_script(one) == other or other == one.split("-")[0] else 1 if "-" not in one else 0


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
def _locale(language: str) -> babel.Locale:
    """How it is written: of a language that CLDR does not know, as English is."""
    try:
        return babel.Locale.parse(language, sep="-")
    except (babel.UnknownLocaleError, ValueError):
        return babel.Locale.parse(ENGLISH)


@functools.cache
def _merged(language: str, name: str) -> dict[str, Any]:
    """What English says stands in for what a file does not say; how it is written does not."""
    return (_file(ENGLISH)[name] if name != "form" else {}) | _file(language).get(name, {})


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


def decision(action: str) -> str:
    """What officers decided; a decision of a newer program is called as the store calls it."""
    return html.escape(_part("trusted").get(f"decided_{action}", action))


def trusted(name: str) -> str:
    return _part("trusted")[name]


# ---------------------------------------------------------------------------------------------------- numbers


# CLDR's names of the forms of a language, in the order in which a file lists them.
_PLURALS = ("zero", "one", "two", "few", "many", "other")


def plural(said: str | list[str], count: int) -> str:
    """Of a list, that for so many, in the order of _PLURALS; a language without plural has one word. Of a list shorter than
    the language has forms, the last is for all that it does not name."""
    if isinstance(said, str):
        return said
    rule = _locale(_language.get()).plural_form
    forms = [form for form in _PLURALS if form in rule.tags]
    form = rule(count)
    return said[min(forms.index(form), len(said) - 1)] if form in forms else said[-1]


def counted(said: str | list[str], count: int) -> str:
    return plural(said, count).format(number(count), count=number(count))


def number(value: int) -> str:
    return _number(_language.get(), value)


@functools.lru_cache(50_000)
def _number(language: str, value: int) -> str:
    return babel.numbers.format_decimal(value, locale=_locale(language))


def short_number(value: int) -> str:
    """As on a scale: 1.5M."""
    return babel.numbers.format_compact_decimal(value, locale=_locale(_language.get()), fraction_digits=1)


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
    sign = said[0] if said[0] in "<>" else ""
    return sign + _percent_form().replace("#", _decimals(said.removeprefix(sign)))


def points(change: float) -> str:
    """A change of a share, in percentage points, with its sign; with more decimals where two would say that there is none."""
    digits = next((d for d in range(2, 7) if round(abs(change), d) or abs(change) < 1e-9), 6)
    sign = "" if abs(change) < 1e-9 else "+" if change > 0 else "−"
    return __getattr__("POINTS").format(sign + _decimals(f"{abs(change):.{digits}f}"))


def _decimals(said: str) -> str:
    """A number with as many decimals as it is given with."""
    form = "#,##0." + "0" * len(said.partition(".")[2])
    return babel.numbers.format_decimal(decimal.Decimal(said), format=form, locale=_locale(_language.get()))


def _percent_form() -> str:
    """A number's place is #. The file's own, or CLDR's, without its digits."""
    own = _part("form").get("percent")
    if own:
        return own.replace("{}", "#")
    whole = babel.numbers.format_percent(0, locale=_locale(_language.get()))
    return whole.replace(babel.numbers.format_decimal(0, locale=_locale(_language.get())), "#")


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
    today = now is not None and at.astimezone(zone).date() == now.astimezone(zone).date()
    day = "" if today else short_clock(at, zone, "day") + " "
    return f"{day}{short_clock(at, zone, 'time')} {_zone_name(zone)}"


def short_clock(at: dt.datetime, zone: dt.tzinfo, form: str) -> str:
    """`form`: day, minute or time."""
    locale, there = _locale(_language.get()), at.astimezone(zone)
    own = _part("form").get(form)
    if form == "day":
        return babel.dates.format_date(there.date(), own or "medium", locale=locale)
    return babel.dates.format_time(there, own or {"minute": "short", "time": "medium"}[form], zone, locale=locale)


def _zone_name(zone: dt.tzinfo) -> str:
    """That of the tz database where the file says so; else what the language calls it."""
    id_ = str(zone)
    if _part("form").get("zone") == "id" or id_ in ("UTC", "Etc/UTC"):
        return id_
    return babel.dates.get_timezone_name(zone, locale=_locale(_language.get()))


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
