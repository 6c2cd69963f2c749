"""Sheets that two people type: a night of three units, with kills in between; who may not, and that nobody is told figures too early."""

import contextlib
import datetime
import json
import signal
import stat
import subprocess

import pytest
import requests

import little_rill
from certificates import authority, signed
from conftest import TELLER, run, serving
from persons import audit, client_of, token_of
from test_http_api import until

SHEETS, SHEET = "/v1/officer/sheets", "/v1/officer/sheet"
UNITS = [{"id": "rill", "name": "Rill", "kind": "town"}] + [
    {"id": name.lower(), "name": name, "kind": "precinct", "parent": "rill"} for name in ("North", "South", "West")
]
MAYOR = little_rill.contest("mayor", counted_from="sheets")
# A number that cannot come about by chance: the first one's, and nobody else's before both have typed.
CANARY = 73519467


def figures(ada, bell, blank=0, invalid=0, cards=None):
    return {"cards": ada + bell + blank + invalid if cards is None else cards, "ada": ada, "bell": bell, "blank": blank, "invalid": invalid}


def words(typed):
    return [f"{field}={figure}" for field, figure in typed.items()]


class Office:
    """People with tokens, who ask a server: by the program, and over HTTP."""

    def __init__(self, home, folder):
        self.home, self.folder, self.tokens, self.url = home, folder, {}, None
        for role, *names in (
            ("clerk", "c.one", "c.two", "c.three"),
            ("tabulation", "a.huber", "b.meier"),
            ("auditor", "d.auer"),
            ("observer", "o.frei"),
        ):
            for name in names:
                self.tokens[name] = folder / f"{name}.token"
                self.tokens[name].write_text(token_of(home, role, name) + "\n")

    def to(self, name):
        return ("--to", str(self.url), "--token-file", self.tokens[name])

    def asks(self, name):
        return client_of(self.url, self.tokens[name].read_text().strip())

    def types(self, name, unit, typed, status=200, **more):
        return self.asks(name).ask("POST", SHEETS, status, json={"unit": unit, "figures": typed} | more).json()

    def decides(self, name, unit, do, status=200, **more):
        return self.asks(name).ask("POST", SHEET, status, json={"unit": unit, "do": do, "reason": "read on the paper"} | more).json()

    def shown(self, name, unit, status=200):
        return self.asks(name).ask("GET", SHEET, status, path=f"{SHEET}?unit={unit}").json()

    def steps(self):
        told = self.asks("d.auer").ask("GET", SHEETS).json()
        return {sheet["unit"]: sheet["step"] for sheet in told["sheets"]}

    @contextlib.contextmanager
    def killed_at_the_end(self):
        """A server that does not come to end in order."""
        with open(self.folder / "killed.log", "ab") as events:
            engine = subprocess.Popen(
                [TELLER, "serve", "--home", self.home, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=events, text=True
            )
            try:
                self.url = engine.stdout.readline().strip()
                yield
            finally:
                engine.send_signal(signal.SIGKILL)
                engine.wait()

    @contextlib.contextmanager
    def served(self, *more):
        with serving(self.home, self.folder / "engine.log", *more) as url:
            self.url = url
            yield


@pytest.fixture
def office(tmp_path, new_home):
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps(little_rill.rules_of(units=UNITS, contests=[MAYOR])))
    return Office(new_home(rules), tmp_path)


def delivered(home):
    return json.loads(run("deliveries", "--home", home, "--json")[0])["deliveries"]


def kept(home):
    return {sheet["unit"]: sheet for sheet in (json.loads(path.read_text()) for path in (home / "entered").iterdir())}


