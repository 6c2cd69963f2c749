"""What a ballot costs in each process of the service form while ballots come at a pace (questions/service_costs.py)."""

import contextlib
import http.client
import json
import pathlib
import ssl
import subprocess
import threading
import time
from struct import unpack_from

import servers
from measure import cost_so_far, processes

PACE = 100_000_000 / 3600  # Ballots a second.
CONNECTIONS = 8
OWN = ("gateway", "count", "publish", "log")
# A part of the service, as people speak of it, and the servers of the stack that it is.
PARTS = {"brokers": "kafka", "executors": "spark", "PostgreSQL": "postgres", "Elasticsearch": "elasticsearch"}
NAMES = {"count": "driver", "log": "public log"}
WRITERS = "select count(*) from pg_stat_activity where datname = current_database() and usename = 'teller_writer'"
ROWS = "select sum(n_tup_ins + n_tup_upd + n_tup_del)::bigint from pg_stat_user_tables where schemaname = 'teller'"


def bodies(packed):
    """(entries, bytes) of each packed batch of a file."""
    data, at = packed.read_bytes(), 0
    while at < len(data):
        begin = at
        (entries,) = unpack_from("<I", data, at + 21)
        at += 25
        for _ in range(entries):
            at += 2 + unpack_from("<H", data, at)[0]
        at += 4  # The CRC.
        yield entries, data[begin:at]


class Station:
    """Sends bodies at their time, over connections that stay open; a body that is late is sent at once."""

    def __init__(self, port, work):
        self.port, self.work, self.failed = port, list(work), []
        self.context = ssl.create_default_context(cafile=servers.CA)
        self.context.load_cert_chain(servers.SECRETS / "station.crt", servers.SECRETS / "station.key")

    def send_all(self):
        """Seconds that it took."""
        ready = [self.connect() for _ in range(CONNECTIONS)]
        self.begin, self.sent, self.waiting, self.lock = time.monotonic(), 0, iter(self.work), threading.Lock()
        workers = [threading.Thread(target=self.run, args=[connection]) for connection in ready]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        if self.failed:
            raise RuntimeError(self.failed[0])
        return time.monotonic() - self.begin

    def connect(self):
        connection = http.client.HTTPSConnection("localhost", self.port, context=self.context, timeout=60)
        connection.connect()
        return connection

    def run(self, connection):
        with contextlib.closing(connection):
            while not self.failed:
                with self.lock:
                    entries, body = next(self.waiting, (0, b""))
                    due = self.begin + self.sent / PACE
                    self.sent += entries
                if not entries:
                    return
                time.sleep(max(0, due - time.monotonic()))
                try:
                    connection.request("POST", "/v1/entries", body, {"Content-Type": "application/vnd.teller.batch"})
                    answer = connection.getresponse()
                    said = json.loads(answer.read())
                    if said.get("recorded") != entries:
                        self.failed.append(f"{answer.status}: {said}")
                except (OSError, ValueError, http.client.HTTPException) as error:
                    self.failed.append(repr(error))


def search(path):
    user = f"board:{(servers.SECRETS / 'elastic.board').read_text().strip()}"
    url = f"https://localhost:{servers.port('ELASTICSEARCH_PORT')}/{path}"
    done = subprocess.run(["curl", "-s", "--cacert", servers.CA, "--config", "-", url], input=f'user = "{user}"', text=True, capture_output=True)
    return json.loads(done.stdout or "{}")


def indexed(count):
    """The commit that Elasticsearch shows; written last."""
    id = json.loads((count.home / "count.json").read_text())["id"][:8]
    return search(f"teller-{id}-head/_doc/head").get("_source", {}).get("commit_number", 0)


def counters(database):
    """Figures that only grow, of the whole machine or server."""
    nodes = search("_nodes/stats/indices/indexing,store").get("nodes", {}).values()
    wal = servers.stack("postgres.sh", "sql", "-Atc", "select (pg_current_wal_lsn() - '0/0')::bigint, pg_database_size('" + database + "')")
    lines = pathlib.Path("/proc/net/dev").read_text().splitlines()
    loopback = next(line.split() for line in lines if line.strip().startswith("lo:"))
    written, size = map(int, wal.strip().split("|"))
    return {
        "documents to Elasticsearch": sum(node["indices"]["indexing"]["index_total"] for node in nodes),
        "bytes kept: indices": sum(node["indices"]["store"]["size_in_bytes"] for node in nodes),
        "bytes kept: database": size,
        "bytes of PostgreSQL's WAL": written,
        "bytes between processes": int(loopback[1]),
    }


