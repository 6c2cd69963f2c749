"""A count that is published after the close of voting: until officers have closed it in every partition, nothing about votes leaves by
any way out. The ways out are taken from the program's own lists: the routes that a server names, the commands of `teller --help`, the
views of the store, the files that are published. A figure that cannot come about by chance is looked for in all of them."""

import json
import re
import sqlite3
import subprocess

import pytest

import little_rill
from conftest import TELLER, run, serving
from http_api import Answers
from officers import Officers
from persons import client_of, token_of
from test_http_api import until

CANARY = 73519467
SENTENCE = "nothing is published before the close of voting"
CODE = "publication.before_close"
TOLD_BEFORE = {"/v1/entries", "/v1/outcomes", "/v1/health", "/v1/head", "/v1/checkpoint", "/v1/count", "/v1/rules", "/v1/search", "/metrics"}
TOLD_BEFORE |= {f"/v1/officer/{path}" for path in ("me", "decisions", "approvals", "approvals/{path}", "audit")}  # Persons alone: test_persons.py.
VIEWS_TOLD = {"pub_head", "pub_decisions", "pub_reconcile"}
# What each command that knows a home does before the close. A new command belongs into one of these.
TELLS = {
    "check": [],
    "deliveries": [],
    "digest": [],
    "incidents": [],
    "inspect": [],
    "log export": ["FOLDER"],
    "reconcile": [],
    **{f"report {kind}": [] for kind in ("sheets", "decisions", "canvass", "certificate")},
    "resolve": [],
    "totals": [],
    "verify": [],
    "write-ins list": [],
    "write-ins give": ["--contest", "council", "--name", "Zoe", "--option", "ada", "--reason", "x"],
}
SAYS_NO_VOTES = {
    "audit show": [],
    "audit verify": [],
    "decide list": [],
    "keys": [],
}
CHANGES = {
    *{f"decide {action}" for action in ("open", "close", "certify", "reopen", "void", "reinstate", "show", "sign", "send")},
    *{"backup", "feed", "generate", "import", "init", "load", "officer new", "recover", "replay-rejected", "restore", "resume"},
    *{"complete", "retire", "serve", "test-deck", "withdraw", "zero", "report check"},
}
OF_PEOPLE = {  # Of who may do what and who came; they know no votes (test_voters.py, test_persons.py).
    *{f"voters {deed}" for deed in ("load", "show", "check-in", "close", "turnout")},
    *{"token new", "token list", "token revoke", "officer me", "decide waiting"},
}

RULES = json.loads(json.dumps(little_rill.RULES))
RULES["contests"][0]["counted_from"] = "sheets"


def say(*arguments):
    return run(*arguments)[0]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """(home, officers) of an open count with one sheet in it."""
    folder = tmp_path_factory.mktemp("after-close")
    officers = Officers(folder, say)
    rules = folder / "rules.json"
    rules.write_text(json.dumps(RULES))
    home = folder / "home"
    run("init", "--home", home, "--rules", rules, "--mode", "test", "--partitions", 2, "--officers", officers.file, "--publication", "after_close")
    officers.decide("open", "--home", home)
    return home, officers


def sheet(home, votes, **other):
    count = json.loads((home / "count.json").read_text())["id"]
    figures = {"cards": votes + 5, "undervotes": 0, "overvotes": 0, "votes": {"ada": votes, "bell": 5}}
    return {"kind": "sheet", "count": count, "unit": "rill", "method": "in-person", "contest": "council", "version": 1, **figures, **other}


def has_canary(text):
    return str(CANARY) in re.sub(r"[,\s']", "", text)


def must_show_no_votes(home):
    """The views of its store that are for the public."""
    with sqlite3.connect(f"file:{home}/store.sqlite?mode=ro", uri=True) as store:
        views = [name for (name,) in store.execute("select name from sqlite_master where type = 'view' and name glob 'pub_*'")]
        assert len(views) > 10
        for view in views:
            rows = store.execute(f"select * from {view}").fetchall()
            assert view in VIEWS_TOLD or rows == [], view
            assert not has_canary(repr(rows)), view


def commands():
    """Each command and subcommand that can be asked for a home."""
    found = set()

    def look(words):
        text = say(*words, "--help")
        subcommands = re.findall(r"^  ([a-z][a-z-]+)  ", text.split("Subcommands:")[1] if "Subcommands:" in text else "", re.M)
        if not subcommands and "--home" in text:
            found.add(" ".join(words))
        for name in subcommands:
            look([*words, name])

    look([])
    return found


