"""Exports, checkpoints and proofs are read by Go's golang.org/x/mod/sumdb: code that is not ours, for formats that are not ours."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import urllib.request

import pytest

import go_program

TREE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TREE / "tests/embedded"))
from conftest import new_home, run, serving  # noqa: E402, F401


@pytest.fixture(scope="session")
def interop(tmp_path_factory):
    """The Go program, built from the modules that packages/install.sh test has fetched."""
    program = go_program.build(TREE / "tests/interop/go", tmp_path_factory.mktemp("go") / "interop")

    def ask(*arguments, code=0, token=""):
        done = subprocess.run([program, *map(str, arguments)], env=os.environ | {"TELLER_TOKEN": token}, capture_output=True, text=True, timeout=300)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout.strip() or done.stderr.strip()

    return ask


@pytest.fixture()
def counted(tmp_path, new_home):  # noqa: F811
    """A home with a few thousand entries in three partitions, and several statements."""
    rules = tmp_path / "rules.json"
    run("generate", "--write-rules", rules, "--contests", 3, "--ranked", 1, "--units", 20, "--seed", 3)
    home = new_home(rules, "--partitions", 3)
    for part in range(3):
        run("generate", "--home", home, "--ballots", 1500, "--seed", 10 + part, "--format", "packed", "--out", tmp_path / f"{part}.packed")
        with serving(home, tmp_path / "engine.log") as url:
            run("load", tmp_path / f"{part}.packed", "--to", url)
    return home


def test_go_reads_checkpoint_tiles_and_bundles(tmp_path, interop, counted):
    key = run("keys", "--home", counted)[0].strip()
    export = tmp_path / "export"
    said = json.loads(run("log", "export", export, "--home", counted, "--json")[0])
    assert said["leaves"] == 4500 and said["statements"] >= 4
    run("verify", "--export", export, "--key", key)
    assert interop("export", export, key) == f"statements {said['statements']} entries 4500"

    # And it is no accident: one bit in a hash tile, in a bundle, in the checkpoint.
    for number, pattern in enumerate(("partitions/0001/tile/0/000", "partitions/0001/tile/entries/000", "statements/checkpoint")):
        copy = tmp_path / f"copy-{number}"
        shutil.copytree(export, copy)
        data = bytearray((copy / pattern).read_bytes())
        data[40] ^= 1
        (copy / pattern).write_bytes(data)
        interop("export", copy, key, code=1)
        run("verify", "--export", copy, "--key", key, code=1)


def test_go_reads_the_log_that_is_served(tmp_path, interop, counted):
    key = run("keys", "--home", counted)[0].strip()
    statements = json.loads(run("log", "export", tmp_path / "export", "--home", counted, "--json")[0])["statements"]
    with serving(counted, tmp_path / "engine.log") as url:

        def served(code=0):
            return interop("log", url + "/v1/log", key, code=code, token=url.token_file.read_text().strip())

        # The engine that has just started looks at the log once, and a damaged edge is made anew: so now it is as it stays.
        deadline = time.monotonic() + 120
        while (
            f"teller_log_statements {statements}\n"
            not in urllib.request.urlopen(urllib.request.Request(url + "/metrics", headers=url.headers)).read().decode()
        ):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert served() == f"statements {statements} entries 4500"
        for name in ("partitions/0001/tile/0/000", f"tile/entries/000.p/{statements}", "checkpoint"):
            path = counted / "published/log" / name
            data = path.read_bytes()
            path.write_bytes(data[:40] + bytes([data[40] ^ 1]) + data[41:])
            served(code=1)
            path.write_bytes(data)
        assert served() == f"statements {statements} entries 4500"


def test_go_accepts_our_proofs(tmp_path, interop, counted):
    key = run("keys", "--home", counted)[0].strip()
    export = tmp_path / "export"
    run("log", "export", export, "--home", counted)
    for partition in range(3):
        # An id from a bundle: u16 length, then the entry; its id stands at offset 10.
        bundle = sorted(export.glob(f"partitions/000{partition}/tile/entries/0*"))[0].read_bytes()
        entry = bundle[2 : 2 + int.from_bytes(bundle[:2], "big")]
        id = re.sub(r"(.{8})(.{4})(.{4})(.{4})(.{12})", r"\1-\2-\3-\4-\5", entry[10:26].hex())
        proof = tmp_path / "proof.json"
        proof.write_text(run("prove", "--export", export, "--id", id)[0])
        assert interop("proof", proof, key) == "included"
        run("prove", "--check", proof, "--key", key)
        other = json.loads(proof.read_text())
        other["index"] += 1
        proof.write_text(json.dumps(other))
        interop("proof", proof, key, code=1)
        run("prove", "--check", proof, "--key", key, code=1)
    proof.write_text(run("prove", "--export", export, "--since", 1)[0])
    assert interop("proof", proof, key) == "consistent"
    run("prove", "--check", proof, "--key", key)


def test_go_follows_our_rule_for_ed25519(interop):
    answers = interop("ed25519", TREE / "tests/vectors/ed25519/speccheck_cases.json").split()
    assert answers == ["true" if case == 3 else "false" for case in range(12)]
