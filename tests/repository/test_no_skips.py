"""Where TELLER_NO_SKIPS is set, a test that is skipped fails the run, unless tests/skips.toml has it with the reason that it gives."""

import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TESTS = """
import pytest

@pytest.mark.skipif(True, reason="no moon")
@pytest.mark.parametrize("one", [1])
def test_by_night(one):
    pass

def test_by_day():
    pass
"""


def ran(*arguments, **environment):
    """(exit code, lines that say what fails)"""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=os.environ | environment)
    return done.returncode, [line.removeprefix("FAILED ") for line in done.stdout.splitlines() if line.startswith("FAILED ")]


@pytest.fixture
def with_list(tmp_path):
    """with_list(text of skips.toml) runs the tests above under that list."""
    (tmp_path / "test_sky.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "conftest.py").write_text(
        "import pathlib, no_skips\n"
        "HERE = pathlib.Path(__file__).parent\n"
        "def pytest_configure(config):\n"
        "    config.pluginmanager.register(no_skips.Skips(HERE / 'skips.toml', HERE))\n"
    )

    def run(text):
        (tmp_path / "skips.toml").write_text(text)
        return ran(tmp_path, PYTHONPATH=str(ROOT / "tests/shared"))

    return run


def test_a_skip_that_is_on_the_list_with_its_reason_passes(with_list):
    assert with_list('"test_sky.py::test_by_night" = "no moon"') == (0, [])
    assert with_list('"test_sky.py::test_by_*" = "no moon"') == (0, [])


@pytest.mark.parametrize("text", ["", '"test_sky.py::test_by_day" = "no moon"', '"test_sky.py::test_by_night" = "clouds"'])
def test_any_other_skip_fails_the_run_and_is_named(with_list, text):
    assert with_list(text) == (1, ["test_sky.py::test_by_night[1] - skipped, and not in skips.toml: no moon"])


@pytest.mark.parametrize("gone", ["test_sky.py::test_at_dawn", "test_sea.py::test_by_night"])
def test_a_line_that_names_no_test_fails_the_run_and_is_named(with_list, gone):
    said = f"{gone} - is in skips.toml, and there is no such test"
    assert with_list(f'"test_sky.py::test_by_night" = "no moon"\n"{gone}" = "no moon"') == (1, [said])


def test_a_module_that_skips_itself_is_named(with_list, tmp_path):
    (tmp_path / "test_sea.py").write_text('import pytest\npytest.skip("no boat", allow_module_level=True)\n')
    assert with_list('"test_sky.py::test_by_night" = "no moon"') == (1, ["test_sea.py - skipped, and not in skips.toml: no boat"])


def test_the_tests_of_this_tree_are_held_to_its_list(tmp_path):
    (tmp_path / "test_sky.py").write_text(TESTS)
    where = ("-c", ROOT / "pytest.ini", "--rootdir", ROOT, tmp_path / "test_sky.py")
    assert ran(*where, TELLER_NO_SKIPS="") == (0, [])
    code, failed = ran(*where, TELLER_NO_SKIPS="1")
    assert code == 1 and [line.partition("::")[2] for line in failed] == ["test_by_night[1] - skipped, and not in skips.toml: no moon"]
    assert "\nexport TELLER_NO_SKIPS=1 " in (ROOT / "tests/run.sh").read_text()
