"""A county's election and a union's, each from setup to certificate with kills in between (tests/shared/county_office.py, union_office.py), in
the embedded form."""

import os
import signal
import subprocess

import pytest

from conftest import TELLER, serve_again
from county_office import County
from office import played
from union_office import Union


class Embedded:
    imports_ballots = True
    conflicts_end_with = 1  # `teller load` is told what became of what it sent.

    def __init__(self, folder):
        self.folder, self.home = folder, folder / "home"
        self.where = ("--home", self.home)
        self.process, self.url = None, None

    def begin(self, rules, *options):
        self.run("init", "--home", self.home, "--rules", rules, "--mode", "live", "--partitions", 2, *options)
        self.import_key = self.home / "import.key"
        self.start()
        self.person = ("--to", self.url)
        self.sends = self.clerk = (*self.person, "--token-file", self.home / "token")

    def start(self):
        self.process, self.url = serve_again(self.home, self.folder / "serve.log", self.url)

    def taken(self):
        return None  # All of it is in the home.

    def kill(self):
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.start()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=60) == 0, (self.folder / "serve.log").read_text()

    def settle(self):
        self.stop()  # At the end all that can be counted is counted, and stated.
        self.start()

    def close(self):
        if self.process:
            self.process.kill()
            self.process.wait()

    def logs(self):
        log = self.folder / "serve.log"
        return log.read_text() if log.exists() else ""

    @staticmethod
    def program(*arguments):
        return [TELLER, *arguments]

    @staticmethod
    def ask(*arguments, code=0):
        done = subprocess.run([TELLER, *map(str, arguments)], capture_output=True, text=True, timeout=600)
        assert code is None or done.returncode == code, (arguments, done.returncode, done.stdout[-2000:], done.stderr[-2000:])
        return done

    def run(self, *arguments, code=0):
        return self.ask(*arguments, code=code).stdout

    def said(self, *arguments, code=0):
        return self.ask(*arguments, code=code).stderr


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    folder = tmp_path_factory.mktemp("county")
    yield from played(County, folder, Embedded(folder))


@pytest.fixture(scope="module")
def union(tmp_path_factory):
    folder = tmp_path_factory.mktemp("union")
    yield from played(Union, folder, Embedded(folder))


def test_a_county_ends_in_the_expected_totals(county):
    county.must_have_ended_in_the_expected_totals()


def test_a_county_has_every_document_signed(county):
    county.must_have_filed_every_document()


def test_a_county_has_the_history_of_each_sheet(county):
    county.must_have_filed_the_history_of_each_sheet()


def test_a_county_has_every_decision(county):
    county.must_have_filed_every_decision()


def test_a_union_ends_in_the_expected_totals(union):
    union.must_have_ended_in_the_expected_totals()


def test_a_union_has_every_document_signed(union):
    union.must_have_filed_every_document()


def test_a_union_has_told_no_small_number(union):
    union.must_not_have_told_small_numbers()
