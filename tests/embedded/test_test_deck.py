"""The test deck: ballots and sheets for the rules of an election, what they must come to, and what is said of a count that comes to something else."""

import collections
import json

import pytest

from conftest import run
from little_rill import contest, named, rules_of
from officers import Officers
from test_generated import truth_of

METHODS = [{"id": "hand", "name": "In person"}, {"id": "post", "name": "By post"}]
UNITS = [
    {"id": "rill", "name": "Little Rill", "kind": "municipality"},
    {"id": "rill/mill", "name": "Old mill", "kind": "polling-place", "parent": "rill"},
    {"id": "rill/school", "name": "School house", "kind": "polling-place", "parent": "rill"},
]


# Two of three with write-ins, a ranked one, one that comes by post as sheets, and one for a part of the town only.
RULES = rules_of(
    methods=METHODS,
    units=UNITS,
    contests=[
        contest("council", named("Ada", "Bell", "Cruz"), seats=2, votes_allowed=2, write_ins=True),
        contest("mayor", named("Dora", "Eve", "Finn"), kind="ranked", votes_allowed=3),
        contest("bridge", named("Yes", "No"), name="The bridge", counted_from={"hand": "ballots", "post": "sheets"}),
        contest("brook", named("Gil", "Hana"), name="Brook warden", unit="rill/mill"),
    ],
    styles=[
        {"id": "town", "name": "Town", "cards": [["council", "mayor"], ["bridge"]]},
        {"id": "brook", "name": "Brook", "cards": [["brook"]], "units": ["rill/mill"]},
    ],
)


def say(*arguments, code=0):
    return run(*arguments, code=code)[0]


@pytest.fixture
def deck(tmp_path):
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps(RULES))
    run("test-deck", "--rules", rules, "--out", tmp_path / "deck")
    return tmp_path / "deck"


def load(deck, *names):
    run("load", *[deck / name for name in names or ("ballots.ndjson", "sheets.ndjson")], "--home", deck / "count")


def check(deck, code=0):
    return say("test-deck", "--check", deck, "--home", deck / "count", code=code)


def figures(deck):
    """{(unit, method, contest, option or #column): votes}, as expected.json says."""
    expected = json.loads((deck / "expected.json").read_text())["expected"]
    return {(f["unit"], f["method"], f.get("contest"), f.get("option") or "#" + f["column"]): f["votes"] for f in expected}


def test_a_count_of_the_deck_is_as_expected_and_signed(deck):
    load(deck)
    told = check(deck)
    assert told.startswith("All ") and "as expected" in told
    [report] = deck.glob("report-*.txt")
    lines = report.read_text().splitlines()
    count = json.loads((deck / "count/count.json").read_text())
    assert lines[0] == "teller test-deck 1" and f"count {count['id']}" in lines and "differences 0" in lines and count["mode"] == "test"
    assert lines[-1].startswith(f"— {count['origin']} ")
    check(deck)
    assert len(list(deck.glob("report-*.txt"))) == 2
    run("verify", "--home", deck / "count")
    assert "0 conflict(s), 0 rejected" in say("incidents", "--home", deck / "count")


def test_every_way_of_marking_is_there_and_no_two_options_have_as_many(deck):
    expected = figures(deck)
    sums, seen = collections.defaultdict(int), collections.defaultdict(set)
    for (unit, method, contest_, column), votes in expected.items():
        assert votes > 0
        if contest_:
            sums[contest_, method if contest_ == "bridge" else "", column] += votes
            seen[contest_].add(column)
            seen[contest_, method].add(unit)
    for contest_ in RULES["contests"]:
        names = {o["id"] for o in contest_["options"]}
        assert names <= seen[contest_["id"]]
        for method in ("hand", "post") if contest_["id"] == "bridge" else ("",):
            votes = [sums[contest_["id"], method, name] for name in names]
            assert len(set(votes)) == len(votes), (contest_["id"], votes)
    assert {"#overvotes", "#undervotes", "#blank", "#invalid", "#write_ins", "#cards"} <= seen["council"]
    assert {"#overvotes", "#exhausted", "#blank", "#invalid"} <= seen["mayor"]
    assert {"#overvotes", "#undervotes", "#blank", "#invalid"} <= seen["brook"]
    places = {"rill/mill", "rill/school"}
    assert all(seen[c, m] == places for c in ("council", "mayor", "bridge") for m in ("hand", "post"))
    assert seen["brook", "hand"] == seen["brook", "post"] == {"rill/mill"}
    # A whole ranking, and a rank that is skipped.
    ballots = [json.loads(line)["contests"] for line in (deck / "ballots.ndjson").read_text().splitlines()]
    rankings = [b["mayor"]["ranking"] for b in ballots if "mayor" in b and "ranking" in b["mayor"]]
    assert any(len(r) == 3 for r in rankings) and any(r and not r[0] for r in rankings), rankings[-5:]


