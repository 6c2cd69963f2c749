"""A night of result sheets as offices have it: the same file again, other figures, a correction, figures of the wrong precinct, an old
file, two clerks at once, a kill in the middle. What stands at the end are the figures of the last deliveries, and each is told what
became of it."""

import concurrent.futures
import csv
import datetime
import io
import json
import os
import pathlib
import re
import signal
import sqlite3
import subprocess
import threading
import time

import pytest

from conftest import TELLER, run, serving
from county_night import MAPPING, RULES, became, rows_of


class Night:
    """A count, its mapping, and the files that are delivered to it."""

    def __init__(self, folder):
        self.folder, self.home = folder, folder / "home"
        (folder / "rules.json").write_text(json.dumps(RULES))
        (folder / "rill.toml").write_text(MAPPING)
        run("init", "--home", self.home, "--rules", folder / "rules.json", "--mode", "test")

    def file(self, name, **figures):
        (self.folder / name).write_text(rows_of(figures))
        return self.folder / name

    def deliver(self, file, *more, code=0, to=None):
        """Delivers it, here or `to` a server; gives what became of it."""
        where = ("--to", to) if to else ("--home", self.home)
        out, _ = run("import", file, "--mapping", self.folder / "rill.toml", *where, "--json", *more, code=code)
        return json.loads(out)

    def totals(self):
        out, _ = run("totals", "--home", self.home, "--format", "json")
        return {option["option"]: option["votes"] for option in json.loads(out)["contests"][0]["by_option"]}


@pytest.fixture
def night(tmp_path):
    return Night(tmp_path)


def test_a_file_that_is_sent_again_with_other_figures_replaces_the_first(night):
    early, late = night.file("at-20h.csv", P1=(120, 80)), night.file("at-21h.csv", P1=(150, 75), P2=(10, 30))
    assert became(night.deliver(early)) == {"new": 1}
    assert became(night.deliver(late)) == {"new": 1, "updated": 1}
    assert night.totals() == {"Ada Moss": 160, "Ben Rook": 105}
    assert became(night.deliver(early, code=1)) == {"stale": 1}
    assert night.deliver(late)["delivery"] == 0
    assert night.totals() == {"Ada Moss": 160, "Ben Rook": 105}
    run("verify", "--home", night.home)


def test_what_became_of_it_is_told_in_words(night):
    night.deliver(night.file("a.csv", P1=(120, 80), P2=(5, 6)))
    told, _ = run("import", night.file("b.csv", P1=(150, 75)), "--mapping", night.folder / "rill.toml", "--home", night.home)
    assert "Rill/P1, all, Mayor: updated, version 2: Ada Moss 120 -> 150, Ben Rook 80 -> 75 (fell)\n" in told
    assert "Rill/P2, all, Mayor: not mentioned; its figures stay\n" in told
    assert told.startswith("Delivery 2 of rill, figures of 20")
    told, _ = run("import", night.folder / "a.csv", "--mapping", night.folder / "rill.toml", "--home", night.home, code=1)
    assert "Rill/P1, all, Mayor: stale, left out, for later figures stand: Ada Moss 150 stands, 120 was sent, Ben Rook 75" in told


def test_a_correction_and_a_withdrawal_say_why(night):
    file = night.file("a.csv", P1=(120, 80), P2=(5, 6))
    night.deliver(file)
    mended = night.file("b.csv", P1=(102, 80))
    refused = run("import", mended, "--mapping", night.folder / "rill.toml", "--home", night.home, "--correct", code=2)[1]
    assert "delivery.invalid" in refused and "--reason" in refused
    assert became(night.deliver(mended, "--correct", "--reason", "two digits exchanged")) == {"corrected": 1}
    away = night.deliver(file, "--withdraw", "--reason", "these are of another county", code=1)
    assert became(away) == {"withdrawn": 1, "refused": 1}
    assert {sheet["unit"]: sheet.get("code") for sheet in away["sheets"]} == {"Rill/P1": "delivery.others_stand", "Rill/P2": None}
    assert night.totals() == {"Ada Moss": 102, "Ben Rook": 80}
    figures = run("totals", "--home", night.home, "--by", "unit", "--format", "csv")[0]
    assert not [row for row in csv.DictReader(io.StringIO(figures)) if row.get("unit") == "Rill/P2" and row.get("votes") not in ("", None)], figures
    run("verify", "--home", night.home)


