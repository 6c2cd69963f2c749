"""The embedded engine is killed with -9 at every boundary between two writes, and while it is busy.

Each test sends the same ballots until all are acknowledged, kills the engine on the way (at a fail point, see
src/base/fail_point.h, or from outside), starts it again, and compares the digest with that of a run that was never
disturbed. `teller verify` then counts everything again from the log.
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

import pytest

TREE = pathlib.Path(__file__).resolve().parents[2]
TELLER = TREE / "build/release/teller"
TAIWAN = TREE / "examples/taiwan-2024"
BALLOTS = 60_000


def teller(*arguments, **options):
    return subprocess.run([TELLER, *map(str, arguments)], capture_output=True, text=True, timeout=300, **options)


def out(*arguments):
    done = teller(*arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


class Engine:
    """A `teller serve` that comes back."""

    def __init__(self, home, log):
        self.home, self.log, self.url, self.process = home, open(log, "ab"), None, None

    def start(self, fail_point=None):
        """False: a fail point ended it before it was ready."""
        environment = {**os.environ, **({"TELLER_FAIL_POINT": fail_point} if fail_point else {})}
        listen = self.url.removeprefix("http://") if self.url else "127.0.0.1:0"
        self.process = subprocess.Popen(
            [TELLER, "serve", "--home", self.home, "--listen", listen], stdout=subprocess.PIPE, stderr=self.log, env=environment, text=True
        )
        line = self.process.stdout.readline().strip()
        self.url = line or self.url
        return bool(line)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=120) == 0


@pytest.fixture(scope="module")
def ballots(tmp_path_factory):
    """A home, its ballots in one file, and the digest they must give."""
    folder = tmp_path_factory.mktemp("taiwan")
    home = folder / "home"
    out(
        "init",
        "--home",
        home,
        "--rules",
        TAIWAN / "rules.json.gz",
        "--mode",
        "test",
        "--partitions",
        3,
        "--step-interval-ms",
        20,
        "--step-maximum",
        3000,
    )
    shutil.copytree(home, folder / "new")  # Before anything is counted in it.
    file = folder / "ballots.tbat"
    out(
        "import",
        TAIWAN / "president.csv.gz",
        "--mapping",
        TAIWAN / "mapping.toml",
        "--home",
        home,
        "--synthesise-ballots",
        "--take",
        BALLOTS,
        "--out",
        file,
    )
    engine = Engine(home, folder / "engine.log")
    assert engine.start()
    out("load", file, "--to", engine.url, "--token-file", engine.home / "token", "--format", "packed")
    engine.stop()
    return home, file, out("digest", "--home", home)


def fresh_home(ballots, folder):
    """The same count, nothing recorded yet."""
    return shutil.copytree(ballots[0].with_name("new"), folder / "home")


def must_agree(home, ballots):
    assert out("digest", "--home", home) == ballots[2]
    numbers = json.loads(out("inspect", "--home", home, "--json"))
    assert numbers["counted"] == BALLOTS
    assert numbers["recorded"] == numbers["counted"] + numbers["duplicate"]
    assert numbers["conflict"] == numbers["rejected"] == 0
    verified = teller("verify", "--home", home)
    assert verified.returncode == 0, verified.stdout


def counted(home):
    said = teller("inspect", "--home", home, "--json")
    if "the store has counted nothing" in said.stderr:
        return 0  # Killed between the log and its first commit.
    assert said.returncode == 0, said.stderr
    return json.loads(said.stdout)["counted"]


POINTS = ["engine.before_segment", "engine.after_segment", "engine.before_commit", "engine.after_commit"]


@pytest.mark.parametrize("point", POINTS)
def test_killed_between_two_writes_it_counts_each_ballot_once(ballots, tmp_path, point):
    home = fresh_home(ballots, tmp_path)
    engine = Engine(home, tmp_path / "engine.log")
    assert engine.start(f"{point}:3")
    sending = subprocess.Popen(
        [TELLER, "load", ballots[1], "--to", engine.url, "--token-file", engine.home / "token", "--format", "packed"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    kills = 0
    while kills < 3:
        while engine.process.poll() is None and (sending.poll() is None or counted(home) < BALLOTS):
            time.sleep(0.005)
        if engine.process.poll() is None:
            break  # All is counted, and the point was not reached again.
        assert engine.process.returncode == -signal.SIGKILL
        kills += 1
        while not engine.start(f"{point}:2" if kills < 3 else None):
            kills += 1
    assert sending.wait(timeout=300) == 0, sending.stderr.read()
    assert kills == 3, f"the fail point was reached {kills} times before all was counted"
    engine.kill()
    assert engine.start()
    engine.stop()
    must_agree(home, ballots)


def test_killed_from_outside_many_times_it_loses_nothing(ballots, tmp_path):
    home = fresh_home(ballots, tmp_path)
    engine = Engine(home, tmp_path / "engine.log")
    assert engine.start()
    sending = subprocess.Popen(
        [TELLER, "load", ballots[1], "--to", engine.url, "--token-file", engine.home / "token", "--format", "packed", "--in-order"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    for round_number in range(8):
        time.sleep(0.03 + 0.017 * round_number)  # Not a wait for anything: another moment each time.
        engine.kill()
        assert engine.start()
    assert sending.wait(timeout=300) == 0, sending.stderr.read()
    engine.stop()
    must_agree(home, ballots)


def test_a_lost_segment_is_computed_again_from_the_journal(ballots, tmp_path):
    home = fresh_home(ballots, tmp_path)
    engine = Engine(home, tmp_path / "engine.log")
    assert engine.start()
    out("load", ballots[1], "--to", engine.url, "--token-file", engine.home / "token", "--format", "packed")
    engine.stop()
    segments = sorted((home / "segments").rglob("*.segment"))
    segments[len(segments) // 2].unlink()
    segments[0].write_bytes(b"not a segment")
    assert teller("verify", "--home", home).returncode == 1

    assert engine.start()
    engine.stop()

    must_agree(home, ballots)
    assert "was lost and computed again" in (tmp_path / "engine.log").read_text()


def test_two_engines_cannot_own_one_home(ballots, tmp_path):
    home = fresh_home(ballots, tmp_path)
    engine = Engine(home, tmp_path / "engine.log")
    assert engine.start()
    second = teller("serve", "--home", home, "--listen", "127.0.0.1:0")
    engine.stop()
    assert second.returncode == 2
    assert "home.locked" in second.stderr
