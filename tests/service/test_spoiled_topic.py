"""A topic that is not what it was: the job ends with 3 and names it, and nothing more is counted. (One that was made again while no job
ran: tests/stack/test_count_job.py.)

Each test has a count of its own, with a few records in its topic. Needs the stack, and room for one Spark job.
"""

import json
import pathlib
import sys
import time

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient, NewPartitions, NewTopic

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from service import Service, as_admin, teller  # noqa: E402
from under_load import PARTITIONS, produce, rejected_record  # noqa: E402


class Counted:
    """A count whose topic has been counted up to its end. Entries that are rejected are looked at like any other."""

    def __init__(self, folder):
        teller("generate", "--write-rules", folder / "rules.json", "--contests", 1, "--units", 2, "--seed", 41)
        teller("init", "--home", folder / "made", "--rules", folder / "rules.json", "--mode", "test", "--partitions", PARTITIONS)
        self.service = Service(folder / "made", folder)
        self.id = bytes.fromhex(json.loads((folder / "made/count.json").read_text())["id"])
        self.topic = self.service.prefix + "entries"
        self.admin = AdminClient(as_admin())
        self.produce(range(PARTITIONS))
        self.service.start("count")
        ends = self.service.ends()
        self.service.wait_for(lambda numbers: [one["position"] for one in numbers["partitions"]] == ends)

    def produce(self, partitions):
        produce(self.topic, [(partition, rejected_record(self.id, partition)) for partition in partitions])

    def picture(self):
        numbers = self.service.numbers()
        return numbers["recorded"], numbers["partitions"], teller("digest", "--config", self.service.config).stdout

    def stops_by_name(self, code, before):
        """The job ends with 3 and says why; nothing is counted."""
        job = self.service.processes.pop("count")
        assert job.wait(timeout=400) == 3
        assert code in self.service.said("count").strip().splitlines()[-1]
        assert self.picture() == before


@pytest.fixture
def counted(tmp_path):
    made = Counted(tmp_path)
    yield made
    made.service.close()


def done_with(futures):
    for future in futures.values():
        future.result(timeout=60)
    return True


def until(holds):
    deadline = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def made_again(counted):
    """The topic of this name is another one now, with as many records at the same offsets."""
    done_with(counted.admin.delete_topics([counted.topic]))
    until(lambda: counted.topic not in counted.admin.list_topics(timeout=10).topics)
    done_with(counted.admin.create_topics([NewTopic(counted.topic, PARTITIONS, 3)]))
    counted.produce([*range(PARTITIONS), *range(PARTITIONS)])


def test_an_expired_topic_stops_the_count_by_name(counted):
    counted.service.stop("count")
    before, ends = counted.picture(), counted.service.ends()
    counted.produce([1, 1, 1])
    done_with(counted.admin.delete_records([TopicPartition(counted.topic, 1, ends[1] + 2)]))
    counted.service.start("count")
    counted.stops_by_name("journal.expired", before)


def test_a_topic_that_has_grown_stops_the_count_by_name(counted):
    before = counted.picture()
    done_with(counted.admin.create_partitions([NewPartitions(counted.topic, PARTITIONS + 1)]))
    counted.stops_by_name("journal.partitions", before)


def test_a_topic_that_is_made_again_under_a_job_stops_it_by_name(counted):
    before = counted.picture()
    made_again(counted)
    counted.stops_by_name("journal.other", before)
