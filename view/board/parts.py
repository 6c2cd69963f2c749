"""The smallest pieces of a page: text, names, figures, shares, links, dots. Everything from a store goes through text().

HTML of our own, not Streamlit's table and metric: those cut long names off, draw numbers on a canvas where neither a
screen reader nor the browser's search finds them, and come one after the other, so that a page mixes two commits.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import html
import re

import address
import colours
import words as w
from model import Figure, Share, Snapshot, View


@dataclasses.dataclass(frozen=True)
class Here:
    """For whom a page is drawn: its address, its language as far as the reader chose it, the election's zone, and the
    contest that is shown, which the address of the first one need not name."""

    view: View = View()
    chosen_language: str = ""
    zone: dt.tzinfo = dt.timezone.utc
    now: dt.datetime | None = None
    contest: str | None = None

    def href(self, **changes: object) -> str:
        if "contest" in changes and changes["contest"] != (self.view.contest or self.contest):
            # Another contest may have other options of the same ids: what was chosen of these was not chosen there.
            changes = {"columns": (), "order": "official", **changes}
        return text(address.link(self.view, self.chosen_language, **changes))


def text(value: object) -> str:
    return html.escape(str(value), quote=True)


# Of names nobody says in which language they are. Where a script is that of one language, a screen reader and the fonts
# are told; where it is that of many, they are told that it is not the page's.
_SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("ko", re.compile(r"[\u1100-\u11ff\uac00-\ud7af]")),
    ("zh", re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")),
    ("he", re.compile(r"[\u0590-\u05ff]")),
    ("el", re.compile(r"[\u0370-\u03ff]")),
    ("th", re.compile(r"[\u0e00-\u0e7f]")),
    ("und", re.compile(r"[\u0400-\u04ff\u0600-\u06ff\u0900-\u0dff]")),
)


def language_of(name: str) -> str:
    """Empty: that of the page, as far as can be told."""
    found = next((language for language, script in _SCRIPTS if script.search(name)), "")
    return "" if found and w.language().startswith(found) else found


def isolated(value: object) -> str:
    """A name from the store: which way its letters run is its own, and turns nothing round that stands beside it."""
    language = language_of(str(value))
    said = f' lang="{language}"' if language else ""
    return f"<bdi{said}>{text(value)}</bdi>"


def bare(value: object) -> str:
    """A name in an attribute or a title, where nothing can be marked up: isolated by the characters that do that."""
    return f"\u2068{value}\u2069" if re.search(r"[\u0590-\u08ff\u202a-\u202e]", str(value)) else str(value)


def figure(f: Figure | None, cell: str | None = None) -> str:
    """A sum as people read it: a number, and what is missing from it; never a 0 that nobody counted. `cell`: what the
    contest's sums are over (Contest.cell_word); None where there is little room."""
    if f is None or f.how == "not reported":
        said = w.MISSING if cell is None else w.NOT_REPORTED
        return f'<span class="t-not-yet"{title(w.NOT_REPORTED) if cell is None else ""}>{said}</span>'
    if f.value is None:
        return f'<span class="missing {text(f.how)}">{text(w.word(f.how))}</span>'
    missing = w.missing(f.withheld_in, f.unknown_in, f.of, cell)
    return w.number(f.value) + (f', <span class="missing">{missing}</span>' if missing else "")


def title(said: str) -> str:
    return f' title="{text(said)}"' if said else ""


def share(s: Share) -> str:
    return w.percent(s.share) + (f' <span class="missing">{w.OF_KNOWN}</span>' if s.of == "known" else "")


def cell(f: Figure | None, classes: str = "", word: str | None = None) -> str:
    """A figure as a cell of a table; what it is without separators stands beside it, for downloads."""
    plain = f' data-n="{f.value}"' if f is not None and f.value is not None else ""
    return f"<td{f' class={chr(34)}{classes}{chr(34)}' if classes else ''}{plain}>{figure(f, word)}</td>"


def colour(pair: tuple[str, str], more: str = "") -> str:
    """As an attribute: the colour on a light page and on a dark one; css/page.css takes one of them."""
    return f'style="--light:{pair[0]};--dark:{pair[1]}{more}"'


def bar(pair: tuple[str, str], f: Figure, most: int) -> str:
    """How much `f` is of `most`. Where parts are missing, how long it will be is open; without a number it is empty."""
    width = min(100.0, 100 * f.value / most) if most and f.value else 0
    state = "" if f.complete else f" t-part {f.how.replace(' ', '-')}"
    return f'<div class="t-track{state}" aria-hidden="true"><div class="t-c" {colour(pair, f";width:{width:.3f}%")}></div></div>'


def dot(pair: tuple[str, str]) -> str:
    return f'<i class="t-dot t-c" {colour(pair)}></i>'


def age(since: dt.datetime, now: dt.datetime, form: str = "{}") -> str:
    """How long ago, in words that page.js keeps true. `form` has a place for the age."""
    said = form.replace("{}", w.age((now - since).total_seconds()))
    return f'<time data-since="{since.timestamp():.3f}" data-form="{text(form)}">{text(said)}</time>'


def scrolling(label: str, inside: str) -> str:
    """What may be wider than the page; reached by keyboard too."""
    return f'<div class="t-scroll" role="region" tabindex="0" aria-label="{text(label)}">{inside}</div>'


def colours_of(snapshot: Snapshot) -> dict[str, tuple[str, str]]:
    return colours.by_option(snapshot.options, snapshot.party_places)
