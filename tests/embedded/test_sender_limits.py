"""What each sender may send: units, entries a second, and ballots of a voting place between opening and closing. By every way on
which entries come over HTTP: JSON, lines, packed batches, deliveries."""

import hashlib
import json
import subprocess
import time
import uuid

import pytest

import little_rill
from conftest import TELLER, run, serving
from http_api import Answers
from officers import Officers
from test_http_api import until

LINES, PACKED = "application/x-ndjson", "application/vnd.teller.batch"
MILL, SCHOOL = "mill", "school"
PLACES = [{"id": one, "name": one, "kind": "polling-place", "parent": "rill"} for one in (MILL, SCHOOL)]
RULES = little_rill.rules_of(units=little_rill.HALL + PLACES)


@pytest.fixture
def home(tmp_path, new_home):
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps(RULES))
    return new_home(rules, "--partitions", 2)


def count_of(home):
    return json.loads((home / "count.json").read_text())["id"]


def ballots(count, units):
    return [little_rill.ballot(count, str(uuid.uuid4()), ["ada"], unit=unit) for unit in units]


class LimitedServer:
    """A server with tokens and limits; `as_(name)` asks in that sender's name."""

    def __init__(self, tmp_path, home, limits, *names):
        self.home, self.log = home, tmp_path / "engine.log"
        self.tokens, self.limits = tmp_path / "tokens", tmp_path / "limits.toml"
        self.tokens.write_text("".join(f"{hashlib.sha256(name.encode()).hexdigest()} {name}\n" for name in names))
        for name in names:
            (tmp_path / f"{name}.token").write_text(name)
        self.limits.write_text('teller = "senders/1"\nothers = "nothing"\n' + limits)
        self.folder = tmp_path

    def __enter__(self):
        self.block = serving(self.home, self.log, "--tokens", self.tokens, "--sender-limits", self.limits)
        self.url = self.block.__enter__()
        return self

    def __exit__(self, *what):
        return self.block.__exit__(*what)

    def as_(self, name):
        return Answers(self.url, set(), {"Authorization": f"Bearer {name}"})

    def token(self, name):
        return ("--token-file", self.folder / f"{name}.token")


def codes(answer):
    return [(one.get("line", one["index"]), one["code"]) for one in answer.json()["refused"]]


def test_another_unit_is_refused_by_line_and_its_neighbours_are_taken(home, tmp_path):
    count = count_of(home)
    with LimitedServer(tmp_path, home, f'[[sender]]\nname = "mill"\nunits = ["{MILL}"]\n', "mill", "stranger") as server:
        mixed = ballots(count, [MILL, SCHOOL, MILL])
        lines = "\n\n".join(json.dumps(one) for one in mixed) + "\n"
        answer = server.as_("mill").ask("POST", "/v1/entries", data=lines, headers={"Content-Type": LINES})
        assert (answer.json()["recorded"], codes(answer)) == (2, [(3, "sender.unit_not_yours")])
        answer = server.as_("mill").ask("POST", "/v1/entries", json=mixed)
        assert (answer.json()["recorded"], codes(answer)) == (2, [(1, "sender.unit_not_yours")])
        # The vectors' batch is of another count; `teller generate` writes packed ones for this.
        packed = tmp_path / "made.batch"
        run("generate", "--home", home, "--ballots", 40, "--format", "packed", "--out", packed)
        answer = server.as_("mill").ask("POST", "/v1/entries", data=packed.read_bytes(), headers={"Content-Type": PACKED})
        told = answer.json()
        assert told["recorded"] > 0
        assert {one["code"] for one in told["refused"]} == {"sender.unit_not_yours"}
        server.as_("stranger").ask("POST", "/v1/entries", 403, json=mixed)


def delivery(count, *units):
    head = json.dumps({"delivery": {"source": "Rill"}})
    sheets = [
        {
            "kind": "sheet",
            "count": count,
            "unit": unit,
            "method": "in-person",
            "contest": "council",
            "cards": 3,
            "undervotes": 0,
            "votes": {"ada": 2, "bell": 1},
        }
        for unit in units
    ]
    return "\n".join([head, *map(json.dumps, sheets)]) + "\n"


