"""What became of what was sent is said at the end of `teller load`, to its sender alone, and by `teller incidents` in the same words."""

import hashlib
import json
import signal
import subprocess
import uuid

import pytest
import requests

import journal_file
from conftest import TELLER, TREE, run, serving
from http_api import Answers

MAPPING = """teller = "mapping/1"
election = {name = "Mayor of Rill", date = "2026-05-17", time_zone = "Europe/Zurich"}
unit = [{kind = "county", id = "{county}"}, {kind = "precinct", id = "{precinct}"}]
contest = {id = "{office}"}
option = {id = "{candidate}"}
method = {id = "all"}
votes = {column = "votes"}
"""
HEAD = "county,precinct,office,candidate,votes\n"
AT_20 = HEAD + "Rill,P1,Mayor,Ada Moss,120\nRill,P1,Mayor,Ben Rook,80\n"
AT_21 = HEAD + "Rill,P1,Mayor,Ada Moss,150\nRill,P1,Mayor,Ben Rook,75\nRill,P2,Mayor,Ada Moss,10\nRill,P2,Mayor,Ben Rook,30\n"
WORDS = "Rill/P1, all, Mayor, version 1: counted Ada Moss 120, Ben Rook 80; sent Ada Moss 150, Ben Rook 75."
VECTOR_RULES = TREE / "tests/vectors/rules.json"


@pytest.fixture
def night(tmp_path, new_home):
    """A home that has the sheet of eight o'clock; gives it and the sheets of both times as files."""
    files = {}
    (tmp_path / "mapping.toml").write_text(MAPPING)
    for name, text in {"at-20": AT_20, "at-21": AT_21}.items():
        (tmp_path / f"{name}.csv").write_text(text)
    rules = tmp_path / "rules.json"
    run("import", tmp_path / "at-21.csv", "--mapping", tmp_path / "mapping.toml", "--write-rules", rules)
    home = new_home(rules)
    for name in ("at-20", "at-21"):
        files[name] = tmp_path / f"{name}.tbat"
        run("import", tmp_path / f"{name}.csv", "--mapping", tmp_path / "mapping.toml", "--home", home, "--out", files[name])
    run("load", files["at-20"], "--home", home)
    return home, files


def ballot(count, marks, name=None):
    """In JSON, of the rules of the vectors."""
    card = {"unit": "city/north", "style": "full", "card": 1, "method": "in-person", "contests": {"mayor": marks, "council": []}}
    return {"kind": "ballot", "count": count, "id": name or str(uuid.uuid4()), **card}


def count_of(home):
    return json.loads((home / "count.json").read_text())["id"]


@pytest.mark.parametrize("way", ["--home", "--to"])
def test_other_figures_under_a_version_that_is_counted_are_said(night, tmp_path, way):
    home, files = night

    def load(*more, code):
        if way == "--home":
            return run("load", files["at-21"], "--home", home, *more, code=code)
        with serving(home, tmp_path / "engine.log") as url:
            return run("load", files["at-21"], "--to", url, *more, code=code)

    shown, said = load(code=1)
    assert f"conflict: {WORDS}" in said and '"version": 2' in said, said
    rows = [line.split() for line in shown.splitlines()]
    assert ["counted,", "or", "a", "copy", "of", "what", "is", "counted", "1"] in rows, shown
    assert ["conflict:", "another", "one", "was", "counted", "first", "1"] in rows, shown
    told = json.loads(load("--json", code=1)[0])
    assert [told[name] for name in ("recorded", "followed", "counted_or_copy", "conflict", "rejected", "waiting")] == [2, True, 1, 1, 0, 0]
    [one] = told["incidents"]
    assert (one["unit"], one["method"], one["contest"], one["version"]) == ("Rill/P1", "all", "Mayor", 1)
    assert one["counted"]["votes"] == {"Ada Moss": 120, "Ben Rook": 80} and one["sent"]["votes"] == {"Ada Moss": 150, "Ben Rook": 75}

    # An officer reads the same words; and the same file once more is once more the same.
    listed = json.loads(run("incidents", "--home", home, "--format", "json")[0])
    assert [incident["words"] for incident in listed] == [one["words"]] * 2 and listed[0]["counted"] == one["counted"]
    assert WORDS in run("incidents", "--home", home)[0]
    head, row, *_ = run("incidents", "--home", home, "--format", "csv")[0].splitlines()
    assert "kind,unit,method,contest,version,words" in head and "sheet,Rill/P1,all,Mayor,1," in row


