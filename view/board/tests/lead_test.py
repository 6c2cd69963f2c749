"""Who leads is said together with what is outstanding; nobody has won, ties are ties, and what is final is said."""

from __future__ import annotations

import pytest

import fixture
import lead
from model import View
from support import drawn, execute, plain, reading


def _of(path, **view) -> str:
    return plain(lead.block(reading(path, View(**view)).snapshot, _here())).replace(" .", ".").replace(" ,", ",")


def _here():
    from parts import Here

    return Here()


@pytest.fixture
def registered(tmp_path):
    """Lai 60, Hou 40; of the last polling place only its 15 registered voters are known."""
    count = fixture.small()
    count.rows["units"] = [
        (*row[:-1], {"tw/a/1": 40, "tw/a/2": 50, "tw/b/1": 90, "tw/b/2": 15}.get(row[1])) for row in count.rows["units"]
    ]
    return fixture.write_sqlite(count, tmp_path / "store.sqlite")


def test_the_lead_stands_beside_the_voters_of_whom_nothing_was_heard(registered):
    said = _of(registered)

    assert "賴清德/蕭美琴 leads with 60.00 %, 20 votes ahead of 侯友宜/趙少康." in said
    assert "3 of 4 units heard from (75.00 %)" in said
    assert (
        "1 unit has not been heard from yet; 15 voters are registered there, fewer than the lead of 20 votes." in said
    )
    assert (
        "Is this final? No. 1 unit has not been heard from yet. Totals are unofficial until they are certified." in said
    )

    execute(registered, "update units set registered = 20 where id = 'tw/b/2'")
    assert "20 voters are registered there, more than the lead of 20 votes" not in _of(registered)
    assert "20 voters are registered there, as many as the lead of 20 votes" in _of(registered)


def test_registered_voters_of_every_unit_together_give_a_turnout(registered):
    assert "Cards counted 100 51.28 % of 195 registered" in plain(drawn(registered))


def test_when_every_unit_was_heard_from_nobody_leads_any_more_and_nobody_has_won(tmp_path):
    count = fixture.small()
    for slot, votes in ((0, 5), (1, 1), (fixture.CARDS, 6)):
        count.total(0, slot, "tw/b/2", votes)
    path = fixture.write_sqlite(count, tmp_path / "store.sqlite")

    said = _of(path)

    assert "賴清德/蕭美琴 has the most votes: 61.32 %, 24 votes more than 侯友宜/趙少康." in said
    assert "All 4 units heard from Units that were heard from may still send more. Is this final? No." in said
    assert "Is this final? No. Every unit has been heard from, but totals are unofficial" in said
    page = plain(drawn(path))
    assert "賴清德/蕭美琴 most votes" in page and "leading" not in page and "won" not in page
    execute(path, "update head set status = 'official'")
    assert "Is this final? These totals are official." in _of(path)


def test_a_tie_is_called_a_tie(tmp_path):
    count = fixture.small()
    count.total(0, 1, "tw/b/2", 20)
    path = fixture.write_sqlite(count, tmp_path / "store.sqlite")

    assert "Tied with 60 votes each: 賴清德/蕭美琴 and 侯友宜/趙少康." in _of(path)


def test_one_vote_decides_nothing_by_rounding(tmp_path):
    count = fixture.Count()
    count.units([("u", "U", "precinct", None)])
    count.contest("c", "C", [(x, x, x, None, None) for x in ("ada", "bob")])
    count.total(0, 0, "u", 5_000_001)
    count.total(0, 1, "u", 4_999_999)
    count.total(0, fixture.CARDS, "u", 10_000_000)
    path = fixture.write_sqlite(count, tmp_path / "store.sqlite")

    said = _of(path)

    assert "ada has the most votes: 50.00001 %, 2 votes more than bob." in said


def test_with_several_seats_the_line_between_in_and_out_is_drawn(tmp_path):
    count = fixture.small()
    count.contest("council", "Council", [(f"c{i}", f"C{i}", f"C{i}", None, None) for i in range(20)], seats=12)
    for slot in range(20):
        count.total(1, slot, "tw/a/1", 100 - slot)
    count.total(1, fixture.CARDS, "tw/a/1", 2_000)
    path = fixture.write_sqlite(count, tmp_path / "store.sqlite")

    said = plain(drawn(path, View(contest="council")))

    assert "Above the line are the 12 options with most votes, for 12 seats. The last of them is" in said
    first, line, rest = said.partition("12 seats: the line between in and out, as far as it is counted")
    assert line and "C11 leading 89" in first and "C12 88" in rest.split("8 more options")[1]
    assert all(f" C{i} " in said.split("Reporting units")[1].split("All others")[0] for i in range(12))
    assert " C12 " not in said.split("Reporting units")[1].split("All others")[0].split("Show these")[1]


def test_a_tie_for_the_last_seat_is_shown_whole_and_without_a_line(tmp_path):
    count = fixture.small()
    count.contest("council", "Council", [(f"c{i}", f"C{i}", f"C{i}", None, None) for i in range(20)], seats=10)
    for slot in range(20):
        count.total(1, slot, "tw/a/1", 100 if slot < 8 else 50 if slot < 14 else 1)
    count.total(1, fixture.CARDS, "tw/a/1", 2_000)
    path = fixture.write_sqlite(count, tmp_path / "store.sqlite")

    said = plain(drawn(path, View(contest="council")))

    assert "10 seats. Tied for the last of them with 50 votes each: C8, C9, C10, C11, C12 and C13." in said
    assert "the line between in and out" not in said
    assert "C13 tied 50" in said.split("6 more options")[0]


def test_nobody_leads_a_ranked_contest_and_nobody_while_a_figure_is_missing(tmp_path):
    ranked = fixture.small()
    path = fixture.write_sqlite(ranked, tmp_path / "a.sqlite")
    execute(path, "update contests set kind = 'ranked'")
    assert "These are first preferences. Who is elected depends on rounds that are not counted here." in _of(path)

    path = fixture.write_sqlite(fixture.small(), tmp_path / "b.sqlite")
    execute(path, "update contest_methods set from_sheets = 1", "delete from contest_heard")
    execute(path, "insert into contest_heard select * from contest_heard_anew")
    assert "Nobody can be said to lead: figures are missing." in _of(path)
