"""After kill -9 of a process of the stack, `stack.sh start` brings it back with what it had stored, and leaves the others alone.

Here are those that people look at, and the store; tests/service/test_kills.py kills all that count, under load.
Disturbs whoever uses the stack meanwhile: for some seconds, servers are away.
"""

import pytest

from running_stack import rows, stack

VICTIMS = ["postgres", "board", "superset"]


@pytest.fixture(scope="module")
def killed_and_started():
    before = rows()
    stack("postgres.sh", "sql", "-d", "postgres", "-c", "CREATE TABLE IF NOT EXISTS kept AS SELECT 7 AS n")
    for name in VICTIMS:
        stack("stack.sh", "kill", name)
    down = rows()
    stack("stack.sh", "start")
    return before, down, rows()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", VICTIMS)
def test_a_killed_process_comes_back(killed_and_started, name):
    before, down, after = killed_and_started
    assert (before[name], down[name], after[name]) == ("up", "gone", "up")


def test_the_others_were_left_alone(killed_and_started):
    before, _, after = killed_and_started
    assert {name: state for name, state in before.items() if state == "up"} == {name: state for name, state in after.items() if state == "up"}


def test_what_was_stored_is_there(killed_and_started):
    assert stack("postgres.sh", "sql", "-d", "postgres", "-Atc", "SELECT n FROM kept").strip() == "7"