def test_all_that_counts_ends_with_0_and_so_does_its_copy(night):
    home, files = night
    for _ in range(2):
        told = json.loads(run("load", files["at-20"], "--home", home, "--json")[0])
        assert (told["counted_or_copy"], told["conflict"], told["waiting"], told["incidents"]) == (1, 0, 0, [])


def test_who_will_not_wait_is_told_that_recorded_is_not_counted(night, tmp_path):
    home, files = night
    with serving(home, tmp_path / "engine.log") as url:
        shown, said = run("load", files["at-21"], "--to", url, "--no-wait")
    assert ["recorded", "2"] in [line.split() for line in shown.splitlines()] and "recorded is not counted yet" in said
    run("load", files["at-21"], "--home", home, "--no-wait", code=2)  # It counts in its own process.


# 26-sheet-versions: versions in any order, a correction, and the same version with one figure changed.
def test_versions_count_in_any_order_and_one_figure_changed_is_a_conflict(night, tmp_path):
    home, _ = night

    def sheet(version, votes, act="update", reason=""):
        place = {"unit": "Rill/P1", "method": "all", "contest": "Mayor", "version": version, "act": act, "reason": reason}
        return json.dumps({"kind": "sheet", "count": count_of(home), **place, "votes": votes}) + "\n"

    file = tmp_path / "sheets.ndjson"
    file.write_text(
        sheet(3, {"Ada Moss": 150, "Ben Rook": 85})
        + sheet(2, {"Ada Moss": 140, "Ben Rook": 82})
        + sheet(4, {"Ada Moss": 120, "Ben Rook": 80}, "correction", "typing error")
        + sheet(4, {"Ada Moss": 121, "Ben Rook": 80}, "correction", "typing error")
        + sheet(5, {"Ada Moss": 1, "Ben Rook": 1}, "correction")
    )
    shown, said = run("load", file, "--home", home, "--in-order", code=1)
    assert "conflict: Rill/P1, all, Mayor, version 4: counted Ada Moss 120; sent Ada Moss 121." in said, said
    assert '"version": 5' in said and "refused: entry.sheet.reason_missing" in said
    told = json.loads(run("load", file, "--home", home, "--in-order", "--json", code=1)[0])
    assert (told["counted_or_copy"], told["conflict"], told["refused_total"]) == (3, 1, 1)


def test_what_became_of_it_is_told_to_its_sender_and_to_nobody_else(new_home, tmp_path):
    home = new_home(VECTOR_RULES, "--partitions", 2)
    tokens = {name: f"tok-of-{name}-{uuid.uuid4()}" for name in ("north", "south")}
    (tmp_path / "tokens").write_text("".join(f"{hashlib.sha256(token.encode()).hexdigest()} {name}\n" for name, token in tokens.items()))
    (tmp_path / "tokens").chmod(0o600)
    count = count_of(home)
    with serving(home, tmp_path / "engine.log", "--tokens", tmp_path / "tokens") as url:
        answers = Answers(url, set())

        def ask(name, route, status=200, **body):
            return answers.ask("POST", route, status, headers={"Authorization": f"Bearer {tokens[name]}"}, **body).json()

        def decided(name, records):
            said = {"waiting": 1}
            while said["waiting"]:
                said = ask(name, "/v1/outcomes", json=records)
            return said

        first = ballot(count, ["ada"])
        of_north = ask("north", "/v1/entries", json=first)["records"]
        assert [record["entries"] for record in of_north] == [1]
        assert decided("north", of_north)["counted_or_copy"] == 1
        # The same id with other marks, from somebody else: he learns that it is a conflict, and nothing of what was counted.
        of_south = ask("south", "/v1/entries", json=ballot(count, ["bell"], first["id"]))["records"]
        said = decided("south", of_south)
        [incident] = said["incidents"]
        assert (said["conflict"], incident["kind"], incident["id"], incident["unit"]) == (1, "ballot", first["id"], "city/north")
        assert {"ada", "bell", "mayor", "north"} & set(json.dumps(incident).replace("city/north", "").split('"')) == set()

        # Neither the other's place, nor one where nothing stands, nor one in a partition that is none: all alike.
        [place] = of_north
        refused = []
        for other in (place, {**place, "position": 1 << 40}, {**place, "partition": 9}):
            error = ask("south", "/v1/outcomes", 403, json=[*of_south, other])["error"]
            where = f"record {other['position']} of partition {other['partition']}"
            refused.append((error["code"], error["detail"].replace(where, "it")))
        assert refused == [("outcomes.not_yours", "it is not one that you sent")] * 3
        assert requests.post(f"{url}/v1/outcomes", json=of_north, timeout=60).status_code == 401
    # Whoever has an id has no receipt: an officer's list has places and units, and no id of a ballot.
    for form in ("table", "json", "csv"):
        shown = "".join(run("incidents", "--home", home, "--format", form))
        assert "city/north" in shown and first["id"] not in shown, shown