def test_a_night_of_three_units_with_kills_between_the_typings_and_before_the_delivery(office):
    home = office.home
    north, south, west = figures(60, 38, 1, 1), figures(31, 48, 1), figures(100, 60, 20)
    # North: both type the same, and the server is killed in between.
    with office.killed_at_the_end():
        said = run("enter", "sheet", "north", *words(north), *office.to("c.one"))[0]
        assert said == "north, mayor, in-person: once\n"
    assert delivered(home) == []
    with office.killed_at_the_end():
        assert office.steps() == {"north": "once", "south": "untyped", "west": "untyped"}
        said = run("enter", "sheet", "North", *words(north), *office.to("c.two"))[0]
        assert said == "north, mayor, in-person: delivered (delivery 1: new)\n"
        # South: they differ, and one is kept.
        run("enter", "sheet", "south", *words(south), *office.to("c.two"))
        run("enter", "sheet", "south", *words(figures(13, 66, 1)), *office.to("c.one"), code=1)
    with office.killed_at_the_end():
        assert office.steps() == {"north": "delivered", "south": "different", "west": "untyped"}
        shown = run("enter", "show", "south", *office.to("a.huber"))[0]
        lines = [" ".join(line.split()) for line in shown.splitlines()]
        assert "ada Ada 31 13 DIFFERS" in lines and "bell Bell 48 66 DIFFERS" in lines and "blank blank 1 1" in lines, shown
        said = run("enter", "keep", "south", "--of", "c.two", "--reason", "31 and 48 on the paper", *office.to("a.huber"))[0]
        assert said == "south, mayor, in-person: delivered (delivery 2: new)\n"
        # West: one figure is read again, then a warning is explained; the process ends before it is delivered.
        run("enter", "sheet", "west", *words(west), *office.to("c.one"))
        run("enter", "sheet", "west", *words(west | {"ada": 10}), *office.to("c.three"), code=1)
        said = run("enter", "retype", "west", "ada=100", "--reason", "100 on the paper", *office.to("a.huber"), code=1)[0]
        assert said.startswith("west, mayor, in-person: warning\n")
        assert "blank_share" in run("enter", "show", "west", *office.to("b.meier"))[0]
        assert run("enter", "status", "--step", "warning", *office.to("a.huber"))[0].splitlines()[-1] == "2 of 3 complete: 1 warning, 2 delivered"
        assert "west" not in run("enter", "status", "--not-complete", "--unit", "north", *office.to("a.huber"))[0]
        said = run("enter", "explain", "west", "--check", "blank_share", "--reason", "papers left in the booth", *office.to("b.meier"))[0]
        assert said == "west, mayor, in-person: delivered (delivery 3: new)\n"
    # As if it had died when the sheet was ready and nobody had delivered it, or nobody had written so: it is delivered once.
    for file in (home / "entered").iterdir():
        sheet = json.loads(file.read_text())
        if sheet["unit"] != "south":
            del sheet["brought"]
            file.write_text(json.dumps(sheet))
    with office.served():
        until(lambda: set(office.steps().values()) == {"delivered"})
        run("enter", "again", "south", "--reason", "the school sent a second paper", *office.to("a.huber"))
        for name in ("c.one", "c.two"):
            run("enter", "sheet", "south", *words(figures(30, 49, 1)), *office.to(name))
        told = json.loads(run("enter", "status", "--json", *office.to("a.huber"))[0])
        assert told["complete"] == told["all"] == 3
    assert [(one["delivery"], one["source"], one["file"], one["act"]) for one in delivered(home)] == [
        (1, "North", "entered twice", "update"),
        (2, "South", "entered twice", "update"),
        (3, "West", "entered twice", "update"),
        (4, "South", "entered twice", "correction"),
    ]
    run("verify", "--home", home)
    run("reconcile", "--home", home, "--full")
    (contest,) = json.loads(run("totals", "--home", home, "--format", "json")[0])["contests"]
    votes = {one["option"]: one["votes"] for one in contest["by_option"]}
    assert votes == {"ada": 60 + 30 + 100, "bell": 38 + 49 + 60}
    actions = [(line["actor"], line["action"]) for line in audit(home) if line["action"].startswith("sheet-")]
    assert actions.count(("a.huber", "sheet-kept")) == 1 and ("b.meier", "sheet-explained") in actions and ("a.huber", "sheet-again") in actions
    assert "good" in run("audit", "verify", "--home", home)[0]


