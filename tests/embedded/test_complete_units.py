"""Units that somebody declares complete: how many cards they have is held against what is counted, in both ways of counting."""

import json

import pytest

import little_rill
from conftest import run, serving
from little_rill import contest, named, rules_of
from officers import Officers

UNITS = [
    {"id": "rill", "name": "Rill", "kind": "city"},
    {"id": "rill/north", "name": "Rill North", "kind": "precinct", "parent": "rill"},
    {"id": "rill/south", "name": "Rill South", "kind": "precinct", "parent": "rill"},
]
RULES = rules_of(
    units=UNITS,
    methods=[{"id": "box", "name": "In the box"}, {"id": "post", "name": "By post"}],
    contests=[contest("mayor", named("Ada", "Bell"), counted_from="sheets"), contest("park", named("Yes", "No"), counted_from="sheets")],
)


def sheets(home, *wanted, code=0):
    """Sheets as (unit, method, contest, cards, what else)."""
    count = json.loads((home / "count.json").read_text())["id"]
    lines = []
    for unit, method, of, cards, *others in wanted:
        sheet = {"kind": "sheet", "count": count, "unit": unit, "method": method, "contest": of, **(others[0] if others else {})}
        lines.append(json.dumps(sheet | ({} if cards is None else {"cards": cards, "undervotes": cards})) + "\n")
    path = home.parent / "sheets.ndjson"
    path.write_text("".join(lines))
    run("load", path, "--home", home, code=code)


def complete(home, unit, *more, code=0, reason="Ballot account of 20:45"):
    return run("complete", "--home", home, "--unit", unit, *more, "--reason", reason, code=code)[1]


def told(home, code=0):
    """What the check says, and of how many units it could be made."""
    report = json.loads(run("check", "--home", home, "--json", code=code)[0])
    mine = [one for one in report["findings"] if one["check"] == "declared_cards"]
    assert all(one["severity"] == "error" and one["contest"] is None for one in mine)
    return {one["units"][0]: one["what"] for one in mine}, report["checks"]["declared_cards"]["looked_at"]


def listed(home):
    return {one["id"]: one for one in json.loads(run("totals", "--home", home, "--outstanding", "--format", "json")[0])["complete"]}


@pytest.fixture
def home(tmp_path, new_home):
    (tmp_path / "rules.json").write_text(json.dumps(RULES))
    return new_home(tmp_path / "rules.json")


def test_cards_more_or_fewer_than_were_declared_are_told(home):
    sheets(home, ("rill/north", "box", "mayor", 200), ("rill/north", "post", "mayor", 50), ("rill/north", "box", "park", 190))
    assert told(home) == ({}, 0)
    said = complete(home, "Rill North", "--cards", 252)
    assert "rill/north is complete with 252 card(s) (audit line 1)" in said
    assert told(home, 1) == ({"rill/north": "Rill North: 250 cards counted, and 252 declared: 2 too few"}, 1)
    # The last declaration stands, and the log has both.
    assert "it was declared with 252" in complete(home, "rill/north", "--cards", 249, reason="Added up again")
    assert told(home, 1) == ({"rill/north": "Rill North: 250 cards counted, and 249 declared: 1 too many"}, 1)
    complete(home, "rill/north", "--cards", 250)
    assert told(home) == ({}, 1)
    lines = json.loads(run("audit", "show", "--home", home, "--json")[0])
    assert [line["subject"] for line in lines if line["action"] == "complete"] == [f"{n} cards of rill/north" for n in (252, 249, 250)]
    assert lines[2]["before"] == lines[1]["after"] != lines[2]["after"]
    run("audit", "verify", "--home", home)
    # A unit of which nothing came is not as it was declared, and no 0 is made of it elsewhere.
    complete(home, "rill/south", "--cards", 1)
    assert told(home, 1) == ({"rill/south": "Rill South: not reported yet, and 1 card declared"}, 2)
    assert listed(home)["rill/south"] == {"id": "rill/south", "name": "Rill South", "in": "Rill", "declared": 1, "counted": None, "whole": True}
    complete(home, "rill/south", "--undo", reason="A box was found")
    assert told(home) == ({}, 1) and set(listed(home)) == {"rill/north"}
    assert "was not declared complete" in complete(home, "rill/south", "--undo", code=2)