@pytest.mark.parametrize("act", ["--correct", "--withdraw"])
def test_a_part_of_the_file_is_corrected_or_withdrawn_with_the_mapping_of_the_whole(night, act):
    """Its keys that fit no row are said; in an update they stay an error, for there they may be mistyped."""
    mapping = night.folder / "rill.toml"
    mapping.write_text(MAPPING + '\n[option.ids]\n"Bob Rook" = "Ben Rook"\n')
    whole = night.file("whole.csv", P1=(120, 80), P2=(10, 30))
    whole.write_text(whole.read_text().replace("P2,Mayor,Ben Rook", "P2,Mayor,Bob Rook"))
    night.deliver(whole)
    part = night.file("part.csv", P1=(120, 80) if act == "--withdraw" else (125, 80))
    given = ("import", part, "--mapping", mapping, "--home", night.home)
    assert '[option.ids] "Bob Rook"' in run(*given, code=2)[1]
    out, said = run(*given, act, "--reason", "read out wrongly")
    assert re.search(r'note: .*rill.toml: fits no row of the file: \[option.ids\] "Bob Rook"; a correction or withdrawal may be a part of it', said)
    assert ("withdrawn" if act == "--withdraw" else "corrected") in out
    assert night.totals()["Ada Moss"] == (10 if act == "--withdraw" else 135)


def test_more_votes_than_cards_are_told_when_they_come(night):
    """They are counted, for which of the figures is wrong nobody knows here; `teller verify` says the same of them later."""
    (night.folder / "rill.toml").write_text(MAPPING + '[sheet]\ncards = "cards"\n')
    file = night.folder / "a.csv"
    file.write_text(
        "county,precinct,office,candidate,votes,cards\n"
        "Rill,P1,Mayor,Ada Moss,120,150\nRill,P1,Mayor,Ben Rook,80,150\nRill,P2,Mayor,Ada Moss,5,20\nRill,P2,Mayor,Ben Rook,6,20\n"
    )
    said = run("import", file, "--mapping", night.folder / "rill.toml", "--home", night.home)[0]
    assert re.search(r"\nnew +2\nof these, against their cards +1\n", said)
    law = "contest Mayor in Rill/P1, all: 200 votes, undervotes and overvotes on 150 cards with 1 each"
    assert f"Rill/P1, all, Mayor: new, version 1: Ada Moss 120, Ben Rook 80, cards 150; its votes do not go with its cards: {law}\n" in said
    assert "Rill/P2" not in said
    assert law in run("verify", "--home", night.home, code=1)[0]


def test_what_was_withdrawn_is_told_and_does_not_come_back_with_its_file(night):
    file = night.file("a.csv", P1=(120, 80))
    night.deliver(file)
    given = ("--mapping", night.folder / "rill.toml", "--home", night.home)
    said = run("import", file, *given, "--withdraw", "--reason", "these are of another county")[0]
    assert "Rill/P1, all, Mayor: withdrawn, version 2: Ada Moss 120, Ben Rook 80 no longer count" in said
    said = run("import", file, *given, code=1)[0]
    assert "Rill/P1, all, Mayor: stale, left out: the figures of this place were withdrawn since" in said
    assert night.totals() == {"Ada Moss": None, "Ben Rook": None}


