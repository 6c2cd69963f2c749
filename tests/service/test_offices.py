"""A county's election and a union's, each from setup to certificate with kills in between (tests/shared/county_office.py, union_office.py), on the
servers: all four processes are killed at once.

Needs the stack, and room for one Spark job.
"""

import json
import pathlib
import sys
import time

import pytest
from confluent_kafka import KafkaException

from county_office import County
from office import played
from union_office import Union

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from service import SECRETS, TELLER, Service, teller  # noqa: E402

PROCESSES = ("gateway", "api", "count", "publish")


def with_certificate(name):
    return ("--ca", SECRETS / "ca.crt", "--certificate", SECRETS / f"{name}.crt", "--key", SECRETS / f"{name}.key")


class OnTheServers:
    imports_ballots = False  # A gateway takes entries alone, and `teller api` nothing before the close.
    conflicts_end_with = 0  # A gateway says that it is recorded.

    def __init__(self, folder):
        self.folder, self.service, self.home = folder, None, None

    def begin(self, rules, *options):
        made = self.folder / "embedded"
        teller("init", "--home", made, "--rules", rules, "--mode", "live", "--partitions", 2, "--step-interval-ms", 200, *options)
        self.held_back = "after_close" in options
        self.import_key = made / "import.key"
        (self.folder / "service").mkdir()
        self.service = Service(made, self.folder / "service")
        self.home, self.where = self.service.home, ("--config", self.service.config)
        self.sends = ("--to", f"https://localhost:{self.service.port}", *with_certificate("station"), "--no-wait")
        self.clerk = self.person = ("--to", f"https://localhost:{self.service.api_port}", *with_certificate("clerk"))
        self.start()

    def start(self):
        for name in PROCESSES:
            self.service.start(name)
        for port in (self.service.port, self.service.api_port):
            self.service.wait_for_gateway(port)

    def kill(self):
        for name in PROCESSES:
            self.service.kill(name)
        self.start()

    def stop(self):
        for name in PROCESSES:
            self.service.stop(name)

    def taken(self):
        if not self.service:
            return None
        try:
            return self.service.ends()
        except KafkaException as wrong:
            if wrong.args[0].name() not in ("UNKNOWN_TOPIC_OR_PART", "_UNKNOWN_TOPIC", "_UNKNOWN_PARTITION"):
                raise
            return "the topics are gone"

    def settle(self):
        service, untold = self.service, ("setup", "open") if self.held_back else ()
        # As long as nothing is told, readers have nothing that could be held against the store.
        deadline = time.monotonic() + 300
        while service.positions() != service.ends():
            assert time.monotonic() < deadline, service.logs()
            time.sleep(0.2)
        if json.loads(teller("decide", "list", *self.where, "--json").stdout)["stage"] not in untold:
            service.settled()

    def close(self):
        if self.service:
            self.service.close()

    def logs(self):
        return self.service.logs() if self.service else ""

    @staticmethod
    def program(*arguments):
        return [TELLER, *arguments]

    def run(self, *arguments, code=0):
        done = teller(*arguments, code=code)
        if arguments[0] == "retire":
            self.service.until_its_topics_are_gone()
        return done.stdout

    @staticmethod
    def said(*arguments, code=0):
        return teller(*arguments, code=code).stderr


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    folder = tmp_path_factory.mktemp("county")
    yield from played(County, folder, OnTheServers(folder))


@pytest.fixture(scope="module")
def union(tmp_path_factory):
    folder = tmp_path_factory.mktemp("union")
    yield from played(Union, folder, OnTheServers(folder))


def test_a_county_ends_in_the_expected_totals(county):
    county.must_have_ended_in_the_expected_totals()


def test_a_county_has_every_document_signed(county):
    county.must_have_filed_every_document()


def test_a_county_has_the_history_of_each_sheet_and_every_decision(county):
    county.must_have_filed_the_history_of_each_sheet()
    county.must_have_filed_every_decision()


def test_a_union_ends_in_the_expected_totals(union):
    union.must_have_ended_in_the_expected_totals()


def test_a_union_has_every_document_signed(union):
    union.must_have_filed_every_document()


def test_a_union_has_told_no_small_number(union):
    union.must_not_have_told_small_numbers()