def ways_out_of(answers):
    """(method, route, answer) of every route of the server."""
    log = {
        "/v1/search": ["/v1/search", "/v1/search?q=rill", f"/v1/search?q={CANARY}"],
        "/v1/log/{path}": ["/v1/log/checkpoint", "/v1/log/tile/0/000"],
        "/v1/deliveries/{path}": ["/v1/deliveries/1"],
    }
    for method, route in sorted(answers.routes()):
        for path in log.get(route, [route]):
            kind = {"Content-Type": "application/x-ndjson"} if route == "/v1/deliveries" else {"Content-Type": "application/json"}
            body = {"data": "[]", "headers": kind} if method == "POST" else {}
            yield method, route, answers.plain(method, path, **body)


def test_nothing_tells_of_votes_before_the_close_and_everything_does_after_it(made, tmp_path):  # Long: every way out is asked of one count.
    home, officers = made
    log = tmp_path / "engine.log"
    with serving(home, log) as url:
        answers = Answers(url, set())
        sent = answers.ask("POST", "/v1/entries", json=sheet(home, CANARY)).json()
        assert sent["recorded"] == 1, sent
        conflict = answers.ask("POST", "/v1/entries", json=sheet(home, 3)).json()
        until(lambda: answers.ask("GET", "/v1/head").json()["conflict"] == 1)
        until(lambda: answers.plain("GET", "/v1/checkpoint").status_code == 200)
        until(lambda: (home / "published/not-before-the-close").exists())

        # Over HTTP.
        seen = set()
        person = client_of(url, token_of(home, "tabulation", "a.chair"))
        for method, route, answer in ways_out_of(answers):
            seen.add(route)
            if route.startswith("/v1/officer/") and route not in TOLD_BEFORE:
                assert answer.status_code == 401, (method, route)
                answer = person.plain(method, route, **({"json": {}} if method == "POST" else {}))
            assert not has_canary(answer.text), (method, route, answer.text)
            if route not in TOLD_BEFORE:
                assert answer.status_code == 403, (method, route, answer.text)
                assert answer.json()["error"] == {"code": CODE, "detail": SENTENCE}, (method, route)
        assert seen >= TOLD_BEFORE
        told = answers.ask("POST", "/v1/outcomes", json=conflict["records"])
        assert told.json()["conflict"] == 1
        assert not has_canary(told.text), told.text
        assert SENTENCE in told.text

        # Files, views, what the operator is told.
        files = [path for path in (home / "published").rglob("*") if path.is_file()]
        assert [path.name for path in files] == ["not-before-the-close"]
        assert files[0].read_text() == SENTENCE + "\n"
        must_show_no_votes(home)
        assert not has_canary(log.read_text())

        # Commands of whoever owns the home.
        assert commands() == CHANGES | OF_PEOPLE | set(TELLS) | set(SAYS_NO_VOTES)
        digest = say("digest", "--home", home, "--before-close", "--reason", "to compare with what leaves").strip()
        for command, more in TELLS.items():
            given = [tmp_path / "out" if one == "FOLDER" else one for one in more]
            done = subprocess.run([TELLER, *command.split(), *given, "--home", home], capture_output=True, text=True, timeout=60)
            assert done.returncode == 2, (command, done.stdout, done.stderr)
            assert CODE in done.stderr, (command, done.stderr)
            assert SENTENCE in done.stderr, (command, done.stderr)
            assert done.stdout == "", (command, done.stdout)
        assert not (tmp_path / "out").exists()
        for command in SAYS_NO_VOTES:
            said = say(*command.split(), "--home", home)
            assert not has_canary(said), command
            assert digest not in said, command

        # Who must look says why, and it stands in the audit log.
        assert has_canary(say("resolve", "--home", home, "--before-close", "--reason", "who sends this twice"))
        assert run("totals", "--home", home, "--before-close", code=2)
        assert has_canary(say("totals", "--home", home, "--before-close", "--reason", "the scanner counts wrongly", "--actor", "c.roth"))
        line = say("audit", "show", "--home", home).splitlines()[-1]
        for word in ("look-before-close", "teller totals", "c.roth", "the scanner counts wrongly"):
            assert word in line, line

        # That nothing has left yet is no difference between the places.
        looked = say("reconcile", "--home", home, "--before-close", "--reason", "whether all places agree")
        assert looked.count(SENTENCE) >= 2, looked

        # Deliveries of sheets say what stands, and wait.
        mapping = delivery(home)
        refused = answers.ask("POST", "/v1/deliveries", 403, data=mapping, headers={"Content-Type": "application/x-ndjson"})
        assert refused.json()["error"]["code"] == CODE

        # And then all of it comes.
        officers.decide("close", "--home", home, "--out", tmp_path / "close.json")
        run("decide", "send", tmp_path / "close.json", "--to", url)
        until(lambda: (home / "published/options.json").exists())
        until(lambda: not (home / "published/not-before-the-close").exists())
        assert has_canary(answers.ask("GET", "/v1/totals").text)
        assert answers.ask("GET", "/v1/digest").json()["digest"] == say("digest", "--home", home).strip()
        until(lambda: answers.plain("GET", "/v1/log/checkpoint").status_code == 200)
        assert has_canary((home / "published/options.json").read_text())
        with sqlite3.connect(f"file:{home}/store.sqlite?mode=ro", uri=True) as store:
            assert (CANARY,) in store.execute("select votes from pub_options").fetchall()
        assert has_canary(say("totals", "--home", home))
        assert "unchanged" in answers.ask("POST", "/v1/deliveries", data=mapping, headers={"Content-Type": "application/x-ndjson"}).text
    run("verify", "--home", home)
    run("reconcile", "--home", home)


