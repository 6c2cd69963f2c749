"""A test that is skipped has shown nothing. Where TELLER_NO_SKIPS is set (tests/run.sh), only those of tests/skips.toml may be: any other
ends the run as a failure that names it, and so does a line of that list which no test answers to any more.

A plugin of pytest (pytest.ini), for it is one thing for all folders and each of them has a conftest.py of its own.
"""

import ast
import fnmatch
import os
import pathlib
import tomllib

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIST = ROOT / "tests/skips.toml"


def matches(name, pattern):
    return fnmatch.fnmatchcase(name, pattern)


def without_parameters(test):
    return test.partition("[")[0]


def reason_of(report):
    """What the test itself said of it; of one that is expected to fail, that."""
    if hasattr(report, "wasxfail"):
        return f"expected to fail: {report.wasxfail}"
    return report.longrepr[2].removeprefix("Skipped: ")


def tests_of(file):
    return [node.name for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.FunctionDef)]


def nothing_answers_to(pattern, root):
    path, _, name = pattern.partition("::")
    file = root / path
    return not file.is_file() or not any(matches(one, name) for one in tests_of(file))


class Skips:
    def __init__(self, file, root):
        self.allowed = tomllib.loads(file.read_text())
        self.wrong = [f"{pattern} - is in {file.name}, and there is no such test" for pattern in self.allowed if nothing_answers_to(pattern, root)]

    def told(self, report):
        test, reason = without_parameters(report.nodeid), reason_of(report)
        if not any(matches(test, pattern) and reason == allowed for pattern, allowed in self.allowed.items()):
            self.wrong.append(f"{report.nodeid} - skipped, and not in {LIST.name}: {reason}")

    def pytest_runtest_logreport(self, report):
        if report.skipped:
            self.told(report)

    def pytest_collectreport(self, report):
        if report.skipped:
            self.told(report)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session, exitstatus):
        if self.wrong and exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter):
        for line in self.wrong:
            terminalreporter.write_line(f"FAILED {line}", red=True)


def pytest_configure(config):
    if os.environ.get("TELLER_NO_SKIPS"):
        config.pluginmanager.register(Skips(LIST, ROOT), "teller-skips")
