"""The store is only read, only through pub_* views, and both databases say the same."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

import fixture
from model import View
from reader import Reader
from store import engine_for, url_from_environment


def test_the_board_cannot_write_to_its_store(tmp_path):
    path = fixture.write_sqlite(fixture.small(), tmp_path / "store.sqlite")
    engine = engine_for(f"sqlite:///{path}")

    with pytest.raises(sa.exc.OperationalError, match="readonly"), engine.begin() as connection:
        connection.exec_driver_sql("delete from head")


def test_only_public_views_are_read(tmp_path):
    reader = Reader(f"sqlite:///{fixture.write_sqlite(fixture.small(), tmp_path / 'store.sqlite')}")
    asked: list[str] = []
    sa.event.listen(reader._engine, "before_cursor_execute", lambda c, cursor, statement, *_: asked.append(statement))

    reader.read(View())
    reader.read(View(place="tw/a", search="1", order="votes:lai"))
    reader.read(View(place="tw"))
    reader.read(View(show="search", search="1"))

    names = set(re.findall(r"(?:FROM|JOIN) (\w+)", " ".join(asked)))
    assert len(asked) > 12 and "pub_totals" in names
    assert all(name.startswith("pub_") or name == "below" for name in names)


@pytest.mark.parametrize(
    ("where", "known"),
    [
        ("passfiles", "passfile={0}/teller_reader.pgpass"),
        ("identities", "sslcert={0}/teller_reader.crt sslkey={0}/teller_reader.key"),
    ],
)
def test_the_url_comes_from_teller_toml_when_no_other_is_given(where, known, tmp_path, monkeypatch):
    monkeypatch.delenv("TELLER_BOARD_URL", raising=False)
    config = tmp_path / "teller.toml"
    config.write_text(f'[postgres]\nconninfo = "host=localhost port=25432 dbname=teller"\n{where} = "{tmp_path}"\n')
    monkeypatch.setenv("TELLER_CONFIG", str(config))

    said = url_from_environment()

    assert "user=teller_reader" in said and known.format(tmp_path) in said and "password" not in said


def test_postgresql_shows_what_sqlite_shows(postgres, tmp_path):
    views = [
        View(),
        View(place="tw/a"),
        View(search="介壽", order="votes:hou"),
        View(order="changed"),
    ]
    sqlite_reader = Reader(
        f"sqlite:///{fixture.write_sqlite(fixture.small_and_reconciled(), tmp_path / 'store.sqlite')}"
    )
    postgres_reader = Reader(f"postgresql+psycopg://teller_reader@/teller?host={postgres}")

    for view in views:
        there, here = postgres_reader.read(view), sqlite_reader.read(view)
        assert there.snapshot == here.snapshot is not None
        assert repr(there.snapshot) == repr(here.snapshot)  # A Decimal would be equal to its int.
        assert there.reconciled == here.reconciled is not None


def test_the_board_cannot_write_to_postgresql_and_libpq_words_open_it_too(postgres):
    engine = engine_for(f"host={postgres} dbname=teller user=teller_reader")

    with pytest.raises(sa.exc.DBAPIError, match="read-only transaction"), engine.begin() as connection:
        connection.exec_driver_sql("create temporary table x (y int)")
