"""Figures against rules with thresholds: what a county's official sees of sheets that cannot be right, and what it keeps from certifying."""

import hashlib
import json

import pytest

from conftest import run, serving
from little_rill import contest, named, rules_of
from officers import Officers

PLACES = [f"p{number:02}" for number in range(1, 8)]
RULES = rules_of(
    methods=[{"id": "all", "name": "All"}],
    units=[{"id": "lorain", "name": "Lorain", "kind": "county"}]
    + [{"id": place, "name": f"Place {place.upper()}", "kind": "precinct", "parent": "lorain"} for place in PLACES],
    contests=[contest("mayor", named("Ada", "Bell", "Cruz"), counted_from="sheets")],
)
GOOD = {"cards": 660, "blank": 6, "invalid": 4, "registered": 900}


@pytest.fixture
def rules(tmp_path):
    path = tmp_path / "rules.json"
    path.write_text(json.dumps(RULES))
    return path


def send(home, *sheets, code=0):
    """Sheets as (unit, votes for Ada, Bell and Cruz, what else it gives)."""
    count = json.loads((home / "count.json").read_text())["id"]
    path = home.parent / "sheets.ndjson"
    lines = [
        {
            "kind": "sheet",
            "count": count,
            "unit": unit,
            "method": "all",
            "contest": "mayor",
            "votes": dict(zip(("ada", "bell", "cruz"), votes, strict=True)),
        }
        | others
        for unit, votes, others in sheets
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return run("load", path, "--home", home, code=code)


def good_sheets():
    return [(place, (300 + n, 250 - n, 100), GOOD) for n, place in enumerate(PLACES[:4])]


def bad_sheets():
    """All but the last one have reported; P05 has a sheet that no paper can have said."""
    return [*good_sheets(), ("p05", (35_000, 20_000, 5_000), {"cards": 10}), ("p06", (310, 240, 100), GOOD | {"cards": 661})]


def test_sixty_thousand_votes_on_ten_cards_are_told(rules, new_home):
    home = new_home(rules)
    send(home, *bad_sheets())
    told, _ = run("check", "--home", home, code=1)
    assert told.splitlines()[:3] == [
        "error: Place P06, Mayor: 650 votes + 6 blank + 4 invalid = 660, and 661 cards of 1 vote each are 661: 1 too few (balance; p06)",
        "error: Place P05, Mayor: 60,000 votes on 10 cards of 1 vote each (votes_above_cards; p05)",
        "note: Place P07, Mayor: not reported yet; 6 of 7 units in Lorain have (silent_unit; p07)",
    ]
    assert told.splitlines()[-1].startswith("2 errors, 0 warnings, 1 note; unofficial totals as of commit")
    assert [line.split() for line in told.splitlines() if line.startswith(("balance", "list_total"))] == [
        ["balance", "error", "5", "1"],
        ["list_total", "error", "-", "-"],
    ]
    assert "note:" not in run("check", "--home", home, "--severity", "warning", code=1)[0]
    as_json = json.loads(run("check", "--home", home, "--json", code=1)[0])
    assert (as_json["good"], as_json["errors"], as_json["warnings"], as_json["notes"]) == (False, 2, 0, 1)
    assert [(one["check"], one["contest"], one["units"], one["method"]) for one in as_json["findings"][:2]] == [
        ("balance", "mayor", ["p06"], "all"),
        ("votes_above_cards", "mayor", ["p05"], "all"),
    ]
    assert as_json["checks"]["balance"]["looked_at"] == 5


def test_what_the_checks_find_keeps_a_count_from_being_certified(tmp_path, rules, new_home):
    officers = Officers(tmp_path, lambda *arguments: run(*arguments)[0])
    home = new_home(rules, "--officers", officers.file)
    officers.decide("open", "--home", home)
    send(home, *bad_sheets())
    officers.decide("close", "--home", home)
    with serving(home, tmp_path / "engine.log"):
        pass  # Signs a statement of all of it.
    certify = ("decide", "certify", "--home", home, "--reason", "canvass", *officers.signed())
    _, why = run(*certify, code=2)
    assert "decision.open: 2 errors of checks are left (`teller check`)" in why, why
    # A correction that says what was on the paper.
    send(home, ("p05", (310, 230, 110), GOOD | {"version": 2, "act": "correction", "reason": "a typing mistake"}))
    told, _ = run("check", "--home", home, code=1)
    assert "60,000 votes" not in told and "fell from 35,000" not in told
    with serving(home, tmp_path / "engine.log"):
        pass
    _, why = run(*certify, code=2)
    assert "decision.open: 1 error of checks" in why, why
    # The office's own file may have another opinion, and what is left open stands in the certificate.
    own = tmp_path / "own.toml"
    own.write_text("[balance]\ntolerance = 1\n")
    run("check", "--home", home, "--checks", own)
    certificate = tmp_path / "certificate.json"
    run(*certify, "--checks", own, "--out", certificate)
    assert f"canvass [own checks, sha256 {hashlib.sha256(own.read_bytes()).hexdigest()}]" in run("decide", "show", certificate)[0]
    officers.decide("certify", "--home", home, "--accept-open", reason="canvass of 19 May")
    decided = json.loads(run("decide", "list", "--home", home, "--json")[0])
    assert decided["status"] == "official"
    assert decided["decisions"][-1]["reason"] == "canvass of 19 May [left open: 1 error of checks]"


def test_a_count_without_a_fault_ends_with_0(rules, new_home):
    home = new_home(rules)
    told, _ = run("check", "--home", home)
    assert "-: nothing here gives what the check needs" in told and "0 errors, 0 warnings, 0 notes" in told
    send(home, *good_sheets())
    told, _ = run("check", "--home", home)
    assert "0 errors, 0 warnings, 0 notes" in told, told


def test_a_file_of_checks_is_held_to_the_letter(tmp_path, rules, new_home):
    home = new_home(rules)
    own = tmp_path / "own.toml"
    own.write_text("[balance]\ntolerence = 1\n[balanse]\n")
    _, why = run("check", "--home", home, "--checks", own, code=2)
    assert f"{own}:2: [balance] tolerence is not known here; did you mean tolerance?" in why
    assert f"{own}:3: balanse is not known here; did you mean balance?" in why
    own.write_text('[list_total]\nlists = "senate"\ncandidates = "mayor"\n')
    _, why = run("check", "--home", home, "--checks", own, code=2)
    assert 'no contest of this election has the id "senate"' in why


def test_a_figure_that_fell_is_a_note(rules, new_home):
    home = new_home(rules)
    send(home, ("p01", (300, 250, 100), GOOD))
    send(home, ("p01", (299, 250, 100), GOOD | {"version": 2, "cards": 659}))
    told, _ = run("check", "--home", home)
    assert "note: Place P01, Mayor: votes for Ada fell from 300 to 299 at commit" in told
    assert "note: Place P01, Mayor: cards fell from 660 to 659 at commit" in told


def test_check_13_of_verify_says_that_there_was_nothing_to_hold(tmp_path, rules, new_home):
    home = new_home(rules)
    send(home, ("p01", (300, 250, 100), {}))
    with serving(home, tmp_path / "engine.log"):
        pass
    assert json.loads(run("verify", "--home", home, "--json")[0])["checks"]["13"] == "-"
    assert "1 cannot be checked" in run("verify", "--home", home)[0]
    send(home, ("p02", (300, 250, 100), {"cards": 660}))
    assert json.loads(run("verify", "--home", home, "--json")[0])["checks"]["13"] == "ok"


def test_a_county_s_sheet_that_was_loaded_beside_its_places_is_told_everywhere(rules, new_home):
    """Entries that are loaded are compared with nothing: both levels were added, and only the sums showed it."""
    home = new_home(rules)
    send(home, *good_sheets()[:2], ("lorain", (601, 499, 200), {"cards": 1320, "blank": 12, "invalid": 8}))
    twice = "Lorain, Mayor: 1,300 votes, and 2 units in it (Place P01, Place P02) have 1,300: both are in the sum, 2,600"
    told, _ = run("check", "--home", home, "--severity", "error", code=1)
    assert told.splitlines()[0] == f"error: {twice} (two_levels; lorain)"
    for arguments in (["totals"], ["totals", "--format", "json"]):
        assert f"two levels of units in one sum: {twice}" in run(*arguments, "--home", home)[1]
    assert f"two levels of units in one sum: {twice}" in run("verify", "--home", home)[0]
    run("withdraw", "--home", home, "--unit", "lorain", "--reason", "the sum of its places")
    told, said = run("totals", "--home", home)
    assert "two levels" not in said
    run("check", "--home", home, "--severity", "error")