@pytest.mark.parametrize("point", ["entering.ready", "entering.delivered"])
def test_a_sheet_that_is_ready_when_the_process_dies_is_delivered_once(office, point, monkeypatch):
    """Before anybody delivers it, and when it is delivered and nobody has written so."""
    with office.served():
        office.types("c.one", "north", figures(60, 40))
    with monkeypatch.context() as dies:
        dies.setenv("TELLER_FAIL_POINT", f"{point}:1")
        with office.killed_at_the_end(), pytest.raises(requests.ConnectionError):
            office.types("c.two", "north", figures(60, 40))
    assert kept(office.home)["north"]["ready"]["by"] == "c.two" and "brought" not in kept(office.home)["north"]
    with office.served():
        until(lambda: office.steps()["north"] == "delivered")
    assert len(delivered(office.home)) == 1
    assert [line["action"] for line in audit(office.home)].count("sheet-delivered") == 1


def test_the_same_person_does_not_type_twice_and_who_may_not_does_nothing(office):
    with office.served():
        office.types("c.one", "north", figures(60, 40))
        refused = office.types("c.one", "north", figures(60, 40), 403)["error"]
        assert refused["code"] == "entering.same_person" and "c.one" in refused["detail"]
        _, why = run("enter", "sheet", "north", *words(figures(60, 40)), *office.to("c.one"), code=2)
        assert "entering.same_person" in why
        for name in ("a.huber", "d.auer", "o.frei"):
            assert office.types(name, "north", figures(60, 40), 403)["error"]["code"] == "officer.not_allowed"
        for name in ("c.two", "d.auer", "o.frei"):
            assert office.decides(name, "north", "again", 403)["error"]["code"] == "officer.not_allowed"
        # A slip: the first one types the whole sheet again, until a second one has.
        assert office.types("c.one", "north", figures(61, 40), anew=True)["step"] == "once"
        assert office.types("c.two", "north", figures(61, 40))["step"] == "delivered"
        assert office.types("c.one", "north", figures(1, 1), 400, anew=True)["error"]["code"] == "entering.not_now"
        assert office.types("c.three", "north", figures(61, 40), 400)["error"]["code"] == "entering.not_now"
    (line,) = [line for line in audit(office.home) if line["action"] == "refused" and line["actor"] == "c.one"]
    assert line["subject"] == "sheet north, mayor" and "another person types it again" in line["reason"]


def test_nobody_is_told_the_first_ones_figures_before_both_have_typed(office):
    home = office.home
    with office.served():
        said = office.types("c.one", "north", figures(CANARY, 5))
        assert str(CANARY) not in json.dumps(said)  # Nor is it said back, but where a check has something to say.
        second = office.asks("c.two")
        for name, asks in [(name, office.asks(name)) for name in office.tokens]:
            for path in (SHEETS, f"{SHEETS}?unit=north", f"{SHEET}?unit=north", "/v1/officer/audit", "/v1/officer/me"):
                assert str(CANARY) not in asks.plain("GET", path).text, (name, path)
        assert office.shown("c.two", "north", 403)["error"]["code"] == "officer.not_allowed"
        assert all("first" not in field for field in office.shown("a.huber", "north")["fields"])
        for command in (("status",), ("next",), ("show", "north")):
            done = subprocess.run([TELLER, "enter", *command, *map(str, office.to("c.two"))], capture_output=True, text=True)
            assert str(CANARY) not in done.stdout + done.stderr, command
        # What differs is not said to who typed it, and not tried again.
        told = office.types("c.two", "north", figures(4, 5))
        assert told["step"] == "different" and "fields" not in told and str(CANARY) not in json.dumps(told)
        assert office.types("c.two", "north", figures(CANARY, 5), 400)["error"]["code"] == "entering.not_now"
        office.shown("c.two", "north", 403)
        assert second.ask("GET", SHEETS, path=f"{SHEETS}?mine=yes&unit=north").json()["sheets"] == []
        # An officer sees both, and that stands in the audit log once.
        for _ in range(2):
            (field,) = [field for field in office.shown("a.huber", "north")["fields"] if field["field"] == "ada"]
            assert (field["first"], field["second"], field["differs"]) == (CANARY, 4, True)
    lines = audit(home)
    assert len([line for line in lines if line["action"] == "sheet-read"]) == 1
    assert not any(str(CANARY) in json.dumps(line) for line in lines)
    assert str(CANARY) not in (office.folder / "engine.log").read_text()
    assert {stat.S_IMODE(path.stat().st_mode) for path in (home / "entered").iterdir()} == {0o600}
    assert stat.S_IMODE((home / "entered").stat().st_mode) == 0o700


