"""What each sender may send, on the servers: a gateway and an inbox hold their senders to the file of [gateway], a `teller api` to that of
[api]. Nothing has to be counted for it, so no Spark job runs.
"""

import json
import pathlib
import sys
import time
import uuid

import pytest

import little_rill

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from service import SECRETS, Service, consumer, offsets, run, teller  # noqa: E402
from test_both_forms import produce  # noqa: E402

MILL, SCHOOL = "mill", "school"
PLACES = [{"id": one, "name": one, "kind": "polling-place", "parent": "rill"} for one in (MILL, SCHOOL)]
LIMITS = f"""teller = "senders/1"
others = "nothing"
[[sender]]
name = "station"
units = ["{MILL}"]
entries_per_s = 5
burst = 20
[[sender]]
name = "inbox"
units = ["{SCHOOL}"]
"""


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    folder = tmp_path_factory.mktemp("limits")
    (folder / "rules.json").write_text(json.dumps(little_rill.rules_of(units=little_rill.HALL + PLACES)))
    teller("init", "--home", folder / "embedded", "--rules", folder / "rules.json", "--mode", "test", "--partitions", 2)
    service = Service(folder / "embedded", folder)
    (folder / "senders.toml").write_text(LIMITS)
    right = service.config.read_text()
    service.config.write_text(right.replace("[gateway]\n", '[gateway]\nsender_limits = "senders.toml"\n'))
    assert service.config.read_text() != right
    try:
        for name in ("gateway", "inbox"):
            service.start(name)
        service.wait_for_gateway()
        yield service
    finally:
        service.close()


def write_ballots(service, name, units):
    count = json.loads((service.home / "count.json").read_text())["id"]
    file = service.folder / name
    file.write_text("".join(json.dumps(little_rill.ballot(count, str(uuid.uuid4()), ["ada"], unit=unit)) + "\n" for unit in units))
    return file


def recorded(service):
    with consumer() as reader:
        return sum(offsets(reader, service.prefix + "entries", n)[1] for n in range(2))


def test_a_gateway_refuses_another_unit_by_line_and_takes_its_neighbours(service):
    sent = write_ballots(service, "mixed.ndjson", [MILL, SCHOOL, MILL])
    told = json.loads(teller(*service.load(sent, "--json"), code=1).stdout)
    assert (told["recorded"], told["refused_total"]) == (2, 1), told
    assert "sender.unit_not_yours" in json.dumps(told)


def test_a_gateway_answers_too_many_a_second_with_429_and_who_loads_waits(service):
    sent = write_ballots(service, "many.ndjson", [MILL] * 60)
    url = f"https://localhost:{service.port}/v1/entries"
    keys = ("--cacert", SECRETS / "ca.crt", "--cert", SECRETS / "station.crt", "--key", SECRETS / "station.key")
    post = ("curl", "-sS", "-o", service.folder / "answer", "-w", "%{http_code}", "-H", "Content-Type: application/x-ndjson")
    # A body larger than the burst is taken whole when the burst is; then it is the second one that is too much.
    codes = [run(*post, *keys, "--data-binary", f"@{sent}", url).stdout]
    if codes == ["200"]:
        codes.append(run(*post, *keys, "--data-binary", f"@{sent}", url).stdout)
    assert codes[-1] == "429", codes
    assert json.loads((service.folder / "answer").read_text())["error"]["code"] == "sender.too_fast"
    told = json.loads(teller(*service.load(sent, "--json")).stdout)
    assert (told["recorded"], told["refused_total"]) == (60, 0), told


def test_the_inbox_is_a_sender_too(service):
    before = recorded(service)
    produce(service.prefix + "inbox", write_ballots(service, "inbox.ndjson", [SCHOOL, MILL, SCHOOL]))
    deadline = time.monotonic() + 120
    while len(refused := json.loads(teller("incidents", "--refused", "--config", service.config, "--format", "json").stdout)) < 1:
        assert time.monotonic() < deadline, service.logs()
        time.sleep(0.2)
    assert [one["code"] for one in refused] == ["sender.unit_not_yours"], refused
    while recorded(service) == before:
        assert time.monotonic() < deadline, service.logs()
        time.sleep(0.2)


def test_no_process_of_the_servers_takes_a_file_that_it_cannot_keep(service):
    wrong = service.folder / "places.toml"
    right = service.config.read_text()
    wrong.write_text(LIMITS + "voting_place = true\n")
    config = service.folder / "wrong.toml"
    config.write_text(right.replace("senders.toml", wrong.name).replace("[api]\n", f'[api]\nsender_limits = "{wrong.name}"\n'))
    for program in (["gateway"], ["gateway", "--inbox"], ["api"]):
        said = teller(*program, "--config", config, code=2).stderr
        assert "sender.limits_invalid" in said and "voting_place" in said, said
