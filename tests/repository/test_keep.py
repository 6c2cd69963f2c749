"""stack/keep.sh: a process of ours that ends by a fault is started again, and one that a person must look at is not."""

import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]

# `again` waits for another process than `was`.
PREAMBLE = f"""
. {ROOT}/stack/lib.sh
log=$state/x.log
mkdir -p "$run/pids"
trap 'halt KILL 5 x' EXIT
again() {{ until pid_of x && [ "$pid" != "$1" ] && alive x; do sleep 0.05; done; }}
over() {{ while alive keep-x; do sleep 0.05; done; }}
"""


@pytest.fixture
def bash(tmp_path):
    def run(script, **environment):
        done = subprocess.run(
            ["bash", "-c", PREAMBLE + script],
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, "TELLER_STATE": str(tmp_path), **environment},
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout, (tmp_path / "x.log").read_text().splitlines()

    return run


def test_what_was_killed_is_started_again_until_it_is_stopped(bash):
    said, log = bash("""
launch_kept x "$log" sleep 1000
first=$(<"$run/pids/x")
kill -9 "$first"
again "$first"
status_row x -
halt TERM 10 x
! alive x && ! alive keep-x && [ -z "$(all_of x)" ]
""")
    assert "up, started again: 1" in said
    assert "x was ended by SIGKILL; it is started again in 1 s" in log[-1]


@pytest.mark.parametrize(("code", "why"), [(2, "a person must look"), (3, "a person must look"), (0, "it was asked to")])
def test_what_would_end_the_same_way_again_is_left_to_a_person(bash, code, why):
    _, log = bash(f"""launch_kept x "$log" bash -c 'echo because; exit {code}'; over""")
    assert log[0] == "because"
    assert f"x ended with exit code {code}" in log[-1] and why in log[-1]
    assert len(log) == 2


def test_what_has_worked_is_tried_five_times(bash):
    # The first run was a long one; each after it ends at once.
    _, log = bash(
        """launch_kept x "$log" bash -c '[ -e "$0" ] && exit 3; touch "$0"; sleep 5.1; exit 3' "$state/ran"; over""",
        TELLER_KEEP_LONG_S="5",
        TELLER_KEEP_PAUSE_S="0",
    )
    assert [line.split("; ")[-1].split(" (")[0] for line in log[:-1]] == ["it is started again in 0 s"] * 5
    assert "5 time(s) in a row: a person must look" in log[-1]
