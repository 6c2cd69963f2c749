"""Addresses and pages: what stands in an address is shown, and nothing else can be asked for with one."""

from __future__ import annotations

import contextlib
import re
import sqlite3

import pytest

import address
import fixture
import pages
import words as w
from model import View
from reader import Reader
from support import NOW, data_of, drawn, execute, open_page, plain, reading, words_on


@pytest.mark.parametrize(
    "view",
    [
        View(),
        View(show="contests", search="a&b=c"),
        View(contest="president", place="tw/臺北市/1", order="votes:a b", page=3),
        View(contest="c", option="x", screen=True),
        View(contest="c", columns=("a b", "c/d", "e+f,g")),
        View(show="trust"),
    ],
)
def test_an_address_brings_back_what_was_chosen(view):
    import urllib.parse

    query = dict(urllib.parse.parse_qsl(address.query_of(view)))

    assert address.view_of(query) == view


@pytest.mark.parametrize("page", ["0", "-1", "x", "٣", "1e3", "99999999999999", ""])
def test_a_page_that_is_no_number_is_the_first(page):
    assert address.view_of({"page": page, "show": "../etc", "unknown": "1"}) == View()


def test_a_count_of_several_contests_begins_with_all_of_them(home):
    count = fixture.small()
    count.contest("council", "Council", [("ada", "Ada", "Ada", None, None), ("bob", "Bob", "Bob", None, None)])
    count.total(1, 0, "tw/a/1", 7)
    count.total(1, fixture.CARDS, "tw/a/1", 7)
    fixture.write_sqlite(count, home / "store.sqlite")

    said = words_on(open_page())

    assert (
        "All contests" in said and "賴清德/蕭美琴 leading 60 · 60.00 %" in said and "Ada leading 7 · 100.00 %" in said
    )
    assert "Council" not in words_on(open_page(q="president"))
    assert w.FOUND_NONE.format(said="nothing like it") in words_on(open_page(q="nothing like it"))


def test_a_place_has_a_page_with_its_figures_and_its_units(tmp_path):
    path = fixture.write_sqlite(fixture.small(), tmp_path / "store.sqlite")

    area = plain(drawn(path, View(place="tw/a")))
    unit = plain(drawn(path, View(place="tw/a/1")))
    unheard = plain(drawn(path, View(place="tw/b/2")))

    assert "President and Vice President 連江縣 Find Test election" in area and "賴清德/蕭美琴 30 60.00 %" in area
    assert "Units reporting 2 of 2" in area and "介壽村 1" in area and "大安" not in area
    assert (
        "President and Vice President 連江縣 介壽村 1 Find Test election" in unit and "侯友宜/趙少康 5 33.33 %" in unit
    )
    assert "not reported yet" in unheard and " 0 " not in unheard.split("大安 2")[-1].split("Unofficial")[0]


def test_a_place_says_only_what_can_be_in_its_contest(tmp_path):
    path = fixture.write_sqlite(fixture.small(), tmp_path / "store.sqlite")

    said = plain(drawn(path, View(place="tw/a")))
    execute(path, "update contests set write_ins = 1")
    with_write_ins = plain(drawn(path, View(place="tw/a")))
    execute(path, "update contests set kind = 'ranked'")
    ranked = plain(drawn(path, View(place="tw/a")))

    assert "undervotes 0 overvotes 0 blank 0 invalid 0 Reporting units" in said
    assert "invalid 0 write-ins 0 Reporting units" in with_write_ins
    assert "no first preference 0" in ranked and "undervotes" not in ranked.split("Reporting units")[0]


def test_an_option_has_a_page_place_by_place(tmp_path):
    path = fixture.write_sqlite(fixture.small(), tmp_path / "store.sqlite")

    said = plain(drawn(path, View(option="lai")))

    assert "民主進步黨" in said and "Place by votes 1 of 2" in said
    assert "連江縣 50 2 / 2 30 60.00 %" in said and "臺北市 50 1 / 2 30 60.00 %" in said


