"""What a stranger on the same machine can send to `teller serve`, and that it goes on counting."""

import concurrent.futures
import contextlib
import json
import os
import pathlib
import resource
import socket
import time
import urllib.parse
import uuid

import pytest

from conftest import TREE, run, serving
from http_api import Answers, declared_routes


def said_to(url, text):
    """Sends the bytes as they are and gives all that is answered until the server ends the connection."""
    at = urllib.parse.urlsplit(url)
    with socket.create_connection((at.hostname, at.port), timeout=30) as connection:
        connection.sendall(text)
        connection.shutdown(socket.SHUT_WR)
        said = b""
        while more := connection.recv(65536):
            said += more
    return said.decode()


@pytest.fixture
def home(new_home):
    return new_home(TREE / "tests/vectors/rules.json")


@pytest.mark.parametrize("coding", ["xchunked", "identity", "gzip", "chunked, identity", "chunked\r\nContent-Length: 5"])
def test_no_ballot_is_smuggled_behind_another_request(home, tmp_path, coding):
    ballot = json.loads((TREE / "tests/vectors/entry.json").read_text())["valid"][0]["json"]
    body = json.dumps(ballot | {"count": json.loads((home / "count.json").read_text())["id"]})
    hidden = f"POST /v1/entries HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    with serving(home, tmp_path / "log") as url:
        hidden += f"Authorization: {url.headers['Authorization']}\r\n\r\n{body}"
        said = said_to(url, f"GET /v1/health HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: {coding}\r\n\r\n{hidden}".encode())
        assert said.startswith("HTTP/1.1 400 ") and said.count("HTTP/1.1 ") == 1, said
        assert Answers(url, set()).ask("GET", "/v1/head").json()["recorded"] == 0


def a_ballot(home):
    ballot = json.loads((TREE / "tests/vectors/entry.json").read_text())["valid"][0]["json"]
    return ballot | {"count": json.loads((home / "count.json").read_text())["id"], "id": str(uuid.uuid4())}


@pytest.mark.parametrize(("descriptors", "silent"), [(256, 400), (1024, 1100)])
def test_silent_connections_end_no_count(home, tmp_path, descriptors, silent):
    """As many descriptors as a process has on a plain Debian, or fewer; more connections than that, and none says a word."""
    mine = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (mine[1], mine[1]))
    with serving(home, tmp_path / "log", descriptors=descriptors) as url, contextlib.ExitStack() as open_ones:
        at = urllib.parse.urlsplit(url)
        answers = Answers(url, set())
        assert answers.ask("POST", "/v1/entries", json=a_ballot(home)).json()["recorded"] == 1
        for number in range(silent):
            open_ones.enter_context(socket.create_connection((at.hostname, at.port), timeout=30))
            if number % 100 == 0:
                assert answers.ask("GET", "/v1/health").json()["state"] == "ready"
                assert answers.ask("POST", "/v1/entries", json=a_ballot(home)).json()["recorded"] == 1
        recorded = 1 + silent // 100 + (silent % 100 > 0)
        deadline = time.monotonic() + 30
        while answers.ask("GET", "/v1/head").json()["counted"] < recorded:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    assert "stopping" not in (tmp_path / "log").read_text()


SIXTEEN_MIB = 16 << 20


def cpu_seconds(pid):
    after_name = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


