"""Documents that an office files (`teller report`): signed text of a count in which nothing is wrong, and of no other."""

import hashlib
import json
import os
import sqlite3
import subprocess

import pytest

import little_rill
from conftest import TELLER, run, serving
from mappings import ONE_CONTEST
from office_documents import Document, is_signed
from officers import Officers
from test_decisions import ballots, id_of

SHEETS = "place,candidate,votes\nnorth,ada,{}\nnorth,bell,4\n"


def say(*arguments):
    return run(*arguments)[0]


def key_of(home):
    return say("keys", "--home", home).strip()


def audit(home):
    return [line for line in json.loads(say("audit", "show", "--home", home, "--json")) if line["action"] == "report"]


@pytest.fixture
def closed(home_of_officers, officers, tmp_path):
    """A closed count of ten ballots, of which one is void and one is a conflict that was kept."""
    home = home_of_officers
    officers.decide("open", "--home", home)
    run("load", ballots(home, tmp_path / "day", range(10)), "--home", home)
    run("load", ballots(home, tmp_path / "other", [1], "bell"), "--home", home, code=1)
    run("resolve", "--home", home, "--all-open", "--keep", "--reason", "The paper says Ada", *officers.signed())
    officers.decide("void", "--home", home, "--ballot", id_of(2), reason="It was scanned twice")
    officers.decide("close", "--home", home)
    return home


def test_a_document_is_made_of_one_commit_and_stands_in_the_audit_log(closed, officers, tmp_path):
    file = tmp_path / "canvass.txt"
    printed, told = run("report", "canvass", "--home", closed, "--out", file, "--reason", "Board of 19 May", "--actor", "a.huber")
    assert file.read_text() == printed
    canvass = Document(file, key_of(closed))
    votes = canvass.totals()["council"]
    assert votes["bell"] == votes["undervotes"] == votes["overvotes"] == 0 and (votes["ada"], votes["cards"]) == (9, 9)
    assert canvass.cells() == {("council", "rill"): votes}
    assert canvass.all("decided") == ["open 2", "close 2", "void 1", "keep 1"]
    assert (canvass.one("settled_conflicts"), canvass.one("open_conflicts"), canvass.one("checks")) == ("1", "0", "those of the program")
    assert canvass.one("digest") == say("digest", "--home", closed).strip()
    (line,) = audit(closed)
    assert (line["actor"], line["reason"], line["subject"]) == ("a.huber", "Board of 19 May", f"canvass as of commit {canvass.one('commit')}")
    assert line["after"] == hashlib.sha256(printed.encode()).hexdigest() and f"audit line {line['number']}" in told

    said = say("report", "decisions", "--home", closed)
    assert "\nreason It was scanned twice\n" in said and f"\nabout ballot {id_of(2)}\n" in said and f"\nabout entry {id_of(1)}\n" in said
    assert said.count("\nofficer b.meier\n") == 6
    officers.decide("certify", "--home", closed, reason="Canvass of 19 May")
    run("report", "certificate", "--home", closed, "--out", tmp_path / "certificate.txt")
    certificate = Document(tmp_path / "certificate.txt", key_of(closed))
    assert set(certificate.all("certified_digest")) == {canvass.one("digest")} and certificate.totals() == canvass.totals()
    assert certificate.all("officer_key") == [line.split('"')[1] for line in officers.file.read_text().splitlines() if line.startswith("key")]
    assert certificate.all("reason") == ["Canvass of 19 May"] * 2


@pytest.mark.parametrize("end", ["\u2028", "\u2029"])
def test_a_reason_makes_no_line_of_its_own(home_of_officers, officers, tmp_path, end):
    officers.decide("open", "--home", home_of_officers)
    officers.decide("close", "--home", home_of_officers, reason=f"Polls closed{end}officer c.forged")
    run("report", "decisions", "--home", home_of_officers, "--out", tmp_path / "decisions.txt")
    decisions = Document(tmp_path / "decisions.txt", key_of(home_of_officers))
    escaped = "".join(f"\\x{byte:02x}" for byte in end.encode())
    assert decisions.all("reason")[2:4] == [f"Polls closed{escaped}officer c.forged"] * 2
    assert set(decisions.all("officer")) == {"a.huber", "b.meier"}


def test_a_canvass_says_which_checks_were_made(closed, tmp_path):
    own = tmp_path / "own.toml"
    own.write_text("[blank_share]\ncards_min = 1\nabove_percent = 0\n")
    said = say("report", "canvass", "--home", closed, "--checks", own)
    assert f"\nchecks of a file, sha256 {hashlib.sha256(own.read_bytes()).hexdigest()}\nerrors 0\nwarnings 0\n" in said
    assert "not_made" not in said
    own.write_text("[blank_shar]\n")
    assert "checks." in run("report", "canvass", "--home", closed, "--checks", own, code=2)[1]


