"""The numbers on the page are those of the store, all of one commit."""

from __future__ import annotations

import bars
import fixture
import lead
import words as w
from model import View
from queries import Queries
from support import HERE, drawn, execute, go, open_page, plain, reading, words_on


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


def test_where_the_rules_do_not_say_what_decides_the_page_says_nothing_of_it(home):
    path = fixture.write_sqlite(fixture.small(), home / "store.sqlite")
    execute(path, "update contests set decides = ''")

    said = words_on(open_page())

    assert "Votes 100 Cards counted 100" in said and "decided" not in said


def test_a_chosen_area_shows_its_units_and_a_unit_that_has_not_reported_shows_no_zero(home):
    fixture.write_sqlite(fixture.small(), home / "store.sqlite")

    said = words_on(open_page(place="tw/b"))

    assert "大安 1 50 30 20 大安 2 – – –" in said


def test_a_unit_is_found_by_a_part_of_its_name_and_sorted_by_votes(tmp_path):
    path = fixture.write_sqlite(fixture.small(), tmp_path / "store.sqlite")

    found = reading(path, View(search="介壽", order="votes:lai")).snapshot

    assert [(line.name, line.votes[0].value) for line in found.lines] == [("介壽村 2", 20), ("介壽村 1", 10)]
    assert reading(path, View(search="100%")).snapshot.lines == []  # No wildcard of SQL's.


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

    pages = [reading(path, View(place="all/x", order="name", page=n)).snapshot for n in range(3)]

    assert [p.lines_total for p in pages] == [120, 120, 120]
    assert [len(p.lines) for p in pages] == [50, 50, 20]
    assert len({line.id for p in pages for line in p.lines}) == 120


def test_all_numbers_of_a_reading_are_of_one_commit_though_another_comes_in_between(tmp_path, monkeypatch):
    path = fixture.write_sqlite(fixture.small(), tmp_path / "store.sqlite")
    heads = Queries.head

    def head_and_then_a_commit(query):
        head = heads(query)
        execute(
            path,
            "update head set commit_number = 2",
            "update contest_totals set value = 999 where slot = 0 and contest = 0",
            "update totals set value = 999 where slot = 0 and contest = 0",
        )
        return head

    monkeypatch.setattr(Queries, "head", head_and_then_a_commit)
    snapshot = reading(path).snapshot

    assert (snapshot.head.commit_number, snapshot.options[0].votes.value, snapshot.contest.votes.value) == (1, 60, 100)


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
    page = open_page(contest="president")
    assert "賴清德" in words_on(page) and "Ada" not in words_on(page)

    said = words_on(go(page, contest="council"))

    assert "Ada leading 40 44.44 %" in said and "Bob leading 30" in said and "Cleo 20" in said
    assert (
        "holds 2 votes allowed × cards, blank and invalid ones left out, 100 = votes 90 + undervotes 6 + overvotes 4"
        in said
    )
    assert "賴清德" not in said


def test_options_with_as_many_votes_are_tied_and_neither_leads(tmp_path):
    count = fixture.small()
    count.total(0, 1, "tw/b/2", 20)
    count.total(0, fixture.CARDS, "tw/b/2", 20)
    snapshot = reading(fixture.write_sqlite(count, tmp_path / "store.sqlite")).snapshot

    stands = lead.standing(snapshot.contest, snapshot.options)
    assert stands.leading == () and {o.option_id for o in stands.tied} == {"lai", "hou"}
    assert w.LEADING not in plain(bars.by_option(snapshot, HERE))


def test_of_two_seats_one_is_led_and_the_other_tied(tmp_path):
    count = fixture.small()
    count.contest("council", "Council", [(x, x, x, None, None) for x in ("ada", "bob", "cleo", "dan")], seats=2)
    for slot, value in enumerate((40, 30, 30, 20)):
        count.total(1, slot, "tw/a/1", value)
    count.total(1, fixture.CARDS, "tw/a/1", 60)
    snapshot = reading(fixture.write_sqlite(count, tmp_path / "store.sqlite"), View(contest="council")).snapshot

    said = plain(bars.by_option(snapshot, HERE))

    assert "ada leading 40" in said and "bob tied 30" in said and "cleo tied 30" in said and "dan 20" in said


def test_parties_have_their_own_table_only_when_it_says_more_than_the_options(tmp_path):
    snapshot = reading(fixture.write_sqlite(fixture.small(), tmp_path / "a.sqlite")).snapshot
    assert not bars.parties_differ(snapshot)

    count = fixture.Count()
    count.parties(("red", "Reds", "#cc0000"))
    count.units([("u", "U", "precinct", None)])
    contest = count.contest("c", "C", [("a", "A", "A", "red", None), ("b", "B", "B", "red", None)])
    count.total(contest, 0, "u", 3)
    count.total(contest, 1, "u", 1)
    count.total(contest, fixture.CARDS, "u", 4)
    count.cards("u", 4)
    snapshot = reading(fixture.write_sqlite(count, tmp_path / "b.sqlite")).snapshot
    assert bars.parties_differ(snapshot)
    assert "Reds 2 4 100.00 %" in plain(bars.by_party(snapshot))


def test_a_unit_says_what_it_lies_in_where_the_page_does_not(tmp_path):
    path = fixture.write_sqlite(fixture.small(), tmp_path / "store.sqlite")

    assert "大安 1 臺北市 50 30 20" in plain(drawn(path, View(search="大安")))
    assert "大安 1 50 30 20" in plain(drawn(path, View(place="tw/b")))
