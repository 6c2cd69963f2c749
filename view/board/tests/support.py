"""What the tests of the board share: a page of its own, its words, a reading, and the strip on top."""

from __future__ import annotations

import datetime as dt
import html
import json
import pathlib
import re
import sqlite3

from streamlit.testing.v1 import AppTest

import fixture
import pages
import strip
from model import Reading, View
from parts import Here
from reader import Reader

BOARD = pathlib.Path(__file__).resolve().parents[1]
NOW = fixture.T0 + dt.timedelta(seconds=5)


HERE = Here()


def open_page(**query: str) -> AppTest:
    page = AppTest.from_file(str(BOARD / "app.py"), default_timeout=180)
    page.query_params.update(query)
    return go(page)


def go(page: AppTest, **query: str) -> AppTest:
    page.query_params.update(query)
    page.run()
    assert not page.exception
    return page


def plain(markup: str) -> str:
    within_words = re.sub(r"</?(bdi|time)\b[^>]*>", "", markup)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", within_words))).strip()


def data_of(page: AppTest) -> dict:
    """What was sent to the browser."""
    return json.loads(page.get("bidi_component")[0].proto.json)


def words_on(page: AppTest) -> str:
    return plain(data_of(page)["html"])


def drawn(path: pathlib.Path, view: View = View(), now: dt.datetime | None = None) -> str:
    return pages.of(reading(path, view), view, now or NOW, 120).html


def reading(path: pathlib.Path, view: View = View(), **reader) -> Reading:
    return Reader(f"sqlite:///{path}", **reader).read(view)


def execute(path: pathlib.Path, *statements: str) -> None:
    with sqlite3.connect(path) as database:
        for statement in statements:
            database.execute(statement)
    database.close()


def strip_of(result: Reading, now: dt.datetime, stale_after_s: float = 120) -> str:
    return strip.of(result, now, dt.timezone.utc, stale_after_s).html