def test_who_was_shown_the_figures_does_not_type_them(office):
    """Roles of a directory may be held together; here it is one name with two tokens."""
    with office.served():
        both = client_of(office.url, token_of(office.home, "clerk", "a.huber"))
        office.types("c.one", "north", figures(60, 40))
        office.types("c.two", "north", figures(61, 40))
        office.shown("a.huber", "north")
        office.decides("a.huber", "north", "again", of="c.two")
        refused = both.ask("POST", SHEETS, 403, json={"unit": "north", "figures": figures(60, 40)}).json()["error"]
        assert refused["code"] == "entering.seen"
        # And who typed it decides nothing.
        both.ask("POST", SHEETS, json={"unit": "south", "figures": figures(60, 40)})
        office.types("c.two", "south", figures(61, 40))
        assert office.decides("a.huber", "south", "keep", 403, of="a.huber")["error"]["code"] == "entering.same_person"
        assert office.decides("b.meier", "south", "keep", of="a.huber")["step"] == "delivered"
        # The one whose typing was left out may type again, and the other may not.
        office.types("c.one", "north", figures(60, 40), 403)
        assert office.types("c.two", "north", figures(60, 40))["step"] == "delivered"
    refused = [line["actor"] for line in audit(office.home) if line["action"] == "refused"]
    assert refused == ["a.huber", "a.huber", "c.one"]


def test_an_error_is_mended_by_two_and_never_explained(office):
    wrong = figures(60, 50, cards=100)
    with office.served():
        office.types("c.one", "north", wrong)
        told = office.types("c.two", "north", wrong)
        assert told["step"] == "error" and [one["check"] for one in told["findings"]] == ["votes_above_cards"]
        assert office.decides("a.huber", "north", "explain", 400, check="votes_above_cards")["error"]["code"] == "entering.not_now"
        assert office.decides("a.huber", "north", "retype", field="bell", figure=40)["step"] == "different"
        assert office.decides("a.huber", "north", "retype", field="bell", figure=40)["step"] == "different"
        assert office.decides("b.meier", "north", "retype", field="bell", figure=40)["step"] == "delivered"
    (one,) = kept(office.home).values()
    assert [(each["by"], each["figure"]) for each in one["retyped"]] == [("a.huber", 40), ("b.meier", 40)]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"unit": "north", "figures": {"ada": 1}}, "entering.figures_invalid"),  # Nothing for Bell, and that is no 0.
        ({"unit": "north", "figures": {"ada": 1, "bell": 2, "cruz": 3}}, "entering.figures_invalid"),
        ({"unit": "north", "figures": {"ada": "unknown", "bell": "unknown"}}, "entering.figures_invalid"),
        ({"unit": "north", "figures": {"ada": -1, "bell": 2}}, "officer.question_invalid"),
        ({"unit": "north", "figures": {"ada": "1", "bell": 2}}, "officer.question_invalid"),
        ({"unit": "north", "figures": {"ada": 1 << 53, "bell": 2}}, "officer.question_invalid"),
        ({"unit": "north"}, "officer.question_invalid"),
        ({"unit": "north", "figures": {"ada": 1, "bell": 2}, "first": True}, "officer.question_invalid"),
    ],
)
def test_what_is_not_typed_as_it_is_on_the_sheet_is_refused(office, body, code):
    with office.served():
        assert office.asks("c.one").ask("POST", SHEETS, 400, json=body).json()["error"]["code"] == code
        twice = b'{"unit": "north", "figures": {"ada": 1, "ada": 2, "bell": 2}}'
        office.asks("c.one").ask("POST", SHEETS, 400, data=twice, headers={"Content-Type": "application/json"})
        assert office.steps()["north"] == "untyped"
        for unit in ("rill", "east"):
            assert office.types("c.one", unit, figures(1, 2), 404)["error"]["code"] == "entering.no_such_sheet"


