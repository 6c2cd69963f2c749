"""However many conflicts there are, readers are told of each: the publisher reads them in pages, and once stopped at 100,000.

The first pass of a publisher has all of them to tell, for it is started when everything is counted.
"""

import json
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from service import TREE, Service, run, teller  # noqa: E402

CONFLICTS = 101_000  # More than ten pages (incidents_a_page in src/store/each_incident.h).


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """Every ballot has come once more with other marks, and is counted."""
    folder = tmp_path_factory.mktemp("incidents")
    home, sent = folder / "embedded", folder / "sent.packed"
    teller("generate", "--write-rules", folder / "rules.json", "--contests", 1, "--units", 4, "--seed", 5)
    teller("init", "--home", home, "--rules", folder / "rules.json", "--mode", "test", "--partitions", 4)
    teller("generate", "--home", home, "--ballots", CONFLICTS, "--conflicts", 1, "--seed", 6, "--out", sent)
    run(TREE / "stack/teller.sh", "stop")  # The cluster has room for one job.
    service = Service(home, folder)
    try:
        for name in ("gateway", "count"):
            service.start(name)
        service.wait_for_gateway()
        told = json.loads(teller(*service.load(sent, "--json"), code=None).stdout)
        assert (told["recorded"], told["refused_total"]) == (2 * CONFLICTS, 0)
        numbers = service.wait_for(lambda numbers: numbers["recorded"] == 2 * CONFLICTS)
        assert (numbers["counted"], numbers["conflict"]) == (CONFLICTS, CONFLICTS)
        service.start("publish")
        service.wait_for(lambda numbers: service.indexed() == numbers["commit"])
        yield service
    finally:
        service.close()


def test_elasticsearch_has_every_conflict(service):
    assert service.search("incidents/_count?q=outcome:conflict")["count"] == CONFLICTS


def test_an_officer_is_shown_every_conflict(service):
    rows = json.loads(teller("inspect", "--config", service.config, "--incidents", "--json").stdout)["incidents"]
    assert len({(row["partition"], row["position"], row["index"]) for row in rows if row["outcome"] == "conflict"}) == CONFLICTS
