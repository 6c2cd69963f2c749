"""Where the board's store is, and how it is opened: read-only, each transaction one snapshot of the database."""

from __future__ import annotations

import os
import pathlib
import sqlite3
import tomllib
import urllib.parse
from typing import Any

import psycopg
import psycopg.conninfo
import sqlalchemy as sa

_POSTGRES = {
    "connect_timeout": 3,
    "options": "-c statement_timeout=5000 -c search_path=teller",
    "application_name": "teller board",
}


def engine_for(url: str) -> sa.Engine:
    """Opens `url` when something is read; SQLite's file read-only. Also takes libpq's own form, "host=… dbname=…"."""
    to_libpq: dict[str, Any] = {}
    if "://" not in url:
        conninfo, url = url, "postgresql+psycopg://"
        to_libpq["creator"] = lambda: psycopg.connect(conninfo, **_POSTGRES)
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        # Not kept open: a demo that starts again makes a new file under the same name.
        path = urllib.parse.quote(os.path.abspath(parsed.database or ""))
        connect = lambda: sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5, isolation_level=None)  # noqa: E731
        engine = sa.create_engine("sqlite://", creator=connect, poolclass=sa.NullPool)
        # Python's driver begins no transaction for a SELECT, and without one there is no snapshot.
        sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
        return engine
    return sa.create_engine(
        parsed,
        isolation_level="REPEATABLE READ",
        pool_size=2,
        max_overflow=0,
        pool_timeout=5,
        pool_pre_ping=True,
        pool_recycle=600,
        execution_options={"postgresql_readonly": True},
        **(to_libpq or {"connect_args": _POSTGRES}),
    )


def url_from_environment() -> str:
    """What to read: TELLER_BOARD_URL, else the PostgreSQL of TELLER_CONFIG's teller.toml; empty when neither is there.

    TELLER_BOARD_URL is an SQLAlchemy URL or a count's home. No password stands in it: libpq finds a certificate or a passfile.
    """
    value = os.environ.get("TELLER_BOARD_URL", "")
    if value and "://" not in value:
        return f"sqlite:///{pathlib.Path(value).absolute() / 'store.sqlite'}"
    if not value and (config := os.environ.get("TELLER_CONFIG")):
        postgres = tomllib.loads(pathlib.Path(config).read_text(encoding="utf-8"))["postgres"]
        role = "teller_reader"
        if "identities" in postgres:
            at = os.path.join(postgres["identities"], role)
            known = {"sslcert": f"{at}.crt", "sslkey": f"{at}.key"}
        else:
            known = {"passfile": os.path.join(postgres["passfiles"], f"{role}.pgpass")}
        return psycopg.conninfo.make_conninfo(postgres["conninfo"], user=role, **known)
    return value