def test_a_sheet_of_another_unit_is_refused_in_a_delivery(tmp_path, new_home):
    rules = tmp_path / "rules.json"
    made = json.loads(json.dumps(RULES))
    for contest in made["contests"]:
        contest["counted_from"] = "sheets"
    rules.write_text(json.dumps(made))
    home = new_home(rules)
    count = count_of(home)
    with LimitedServer(
        tmp_path, home, f'[[sender]]\nname = "mill"\nunits = ["{MILL}"]\nentries_per_s = 1\nburst = 2\n', "mill", "stranger"
    ) as server:
        held = json.dumps({"held": {"unit": SCHOOL, "method": "in-person", "contest": "council", "why": "row 3"}}, separators=(",", ":"))
        head, *sheets = delivery(count, MILL, SCHOOL).splitlines()
        # So many lines that nothing is free again when the answer has come; they are no sheets.
        body = "\n".join([head, held, *sheets, *["{}"] * 600]) + "\n"
        told = server.as_("mill").ask("POST", "/v1/deliveries", data=body, headers={"Content-Type": LINES}).json()
        assert [(one["line"], one["code"]) for one in told["refused_lines"] if one["code"].startswith("sender.")] == [
            (2, "sender.unit_not_yours"),
            (4, "sender.unit_not_yours"),
        ]
        assert told["became"]["new"] == 1
        assert not told["all_stand"]
        answer = server.as_("mill").ask("POST", "/v1/deliveries", 429, data=body, headers={"Content-Type": LINES})
        assert answer.json()["error"]["code"] == "sender.too_fast"
        assert 1 <= int(answer.headers["Retry-After"]) <= 603
        server.as_("stranger").ask("POST", "/v1/deliveries", 403, data=body, headers={"Content-Type": LINES})


def test_who_sends_too_fast_is_told_when_and_the_loader_waits_and_goes_on(home, tmp_path):
    count = count_of(home)
    with LimitedServer(tmp_path, home, '[[sender]]\nname = "mill"\nentries_per_s = 20\nburst = 100\n', "mill") as server:
        body = ballots(count, [MILL] * 100)
        assert server.as_("mill").ask("POST", "/v1/entries", json=body).json()["recorded"] == 100
        answer = server.as_("mill").ask("POST", "/v1/entries", 429, json=body)
        told = answer.json()
        assert told["error"]["code"] == "sender.too_fast"
        assert 1 <= int(answer.headers["Retry-After"]) <= 5
        # 300 ballots in bodies of 100: 15 seconds, less what was free. That is longer than it would wait for who is away.
        files = []
        for part in range(3):
            files.append(tmp_path / f"{part}.ndjson")
            files[-1].write_text("".join(json.dumps(one) + "\n" for one in ballots(count, [SCHOOL] * 100)))
        began = time.monotonic()
        run("load", *files, "--to", str(server.url), *server.token("mill"), "--give-up-after", 1, "--no-wait")
        assert time.monotonic() - began > 3
        until(lambda: server.as_("mill").ask("GET", "/v1/head").json()["counted"] == 400)


def test_a_voting_places_ballots_come_between_opening_and_closing(tmp_path, new_home):
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps(RULES))
    officers = Officers(tmp_path, lambda *arguments: run(*arguments)[0])
    home = new_home(rules, "--partitions", 2, "--officers", officers.file)
    count = count_of(home)
    limits = '[[sender]]\nname = "place"\nvoting_place = true\n[[sender]]\nname = "mail"\n'
    with LimitedServer(tmp_path, home, limits, "place", "mail") as server:

        def send(name):
            answer = server.as_(name).ask("POST", "/v1/entries", json=ballots(count, [MILL]))
            return [code for _, code in codes(answer)]

        def decide(action):
            officers.decide(action, "--home", home, "--out", tmp_path / f"{action}.json")
            run("decide", "send", tmp_path / f"{action}.json", "--to", str(server.url), *server.token("place"))

        assert send("place") == ["sender.before_open"]
        decide("open")
        assert send("place") == []
        decide("close")
        assert send("place") == ["sender.after_close"]
        assert send("mail") == []
        head = server.as_("mail").ask("GET", "/v1/head").json()
    assert json.loads(run("decide", "list", "--home", home, "--json")[0])["stage"] == "closed"
    assert head["rejected"] == 0


def test_limits_that_cannot_be_kept_let_nothing_begin(home, tmp_path):
    limits = tmp_path / "limits.toml"
    limits.write_text(
        'teller = "senders/1"\nothers = "nothing"\n[[sender]]\nname = "a"\nunits = ["nowhere"]\n[[sender]]\nname = "b"\nvoting_place = true\n'
    )
    done = subprocess.run(
        [TELLER, "serve", "--home", home, "--listen", "127.0.0.1:0", "--sender-limits", limits], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    assert "nowhere" in done.stderr
    assert "voting_place" in done.stderr
