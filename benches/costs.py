"""What a ballot costs in each process of the service form while ballots come at a pace (questions/service_costs.py)."""

import contextlib
import mmap
import pathlib
import time
from struct import unpack_from

import live
import servers
import stations
from measure import cost_so_far, processes

PACE = 100_000_000 / 3600  # Ballots a second.
# A part of the service, as people speak of it, and the servers of the stack that it is.
PARTS = {"brokers": "kafka", "executors": "spark", "PostgreSQL": "postgres", "Elasticsearch": "elasticsearch"}
NAMES = {"count": "driver", "log": "public log"}
WRITERS = "select count(*) from pg_stat_activity where datname = current_database() and usename = 'teller_writer'"
ROWS = "select sum(n_tup_ins + n_tup_upd + n_tup_del)::bigint from pg_stat_user_tables where schemaname = 'teller'"


def bodies(packed):
    """(entries, bytes) of each packed batch of a file."""
    with open(packed, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        at = 0
        while at < len(data):
            begin = at
            (entries,) = unpack_from("<I", data, at + 21)
            at += 25
            for _ in range(entries):
                at += 2 + unpack_from("<H", data, at)[0]
            at += 4  # The CRC.
            yield entries, data[begin:at]


def counters(database):
    """Figures that only grow, of the whole machine or server."""
    nodes = live.search("_nodes/stats/indices/indexing,store").get("nodes", {}).values()
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
    with live.counting(ballots, folder) as counting:
        work = list(bodies(ballots.packed))
        counting.warm_up(work.pop(0))
        return run(ballots, counting, counting.senders(work, stations.at_pace(PACE)), clock)


def run(ballots, counting, sending, clock):
    count, store, database = counting.count, counting.store, counting.database
    parts = {NAMES.get(name, name): [process.pid] for name, process in count.processes.items()}
    parts |= {name: servers.pids(server) for name, server in PARTS.items()}
    clock.servers = [pid for server in PARTS.values() for pid in servers.pids(server)]
    before, rows, first = counters(database), store.execute(ROWS).fetchone()[0], counting.recorded()
    kept, begun = bytes_kept(count), counting.committed()
    with clock:
        spent = {name: cost_so_far(pids) for name, pids in parts.items()}
        seconds = sending.send_all()
        counting.wait(lambda: counting.shown(ballots.sent()))
        spent = {name: [now - then for now, then in zip(cost_so_far(pids), spent[name], strict=True)] for name, pids in parts.items()}
    sent = ballots.sent() - first
    clock.ballots = sent
    memory = {f"{name}: MiB": resident(pids) for name, pids in parts.items()}
    grown = {name: (now - before[name]) / sent for name, now in counters(database).items()}
    grown |= {name: (now - kept[name]) / sent for name, now in bytes_kept(count).items()}
    commits = counting.committed() - begun
    count.close()  # What a session of PostgreSQL has done is in its statistics at the latest when it ends.
    while store.execute(WRITERS).fetchone()[0]:
        time.sleep(0.1)
    grown["rows of PostgreSQL written"] = (store.execute(ROWS).fetchone()[0] - rows) / sent
    more = {f"{name}: µs CPU": seconds / sent * 1e6 for name, (seconds, _) in spent.items()}
    more |= {f"{name}: bytes to the disk": written / sent for name, (_, written) in spent.items()}
    more |= memory | grown | {"ballots a second": sent / seconds, "commits a second": commits / clock.seconds}
    answer = servers.answer(ballots, store)
    answer.more = more
    return answer


def bytes_kept(count):
    return {
        "bytes kept: topic": servers.topic_bytes(count.entries),
        "bytes kept: segments": bytes_in(count.home / "segments"),
        "bytes kept: published": bytes_in(count.home / "published"),
    }
