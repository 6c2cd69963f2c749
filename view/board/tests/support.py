"""What the tests of the board share: a page of its own, its words, a reading, and the strip on top."""

from __future__ import annotations

import datetime as dt
import html
import pathlib
import re
import sqlite3

from streamlit.testing.v1 import AppTest

import fixture
import markup
from model import Reading, View
from reader import Reader

BOARD = pathlib.Path(__file__).resolve().parents[1]
NOW = fixture.T0 + dt.timedelta(seconds=5)


def open_page() -> AppTest:
    page = AppTest.from_file(str(BOARD / "app.py"), default_timeout=180).run()
    assert not page.exception
    return page


def plain(markup: str) -> str:
    within_words = re.sub(r"</?bdi>", "", markup)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", within_words))).strip()


def words_on(page: AppTest) -> str:
    blocks = [b.proto.body if hasattr(b.proto, "body") else "" for b in page.get("html")]
    return " ".join(plain(b) for b in blocks if "{" not in b)


def reading(path: pathlib.Path, view: View = View(), **reader) -> Reading:
    return Reader(f"sqlite:///{path}", **reader).read(view)


def execute(path: pathlib.Path, *statements: str) -> None:
    with sqlite3.connect(path) as database:
        for statement in statements:
            database.execute(statement)
    database.close()


def strip_of(result: Reading, now: dt.datetime, stale_after_s: float = 120) -> str:
    return markup.strip(result, now, dt.timezone.utc, stale_after_s)