def test_what_was_withdrawn_comes_back_as_the_advice_says(night):
    file = night.file("a.csv", P1=(120, 80))
    night.deliver(file)
    night.deliver(file, "--withdraw", "--reason", "these are of another county")
    given = ("--mapping", night.folder / "rill.toml", "--home", night.home)
    said = run("import", file, *given, code=1)[0]
    assert "What was withdrawn since and is right all the same goes in with --at" in said and "goes in with --correct" not in said
    assert became(night.deliver(file, "--correct", "--reason", "right after all", code=1)) == {"refused": 1}
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=60)
    assert became(night.deliver(file, "--at", later.strftime("%Y-%m-%dT%H:%M:%SZ"))) == {"new": 1}


def test_a_file_without_a_time_is_as_old_as_it_was_changed(night):
    early, late = night.file("at20.csv", P1=(120, 70)), night.file("at21.csv", P1=(150, 80))
    os.utime(early, (time.time() - 3600,) * 2)
    os.utime(late, (time.time() - 60,) * 2)
    night.deliver(late)
    assert became(night.deliver(early, code=1)) == {"stale": 1}
    assert night.totals() == {"Ada Moss": 150, "Ben Rook": 80}
    os.utime(late, (time.time() - 7200,) * 2)  # It was delivered before, and stays of the time that it had.
    assert night.deliver(late)["delivery"] == 0


def test_where_most_figures_fall_and_nobody_said_a_time_it_is_asked(night):
    night.deliver(night.file("at21.csv", P1=(150, 80)))
    given = ("--mapping", night.folder / "rill.toml", "--home", night.home)
    said = run("import", night.file("at20.csv", P1=(120, 70)), *given, code=1)[1]  # Fetched anew, so that it looks new.
    assert "most figures that changed became smaller, and nobody said of which time they are" in said
    # With a time, or where as many rise as fall, a fall is only told.
    assert "most figures" not in run("import", night.file("b.csv", P1=(110, 60)), *given, "--at", "2062-05-03T22:00Z", "--force")[1]
    other = night.file("c.csv", P2=(5, 5))
    assert "most figures" not in run("import", other, *given)[1]
    assert "most figures" not in run("import", night.file("d.csv", P2=(4, 6)), *given)[1]


def test_entries_that_are_written_say_that_they_know_no_versions(night):
    file = night.file("a.csv", P1=(120, 80))
    said = run("import", file, "--mapping", night.folder / "rill.toml", "--home", night.home, "--out", night.folder / "out.tbat")[1]
    assert "note: what is written is version 1 of each sheet, and was compared with nothing that stands" in said


def test_what_stands_for_a_unit_is_withdrawn_without_a_file(night):
    (night.folder / "rill.toml").write_text(
        MAPPING.replace('column = "votes"', 'column = "votes"\nwithheld = "*"\nunknown = "-"') + '[sheet]\ncards = "cards"\n'
    )
    file = night.folder / "a.csv"
    file.write_text(
        "county,precinct,office,candidate,votes,cards\n"
        "Rill,P1,Mayor,Ada Moss,*,250\nRill,P1,Mayor,Ben Rook,80,250\nRill,P2,Mayor,Ada Moss,10,90\nRill,P2,Mayor,Ben Rook,-,90\n"
    )
    given = ("--mapping", night.folder / "rill.toml", "--home", night.home)
    run("import", file, *given, "--at", "2026-05-03T20:00Z")
    away = ("withdraw", "--home", night.home, "--reason", "keyed to the wrong precinct")
    said = run(*away, "--unit", "p1", "--contest", "Mayor", "--method", "all")[0]
    assert said.startswith("Delivery 2 of rill, figures of ") and re.search(r"\nwithdrawn +1\n", said)
    assert "Rill/P1, all, Mayor: withdrawn, version 2: Ada Moss withheld, Ben Rook 80, cards 250 no longer count" in said
    assert night.totals()["Ada Moss"] == 10
    assert "delivery.nothing_stands: no figures stand for Rill/P1" in run(*away, "--unit", "P1", code=2)[1]
    assert "Rill/P1, all, Mayor: stale" in run("import", file, *given, "--at", "2026-05-03T20:00Z", code=1)[0]
    assert 'no unit "P99"' in run(*away, "--unit", "P99", code=2)[1]
    assert 'no contest "Council"' in run(*away, "--unit", "P2", "--contest", "Council", code=2)[1]
    assert "no sheet of that unit" in run(*away, "--unit", "P7", code=2)[1]
    assert "--reason is required" in run("withdraw", "--home", night.home, "--unit", "P2", code=2)[1]

    told = json.loads(run(*away, "--unit", "P2", "--source", "the board", "--json")[0])
    assert told["source"] == "the board"
    assert became(told) == {"withdrawn": 1} and told["act"] == "withdrawal" and told["file"] == ""
    history = json.loads(run("deliveries", "--home", night.home, "--unit", "P2", "--json")[0])["sheets"][0]["versions"]
    assert [(one["act"], one["now"]) for one in history] == [("update", "withdrawn by version 2"), ("withdrawal", "stands")]
    assert history[1]["reason"] == "keyed to the wrong precinct" and history[1]["brought_by"]["source"] == "the board"
    run("verify", "--home", night.home)


