"""A live count and a rehearsal leave the servers only when their id is typed out; what a demo or a test counted goes at once.

Here the servers do not run: the count is known by its home. tests/stack asks the same of one that only PostgreSQL knows.
"""

import json
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
ID = "0123456789abcdef0123456789abcdef"


def held(state, mode):
    home = state / "count"
    home.mkdir()
    (home / "count.json").write_text(json.dumps({"id": ID, "mode": mode}))
    return home


def run(state, *command):
    environment = {"PATH": os.environ["PATH"], "HOME": str(state), "TELLER_STATE": str(state)}
    return subprocess.run([ROOT / command[0], *command[1:]], env=environment, capture_output=True, text=True, timeout=300)


@pytest.mark.parametrize("mode", ["live", "rehearsal"])
def test_such_a_count_is_deleted_only_with_its_id(tmp_path, mode):
    home = held(tmp_path, mode)
    for ids in ([], ["--count", "f" * 32]):
        refused = run(tmp_path, "stack/stack.sh", "clean", *ids)
        assert refused.returncode == 3 and f"make stack-clean COUNT='{ID}'" in refused.stderr, refused.stderr
        assert (home / "count.json").exists()
    done = run(tmp_path, "stack/stack.sh", "clean", "--count", ID)
    assert done.returncode == 0, done.stderr
    assert not tmp_path.exists()


@pytest.mark.parametrize("mode", ["demo", "test"])
def test_what_a_demo_or_a_test_counted_is_deleted_at_once(tmp_path, mode):
    held(tmp_path, mode)
    done = run(tmp_path, "stack/stack.sh", "clean")
    assert done.returncode == 0, done.stderr
    assert not tmp_path.exists()


def test_a_count_file_that_cannot_be_read_may_be_a_live_one(tmp_path):
    home = held(tmp_path, "live")
    (home / "count.json").write_text("{")
    refused = run(tmp_path, "stack/stack.sh", "clean", "--count", ID)
    assert refused.returncode == 3 and "cannot be read" in refused.stderr, refused.stderr
    assert home.exists()


def test_one_with_a_name_is_deleted_only_with_its_id(tmp_path):
    assert run(tmp_path, "stack/teller.sh", "--count", "rill", "create").returncode == 0
    home = tmp_path / "count-rill"
    (home / "count.json").write_text(json.dumps({"id": ID, "mode": "live"}))
    for command in (["stack/stack.sh", "clean"], ["stack/teller.sh", "--count", "rill", "delete"]):
        refused = run(tmp_path, *command)
        assert refused.returncode == 3 and ID in refused.stderr, refused.stderr
        assert (home / "count.json").exists()
    other = run(tmp_path, "stack/teller.sh", "--count", "rill", "delete", "--count", "f" * 32)
    assert other.returncode == 3 and f"stack/teller.sh --count rill delete --count {ID}" in other.stderr
    assert run(tmp_path, "stack/teller.sh", "--count", "rill", "delete", "--count", ID).returncode == 0
    assert not home.exists() and not (tmp_path / "teller-rill.toml").exists()


# What a live count was is not forgotten because a demo comes.
@pytest.mark.parametrize(("mode", "name"), [("live", "demo"), ("rehearsal", "demo"), ("test", "demo"), ("demo", ""), (None, "")])
def test_the_demo_stands_beside_any_count_but_its_own(tmp_path, mode, name):
    if mode:
        held(tmp_path, mode)
    told = run(tmp_path, "stack/teller.sh", "held")
    assert told.stdout.split() == ([ID, mode] if mode else []), told.stderr
    script = f". stack/counts.sh; name_for_demo '{told.stdout.strip()}'"
    chosen = subprocess.run(
        ["bash", "-c", script],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TELLER_STATE": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert chosen.stdout.strip() == name, chosen.stderr
