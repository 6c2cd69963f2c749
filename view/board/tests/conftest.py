"""Fixtures of the board's tests."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import tempfile

import psycopg
import pytest
import streamlit as st

TESTS = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(TESTS.parent), str(TESTS)]

import fixture  # noqa: E402


@pytest.fixture(autouse=True)
def fresh_reader():
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("TELLER_BOARD_URL", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="module")
def postgres():
    """A socket folder of a PostgreSQL of our own that holds fixture.small_and_reconciled()."""
    script = fixture.TREE / "tests/postgres_fixture.sh"
    folder = pathlib.Path(tempfile.gettempdir()) / f"teller-board-{os.getpid()}"  # A socket's path must be short.
    try:
        subprocess.run([script, "start", folder], check=True, timeout=120)
        with psycopg.connect(f"host={folder} user=postgres dbname=postgres", autocommit=True) as database:
            database.execute("create database teller owner teller_owner")
        with psycopg.connect(f"host={folder} user=postgres dbname=teller", autocommit=True) as database:
            database.execute("create schema teller authorization teller_owner")
        fixture.write_postgres(fixture.small_and_reconciled(), f"host={folder} dbname=teller user=teller_owner")
        yield folder
    finally:
        subprocess.run([script, "stop", folder], check=True, timeout=60)