def test_it_waits_until_it_is_counted_also_through_the_death_of_the_server(new_home, tmp_path):
    """Nothing is counted before a hundred entries wait: of thirty that were sent twice nothing is decided when the server dies."""
    late = ("--partitions", 1, "--step-interval-ms", 86_400_000, "--step-minimum", 100, "--step-maximum", 100)
    home = new_home(VECTOR_RULES, *late)
    count = count_of(home)
    file, rest = tmp_path / "thirty.ndjson", tmp_path / "rest.ndjson"
    file.write_text("".join(json.dumps(ballot(count, ["ada"])) + "\n" for _ in range(30)))
    rest.write_text("".join(json.dumps(ballot(count, ["bell"])) + "\n" for _ in range(60)))

    def serve(listen):
        log = open(tmp_path / "engine.log", "ab")
        process = subprocess.Popen([TELLER, "serve", "--home", home, "--listen", listen], stdout=subprocess.PIPE, stderr=log, text=True)
        return process, process.stdout.readline().strip()

    engine, url = serve("127.0.0.1:0")
    try:
        told = json.loads(run("load", file, "--to", url, "--token-file", home / "token", "--json", "--give-up-after", 1, code=1)[0])
        assert (told["recorded"], told["counted_or_copy"], told["waiting"], told["halted"]) == (30, 0, 30, 0)

        waiting = subprocess.Popen(
            [TELLER, "load", file, "--to", url, "--token-file", home / "token", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        metrics = {"Authorization": f"Bearer {(home / 'token').read_text().strip()}"}
        asked = 'teller_http_requests_total{route="/v1/outcomes",status="200"}'
        while asked not in requests.get(f"{url}/metrics", headers=metrics, timeout=60).text:
            pass
        engine.send_signal(signal.SIGKILL)
        engine.wait()
        engine, _ = serve(url.removeprefix("http://"))
        run("load", rest, "--to", url, "--token-file", home / "token", "--no-wait")
        shown, said = waiting.communicate(timeout=300)
        assert waiting.returncode == 0, said
        told = json.loads(shown)
        assert (told["counted_or_copy"], told["waiting"]) == (30, 0)
    finally:
        engine.kill()
        engine.wait()
    # The same command again is all copies.
    told = json.loads(run("load", file, "--home", home, "--json")[0])
    assert (told["counted_or_copy"], told["conflict"]) == (30, 0)
    numbers = json.loads(run("inspect", "--home", home, "--json")[0])
    assert (numbers["counted"], numbers["conflict"], numbers["rejected"]) == (90, 0, 0)


def test_what_waits_for_an_officer_is_named_and_not_waited_for(new_home, tmp_path):
    home = new_home(VECTOR_RULES, "--partitions", 1)
    count = count_of(home)
    file = tmp_path / "one.ndjson"
    file.write_text(json.dumps(ballot(count, ["ada"])) + "\n")
    run("load", file, "--home", home)
    journal = home / "journal/00000001.journal"
    good = journal.read_bytes()
    journal.write_bytes(journal_file.appended(good, 0, b"no record"))
    shown, said = run("load", file, "--home", home, code=1)
    assert "1 wait for a halted partition" in said and "teller resume" in said, said
    assert "recorded, not counted yet" in shown


def test_incidents_says_when_it_cannot_see_the_journal(night):
    home, files = night
    run("load", files["at-21"], "--home", home, code=1)
    (home / "journal/00000001.journal").rename(home / "moved")
    shown, said = run("incidents", "--home", home)
    assert "units, contests and figures are not shown: journal." in said and "entry.conflict" in shown, said