def test_a_check_that_was_not_made_has_not_found_nothing(closed, officers, tmp_path):
    run("report", "canvass", "--home", closed, "--out", tmp_path / "canvass.txt")
    canvass = Document(tmp_path / "canvass.txt", key_of(closed))
    nothing_given = ["above_check_ins", "check_ins_above_registered", "far_from_before", "sender_conflicts", "night_work"]
    assert canvass.all("not_made") == nothing_given and canvass.one("warnings") == "0"
    # What persons did is held as `teller check` holds it, and whom it is about stays in the office.
    own = tmp_path / "own.toml"
    own.write_text('[undone_twice]\nseverity = "warning"\ntimes_min = 1\n[night_work]\nseverity = "warning"\nfrom_hour = 0\nto_hour = 23\n')
    officers.decide("reinstate", "--home", closed, "--ballot", id_of(2), reason="It was scanned once")
    found = json.loads(run("check", "--home", closed, "--checks", own, "--json", code=1)[0])
    run("report", "canvass", "--home", closed, "--checks", own, "--out", tmp_path / "own.txt")
    canvass = Document(tmp_path / "own.txt", key_of(closed))
    assert canvass.one("warnings") == str(found["warnings"]) and found["warnings"] >= 1 and canvass.all("not_made") == []
    assert "warning undone_twice: about a person or a sender; `teller check` says who" in canvass.all("finding")
    assert id_of(2) not in (tmp_path / "own.txt").read_text()


def test_nothing_is_signed_of_a_count_that_is_not_what_its_log_says(closed, tmp_path):
    out = tmp_path / "canvass.txt"
    for table, column, wrong, right, what in (
        ("totals", "value", "value + 1", "value - 1", ""),
        ("decisions", "reason", "'x' || reason", "substr(reason, 2)", "check 18"),
        ("incidents", "position", "position + 1", "position - 1", "check 12"),
    ):
        with sqlite3.connect(closed / "store.sqlite") as store:
            assert store.execute(f"update {table} set {column} = {wrong}").rowcount > 0
        for kind in ("canvass", "decisions"):
            printed, why = run("report", kind, "--home", closed, "--out", out, code=3)
            assert not printed and not out.exists() and what in why and ("log.broken" in why or "store." in why), why
        with sqlite3.connect(closed / "store.sqlite") as store:
            store.execute(f"update {table} set {column} = {right}")
    with sqlite3.connect(closed / "store.sqlite") as store:  # Who opened it was another, says the audit log now.
        (number, line) = store.execute("select number, bytes from audit order by number desc limit 1").fetchone()
        store.execute("update audit set bytes = ? where number = ?", (line.replace(b"\nactor ", b"\nactor x"), number))
    assert "log.broken: the audit log: " in run("report", "canvass", "--home", closed, code=3)[1]
    with sqlite3.connect(closed / "store.sqlite") as store:
        store.execute("update audit set bytes = ? where number = ?", (line, number))
    assert audit(closed) == []
    say("report", "canvass", "--home", closed)


def test_what_cannot_be_said_yet_is_refused(closed, officers, tmp_path):
    assert "policy.not_certified: the count is closed (unofficial)" in run("report", "certificate", "--home", closed, code=2)[1]
    assert "delivery.none" in run("report", "sheets", "--home", closed, code=2)[1]
    file = tmp_path / "canvass.txt"
    file.write_text("of yesterday")
    assert "is there already" in run("report", "canvass", "--home", closed, "--out", file, code=3)[1]
    assert file.read_text() == "of yesterday" and audit(closed) == []
    # Certified and reopened: there is none again.
    officers.decide("certify", "--home", closed)
    say("report", "certificate", "--home", closed)
    officers.decide("reopen", "--home", closed)
    assert "policy.not_certified" in run("report", "certificate", "--home", closed, code=2)[1]


def test_a_document_that_could_not_be_printed_is_no_success(closed, tmp_path):
    file = tmp_path / "canvass.txt"
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [TELLER, "report", "canvass", "--home", closed, "--out", file], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60
        )
    assert done.returncode == 3 and "output.unwritable: standard output: No space left" in done.stderr
    # It is signed, and the file has it.
    assert Document(file, key_of(closed)).kind == "canvass" and "(audit line " in done.stderr