def test_figures_that_came_back_are_withdrawn_once_more_and_over_http_too(night):
    file = night.file("a.csv", P1=(120, 80), P2=(10, 30))
    night.deliver(file)
    reason = ("--reason", "of another county")
    run("withdraw", "--home", night.home, "--unit", "P1", *reason)
    assert became(night.deliver(file, "--at", "2099-01-01T00:00Z", "--force")) == {"new": 1, "unchanged": 1}
    with serving(night.home, night.folder / "log") as url:
        to = ("--to", url)
        told = json.loads(run("withdraw", *to, "--unit", "P1", "--contest", "Mayor", "--json", *reason)[0])
        assert became(told) == {"withdrawn": 1} and told["sheets"][0]["version"] == 4 and told["source"] == "rill"
        assert "delivery.nothing_stands" in run("withdraw", *to, "--unit", "P1", *reason, code=2)[1]
        assert "404, delivery.none" in run("withdraw", *to, "--unit", "P9", *reason, code=2)[1]
        assert "404, delivery.none" in run("withdraw", "--home", night.home, "--unit", "P9", *reason, code=2)[1]
    assert night.totals() == {"Ada Moss": 10, "Ben Rook": 30}


def test_a_county_beside_its_precincts_is_refused(night):
    night.deliver(night.file("a.csv", P1=(120, 80)))
    (night.folder / "county.toml").write_text(MAPPING.replace('[[unit]]\nkind = "precinct"\nid = "{precinct}"\n', ""))
    out, _ = run("import", night.file("b.csv", P1=(300, 200)), "--mapping", night.folder / "county.toml", "--home", night.home, "--json", code=1)
    assert json.loads(out)["sheets"][0]["code"] == "delivery.other_level"
    assert night.totals() == {"Ada Moss": 120, "Ben Rook": 80}


def test_our_own_commands_find_the_server_that_counts_a_home(night):
    """With --home alone, and without a token to be typed: who owns the home may send there."""
    file = night.file("a.csv", P1=(120, 80))
    with serving(night.home, night.folder / "log") as url:
        assert (night.home / "address").stat().st_mode & 0o777 == 0o600
        said = run("import", file, "--mapping", night.folder / "rill.toml", "--home", night.home)[1]
        assert f"sending to {url}" in said
        assert night.deliver(file)["delivery"] == 0 and night.deliver(file, to=url)["delivery"] == 0
        assert became(night.deliver(night.file("b.csv", P1=(1, 2)), "--correct", "--reason", "misread")) == {"corrected": 1}
        run("withdraw", "--home", night.home, "--unit", "P1", "--reason", "another precinct")
        sheet = {"kind": "sheet", "count": json.loads((night.home / "count.json").read_text())["id"], "unit": "Rill/P2", "method": "all"}
        sheet |= {"contest": "Mayor", "version": 1, "act": "update", "votes": {"Ada Moss": 5, "Ben Rook": 6}}
        (night.folder / "sheets.ndjson").write_text(json.dumps(sheet) + "\n")
        out, said = run("load", night.folder / "sheets.ndjson", "--home", night.home, "--json")
        assert json.loads(out)["recorded"] == 1 and f"sending to {url}" in said
    assert not (night.home / "address").exists()
    assert night.totals() == {"Ada Moss": 5, "Ben Rook": 6}
    run("verify", "--home", night.home)


