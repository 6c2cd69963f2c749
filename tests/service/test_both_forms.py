"""The same entries through both forms, and an independent count of the generator's own list, agree.

200,000 ballots (TELLER_FORMS_BALLOTS; a million in tests/long.sh) with 1 % duplicates, 0.1 % conflicts and 0.1 % invalid: one half packed over
HTTPS, the other as JSON, in the service through the inbox from a plain Python client. A second copy comes behind its
first in the same way. On the way the Spark driver is killed with -9 and started again.
"""

import csv
import json
import os
import pathlib
import signal
import subprocess
import sys

import pytest
from confluent_kafka import Producer, TopicPartition

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from service import SECRETS, TELLER, TREE, Service, consumer, offsets, run, settings, teller  # noqa: E402

BALLOTS = int(os.environ.get("TELLER_FORMS_BALLOTS", 200_000))


class Sent:
    """What is sent: part 1 packed, part 2 as JSON, and what a count of the list by SQL alone says of them."""

    def __init__(self, folder):
        self.home = folder / "embedded"
        rules = folder / "rules.json"
        teller("generate", "--write-rules", rules, "--contests", 3, "--units", 200, "--ranked", 1, "--seed", 11)
        teller("init", "--home", self.home, "--rules", rules, "--mode", "test", "--partitions", 4)
        shares = ("--ballots", BALLOTS, "--seed", 12, "--duplicates", 0.01, "--conflicts", 0.001, "--invalid", 0.001, "--parts", 2)
        rows = []
        for form, part in (("packed", "0"), ("ndjson", "1")):
            truth = folder / f"truth-{form}.csv"
            teller("generate", "--home", self.home, *shares, "--format", form, "--truth", truth, "--out", folder / f"sent.{form}")
            with open(truth, newline="") as file:
                reader = csv.reader(file)
                head = next(reader)
                rows += [row for row in reader if row[0] == part]
        self.packed, self.json = folder / "sent.1.packed", folder / "sent.2.ndjson"
        truth = folder / "truth.csv"
        with open(truth, "w", newline="") as file:
            csv.writer(file).writerows([head, *rows])
        self.outcomes, self.totals, self.refused = {}, {}, {"0": 0, "1": 0}
        for line in csv.reader(run(TREE / "tests/truth.sh", truth).stdout.splitlines()):
            if line[0] == "outcome":
                self.outcomes[line[1]] = self.outcomes.get(line[1], 0) + int(line[3])
            elif line[0] == "total":
                self.totals[(line[1], line[2])] = int(line[3])
        for row in rows:
            if row[head.index("kind")] == "invalid":
                self.refused[row[0]] += 1


@pytest.fixture(scope="module")
def sent(tmp_path_factory):
    return Sent(tmp_path_factory.mktemp("sent"))


def totals_of(*where):
    """(contest, option or #counter) -> number, as `teller totals` says it."""
    told = json.loads(teller("totals", *where, "--format", "json").stdout)
    result = {}
    for contest in told["contests"]:
        for option in contest["by_option"]:
            result[(contest["contest"], option["option"])] = option["votes"]
        for counter, figure in contest["counters"].items():
            result[(contest["contest"], "#" + counter)] = figure["value"]
    return {key: value for key, value in result.items() if value}


def must_be_the_truth(sent, numbers, totals):
    for outcome in ("counted", "duplicate", "conflict"):
        assert numbers[outcome] == sent.outcomes.get(outcome, 0), outcome
    assert numbers["rejected"] == 0
    assert totals == {key: value for key, value in sent.totals.items() if value}


