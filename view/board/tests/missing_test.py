"""What is withheld, unknown, broken or not there yet is called so, and is never a 0 that nobody counted."""

from __future__ import annotations

import fixture
import markup
import words as w
from support import execute, open_page, plain, reading, words_on


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

    said = plain(markup.laws(reading(path).snapshot))

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
