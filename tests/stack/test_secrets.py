"""No password of the stack stands where others can read it: a command line, a log, a file that is not 0600."""

import pathlib

from running_stack import SECRETS, STATE


def passwords():
    for path in SECRETS.iterdir():
        if path.suffix not in {".crt", ".key", ".pem"}:
            yield path.read_text().strip()


def test_there_is_a_random_password_for_each_account():
    found = list(passwords())
    assert len(found) >= 9
    assert len(set(found)) == len(found)
    assert min(map(len, found)) >= 48


def test_secrets_are_for_their_owner_alone():
    assert SECRETS.stat().st_mode & 0o777 == 0o700
    assert not [path.name for path in SECRETS.iterdir() if path.stat().st_mode & 0o177]


def test_no_password_stands_in_a_command_line():
    lines = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            lines.append((process / "cmdline").read_text(errors="replace"))
        except (FileNotFoundError, ProcessLookupError):
            pass
    assert not [line for line in lines if any(word in line for word in passwords())]


def test_no_password_stands_in_a_log():
    words = list(passwords())
    logs, wrong = 0, []
    for path in (STATE / "run").rglob("*"):
        if ".log" in path.name or path.suffix == ".json" or path.name in ("stdout", "stderr"):
            try:
                text = path.read_text(errors="replace")
            except OSError:  # Rotated, or an executor's that has just gone.
                continue
            logs += 1
            wrong += [path] if any(word in text for word in words) else []
    assert logs >= 8
    assert not wrong
