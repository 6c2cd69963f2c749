"""The board: pages with the numbers of a count, as they are committed.

Run by run.sh (SQLite or PostgreSQL, plain loopback) and by stack/board.sh (PostgreSQL, TLS). It reads
what store.url_from_environment() says, writes nothing, and needs no network beyond its store. What is chosen stands in
the address. All numbers of one page are as of one commit: it is drawn as one piece (pages.py) and shown at once
(page.js). Every two seconds each page asks whether it would be drawn otherwise; only then it is.
"""

from __future__ import annotations

import datetime as dt
import os
import pathlib
import sys
import urllib.parse

import streamlit as st

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import address  # noqa: E402
import pages  # noqa: E402
import words as w  # noqa: E402
from model import View  # noqa: E402
from reader import Reader  # noqa: E402
from store import url_from_environment  # noqa: E402
from strip import AMBER_AFTER_S  # noqa: E402

REFRESH_S = 2
STALE_AFTER_S = float(os.environ.get("TELLER_BOARD_STALE_S", AMBER_AFTER_S))
HERE = pathlib.Path(__file__).parent
LOOKS = ("page", "strip", "lead", "bars", "geography", "tables", "chart", "pages", "screen", "everybody")


@st.cache_resource
def shared_reader(url: str) -> Reader:
    """One for the whole server process, shared by all browsers."""
    return Reader(url)


@st.cache_resource
def drawn_pages() -> pages.Drawn:
    return pages.Drawn()


@st.cache_resource
def looks() -> str:
    return (
        "<style>" + "\n".join((HERE / "css" / f"{name}.css").read_text(encoding="utf-8") for name in LOOKS) + "</style>"
    )


@st.cache_resource
def page_script() -> str:
    return (HERE / "page.js").read_text(encoding="utf-8")


def address_of_window() -> str:
    """What stands behind its question mark: Streamlit knows what it was opened with, the page letter by letter what it
    told since (page.js), which is how it knows its answer again."""
    return st.session_state.get("told", urllib.parse.urlencode(st.query_params.to_dict()))


def went() -> None:
    if told := st.session_state["board"].get("go"):
        st.session_state["told"] = told.split(" ")[0].removeprefix("?")


def now() -> dt.datetime:
    return dt.datetime.now(dt.timezone.utc)


def show(url: str, view: View, chosen_language: str, language: str) -> None:
    reading, at = shared_reader(url).read(view), now()
    with w.speaking(language):
        page = drawn_pages().of(reading, view, at, STALE_AFTER_S, chosen_language)
        data = {
            "html": page.html,
            "language": page.language,
            "says": page.says,
            "now": at.timestamp(),
            "ages": w.ages(),
            "away": w.PAGE_AWAY,
            "query": address_of_window(),
        }
    st.session_state["drawn"] = (view, language, page.signs)
    st.set_page_config(page_title=page.title, page_icon=str(HERE / "icon.svg"), layout="wide")
    st.html(looks())
    board = st.components.v2.component("teller_board", js=page_script(), isolate_styles=False)
    board(data=data, key="board", on_go_change=went)


@st.fragment(run_every=REFRESH_S)
def look_again(url: str) -> None:
    """Draws nothing: whether the page would be another one is all that most of its turns find out."""
    view, language, signs = st.session_state["drawn"]
    reading = shared_reader(url).read(view)
    with w.speaking(language):
        same = pages.signs(reading, now(), STALE_AFTER_S) == signs
    if not same:
        st.rerun()


asked = dict(urllib.parse.parse_qsl(address_of_window()))
chosen_language = w.best_of(asked.get("lang")) if asked.get("lang") else ""
language = chosen_language or w.best_of(st.context.locale)
if to_read := url_from_environment():
    show(to_read, address.view_of(asked), chosen_language, language)
    look_again(to_read)
else:
    st.set_page_config(page_title=w.TITLE, layout="wide")
    st.error(w.NO_URL)
