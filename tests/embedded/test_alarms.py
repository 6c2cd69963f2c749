"""What `teller serve --alarm-url` sends: each new finding once, signed, whatever the receiver answers and whoever is killed."""

import http.server
import json
import os
import queue
import re
import signal
import threading
import time

import pytest
import requests

from conftest import TREE, run, serving
from journal_file import last_damaged
from test_checks import GOOD, RULES, bad_sheets, send

SECRET = "d0d1c2b3a495867768594a3b2c1d0e0f"


class Receiver:
    """Answers with these statuses, one a message, and then with 200."""

    def __init__(self, *statuses):
        self.statuses, self.came = list(statuses), queue.Queue()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):  # noqa: N802
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = receiver.statuses.pop(0) if receiver.statuses else 200
                receiver.came.put((self.path, body, dict(self.headers), status))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?desk=7"

    def next(self):
        return self.came.get(timeout=120)

    def taken(self):
        """The body of the next message that it took."""
        while True:
            _, body, _, status = self.next()
            if status == 200:
                return body


def verified_by_the_guide():
    """The function that the guide shows to whoever writes a receiver."""
    text = (TREE / "docs/guides/checks.md").read_text()
    names = {}
    exec(re.search(r"```python\n(.*?)```", text, re.DOTALL).group(1), names)  # noqa: S102
    return names["is_from_teller"]


@pytest.fixture
def home(tmp_path, new_home):
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps(RULES))
    made = new_home(rules)
    send(made, *bad_sheets())
    return made


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "alarm.secret"
    path.write_text(SECRET + "\n")
    path.chmod(0o600)
    return path


def units_of(body):
    return sorted(unit for finding in json.loads(body)["findings"] for unit in finding["units"])


def test_each_new_finding_is_sent_once_and_can_be_verified(tmp_path, home, secret):
    receiver, log = Receiver(), tmp_path / "engine.log"
    alarms = ("--alarm-url", receiver.url, "--alarm-secret", secret)
    with serving(home, log, *alarms):
        path, body, headers, _ = receiver.next()
    assert path == "/hook?desk=7"
    told = json.loads(body)
    assert (told["teller"], told["errors"], told["warnings"], told["more"]) == ("alarm/1", 2, 0, 0)
    assert told["count"] == json.loads((home / "count.json").read_text())["id"]
    # The same findings as `teller check`; a note wakes nobody.
    checked = json.loads(run("check", "--home", home, "--severity", "error", "--json", code=1)[0])
    assert [{k: v for k, v in one.items() if k != "source"} for one in told["findings"]] == checked["findings"]
    verifies = verified_by_the_guide()
    assert verifies(body, headers["Teller-Signature"], SECRET)
    assert not verifies(body.replace(b"60,000", b"60,001"), headers["Teller-Signature"], SECRET)
    assert not verifies(body, headers["Teller-Signature"], SECRET[::-1])
    # A restart repeats none of them: the next message is what is new.
    send(home, ("p07", (310, 240, 100), GOOD | {"cards": 662}))
    with serving(home, log, *alarms) as url:
        assert units_of(receiver.taken()) == ["p07"]
        # Whoever was told shows it in the metrics.
        while "teller_alarms_told_total 1" not in requests.get(f"{url}/metrics", headers=url.headers, timeout=60).text:
            time.sleep(0.1)
    assert receiver.came.empty()
    said = log.read_text()
    assert SECRET not in said and "desk=7" not in said and said.count("alarms.told findings=2") == 1


def test_a_share_is_sent_once_however_many_others_report(tmp_path, new_home, secret):
    """What the other reports say stands beside it, and changes with each of them; the finding is the same."""
    rules, receiver, log = tmp_path / "rules.json", Receiver(), tmp_path / "engine.log"
    rules.write_text(json.dumps(RULES))
    home = new_home(rules)
    alarms = ("--alarm-url", receiver.url, "--alarm-secret", secret)
    send(home, ("p01", (300, 240, 100), {"cards": 760, "blank": 114, "invalid": 6}), ("p02", (310, 240, 100), GOOD))
    with serving(home, log, *alarms):
        (share,) = json.loads(receiver.taken())["findings"]
    assert (share["check"], share["what"], share["beside"]) == (
        "blank_share",
        "Place P01, Mayor: 114 of 760 cards are blank, 15.00 %",
        "in the other reports of this contest 6 of 660, 0.91 %",
    )
    send(home, ("p03", (320, 230, 100), GOOD), ("p07", (310, 240, 100), GOOD | {"cards": 662}))
    with serving(home, log, *alarms):
        assert units_of(receiver.taken()) == ["p07"]
    told = run("check", "--home", home, code=1)[0]
    assert "15.00 %; in the other reports of this contest 18 of 1,982, 0.91 % (blank_share; p01)" in told


