"""The strip on top: how old the numbers are, and what is wrong. The last numbers stay when the store goes away."""

from __future__ import annotations

import dataclasses
import datetime as dt

import streamlit as st

import fixture
import reader
from model import View
from reader import Reader
from support import NOW, data_of, execute, open_page, plain, reading, strip_of, words_on


def test_the_strip_is_calm_while_numbers_are_new_and_amber_when_they_are_old(tmp_path):
    result = reading(fixture.write_sqlite(fixture.small(), tmp_path / "store.sqlite"))

    assert 'class="t-strip calm"' in strip_of(result, NOW) and "5 s ago" in strip_of(result, NOW)
    late = strip_of(result, NOW + dt.timedelta(minutes=10))
    assert 'class="t-strip amber"' in late and "Nothing new for 10 min 5 s" in late


def test_a_count_that_stands_still_while_units_are_outstanding_becomes_red_with_words(tmp_path):
    result = reading(fixture.write_sqlite(fixture.small(), tmp_path / "store.sqlite"))

    late = strip_of(result, NOW + dt.timedelta(minutes=20))

    assert 'class="t-strip red"' in late
    assert "Nothing new for 20 min 5 s, and not every unit has been heard from. Somebody has to look at it." in late


def test_a_count_of_which_every_unit_was_heard_from_is_calm_for_ever_and_says_so_where_more_may_come(tmp_path):
    count = fixture.small()
    count.total(0, 0, "tw/b/2", 1)
    count.total(0, fixture.CARDS, "tw/b/2", 1)
    path = fixture.write_sqlite(count, tmp_path / "store.sqlite")
    days = NOW + dt.timedelta(days=3)

    ballots = strip_of(reading(path), days)
    execute(path, "update contest_methods set from_sheets = 1", "update totals set known = 1")
    sheets = strip_of(reading(path), days)

    # A unit is heard from with its first ballot; a sheet is all that it has to say.
    assert 'class="t-strip calm"' in ballots
    assert "Nothing new for 3 days. Every unit has been heard from, and may still send more." in plain(ballots)
    assert (
        'class="t-strip calm"' in sheets and "Every unit has been heard from." in sheets and "Nothing new" not in sheets
    )


def test_what_the_strip_says_of_age_is_kept_true_by_the_browser_and_read_aloud_by_nobody(tmp_path):
    shown = strip_of(reading(fixture.write_sqlite(fixture.small(), tmp_path / "store.sqlite")), NOW)

    assert f'<time data-since="{fixture.T0.timestamp():.3f}" data-form="{{}} ago">5 s ago</time>' in shown
    assert "role=" not in shown and "aria-live" not in shown


def test_official_totals_do_not_grow_old(tmp_path):
    path = fixture.write_sqlite(fixture.small(), tmp_path / "store.sqlite")
    execute(path, "update head set status = 'official'")

    assert 'class="t-strip calm"' in strip_of(reading(path), NOW + dt.timedelta(days=3))


def test_when_the_store_goes_away_the_last_numbers_stay_with_their_time_and_come_back(home, monkeypatch):
    path = fixture.write_sqlite(fixture.small(), home / "store.sqlite")
    page = open_page()
    monkeypatch.setattr(reader, "ASK_AGAIN_AFTER_S", 0)
    monkeypatch.setattr(reader, "ASK_AGAIN_FACTOR", 0)
    st.cache_resource.clear()
    page.run()

    path.rename(home / "elsewhere")
    said = words_on(page.run())
    assert not page.exception
    assert "The store has not answered since" in said
    assert (
        "as of commit 1 at 2024-01-13 16:00:00" in said and "賴清德/蕭美琴 leading Lai / Hsiao · 民主進步黨 60" in said
    )
    assert "t-strip red" in data_of(page)["html"]

    (home / "elsewhere").rename(path)
    assert "has not answered" not in words_on(page.run())


def test_a_store_that_was_never_there_is_waited_for(home):
    said = words_on(open_page())

    assert said == "There is no count here yet. This page goes on by itself as soon as there is one."


def test_a_database_that_does_not_answer_is_named_by_no_host_and_no_error(monkeypatch):
    monkeypatch.setenv("TELLER_BOARD_URL", "postgresql+psycopg://teller_reader@127.0.0.1:1/teller")

    said = words_on(open_page())

    assert said == "The store does not answer. This page asks again every two seconds."


def test_a_store_that_went_back_is_red(tmp_path):
    path = fixture.write_sqlite(dataclasses.replace(fixture.small(), commit=7), tmp_path / "store.sqlite")
    reader = Reader(f"sqlite:///{path}")
    reader.read(View())
    execute(path, "update head set commit_number = 4")
    reader._ask_again_at = 0

    shown = strip_of(reader.read(View()), NOW)

    assert "t-strip red" in shown and "went back from commit 7 to commit 4" in shown


def test_another_count_in_the_same_place_shows_nothing_of_the_one_before(tmp_path):
    path = fixture.write_sqlite(dataclasses.replace(fixture.small(), commit=7), tmp_path / "store.sqlite")
    reader = Reader(f"sqlite:///{path}")
    for view in (View(), View(search="大安")):
        reader.read(view)
    execute(path, "update head set count_id = zeroblob(16), commit_number = 1")
    reader._ask_again_at = 0

    again = reader.read(View())

    assert again.snapshot.head.count_id == "00" * 16 and again.went_back_from is None
    assert len(reader._kept) == 1


def test_a_halted_partition_is_red_and_says_why(tmp_path):
    path = fixture.write_sqlite(fixture.small(), tmp_path / "store.sqlite")
    execute(path, "update partitions set halted_because = 'journal.gap at 17'")

    shown = strip_of(reading(path), NOW)

    assert "t-strip red" in shown and "partition 0: journal.gap at 17" in shown
