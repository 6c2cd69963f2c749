"""What each file of the board may know, so that numbers, pages and databases stay apart."""

from __future__ import annotations

import re

import pytest

from support import BOARD

FILES = {path.name: path.read_text(encoding="utf-8") for path in BOARD.glob("*.py")}


@pytest.mark.parametrize(
    "package, where",
    [
        ("streamlit", {"app.py"}),
        ("psycopg", {"store.py"}),
        ("sqlalchemy", {"store.py", "views.py", "queries.py", "place_queries.py", "reader.py"}),
    ],
)
def test_a_package_is_known_where_it_is_used_and_nowhere_else(package, where):
    assert {name for name, text in FILES.items() if re.search(rf"^(import|from) {package}\b", text, re.M)} == where


def test_a_counter_is_known_by_its_name_and_not_by_the_number_of_its_slot():
    assert [name for name, text in FILES.items() if re.search(r"\b65[0-9]{3}\b", text)] == []
