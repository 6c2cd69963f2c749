"""A count that publishes its certified result alone (decision 0047): units of few cards are withheld in it so that nobody comes to them
by subtracting, it is told once, and every other way out stays shut, before the close and after it, certified or reopened. The ways out
are those of test_after_close.py, from the program's own lists. A figure that cannot come about by chance is looked for in all of them:
that of a large unit which is withheld for the sake of a small one."""

import csv
import hashlib
import json
import subprocess

import little_rill
from conftest import TELLER, run, serving
from http_api import Answers
from officers import Officers
from persons import client_of, token_of
from test_after_close import CANARY, SAYS_NO_VOTES, TELLS, TOLD_BEFORE, has_canary, must_show_no_votes, say, ways_out_of
from test_after_close import RULES as RULES_OF_ONE
from test_http_api import until

CODE = "publication.result_alone"
SENTENCE = "only the certified result of this count is published"
RESULT = ["result-signed.txt", "result.csv", "result.json"]
UNITS = [*little_rill.HALL, *({"id": name, "name": name.title(), "kind": "precinct", "parent": "rill"} for name in ("city", "hill", "island"))]
RULES = RULES_OF_ONE | {"units": UNITS}
CITY = 8 * CANARY


def made_in(folder, *more):
    officers, rules, home = Officers(folder, say), folder / "rules.json", folder / "home"
    rules.write_text(json.dumps(RULES))
    run(
        "init",
        "--home",
        home,
        "--rules",
        rules,
        "--mode",
        "test",
        "--partitions",
        2,
        "--officers",
        officers.file,
        "--publication",
        "certified",
        *more,
    )
    return home, officers


def sheet(home, unit, votes, **other):
    count = json.loads((home / "count.json").read_text())["id"]
    figures = {"cards": votes + 5, "undervotes": 0, "overvotes": 0, "votes": {"ada": votes, "bell": 5}}
    return {"kind": "sheet", "count": count, "unit": unit, "method": "in-person", "contest": "council", "version": 1, **figures, **other}


def every_door_is_shut(answers, person, home, tmp_path, published):
    """But for the files named."""
    for method, route, answer in ways_out_of(answers):
        if route.startswith("/v1/officer/") and route not in TOLD_BEFORE:
            answer = person.plain(method, route, **({"json": {}} if method == "POST" else {}))
        assert not has_canary(answer.text), (method, route, answer.text)
        if route in TOLD_BEFORE:
            continue
        assert answer.status_code == 403, (method, route, answer.text)
        assert answer.json()["error"]["code"] == CODE, (method, route, answer.text)
    files = {path.name: path.read_text() for path in (home / "published").rglob("*") if path.is_file()}
    assert sorted(files) == sorted(["not-before-the-close", *published])
    assert SENTENCE in files["not-before-the-close"]
    for name, text in files.items():
        assert not has_canary(text), name
    must_show_no_votes(home)
    for command, more in TELLS.items():
        given = [tmp_path / "out" if one == "FOLDER" else one for one in more]
        done = subprocess.run([TELLER, *command.split(), *given, "--home", home], capture_output=True, text=True, timeout=60)
        assert done.returncode == 2, (command, done.stdout, done.stderr)
        assert CODE in done.stderr, (command, done.stderr)
        assert done.stdout == "", (command, done.stdout)
    assert not (tmp_path / "out").exists()
    for command in SAYS_NO_VOTES:
        assert not has_canary(say(*command.split(), "--home", home)), command


def decide_at(url, officers, home, tmp_path, action, *more):
    """Until it can be made: certifying waits for a statement of all that is counted."""
    file, tries = tmp_path / f"{action}-{len(list(tmp_path.iterdir()))}.json", []

    def is_made():
        tries.append(
            subprocess.run(
                [TELLER, "decide", action, "--reason", "the board decided so", *map(str, officers.signed()), "--home", home, "--out", file, *more],
                capture_output=True,
                text=True,
                timeout=60,
            )
        )
        assert tries[-1].returncode == 0 or "decision.unstated" in tries[-1].stderr, tries[-1].stderr
        return tries[-1].returncode == 0

    until(is_made)
    run("decide", "send", file, "--to", url)


