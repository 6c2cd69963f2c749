"""The line of votes over time."""

from __future__ import annotations

import pytest

import charts
import fixture
from support import HERE, plain, reading


def test_two_options_of_one_party_are_told_apart_though_they_have_one_colour(tmp_path):
    count = fixture.Count()
    count.parties(("red", "Reds", "#cc0000"), ("blue", "Blues", "#0000cc"))
    count.units([("u", "U", "precinct", None)])
    count.contest("c", "C", [(x, x, x, party, None) for x, party in (("a", "red"), ("b", "blue"), ("c", "red"))])
    count.curve({(0, 0): 3, (0, 1): 2, (0, 2): 1}, points=3)
    snapshot = reading(fixture.write_sqlite(count, tmp_path / "store.sqlite")).snapshot

    dashes = [dash for _, _, dash in charts.lines_of(snapshot)]

    drawn = charts.over_time(snapshot, HERE)
    assert drawn.count("--light:#cc0000") == 4 and drawn.count("--light:#0000cc") == 2  # Each line, and in the legend.
    assert dashes[0] == dashes[1] != dashes[2]


def test_the_line_is_a_sentence_and_a_table_too(tmp_path):
    count = fixture.small()
    count.curve({(0, 0): 60, (0, 1): 40}, points=20)
    snapshot = reading(fixture.write_sqlite(count, tmp_path / "store.sqlite")).snapshot

    drawn = charts.over_time(snapshot, HERE)

    assert 'role="img" aria-label="From 2024-01-13' in drawn and "賴清德/蕭美琴 60, 侯友宜/趙少康 40." in drawn
    assert "2024-01-13 08:00:00 UTC 60 40" in plain(drawn)


@pytest.mark.parametrize("most, top, step", [(0, 1, 1), (7, 8, 2), (10, 10, 2), (5_586_019, 6_000_000, 2_000_000)])
def test_the_scale_ends_at_a_round_number_above_the_most(most, top, step):
    assert charts.round_top(most) == (top, step)


def test_the_scale_of_an_absurd_figure_has_few_steps():
    top, step = charts.round_top(9 * 10**15)

    assert top >= 9 * 10**15 and top // step <= 5
