"""What is withheld, unknown, broken or not there yet is called so, and is never a 0 that nobody counted."""

from __future__ import annotations

import bars
import checks
import fixture
import tables
import tiles
import words as w
from model import View
from support import HERE, NOW, drawn, execute, open_page, plain, reading, strip_of, words_on


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

    assert "X 10, withheld in 1 of 2 units 25.00 % of what is known" in said
    assert "Y 30, unknown in 1 of 2 units 75.00 % of what is known" in said
    assert "A 40 10 30 B unknown withheld unknown C – – –" in said  # The units, options in the ballot's order.
    assert "Votes 40, withheld in 1 of 2 units" in said
    assert "Cards counted 40, unknown in 1 of 2 units" in said
    assert "Units reporting 2 of 3" in said
    assert "cards, blank and invalid ones left out, unknown ? votes 40" in said
    assert w.LEADING not in said  # Nobody leads while a figure is withheld.
    assert "not checkable here: a figure is missing" in said


def test_where_nobody_knows_of_cards_they_are_called_unknown_once_and_have_no_column(tmp_path):
    def shown(name, cards):
        count = fixture.Count()
        count.units([("r", "R", "country", None), ("r/a", "A", "county", "r"), ("r/b", "B", "county", "r")])
        contest = count.contest("c", "C", [("x", "X", "X", None, None), ("y", "Y", "Y", None, None)], sheets=True)
        for unit in ("r/a", "r/b"):
            count.total(contest, 0, unit, 10, known=1)
            count.total(contest, 1, unit, 30, known=1)
        for unit in cards:
            count.total(contest, fixture.CARDS, unit, 40, known=1)
        snapshot = reading(fixture.write_sqlite(count, tmp_path / name)).snapshot
        return plain(tables.units(snapshot, HERE)), plain(tiles.of_contest(snapshot))

    table, tile = shown("nobody.sqlite", [])
    assert table.endswith("Unit X Y A 10 30 B 10 30") and w.MOST_CARDS not in table
    assert "Cards counted unknown" in tile

    table, _ = shown("one.sqlite", ["r/b"])
    assert table.endswith("Unit Cards X Y A unknown 10 30 B 40 10 30") and w.MOST_CARDS in table


def test_a_rival_nobody_knows_of_leaves_no_share_and_no_leader(tmp_path):
    count = fixture.Count()
    count.units([("r", "R", "country", None)])
    contest = count.contest("c", "C", [("x", "X", "X", None, None), ("y", "Y", "Y", None, None)], sheets=True)
    count.total(contest, 0, "r", 1010, known=1)
    snapshot = reading(fixture.write_sqlite(count, tmp_path / "store.sqlite")).snapshot

    said = plain(bars.by_option(snapshot, HERE))

    assert said == "Votes by option X 1,010 – Y unknown –"


def test_where_units_report_once_for_each_of_several_methods_the_words_are_reports(tmp_path):
    path = fixture.write_sqlite(sheets_with_a_withheld_figure(), tmp_path / "store.sqlite")
    execute(path, "insert into methods values (1, 'postal', 'By post')")

    said = plain(tiles.of_contest(reading(path).snapshot))

    assert "Votes 40, withheld in 1 of 2 reports" in said


def test_counters_say_what_is_missing_of_them(tmp_path):
    count = sheets_with_a_withheld_figure()
    count.total(0, fixture.UNDERVOTES, "r/a", 7, known=1)
    count.total(0, fixture.OVERVOTES, "r/a", 0, withheld=1)
    snapshot = reading(fixture.write_sqlite(count, tmp_path / "store.sqlite")).snapshot

    said = plain(bars.counters(snapshot.contest))

    assert said == "undervotes 7, unknown in 1 of 2 units overvotes withheld"


def test_sheets_that_could_not_be_checked_are_counted_and_those_that_break_the_law_are_named(tmp_path):
    count = sheets_with_a_withheld_figure()
    path = fixture.write_sqlite(count, tmp_path / "store.sqlite")
    said = plain(checks.laws(reading(path).snapshot))
    assert (
        "not all checkable 1 of 2 result sheets could not be checked against their cards: figures withheld or not given;"
        " 1 checked as far as they say"
    ) in said

    execute(path, "update totals set value = 39 where contest = 0 and slot = 65280 and unit = 1")
    said = plain(checks.laws(reading(path).snapshot))
    assert "does not hold 1 of 2 result sheets do not go with their cards; 1 of 2 result sheets could not be" in said
    assert "A, In person: 40 votes, undervotes and overvotes on 39 cards with 1 each" in said

    execute(
        path,
        "update totals set value = 29 where contest = 0 and slot = 65280 and unit = 1",
        "update contests set votes_allowed = 2",
    )
    assert "A, In person: 30 votes for one option on 29 cards" in plain(checks.laws(reading(path).snapshot))