def test_a_record_that_cannot_be_read_keeps_no_alarm_back(tmp_path, home, secret):
    """Who sent what is a note; sixty thousand votes on ten cards are none."""
    receiver, log = Receiver(), tmp_path / "engine.log"
    send(home, ("p01", (1, 2, 3), GOOD), code=1)  # In conflict: whose is it?
    journal = max((home / "journal").glob("*.journal"))
    journal.write_bytes(last_damaged(journal.read_bytes()))
    with serving(home, log, "--alarm-url", receiver.url, "--alarm-secret", secret):
        assert units_of(receiver.taken()) == ["p05", "p06"]
    assert log.read_text().count('checks.trouble code="journal.record_invalid"') == 1


def test_what_is_not_taken_is_sent_again_as_it_was(tmp_path, home, secret):
    receiver, log = Receiver(503, 404), tmp_path / "engine.log"
    with serving(home, log, "--alarm-url", receiver.url, "--alarm-secret", secret):
        messages = [receiver.next() for _ in range(3)]
    assert [status for _, _, _, status in messages] == [503, 404, 200]
    assert len({body for _, body, _, _ in messages}) == 1
    assert "alarms.not_taken status=503" in log.read_text()


def test_a_kill_loses_no_finding(tmp_path, home, secret):
    receiver, log = Receiver(*[500] * 1000), tmp_path / "engine.log"
    alarms = ("--alarm-url", receiver.url, "--alarm-secret", secret)
    with pytest.raises(AssertionError), serving(home, log, *alarms) as url:  # It does not end by itself.
        _, body, _, _ = receiver.next()
        os.kill(url.pid, signal.SIGKILL)
    receiver.statuses.clear()
    while not receiver.came.empty():
        receiver.came.get()
    # The same bytes, whatever has been found since.
    send(home, ("p07", (310, 240, 100), GOOD | {"cards": 662}))
    with serving(home, log, *alarms):
        assert receiver.taken() == body
        assert units_of(receiver.taken()) == ["p07"]
    assert units_of(body) == ["p05", "p06"]


def test_an_address_and_a_secret_that_are_none_are_refused(tmp_path, home, secret):
    def why(url, file=secret):
        more = ("--alarm-secret", file) if file else ()
        return run("serve", "--home", home, "--listen", "127.0.0.1:0", "--alarm-url", url, *more, code=2)[1]

    here = "http://127.0.0.1:20999/hook"
    assert "must begin with https://, or be on this machine: http://alarms.example" in why("http://alarms.example/hook")
    assert "--alarm-secret FILE is missing" in why(here, None)
    secret.chmod(0o640)
    assert "can be read by others" in why(here)
    secret.write_text("short\n")
    secret.chmod(0o600)
    assert "a secret has 16 bytes or more" in why(here)
    secret.write_text(SECRET)
    (home / "alarms.state").write_text("teller alarms 1\ntold 12\n")
    assert "alarms.state cannot be read; remove it" in why(here)


def test_a_restored_home_tells_only_what_the_office_does_not_know(tmp_path, home, secret):
    receiver, log = Receiver(), tmp_path / "engine.log"
    alarms = ("--alarm-url", receiver.url, "--alarm-secret", secret)
    with serving(home, log, *alarms) as url:
        assert units_of(receiver.taken()) == ["p05", "p06"]
        while "teller_alarms_told_total 2" not in requests.get(f"{url}/metrics", headers=url.headers, timeout=60).text:
            time.sleep(0.1)  # Until it is noted that they were told.
    run("backup", tmp_path / "backup", "--home", home)
    restored = tmp_path / "restored"
    run("restore", tmp_path / "backup", "--home", restored)
    assert (restored / "alarms.state").stat().st_mode & 0o777 == 0o600
    send(restored, ("p07", (310, 240, 100), GOOD | {"cards": 662}))
    with serving(restored, log, *alarms):
        assert units_of(receiver.taken()) == ["p07"]
    assert receiver.came.empty()


def test_nothing_is_sent_before_the_close_of_voting(tmp_path, new_home, secret, officers):
    rules, receiver, log = tmp_path / "rules.json", Receiver(), tmp_path / "engine.log"
    rules.write_text(json.dumps(RULES))
    home = new_home(rules, "--officers", officers.file, "--publication", "after_close")
    alarms = ("--alarm-url", receiver.url, "--alarm-secret", secret)
    officers.decide("open", "--home", home)
    send(home, *bad_sheets())
    with serving(home, log, *alarms) as url:

        def age():
            text = requests.get(f"{url}/metrics", headers=url.headers, timeout=60).text
            return float(re.search(r"^teller_check_age_seconds (\S+)$", text, re.MULTILINE).group(1))

        before = age()
        while (now := age()) >= before:  # Until it has looked.
            before = now
    assert receiver.came.empty() and not (home / "alarms.state").exists()
    officers.decide("close", "--home", home)
    with serving(home, log, *alarms):
        assert units_of(receiver.taken()) == ["p05", "p06"]