@pytest.fixture(scope="module")
def embedded(sent):
    """Everything through the embedded form; its digest."""
    with open(sent.home / "engine.log", "wb") as log:
        engine = subprocess.Popen([TELLER, "serve", "--home", sent.home, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=log, text=True)
        url = engine.stdout.readline().strip()
        try:
            for file in (sent.packed, sent.json):
                told = json.loads(teller("load", file, "--to", url, "--token-file", sent.home / "token", "--in-order", "--json", code=1).stdout)
                assert sum(told["refused"].values()) == sent.refused["0" if file == sent.packed else "1"]
        finally:
            engine.send_signal(signal.SIGTERM)
            assert engine.wait(timeout=300) == 0
    return teller("digest", "--home", sent.home).stdout.strip()


def test_the_embedded_form_agrees_with_a_count_by_sql_alone(sent, embedded):
    numbers = json.loads(teller("inspect", "--home", sent.home, "--json").stdout)
    must_be_the_truth(sent, numbers, totals_of("--home", sent.home))
    teller("verify", "--home", sent.home)


def client():
    port = int(settings()["KAFKA_PORT_BASE"])
    return {
        "bootstrap.servers": ",".join(f"localhost:{port + 100 * n}" for n in (1, 2, 3)),
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "producer",
        "sasl.password": (SECRETS / "kafka.producer").read_text().strip(),
        "ssl.ca.location": str(SECRETS / "ca.crt"),
    }


def produce(topic, file):
    """A plain client: one message a line, keyed by the entry's id, any partitioner."""
    producer = Producer({**client(), "enable.idempotence": True, "linger.ms": 20, "compression.type": "lz4"})
    failed = []
    lines = 0
    with open(file, "rb") as entries:
        for line in entries:
            try:
                key = json.loads(line).get("id", "")
            except (ValueError, AttributeError):
                key = ""
            while True:
                try:
                    producer.produce(
                        topic,
                        line.rstrip(b"\n"),
                        key=key if isinstance(key, str) else "",
                        on_delivery=lambda error, _: failed.append(error) if error else None,
                    )
                    break
                except BufferError:
                    producer.poll(0.5)
            lines += 1
            if lines % 1000 == 0:
                producer.poll(0)
    assert producer.flush(300) == 0
    assert not failed, failed[0]
    return lines


@pytest.fixture(scope="module")
def service(sent, tmp_path_factory):
    service = Service(sent.home, tmp_path_factory.mktemp("service"))
    yield service
    service.close()


def test_the_service_form_gives_the_same_digest_with_its_driver_killed_on_the_way(sent, embedded, service):
    for name in ("gateway", "inbox", "count", "publish"):
        service.start(name)
    service.wait_for_gateway()
    loading = subprocess.Popen(
        [TELLER, *map(str, service.load(sent.packed, "--in-order", "--json"))], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    service.wait_for(lambda numbers: numbers["counted"] > 0)
    service.kill("count")
    produce(service.prefix + "inbox", sent.json)
    service.start("count")
    told, said = loading.communicate(timeout=900)
    assert loading.returncode == 1, said
    assert sum(json.loads(told)["refused"].values()) == sent.refused["0"]

    all_of_them = sum(sent.outcomes.get(outcome, 0) for outcome in ("counted", "duplicate", "conflict"))
    numbers = service.wait_for(lambda numbers: numbers["recorded"] >= all_of_them)

    must_be_the_truth(sent, numbers, totals_of("--config", service.config))
    assert teller("digest", "--config", service.config).stdout.strip() == embedded
    teller("verify", "--config", service.config)


def test_what_the_inbox_refused_stands_in_its_topic_without_content(sent, service):
    topic = service.prefix + "refused"
    places = set()
    with consumer() as reader:
        low, high = offsets(reader, topic, 0, timeout=60)
        reader.assign([TopicPartition(topic, 0, low)])
        while len(places) < high - low:
            message = reader.poll(30)
            assert message is not None and not message.error()
            line = json.loads(message.value())
            assert set(line) == {"code", "partition", "offset", "sha256"}, line
            places.add((line["partition"], line["offset"]))
            if message.offset() == high - 1:
                break
    assert len(places) == sent.refused["1"]