def bytes_in(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def resident(roots):
    """MiB, what is shared divided among its users."""
    kibibytes = 0
    for pid in processes(roots):
        with contextlib.suppress(OSError):
            lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            kibibytes += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return kibibytes / 1024


def measured(ballots, folder, clock):
    prefix = servers.own_name() + "-"
    servers.stack("kafka.sh", "allow", prefix)
    with contextlib.ExitStack() as kept:
        database, connect = kept.enter_context(servers.database())
        kept.callback(servers.stack, "kafka.sh", "forget", prefix)
        store = kept.enter_context(connect())
        count = servers.Count(ballots, folder, prefix, database)
        kept.callback(forget_indices, count)
        kept.callback(count.close)  # First of all these: a publisher would make its indices again.
        count.teller("topics", "create")
        for name in OWN:
            count.start(name)
        count.wait_for_gateway()
        station = Station(count.port, bodies(ballots.packed))
        warm_up(count, store, station)
        return run(ballots, count, station, store, database, clock)


def warm_up(count, store, station):
    """A first body, until it is counted and searched: executors, connections and indices are there then."""
    entries, body = station.work.pop(0)
    first = Station(count.port, [(entries, body)])
    first.send_all()
    wait(count, lambda: committed(store) and indexed(count) >= committed(store))


def wait(count, holds):
    give_up = time.monotonic() + 300
    while not holds():
        for process in count.processes.values():
            servers.alive(process)
        if time.monotonic() > give_up:
            raise RuntimeError("after five minutes not everything is counted and published")
        time.sleep(0.1)


def committed(store):
    """The last commit; 0 as long as nothing is counted."""
    return store.execute("select commit_number from teller.head").fetchone()[0]


def run(ballots, count, station, store, database, clock):
    parts = {NAMES.get(name, name): [process.pid] for name, process in count.processes.items()}
    parts |= {name: servers.pids(server) for name, server in PARTS.items()}
    clock.servers = [pid for server in PARTS.values() for pid in servers.pids(server)]
    before, rows, first = counters(database), store.execute(ROWS).fetchone()[0], recorded(store)
    kept, begun = bytes_kept(count), committed(store)
    with clock:
        spent = {name: cost_so_far(pids) for name, pids in parts.items()}
        sending = station.send_all()
        wait(count, lambda: recorded(store) >= ballots.sent() and indexed(count) >= committed(store))
        spent = {name: [now - then for now, then in zip(cost_so_far(pids), spent[name], strict=True)] for name, pids in parts.items()}
    sent = ballots.sent() - first
    clock.ballots = sent
    memory = {f"{name}: MiB": resident(pids) for name, pids in parts.items()}
    grown = {name: (now - before[name]) / sent for name, now in counters(database).items()}
    grown |= {name: (now - kept[name]) / sent for name, now in bytes_kept(count).items()}
    commits = committed(store) - begun
    count.close()  # What a session of PostgreSQL has done is in its statistics at the latest when it ends.
    while store.execute(WRITERS).fetchone()[0]:
        time.sleep(0.1)
    grown["rows of PostgreSQL written"] = (store.execute(ROWS).fetchone()[0] - rows) / sent
    more = {f"{name}: µs CPU": seconds / sent * 1e6 for name, (seconds, _) in spent.items()}
    more |= {f"{name}: bytes to the disk": written / sent for name, (_, written) in spent.items()}
    more |= memory | grown | {"ballots a second": sent / sending, "commits a second": commits / clock.seconds}
    answer = servers.answer(ballots, store)
    answer.more = more
    return answer


def recorded(store):
    return sum(store.execute(servers.COUNTED).fetchone())


def bytes_kept(count):
    return {
        "bytes kept: topic": servers.topic_bytes(count.entries),
        "bytes kept: segments": bytes_in(count.home / "segments"),
        "bytes kept: published": bytes_in(count.home / "published"),
    }


def forget_indices(count):
    servers.stack("elasticsearch.sh", "forget", "-" + json.loads((count.home / "count.json").read_text())["id"][:8])