@pytest.mark.parametrize("view", [View(contest="x"), View(place="x"), View(option="x"), View(contest="x", screen=True)])
def test_what_there_is_not_is_said_and_nothing_else_is_shown_instead(tmp_path, view):
    path = fixture.write_sqlite(fixture.small(), tmp_path / "store.sqlite")

    said = plain(drawn(path, view))

    assert w.NO_SUCH in said and "60" not in said.split(w.NO_SUCH)[0].replace("16:00", "")


def test_the_page_of_trust_names_sizes_roots_rejections_and_falls(tmp_path):
    path = fixture.write_sqlite(fixture.small(), tmp_path / "store.sqlite")
    execute(path, "insert into incidents values (0, 5, 0, 'rejected', 'intake.unit.unknown', x'00', x'00', null, 1)")
    execute(path, "insert into falls values (0, 1, 0, 1, 0, 0, 3, 0, 30, 20, 'typed wrongly')")

    said = plain(drawn(path, View(show="trust")))

    assert "0 100 " + 64 * "0" in said and "intake.unit.unknown 1" in said
    assert "tw/a/1 president lai 30 20 typed wrongly" in said or "lai 30 20 typed wrongly" in said
    assert "teller verify" in said


def test_the_page_of_trust_says_which_conflicts_officers_settled_and_how(tmp_path):
    path = fixture.write_sqlite(fixture.small(), tmp_path / "store.sqlite")
    assert w.trusted("settled") not in plain(drawn(path, View(show="trust")))

    for place, (action, number, reason) in enumerate(
        [
            ("keep", 0, "test cards"),
            ("keep", 0, "test cards"),
            ("supersede", 0, "the paper says so"),
            ("void", 0, "a void"),
            ("close", 2, "over"),
        ]
    ):
        execute(
            path,
            f"insert into decisions values (0, 3, {place}, 7, '{action}', {number}, '{reason}', 'a.huber, b.meier', null, x'00')",
        )
    said = plain(drawn(path, View(show="trust")))

    assert w.trusted("settled") in said
    assert "kept what counted 2 test cards a.huber, b.meier 7" in said
    assert "the other one counts in its place 1 the paper says so a.huber, b.meier 7" in said
    settled = said[said.index(w.trusted("settled")) :]
    assert "a void" not in settled and "over a.huber" not in settled


def test_the_page_of_trust_says_what_officers_decided_and_calls_a_new_decision_as_the_store_does(tmp_path):
    path = fixture.write_sqlite(fixture.small(), tmp_path / "store.sqlite")
    assert w.trusted("decided") not in plain(drawn(path, View(show="trust")))

    for place, (action, number, reason) in enumerate(
        [("open", 1, "it is eight"), ("void", 0, "found twice"), ("void", 0, "found twice"), ("a <b>", 3, "new")]
    ):
        execute(
            path,
            f"insert into decisions values (0, 3, {place}, 7, '{action}', {number}, '{reason}', 'a.huber, b.meier', null, x'00')",
        )
    said = plain(drawn(path, View(show="trust")))

    assert "voting begins – it is eight a.huber, b.meier 7" in said
    assert "ballots no longer count 2 found twice a.huber, b.meier 7" in said
    assert "a <b> – new a.huber, b.meier 7" in said


def test_a_count_of_before_decisions_has_a_page_of_trust_too(tmp_path):
    path = fixture.write_sqlite(fixture.small(), tmp_path / "store.sqlite")
    execute(path, "drop view pub_decisions")
    assert w.trusted("settled") not in plain(drawn(path, View(show="trust")))


def test_the_window_is_called_by_what_it_shows(home):
    fixture.write_sqlite(fixture.small(), home / "store.sqlite")

    result = Reader(f"sqlite:///{home / 'store.sqlite'}").read(View(place="tw/b"))

    assert (
        pages.of(result, View(place="tw/b"), NOW, 120).title
        == "臺北市 · President and Vice President · Test election · Teller"
    )


def test_a_page_is_drawn_again_only_when_it_would_say_something_else(tmp_path):
    path = fixture.write_sqlite(fixture.small(), tmp_path / "store.sqlite")
    reader = Reader(f"sqlite:///{path}")

    def signs(seconds):
        import datetime as dt

        reader._ask_again_at = 0
        return pages.signs(reader.read(View()), NOW + dt.timedelta(seconds=seconds), 120)

    first = signs(0)
    assert signs(60) == first
    assert signs(200) != first  # Amber.
    assert signs(5_000) != signs(200)  # Red.
    execute(path, "update head set commit_number = 2")
    assert signs(0) != first


