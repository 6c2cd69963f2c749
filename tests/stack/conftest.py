"""The tests of this folder look at a stack that runs; without one they say so and end. `ours` are processes beside it."""

import hashlib
import pathlib
import secrets
import signal
import socket
import subprocess
import time

import pytest

from running_stack import API, CA, GATEWAY, LOG, ROOT, SECRETS, SERVE, STATE, TELLER, own_config, stack


@pytest.fixture(scope="session", autouse=True)
def _a_stack_runs():
    if not pathlib.Path(CA).exists():
        pytest.exit(f"no stack in {STATE}: run stack/stack.sh start", returncode=3)


def until_it_answers(number, log):
    deadline = time.monotonic() + 120
    while True:
        try:
            socket.create_connection(("127.0.0.1", number), timeout=5).close()
            return
        except OSError:
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)


def run(*command):
    subprocess.run([*map(str, command)], check=True, capture_output=True)


@pytest.fixture(scope="session")
def ours(tmp_path_factory):
    """A count of its own on the stack's servers: a gateway, a `teller api` and a `teller log serve`; and two `teller serve` with TLS, of which
    one knows certificates and the other tokens.
    """
    folder = tmp_path_factory.mktemp("ours")
    rules = ROOT / "tests/vectors/rules.json"
    for name in ("certificates", "tokens"):
        run(TELLER, "init", "--home", folder / name, "--rules", rules, "--mode", "test", "--partitions", 1)
    token = secrets.token_hex(32)
    (folder / "known.tokens").write_text(f"{hashlib.sha256(token.encode()).hexdigest()} station\n")
    (folder / "known.tokens").chmod(0o600)
    database = "refusals" + secrets.token_hex(3)
    prefix = database + "-"
    (folder / "teller.toml").write_text(own_config(folder / "certificates", folder, prefix, database, GATEWAY, API))
    stack("kafka.sh", "allow", prefix)
    stack("postgres.sh", "database", database)
    run(TELLER, "init", "--config", folder / "teller.toml", "--rules", rules)
    run(TELLER, "topics", "create", "--config", folder / "teller.toml")
    with_tls = ["--certificate", SECRETS / "server.crt", "--key", SECRETS / "server.key"]
    commands = {
        GATEWAY: ["gateway", "--config", folder / "teller.toml"],
        API: ["api", "--config", folder / "teller.toml"],
        SERVE: ["serve", "--home", folder / "certificates", "--listen", f"127.0.0.1:{SERVE}", *with_tls, "--client-ca", CA],
        SERVE + 1: ["serve", "--home", folder / "tokens", "--listen", f"127.0.0.1:{SERVE + 1}", *with_tls, "--tokens", folder / "known.tokens"],
        LOG: ["log", "serve", "--config", folder / "teller.toml", "--listen", f"127.0.0.1:{LOG}"],
    }
    running = []
    for number, command in commands.items():
        log = folder / f"{number}.log"
        running.append(subprocess.Popen([TELLER, *map(str, command)], stdout=log.open("wb"), stderr=subprocess.STDOUT))
        until_it_answers(number, log)
    yield {"token": token, "config": folder / "teller.toml", "folder": folder, "home": folder / "certificates"}
    for process in running:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
    stack("postgres.sh", "drop-database", database)
