"""On the servers nothing about votes leaves a count that is published after the close of voting, until its officers have closed it in
every partition: not by the API, the public log, the views of PostgreSQL, Elasticsearch, the published files, what our processes write
down, their metrics, or a command. A figure that cannot come about by chance is looked for in all of them.

tests/embedded/test_after_close.py asks the same of the embedded form. Needs the stack, and room for one Spark job.
"""

import json
import pathlib
import re
import subprocess
import sys
import time

import pytest

import little_rill
from officers import Officers

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from service import SECRETS, TELLER, Service, run, settings, teller  # noqa: E402

CANARY = 73519467
CODE = "publication.before_close"
SENTENCE = "nothing is published before the close of voting"
VIEWS_TOLD = {"pub_head", "pub_decisions", "pub_reconcile"}
TOLD_BY_API = ("/v1/health", "/v1/head", "/v1/checkpoint", "/v1/search?q=rill", f"/v1/search?q={CANARY}", "/metrics")
CLOSED_BY_API = ("/v1/totals", "/v1/digest", "/v1/statements/latest", "/v1/deliveries", "/v1/deliveries/1", "/v1/sheets")
TELLS = ("check", "deliveries", "digest", "incidents", "incidents --refused", "inspect", "reconcile", "resolve", "totals", "verify", "write-ins list")

RULES = json.loads(json.dumps(little_rill.RULES))
RULES["contests"][0]["counted_from"] = "sheets"


def has_canary(text):
    return str(CANARY) in re.sub(r"[,\s']", "", text)


