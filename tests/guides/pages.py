"""Runs the commands of a page (its blocks ```sh), in order, in one shell, and gives what each block printed."""

import os
import pathlib
import re
import subprocess

import pytest

from ports import free_port

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "release"
MARK = "----- end of block -----"


class Page:
    """A document, and what its commands printed in `folder`."""

    def __init__(self, name, folder):
        if not (BUILD / "teller").exists():
            pytest.skip("build/release/teller is not built")
        self.text = (ROOT / name).read_text()
        self.blocks = re.findall(r"```sh\n(.*?)```", self.text, flags=re.DOTALL)
        port = str(free_port())
        # `kill %1` needs job control; whatever goes wrong, nothing is left running.
        script = "set -m; set -euo pipefail; trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n" + f"\necho '{MARK}'\n".join(self.blocks)
        script = script.replace("teller serve --home count", f"teller serve --home count --listen 127.0.0.1:{port}").replace("18400", port)
        # A reader types slower than a server starts.
        script = script.replace(f"127.0.0.1:{port} &", f"127.0.0.1:{port} & until [ -s count/token ]; do sleep 0.1; done")
        ran = subprocess.run(
            ["bash", "-c", script],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=120,
            env={**os.environ, "PATH": f"{BUILD}:{os.environ['PATH']}"},
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        self.printed = ran.stdout.split(MARK)

    def output_with(self, command):
        at = next(at for at, block in enumerate(self.blocks) if command in block)
        return self.printed[at]

    def shown(self):
        """(what the page shows, what was printed), line by line; times are left out."""
        for commands, text in re.findall(r"```sh\n((?:(?!```).)*)```\n(?:(?!```).)*```text\n(.*?)```", self.text, flags=re.DOTALL):
            printed = without_times(self.printed[self.blocks.index(commands)])
            for line in without_times(text).splitlines():
                yield line, printed.splitlines()


def without_times(text):
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "(a time)", text)
