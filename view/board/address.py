"""The address of a page: what its reader chose, as the query of a URL and back.

Everything that can be chosen stands in the address, so that a page can be opened again, gone back to and sent to others.
What a query says that no page knows is passed over.
"""

from __future__ import annotations

import dataclasses
import urllib.parse
from collections.abc import Mapping

from model import OPTION_COLUMNS_MAX, View

SHOWS = {"contests", "contest", "search", "trust"}
LONGEST = 500  # Of a value: no id or search is longer.
COLUMNS_LONGEST = 4_000
BETWEEN = "\t"  # Ids; none has one in it.
PAGES_MAX = 100_000


def view_of(query: Mapping[str, str]) -> View:
    def said(name: str) -> str | None:
        return (query.get(name) or "")[:LONGEST].strip() or None

    page = said("page") or ""
    show = said("show") or ""
    return View(
        show=show if show in SHOWS else "",
        contest=said("contest"),
        place=said("place"),
        option=said("option"),
        search=said("q") or "",
        order=said("sort") or "official",
        columns=tuple(dict.fromkeys(filter(None, (query.get("cols") or "")[:COLUMNS_LONGEST].split(BETWEEN))))[
            :OPTION_COLUMNS_MAX
        ],
        page=min(int(page), PAGES_MAX) - 1
        if page.isascii() and page.isdigit() and len(page) < 10 and int(page) > 0
        else 0,
        screen=said("screen") == "1",
    )


def query_of(view: View, language: str = "") -> str:
    """What stands behind the question mark; nothing of what is as it would be anyway."""
    said = {
        "show": view.show,
        "contest": view.contest,
        "place": view.place,
        "option": view.option,
        "q": view.search,
        "sort": "" if view.order == "official" else view.order,
        "cols": BETWEEN.join(view.columns),
        "page": str(view.page + 1) if view.page else "",
        "screen": "1" if view.screen else "",
        "lang": language,
    }
    return urllib.parse.urlencode({name: value for name, value in said.items() if value}, safe="/")


def link(view: View, language: str = "", **changes: object) -> str:
    """The address of `view` with these changes. Another page of it begins on its first page of lines."""
    fresh = {} if "page" in changes else {"page": 0}
    return "?" + query_of(dataclasses.replace(view, **fresh, **changes), language)
