"""A place between an area and its reporting units says what these give together, as an area does, and what is missing of it."""

from __future__ import annotations

import random
import re
import sqlite3

import psycopg
import pytest

import fixture
import words as w
from model import Figure, View
from reader import Reader
from sums import summed
from support import drawn, plain, reading


def tree(seed: int = 0, sheets: bool = True) -> fixture.Count:
    """A country of two areas; in each two districts, in each of these two towns with three units; sheets made by `seed`."""
    chance = random.Random(seed)
    count = fixture.Count()
    units = [("r", "R", "country", None)]
    for a in "ab":
        units.append((f"r/{a}", f"Area {a}", "county", "r"))
        for d in "12":
            units.append((f"r/{a}/{d}", f"District {a}{d}", "district", f"r/{a}"))
            for t in "xy":
                town = f"r/{a}/{d}/{t}"
                units.append((town, f"Town {a}{d}{t}", "town", f"r/{a}/{d}"))
                units += [(f"{town}/{n}", f"Unit {a}{d}{t}{n}", "polling_place", town) for n in range(3)]
    count.units(units)
    contest = count.contest("c", "C", [("x", "X", "X", None, None), ("y", "Y", "Y", None, None)], sheets=sheets)
    for unit, _, kind, _ in units:
        if kind != "polling_place" or chance.random() < 0.3:
            continue
        for slot in (0, 1, fixture.CARDS):
            said = chance.choice(["number", "number", "withheld", "unknown"])
            if said == "number":
                count.total(contest, slot, unit, chance.randrange(100), known=1)
            elif said == "withheld":
                count.total(contest, slot, unit, 0, withheld=1)
    return count


def test_a_sum_is_known_as_the_table_of_states_says(tmp_path):
    path = fixture.write_sqlite(fixture.small(), tmp_path / "store.sqlite")
    with sqlite3.connect(path) as database:
        states = database.execute("select heard, numbers, withheld, unknown, how, shown from figure_states").fetchall()
    database.close()

    assert len(states) == 8
    for heard, numbers, withheld, unknown, how, shown in states:
        of = 2 * numbers + 3 * withheld + 4 * unknown
        assert bool(of) == bool(heard)
        assert summed(7, of, 3 * withheld, 4 * unknown) == Figure(
            7 if shown else None, how, 3 * withheld, 4 * unknown, of
        )


@pytest.mark.parametrize("seed", range(8))
def test_the_parts_of_an_area_are_together_what_the_view_says_of_it(tmp_path, seed):
    path = fixture.write_sqlite(tree(seed), tmp_path / "store.sqlite")

    for area in ("r/a", "r/b"):
        shown = reading(path, View(place=area)).snapshot
        parts = [reading(path, View(place=line.id)).snapshot.place for line in shown.lines]
        for slot, figure in shown.place.figures.items():
            of_parts = [p.figures.get(slot, Figure()) for p in parts]
            totals = [
                sum(getattr(f, name) or 0 for f in of_parts) for name in ("value", "of", "withheld_in", "unknown_in")
            ]
            assert summed(*totals) == figure
        assert sum(p.reporting for p in parts) == shown.place.reporting and sum(p.units for p in parts) == 12
        for line, part in zip(shown.lines, parts, strict=True):
            assert {s: f for s, f in line.votes.items() if f.of} == part.figures and line.cards == part.cards


def test_a_place_with_places_in_it_leads_down_to_its_units(tmp_path):
    count = tree()
    count.rows["totals"].clear()
    for unit, x, y in (("r/a/1/x/0", 10, 5), ("r/a/1/x/1", 20, 5)):
        count.total(0, 0, unit, x, known=1)
        count.total(0, 1, unit, y, known=1)
        count.total(0, fixture.CARDS, unit, x + y, known=1)
    count.total(0, 0, "r/a/1/y/0", 0, withheld=1)
    path = fixture.write_sqlite(count, tmp_path / "store.sqlite")

    area, district, town = (plain(drawn(path, View(place=p))) for p in ("r/a", "r/a/1", "r/a/1/x"))
    nothing = plain(drawn(path, View(place="r/a/2")))

    assert "District a1 40, unknown in 1 of 3 3 / 6 30, withheld in 1 of 3 10, unknown in 1 of 3" in area
    assert "District a2 not reported yet 0 / 6 – –" in area and "Unit a" not in area
    assert "X 30, withheld in 1 of 3 units" in district and "Units reporting 3 of 6" in district
    assert "Town a1x 40 2 / 3 30 10" in district and "Town a1y unknown 1 / 3 withheld unknown" in district
    assert "C Area a District a1 Town a1x Find" in town and "X 30 75.00 %" in town and "Unit a1x0 15 10 5" in town
    assert w.NO_FIGURES in nothing and not re.search(
        r"\b0\b(?! /)", nothing.split(w.NO_FIGURES)[1].split("Unofficial")[0]
    )


def test_the_whole_is_a_place_too(tmp_path):
    path = fixture.write_sqlite(fixture.small(), tmp_path / "store.sqlite")

    said = plain(drawn(path, View(place="tw")))

    assert "賴清德/蕭美琴 60 60.00 %" in said and "Units reporting 3 of 4" in said and "連江縣 50 2 / 2 30 20" in said


def test_a_search_in_a_place_looks_at_all_below_it(tmp_path):
    path = fixture.write_sqlite(tree(), tmp_path / "store.sqlite")

    lines = reading(path, View(place="r/a/1", search="unit")).snapshot.lines

    assert [line.id for line in lines] == [f"r/a/1/{t}/{n}" for t in "xy" for n in range(3)]


def test_postgresql_says_the_same_of_middle_levels(postgres, tmp_path):
    for user, database, said in (
        ("postgres", "postgres", "create database middle owner teller_owner"),
        ("postgres", "middle", "create schema teller authorization teller_owner"),
        ("postgres", "middle", "grant usage on schema teller to teller_reader"),
    ):
        with psycopg.connect(f"host={postgres} user={user} dbname={database}", autocommit=True) as connection:
            connection.execute(said)
    fixture.write_postgres(tree(3), f"host={postgres} dbname=middle user=teller_owner")
    there = Reader(f"host={postgres} dbname=middle user=teller_reader")
    here = Reader(f"sqlite:///{fixture.write_sqlite(tree(3), tmp_path / 'store.sqlite')}")

    for place in ("r", "r/a", "r/a/1", "r/a/1/x", "r/a/1/x/0"):
        one, other = (reader.read(View(place=place)).snapshot for reader in (there, here))
        assert one == other is not None and repr(one) == repr(other)