class Held:
    """The count, one sheet in it, and a second figure for it that is a conflict."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "rules.json").write_text(json.dumps(RULES))
        self.officers = Officers(folder, lambda *arguments: teller(*arguments).stdout)
        made = ("--partitions", 2, "--officers", self.officers.file, "--publication", "after_close")
        teller("init", "--home", folder / "embedded", "--rules", folder / "rules.json", "--mode", "test", *made)
        self.service = Service(folder / "embedded", folder)
        self.log_port, self.loop_port = (int(settings()[name]) + 17 for name in ("LOG_PORT", "RECONCILE_PORT"))

    def begin(self):
        service = self.service
        for name in ("gateway", "api", "count", "publish"):
            service.start(name)
        self.beside("log", "log", "serve", "--listen", f"127.0.0.1:{self.log_port}")
        self.beside("loop", "reconcile", "--every", 1, "--listen", f"127.0.0.1:{self.loop_port}")
        service.wait_for_gateway()
        service.wait_for_gateway(service.api_port)  # The station is none of its senders; it answers who is known.
        self.decide("open")
        count = json.loads((service.home / "count.json").read_text())["id"]
        place = {"kind": "sheet", "count": count, "unit": "rill", "method": "in-person", "contest": "council", "version": 1}
        lines = []
        for votes in (CANARY, 3):
            figures = {"cards": votes + 5, "undervotes": 0, "overvotes": 0, "votes": {"ada": votes, "bell": 5}}
            lines.append(json.dumps(place | figures))
        (self.folder / "sheets.ndjson").write_text("\n".join(lines) + "\n")
        (self.folder / "delivery.ndjson").write_text('{"delivery": {"source": "Rill"}}\n' + lines[0].replace(', "version": 1', "") + "\n")
        self.loaded = teller(*service.load(self.folder / "sheets.ndjson", "--in-order", "--json"))
        self.until(lambda: self.head()["conflict"] == 1, "both are counted")

    def beside(self, name, *command):
        log = open(self.folder / f"{name}.log", "ab")
        self.service.processes[name] = subprocess.Popen(
            [*map(str, (TELLER, *command, "--config", self.service.config))], stdout=log, stderr=log, start_new_session=True
        )

    def until(self, holds, what, seconds=300):
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, f"not in time: {what}\n{self.service.logs()}"
            time.sleep(0.2)

    def get(self, path, *more):
        """(status, text) of the API, as its clerk asks."""
        return self.curl(f"https://localhost:{self.service.api_port}{path}", "--cacert", SECRETS / "ca.crt", *self.clerk(), *more)

    def clerk(self):
        return "--cert", SECRETS / "clerk.crt", "--key", SECRETS / "clerk.key"

    def curl(self, url, *more):
        out = self.folder / "answer"
        out.write_text("")
        status = run("curl", "-sS", "--noproxy", "*", "-o", out, "-w", "%{http_code}", *more, url, code=None).stdout
        return status, out.read_text()

    def head(self):
        return json.loads(self.get("/v1/head")[1])

    def decide(self, action, *more):
        where = self.service.load("", "--config", self.service.config, "--no-wait")[2:]
        return self.officers.decide(action, *where, *more)

    def views(self):
        """What each view that the reader may read has for it."""
        with self.service.reader() as session:
            asked = r"select viewname from pg_views where schemaname = 'teller' and viewname like 'pub\_%'"
            return {name: session.execute(f"select * from teller.{name}").fetchall() for (name,) in session.execute(asked).fetchall()}


@pytest.fixture(scope="module")
def held(tmp_path_factory):
    made = Held(tmp_path_factory.mktemp("held"))
    try:
        made.begin()
        yield made
    finally:
        made.service.close()


def test_the_api_tells_how_much_was_counted_and_nothing_else(held):
    held.until(lambda: held.get("/v1/checkpoint")[0] == "200", "a statement is signed")
    for path in TOLD_BY_API:
        status, text = held.get(path)
        assert status == "200", (path, status, text)
        assert not has_canary(text), (path, text)
    for path in CLOSED_BY_API:
        status, text = held.get(path)
        assert status == "403", (path, status, text)
        assert json.loads(text)["error"] == {"code": CODE, "detail": SENTENCE}, (path, text)
    body = ("-H", "Content-Type: application/x-ndjson", "--data-binary", f"@{held.folder / 'delivery.ndjson'}")
    status, text = held.get("/v1/deliveries", *body)
    assert (status, json.loads(text)["error"]["code"]) == ("403", CODE), text


def test_a_station_is_told_of_its_conflict_without_figures(held):
    assert not has_canary(held.loaded.stdout + held.loaded.stderr)
    api = f"https://localhost:{held.service.api_port}"
    again = teller(*held.service.load(held.folder / "sheets.ndjson", "--in-order", "--json", "--outcomes-at", api), code=1)
    told = json.loads(again.stdout)
    assert (told["followed"], told["conflict"]) == (True, 1), told
    assert SENTENCE in again.stdout and not has_canary(again.stdout), again.stdout


def test_no_view_of_postgresql_has_a_row_of_votes(held):
    views = held.views()
    assert len(views) > 20
    for name, rows in views.items():
        assert name in VIEWS_TOLD or rows == [], (name, rows)
        assert not has_canary(repr(rows)), name


def test_nothing_is_written_out(held):
    published = held.service.home / "published"
    held.until(lambda: (published / "not-before-the-close").exists(), "the publisher says why")
    assert [path.name for path in published.rglob("*") if path.is_file()] == ["not-before-the-close"]
    count = json.loads((held.service.home / "count.json").read_text())["id"][:8]
    password = (SECRETS / "elastic.auditor").read_text().strip()
    url = f"https://localhost:{settings()['ELASTICSEARCH_PORT']}/teller-{count}-*,audit-{count}*/_count?filter_path=count"
    status, text = held.curl(url, "--cacert", SECRETS / "ca.crt", "-u", f"auditor:{password}")
    assert (status, json.loads(text)) == ("200", {"count": 0}), text  # Indices are made at once, and are empty.
    status, text = held.curl(f"http://127.0.0.1:{held.log_port}/v1/log/checkpoint")
    assert (status, json.loads(text)["error"]["code"]) == ("403", CODE), text


def test_what_our_processes_say_has_no_figure(held):
    held.until(lambda: "reconcile.agrees" in held.service.said("loop"), "a pass of the reconciler")
    for name in ("gateway", "api", "count", "publish", "log", "loop"):
        assert not has_canary(held.service.said(name)), name
    for port in (held.log_port, held.loop_port):
        status, text = held.curl(f"http://127.0.0.1:{port}/metrics")
        assert status == "200" and not has_canary(text), text


def test_each_command_that_tells_of_votes_waits_for_the_close(held, tmp_path):
    for command in (*TELLS, f"log export {tmp_path / 'out'}", "log serve --once"):
        done = teller(*command.split(), "--config", held.service.config, code=2)
        assert CODE in done.stderr and done.stdout == "", (command, done.stdout, done.stderr)
    look = ("totals", "--config", held.service.config, "--before-close", "--reason", "scanner 3 counts wrongly", "--actor", "c.roth")
    assert has_canary(teller(*look).stdout)
    assert "look-before-close" in teller("audit", "show", "--config", held.service.config).stdout.splitlines()[-1]


def test_after_the_close_all_of_it_comes(held):
    """The last one: first in one partition, which opens nothing, and then in both."""
    close = held.folder / "close.json"
    held.officers.decide("close", "--config", held.service.config, "--out", close)
    half = json.loads(close.read_text())
    half["entries"] = half["entries"][:1]
    for signature in half["signatures"]:
        signature["of"] = signature["of"][:1]
    (held.folder / "half.json").write_text(json.dumps(half))
    where = held.service.load("", "--no-wait")[2:]
    counted = held.head()["counted"]
    teller("decide", "send", held.folder / "half.json", *where)
    held.until(lambda: held.head()["counted"] > counted, "the close of one partition is counted")
    assert held.get("/v1/totals")[0] == "403"
    assert held.views()["pub_options"] == []

    teller("decide", "send", close, *where)
    held.until(lambda: held.get("/v1/totals")[0] == "200", "both are closed")
    assert has_canary(held.get("/v1/totals")[1])
    published = held.service.home / "published"
    held.until(lambda: (published / "options.json").exists() and not (published / "not-before-the-close").exists(), "files are written")
    held.until(lambda: held.service.indexed() > 0, "Elasticsearch has it")
    held.until(lambda: held.curl(f"http://127.0.0.1:{held.log_port}/v1/log/checkpoint")[0] == "200", "the public log is served")
    assert has_canary(repr(held.views()["pub_options"]))
    body = ("-H", "Content-Type: application/x-ndjson", "--data-binary", f"@{held.folder / 'delivery.ndjson'}")
    assert "unchanged" in held.get("/v1/deliveries", *body)[1]
    reconcile = ("reconcile", "--config", held.service.config, "--full")
    held.until(lambda: teller(*reconcile, code=None).returncode == 0, "every place agrees")
    teller("verify", "--config", held.service.config)
