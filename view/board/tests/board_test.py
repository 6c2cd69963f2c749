"""The board as a whole, on stores that fixture.py makes: what stands on the page, and what stands there when it cannot."""

from __future__ import annotations

import dataclasses
import datetime as dt
import html
import os
import pathlib
import re
import sqlite3
import subprocess
import sys
import tempfile

import psycopg
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

BOARD = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(BOARD), str(BOARD / "tests")]

import data  # noqa: E402
import fixture  # noqa: E402
import parts  # noqa: E402
import words as w  # noqa: E402

NOW = fixture.T0 + dt.timedelta(seconds=5)


@pytest.fixture(autouse=True)
def fresh_reader():
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("TELLER_BOARD_URL", str(tmp_path))
    return tmp_path


def open_page() -> AppTest:
    page = AppTest.from_file(str(BOARD / "app.py"), default_timeout=180).run()
    assert not page.exception
    return page


def plain(markup: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", markup))).strip()


def words_on(page: AppTest) -> str:
    blocks = [b.proto.body if hasattr(b.proto, "body") else "" for b in page.get("html")]
    return " ".join(plain(b) for b in blocks if "{" not in b)


def reading(path: pathlib.Path, view: data.View = data.View(), **reader) -> data.Reading:
    return data.Reader(f"sqlite:///{path}", **reader).read(view)


def execute(path: pathlib.Path, *statements: str) -> None:
    with sqlite3.connect(path) as database:
        for statement in statements:
            database.execute(statement)
    database.close()


# ------------------------------------------------------------------------------------------------- the numbers


def test_the_page_shows_the_totals_of_the_store(home):
    fixture.write_sqlite(fixture.small(), home / "store.sqlite")

    said = words_on(open_page())

    assert "test unofficial totals as of commit 1 at 2024-01-13 16:00:00 Asia/Taipei" in said
    assert "TEST: figures made up by a fixture" in said
    assert "Votes 100 decided by most votes" in said
    assert "Cards counted 100 50.00 % of 200 registered" in said
    assert "Units reporting 3 of 4 75.00 %" in said
    assert "Entries recorded 106 duplicates 3 conflicts 1 rejected 2" in said
    assert "賴清德/蕭美琴 leading Lai / Hsiao · 民主進步黨 60 60.00 %" in said
    assert "侯友宜/趙少康 Hou / Jaw · 中國國民黨 40 40.00 %" in said
    assert "連江縣 50 2 / 2 30 20 臺北市 50 1 / 2 30 20" in said
    assert "holds recorded 106 = counted 100 + duplicates 3 + conflicts 1 + rejected 2" in said
    assert "holds counted 100 = entries in the log 100" in said
    assert "winner" not in said.lower()


def test_a_chosen_area_shows_its_units_and_a_unit_that_has_not_reported_shows_no_zero(home):
    fixture.write_sqlite(fixture.small(), home / "store.sqlite")
    page = open_page()

    page.selectbox(key="area").select("tw/b").run()

    assert "大安 1 臺北市 50 30 20 大安 2 臺北市 – – –" in words_on(page)


def test_a_unit_is_found_by_a_part_of_its_name_and_sorted_by_votes(tmp_path):
    path = fixture.write_sqlite(fixture.small(), tmp_path / "store.sqlite")

    found = reading(path, data.View(search="介壽", order="votes:lai")).snapshot

    assert [(line.name, line.votes[0].value) for line in found.lines] == [("介壽村 2", 20), ("介壽村 1", 10)]
    assert reading(path, data.View(search="100%")).snapshot.lines == []  # No wildcard of SQL's.


def test_pages_of_units_hold_every_unit_once(tmp_path):
    count = fixture.Count()
    count.units(
        [
            ("all", "All", "country", None),
            ("all/x", "X", "county", "all"),
            *((f"all/x/{i}", f"Unit {i}", "precinct", "all/x") for i in range(120)),
        ]
    )
    count.contest("c", "C", [("a", "A", "A", None, None)])
    path = fixture.write_sqlite(count, tmp_path / "store.sqlite")

    pages = [reading(path, data.View(area="all/x", order="name", page=n)).snapshot for n in range(3)]

    assert [p.lines_total for p in pages] == [120, 120, 120]
    assert [len(p.lines) for p in pages] == [50, 50, 20]
    assert len({line.id for p in pages for line in p.lines}) == 120


def test_all_numbers_of_a_reading_are_of_one_commit_though_another_comes_in_between(tmp_path, monkeypatch):
    path = fixture.write_sqlite(fixture.small(), tmp_path / "store.sqlite")
    heads = data._Query.head

    def head_and_then_a_commit(query):
        head = heads(query)
        execute(
            path,
            "update head set commit_number = 2",
            "update contest_totals set value = 999 where slot = 0 and contest = 0",
            "update totals set value = 999 where slot = 0 and contest = 0",
        )
        return head

    monkeypatch.setattr(data._Query, "head", head_and_then_a_commit)
    snapshot = reading(path).snapshot

    assert (snapshot.head.commit, snapshot.options[0].votes.value, snapshot.votes.value) == (1, 60, 100)


def test_several_contests_are_chosen_from_and_each_shows_its_own_numbers(home):
    count = fixture.small()
    council = count.contest(
        "council",
        "Council",
        [
            ("ada", "Ada", "Ada", None, "#884400"),
            ("bob", "Bob", "Bob", None, None),
            ("cleo", "Cleo", "Cleo", None, None),
        ],
        votes_allowed=2,
        seats=2,
    )
    for slot, value in (
        (0, 40),
        (1, 30),
        (2, 20),
        (fixture.UNDERVOTES, 6),
        (fixture.OVERVOTES, 4),
        (fixture.CARDS, 50),
    ):
        count.total(council, slot, "tw/a/1", value)
    fixture.write_sqlite(count, home / "store.sqlite")
    page = open_page()
    assert "賴清德" in words_on(page) and "Ada" not in words_on(page)

    page.selectbox(key="contest").select("council").run()

    said = words_on(page)
    assert "Ada leading 40 44.44 %" in said and "Bob leading 30" in said and "Cleo 20" in said
    assert (
        "holds 2 votes allowed × cards, blank and invalid ones left out, 100 = votes 90 + undervotes 6 + overvotes 4"
        in said
    )
    assert "賴清德" not in said


def test_options_with_as_many_votes_are_level_and_neither_leads(tmp_path):
    count = fixture.small()
    count.total(0, 1, "tw/b/2", 20)
    snapshot = reading(fixture.write_sqlite(count, tmp_path / "store.sqlite")).snapshot

    assert parts.leaders(snapshot) == ({"lai", "hou"}, True)
    assert w.LEADING not in plain(parts.option_bars(snapshot, dark=False))


def test_parties_have_their_own_table_only_when_it_says_more_than_the_options(tmp_path):
    snapshot = reading(fixture.write_sqlite(fixture.small(), tmp_path / "a.sqlite")).snapshot
    assert not parts.parties_differ(snapshot)

    count = fixture.Count()
    count.parties(("red", "Reds", "#cc0000"))
    count.units([("u", "U", "precinct", None)])
    contest = count.contest("c", "C", [("a", "A", "A", "red", None), ("b", "B", "B", "red", None)])
    count.total(contest, 0, "u", 3)
    count.total(contest, 1, "u", 1)
    count.cards("u", 4)
    snapshot = reading(fixture.write_sqlite(count, tmp_path / "b.sqlite")).snapshot
    assert parts.parties_differ(snapshot)
    assert "Reds 2 4 100.00 %" in plain(parts.party_table(snapshot, dark=False))


# ------------------------------------------------------------------------------------------------ what is missing


def sheets_with_a_withheld_figure() -> fixture.Count:
    count = fixture.Count()
    count.units(
        [
            ("r", "R", "country", None),
            ("r/a", "A", "county", "r"),
            ("r/b", "B", "county", "r"),
            ("r/c", "C", "county", "r"),
        ]
    )
    contest = count.contest("c", "C", [("x", "X", "X", None, None), ("y", "Y", "Y", None, None)], sheets=True)
    count.total(contest, 0, "r/a", 10, known=1)
    count.total(contest, 1, "r/a", 30, known=1)
    count.total(contest, 0, "r/b", 0, withheld=1)
    count.total(contest, 1, "r/b", 0)  # Never said: neither known nor withheld.
    count.total(contest, fixture.CARDS, "r/a", 40, known=1)
    count.cards("r/a", 40, sheets=1)
    count.cards("r/b", 5, sheets=1)
    return count


def test_a_withheld_or_unknown_figure_is_called_so_and_is_never_a_zero(home):
    fixture.write_sqlite(sheets_with_a_withheld_figure(), home / "store.sqlite")

    said = words_on(open_page())

    assert "X 10 + withheld –" in said  # The option's total, without a share.
    assert "Y 30 + unknown –" in said
    assert "A 40 10 30 B 5 withheld unknown C – – –" in said  # The units, options in the ballot's order.
    assert "Votes 40 + withheld" in said
    assert w.LEADING not in said  # Nobody leads while a figure is withheld.
    assert "not checkable here: a figure is missing" in said


def test_a_broken_law_is_said_aloud(tmp_path):
    count = fixture.small()
    path = fixture.write_sqlite(count, tmp_path / "store.sqlite")
    execute(path, "update totals set value = value + 1 where contest = 0 and slot = 0 and unit = 3")

    said = plain(parts.laws(reading(path).snapshot))

    assert "does not hold cards, blank and invalid ones left out, 100 ≠ votes 101" in said


def test_an_empty_count_shows_zeros_no_share_and_nobody_ahead(home):
    count = fixture.Count(commit=0)
    count.units([("tw", "臺灣", "country", None), ("tw/a", "連江縣", "county", "tw")])
    count.contest(
        "president", "President", [("lai", "賴清德", "Lai", None, None), ("hou", "侯友宜", "Hou", None, None)]
    )
    fixture.write_sqlite(count, home / "store.sqlite")

    said = words_on(open_page())

    assert w.NOTHING_COUNTED in said
    assert "賴清德 Lai 0 –" in said
    assert "Units reporting 0 of 1" in said
    assert w.OVER_TIME_NOT_YET in said
    assert w.LEADING not in said


# ------------------------------------------------------------------------------------------- old, away, or wrong


def strip_of(result: data.Reading, now: dt.datetime, stale_after_s: float = 120) -> str:
    return parts.strip(result, now, fixture.dt.timezone.utc, stale_after_s)


def test_the_strip_is_calm_while_numbers_are_new_and_amber_when_they_are_old(tmp_path):
    result = reading(fixture.write_sqlite(fixture.small(), tmp_path / "store.sqlite"))

    assert 'class="t-strip calm"' in strip_of(result, NOW) and "5 s ago" in strip_of(result, NOW)
    late = strip_of(result, NOW + dt.timedelta(minutes=10))
    assert 'class="t-strip amber"' in late and "Nothing new for 10 min 5 s" in late


def test_official_totals_do_not_grow_old(tmp_path):
    path = fixture.write_sqlite(fixture.small(), tmp_path / "store.sqlite")
    execute(path, "update head set status = 'official'")

    assert 'class="t-strip calm"' in strip_of(reading(path), NOW + dt.timedelta(days=3))


def test_when_the_store_goes_away_the_last_numbers_stay_with_their_time_and_come_back(home, monkeypatch):
    path = fixture.write_sqlite(fixture.small(), home / "store.sqlite")
    page = open_page()
    monkeypatch.setattr(data, "ASK_AGAIN_AFTER_S", 0)
    monkeypatch.setattr(data, "ASK_AGAIN_FACTOR", 0)
    st.cache_resource.clear()
    page.run()

    path.rename(home / "elsewhere")
    said = words_on(page.run())
    assert not page.exception
    assert "The store has not answered since" in said
    assert (
        "as of commit 1 at 2024-01-13 16:00:00" in said and "賴清德/蕭美琴 leading Lai / Hsiao · 民主進步黨 60" in said
    )
    assert "t-strip red" in " ".join(b.proto.body for b in page.get("html"))

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
    reader = data.Reader(f"sqlite:///{path}")
    reader.read(data.View())
    execute(path, "update head set commit_number = 4")
    reader._ask_again.clear()

    shown = strip_of(reader.read(data.View()), NOW)

    assert "t-strip red" in shown and "went back from commit 7 to commit 4" in shown


def test_another_count_in_the_same_place_shows_nothing_of_the_one_before(tmp_path):
    path = fixture.write_sqlite(dataclasses.replace(fixture.small(), commit=7), tmp_path / "store.sqlite")
    reader = data.Reader(f"sqlite:///{path}")
    for view in (data.View(), data.View(search="大安")):
        reader.read(view)
    execute(path, "update head set count_id = zeroblob(16), commit_number = 1")
    reader._ask_again.clear()

    again = reader.read(data.View())

    assert again.snapshot.head.count_id == "00" * 16 and again.went_back_from is None
    assert len(reader._kept) == 1


def test_a_halted_partition_is_red_and_says_why(tmp_path):
    path = fixture.write_sqlite(fixture.small(), tmp_path / "store.sqlite")
    execute(path, "update partitions set halted_because = 'journal.gap at 17'")

    shown = strip_of(reading(path), NOW)

    assert "t-strip red" in shown and "partition 0: journal.gap at 17" in shown


# ---------------------------------------------------------------------------------------------- reconciliation


def reconciled_strip(tmp_path, now: dt.datetime = NOW, *, commit: int = 1, **last) -> str:
    count = dataclasses.replace(fixture.small(), commit=commit)
    if last:
        count.reconciled(**last)
    return strip_of(reading(fixture.write_sqlite(count, tmp_path / "store.sqlite")), now, stale_after_s=1e9)


def test_a_count_that_was_not_reconciled_yet_says_so_and_stays_calm(tmp_path):
    shown = reconciled_strip(tmp_path)

    assert "t-strip calm" in shown and "Not reconciled yet" in plain(shown)


def test_a_good_reconciliation_is_a_calm_line_with_its_age_and_commit(home):
    count = fixture.small()
    count.reconciled()
    path = fixture.write_sqlite(count, home / "store.sqlite")

    shown = strip_of(reading(path), NOW)

    assert "t-strip calm" in shown and "t-warn" not in shown
    assert "Reconciled 5 s ago, as of commit 1" in plain(shown)
    assert re.search(r"Reconciled \d+ days ago, as of commit 1", words_on(open_page()))


def test_what_could_not_be_looked_at_is_named(tmp_path):
    shown = reconciled_strip(tmp_path, not_looked_at="Elasticsearch = store")

    assert "t-strip calm" in shown
    assert "Reconciled 5 s ago, as of commit 1; not looked at: Elasticsearch = store" in plain(shown)


def test_differences_are_loud_in_words_and_name_what_differs(tmp_path):
    shown = reconciled_strip(tmp_path, differences=1002, differs="log = store, static files = store")

    assert "t-strip red" in shown and "t-warn red" in shown
    assert (
        "1,002 differences: log ≠ store, static files ≠ store. Reconciled 5 s ago, as of commit 1. "
        "Somebody has to look at it." in plain(shown)
    )
    assert plain(shown).count("econciled") == 1


def test_differences_stay_loud_when_nobody_looks_again(tmp_path):
    later = NOW + dt.timedelta(hours=1)

    shown = plain(reconciled_strip(tmp_path, later, commit=9, differences=1, differs="log = store"))

    assert "1 difference: log ≠ store. Reconciled 60 min 5 s ago, as of commit 1." in shown


@pytest.mark.parametrize(
    "commit, seconds, said", [(9, 290, "Reconciled"), (9, 310, "Last reconciled"), (1, 310, "Reconciled")]
)
def test_it_is_old_when_the_count_has_gone_on_for_five_minutes_without_one(tmp_path, commit, seconds, said):
    shown = reconciled_strip(tmp_path, fixture.T0 + dt.timedelta(seconds=seconds), commit=commit, differences=0)

    assert f">{said} {w.age(seconds)} ago, as of commit 1<" in shown and "t-strip calm" in shown
    assert ("t-reconciled old" in shown) == (said == "Last reconciled")


def test_a_reconciliation_appears_without_a_new_commit(tmp_path):
    path = fixture.write_sqlite(fixture.small(), tmp_path / "store.sqlite")
    reader = data.Reader(f"sqlite:///{path}")
    assert reader.read(data.View()).reconciled is None
    execute(path, f"insert into reconciliation values (1, '{fixture.stamp(fixture.T0)}', 1, 0, '', '')")
    reader._ask_again.clear()

    assert reader.read(data.View()).reconciled == data.Reconciled(fixture.T0, 1, 0, "", "")


def test_a_count_of_an_older_program_is_shown_all_the_same(tmp_path):
    path = fixture.write_sqlite(fixture.small(), tmp_path / "store.sqlite")
    execute(path, "drop view pub_reconcile", "drop table reconciliation")

    shown = reading(path)

    assert shown.away is None and "Not reconciled yet" in plain(strip_of(shown, NOW))


# -------------------------------------------------------------------------------------------------- the manners


def test_the_board_cannot_write_to_its_store(tmp_path):
    path = fixture.write_sqlite(fixture.small(), tmp_path / "store.sqlite")
    engine = data.engine_for(f"sqlite:///{path}")

    with pytest.raises(data.sa.exc.OperationalError, match="readonly"), engine.begin() as connection:
        connection.exec_driver_sql("delete from head")


def test_only_public_views_are_read(tmp_path):
    reader = data.Reader(f"sqlite:///{fixture.write_sqlite(fixture.small(), tmp_path / 'store.sqlite')}")
    asked: list[str] = []
    data.sa.event.listen(
        reader._engine, "before_cursor_execute", lambda c, cursor, statement, *_: asked.append(statement)
    )

    reader.read(data.View())
    reader.read(data.View(area="tw/a", search="1", order="votes:lai"))

    names = set(re.findall(r"(?:FROM|JOIN) (\w+)", " ".join(asked)))
    assert len(asked) > 12 and "pub_totals" in names
    assert all(name.startswith("pub_") or name == "sums" for name in names)


def test_names_from_the_store_cannot_bring_markup(tmp_path):
    count = fixture.Count(election="<script>alert(1)</script>", label="<b onclick=x>")
    count.units([("u", "<i>u</i>", "precinct", None)])
    contest = count.contest("c", "<img src=x>", [("a", "<u>a</u>", "<s>a</s>", None, "red;background:url(x)")])
    count.total(contest, 0, "u", 1)
    count.cards("u", 1)
    result = reading(fixture.write_sqlite(count, tmp_path / "store.sqlite"))
    snapshot = result.snapshot

    page = "".join(
        (
            strip_of(result, NOW),
            parts.title(snapshot),
            parts.tiles(snapshot),
            parts.option_bars(snapshot, False),
            parts.unit_table(snapshot, False),
            parts.laws(snapshot),
        )
    )

    for bad in ("<script", "<b onclick", "<img", "<u>", "<s>", "<i>u", "url(x)"):
        assert bad not in page


def test_the_url_comes_from_teller_toml_when_no_other_is_given(tmp_path, monkeypatch):
    monkeypatch.delenv("TELLER_BOARD_URL", raising=False)
    config = tmp_path / "teller.toml"
    config.write_text(f'[postgres]\nconninfo = "host=localhost port=25432 dbname=teller"\npassfiles = "{tmp_path}"\n')
    monkeypatch.setenv("TELLER_CONFIG", str(config))

    said = data.url_from_environment()

    assert (
        "user=teller_reader" in said and f"passfile={tmp_path}/teller_reader.pgpass" in said and "password" not in said
    )


def test_a_colour_that_would_vanish_against_the_page_is_moved_and_others_are_kept():
    assert parts.legible("#1b9431", dark=False) == "#1b9431"
    assert parts.contrast(parts.legible("#000099", dark=True), parts.BACKGROUND[True]) >= parts.CONTRAST_MIN[True]
    assert parts.contrast(parts.legible("#ffffee", dark=False), parts.BACKGROUND[False]) >= parts.CONTRAST_MIN[False]


def small_and_reconciled() -> fixture.Count:
    count = fixture.small()
    count.reconciled(1, "log = store", "a, b")
    return count


@pytest.fixture(scope="module")
def postgres():
    """A socket folder of a PostgreSQL of our own that holds small_and_reconciled()."""
    script = fixture.TREE / "tests/postgres_fixture.sh"
    if not list(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        pytest.skip("no PostgreSQL server here (packages/install.sh stack)")
    folder = pathlib.Path(tempfile.gettempdir()) / f"teller-board-{os.getpid()}"  # A socket's path must be short.
    try:
        subprocess.run([script, "start", folder], check=True, timeout=120)
        with psycopg.connect(f"host={folder} user=postgres dbname=postgres", autocommit=True) as database:
            database.execute("create database teller owner teller_owner")
        with psycopg.connect(f"host={folder} user=postgres dbname=teller", autocommit=True) as database:
            database.execute("create schema teller authorization teller_owner")
        fixture.write_postgres(small_and_reconciled(), f"host={folder} dbname=teller user=teller_owner")
        yield folder
    finally:
        subprocess.run([script, "stop", folder], check=True, timeout=60)


def test_postgresql_shows_what_sqlite_shows(postgres, tmp_path):
    views = [
        data.View(),
        data.View(area="tw/a"),
        data.View(search="介壽", order="votes:hou"),
        data.View(order="changed"),
    ]
    sqlite_reader = data.Reader(f"sqlite:///{fixture.write_sqlite(small_and_reconciled(), tmp_path / 'store.sqlite')}")
    postgres_reader = data.Reader(f"postgresql+psycopg://teller_reader@/teller?host={postgres}")

    for view in views:
        there, here = postgres_reader.read(view), sqlite_reader.read(view)
        assert there.snapshot == here.snapshot is not None
        assert there.reconciled == here.reconciled is not None


def test_the_board_cannot_write_to_postgresql_and_libpq_words_open_it_too(postgres):
    engine = data.engine_for(f"host={postgres} dbname=teller user=teller_reader")

    with pytest.raises(data.sa.exc.DBAPIError, match="read-only transaction"), engine.begin() as connection:
        connection.exec_driver_sql("create temporary table x (y int)")
