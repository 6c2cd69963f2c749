"""What clients saw while `teller serve` was killed, stopped and started again is judged by porcupine, with a model of ours (README.md)."""

import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import time
import urllib.parse

import pytest

import go_program
from clients import Clients, History, figures, rules
from fault_proxy import FaultProxy

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "crash"))
from engine import Engine, disk_fault_library, out, teller  # noqa: E402
from test_ledger import INSIDE, POINTS  # noqa: E402

LONG = bool(os.environ.get("TELLER_LONG"))
SEED = int(os.environ.get("TELLER_KILL_SEED", "1"))
GROUPS = 3000 if LONG else 250
ROUNDS = 40 if LONG else 3  # How often each of the plans of a Night; and four times as often a kill at some boundary.


@pytest.fixture(scope="session")
def judge(tmp_path_factory):
    program = go_program.build(HERE / "judge", tmp_path_factory.mktemp("go") / "judge")
    return lambda *files: subprocess.run([program, *files], capture_output=True, text=True, timeout=900)


@pytest.mark.parametrize("file", sorted((HERE / "right").glob("*.jsonl")), ids=lambda file: file.stem)
def test_a_history_that_can_be_explained_is_judged_right(judge, file):
    done = judge(file)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("file", sorted((HERE / "wrong").glob("*.jsonl")), ids=lambda file: file.stem)
def test_a_history_that_cannot_be_explained_is_judged_wrong(judge, file):
    done = judge(file)
    assert done.returncode == 1, done.stdout + done.stderr


class Night:
    """What is done to an engine while its clients write down what they see."""

    def __init__(self, folder):
        self.home, self.history = folder / "home", History(folder / "history.jsonl")
        (folder / "rules.json").write_text(json.dumps(rules(GROUPS)))
        steps = ("--partitions", 3, "--step-interval-ms", 20, "--step-maximum", 3000)
        out("init", "--home", self.home, "--rules", folder / "rules.json", "--mode", "test", *steps)
        self.count = json.loads((self.home / "count.json").read_text())["id"]
        self.engine = Engine(self.home, folder / "engine.log", disk_fault_library(folder))

    def start(self):
        assert self.engine.start(), self.engine.said()[-3000:]

    def ended(self):
        now = time.monotonic_ns()
        self.history.add("ended", now, now)

    def look_from_outside(self, settled=False):
        """What the commands say while nobody serves: of one commit, for nothing moves."""
        call = time.monotonic_ns()
        said = [teller("totals", "--home", self.home, "--format", "json"), teller("inspect", "--home", self.home, "--json")]
        if any(done.returncode != 0 for done in said):
            # A kill before the first commit left no store; what lies beside it says so.
            assert not settled and self.history.seen["read"] == 0, [done.stderr for done in said]
            return
        told = [json.loads(done.stdout) for done in said]
        assert told[0]["commit"] == told[1]["commit"]
        self.history.add("read", call, time.monotonic_ns(), commit=told[0]["commit"], settled=settled, **figures(told[0]), **figures(told[1]))

    def killed(self, clients):
        # On a slow disk: an answer that does not wait for it is out long before what it promises.
        self.engine.disk("write .journal slow 20")
        self.start()
        self.history.wait_for("recorded", 30)
        self.engine.kill()
        self.engine.disk()

    def stands_still(self, clients):
        self.start()
        self.history.wait_for("recorded", 50)
        self.engine.process.send_signal(signal.SIGSTOP)
        self.history.wait_for("unknown", 4)
        self.engine.process.send_signal(signal.SIGCONT)
        self.history.wait_for("recorded", 20)
        self.engine.kill()

    def cut_off(self, clients):
        """It runs, and the network fails: answers get lost, connections end, or nobody says that they are gone."""
        self.start()
        self.history.wait_for("recorded", 20)
        for fault in (clients.network.lose_answer, clients.network.cut, clients.network.forget):
            self.provoke(fault)
        clients.network.silence()
        self.history.wait_for("unknown", 2)
        clients.network.well()
        self.history.wait_for("recorded", 20)
        self.engine.kill()

    def provoke(self, fault):
        """Again, until it has hit a cast (the clients read too)."""
        with self.history.changed:
            wanted = self.history.seen["unknown"] + 1
        for _ in range(600):
            fault()
            with self.history.changed:
                if self.history.changed.wait_for(lambda: self.history.seen["unknown"] >= wanted, 0.5):
                    return
        raise AssertionError("no cast was hit")

    def stopped(self, clients):
        """It ends as it should; then all that is recorded is counted, and everybody sees it."""
        self.start()
        self.history.wait_for("recorded", 50)
        clients.nobody_casts()
        self.engine.stop()
        self.ended()
        self.look_from_outside(settled=True)
        self.start()
        for path in ("/v1/totals", "/v1/head"):
            clients.look(path, settled=True)
        clients.cast_again()
        self.history.wait_for("recorded", 20)
        self.engine.kill()

    def at_a_boundary(self, plan, nth):
        self.engine.disk(*([f"{plan} {nth}"] if plan in INSIDE else []))
        self.engine.start(f"{plan}:{nth}" if plan in POINTS else None)
        assert self.engine.wait() == -signal.SIGKILL, (plan, self.engine.said()[-3000:])
        self.engine.disk()


def test_what_clients_saw_of_kills_can_be_explained(judge, tmp_path):
    rng = random.Random(SEED)
    night = Night(tmp_path)
    boundaries = [point for point in POINTS + INSIDE if not point.startswith(("publisher", "static_files", "log_files"))]
    plans = [night.killed, night.stands_still, night.cut_off, night.stopped] * ROUNDS + rng.sample(boundaries * ROUNDS, 4 * ROUNDS)
    rng.shuffle(plans)
    night.start()  # It keeps its port from now on.
    begin = time.monotonic()
    with FaultProxy(urllib.parse.urlsplit(night.engine.url).port) as network:
        night.engine.stop()
        with Clients(night.engine, network, night.count, night.history, GROUPS, SEED) as clients:
            for plan in plans:
                if plan in boundaries:
                    night.at_a_boundary(plan, rng.randint(5, 60))
                else:
                    plan(clients)
                night.ended()
                night.look_from_outside()
                assert not clients.faults, clients.faults
            night.start()
            night.history.wait_for("recorded", 50)
            clients.nobody_casts()
            night.engine.stop()
            night.ended()
            night.look_from_outside(settled=True)
            clients.over.set()
    night.history.close()
    took = time.monotonic() - begin

    done = judge(night.history.path)

    print(f"{len(plans)} plans in {took:.1f} s, {dict(night.history.seen)}, judged in {time.monotonic() - begin - took:.1f} s: {done.stdout[-300:]}")
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr
    assert night.history.seen["unknown"] > 0 and night.history.seen["recorded"] > 50 * ROUNDS
