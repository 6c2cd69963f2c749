"""What a person sees at a terminal: one line that is written over, and nothing left of it when the work is done."""

import os
import pty
import re
import socket
import subprocess

from conftest import TELLER, run


def at_a_terminal(*arguments, code=0):
    """Runs `teller ARGUMENTS` with stderr at a terminal; gives what was written to that."""
    ours, its = pty.openpty()
    process = subprocess.Popen([TELLER, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=its)
    os.close(its)
    written = b""
    try:
        while part := os.read(ours, 65536):
            written += part
    except OSError:
        pass  # EIO: nobody has the other end any more.
    os.close(ours)
    assert process.wait(timeout=60) == code, written
    return written.decode()


def test_the_bar_of_verify_is_one_line_and_is_gone_in_the_end(tmp_path, new_home):
    rules = tmp_path / "rules.json"
    run("generate", "--write-rules", rules, "--contests", 2, "--units", 5, "--seed", 3)
    home = new_home(rules, "--partitions", 8)  # Eight steps, the last of them with all leaves behind them.
    run("generate", "--home", home, "--ballots", 2000, "--seed", 4, "--format", "packed", "--out", tmp_path / "sent")
    run("load", tmp_path / "sent", "--home", home)
    shown = at_a_terminal("verify", "--home", home)
    assert "\n" not in shown, shown
    assert re.sub(r"[^\r]*\r\033\[K", "", shown) == "", shown


def test_load_says_whom_it_waits_for(tmp_path):
    with socket.socket() as nobody:  # Bound and not listening: whoever connects is refused.
        nobody.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        (tmp_path / "entries.ndjson").write_text("{}\n")
        shown = at_a_terminal("load", tmp_path / "entries.ndjson", "--to", address, "--give-up-after", 6, code=3)
    first = shown.splitlines()[0]
    assert first.startswith("teller: waits for ") and address in first and "for 6 s at most" in first, shown
    assert "load.gave_up" in shown.splitlines()[1], shown
