"""A live count and a rehearsal leave the servers only when their id is typed out; what a demo or a test counted goes at once.

Here the servers do not run: the count is known by its home. tests/stack asks the same of one that only PostgreSQL knows.
"""

import json
import os
import pathlib
import shutil
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


# What the demo calls writes down its arguments; servers are not started, and the first ballot ends it.
CALLED = """#!/usr/bin/env bash
printf '%s %s\\n' "$(basename "$0")" "$*" >>"$TELLER_STATE/called"
"""
BUT_SERVERS = 'case "$*" in start | *" start") exit 0 ;; esac\nexec "$(dirname "$0")/real-teller.sh" "$@"\n'


@pytest.mark.parametrize("mode", ["live", "rehearsal", "demo"])
def test_make_stack_demo_touches_no_count_but_its_own(tmp_path, mode):
    tree, state = tmp_path / "tree", tmp_path / "state"
    for folder in ("stack", "packages", "examples/taiwan-2024"):
        shutil.copytree(ROOT / folder, tree / folder, ignore=shutil.ignore_patterns("*.gz", "node_modules"))
    (tree / "stack/teller.sh").rename(tree / "stack/real-teller.sh")
    program = tree / "build/release/teller"
    program.parent.mkdir(parents=True)
    for script, does in {
        "stack/teller.sh": BUT_SERVERS,
        "stack/stack.sh": "",
        "stack/spark.sh": "",
        "stack/superset.sh": "",
        "build/release/teller": "case $1 in import | load) exit 3 ;; esac\n",
    }.items():
        (tree / script).write_text(CALLED + does)
        (tree / script).chmod(0o755)
    state.mkdir()
    home = held(state, mode)
    (home / "store").write_text("what was counted")
    before = {path.name: path.read_bytes() for path in home.iterdir()}
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TELLER_STATE": str(state)}
    done = subprocess.run([tree / "examples/taiwan-2024/stack-demo.sh"], env=environment, capture_output=True, text=True, timeout=300)
    called = (state / "called").read_text().splitlines()
    assert done.returncode != 0 and any(line.startswith("teller load - ") for line in called), (called, done.stderr)
    if mode == "demo":  # An earlier one gives way.
        assert "teller.sh delete" in called and not (home / "store").exists()
        return
    assert "Another count is on the servers: the demo stands beside it" in done.stdout
    assert {path.name: path.read_bytes() for path in home.iterdir()} == before
    others = [line for line in called if line.startswith("teller.sh ") and not line.startswith("teller.sh --count demo ")]
    assert others == ["teller.sh held"], called
    made = [line for line in called if line.startswith("teller ")]
    assert made and all(f"{state}/teller-demo.toml" in line or f"{state}/count-demo" in line or line.startswith("teller load - ") for line in made), (
        made
    )
    # Its gateway and no other one's.
    ports = {line.split("--to https://localhost:")[1].split()[0] for line in made if "--to" in line}
    assert ports and (state / "teller-demo.toml").read_text().count(ports.pop()) == 1
