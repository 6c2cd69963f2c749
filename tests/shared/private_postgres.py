"""A PostgreSQL that tests throw away, reachable through a Unix socket and nothing else (tests/postgres_fixture.sh)."""

import contextlib
import os
import pathlib
import subprocess
import tempfile

SCRIPT = pathlib.Path(__file__).resolve().parents[1] / "postgres_fixture.sh"


@contextlib.contextmanager
def private_postgres(name):
    """Gives the folder of its socket, whose path must be short."""
    folder = pathlib.Path(tempfile.gettempdir()) / f"teller-{name}-{os.getpid()}"
    subprocess.run([SCRIPT, "start", folder], check=True, timeout=120)
    try:
        yield folder
    finally:
        subprocess.run([SCRIPT, "stop", folder], check=True, timeout=60)


def sql(server, database, text):
    command = ["psql", "-X", "-At", "-v", "ON_ERROR_STOP=1", "-h", server, "-U", "postgres", "-d", database, "-c", text]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout


def new_database(server, name, template="template0"):
    sql(server, "postgres", f"create database {name} owner teller_owner template {template}")


def drop_database(server, name):
    sql(server, "postgres", f"drop database if exists {name} with (force)")


def write_config(file, server, database, home):
    """The teller.toml of a count whose store is that database, and whose files are all in its home."""
    file.write_text(f'[count]\nhome = "{home}"\n[postgres]\nconninfo = "host={server} dbname={database}"\npassfiles = "{file.parent}"\n')
    return file
