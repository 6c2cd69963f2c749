"""Votes by voting method: everywhere, in an area and in one unit."""

from __future__ import annotations

import sqlite3

import pytest

import fixture
from model import Share, View
from support import drawn, plain, reading


def two_methods(sheets: bool) -> fixture.Count:
    count = fixture.Count(methods=(("polls", "At the polls"), ("post", "By post")))
    count.units(
        [
            ("r", "R", "country", None),
            ("r/a", "Area A", "area", "r"),
            ("r/b", "Area B", "area", "r"),
            ("r/a/1", "A one", "place", "r/a"),
            ("r/a/2", "A two", "place", "r/a"),
            ("r/b/1", "B one", "place", "r/b"),
        ]
    )
    names = [("x", "Xenia", "Xenia", None, None), ("y", "Yul", "Yul", None, None)]
    contest = count.contest("c", "Contest", names, sheets=sheets)
    known = {"known": 1} if sheets else {}
    for unit, method, x, y in (("r/a/1", 0, 60, 40), ("r/a/1", 1, 10, 30), ("r/a/2", 0, 5, 5), ("r/b/1", 1, 0, 7)):
        for slot, votes in ((0, x), (1, y)):
            if votes or sheets:
                count.total(contest, slot, unit, votes, method=method, **known)
        count.total(contest, fixture.CARDS, unit, x + y, method=method, **known)
    return count


@pytest.mark.parametrize("sheets", [False, True])
def test_each_method_says_its_cards_votes_and_shares_everywhere_and_in_a_place(tmp_path, sheets):
    path = fixture.write_sqlite(two_methods(sheets), tmp_path / "store.sqlite")

    whole, area, unit, other = (plain(drawn(path, View(place=place))) for place in (None, "r/a", "r/a/1", "r/b/1"))

    assert (
        "By voting method Option At the polls By post Cards 110 47 Yul 45 40.91 % 37 78.72 % Xenia 65 59.09 % 10 21.28 %"
    ) in whole
    assert "Cards 110 40 Yul 45 40.91 % 30 75.00 % Xenia 65 59.09 % 10 25.00 %" in area
    assert "Cards 100 40 Yul 40 40.00 % 30 75.00 % Xenia 60 60.00 % 10 25.00 %" in unit
    assert "By voting method" not in other  # Heard from by one of them.


def test_what_a_method_is_silent_about_is_unknown_and_no_share_is_said_of_it(tmp_path):
    count = two_methods(sheets=True)
    count.rows["totals"] = [row for row in count.rows["totals"] if row[1:4] != (0, count.number["r/a/1"], 1)]
    path = fixture.write_sqlite(count, tmp_path / "store.sqlite")

    unit = plain(drawn(path, View(place="r/a/1")))

    assert "Cards 100 40 Yul 40 40.00 % 30 Xenia 60 60.00 % unknown" in unit


def test_a_count_of_one_method_has_no_such_table(tmp_path):
    path = fixture.write_sqlite(fixture.small(), tmp_path / "store.sqlite")

    assert "By voting method" not in plain(drawn(path)) + plain(drawn(path, View(place="tw/a")))


@pytest.mark.parametrize("sheets", [False, True])
@pytest.mark.parametrize("place", [None, "r/a", "r/b"])
def test_the_sums_are_those_of_the_view_that_the_dashboards_read(tmp_path, sheets, place):
    count = two_methods(sheets)
    if sheets:  # One figure withheld, one never said, and a sheet that was withdrawn.
        known = {"known": 0}
        count.rows["totals"] = [row for row in count.rows["totals"] if row[1:4] != (1, count.number["r/a/2"], 0)]
        count.total(0, 0, "r/a/2", 0, method=1, withheld=1)
        count.total(0, 1, "r/b/1", 0, method=0, **known)
        count.total(0, fixture.CARDS, "r/b/1", 0, method=0, **known)
    path = fixture.write_sqlite(count, tmp_path / "store.sqlite")
    view = View(contest="c", place=place)
    snapshot = reading(path, view).snapshot
    found = snapshot.place.methods if place else snapshot.methods

    with sqlite3.connect(path) as store:
        said = store.execute(
            "select method_name, kind, slot, value, how, withheld_in, unknown_in, of_reports, share, share_of from pub_place_figures "
            "where method >= 0 and place_id is ? and (kind = 'option' or line_id = 'cards') and of_reports > 0 order by method, slot",
            (place,),
        ).fetchall()
    store.close()
    ours = []
    for m in found:
        for slot, f in [*sorted(m.votes.items()), (fixture.CARDS, m.cards)]:
            of = m.shares.get(slot, Share())
            kind = "counter" if slot == fixture.CARDS else "option"
            ours.append((m.name, kind, slot, f.value, f.how, f.withheld_in, f.unknown_in, f.of, of.share, of.of))
    several = len({row[0] for row in said}) > 1
    assert ours == (said if several else [])