def test_a_sheet_from_a_file_and_what_cannot_be_read_on_it(office):
    lines = office.folder / "north.txt"
    lines.write_text("cards=100\nada=60\r\n\nbell=unknown\n")
    with office.served():
        assert "bell" in run("enter", "next", *office.to("c.one"), "--contest", "mayor", "--method", "in-person")[0]
        for name in ("c.one", "c.two"):
            run("enter", "sheet", "north", "--file", lines, "--contest", "mayor", "--method", "in-person", *office.to(name))
        assert office.steps()["north"] == "delivered"
        _, why = run("enter", "sheet", "south", "ada=1,000", "bell=1", *office.to("c.one"), code=2)
        assert "entering.figures_invalid" in why
        run("enter", "sheet", "south", "ada=1", "bell=1", *office.to("c.one"))
        run("enter", "sheet", "south", "ada=1", "bell=2", "--anew", *office.to("c.one"))
        run("enter", "sheet", "south", "ada=1", "bell=3", *office.to("c.two"), code=1)
        run("enter", "again", "south", "--of", "c.one", "--reason", "not legible", *office.to("a.huber"))
        left = run("enter", "status", "--mine", *office.to("c.one"))[0]
        assert "south" in left and "north" not in left
        assert json.loads(run("enter", "show", "south", "--json", *office.to("a.huber"))[0])["typed_by"] == ["c.two"]


def test_later_figures_of_a_feed_stand_and_the_sheet_says_so(office):
    mapping, table, home = office.folder / "mapping.toml", office.folder / "feed.csv", office.home
    mapping.write_text(
        'teller = "mapping/1"\nunit = [{kind = "precinct", id = "{place}"}]\ncontest = {id = "mayor"}\n'
        'option = {id = "{name}"}\nmethod = {id = "in-person"}\nvotes = {column = "votes"}\n'
    )
    table.write_text("place,name,votes\nnorth,ada,70\nnorth,bell,30\n")
    with office.served() as _:
        office.types("c.one", "north", figures(60, 40))
        later = datetime.datetime.fromisoformat(kept(home)["north"]["first"]["at"]) + datetime.timedelta(microseconds=1)
        run("import", table, "--mapping", mapping, "--home", home, "--at", later.isoformat())
        told = office.types("c.two", "north", figures(60, 40))
        assert (told["step"], told["brought"]["became"]) == ("left_out", "stale")
        # Typed anew, of now, it stands.
        assert office.decides("a.huber", "north", "again")["step"] == "untyped"
        office.types("c.one", "north", figures(60, 40))
        assert office.types("c.two", "north", figures(60, 40))["brought"]["became"] == "updated"


def test_a_decision_about_a_sheet_that_was_changed_meanwhile_is_refused(office):
    with office.served():
        office.types("c.one", "north", figures(60, 40))
        office.types("c.two", "north", figures(61, 40))
        seen = office.shown("a.huber", "north")["changes"]
        office.decides("b.meier", "north", "again", of="c.two")
        office.types("c.three", "north", figures(62, 40))
        assert office.decides("a.huber", "north", "keep", 400, of="c.one", changes=seen)["error"]["code"] == "entering.changed"
        assert office.decides("a.huber", "north", "keep", of="c.one", changes=office.shown("a.huber", "north")["changes"])["step"] == "delivered"


def test_what_is_kept_and_cannot_be_read_is_named_and_counting_goes_on(office):
    with office.served():
        office.types("c.one", "north", figures(60, 40))
    (file,) = (office.home / "entered").iterdir()
    good = file.read_text()
    file.write_text(good[:-20])
    with office.served() as _:
        answer = office.asks("a.huber").ask("GET", SHEETS, 500).json()["error"]
        assert answer["code"] == "entering.file_invalid" and file.name in answer["detail"]
        office.types("c.two", "north", figures(60, 40), 500)
        office.asks("a.huber").ask("GET", "/v1/officer/me")
    assert "entering.trouble" in (office.folder / "engine.log").read_text()
    file.write_text(good)
    with office.served():
        assert office.types("c.two", "north", figures(60, 40))["step"] == "delivered"