def test_a_server_that_asks_for_more_than_the_homes_token_is_not_gone_round(night):
    known = night.folder / "tokens"
    known.write_text(f"{'0' * 64} station\n")
    with serving(night.home, night.folder / "log", "--tokens", known):
        said = run("import", night.file("a.csv", P1=(1, 2)), "--mapping", night.folder / "rill.toml", "--home", night.home, code=2)[1]
        assert "home.locked" in said and not (night.home / "address").exists()


def test_two_clerks_at_once_lose_nothing(night):
    """Both deliver all night, each its own precincts and both P1, and each delivery is counted as one version."""
    with serving(night.home, night.folder / "log") as url:
        together = threading.Barrier(2, timeout=300)

        def clerk(name, units):
            for hour in range(8):
                together.wait()  # What one has of an hour before would be stale.
                figures = dict.fromkeys(units, (10 * hour + 1, hour)) | {"P1": (1000 * hour + len(name), hour)}
                report = night.deliver(night.file(f"{name}-{hour}.csv", **figures), "--source", name, "--at", f"2026-05-03T1{hour}:00Z", to=url)
                assert report["all_stand"], report

        with concurrent.futures.ThreadPoolExecutor(2) as clerks:
            for done in [clerks.submit(clerk, "north", ["P2", "P3"]), clerks.submit(clerk, "southern", ["P4", "P5"])]:
                done.result()
    head = json.loads(run("inspect", "--home", night.home, "--json")[0])
    assert (head["conflict"], head["rejected"]) == (0, 0), head
    with sqlite3.connect(night.home / "store.sqlite") as store:
        versions = [v for (v,) in store.execute("select version from delivery_sheets where unit = 1 and version > 0 order by version")]
        assert versions == list(range(1, len(versions) + 1)) and len(versions) >= 15
    last = night.totals()["Ada Moss"] - 4 * 71
    assert last in (7005, 7008)


@pytest.mark.parametrize("pause", [0.0, 0.02, 0.06, 0.1, 0.2])
def test_a_delivery_that_was_killed_goes_on_with_the_same_command(night, pause):
    night.deliver(night.file("a.csv", **{f"P{n}": (n, n) for n in range(1, 21)}))
    late = night.file("b.csv", **{f"P{n}": (10 * n, n) for n in range(1, 41)})
    command = [TELLER, "import", late, "--mapping", night.folder / "rill.toml", "--home", night.home]
    begun = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        begun.wait(timeout=0.25 + pause)
    except subprocess.TimeoutExpired:
        os.kill(begun.pid, signal.SIGKILL)
        begun.wait()
    report = night.deliver(late)
    assert report["all_stand"], report
    assert night.totals() == {"Ada Moss": 10 * 820, "Ben Rook": 820}
    head = json.loads(run("inspect", "--home", night.home, "--json")[0])
    assert (head["conflict"], head["rejected"]) == (0, 0), head
    run("verify", "--home", night.home)


def test_what_was_delivered_is_kept_and_goes_into_a_backup(night, tmp_path):
    night.deliver(night.file("a.csv", P1=(120, 80)))
    kept = night.home / "deliveries/000001.ndjson"
    assert json.loads(kept.read_text().splitlines()[0])["delivery"]["source"] == "rill"
    assert kept.stat().st_mode & 0o777 == 0o600
    run("backup", tmp_path / "backup", "--home", night.home)
    for file in (kept, kept.with_suffix(".settled")):
        assert pathlib.Path(tmp_path / "backup/deliveries" / file.name).read_bytes() == file.read_bytes()
    run("restore", tmp_path / "backup", "--home", tmp_path / "restored")
    run("verify", "--home", tmp_path / "restored")


