"""Shares held against those of an earlier election: only of the same unit, and only where nothing is missing."""

from __future__ import annotations

import pytest

import earlier
import fixture
import words as w
from model import View
from support import drawn, execute, plain, reading


@pytest.fixture
def count():
    return fixture.small_with_earlier()


def shown(count, tmp_path, view=View(), *statements):
    path = fixture.write_sqlite(count, tmp_path / "store.sqlite")
    execute(path, *statements)
    return plain(drawn(path, view))


def test_the_contest_says_in_points_how_shares_have_changed(count, tmp_path):
    said = shown(count, tmp_path)

    assert "In points: the change of the share since 2020." in said
    assert "90 60.00 % +3.00 points" in said and "60 40.00 % +1.50 points" in said


def test_a_place_says_so_of_the_same_place(count, tmp_path):
    said = shown(count, tmp_path, View(place="tw/a"))

    assert "Option Votes Share Since 2020" in said
    assert "30 60.00 % 0.00 points" in said and "20 40.00 % 0.00 points" in said


def test_a_place_that_was_another_one_then_is_compared_with_nothing_and_says_so(count, tmp_path):
    said = shown(count, tmp_path, View(place="tw/b"))

    assert "There is no comparison with 2020 here: the unit was another one then" in said and "points" not in said


def test_nothing_is_compared_before_every_unit_was_heard_from(count, tmp_path):
    for rows in ("totals", "unit_cards"):
        count.rows[rows] = [row for row in count.rows[rows] if count.number["tw/b/2"] not in row[:3]]
    count.rows["totals"] = [row for row in count.rows["totals"] if row[2] != count.number["tw/a/2"]]

    whole, area = shown(count, tmp_path), shown(count, tmp_path / "2", View(place="tw/a"))

    for said in (whole, area):
        assert "The comparison with 2020 begins when every unit here has been heard from." in said
        assert "points" not in said


def test_nothing_is_compared_where_a_figure_is_missing(count, tmp_path):
    said = shown(count, tmp_path, View(), "update contest_totals set withheld = 1 where contest = 0 and slot = 1")

    assert "There is no comparison with 2020: figures are missing." in said and "points" not in said


def test_first_preferences_and_contests_without_an_earlier_one_are_compared_with_nothing(count, tmp_path):
    path = fixture.write_sqlite(count, tmp_path / "store.sqlite")
    execute(path, "update contests set kind = 'ranked'")
    assert w.EARLIER_NONE in plain(drawn(path)) and "points" not in plain(drawn(path))

    del count.presentation["earlier"]["president"]
    count.presentation["earlier"]["other"] = {"title": "2020", "units": {}}
    assert w.EARLIER_NONE in shown(count, tmp_path / "2")
    del count.presentation["earlier"]
    assert w.EARLIER_NONE not in shown(count, tmp_path / "3")


def test_an_option_that_nobody_stood_for_then_has_no_change(count, tmp_path):
    del count.presentation["earlier"]["president"]["units"]["tw/a"]["options"]["hou"]

    assert "20 40.00 % –" in shown(count, tmp_path, View(place="tw/a"))


def test_shares_in_a_place_are_of_what_those_of_the_contest_are_of(count, tmp_path):
    path = fixture.write_sqlite(count, tmp_path / "store.sqlite")
    execute(path, "update contests set share_base = 'cards', votes_allowed = 2")
    execute(path, f"update totals set value = 40 where slot = {fixture.CARDS} and unit = 3 and contest = 0")

    said = plain(drawn(path, View(place="tw/a/1")))

    assert "10 25.00 %" in said and "5 12.50 %" in said


def test_write_ins_that_are_not_known_leave_a_place_without_comparison(count, tmp_path):
    path = fixture.write_sqlite(count, tmp_path / "store.sqlite")
    execute(path, "update contests set write_ins = 1")
    place = reading(path, View(place="tw/a")).snapshot
    import dataclasses

    from model import Figure

    unknown = dataclasses.replace(place.place, counters=place.place.counters | {"write_ins": Figure(how="withheld")})
    compared = earlier.of_place(dataclasses.replace(place, place=unknown))

    assert compared.changes == {} and compared.why == w.EARLIER_MISSING


@pytest.mark.parametrize(
    "change, said", [(0.0, "0.00 points"), (2.345, "+2.35 points"), (-0.4, "−0.40 points"), (0.0004, "+0.0004 points")]
)
def test_a_change_has_its_sign_and_never_becomes_none_by_rounding(change, said):
    assert w.points(change) == said