def test_a_thousand_units_are_listed_and_filtered(tmp_path, new_home):
    """A page, and the whole of it for a program; what is asked is worked out anew each time."""
    units = [UNITS[0]] + [{"id": f"p{n:04}", "name": f"Place {n}", "kind": "precinct", "parent": "rill"} for n in range(1000)]
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps(little_rill.rules_of(units=units, contests=[MAYOR])))
    office = Office(new_home(rules), tmp_path)
    with office.served():
        office.types("c.one", "p0000", figures(60, 40))
        office.types("c.two", "p0000", figures(60, 40))
        office.types("c.one", "p0001", figures(60, 40))
        chair = office.asks("a.huber")
        told = chair.ask("GET", SHEETS, path=f"{SHEETS}?not_complete=yes").json()
        assert (len(told["sheets"]), told["all"], told["complete"]) == (999, 1000, 1)
        told = chair.ask("GET", SHEETS, path=f"{SHEETS}?step=once").json()
        assert [sheet["unit"] for sheet in told["sheets"]] == ["p0001"] and told["steps"]["untyped"] == 998
        told = office.asks("c.one").ask("GET", SHEETS, path=f"{SHEETS}?mine=yes&limit=1").json()
        assert [sheet["unit"] for sheet in told["sheets"]] == ["p0002"] and told["more"] == 997
        assert "p0002, mayor" in run("enter", "next", *office.to("c.one"))[0]
        assert "p0001, mayor" in run("enter", "next", *office.to("c.two"))[0]


def test_entered_sheets_are_in_a_backup_and_go_on_from_it(office):
    with office.served():
        office.types("c.one", "north", figures(60, 40))
        office.types("c.one", "south", figures(60, 40))
        office.types("c.two", "south", figures(60, 40))
        run("backup", office.folder / "backup", "--home", office.home)
    run("restore", office.folder / "backup", "--home", office.folder / "restored")
    office.home = office.folder / "restored"
    with office.served():
        assert office.steps() == {"north": "once", "south": "delivered", "west": "untyped"}
        assert office.types("c.one", "north", figures(60, 40), 403)["error"]["code"] == "entering.same_person"
        assert office.types("c.two", "north", figures(60, 40))["step"] == "delivered"
    assert len(delivered(office.home)) == 2
    run("verify", "--home", office.home)


def test_a_count_with_a_sheet_that_one_person_typed_is_not_certified(tmp_path, officers):
    rules, home = tmp_path / "rules.json", tmp_path / "home"
    rules.write_text(json.dumps(little_rill.rules_of(units=UNITS, contests=[MAYOR])))
    run("init", "--home", home, "--rules", rules, "--mode", "test", "--officers", officers.file)
    office = Office(home, tmp_path)
    with office.served():
        refused = office.types("c.one", "north", figures(60, 40), 403)["error"]
        assert refused["code"] == "officer.not_allowed" and "stage is setup" in refused["detail"]
    officers.decide("open", "--home", home)
    with office.served():
        office.types("c.one", "north", figures(60, 40))
        office.types("c.one", "south", figures(60, 40))
        office.types("c.two", "south", figures(60, 40))
    officers.decide("close", "--home", home)
    with office.served():
        pass  # Signs a statement.
    certify = ("decide", "certify", "--reason", "canvass", *officers.signed(), "--home", home)
    _, why = run(*certify, code=2)
    assert "decision.open" in why and "1 sheet(s) that were typed and not delivered are left (`teller enter status`)" in why
    assert "\nopen_typed 1\n" in run("report", "canvass", "--home", home)[0]
    with office.served():
        office.types("c.two", "north", figures(60, 40))
    run(*certify)
    assert "\nopen_typed 0\n" in run("report", "certificate", "--home", home)[0]
    with office.served():
        assert office.types("c.two", "west", figures(60, 40), 403)["error"]["code"] == "officer.not_allowed"
        assert office.steps() == {"north": "delivered", "south": "delivered", "west": "untyped"}


def test_a_sheet_is_typed_over_tls(office, tmp_path):
    ca = authority(tmp_path)
    server, server_key = signed(ca, "server")
    with office.served("--certificate", server, "--key", server_key):
        assert "SSL" in run("enter", "next", *office.to("c.one"), code=2)[1]
        for name in ("c.one", "c.two"):
            said = run("enter", "sheet", "north", *words(figures(60, 40)), "--ca", ca, *office.to(name))[0]
        assert "delivered" in said