def test_what_many_look_at_is_drawn_once(tmp_path, monkeypatch):
    result = reading(fixture.write_sqlite(fixture.small(), tmp_path / "store.sqlite"))
    drawn_pages = pages.Drawn()

    several = [drawn_pages.of(result, View(), NOW, 120) for _ in range(3)]
    with w.speaking("zh-Hant"):
        other = drawn_pages.of(result, View(), NOW, 120)

    assert several[0] is several[1] is several[2] is not other


def test_many_pages_ask_the_store_as_often_as_one(tmp_path):
    import sqlalchemy as sa

    path = fixture.write_sqlite(fixture.small(), tmp_path / "store.sqlite")
    reader = Reader(f"sqlite:///{path}")
    views = [View(), View(place="tw/a"), View(option="lai"), View(show="trust")]
    for view in views:
        reader.read(view)
    asked = []
    sa.event.listen(reader._engine, "before_cursor_execute", lambda *of: asked.append(of[2]))

    reader._ask_again_at = 0
    for _ in range(10):
        for view in views:
            reader.read(view)

    assert len(asked) <= 4  # The head and the reconciliation, once.


def test_an_absurd_figure_is_shown_as_it_is_and_every_bar_stays_in_its_track(tmp_path):
    path = fixture.write_sqlite(fixture.small(), tmp_path / "store.sqlite")
    execute(path, "update contest_totals set value = 9007199254740991 where contest = 0 and slot = 0")

    html = drawn(path)

    assert "9,007,199,254,740,991" in plain(html)
    import re

    widths = [float(x) for x in re.findall(r"width:([0-9.]+)%", html)]
    assert widths and all(0 <= width <= 100 for width in widths)


def test_one_party_has_one_colour_in_every_contest_and_more_than_ten_are_told_apart(tmp_path):
    count = fixture.small()
    count.parties(*((f"p{i:02}", f"Party {i}", None) for i in range(30)))
    count.rows["option_parties"].clear()
    for contest, order in (("c", range(30)), ("d", reversed(range(30)))):
        count.contest(contest, contest, [(f"o{i:02}", f"O{i}", f"O{i}", f"p{i:02}", None) for i in order])
    path = fixture.write_sqlite(count, tmp_path / "store.sqlite")
    from parts import colours_of

    one, other = (colours_of(reading(path, View(contest=contest)).snapshot) for contest in ("c", "d"))

    assert one == other and len(set(one.values())) == 30


def test_a_search_stands_in_the_page_as_text(home):
    fixture.write_sqlite(fixture.small(), home / "store.sqlite")

    html = data_of(open_page(q='"><img src=x onerror=alert(1)>'))["html"]

    assert "<img" not in html and "&lt;img src=x" in html


def test_before_the_close_of_voting_it_says_why_there_is_nothing(tmp_path):
    """The views are held back as src/store does it (hold_back_views): all but three are empty."""
    path = fixture.write_sqlite(fixture.small(), tmp_path / "store.sqlite")
    with contextlib.closing(sqlite3.connect(path)) as store:
        store.execute("update head set publication = 'after_close'")
        views = store.execute(
            "select name, sql from sqlite_master where type = 'view' and name glob 'pub_*'"
        ).fetchall()
        for name, sql in views:
            if name not in ("pub_head", "pub_decisions", "pub_reconcile"):
                store.execute(f"drop view {name}")
                store.execute(sql.replace(name, "held_" + name[4:], 1))
                store.execute(f"create view {name} as select * from held_{name[4:]} where false")
        store.commit()

    for view in (
        View(),
        View(show="contests"),
        View(contest="president"),
        View(place="tw/a"),
        View(show="trust"),
        View(screen=True),
    ):
        said = plain(drawn(path, view))
        assert "60" not in said.split() and "賴清德" not in said, view
    assert "Nothing is published before the close of voting." in plain(drawn(path, View()))
    assert "This count has no contest." not in plain(drawn(path, View()))

    with contextlib.closing(sqlite3.connect(path)) as store:
        store.execute("update head set publication = 'certified'")
        store.commit()
    assert "Of this count only the certified result is published, as files." in plain(drawn(path, View()))


