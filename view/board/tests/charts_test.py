"""The line of votes over time."""

from __future__ import annotations

import pytest

import charts
import fixture
from model import TIMELINE_OPTIONS_MAX
from support import HERE, execute, plain, reading


def test_no_two_lines_are_alike_without_their_colours_and_none_changes_when_it_is_passed(tmp_path):
    count = fixture.Count()
    count.parties(("red", "Reds", "#cc0000"), ("blue", "Blues", "#0000cc"))
    count.units([("u", "U", "precinct", None)])
    count.contest("c", "C", [(x, x, x, party, None) for x, party in (("a", "red"), ("b", "blue"), ("c", "red"))])
    count.curve({(0, 0): 3, (0, 1): 2, (0, 2): 1}, points=3)
    for slot, votes in ((0, 3), (1, 2), (2, 1), (fixture.CARDS, 6)):
        count.total(0, slot, "u", votes)
    path = fixture.write_sqlite(count, tmp_path / "store.sqlite")
    snapshot = reading(path).snapshot

    dashes = {o.option_id: dash for o, _, dash in charts.lines_of(snapshot)}

    drawn = charts.over_time(snapshot, HERE)
    assert drawn.count("--light:#cc0000") == 4 and drawn.count("--light:#0000cc") == 2  # Each line, and in the legend.
    assert len(set(dashes.values())) == 3
    assert len(set(charts.DASHES)) == len(charts.DASHES) == TIMELINE_OPTIONS_MAX

    execute(path, "update contest_totals set value = 9 where slot = 2")
    passed = reading(path).snapshot
    assert [o.option_id for o in passed.options] == ["c", "a", "b"]
    assert {o.option_id: dash for o, _, dash in charts.lines_of(passed)} == dashes


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