def test_a_command_that_was_killed_leaves_its_name_free(closed, tmp_path):
    folder = tmp_path / "filed"
    command = ["report", "canvass", "--home", closed, "--out", folder / "canvass.txt"]
    assert "file.missing" in run(*command, code=2)[1] and audit(closed) == []  # Before anything is signed.
    folder.mkdir()
    killed = subprocess.run([TELLER, *command], env=os.environ | {"TELLER_FAIL_POINT": "report.before_name:1"}, capture_output=True, timeout=60)
    assert killed.returncode == -9 and not (folder / "canvass.txt").exists()
    (left,) = folder.iterdir()
    left.unlink()
    run(*command)
    assert [file.name for file in folder.iterdir()] == ["canvass.txt"] and Document(folder / "canvass.txt", key_of(closed))
    # No name is taken by a link to nothing, and nothing is left where nothing could be signed.
    (folder / "link.txt").symlink_to(folder / "nothing")
    assert "is there already" in run(*command[:-1], folder / "link.txt", code=3)[1]
    run("report", "certificate", "--home", closed, "--out", folder / "certificate.txt", code=2)
    assert sorted(file.name for file in folder.iterdir()) == ["canvass.txt", "link.txt"]


def test_nothing_is_signed_before_the_close_of_a_count_that_is_held_back(tmp_path, officers):
    (tmp_path / "rules.json").write_text(json.dumps(little_rill.RULES))
    home = tmp_path / "home"
    run("init", "--home", home, "--rules", tmp_path / "rules.json", "--mode", "test", "--officers", officers.file, "--publication", "after_close")
    officers.decide("open", "--home", home)
    _, why = run("report", "canvass", "--home", home, code=2)
    assert "before the close of voting, and no document is signed before it" in why and "documents (`teller report`) wait for the close" in why


def loaded(home, folder, *sheets):
    count = json.loads((home / "count.json").read_text())["id"]
    lines = [{"kind": "sheet", "count": count, "contest": "council"} | sheet for sheet in sheets]
    (folder / "sheets.ndjson").write_text("".join(json.dumps(line) + "\n" for line in lines))
    run("load", folder / "sheets.ndjson", "--home", home)


def test_a_ballot_says_nothing_of_registered_voters(tmp_path, new_home):
    methods = little_rill.IN_PERSON + [{"id": "post", "name": "By post"}]
    contests = [little_rill.contest(counted_from={"in-person": "ballots", "post": "sheets"})]
    (tmp_path / "rules.json").write_text(json.dumps(little_rill.rules_of(methods=methods, contests=contests)))
    home = new_home(tmp_path / "rules.json")
    run("load", ballots(home, tmp_path / "day", range(3)), "--home", home)
    loaded(home, tmp_path, {"unit": "rill", "method": "post", "votes": {"ada": 5}, "cards": 6, "registered": 40})
    run("report", "canvass", "--home", home, "--out", tmp_path / "canvass.txt")
    lines = Document(tmp_path / "canvass.txt", key_of(home)).lines
    by_ballots, by_sheets = (lines.index(("method", method)) for method in ("in-person", "post"))
    assert by_ballots < by_sheets and ("registered", "40") in lines[by_sheets:] and ("cards", "3") in lines[by_ballots:by_sheets]
    assert not any(word == "registered" for word, _ in lines[by_ballots:by_sheets])
    # What nobody counts of a vote for one.
    assert not any(word == "exhausted" for word, _ in lines)


def test_a_ranked_ballot_says_nothing_of_undervotes(tmp_path, new_home):
    contests = [little_rill.contest(kind="ranked", votes_allowed=2)]
    (tmp_path / "rules.json").write_text(json.dumps(little_rill.rules_of(contests=contests)))
    home = new_home(tmp_path / "rules.json")
    count = json.loads((home / "count.json").read_text())["id"]
    (tmp_path / "day").write_text(json.dumps(little_rill.ballot(count, id_of(1), {"ranking": [["ada"], ["bell"]]})) + "\n")
    run("load", tmp_path / "day", "--home", home)
    run("report", "canvass", "--home", home, "--out", tmp_path / "canvass.txt")
    canvass = Document(tmp_path / "canvass.txt", key_of(home))
    assert canvass.totals()["council"] == {"ada": 1, "bell": 0, "cards": 1, "overvotes": 0, "blank": 0, "invalid": 0, "exhausted": 0}
    assert canvass.cells() == {("council", "rill"): canvass.totals()["council"]}


