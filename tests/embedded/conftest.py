"""The program as a user runs it, in the embedded form, on a home of its own."""

import contextlib
import pathlib
import signal
import subprocess

import pytest

TREE = pathlib.Path(__file__).resolve().parents[2]
TELLER = TREE / "build/release/teller"


def run(*arguments, code=0, **options):
    """Runs `teller ARGUMENTS`, expects that exit code, gives (stdout, stderr)."""
    done = subprocess.run([TELLER, *map(str, arguments)], capture_output=True, text=True, timeout=600, **options)
    assert done.returncode == code, (arguments, done.returncode, done.stdout[-2000:], done.stderr[-2000:])
    return done.stdout, done.stderr


class Address(str):
    """Of a server: its URL, and the process behind it."""

    pid = 0


@contextlib.contextmanager
def serving(home, log, *more, descriptors=None):
    """A `teller serve` for as long as the block lasts; gives its address. At the end all that can be counted is counted. It may
    open as many files as we do, or `descriptors`."""
    limit = ["prlimit", f"--nofile={descriptors}:{descriptors}"] if descriptors else []
    with open(log, "ab") as events:
        engine = subprocess.Popen(
            [*limit, TELLER, "serve", "--home", home, "--listen", "127.0.0.1:0", *map(str, more)], stdout=subprocess.PIPE, stderr=events, text=True
        )
        try:
            url = Address(engine.stdout.readline().strip())
            url.pid = engine.pid
            assert url, log.read_text()
            yield url
            engine.send_signal(signal.SIGTERM)
            assert engine.wait(timeout=300) == 0, log.read_text()[-2000:]
        finally:
            engine.kill()
            engine.wait()


@pytest.fixture
def new_home(tmp_path):
    """new_home(rules) makes a count and gives its home."""
    made = []

    def make(rules, *more):
        home = tmp_path / f"home-{len(made)}"
        run("init", "--home", home, "--rules", rules, "--mode", "test", *more)
        made.append(home)
        return home

    return make