def test_a_sheet_that_withholds_its_cards_is_held_as_far_as_it_goes(home):
    sheets(home, ("rill/north", "box", "mayor", 200), ("rill/north", "post", "mayor", None, {"votes": {"ada": 3}}))
    complete(home, "rill/north", "--cards", 220)
    assert told(home) == ({}, 0) and listed(home)["rill/north"]["whole"] is False
    complete(home, "rill/north", "--cards", 199)
    assert told(home, 1) == ({"rill/north": "Rill North: at least 200 cards counted, and 199 declared: 1 too many"}, 1)


def test_what_is_outstanding_shows_what_is_complete(home):
    sheets(home, ("rill/north", "box", "mayor", 200))
    assert "Declared complete" not in run("totals", "--home", home, "--outstanding")[0] and listed(home) == {}
    complete(home, "rill/north", "--cards", 1200)
    shown = run("totals", "--home", home, "--outstanding")[0]
    assert "Declared complete" in shown and shown.splitlines()[-1] == "1 unit(s) declared complete"
    assert shown.splitlines()[-2].split() == ["Rill", "North", "rill/north", "Rill", "1,200", "200"]
    assert "complete" not in json.loads(run("totals", "--home", home, "--format", "json")[0])
    table, said = run("totals", "--home", home, "--outstanding", "--format", "csv")
    assert "1,200" not in table and "1 unit(s) declared complete are not in the CSV; --format json has them" in said


def test_a_unit_whose_cards_are_those_of_the_units_in_it_is_not_declared(home):
    """It was said to be not reported yet, while all of its precincts were."""
    sheets(home, ("rill/north", "box", "mayor", 200), ("rill/south", "box", "mayor", 100))
    why = complete(home, "rill", "--cards", 300, code=2)
    assert "rill has units below it and no cards of its own; declare the units in it" in why
    assert told(home) == ({}, 0) and "audit line" not in why
    # Its own cards are held against what is declared, and what was declared is never said to be late.
    sheets(home, ("rill", "post", "mayor", 50))
    complete(home, "rill", "--cards", 50)
    assert told(home) == ({}, 1)
    run("withdraw", "--home", home, "--unit", "rill", "--reason", "They are those of the precincts")
    assert told(home, 1) == ({"rill": "Rill: no cards of its own are counted, and 50 cards declared"}, 1)
    complete(home, "rill", "--undo", reason="It has none of its own")
    assert told(home) == ({}, 0)


def test_ballots_are_counted_against_it_and_certifying_waits(tmp_path, new_home):
    officers = Officers(tmp_path, lambda *arguments: run(*arguments)[0])
    (tmp_path / "rules.json").write_text(json.dumps(little_rill.RULES))
    home = new_home(tmp_path / "rules.json", "--officers", officers.file)
    unit = little_rill.RULES["units"][-1]["id"]
    officers.decide("open", "--home", home)
    count = json.loads((home / "count.json").read_text())["id"]
    ids = [f"00000000-0000-4000-8000-0000000000{n:02}" for n in range(3)]
    (tmp_path / "ballots").write_text("".join(json.dumps(little_rill.ballot(count, one, ["ada"])) + "\n" for one in ids))
    run("load", tmp_path / "ballots", "--home", home)
    complete(home, unit, "--cards", 2)
    officers.decide("close", "--home", home)
    with serving(home, tmp_path / "engine.log"):
        complete(home, unit, "--cards", 2)  # While it is served, too.
    certify = ("decide", "certify", "--home", home, "--reason", "canvass", *officers.signed())
    assert "decision.open: 1 error of checks" in run(*certify, code=2)[1]
    # One was scanned twice; what is void is no card any more.
    officers.decide("void", "--home", home, "--ballot", ids[2])
    assert told(home) == ({}, 1)
    with serving(home, tmp_path / "engine.log"):
        pass
    officers.decide("certify", "--home", home)
    run("verify", "--home", home)


def test_what_cannot_be_declared_is_refused(home, tmp_path):
    assert "say how many cards" in complete(home, "rill/north", code=2)
    assert "say how many cards" in complete(home, "rill/north", "--cards", 3, "--undo", code=2)
    assert "--cards" in complete(home, "rill/north", "--cards", -1, code=2)
    assert "delivery.none" in complete(home, "rill/west", "--cards", 3, code=2)
    assert "config.unreadable" in run("complete", "--config", tmp_path / "none.toml", "--unit", "x", "--cards", 1, "--reason", "x", code=2)[1]
    assert told(home) == ({}, 0)