def delivery(home):
    one = sheet(home, CANARY)
    del one["version"]
    return json.dumps({"delivery": {"source": "Rill"}}) + "\n" + json.dumps(one) + "\n"


def test_a_close_that_has_not_reached_every_partition_tells_nothing(tmp_path):
    officers = Officers(tmp_path, say)
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps(RULES))
    home = tmp_path / "home"
    run("init", "--home", home, "--rules", rules, "--mode", "test", "--partitions", 2, "--officers", officers.file, "--publication", "after_close")
    officers.decide("open", "--home", home)
    # What a command says that changes something.
    entries = tmp_path / "sheet.ndjson"
    for votes, code in ((CANARY, 0), (3, 1)):
        entries.write_text(json.dumps(sheet(home, votes)) + "\n")
        said = run("load", entries, "--home", home, code=code)
        assert not has_canary("".join(said)), said
    assert SENTENCE in "".join(said)
    said = run("withdraw", "--home", home, "--unit", "rill", "--reason", "not theirs", code=2)
    assert CODE in said[1]
    assert not has_canary("".join(said)), said
    officers.decide("close", "--home", home, "--out", tmp_path / "close.json")
    decision = json.loads((tmp_path / "close.json").read_text())
    decision["entries"] = decision["entries"][:1]
    for signature in decision["signatures"]:
        signature["of"] = signature["of"][:1]
    (tmp_path / "half.json").write_text(json.dumps(decision))
    run("decide", "send", tmp_path / "half.json", "--home", home)
    assert CODE in run("totals", "--home", home, code=2)[1]
    with sqlite3.connect(home / "store.sqlite") as store:
        assert store.execute("select * from pub_contests").fetchall() == []
    run("decide", "send", tmp_path / "close.json", "--home", home)
    say("totals", "--home", home)


def test_a_count_that_is_closed_while_nobody_serves_it_says_no_more_that_nothing_is_published(tmp_path):
    officers, rules, home = Officers(tmp_path, say), tmp_path / "rules.json", tmp_path / "home"
    note = home / "published/not-before-the-close"
    rules.write_text(json.dumps(RULES))
    run("init", "--home", home, "--rules", rules, "--mode", "test", "--officers", officers.file, "--publication", "after_close")
    officers.decide("open", "--home", home)
    with serving(home, tmp_path / "engine.log"):
        until(note.exists)
    officers.decide("close", "--home", home)
    with serving(home, tmp_path / "engine.log"):
        until(lambda: not note.exists())


def test_nobody_could_close_a_count_without_officers(tmp_path):
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps(RULES))
    _, why = run("init", "--home", tmp_path / "home", "--rules", rules, "--mode", "test", "--publication", "after_close", code=2)
    assert "publication.no_officers" in why
    assert not (tmp_path / "home").exists()
