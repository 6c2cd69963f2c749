"""The unit of systemd supervises our processes as stack/keep.sh does: the same ones, started again after the same ends."""

import configparser
import pathlib
import re
import subprocess

import pytest

STACK = pathlib.Path(__file__).resolve().parents[2] / "stack"
UNIT = STACK / "systemd/teller@.service"
KEPT = STACK / "keep.sh"


@pytest.fixture(scope="module")
def unit():
    parser = configparser.ConfigParser(interpolation=None)  # Strict: a key that stands there twice is a fault.
    parser.optionxform = str
    parser.read(UNIT)
    return parser


def kept_of(code):
    """What keep.sh does after an end with this code: the branch of its `case`, up to `;;`; empty: it starts again."""
    branch = re.search(rf"\n    (?:\d \| )*{code}(?: \| \d)*\)\n(.*?)\n      ;;", KEPT.read_text(), re.DOTALL)
    return branch[1] if branch else ""


def test_it_starts_again_after_the_ends_after_which_keep_does(unit):
    service = unit["Service"]
    # On failure: after SIGKILL, a crash and any code but 0.
    assert service["Restart"] == "on-failure" and "exit 0" in kept_of(0)
    left = {code for code in range(1, 128) if kept_of(code) and "if " not in kept_of(code)}
    assert {int(code) for code in service["RestartPreventExitStatus"].split()} == left == {2}
    # What ends again and again is left to a person by both.
    assert "a person must look" in kept_of(1) and "a person must look" in kept_of(3)
    assert 5 <= int(unit["Unit"]["StartLimitBurst"]) <= 20 and int(unit["Unit"]["StartLimitIntervalSec"]) > 0
    # All of its starts fit into the interval: else the limit would never be met.
    assert int(unit["Unit"]["StartLimitBurst"]) * int(service["RestartSec"]) < int(unit["Unit"]["StartLimitIntervalSec"])


def test_it_gives_what_a_process_needs(unit):
    service = unit["Service"]
    # 1,005 silent connections ended a process that had the 1,024 descriptors of a shell.
    assert int(service["LimitNOFILE"]) >= 65536
    # As long as the stack waits before it ends a process for good.
    waits = {int(seconds) for seconds in re.findall(r"halt TERM (\d+)", (STACK / "teller.sh").read_text())}
    assert waits and int(service["TimeoutStopSec"]) >= max(waits)


def test_it_has_each_process_that_the_stack_keeps():
    script, text = (STACK / "teller.sh").read_text(), UNIT.read_text()
    names = re.search(r"^names=\((.*)\)$", script, re.MULTILINE)[1].split()
    started = dict(re.findall(r"^    (\w+)\) start_program \w+ \S+ \"\$log\" (.*) ;;$", script, re.MULTILINE))
    written = dict(re.findall(r"^#   (\w+)\.env +ARGUMENTS=(.*)$", text, re.MULTILINE))
    assert set(started) | {"count"} == set(names) and "(teller@count)" in text
    assert written.keys() == started.keys()
    for name, arguments in started.items():
        where = r'"127.0.0.1:\$\w+"'
        assert re.sub(where, "LISTEN", arguments) == re.sub(r"127\.0\.0\.1:\d+", "LISTEN", written[name]), name


def test_systemd_takes_it(tmp_path):
    program = tmp_path / "teller"
    program.symlink_to("/bin/true")
    copy = tmp_path / UNIT.name
    copy.write_text(UNIT.read_text().replace("/usr/local/bin/teller", str(program)))
    said = subprocess.run(["systemd-analyze", "verify", "--man=no", copy], capture_output=True, text=True, timeout=60)
    assert said.returncode == 0 and str(UNIT.name) not in said.stderr, said.stderr