def peak_mib(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")) / 1024


@pytest.mark.parametrize(
    ("kind", "piece", "status"),
    [
        ("application/x-ndjson", b"{}\n", 200),
        ("application/json", b"0,", 200),
        ("application/json", b"{},", 200),
        ("application/json", b"[[", 400),
    ],
)
def test_a_body_of_rubbish_costs_what_its_bytes_cost_and_holds_up_nobody(home, tmp_path, kind, piece, status):
    body = piece * (SIXTEEN_MIB // len(piece) - 2)
    if kind == "application/json" and status == 200:
        body = b"[" + body[:-1] + b"]"
    with serving(home, tmp_path / "log") as url, concurrent.futures.ThreadPoolExecutor() as pool:
        answers = Answers(url, set())
        before, memory = cpu_seconds(url.pid), peak_mib(url.pid)
        sent = pool.submit(answers.ask, "POST", "/v1/entries", status, data=body, headers={"Content-Type": kind})
        slowest = 0
        while not sent.done():
            began = time.monotonic()
            answers.ask("GET", "/v1/health")
            slowest = max(slowest, time.monotonic() - began)
            time.sleep(0.02)
        said = sent.result().json()
        assert (said["recorded"], len(said["refused"])) == (0, 1000 if status == 200 else 0)
        if status == 200:
            assert said["refused_total"] == said["refused_more"] + 1000 == body.count(piece[:1])
        cost, more = cpu_seconds(url.pid) - before, peak_mib(url.pid) - memory
        print(f"{kind} {piece}: {cost:.2f} CPU seconds, {more:.0f} MiB more, health after {slowest:.2f} s at most")
        assert cost < 4 and more < 128 and slowest < 5


OF_MANY_NAMES = b'{"held":{' + b",".join(b'"%d":0' % name for name in range(90_000)) + b"}}\n"
OF_ONE_LINE = b'{"unknown":[' + b"0," * 8_000_000 + b"0]}\n"


@pytest.mark.parametrize("piece", [b"{}\n", b"[0]\n", b'{"held":0}\n', b"\n", OF_MANY_NAMES, OF_ONE_LINE], ids=lambda piece: repr(piece[:16]))
def test_a_delivery_of_rubbish_costs_what_its_bytes_cost(home, tmp_path, piece):
    head = b'{"delivery":{"source":"Nobody"}}\n'
    body = head + piece * ((SIXTEEN_MIB - len(head)) // len(piece))
    with serving(home, tmp_path / "log") as url:
        answers = Answers(url, set())
        before, memory = cpu_seconds(url.pid), peak_mib(url.pid)
        answer = answers.ask("POST", "/v1/deliveries", data=body, headers={"Content-Type": "application/x-ndjson"})
        said = answer.json()
        rubbish = 0 if piece == b"\n" else body.count(piece)  # An empty line is none.
        assert (said["refused_total"], len(said["refused_lines"]), said["sheets"]) == (rubbish, min(rubbish, 1000), [])
        cost, more = cpu_seconds(url.pid) - before, peak_mib(url.pid) - memory
        print(f"{piece[:16]}: {cost:.2f} CPU seconds, {more:.0f} MiB more, an answer of {len(answer.content)} bytes")
        assert cost < 4 and more < 128 and len(answer.content) < 1 << 20


DELIVERY = b'{"delivery":{"source":"Nobody"}}\n'


@pytest.mark.parametrize(
    ("path", "kind", "head", "piece"),
    [
        ("/v1/entries", "application/x-ndjson", b"", b"{}\n"),
        ("/v1/entries", "application/json", b"[", b"[0],"),
        ("/v1/deliveries", "application/x-ndjson", DELIVERY, b"[0]\n"),
    ],
)
def test_more_bodies_of_rubbish_than_there_are_cores_keep_nobody_waiting(home, tmp_path, path, kind, head, piece):
    """Twice as many as cores and one: whoever asks for health, and who sends a ballot, has an answer while all of them are worked on."""
    many = 2 * os.cpu_count() + 1
    body = head + piece * ((SIXTEEN_MIB // 4 - len(head)) // len(piece))
    with serving(home, tmp_path / "log") as url, concurrent.futures.ThreadPoolExecutor(many) as pool:
        answers = Answers(url, set())
        sent = [pool.submit(answers.plain, "POST", path, data=body, headers={"Content-Type": kind}) for _ in range(many)]
        healthy = taken = 0
        while not all(one.done() for one in sent):
            # An answer that came when none of them was done waited for none of them.
            answers.ask("GET", "/v1/health")
            healthy += not any(one.done() for one in sent)
            taken += answers.ask("POST", "/v1/entries", json=a_ballot(home)).json()["recorded"]
        assert {one.result().status_code for one in sent} <= {200, 400, 503} and healthy >= 1 and taken >= 1
    assert json.loads(run("inspect", "--home", home, "--json")[0])["counted"] == taken


def test_bodies_that_were_only_announced_keep_nobody_out(home, tmp_path):
    with serving(home, tmp_path / "log") as url, contextlib.ExitStack() as open_ones:
        at = urllib.parse.urlsplit(url)
        for _ in range(64):
            connection = open_ones.enter_context(socket.create_connection((at.hostname, at.port), timeout=30))
            head = f"POST /v1/entries HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\nContent-Length: {SIXTEEN_MIB}\r\n"
            head += f"Authorization: {url.headers['Authorization']}\r\n\r\n"
            connection.sendall(head.encode() + b"{")
        answers = Answers(url, set())
        assert answers.ask("POST", "/v1/entries", json=a_ballot(home)).json()["recorded"] == 1
        assert connection.recv(65536).startswith(b"HTTP/1.1 408 ")


def test_being_on_this_machine_is_no_right(home, tmp_path):
    """The home is 0700, and so is what the server says of it: who cannot read the home reads and sends nothing."""
    with serving(home, tmp_path / "log") as url:
        assert url.token_file.stat().st_mode & 0o777 == 0o600
        stranger = Answers(url, set(), {"Authorization": "Bearer " + "0" * 64})
        for method, route in declared_routes() - {("GET", "/v1/health")}:
            stranger.ask(method, route, 401, path=route.replace("{path}", "checkpoint"))
        assert Answers(url, set()).ask("POST", "/v1/entries", json=a_ballot(home)).json()["recorded"] == 1
        token = url.token_file.read_text()
    with serving(home, tmp_path / "log") as url:
        assert url.token_file.read_text() == token  # Senders need no new one after a start.
    url.token_file.chmod(0o644)
    _, why = run("serve", "--home", home, "--listen", "127.0.0.1:0", code=2)
    assert "home.token_invalid" in why and token.strip() not in why
    assert token.strip() not in (tmp_path / "log").read_text()


def test_a_page_in_a_browser_reaches_nothing(home, tmp_path):
    """Neither from another origin nor, by rebinding its own name to 127.0.0.1, as if it were ours."""
    with serving(home, tmp_path / "log") as url:
        answers = Answers(url, set())
        for host in ("evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example", "0.0.0.0", "[::2]"):
            refused = answers.plain("GET", "/v1/health", headers={"Host": host})
            assert (refused.status_code, refused.json()["error"]["code"]) == (421, "http.host_unknown"), host
        for origin in ("http://evil.example", "null", "https://" + url.removeprefix("http://"), "http://127.0.0.1"):
            refused = answers.plain("POST", "/v1/entries", json=a_ballot(home), headers={"Origin": origin})
            assert (refused.status_code, refused.json()["error"]["code"]) == (403, "http.origin_foreign"), origin
        for host in ("localhost", "LOCALHOST:1234", "127.0.0.2:80", "[::1]:18400"):
            assert answers.plain("GET", "/v1/health", headers={"Host": host}).status_code == 200, host
        assert answers.ask("GET", "/v1/head").json()["recorded"] == 0


def test_a_page_of_a_named_origin_reads_figures_with_a_token_and_does_nothing_else(home, tmp_path):
    news = "https://news.example"
    with serving(home, tmp_path / "log", "--page-origin", "http://localhost:8000", "--page-origin", news) as url:
        answers, stranger = Answers(url, set()), Answers(url, set(), {"Authorization": "Bearer " + "0" * 64})
        asks = {"Origin": news, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
        for route in ("/v1/head", "/v1/totals", "/v1/digest", "/v1/statements/latest", "/v1/checkpoint"):
            may = stranger.plain("OPTIONS", route, headers=asks)  # A browser shows no token here.
            assert (may.status_code, may.headers["Access-Control-Allow-Origin"]) == (204, news), route
            read = answers.plain("GET", route, headers={"Origin": news})
            assert read.headers["Access-Control-Allow-Origin"] == news and "Origin" in read.headers["Vary"], route
            assert "Access-Control-Allow-Credentials" not in [*may.headers, *read.headers]
            assert stranger.plain("GET", route, headers={"Origin": news}).status_code == 401
            assert answers.plain("GET", route, headers={"Origin": "https://evil.example"}).status_code == 403
        others = declared_routes() - {("GET", f"/v1/{name}") for name in ("head", "totals", "search", "digest", "statements/latest", "checkpoint")}
        for method, route in others:
            refused = answers.plain(method, route.replace("{path}", "checkpoint"), headers={"Origin": news})
            assert (refused.status_code, refused.json()["error"]["code"]) == (403, "http.origin_foreign"), route
            assert not [name for name in refused.headers if name.startswith("Access-Control-")], route
        assert answers.ask("GET", "/v1/head").json()["recorded"] == 0
    for wrong in ("*", "https://news.example/", "news.example"):
        assert "http.address_invalid" in run("serve", "--home", home, "--listen", "127.0.0.1:0", "--page-origin", wrong, code=2)[1]