def test_what_is_expected_of_the_ballots_is_what_sql_makes_of_their_list(deck):
    outcomes, cells = truth_of(deck / "ballots.csv")
    assert outcomes == {("counted", ""): len((deck / "ballots.ndjson").read_text().splitlines())}
    of_ballots = {(contest_, column, unit, method): votes for (unit, method, contest_, column), votes in figures(deck).items() if contest_}
    sheets = {key for key in of_ballots if key[0] == "bridge" and key[3] == "post"}
    assert len(sheets) == 2 * (2 + 5)
    assert {key: votes for key, votes in of_ballots.items() if key not in sheets} == cells


def test_two_options_that_were_swapped_are_named(deck):
    lines = [json.loads(line) for line in (deck / "ballots.ndjson").read_text().splitlines()]
    swap = {"gil": "hana", "hana": "gil"}
    for line in lines:
        marks = line["contests"].get("brook")
        if isinstance(marks, list) and len(marks) == 1:
            line["contests"]["brook"] = [swap[marks[0]]]
    (deck / "ballots.ndjson").write_text("".join(json.dumps(line) + "\n" for line in lines))
    load(deck)
    told = check(deck, code=1)
    expected = figures(deck)
    for method, name in (("hand", "In person"), ("post", "By post")):
        gil, hana = (expected.get(("rill/mill", method, "brook", option), 0) for option in ("gil", "hana"))
        if gil != hana:
            assert f"Old mill, {name}: Brook warden, Gil: expected {gil}, counted {hana}\n" in told
    assert "Brook warden, Hana: expected" in told and "Council" not in told
    [report] = deck.glob("report-*.txt")
    assert "difference Old mill, " in report.read_text() and "result figures differ" in report.read_text()


def test_what_was_not_counted_or_counted_beside_the_deck_is_named(deck):
    load(deck, "ballots.ndjson")
    told = check(deck, code=1)
    assert (
        "School house, By post: The bridge, Yes: expected 2, counted 0\n" in told and "School house, By post: sheets: expected 1, counted 0\n" in told
    )
    load(deck, "sheets.ndjson")
    check(deck)
    count = json.loads((deck / "count/count.json").read_text())["id"]
    extra = {"kind": "ballot", "count": count, "id": "6a1f0e2b-3c4d-4e5f-8a9b-0c1d2e3f4a5b", "unit": "rill/mill", "style": "brook", "method": "hand"}
    (deck / "extra.ndjson").write_text(json.dumps(extra | {"contests": {"brook": ["gil"]}}) + "\n")
    load(deck, "extra.ndjson")
    told = check(deck, code=1)
    assert "Old mill, In person: Brook warden, Gil: expected" in told and told.endswith("3 figures differ.\n")


def test_a_deck_is_never_for_a_live_count_nor_written_over(tmp_path, deck):
    rules = tmp_path / "rules.json"
    run("init", "--home", tmp_path / "live", "--rules", rules, "--mode", "live")
    _, why = run("test-deck", "--home", tmp_path / "live", "--out", tmp_path / "other", code=2)
    assert "generate.live" in why and not list((tmp_path / "other").glob("*"))
    _, why = run("test-deck", "--check", deck, "--home", tmp_path / "live", code=2)
    assert "generate.live" in why
    before = {path.name: path.read_bytes() for path in deck.iterdir() if path.is_file()}
    run("test-deck", "--rules", rules, "--out", deck, code=3)
    assert before == {path.name: path.read_bytes() for path in deck.iterdir() if path.is_file()}
    run("test-deck", "--rules", rules, code=2)


def test_a_deck_of_another_count_or_with_other_figures_is_refused(tmp_path, deck):
    run("test-deck", "--rules", tmp_path / "rules.json", "--out", tmp_path / "second")
    load(deck)
    _, why = run("test-deck", "--check", tmp_path / "second", "--home", deck / "count", code=2)
    assert "count.other" in why
    expected = deck / "expected.json"
    expected.write_text(expected.read_text().replace('"votes": 3', '"votes": 4', 1))
    run("test-deck", "--check", deck, "--home", deck / "count", code=2)
    assert not list(deck.glob("report-*"))


def test_a_count_with_officers_is_tested_once_it_is_open(tmp_path, new_home):
    officers = Officers(tmp_path, say)
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps(rules_of(write_ins=True)))
    home = new_home(rules, "--officers", officers.file)
    _, told = run("test-deck", "--home", home, "--out", tmp_path / "deck")
    assert "officers open the count first" in told
    officers.decide("open", "--home", home)
    run("load", tmp_path / "deck/ballots.ndjson", "--home", home)
    assert not (tmp_path / "deck/sheets.ndjson").exists()
    run("test-deck", "--check", tmp_path / "deck", "--home", home)


def test_the_same_rules_and_count_give_the_same_deck(tmp_path, deck):
    run("test-deck", "--home", deck / "count", "--out", tmp_path / "again")
    for name in ("ballots.ndjson", "sheets.ndjson", "ballots.csv", "expected.json"):
        assert (tmp_path / "again" / name).read_bytes() == (deck / name).read_bytes(), name
