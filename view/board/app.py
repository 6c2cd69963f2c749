"""The board: one page with the numbers of a count, as they are committed.

Run by run.sh (SQLite or PostgreSQL, plain loopback) and by stack/board.sh (PostgreSQL, TLS). It reads
what store.url_from_environment() says, writes nothing, and needs no network beyond its store. The page asks for a new
reading every two seconds; all numbers of one rendering are as of one commit.
"""

from __future__ import annotations

import datetime as dt
import os
import pathlib
import sys
import zoneinfo

import streamlit as st

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import charts  # noqa: E402
import colours  # noqa: E402
import markup  # noqa: E402
import words as w  # noqa: E402
from model import PAGE_ROWS, Head, Snapshot, View  # noqa: E402
from reader import Reader  # noqa: E402
from store import url_from_environment  # noqa: E402

REFRESH_S = 2
CHOICE_PX = 215  # Three beside each other on a tablet.
STALE_AFTER_S = float(os.environ.get("TELLER_BOARD_STALE_S", "120"))

st.set_page_config(page_title=w.TITLE, page_icon=str(pathlib.Path(__file__).with_name("icon.svg")), layout="wide")


@st.cache_resource
def shared_reader(url: str) -> Reader:
    """One for the whole server process, shared by all browsers."""
    return Reader(url)


def zone_of(head: Head) -> dt.tzinfo:
    try:
        return zoneinfo.ZoneInfo(head.time_zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return dt.timezone.utc


def chosen() -> View:
    """What the reader of the page has chosen so far; the widgets below are drawn after the numbers are read."""
    state = st.session_state
    return View(
        state.get("contest"),
        state.get("area") or None,
        (state.get("search") or "").strip(),
        state.get("order") or "official",
        max(0, int(state.get("page") or 1) - 1),
    )


def first_page() -> None:
    st.session_state["page"] = 1


def other_contest() -> None:
    first_page()
    st.session_state["order"] = "official"


def choose_contest(snapshot: Snapshot) -> None:
    if len(snapshot.contests) > 1:
        names = {c.contest_id: c.contest_name for c in snapshot.contests}
        st.selectbox(
            w.CONTEST, list(names), format_func=lambda c: names.get(c, c), key="contest", on_change=other_contest
        )


def choose_units(snapshot: Snapshot) -> None:
    with st.container(key="choices", horizontal=True, vertical_alignment="bottom"):
        if not snapshot.flat:
            names = {"": w.ALL_AREAS} | {a.id: a.name for a in snapshot.areas}
            st.selectbox(
                w.AREA,
                list(names),
                format_func=lambda a: names.get(a, a),
                key="area",
                on_change=first_page,
                width=CHOICE_PX,
            )
        st.text_input(w.SEARCH, key="search", placeholder=w.SEARCH_HINT, on_change=first_page, width=CHOICE_PX)
        orders = w.ORDERS | {f"votes:{o.option_id}": w.MOST_VOTES.format(o.short_name) for o in snapshot.columns}
        st.selectbox(
            w.ORDER,
            list(orders),
            format_func=lambda o: orders.get(o, o),
            key="order",
            on_change=first_page,
            width=CHOICE_PX,
        )
        pages = -(-snapshot.lines_total // PAGE_ROWS)
        if pages > 1:
            st.number_input(w.PAGE.format(w.number(pages)), 1, pages, key="page", width=130)


@st.fragment(run_every=REFRESH_S)
def page(url: str) -> None:
    reading = shared_reader(url).read(chosen())
    now = dt.datetime.now(dt.timezone.utc)
    dark = st.context.theme.type == "dark"
    snapshot = reading.snapshot
    zone = zone_of(snapshot.head) if snapshot else dt.timezone.utc
    with st.container(key="strip"):
        st.html(markup.strip(reading, now, zone, STALE_AFTER_S))
    if snapshot is None:
        return
    st.html(markup.title(snapshot))
    choose_contest(snapshot)
    st.html(markup.tiles(snapshot))
    if snapshot.contest is None:
        st.html(f'<p class="t-none">{w.NO_CONTEST}</p>')
        return
    left, right = st.columns([1, 1], gap="large")
    with left:
        st.html(markup.option_bars(snapshot, dark))
        if markup.parties_differ(snapshot):
            st.html(markup.party_table(snapshot, dark))
    with right:
        st.html(f"<h3>{w.OVER_TIME}</h3>")
        line = charts.over_time(snapshot, zone, dark)
        if line is None:
            st.html(f'<p class="t-none">{w.OVER_TIME_NOT_YET}</p>')
        else:
            st.altair_chart(line, key="over_time", alt=w.OVER_TIME)
    st.html(f"<h3>{w.BY_UNIT}</h3>")
    choose_units(snapshot)
    st.html(markup.unit_table(snapshot, dark))
    st.html(markup.laws(snapshot))


st.html(pathlib.Path(__file__).with_name("board.css"))
st.html(f"<style>:root {{ --t-page: {colours.BACKGROUND[st.context.theme.type == 'dark']}; }}</style>")
if to_read := url_from_environment():
    page(to_read)
else:
    st.error(w.NO_URL)
