"""The zero report: signed of a count that holds nothing, refused of any other, and what a live count opens with."""

import json
import re

import pytest

import little_rill
from conftest import run, serving
from officers import Officers
from test_decisions import ballots


def say(*arguments):
    return run(*arguments)[0]


@pytest.fixture
def home_of(tmp_path):
    """home_of(mode) makes a count of Little Rill with two officers and gives (home, officers)."""
    officers = Officers(tmp_path, say)

    def make(mode):
        rules = tmp_path / "rules.json"
        rules.write_text(json.dumps(little_rill.RULES))
        home = tmp_path / f"home-{mode}"
        options = ("--rules", rules, "--mode", mode, "--partitions", 2, "--label", "Run-off", "--officers", officers.file)
        run("init", "--home", home, *options)
        return home, officers

    return make


def key(home):
    return say("keys", "--home", home).strip()


def audit(home):
    return [line for line in json.loads(say("audit", "show", "--home", home, "--json")) if line["action"] == "zero"]


def test_a_report_says_which_count_stands_at_zero_and_is_checked_without_it(home_of, tmp_path):
    home, _ = home_of("live")
    file = tmp_path / "zero.txt"
    printed, told = run("zero", "--home", home, "--reason", "Morning of 17 May", "--actor", "a.huber", "--out", file)
    count = json.loads((home / "count.json").read_text())
    assert printed.startswith(f"teller zero 1\ncount {count['id']}\nmode live\nlabel Run-off\nelection Council of Little Rill\ntime 20")
    for line in (
        f"rules {count['rules']}",
        "partition 1 recorded 0 steps 0 size 0 conflicts 0 rejected 0",
        "name Bell",
        "votes 0",
        f"key {key(home)}",
    ):
        assert f"\n{line}\n" in printed, line
    assert "partition 2" not in printed and not re.search(r"^(votes|cards|blank) [1-9]", printed, re.MULTILINE)
    [kept] = (home / "published").glob("zero-report-*")
    assert file.read_text() == printed == kept.read_text() and str(kept) in told
    [line] = audit(home)
    assert (line["actor"], line["reason"], str(line["number"])) == ("a.huber", "Morning of 17 May", kept.name.split("-")[-1])

    home.rename(tmp_path / "away")
    assert "Nothing counted, recorded, rejected or in conflict in 2 partitions" in say("zero", "--check", file, "--key", key(tmp_path / "away"))


def test_a_report_that_was_changed_or_is_of_another_count_is_found(home_of, tmp_path):
    home, _ = home_of("live")
    other, _ = home_of("test")
    file = tmp_path / "zero.txt"
    printed = say("zero", "--home", home, "--out", file)
    say("zero", "--check", file, "--home", home)
    _, why = run("zero", "--check", file, "--key", key(other), code=1)
    assert "note.not_signed" in why
    _, why = run("zero", "--check", file, "--home", other, code=1)
    assert "note.not_signed" in why
    for old, new in (("name Bell", "name Beil"), ("mode live", "mode test"), ("votes 0", "votes 1"), ("\ntime 2", "\ntime 3")):
        changed = tmp_path / "changed.txt"
        changed.write_text(printed.replace(old, new, 1))
        _, why = run("zero", "--check", changed, "--key", key(home), code=1)
        assert "note.not_signed" in why, (old, why)
    run("zero", "--check", tmp_path / "nothing.txt", "--key", key(home), code=2)
    run("zero", "--check", file, code=2)
    run("zero", "--key", key(home), code=2)


def test_nothing_is_written_over_and_a_second_report_is_another(home_of, tmp_path):
    home, _ = home_of("rehearsal")
    file = tmp_path / "zero.txt"
    file.write_text("of yesterday")
    _, why = run("zero", "--home", home, "--out", file, code=2)
    assert "zero.exists" in why and file.read_text() == "of yesterday" and not audit(home)
    say("zero", "--home", home)
    say("zero", "--home", home)
    assert len(audit(home)) == len(list((home / "published").glob("zero-report-*"))) == 2


def test_a_count_that_holds_anything_is_refused_with_what_stands_there(home_of, tmp_path):
    home, officers = home_of("test")
    # Recorded and rejected before the opening: the log is still at 0.
    run("load", ballots(home, tmp_path / "early.ndjson", range(3)), "--home", home, code=1)
    out = tmp_path / "zero.txt"
    _, why = run("zero", "--home", home, "--out", out, code=2)
    assert "zero.not_empty" in why and "in the journal" in why and not out.exists() and not audit(home)
    assert sum(map(int, re.findall(r"rejected (\d+)", why))) == 3 and "log size" not in why
    officers.decide("open", "--home", home)
    run("load", ballots(home, tmp_path / "day.ndjson", range(3, 12)), "--home", home)
    _, why = run("zero", "--home", home, code=2)
    assert sum(map(int, re.findall(r"log size (\d+)", why))) == 9 + 2 and "totals that are not 0" in why and "segments in" in why
    assert not list((home / "published").glob("zero-report-*"))


def test_segments_of_which_the_store_knows_nothing_are_not_zero(home_of):
    home, _ = home_of("test")
    segments = home / "segments" / "p0000" / "000000"
    segments.mkdir(parents=True)
    (segments / ("000000000001-" + "0" * 64 + ".segment")).write_bytes(b"x")
    _, why = run("zero", "--home", home, code=3)
    assert "store.behind" in why and "1 segment(s)" in why and not (home / "published").exists()


def test_a_live_count_opens_only_after_a_report(home_of):
    home, officers = home_of("live")
    decide = ("decide", "open", "--home", home, "--reason", "Polls open")
    _, why = run(*decide, *officers.signed(), code=2)
    assert "decision.no_zero_report" in why and "teller zero" in why
    _, why = run(*decide, "--out", home / "open.json", code=2)  # Nor is it made for others to sign.
    assert "decision.no_zero_report" in why and not (home / "open.json").exists()
    say("zero", "--home", home)
    officers.decide("open", "--home", home)
    assert json.loads(say("decide", "list", "--home", home, "--json"))["stage"] == "open"


@pytest.mark.parametrize("mode", ["demo", "test", "rehearsal"])
def test_other_counts_open_without(home_of, mode):
    home, officers = home_of(mode)
    officers.decide("open", "--home", home)
    assert json.loads(say("decide", "list", "--home", home, "--json"))["stage"] == "open"


def test_a_report_beside_what_is_published_is_no_stranger_until_it_is_changed(home_of, tmp_path):
    home, officers = home_of("live")
    say("zero", "--home", home)
    officers.decide("open", "--home", home)
    run("load", ballots(home, tmp_path / "day.ndjson", range(5)), "--home", home)
    with serving(home, tmp_path / "engine.log"):
        pass
    assert json.loads(say("reconcile", "--home", home, "--full", "--json"))["good"]
    run("verify", "--home", home)
    [kept] = (home / "published").glob("zero-report-*")
    kept.write_text(kept.read_text().replace("name Ada", "name Eve"))
    told = json.loads(run("reconcile", "--home", home, "--full", "--json", code=1)[0])
    assert kept.name in json.dumps(told)
