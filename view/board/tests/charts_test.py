"""The line of votes over time."""

from __future__ import annotations

import datetime as dt

import charts
import fixture
from support import reading


def test_two_options_of_one_party_are_told_apart_though_they_have_one_colour(tmp_path):
    count = fixture.Count()
    count.parties(("red", "Reds", "#cc0000"), ("blue", "Blues", "#0000cc"))
    count.units([("u", "U", "precinct", None)])
    count.contest("c", "C", [(x, x, x, party, None) for x, party in (("a", "red"), ("b", "blue"), ("c", "red"))])
    count.curve({(0, 0): 3, (0, 1): 2, (0, 2): 1}, points=3)
    snapshot = reading(fixture.write_sqlite(count, tmp_path / "store.sqlite")).snapshot

    drawn = charts.over_time(snapshot, dt.timezone.utc, dark=False).to_dict()["encoding"]

    colours, dashes = (drawn[channel]["scale"]["range"] for channel in ("color", "strokeDash"))
    assert colours == ["#cc0000", "#0000cc", "#cc0000"]
    assert dashes[0] == dashes[1] != dashes[2]