def test_what_became_of_a_delivery_is_kept_beside_the_store_and_missed(night):
    night.deliver(night.file("a.csv", P1=(120, 80)))
    night.deliver(night.file("b.csv", P1=(130, 80)))
    kept = [night.home / f"deliveries/00000{number}.settled" for number in (1, 2)]
    texts = [file.read_text() for file in kept]
    assert "sheet unit 1 method 0 contest 0 version 2 became updated why \n" in texts[1]
    assert kept[0].stat().st_mode & 0o777 == 0o600

    def verified(code=0):
        return run("verify", "--home", night.home, code=code)[0]

    assert "deliveries" not in verified()
    for file, text in zip(kept, texts, strict=True):
        file.unlink()
        assert f"deliveries/{file.name} is missing" in verified(code=1)
        file.write_text(text.replace("source rill", "source Rill"))
        said = f'deliveries/{file.name} says otherwise: "source rill" by the store, "source Rill" there'
        assert said in verified(code=1)
        assert said in run("reconcile", "--home", night.home, "--full", code=1)[0]
        file.write_text(text)
    (night.home / "deliveries/000003.ndjson").write_text("")
    assert "deliveries/000003.ndjson is of no delivery that the store has" in verified(code=1)
    (night.home / "deliveries/000003.ndjson").unlink()

    # As an older program left them: said, and no fault; and from now on each is kept.
    for file in kept:
        file.unlink()
    assert "2 of 2 deliveries were settled by a program that did not keep what became of their sheets" in verified()
    night.deliver(night.file("c.csv", P1=(140, 80)))
    assert "2 of 3 deliveries were settled by a program" in verified()
    night.deliver(night.file("d.csv", P1=(150, 80)))
    (night.home / "deliveries/000003.settled").unlink()
    assert "deliveries/000003.settled is missing" in verified(code=1)


def test_a_recovered_store_says_that_it_knows_nothing_of_deliveries_before(night):
    night.deliver(night.file("a.csv", P1=(120, 80)))
    night.deliver(night.file("b.csv", P1=(130, 80)))
    (night.home / "store.sqlite").unlink()
    run("recover", "--home", night.home, "--reason", "the store was lost")
    assert "4 files in deliveries/ are from before the store was recovered" in run("verify", "--home", night.home)[0]
    night.deliver(night.file("c.csv", P1=(140, 80)))
    assert "2 files in deliveries/ are from before the store was recovered" in run("verify", "--home", night.home)[0]


def test_the_history_of_a_sheet_is_told_in_words(night):
    night.deliver(night.file("a.csv", P1=(120, 80), P2=(5, 6)))
    night.deliver(night.file("b.csv", P1=(102, 80)), "--correct", "--reason", "two digits exchanged")
    night.deliver(night.file("c.csv", P1=(1, 1)), "--at", "2026-05-03T20:00Z", code=1)
    torn = night.file("d.csv", P2=(7, 8), P3=(9, 9))
    torn.write_text(torn.read_text().replace(",7\n", ",7½\n"))
    night.deliver(torn, code=1)

    told, _ = run("deliveries", "--home", night.home, "--unit", "Rill/P1")
    lines = [line.split(", figures of")[0] for line in told.splitlines()]
    assert lines == [
        "Rill/P1, all, Mayor",
        "  version 1, update, replaced by version 2: Ada Moss 120, Ben Rook 80",
        "    delivery 1 of rill",
        "  version 2, correction, stands: Ada Moss 102, Ben Rook 80; reason: two digits exchanged",
        "    delivery 2 of rill",
        "  stale, delivery 3 of rill",
    ]
    held, _ = run("deliveries", "4", "--home", night.home)
    assert "Rill/P2, all, Mayor: held: line 2: votes" in held and "Rill/P3, all, Mayor: new, version 1, stands: Ada Moss 9, Ben Rook 9" in held
    listed, _ = run("deliveries", "--home", night.home)
    assert [line.split()[0] for line in listed.splitlines()[2:]] == ["1", "2", "3", "4"], listed
    assert "1 new, 1 held" in listed or "1 held, 1 new" in listed, listed
    for wrong in (("--unit", "Rill/P99"), ("--contest", "Sheriff"), ("9",)):
        assert "delivery.none" in run("deliveries", *wrong, "--home", night.home, code=2)[1]


