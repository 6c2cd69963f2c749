"""Checks of what senders and persons did, and against the last election: each of a count in which it happened."""

import datetime
import json

import little_rill
from conftest import run
from journal_file import last_damaged
from test_checks import GOOD, RULES, bad_sheets, good_sheets, send
from test_decisions import ballots, id_of


def found_by(home, checks, tmp_path, *more):
    own = tmp_path / "own.toml"
    own.write_text(checks)
    told = json.loads(run("check", "--home", home, "--checks", own, "--json", *more)[0])
    return [one["what"] for one in told["findings"]], told["checks"]


def test_a_sender_of_many_conflicts_is_named(tmp_path, new_home):
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps(little_rill.RULES))
    home = new_home(rules)
    path = tmp_path / "ballots.ndjson"
    run("load", ballots(home, path, range(5)), "--home", home)
    run("load", ballots(home, path, range(3), "bell"), "--home", home, code=1)
    checks = "[sender_conflicts]\nconflicts_min = {}\n"
    (what,), _ = found_by(home, checks.format(3), tmp_path)
    assert what.startswith("sender ") and what.endswith(": 3 of 3 conflicts came from it")
    assert found_by(home, checks.format(4), tmp_path)[0] == []
    # Built in it is ten, a note that keeps no count from anything.
    assert "sender" not in run("check", "--home", home)[0].replace("sender_conflicts", "")


def test_a_journal_that_cannot_be_read_is_told_and_keeps_nothing_else_back(tmp_path, new_home):
    rules, own = tmp_path / "rules.json", tmp_path / "own.toml"
    rules.write_text(json.dumps(RULES))
    own.write_text("[votes_above_cards]\n")
    home = new_home(rules)
    send(home, *bad_sheets())
    send(home, ("p01", (1, 2, 3), GOOD), code=1)
    journal = max((home / "journal").glob("*.journal"))
    whole = journal.read_bytes()
    for broken, why in ((last_damaged(whole), "journal.record_invalid"), (b"x" + whole[1:], "journal.corrupt")):
        journal.write_bytes(broken)
        told, said = run("check", "--home", home, code=3)
        assert "60,000 votes on 10 cards" in told and f"teller: {why}" in said
        assert not json.loads(run("check", "--home", home, "--json", code=3)[0])["good"]
        # Who does not ask who sent what needs no journal.
        assert run("check", "--home", home, "--checks", own, code=1)[1] == ""


def test_a_ballot_that_was_reinstated_twice_is_told(tmp_path, home_of_officers, officers):
    home = home_of_officers
    officers.decide("open", "--home", home)
    run("load", ballots(home, tmp_path / "ballots.ndjson", range(3)), "--home", home)
    for times in (1, 2):
        officers.decide("void", "--home", home, "--ballot", id_of(1))
        officers.decide("reinstate", "--home", home, "--ballot", id_of(1))
        found, _ = found_by(home, "[undone_twice]\n", tmp_path)
        assert len(found) == times - 1
    assert found == [f"ballot {id_of(1)} was reinstated 2 times, by decisions of a.huber, b.meier"]


def test_work_in_the_hours_of_the_night_is_told_from_the_audit_log(tmp_path, new_home):
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps(RULES))
    home = new_home(rules)
    hour = datetime.datetime.now(datetime.UTC).hour
    night = "[night_work]\nfrom_hour = {}\nto_hour = {}\n"
    (what,), checks = found_by(home, night.format((hour - 2) % 24, (hour + 2) % 24), tmp_path)
    assert ": 1 line of the audit log between " in what and what.endswith("(init)")
    assert checks["night_work"]["looked_at"] == 1
    assert found_by(home, "[night_work]\n", tmp_path)[1]["night_work"]["looked_at"] == 0  # Nobody has said when night is.
    assert found_by(home, night.format((hour + 4) % 24, (hour + 8) % 24), tmp_path)[0] == []


def test_shares_are_held_against_those_of_the_last_election(tmp_path, new_home):
    rules, before = tmp_path / "rules.json", tmp_path / "before.csv"
    rules.write_text(json.dumps(RULES))
    home = new_home(rules)
    send(home, *good_sheets())
    lines = [f"{option},{unit},mayor,{votes}" for unit in ("p01", "p02", "p03") for option, votes in (("ada", 300), ("bell", 250), ("cruz", 100))]
    lines += [f"{option},p04,mayor,{votes}" for option, votes in (("ada", 100), ("bell", 450), ("cruz", 100))]
    before.write_text("\n".join(["option,unit,contest,votes", *lines]) + "\n")
    (what,), checks = found_by(home, "[far_from_before]\n", tmp_path, "--before", before)
    assert what.startswith("Place P04, Mayor: 247 of 650 votes, 38.00 % for Bell; at the last election 450 of 650 votes, 69.23 %: -31.23 points")
    assert checks["far_from_before"]["looked_at"] == 4
    assert found_by(home, "[far_from_before]\npoints_above = 40\n", tmp_path, "--before", before)[0] == []
    for line, why in (
        ("ada,p99,mayor,3", "no unit has the id p99"),
        ("zoe,p01,mayor,3", "no option of it has the id zoe"),
        ("ada,p01,senate,3", "no contest has the id senate"),
        ("ada,p01,mayor,-3", '"-3" is no number of votes'),
        ("ada,p01,mayor,1000000001", '"1000000001" is no number of votes (0 to 1,000,000,000)'),
    ):
        before.write_text(f"option,unit,contest,votes\n{line}\n")
        assert f"{before}:2: {why}" in run("check", "--home", home, "--before", before, code=2)[1]
    before.write_text("option,unit,contest,votes\nada,p01,mayor,3\nbell,p01,mayor,3\nada,p01,mayor,3\n")
    assert (
        f"{before}:4: the votes for ada of mayor in p01 stand twice: line 2 has them too"
        in run("check", "--home", home, "--before", before, code=2)[1]
    )
    before.write_text("")
    assert "there is no line with the names of the columns" in run("check", "--home", home, "--before", before, code=2)[1]
    before.write_text("option,unit,votes\nada,p01,3\n")
    assert "there is no column contest" in run("check", "--home", home, "--before", before, code=2)[1]
