"""The embedded engine is killed fifty times under load, and a client's own ledger is compared with the log, by id.

At each boundary between two writes it is killed three times (fail points, src/base/fail_point.h; inside SQLite's commit and
inside a write of the journal by disk_fault.c), and some times from outside at no chosen moment, or after it stood still (SIGSTOP) for longer
than its senders wait. Meanwhile ballots come in
in every form (packed, JSON, NDJSON), some of them twice, some of them with other marks under an id that was acknowledged. In the end every
acknowledged ballot is in the log once, as it was acknowledged; nothing else is; and the digest is that of an undisturbed run.

TELLER_KILL_ROUNDS=n goes n times through all boundaries (3), TELLER_KILL_SEED chooses the load.
"""

import collections
import json
import os
import pathlib
import random
import signal
import sys
import time

import pytest

import client_ledger as client
from engine import LONG, Engine, disk_fault_library, out, teller

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "embedded"))
from public_log import must_hold_what_the_export_holds  # noqa: E402

ROUNDS = int(os.environ.get("TELLER_KILL_ROUNDS", "3"))
SEED = int(os.environ.get("TELLER_KILL_SEED", "1"))

# In the order of the flow; docs/design/steps.md says what each of them leaves behind.
POINTS = [
    "journal.before_write",
    "journal.before_head",
    "journal.before_sync",
    "journal.after_sync",
    "engine.before_segment",
    "file.before_rename.segment",
    "file.after_rename.segment",
    "engine.after_segment",
    "engine.before_commit",
    "engine.after_commit",
    "publisher.before_statement",
    "publisher.after_statement",
    "static_files.between_files",
    "static_files.before_head",
    "static_files.after_head",
    "log_files.before_checkpoint",
]
# The n-th write or sync of a file, where there is no line of ours to stand on.
INSIDE = [
    "write .journal torn",
    "write store.sqlite kill-before",
    "write store.sqlite torn",
    "sync store.sqlite kill-before",
    "sync store.sqlite kill-after",
]
OUTSIDE = "from outside"
STOOD_STILL = "after it stood still"
PATIENCE = 2  # Seconds that a sender waits for an answer.
ONCE_A_SECOND = ("publisher.", "static_files.", "log_files.")  # The others come as fast as the load.


def schedule(rng):
    plans = [plan for plan in POINTS + INSIDE + [OUTSIDE, STOOD_STILL] for _ in range(ROUNDS)]
    rng.shuffle(plans)
    return plans


def the_public_log_is_whole(home, folder):
    export = folder / "export"
    out("log", "export", export, "--home", home, "--without-entries")
    must_hold_what_the_export_holds(home / "published/log", export)


def must_end_well(home, ledger, folder):
    client.must_hold(home, ledger)
    numbers = json.loads(out("inspect", "--home", home, "--json"))
    assert numbers["counted"] == len(ledger.acknowledged)
    assert numbers["rejected"] == 0
    assert numbers["recorded"] == numbers["counted"] + numbers["duplicate"] + numbers["conflict"]
    # A body whose answer was lost was sent again: there may be more copies than were acknowledged, never fewer.
    assert numbers["duplicate"] + numbers["conflict"] >= ledger.copies
    assert (numbers["conflict"] > 0) == bool(ledger.conflicts)
    assert out("digest", "--home", home) == client.undisturbed_digest(out, folder, ledger)
    verified = teller("verify", "--home", home)
    assert verified.returncode == 0, verified.stdout
    the_public_log_is_whole(home, folder)


def test_killed_at_every_boundary_under_load_it_counts_what_it_acknowledged_once(tmp_path):
    rng = random.Random(SEED)
    home, count = client.make_home(out, tmp_path)
    engine = Engine(home, tmp_path / "engine.log", disk_fault_library(tmp_path))
    ledger = client.Ledger(count)
    plans = schedule(rng)
    killed = collections.Counter()
    begin = time.monotonic()
    with client.Load(engine, ledger, seed=SEED, patience=PATIENCE) as load:
        for plan in plans:
            nth = rng.randint(1, 2 if plan.startswith(ONCE_A_SECOND) else 40)
            engine.disk(*([f"{plan} {nth}"] if plan in INSIDE else []))
            ready = engine.start(f"{plan}:{nth}" if plan in POINTS else None)
            if plan in (OUTSIDE, STOOD_STILL):
                assert ready, engine.said()[-3000:]
                ledger.wait_for(rng.randint(1, 400), LONG)
            if plan == STOOD_STILL:
                # Each sender gives up and sends again; then the engine finds both copies in its sockets.
                engine.process.send_signal(signal.SIGSTOP)
                ledger.wait_for_silence(2 * len(load.threads), LONG)
                engine.process.send_signal(signal.SIGCONT)
                ledger.wait_for(rng.randint(1, 400), LONG)
            if plan in (OUTSIDE, STOOD_STILL):
                engine.process.kill()
            # Until then the load goes on, and what it needs is there: the point is reached.
            assert engine.wait() == -signal.SIGKILL, (plan, engine.said()[-3000:])
            assert not load.faults, load.faults
            killed[plan] += 1
        took = time.monotonic() - begin
        engine.disk()
        assert engine.start(), engine.said()[-3000:]
    engine.stop()
    print(
        f"{sum(killed.values())} kills in {took:.1f} s, {len(ledger.order)} ballots, {ledger.copies} copies and conflicts, "
        f"answers {dict(ledger.answers)}"
    )

    assert sum(killed.values()) >= 50 or ROUNDS < 3
    assert all(killed[plan] >= ROUNDS for plan in POINTS + INSIDE + [STOOD_STILL])
    must_end_well(home, ledger, tmp_path)


# The check itself must see what it is there to see.
@pytest.mark.parametrize("fault", ["lost", "other content", "from nobody"])
def test_a_ledger_that_differs_from_the_log_is_noticed(tmp_path, fault):
    rng = random.Random(SEED)
    home, count = client.make_home(out, tmp_path)
    engine = Engine(home, tmp_path / "engine.log")
    assert engine.start()
    ledger = client.Ledger(count)
    ballots = [client.draw(rng) for _ in range(20)]
    assert client.Client(engine, ledger).send(ballots, "json")
    engine.stop()
    client.must_hold(home, ledger)

    if fault == "lost":
        ledger.note([client.draw(rng)])
    elif fault == "other content":
        ledger.acknowledged[ballots[3].id.bytes] = client.canonical(client.otherwise(ballots[3], rng), count)
    else:
        del ledger.acknowledged[ballots[3].id.bytes]

    with pytest.raises(AssertionError):
        client.must_hold(home, ledger)