def test_a_unit_is_found_by_its_name_or_the_last_part_of_its_id(tmp_path, monkeypatch):
    units = [{"id": "Rill", "kind": "county"}, *({"id": f"Rill/{part}", "kind": "ward", "parent": "Rill"} for part in ("P1", "North", "South"))]
    units += [
        {"id": "Rill/North/1", "kind": "precinct", "parent": "Rill/North", "name": "Old Mill"},
        {"id": "Rill/South/1", "kind": "precinct", "parent": "Rill/South", "name": "School"},
        {"id": "Rill/South/2", "kind": "precinct", "parent": "Rill/South", "name": "Église"},
    ]
    monkeypatch.setitem(RULES, "units", units)
    night = Night(tmp_path)
    mapping = MAPPING.replace('kind = "precinct"\nid = "{precinct}"', 'kind = "ward"\nid = "{ward}"\n[[unit]]\nkind = "precinct"\nid = "{precinct}"')
    (night.folder / "rill.toml").write_text(mapping)
    rows = "county,ward,precinct,office,candidate,votes\n"
    for number, (ward, precinct) in enumerate([("North", 1), ("South", 1), ("South", 2)]):
        rows += f"Rill,{ward},{precinct},Mayor,Ada Moss,{100 + number}\n"
    night.file("all.csv").write_text(rows)
    night.deliver(night.folder / "all.csv")

    def history(unit, code=0):
        out, said = run("deliveries", "--home", night.home, "--unit", unit, code=code)
        return out or said

    for unit, votes in {"Rill/North/1": 100, "Old Mill": 100, "old mill": 100, "2": 102, "eglise": 102, "rill/south/2": 102}.items():
        assert f"Ada Moss {votes}" in history(unit) and history(unit).count("version 1") == 1, unit
    assert '2 units are called "1": give the id of one of them: "Rill/North/1" ("Old Mill"), "Rill/South/1" ("School")' in history("1", 2)
    assert 'the rules have no unit "Schol"; is it "Rill/South/1" ("School")?' in history("Schol", 2)
    assert 'the rules have no unit "mill"; is it one of "Rill", "Rill/North/1" ("Old Mill")?' in history("mill", 2)
    assert 'the rules have no unit "Xylophone"\n' in history("Xylophone", 2)


def test_a_file_of_sheets_whose_version_jumps_is_loaded_only_by_force(night):
    """A time stood in the column of versions."""
    sheet = {"kind": "sheet", "unit": "Rill/P1", "method": "all", "contest": "Mayor", "version": 20260503, "votes": {"Ada Moss": 1}}
    sheet["count"] = json.loads((night.home / "count.json").read_text())["id"]
    file = night.folder / "sheets.ndjson"
    file.write_text(json.dumps(sheet) + "\n")
    assert "load.version_jump" in run("load", file, "--home", night.home, code=3)[1]
    assert json.loads(run("inspect", "--home", night.home, "--json")[0])["recorded"] == 0
    run("load", file, "--home", night.home, "--force")
    history = json.loads(run("deliveries", "--home", night.home, "--unit", "Rill/P1", "--json")[0])["sheets"][0]
    assert (history["versions"][0]["version"], history["versions"][0]["brought_by"]) == (20260503, None)
    assert night.deliver(night.file("a.csv", P1=(2, 2)))["sheets"][0]["version"] == 20260504