def test_a_reader_chooses_which_options_have_a_column_and_unknown_ones_are_passed_over(tmp_path):
    count = fixture.Count()
    count.units([("u", "U", "precinct", None)])
    contest = count.contest("c", "C", [(f"o{i}", f"Option {i}", f"Option {i}", None, None) for i in range(20)])
    for slot in range(20):
        count.total(contest, slot, "u", 100 - slot)
    path = fixture.write_sqlite(count, tmp_path / "store.sqlite")

    def columns(view):
        return re.findall(r'title="(Option \d+)"', drawn(path, view))

    assert columns(View()) == [f"Option {i}" for i in range(6)]
    assert columns(View(columns=("o19", "nobody", "o2"))) == ["Option 2", "Option 19"]
    assert columns(View(columns=("nobody",))) == columns(View())
    page = drawn(path, View(columns=("o19",)))
    assert page.count('type="checkbox"') == 20 and page.count(" checked>") == 1
    assert 'value="o19" checked>' in page and "cols=o19" in page  # Its links keep the choice.
    assert address.view_of({"cols": "\t".join(f"o{i}" for i in range(99))}).columns == tuple(f"o{i}" for i in range(16))
    assert 'type="checkbox"' not in drawn(fixture.write_sqlite(fixture.small(), tmp_path / "small" / "store.sqlite"))


@pytest.fixture
def two_councils(tmp_path):
    """Of ten options and of five of the same ids. In one unit of 連江縣 the tenth of the ten has most votes, and nowhere else."""
    count = fixture.small()
    for name, options in (("ten", 10), ("five", 5)):
        contest = count.contest(
            name, name, [(f"{i}", f"Option {i}", f"Option {i}", None, None) for i in range(options)]
        )
        for slot in range(options):
            count.total(contest, slot, "tw/a/1", 1000 - 10 * slot)
            count.total(contest, slot, "tw/a/2", 30 if slot == 9 else 10)
        for unit in ("tw/a/1", "tw/a/2"):
            count.total(contest, fixture.CARDS, unit, 10_000)
    return fixture.write_sqlite(count, tmp_path / "store.sqlite")


def test_columns_are_chosen_for_one_contest_and_can_always_be_taken_back(two_councils):
    page = drawn(two_councils, View(contest="ten", columns=("1",)))
    assert "contest=ten&amp;place=tw/a&amp;cols=1" in page  # Within the contest the choice holds …
    there = drawn(two_councils, View(contest="ten", columns=("1",), order="votes:1", screen=True))
    assert 'data-next="?contest=five&amp;screen=1"' in there  # … and neither it nor the order goes over to another.
    assert (
        "cols=1"
        not in drawn(two_councils, View(show="search", contest="ten", search="five", columns=("1",))).split(
            "?contest=five"
        )[1][:20]
    )

    five = drawn(two_councils, View(contest="five", columns=("1",)))  # As somebody may have sent it.
    assert re.findall(r'title="(Option \d+)"', five) == ["Option 1"] and five.count('type="checkbox"') == 5
    assert 'type="checkbox"' not in drawn(two_councils, View(contest="five"))


def test_who_is_marked_is_ahead_of_all_and_what_all_others_have_stands_beside_what_was_chosen(two_councils):
    def rows(**view):
        page = drawn(two_councils, View(contest="ten", place="tw/a", **view)).split('class="t-table t-units"')[1]
        return plain(page), re.findall(r'class="ahead"[^>]*>([\d,]+)', page)

    by_itself, ahead = rows()
    assert "Option 5 All others" in by_itself and "Option 9" not in by_itself
    assert ahead == ["1,000"]  # In the other unit somebody is ahead who has no column.
    assert rows(order="votes:9")[1] == ["1,000", "30"]
    chosen, ahead = rows(columns=("1", "9"))
    assert f" 990 910 {w.number(sum(1000 - 10 * i for i in range(10) if i not in (1, 9)))} " in chosen
    assert " 10 30 80 " in chosen and ahead == []