def test_the_page_of_trust_names_the_sheets_of_every_contest_that_do_not_go_with_their_cards(tmp_path):
    count = sheets_with_a_withheld_figure()
    path = fixture.write_sqlite(count, tmp_path / "store.sqlite")
    view = View(show="trust")
    assert "No result sheet is known that does not go with its cards." in plain(drawn(path, view))

    execute(path, "update totals set value = 39 where contest = 0 and slot = 65280 and unit = 1")
    page = drawn(path, view)

    said = "A, In person: 40 votes, undervotes and overvotes on 39 cards with 1 each"
    contest = count.rows["contests"][0]
    assert f"What is wrong A {contest[2]} {said}" in plain(page)
    assert f'href="?contest={contest[1]}&amp;place=r/a"' in page


def test_nothing_is_said_of_sheets_where_there_are_none(tmp_path):
    path = fixture.write_sqlite(fixture.small(), tmp_path / "store.sqlite")

    assert "sheets" not in plain(checks.laws(reading(path).snapshot))


def test_an_area_that_is_not_heard_from_is_called_so(tmp_path):
    count = fixture.small()
    count.rows["totals"] = [row for row in count.rows["totals"] if row[2] != count.number["tw/b/1"]]
    path = fixture.write_sqlite(count, tmp_path / "store.sqlite")

    said = plain(tables.unit_table(reading(path).snapshot, HERE))

    assert "連江縣 50 2 / 2 30 20 臺北市 not reported yet 0 / 2 – –" in said


def test_the_chart_has_no_point_where_nothing_was_known(tmp_path):
    count = sheets_with_a_withheld_figure()
    for commit, (slot, value, how) in enumerate(
        [(0, 0, "withheld"), (0, 10, "partial"), (1, 0, "number"), (1, 0, None)]
    ):
        count.rows["timeline"].append((commit, fixture.stamp(fixture.T0), 0, slot, value, how))
    count.commit = 4
    path = fixture.write_sqlite(count, tmp_path / "store.sqlite")
    execute(path, "update head set commit_number = 3")

    points = reading(path).snapshot.timeline

    assert [(p.option_id, p.votes) for p in points] == [("x", 10), ("y", 0)]


def test_a_ranked_contest_names_no_leader_and_says_what_its_numbers_are(tmp_path):
    count = fixture.Count()
    count.units([("r", "R", "country", None)])
    contest = count.contest("c", "C", [("x", "X", "X", None, None), ("y", "Y", "Y", None, None)], kind="ranked")
    for slot, votes in ((0, 3), (1, 1), (fixture.CARDS, 4)):
        count.total(contest, slot, "r", votes)
    snapshot = reading(fixture.write_sqlite(count, tmp_path / "store.sqlite")).snapshot

    said = plain(tiles.of_contest(snapshot) + bars.by_option(snapshot, HERE))

    assert f"Votes 4 {w.FIRST_PREFERENCES}" in said
    assert f"{w.FIRST_PREFERENCES} X 3 75.00 % Y 1 25.00 %" in said
    assert w.LEADING not in said and "decided by" not in said


def test_a_place_of_a_ranked_contest_says_so_and_marks_nobody_as_ahead(tmp_path):
    count = fixture.small()
    contest = count.contest("c", "C", [("x", "X", "X", None, None), ("y", "Y", "Y", None, None)], kind="ranked")
    for slot, votes in ((0, 3), (1, 1), (fixture.CARDS, 4)):
        count.total(contest, slot, "tw/a/1", votes)
    path = fixture.write_sqlite(count, tmp_path / "store.sqlite")

    place, president = (drawn(path, View(contest=c, place="tw/a")) for c in ("c", "president"))

    assert f"{w.FIRST_PREFERENCES} Option Votes Share X 3 75.00 % Y 1 25.00 %" in plain(place)
    assert 'class="ahead"' not in place and 'class="ahead"' in president


def test_a_store_that_an_older_program_has_left_is_called_so(tmp_path):
    path = fixture.write_sqlite(fixture.small(), tmp_path / "store.sqlite")
    execute(
        path, "drop view pub_contests", "create view pub_contests as select contest, id as contest_id from contests"
    )

    result = reading(path)

    assert result.away == "older"
    assert "as an older program left it" in plain(strip_of(result, NOW))


def test_a_broken_law_is_said_aloud(tmp_path):
    count = fixture.small()
    path = fixture.write_sqlite(count, tmp_path / "store.sqlite")
    execute(path, "update contest_totals set value = value + 1 where contest = 0 and slot = 0")

    said = plain(checks.laws(reading(path).snapshot))

    assert "does not hold cards, blank and invalid ones left out, 100 ≠ votes 101" in said


def test_an_empty_count_shows_no_zero_no_share_and_nobody_ahead(home):
    count = fixture.Count(commit=0)
    count.units([("tw", "臺灣", "country", None), ("tw/a", "連江縣", "county", "tw")])
    count.contest(
        "president", "President", [("lai", "賴清德", "Lai", None, None), ("hou", "侯友宜", "Hou", None, None)]
    )
    fixture.write_sqlite(count, home / "store.sqlite")

    said = words_on(open_page())

    assert w.NOTHING_COUNTED in said
    assert "賴清德 Lai not reported yet –" in said
    assert "Units reporting 0 of 1" in said
    assert w.OVER_TIME_NOT_YET in said
    assert w.LEADING not in said
