"""The tests of this folder look at a stack that runs; without one they say so and end."""

import pathlib

import pytest

from running_stack import CA, STATE


@pytest.fixture(scope="session", autouse=True)
def _a_stack_runs():
    if not pathlib.Path(CA).exists():
        pytest.exit(f"no stack in {STATE}: run stack/stack.sh start", returncode=3)
