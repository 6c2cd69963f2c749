"""What a stranger on the same machine can send to `teller serve`, and that it goes on counting."""

import contextlib
import json
import resource
import socket
import time
import urllib.parse
import uuid

import pytest

from conftest import TREE, serving
from http_api import Answers


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
    hidden = f"POST /v1/entries HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    with serving(home, tmp_path / "log") as url:
        said = said_to(url, f"GET /v1/health HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: {coding}\r\n\r\n{hidden}".encode())
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
