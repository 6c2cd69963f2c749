"""Servers behind the balancer of stack/haproxy.cfg: it passes TLS on, shares out connections, and leaves out who has gone.

Gateways of the service form need brokers (tests/service/test_balancer.py). To a balancer `teller serve` is the same: its TLS, its HTTP, its certificates
of stations. Two of them are two counts, so what each has counted is added up here.
"""

import contextlib
import json
import shutil

import pytest
import requests

from balancer import balanced
from certificates import authority, signed
from conftest import run, serving

STATIONS, BALLOTS = 4, 100


@pytest.fixture
def lines(tmp_path, new_home):
    """Ballots of a count, and two homes of it."""
    rules = tmp_path / "rules.json"
    run("generate", "--write-rules", rules, "--contests", 1, "--units", 5)
    home = new_home(rules)
    run("generate", "--home", home, "--ballots", 2 * STATIONS * BALLOTS, "--format", "ndjson", "--out", tmp_path / "sent.ndjson")
    for name in ("one", "two"):
        shutil.copytree(home, tmp_path / name)
    return (tmp_path / "sent.ndjson").read_bytes().splitlines()


def station(ca, keys=None):
    session = requests.Session()
    session.trust_env, session.verify, session.cert = False, str(ca), keys and tuple(map(str, keys))
    return session


def counted(home):
    (contest,) = json.loads(run("totals", "--home", home, "--format", "json")[0])["contests"]
    return contest["counters"].get("cards", {}).get("value") or 0


def test_stations_are_shared_out_and_go_on_when_one_server_has_gone(tmp_path, lines):
    ca = authority(tmp_path)
    keys = signed(ca, "station")
    server, server_key = signed(ca, "server")
    options = ("--certificate", server, "--key", server_key, "--client-ca", ca)
    with contextlib.ExitStack() as kept, contextlib.ExitStack() as first:
        one = first.enter_context(serving(tmp_path / "one", tmp_path / "one.log", *options))
        two = kept.enter_context(serving(tmp_path / "two", tmp_path / "two.log", *options))
        port = kept.enter_context(balanced(tmp_path / "haproxy.log", *(url.removeprefix("https://") for url in (one, two))))

        def send(session):
            body = b"\n".join(lines.pop() for _ in range(BALLOTS))
            answer = session.post(f"https://127.0.0.1:{port}/v1/entries", body, headers={"Content-Type": "application/x-ndjson"}, timeout=60)
            assert answer.json()["recorded"] == BALLOTS, answer.text

        sessions = [kept.enter_context(station(ca, keys)) for _ in range(STATIONS)]
        for session in sessions:
            send(session)
        first.close()  # It counts what it has recorded, and ends.
        assert counted(tmp_path / "one") == 2 * BALLOTS, "each has half of the connections"
        for _ in range(STATIONS):
            send(kept.enter_context(station(ca, keys)))
        with pytest.raises(requests.ConnectionError):  # Of TLS: the balancer has no certificate to show in its place.
            station(ca).get(f"https://127.0.0.1:{port}/v1/health", timeout=60)
    assert counted(tmp_path / "two") == (2 + STATIONS) * BALLOTS
    assert not lines
