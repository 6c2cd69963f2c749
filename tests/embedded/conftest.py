"""The program as a user runs it, in the embedded form, on a home of its own."""

import contextlib
import json
import pathlib
import signal
import subprocess
import time

import pytest

import little_rill
from officers import Officers
from ports import free_port

TREE = pathlib.Path(__file__).resolve().parents[2]
TELLER = TREE / "build/release/teller"


class Address(str):
    """Of a server: its URL, the process behind it, and the file with the token that it asks for (None: it knows its senders)."""

    pid = 0
    token_file = None

    @property
    def headers(self):
        return {"Authorization": f"Bearer {self.token_file.read_text().strip()}"} if self.token_file else {}


def run(*arguments, code=0, **options):
    """Runs `teller ARGUMENTS`, expects that exit code, gives (stdout, stderr). What goes to a server takes its token along."""
    for address in [one for one in arguments if isinstance(one, Address) and one.token_file]:
        arguments += ("--token-file", address.token_file)
    done = subprocess.run([TELLER, *map(str, arguments)], capture_output=True, text=True, timeout=600, **options)
    assert done.returncode == code, (arguments, done.returncode, done.stdout[-2000:], done.stderr[-2000:])
    return done.stdout, done.stderr


def serve_again(home, log, url=None):
    """`teller serve` at the address that it had before, to which senders go on by themselves; gives the process and the address."""
    listen = (url or f"127.0.0.1:{free_port()}").removeprefix("http://")
    for _ in range(100):
        said = log.stat().st_size if log.exists() else 0
        with open(log, "ab") as events:
            process = subprocess.Popen([TELLER, "serve", "--home", home, "--listen", listen], stdout=subprocess.PIPE, stderr=events, text=True)
        if now := process.stdout.readline().strip():
            return process, now
        assert process.wait(timeout=60) == 3 and b"http.listen_failed" in log.read_bytes()[said:], log.read_text()
        # Somebody else has the port, and may have it for a moment only. Nobody knows the address yet at the first start.
        listen = listen if url else f"127.0.0.1:{free_port()}"
        time.sleep(0.1)
    raise AssertionError(log.read_text())


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
            if not {"--tokens", "--client-ca"} & set(more):
                url.token_file = pathlib.Path(home) / "token"
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


@pytest.fixture
def officers(tmp_path):
    return Officers(tmp_path, lambda *arguments: run(*arguments)[0])


@pytest.fixture
def home_of_officers(tmp_path, officers, new_home):
    """Of Little Rill's council, with two partitions; `officers` decide about it."""
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps(little_rill.RULES))
    return new_home(rules, "--partitions", 2, "--officers", officers.file)
