"""What an officer does in the embedded form: a halted partition goes on, rejected entries are replayed, and the audit log says who and why."""

import json
import signal
import sqlite3
import subprocess
import time

import pytest

import journal_file
import little_rill
from conftest import TELLER, run, serving


@pytest.fixture
def rules(tmp_path):
    path = tmp_path / "rules.json"
    path.write_text(json.dumps(little_rill.RULES))
    return path


def ballots(home, path, first, n):
    count = json.loads((home / "count.json").read_text())["id"]
    path.write_text(
        "".join(
            json.dumps(little_rill.ballot(count, f"{i:08x}-0000-4000-8000-000000000000", ["ada" if i % 3 else "bell"])) + "\n"
            for i in range(first, first + n)
        )
    )
    return path


def lines(home):
    return json.loads(run("audit", "show", "--home", home, "--json")[0])


def inspected(home):
    return json.loads(run("inspect", "--home", home, "--json", "--record")[0])


def until(wanted, what, seconds=120):
    end = time.monotonic() + seconds
    while not wanted():
        assert time.monotonic() < end, what
        time.sleep(0.1)


def recorded_and_not_counted(home, tmp_path, n):
    """Ballots that a `teller serve` has acknowledged; it was killed before their step was due."""
    with open(tmp_path / "killed.log", "ab") as events:
        engine = subprocess.Popen([TELLER, "serve", "--home", home, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=events, text=True)
        url = engine.stdout.readline().strip()
        run("load", ballots(home, tmp_path / "first.ndjson", 0, n), "--to", url, "--token-file", home / "token", "--no-wait")
        engine.send_signal(signal.SIGKILL)
        engine.wait()


def journal_of(home):
    return home / "journal/00000001.journal"


def write_into(path, data):
    """Into the same file, as an operator does who copies good bytes back."""
    with open(path, "r+b") as file:
        file.write(data)
        file.truncate()


# A step is due when 100 entries wait; with fewer, they wait until somebody stops the engine.
LATE = ("--partitions", 2, "--step-interval-ms", 86_400_000, "--step-minimum", 100, "--step-maximum", 100)


def test_a_new_count_has_its_first_line_and_the_checkpoint_is_published(new_home, rules, tmp_path):
    home = new_home(rules, "--actor", "a.huber", "--reason", "council election of May", "--approver", "b.meier")
    (first,) = lines(home)
    assert (first["number"], first["actor"], first["action"], first["reason"], first["approver"]) == (
        0,
        "a.huber",
        "init",
        "council election of May",
        "b.meier",
    )
    said, _ = run("audit", "verify", "--home", home)
    assert "1 line(s) not signed yet" in said
    run("audit", "verify", "--home", home, "--all-signed", code=1)
    with serving(home, tmp_path / "engine.log"):
        pass
    published = home / "published/audit-checkpoint"
    said, _ = run("audit", "verify", "--home", home, "--all-signed", "--checkpoint", published, "--json")
    assert json.loads(said) | {"root": ""} == {"good": True, "lines": 1, "checkpoints": 1, "not_signed": 0, "root": "", "findings": []}
    assert "a.huber" not in published.read_text()


def test_without_a_reason_nothing_is_done(new_home, rules):
    home = new_home(rules)
    run("resume", "--home", home, "--partition", 0, code=2)
    run("resume", "--home", home, "--partition", 0, "--reason", " ", code=2)
    run("replay-rejected", "--home", home, code=2)
    assert len(lines(home)) == 1


def test_what_is_not_halted_is_not_resumed(new_home, rules):
    home = new_home(rules, "--partitions", 2)
    _, said = run("resume", "--home", home, "--partition", 1, "--reason", "just so", code=2)
    assert "partition.not_halted" in said
    _, said = run("resume", "--home", home, "--partition", 2, "--reason", "just so", code=2)
    assert "partition.unknown" in said
    assert len(lines(home)) == 1


@pytest.mark.parametrize(
    ("wrong", "check"),
    [
        ("update audit set bytes = cast(replace(cast(bytes as text), 'because', 'becauze') as blob) where number = 0", 5),
        ("delete from audit where number = 1", 5),
        ("delete from audit where number = 0", 2),
    ],
)
def test_whoever_writes_the_table_is_found_out(new_home, rules, tmp_path, wrong, check):
    home = new_home(rules, "--reason", "because")
    with sqlite3.connect(home / "store.sqlite") as store:
        store.execute("update partitions set halted_because = 'a test' where partition = 0")
    run("resume", "--home", home, "--partition", 0, "--reason", "because it was a test")
    with serving(home, tmp_path / "engine.log"):
        pass
    run("audit", "verify", "--home", home)
    with sqlite3.connect(home / "store.sqlite") as store:
        store.execute(wrong)
    said, _ = run("audit", "verify", "--home", home, "--json", code=1)
    assert check in {finding["check"] for finding in json.loads(said)["findings"]}
    # And the publisher does not put its name to it.
    with serving(home, tmp_path / "again.log"):
        pass
    assert "audit.corrupt" in (tmp_path / "again.log").read_text()


def test_a_damaged_journal_halts_one_partition_and_a_restored_one_is_counted(new_home, rules, tmp_path):
    """Stopped and started in between: what an operator does at night."""
    home = new_home(rules, *LATE)
    recorded_and_not_counted(home, tmp_path, 60)
    good = journal_of(home).read_bytes()
    waiting = [0, 0]
    for *_, partition, _position, record in journal_file.records(good):
        waiting[partition] += int.from_bytes(record[23:27], "little")
    assert sum(waiting) == 60 and min(waiting) > 0
    write_into(journal_of(home), journal_file.damaged(good, partition=0, position=0, byte=60))

    with serving(home, tmp_path / "engine.log"):
        pass  # Told to stop, it counts what it can.
    seen = inspected(home)
    assert [part["counted"] for part in seen["partitions"]] == [0, waiting[1]]
    halted = seen["partitions"][0]
    assert "journal.record_invalid" in halted["halted"] and "record 0" in halted["halted"]
    assert halted["record"]["position"] == 0
    count = json.loads((home / "count.json").read_text())["id"]
    assert halted["record"]["head"].startswith("5452454301" + count)
    assert len(halted["record"]["head"]) == 54, "no more than the head: what follows is private"
    assert seen["partitions"][1]["record"] is None

    # Not mended: it halts again at once, and nothing is worse.
    run("resume", "--home", home, "--partition", 0, "--reason", "perhaps it is good now")
    assert inspected(home)["partitions"][0]["halted"] == ""
    with serving(home, tmp_path / "engine.log"):
        pass
    again = inspected(home)["partitions"]
    assert "journal.record_invalid" in again[0]["halted"] and again[0]["counted"] == 0

    write_into(journal_of(home), good)
    run("resume", "--home", home, "--partition", 0, "--reason", "journal restored from the mirror", "--actor", "a.huber")
    with serving(home, tmp_path / "engine.log"):
        pass
    assert [part["counted"] for part in inspected(home)["partitions"]] == waiting
    assert "good" in run("verify", "--home", home)[0] + run("audit", "verify", "--home", home, "--all-signed")[0]
    last = lines(home)[-1]
    assert (last["actor"], last["action"], last["subject"], last["reason"]) == (
        "a.huber",
        "resume",
        "partition 0",
        "journal restored from the mirror",
    )


def test_a_running_engine_goes_on_after_resume(new_home, rules, tmp_path):
    home = new_home(rules, *LATE)
    recorded_and_not_counted(home, tmp_path, 60)
    good = journal_of(home).read_bytes()
    damaged = journal_file.damaged(good, partition=1, position=0, byte=60)
    write_into(journal_of(home), damaged)
    with serving(home, tmp_path / "engine.log") as url:
        run("load", ballots(home, tmp_path / "second.ndjson", 60, 60), "--to", url, "--no-wait")  # Now more than 100 wait.
        until(lambda: inspected(home)["partitions"][1]["halted"] != "", "the partition did not halt")
        until(lambda: inspected(home)["partitions"][0]["counted"] > 0, "the other one did not go on")
        with open(journal_of(home), "r+b") as journal:
            journal.write(good)
        run("resume", "--home", home, "--partition", 1, "--reason", "journal restored from the mirror")
        run("load", ballots(home, tmp_path / "third.ndjson", 120, 80), "--to", url, "--no-wait")  # The next step is due.
        until(lambda: inspected(home)["partitions"][1]["counted"] > 0, "the engine did not go on by itself")
    assert inspected(home)["counted"] == 200
    run("verify", "--home", home)


def test_a_rejected_entry_is_listed_and_a_hopeless_one_stays_rejected(new_home, rules, tmp_path):
    """What came into the journal past intake: the first one is good, the second names a style that the rules do not have."""
    home = new_home(rules, "--partitions", 1)
    with serving(home, tmp_path / "engine.log"):
        pass  # It makes the journal.
    count = bytes.fromhex(json.loads((home / "count.json").read_text())["id"])

    def entry(n, style):
        return (
            b"\x01\x01"
            + count[:8]
            + bytes.fromhex(f"{n:08x}000040008000000000000000")
            + bytes(4)
            + style.to_bytes(2, "little")
            + b"\x01\x00\x01"
            + b"\x00\x00\x00"
            + b"\x01\x00\x00"
            + b"\x00"
        )

    record = journal_file.record(count, 0, [entry(1, 0), entry(2, 9)], "somebody", "")
    write_into(journal_of(home), journal_file.appended(journal_of(home).read_bytes(), 0, record))
    with serving(home, tmp_path / "engine.log"):
        pass
    (listed,) = json.loads(run("incidents", "--home", home, "--format", "json")[0])
    assert (listed["partition"], listed["position"], listed["index"], listed["outcome"], listed["reason"], listed["replayed_as"]) == (
        0,
        0,
        1,
        "rejected",
        "entry.style.unknown",
        "",
    )
    table, _ = run("incidents", "--home", home)
    assert "entry.style.unknown" in table and "0 conflict(s), 1 rejected, of which 0 replayed" in table
    head, row = run("incidents", "--home", home, "--format", "csv")[0].splitlines()
    assert dict(zip(head.split(","), row.split(","), strict=True))["leaf"] == listed["leaf"]

    said, _ = run("replay-rejected", "--home", home, "--reason", "another try", "--json", code=1)
    assert json.loads(said)["refused"] == [{"rejected": "0/0/1", "code": "entry.style.unknown"}]
    assert len(lines(home)) == 1, "nothing was changed"
    with serving(home, tmp_path / "engine.log"):
        _, refused = run("replay-rejected", "--home", home, "--reason", "while it counts", code=2)
        assert "home.locked" in refused
