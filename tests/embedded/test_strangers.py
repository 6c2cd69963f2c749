"""What a stranger on the same machine can send to `teller serve`, and that it goes on counting."""

import json
import socket
import urllib.parse

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
