"""The programs of docs/guides/producers.md send to real brokers; what they sent is recorded once, and what is refused can be seen."""

import collections
import json
import os
import re
import subprocess
import sys
import time
import uuid

import psycopg
import pytest
import requests

from running_stack import CA, GATEWAY, ROOT, SECRETS, TELLER, kafka_port, port, secret

INBOX = GATEWAY + 4  # /metrics of this test's own.
PAGE = (ROOT / "docs/guides/producers.md").read_text()
KAFKA = f"{os.environ.get('XDG_CACHE_HOME', os.path.expanduser('~/.cache'))}/teller"


def program(language):
    (text,) = re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)
    return text


def ballot(count):
    contests = {"mayor": ["ada"]}
    return {
        "kind": "ballot",
        "count": count,
        "id": str(uuid.uuid4()),
        "unit": "city/north",
        "style": "short",
        "card": 1,
        "method": "in-person",
        "contests": contests,
    }


@pytest.fixture(scope="module")
def inbox(ours, tmp_path_factory):
    """The inbox of a count of its own at work; what it says of itself."""
    log = (tmp_path_factory.mktemp("inbox") / "log").open("wb")
    process = subprocess.Popen([TELLER, "gateway", "--inbox", "--config", ours["config"], "--listen", f"127.0.0.1:{INBOX}"], stdout=log, stderr=log)
    yield log.name
    process.terminate()
    assert process.wait(timeout=60) == 0


def metrics():
    try:
        lines = requests.get(f"http://127.0.0.1:{INBOX}/metrics", timeout=10).text.splitlines()
    except requests.ConnectionError:
        return {}
    return dict(line.rsplit(" ", 1) for line in lines if line and not line.startswith("#"))


def until(name, value):
    deadline = time.monotonic() + 120
    while float(metrics().get(name, -1)) < value:
        assert time.monotonic() < deadline, metrics()
        time.sleep(0.1)


def refused(ours):
    told = subprocess.run([TELLER, "incidents", "--config", ours["config"], "--refused", "--format", "json"], capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    return json.loads(told.stdout)


def send(language, lines, ours, folder):
    """With the program of the guide."""
    (folder / "send.py").write_text(program("python"))
    (folder / "Send.java").write_text(program("java"))
    (folder / "send.sh").write_text(program("bash"))
    command = {
        "python": [sys.executable, "send.py"],
        "java": ["java", "-cp", f"{KAFKA}/kafka-clients-3.9.2/*:{KAFKA}/kafka-4.3.1/*", "Send.java"],
        "bash": ["bash", "-e", "send.sh"],
    }[language]
    prefix = re.search(r'inbox = "(.*)inbox"', ours["config"].read_text())[1]
    environment = os.environ | {
        "BROKERS": ",".join(f"localhost:{kafka_port(node, 'scram')}" for node in (1, 2, 3)),
        "TOPIC": prefix + "inbox",
        "CA": CA,
        "PRODUCER_PASSWORD": secret("kafka.producer"),
        "KAFKA": f"{KAFKA}/kafka-4.3.1",
    }
    sent = subprocess.run(command, cwd=folder, env=environment, input="\n".join(lines) + "\n", capture_output=True, text=True, timeout=120)
    assert sent.returncode == 0, sent.stderr


NO_ENTRY = json.dumps({"id": str(uuid.uuid4()), "kind": "nothing"})


@pytest.mark.parametrize("language", ["python", "java", "bash"])
def test_a_program_of_the_guide_sends_one_entry_a_line(language, ours, inbox, tmp_path):
    count = json.loads((ours["folder"] / "certificates/count.json").read_text())["id"]
    until("teller_inbox_read_total", 0)  # It is at work.
    before, refused_before = metrics(), refused(ours)
    entries = [json.dumps(ballot(count)) for _ in range(3)]
    send(language, [*entries, entries[0], NO_ENTRY], ours, tmp_path)

    def by(name, more):
        until(name, float(before.get(name, 0)) + more)

    by("teller_inbox_recorded_total", 4)  # The copy is recorded, and will be a duplicate.
    by("teller_inbox_refused_total", 1)
    (line,) = [line for line in refused(ours) if line not in refused_before]
    assert set(line) == {"code", "partition", "offset", "sha256"}
    assert any(line["code"] in name for name in metrics()), "refusals are counted by code"


def test_what_was_refused_reaches_the_view_of_the_dashboard(ours, inbox, tmp_path):
    until("teller_inbox_read_total", 0)
    before = float(metrics().get("teller_inbox_refused_total", 0))
    send("python", [NO_ENTRY, json.dumps(ballot("00" * 16))], ours, tmp_path)  # And one of another count.
    until("teller_inbox_refused_total", before + 2)
    by_code = collections.Counter(line["code"] for line in refused(ours))
    assert len(by_code) >= 2
    database = re.search(r"dbname=(\S+)", ours["config"].read_text())[1]
    with (
        (tmp_path / "log").open("wb") as log,
        subprocess.Popen([TELLER, "reconcile", "--config", ours["config"], "--every", "1"], stdout=log, stderr=log) as loop,
    ):
        try:
            deadline = time.monotonic() + 120
            while (seen := view_of_the_reader(database)) != by_code:
                assert loop.poll() is None and time.monotonic() < deadline, (seen, by_code, (tmp_path / "log").read_text())
                time.sleep(0.1)
        finally:
            loop.terminate()


def view_of_the_reader(database):
    name = str(SECRETS / "teller_reader")
    with psycopg.connect(
        host="localhost",
        port=port("POSTGRES_PORT"),
        dbname=database,
        user="teller_reader",
        sslmode="verify-full",
        sslrootcert=CA,
        sslcert=name + ".crt",
        sslkey=name + ".key",
    ) as session:
        return dict(session.execute("select code, messages from teller.pub_inbox_refused").fetchall())