def test_a_sum_of_two_levels_of_units_says_so(tmp_path, new_home):
    units = [{"id": "rill", "name": "Rill", "kind": "county"}, {"id": "north", "name": "North", "kind": "place", "parent": "rill"}]
    contests = [little_rill.contest(counted_from="sheets")]
    (tmp_path / "rules.json").write_text(json.dumps(little_rill.rules_of(units=units, contests=contests)))
    home = new_home(tmp_path / "rules.json")
    loaded(home, tmp_path, *({"unit": unit, "method": "in-person", "votes": {"ada": 5, "bell": 2}} for unit in ("rill", "north")))
    said = say("report", "canvass", "--home", home)
    twice = "Rill, Council: 7 votes, and 1 unit in it (North) has 7: both are in the sum, 14"
    assert f"\nreporting 2 of 2 units\nnote two levels of units in one sum: {twice}\n" in said


def test_a_count_of_which_nothing_was_stated_has_no_document(home_of_officers, officers):
    assert "decision.unstated" in run("report", "canvass", "--home", home_of_officers, code=2)[1]
    (home_of_officers / "key").rename(home_of_officers.parent / "key")  # Then whoever counts signs nothing.
    run("decide", "open", "--home", home_of_officers, "--reason", "Polls open", *officers.signed(), code=3)
    (home_of_officers.parent / "key").rename(home_of_officers / "key")
    assert "decision.unstated" in run("report", "canvass", "--home", home_of_officers, code=2)[1]


def test_a_document_that_was_changed_or_is_none_is_found(closed, tmp_path):
    file = tmp_path / "canvass.txt"
    say("report", "canvass", "--home", closed, "--out", file)
    assert say("report", "check", file, "--home", closed).startswith("canvass of Council of Little Rill (count ")
    changed = tmp_path / "changed.txt"
    changed.write_text(file.read_text().replace("\nvotes 9\n", "\nvotes 8\n", 1))
    assert not is_signed(changed, key_of(closed))
    assert "note.not_signed" in run("report", "check", changed, "--key", key_of(closed), code=1)[1]
    # The same key signs checkpoints, which are no document.
    assert "zero.invalid" in run("report", "check", closed / "published/checkpoint", "--key", key_of(closed), code=1)[1]
    run("report", "check", file, code=2)


def test_the_sheets_tell_every_version(tmp_path):
    """Of a file whose name turns what stands behind it around, of a figure that nobody gave, and of a sheet that came another way."""
    officers = Officers(tmp_path, say)
    units = [{"id": "rill", "name": "Rill", "kind": "county"}] + [
        {"id": f"rill/{name}", "name": name, "kind": "place", "parent": "rill"} for name in ("north", "south")
    ]
    contests = [little_rill.contest("mayor", counted_from="sheets")]
    (tmp_path / "rules.json").write_text(json.dumps(little_rill.rules_of(units=units, methods=[{"id": "all", "name": "All"}], contests=contests)))
    home = tmp_path / "home"
    run("init", "--home", home, "--rules", tmp_path / "rules.json", "--mode", "test", "--officers", officers.file)
    officers.decide("open", "--home", home)
    (tmp_path / "m.toml").write_text(ONE_CONTEST)
    file = tmp_path / "night\u202e\u2028.csv"
    with serving(home, tmp_path / "engine.log") as url:
        for votes, more in ((120, ()), (121, ("--correct", "--reason", "a bundle was forgotten"))):
            file.write_text(SHEETS.format(votes))
            run("import", file, "--mapping", tmp_path / "m.toml", "--to", url, *more)
        count = json.loads((home / "count.json").read_text())["id"]
        sheet = {"kind": "sheet", "count": count, "unit": "rill/south", "method": "all", "contest": "mayor", "version": 1, "votes": {"ada": 7}}
        (tmp_path / "south.ndjson").write_text(json.dumps(sheet) + "\n")
        run("load", tmp_path / "south.ndjson", "--to", url)
    run("report", "sheets", "--home", home, "--out", tmp_path / "sheets.txt")
    north, south = Document(tmp_path / "sheets.txt", key_of(home)).parts("sheet")
    assert [value for word, value in north if word == "votes"] == ["120 ada", "4 bell", "121 ada", "4 bell"]
    assert [value for word, value in north if word in ("act", "now")] == ["update", "replaced by version 2", "correction", "stands"]
    assert ("reason", "a bundle was forgotten") in north and ("file", "night\\xe2\\x80\\xae\\xe2\\x80\\xa8.csv") in north
    assert ("votes", "7 ada") in south and ("brought_by", "another way than a delivery") in south
    assert not any(word == "votes" and value.endswith("bell") and value.startswith("0") for word, value in south)
