"""Where the running stack is: its folder, its ports (stack/settings.env, as the scripts read it) and its secrets.

The tests of this folder look at a stack that runs (stack/stack.sh start); they change nothing that a count needs.
"""

import os
import pathlib
import subprocess

from stack_settings import settings

ROOT = pathlib.Path(__file__).resolve().parents[2]
STATE = pathlib.Path(os.environ.get("TELLER_STATE", ROOT / ".stack"))
SECRETS = STATE / "secrets"
TELLER = ROOT / "build/release/teller"
CA = str(SECRETS / "ca.crt")


SETTINGS = settings()


def port(name):
    return int(SETTINGS[name])


# Of the processes that conftest.py starts beside the stack; SERVE + 1 is another `teller serve`, LOG + 1 an inbox (test_producers.py).
GATEWAY, SERVE, LOG, API = (port("GATEWAY_PORT") + more for more in (15, 16, 18, 20))


def kafka_port(node, listener):
    return port("KAFKA_PORT_BASE") + 100 * node + ("scram", "controller", "broker", "mtls").index(listener)


def secret(name):
    return (SECRETS / name).read_text().strip()


def postgres(role, database, **other):
    """A session as this account; `other` are further settings of psycopg."""
    import psycopg  # Not everybody who asks where the stack is has it.

    name = "superset-account" if role == "superset" else role
    given = {"sslcert": str(SECRETS / f"{name}.crt"), "sslkey": str(SECRETS / f"{name}.key")} | other
    return psycopg.connect(
        host="localhost",
        port=port("POSTGRES_PORT"),
        dbname=database,
        user=role,
        sslmode="verify-full",
        sslrootcert=CA,
        connect_timeout=20,
        autocommit=True,
        **given,
    )


def stack(script, *arguments):
    done = subprocess.run([ROOT / "stack" / script, *arguments], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def own_config(home, beside, prefix, database, gateway_port, api_port):
    """teller.toml of the stack, for another count on its servers: its `home`, the folder that its files lie in (`beside`), its topics
    (`prefix`), its database and the ports of its gateway and its API."""
    text = (STATE / "teller.toml").read_text()
    topics = [(f'{topic} = "{topic}"', f'{topic} = "{prefix}{topic}"') for topic in ("entries", "inbox", "refused")]
    for old, new in (
        (f'"{STATE}/count"', f'"{home}"'),
        (f'"{STATE}/count/', f'"{beside}/'),
        *topics,
        ("dbname=teller ", f"dbname={database} "),
        (f':{port("GATEWAY_PORT")}"', f':{gateway_port}"'),
        (f':{port("API_PORT")}"', f':{api_port}"'),
    ):
        assert old in text, old
        text = text.replace(old, new)
    return text


def rows():
    """The table of stack.sh status: name -> state."""
    lines = stack("stack.sh", "status").splitlines()[1:-1]
    return {line.split()[0]: line.split(maxsplit=4)[4] for line in lines}
