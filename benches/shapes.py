"""The service form in several shapes: executors, gateways and partitions (questions/service_shapes.py)."""

import contextlib
import dataclasses
import subprocess
import time

import costs
import servers
from ballots import Ballots
from measure import Clock


@dataclasses.dataclass
class Shape:
    executors: int
    gateways: int
    partitions: int

    def __str__(self):
        return f"{self.executors} executor{'s' * (self.executors > 1)}, {self.gateways} gateway{'s' * (self.gateways > 1)}, {self.partitions} part."


SHAPES = [Shape(2, 1, 1), Shape(2, 1, 2), Shape(2, 1, 4), Shape(2, 1, 6), Shape(2, 1, 12), Shape(1, 1, 4), Shape(2, 2, 4)]


def measured(ballots, folder, clock):
    """The answer of the last one; figures of each."""
    more, clocks = {}, []
    for number, shape in enumerate(SHAPES):
        given = Ballots(folder / f"ballots-{number}").make(ballots.truth()["size"], tables=False, init=("--partitions", shape.partitions))
        answer, recorded, counted = run(given, folder / f"shape-{number}", shape)
        if wrong := given.wrong_in(answer):
            raise RuntimeError(f"{shape}: {wrong}")
        more |= {f"{shape}: recorded/s": recorded, f"{shape}: counted/s": counted.ballots / counted.seconds}
        clocks.append(counted)
    clock.add_up(clocks)
    answer.more = more
    return answer


def run(ballots, folder, shape):
    """(answer, ballots a second recorded, the clock of the drain)"""
    name, clock = servers.own_name() + "-", Clock()
    servers.stack("kafka.sh", "allow", name)
    with contextlib.ExitStack() as kept:
        kept.callback(servers.stack, "kafka.sh", "forget", name)
        database, connect = kept.enter_context(servers.database())
        store = kept.enter_context(connect())
        count = servers.Count(ballots, folder, name, database)
        kept.callback(count.close)
        count.teller("topics", "create")
        ports = count.start_gateways(shape.gateways)
        files = shares(ballots, folder, ports)
        begin = time.perf_counter()
        loads = [subprocess.Popen(count.load(file, port), stdout=subprocess.DEVNULL) for file, port in zip(files, ports, strict=True)]
        ended = [load.wait() for load in loads]  # All of them, also if one fails.
        if any(ended):
            raise RuntimeError(f"{shape}: a load ended with an error")
        recorded = ballots.sent() / (time.perf_counter() - begin)
        counted = lambda: store.execute(servers.COUNTED).fetchone()[0]  # noqa: E731
        settled = lambda: sum(store.execute(servers.COUNTED).fetchone()) == ballots.sent()  # noqa: E731
        group = {"TELLER_SPARK_RECORDS_MAX": str(servers.group_of(ballots, servers.topic_records(count.entries)))}
        servers.drain(ballots, clock, lambda: count.start("count", "--conf", f"spark.cores.max={shape.executors}", **group), counted, settled)
        return servers.answer(ballots, store), recorded, clock


def shares(ballots, folder, ports):
    """A file for each, of the same number of packed batches; written before the clock starts."""
    if len(ports) == 1:
        return [ballots.packed]
    files = [folder / f"share-{port}.packed" for port in ports]
    with contextlib.ExitStack() as kept:
        outs = [kept.enter_context(open(file, "wb")) for file in files]
        for number, (_, body) in enumerate(costs.bodies(ballots.packed)):
            outs[number % len(outs)].write(body)
    return files