def test_only_the_result_is_told_and_no_small_unit_in_it(tmp_path):  # Long: every way out is asked at each stage.
    home, officers = made_in(tmp_path)
    published, log, made = home / "published", tmp_path / "engine.log", tmp_path / "decided"
    made.mkdir()
    officers.decide("open", "--home", home)
    with serving(home, log) as url:
        answers = Answers(url, set())
        person = client_of(url, token_of(home, "tabulation", "a.chair"))

        def send(one):
            sent = answers.ask("POST", "/v1/entries", json=one).json()
            assert sent["recorded"] == 1, sent
            return sent["records"]

        for unit, votes in (("city", CITY), ("hill", CANARY), ("island", 3)):
            send(sheet(home, unit, votes))
        conflict = send(sheet(home, "hill", CANARY - 1))
        until(lambda: answers.ask("GET", "/v1/head").json()["conflict"] == 1)
        until(lambda: answers.plain("GET", "/v1/checkpoint").status_code == 200)
        until(lambda: (published / "not-before-the-close").exists())
        every_door_is_shut(answers, person, home, made, [])
        told = answers.ask("POST", "/v1/outcomes", json=conflict)
        assert told.json()["conflict"] == 1
        assert not has_canary(told.text)

        decide_at(url, officers, home, made, "close")
        until(lambda: "count is closed" in say("decide", "list", "--home", home))
        every_door_is_shut(answers, person, home, made, [])
        assert has_canary(say("totals", "--home", home, "--by", "unit", "--before-close", "--reason", "what the officers certify"))

        decide_at(url, officers, home, made, "certify", "--accept-open")
        until(lambda: (published / "result.json").exists())
        every_door_is_shut(answers, person, home, made, RESULT)
        first = {name: (published / name).read_bytes() for name in RESULT}
        the_result_is_right(first)

        # Once more after a reopening would be the difference, here of three cards.
        decide_at(url, officers, home, made, "reopen")
        until(lambda: "count is closed" in say("decide", "list", "--home", home))
        send(sheet(home, "island", 0, version=2))
        decide_at(url, officers, home, made, "certify", "--accept-open")
        until(lambda: "count is certified" in say("decide", "list", "--home", home))
        every_door_is_shut(answers, person, home, made, RESULT)
    assert {name: (published / name).read_bytes() for name in RESULT} == first
    for name in RESULT:
        (published / name).unlink()
    with serving(home, log):
        until(lambda: (published / "not-before-the-close").exists())
    assert sorted(path.name for path in published.iterdir()) == ["not-before-the-close"]
    assert not has_canary(log.read_text())
    run("verify", "--home", home, "--before-close", "--reason", "whether all follows from the log")


def the_result_is_right(files):
    result = json.loads(files["result.json"])
    assert (result["teller"], result["status"], result["small_units"]) == ("result/1", "official", 10)
    council = result["contests"][0]
    assert [(one["option"], one["votes"]) for one in council["options"]] == [("ada", CITY + CANARY + 3), ("bell", 15)]
    units = {unit["unit"]: unit for unit in council["units"]}
    assert [one["votes"] for one in units["city"]["options"]] == [CITY, 5]
    for name in ("hill", "island"):
        assert units[name]["withheld"] == "withheld: fewer than 10 cards, or told together with such"
        assert set(units[name]) == {"unit", "name", "kind", "in", "part", "withheld"}
    rows = list(csv.DictReader(files["result.csv"].decode().splitlines()))
    assert {row["unit"] for row in rows if row["value"]} == {"", "city"}
    assert [row["value"] for row in rows if row["unit"] == "city" and row["column"] == "ada"] == [str(CITY)]
    signed = files["result-signed.txt"].decode()
    for name in ("result.json", "result.csv"):
        assert f"{name} {hashlib.sha256(files[name]).hexdigest()}\n" in signed
    assert signed.splitlines()[-1].startswith("— teller.invalid/")


def test_sheets_are_loaded_and_their_conflicts_told_without_figures(tmp_path):
    home, officers = made_in(tmp_path, "--small-units", 50)
    assert json.loads((home / "count.json").read_text())["small_units"] == 50
    officers.decide("open", "--home", home)
    entries = tmp_path / "sheet.ndjson"
    for votes, code in ((CANARY, 0), (3, 1)):
        entries.write_text(json.dumps(sheet(home, "hill", votes)) + "\n")
        said = run("load", entries, "--home", home, code=code)
        assert not has_canary("".join(said)), said
    said = run("withdraw", "--home", home, "--unit", "hill", "--reason", "not theirs", code=2)
    assert CODE in said[1]
    assert not has_canary("".join(said)), said


def test_what_cannot_be_withheld_is_not_begun(tmp_path):
    home, rules = tmp_path / "home", tmp_path / "rules.json"
    rules.write_text(json.dumps(RULES))
    init = ["init", "--rules", rules, "--mode", "test"]
    officers = ["--officers", Officers(tmp_path, say).file]
    assert "publication.no_officers" in run(*init, "--home", home, "--publication", "certified", code=2)[1]
    assert "--small-units" in run(*init, "--home", home, *officers, "--publication", "after_close", "--small-units", 10, code=2)[1]
    # The views of PostgreSQL, its accounts and Elasticsearch would each have to be shut for good.
    config = tmp_path / "teller.toml"
    config.write_text(f'[count]\nhome = "{home}"\n[postgres]\nconninfo = "host={tmp_path} dbname=none"\npassfiles = "{tmp_path}"\n')
    said = run(*init, "--config", config, *officers, "--publication", "certified", code=2)[1]
    assert "a count on servers cannot withhold small units yet" in said
    assert not home.exists()
    # Neither one that was begun in a home.
    run(*init, "--home", home, *officers, "--publication", "certified")
    for command in ("totals", "reconcile", "publish", "inspect"):
        said = run(command, "--config", config, code=2)[1]
        assert "a count on servers cannot withhold small units yet" in said, (command, said)
