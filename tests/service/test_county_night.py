"""A county's night (tests/shared/county_night.py) on the servers: each clerk delivers to a `teller api` of its own, and one of the two
is killed.

Needs the stack, and room for one Spark job.
"""

import json
import pathlib
import sys
import time

import pytest

from county_night import RULES, Night, became, rows_of

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from service import SECRETS, TELLER, Service, teller  # noqa: E402


class OnTheServers:
    APIS = {"north": "api", "southern": "api-2"}

    def __init__(self, folder):
        (folder / "rules.json").write_text(json.dumps(RULES))
        teller(
            "init", "--home", folder / "embedded", "--rules", folder / "rules.json", "--mode", "test", "--partitions", 2, "--step-interval-ms", 200
        )
        (folder / "service").mkdir()
        self.service = Service(folder / "embedded", folder / "service")
        self.where = ("--config", self.service.config)
        for name in ("api", "api-2", "count", "publish"):
            self.service.start(name)
        for clerk in self.APIS:
            self.wait_for(clerk)

    def port(self, clerk):
        return self.service.api_port + (self.APIS[clerk] == "api-2")

    def wait_for(self, clerk):
        self.service.wait_for_gateway(self.port(clerk))

    def kill(self, clerk):
        self.service.kill(self.APIS[clerk])
        self.service.start(self.APIS[clerk])

    def to(self, clerk):
        with_certificate = ("--ca", SECRETS / "ca.crt", "--certificate", SECRETS / "clerk.crt", "--key", SECRETS / "clerk.key")
        return ("--to", f"https://localhost:{self.port(clerk)}", *with_certificate)

    @staticmethod
    def program(*arguments):
        return [TELLER, *arguments]

    @staticmethod
    def run(*arguments, code=0):
        return teller(*arguments, code=code).stdout


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    folder = tmp_path_factory.mktemp("night")
    form = OnTheServers(folder)
    try:
        night, began = Night(folder, form), time.monotonic()
        night.play()
        print(f"30 deliveries in {time.monotonic() - began:.1f} s")
        yield night
    except BaseException:
        print(form.service.logs())
        raise
    finally:
        form.service.close()


def test_it_ends_in_the_figures_of_the_last_deliveries(night):
    night.must_have_ended_in_the_last_figures()
    night.form.run("verify", *night.form.where)


def test_the_history_of_every_sheet_can_be_read(night):
    night.must_tell_the_history_of_every_sheet()


def test_what_was_delivered_is_kept_where_it_was_taken(night):
    kept = sorted((night.form.service.home / "deliveries").glob("*.ndjson"))
    assert len(kept) == len(night.listed())


def test_a_feed_delivers_to_an_api(night):
    """Figures that fall, and a file of which a sheet is held: it stands in the record, and in the feed's summary."""
    folder = night.folder / "incoming"
    folder.mkdir()
    for name, figures in (("a.csv", {"P6": (7000, 50)}), ("b.csv", {"P6": (6999, 50)}), ("c.csv", {"P6": (7001, 50), "P7": (7002, 50)})):
        (folder / name).write_text(rows_of(figures).replace(",7002\n", ",7oo2\n"))
    feed = ("feed", folder, "--mapping", night.folder / "rill.toml", "--source", "north", *night.form.to("north"), "--once", "--json")
    *told, last = map(json.loads, night.form.run(*feed, code=1).splitlines())
    assert [(one["file"], became(one["report"])) for one in told] == [
        ("a.csv", {"updated": 1}),
        ("b.csv", {"updated": 1}),
        ("c.csv", {"updated": 1, "held": 1}),
    ]
    assert (last["summary"]["falls"], list(last["summary"]["not_whole"])) == (1, ["c.csv"]), last
    held = [one for one in night.sheet("P7")["not_taken"] if one["became"] == "held"]
    assert len(held) == 1 and "7oo2" in held[0]["detail"], held

    (folder / "c.csv").write_text(rows_of({"P6": (7001, 50), "P7": (7002, 50)}))
    *_, last = map(json.loads, night.form.run(*feed).splitlines())
    assert (last["summary"]["deliveries"], last["summary"]["again"], last["summary"]["all_well"]) == (1, 2, True), last
    assert [night.figures_of(night.versions_of(unit)[-1]) for unit in ("P6", "P7")] == [(7001, 50), (7002, 50)]


def test_a_station_learns_from_an_api_what_became_of_what_a_gateway_has_recorded(night):
    """The next version of P1 by another way than a delivery; a gateway knows nothing of it, and the history tells that it came."""
    service = night.form.service
    service.start("gateway")
    service.wait_for_gateway()
    version = night.versions_of("P1")[-1]["version"] + 1
    place = {"count": json.loads((service.home / "count.json").read_text())["id"], "unit": "Rill/P1", "method": "all", "contest": "Mayor"}
    sheets = [{"kind": "sheet", **place, "version": version, "votes": {"Ada Moss": votes}} for votes in (7, 8)]
    (night.folder / "sheets.ndjson").write_text("\n".join(map(json.dumps, sheets)))
    load = service.load(night.folder / "sheets.ndjson", "--in-order", "--json")
    assert not json.loads(teller(*load).stdout)["followed"]
    told = json.loads(teller(*load, "--outcomes-at", night.form.to("north")[1], code=1).stdout)
    assert (told["followed"], told["counted_or_copy"], told["conflict"], told["waiting"]) == (True, 1, 1, 0)
    last = night.versions_of("P1")[-1]
    assert (last["version"], last["brought_by"], last["now"]) == (version, None, "stands")


def test_what_stands_for_a_unit_is_withdrawn_through_an_api(night):
    before = night.versions_of("P7")[-1]
    assert before["now"] == "stands"
    away = ("withdraw", "--unit", "P7", "--reason", "keyed to the wrong precinct", "--json")
    told = json.loads(night.form.run(*away, *night.form.to("southern")))
    assert became(told) == {"withdrawn": 1} and told["sheets"][0]["version"] == before["version"] + 1
    last = night.versions_of("P7")[-1]
    assert (last["act"], last["reason"], last["now"]) == ("withdrawal", "keyed to the wrong precinct", "stands")
    night.form.run("verify", *night.form.where)
    night.form.run(*away, *night.form.to("north"), code=2)  # Nothing stands any more.
