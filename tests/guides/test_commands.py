"""Every command of the program stands in some guide; the list is the program's own."""

import re
import subprocess

import pytest

from pages import BUILD, ROOT

GUIDES = {path.name: path.read_text() for path in (ROOT / "docs" / "guides").glob("*.md")}


def commands_of(*before):
    """The commands that `teller … --help` lists, each with those below it."""
    listed = subprocess.run([BUILD / "teller", *before, "--help"], capture_output=True, text=True, check=True, timeout=30).stdout
    below = re.search(r"^(?:Subcommands|SUBCOMMANDS):\n((?:  .*\n?)+)", listed, re.MULTILINE)
    names = re.findall(r"^  ([a-z][a-z-]*)(?: |$)", below[1], re.MULTILINE) if below else []
    if not names:
        yield " ".join(before)
    for name in names:
        yield from commands_of(*before, name)


def test_every_command_stands_in_some_guide():
    if not (BUILD / "teller").exists():
        pytest.skip("build/release/teller is not built")
    commands = list(commands_of())
    assert {"init", "rules new", "audit verify"} <= set(commands) and len(commands) >= 30
    missing = [command for command in commands if not any(re.search(rf"\bteller {command}\b", text) for text in GUIDES.values())]
    assert not missing
