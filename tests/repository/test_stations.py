"""Stations of the benchmarks send each body once, at its time; and how long something took to be seen is worked out by hand here.

Nothing here looks at a clock: moments are made up.
"""

import http.client
import http.server
import json
import pathlib
import sys
import threading

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benches"))

import live  # noqa: E402
import load_generator  # noqa: E402
import stations  # noqa: E402


class Gateway(http.server.BaseHTTPRequestHandler):
    """Records each line of a body; refuses a line that says so."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        lines = self.rfile.read(int(self.headers["Content-Length"])).split(b"\n")
        self.server.came += lines
        said = json.dumps({"recorded": len(lines) - lines.count(b"refuse"), "refused_total": lines.count(b"refuse")}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_):
        pass


@pytest.fixture
def gateway():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
    server.came = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def before(gateway, work, **more):
    return stations.Stations(lambda: http.client.HTTPConnection(*gateway.server_address), work, stations.at_once, stations.LINES, **more)


def test_stations_send_each_body_once(gateway, tmp_path):
    lines = [b'{"id":"%d"}' % n for n in range(95)]
    (tmp_path / "lines").write_bytes(b"\n".join(lines) + b"\n")
    sending = before(gateway, stations.bodies_of_lines(tmp_path / "lines", 10), follow=True)
    sending.send_all()
    assert sorted(gateway.came) == sorted(lines)
    assert sending.recorded == 95 and len(sending.times) == len(sending.answers) == 10


def test_a_body_that_is_not_recorded_as_a_whole_ends_the_run(gateway):
    with pytest.raises(RuntimeError, match="'refused_total': 1"):
        before(gateway, [(2, b"one\nrefuse")]).send_all()


def test_what_was_answered_is_visible_when_as_many_are_counted():
    """Three ballots by second 3, of which one came twice; somebody sees one at second 2, two at 4, three at 7."""
    answers = [(1, b'{"id":"a"}'), (2.5, b'{"id":"b"}\n{"id":"a"}'), (3, b'{"id":"c"}')]
    assert stations.waits(answers, [(0, 0), (2, 1), (4, 2), (7, 3)]) == [1, 1.5, 4]
    assert stations.waits([(5, b'{"id":"a"}')], [(0, 0), (4, 1)]) == [0], "counted before the answer came"


def test_a_watch_ends_when_all_are_counted_and_fails_when_no_more_come(monkeypatch):
    said = iter([0, 3, 3, 7])
    with stations.Watch(lambda: next(said), 7, pause=0) as watch:
        pass
    assert [counted for _, counted in watch.seen] == [0, 3, 7]
    monkeypatch.setattr(stations, "STILL", 0.1)
    with pytest.raises(RuntimeError, match="3 of 7 are counted"), stations.Watch(lambda: 3, 7, pause=0):
        pass


def test_waits_are_said_by_their_middle_and_their_worst_hundredth():
    assert load_generator.waits([n / 1000 for n in range(200, 0, -1)], "of ") == {"of p50 ms": 101, "of p99 ms": 199}


def test_a_burst_is_ten_times_the_pace_for_five_minutes():
    burst = live.Burst(3120 * 5)
    assert burst.pace == 5
    assert [burst.due(n) for n in (0, 5, 300, 350, 300 + 15_000, 300 + 15_000 + 5)] == [0, 1, 60, 61, 360, 361]


def test_a_burst_has_drained_when_the_lag_is_as_before_it():
    burst = live.Burst(3120)
    burst.lags = [(1010, 3), (1030, 5), (1100, 90), (1365, 70), (1372, 6), (1373, 4)]
    assert burst.said(begin=1000) == {"calm/s": 1, "lag calm": 5, "lag most": 90, "drained s": 12}
    burst.lags = [(1010, 3), (1100, 2)]
    assert burst.said(begin=1000)["drained s"] == 0
