"""Runs the commands of docs/guides/first-count.md, in order, in one shell, and looks at what they print."""

import os
import pathlib
import re
import socket
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "release"


def blocks():
    return re.findall(r"```sh\n(.*?)```", (ROOT / "docs/guides/first-count.md").read_text(), flags=re.DOTALL)


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """What each block printed."""
    if not (BUILD / "teller").exists():
        pytest.skip("build/release/teller is not built")
    mark = "----- end of block -----"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    # `kill %1` needs job control; whatever goes wrong, nothing is left running.
    script = "set -m; set -euo pipefail; trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n" + f"\necho '{mark}'\n".join(blocks())
    script = script.replace("teller serve --home count", f"teller serve --home count --listen 127.0.0.1:{port}").replace("18400", port)
    ran = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path_factory.mktemp("guide"),
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PATH": f"{BUILD}:{os.environ['PATH']}"},
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout.split(mark)


def output_with(printed, command):
    at = next(at for at, block in enumerate(blocks()) if command in block)
    return printed[at]


def test_what_the_page_shows_is_what_is_printed(printed):
    page = (ROOT / "docs/guides/first-count.md").read_text()
    shown = re.findall(r"```sh\n((?:(?!```).)*)```\n```text\n(.*?)```", page, flags=re.DOTALL)
    assert len(shown) >= 2
    for commands, text in shown:
        output = printed[blocks().index(commands)]
        for line in text.splitlines():
            assert line in output, output


def test_the_conflict_is_listed(printed):
    assert "conflict" in output_with(printed, "--incidents")


def test_the_changed_segment_is_named(printed):
    output = output_with(printed, "--log copy")
    assert re.search(r"^check 8: segment \d+ of partition \d+", output, re.MULTILINE), output
    # What could not be looked at any more is not called good.
    assert re.search(r"^11  open ", output, re.MULTILINE), output
