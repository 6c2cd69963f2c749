"""On the servers, too, nothing that people see ties a voter to a choice: every topic, table, index, log, file and answer of a
count is searched for what stood on its ballots and around them.

Where a word may stand it must be found, so that no search passes because it sees nothing. The embedded form:
tests/embedded/test_privacy.py.
"""

import json
import pathlib
import re
import sys
import types

import pytest
import requests
from confluent_kafka import KafkaError, Producer, TopicPartition

sys.path[:0] = [str(pathlib.Path(__file__).parent), str(pathlib.Path(__file__).parents[1] / "embedded")]
import journal_file  # noqa: E402
from planted import BATCH, CANDIDATE, CANDIDATE_ID, CHOICES, IDS, PRIVATE, RAW_IDS, RULES, SENDER, TOKEN, WRITE_IN, ballot, raw_ballot, refused_bodies  # noqa: E402
from private_words import Words  # noqa: E402
from service import SECRETS, STATE, TREE, Service, as_admin, consumer, offsets, run, settings, teller  # noqa: E402
from test_both_forms import client  # noqa: E402

EVERYTHING = Words([*PRIVATE.words, *CHOICES.words])


def web(**what):
    session = requests.Session()
    session.trust_env, session.verify = False, str(SECRETS / "ca.crt")
    for name, value in what.items():
        setattr(session, name, value)
    return session


# ------------------------------------------------------------------------------------------------- what the servers hold


class Servers:
    """What topics and indexes there are, and later what is new in them: they hold other counts as well."""

    def __init__(self):
        self.search = web(auth=("auditor", (SECRETS / "elastic.auditor").read_text().strip()))
        with consumer() as reader:
            self.ends = {place: offsets(reader, *place, timeout=60)[1] for place in self.partitions(reader)}
        self.had = self.ask("_all", expand_wildcards="all").keys()

    @staticmethod
    def partitions(reader):
        return [(name, n) for name, topic in reader.list_topics(timeout=60).topics.items() for n in topic.partitions]

    def topics(self):
        """Topic -> key, value and headers of each record; Kafka's own topics too."""
        found = {}
        with consumer(**{"enable.partition.eof": True, "isolation.level": "read_uncommitted"}) as reader:
            places = self.partitions(reader)
            reader.assign([TopicPartition(*place, self.ends.get(place, 0)) for place in places])
            ended = 0
            while ended < len(places):
                record = reader.poll(60)
                assert record is not None, "a topic cannot be read to its end"
                if record.error():
                    assert record.error().code() == KafkaError._PARTITION_EOF, record.error()
                    ended += 1
                else:
                    found.setdefault(record.topic(), []).append([record.key(), record.value(), record.headers()])
        return found

    def ask(self, path, **parameters):
        answer = self.search.get(f"https://localhost:{settings()['ELASTICSEARCH_PORT']}/{path}", params=parameters, timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def indexes(self):
        """Index -> how it is made, and its documents."""
        found = {}
        for name, made in self.ask("_all", expand_wildcards="all").items():
            if name not in self.had:
                hits = self.ask(f"{name}/_search", size=10_000)["hits"]
                assert hits["total"]["value"] == len(hits["hits"])
                found[name] = [made, *hits["hits"]]
        return found


def tables(database):
    """Table -> its rows, whatever schema it is in."""
    each = """select format('select %L, row_to_json(t) from %s t', c.relname, c.oid::regclass)
              from pg_class c join pg_namespace n on n.oid = c.relnamespace
              where c.relkind in ('r', 'p', 'm') and n.nspname !~ '^(pg_|information_schema$)' \\gexec"""
    found = {}
    for line in run(TREE / "stack/postgres.sh", "sql", "-d", database, "-At", "-F", "\t", "-f", "-", input=each).stdout.splitlines():
        table, row = line.split("\t", 1)
        found.setdefault(table, []).append(
            [  # JSON has a bytea as \x and its hex.
                bytes.fromhex(value[2:]) if isinstance(value, str) and value.startswith("\\x") else value for value in json.loads(row).values()
            ]
        )
    return found


def within(words, places):
    """{(place, word)} of what `topics`, `indexes` or `tables` gave."""
    return {hit for name, rows in places.items() for hit in words.within_rows(name, rows)}


def within_logs(words):
    """Of every server and every executor, all that it wrote but its data, which is searched through it, and its program."""
    data = [
        path
        for pattern in (
            "kafka/data-*",
            "postgres/data",
            "elasticsearch/*/data",
            "elasticsearch/*/lib",
            "elasticsearch/*/modules",
            "elasticsearch/*/jdk",
        )
        for path in (STATE / "run").glob(pattern)
    ]
    found = []
    for place in (STATE / "run").iterdir():
        if place.is_dir():  # resolve: it may be a link (stack/lib.sh, folder_for_user), and no search follows one.
            leave_out = [path.relative_to(place) for path in data if path.is_relative_to(place)]
            found += [(f"{place.name}/{file}", word) for file, word in words.within_files(place.resolve(), leave_out)]
        else:
            found += words.within(place.name, place.read_bytes())
    return set(found)


# --------------------------------------------------------------------------------------- a count with all that can happen


def certificate(folder, name):
    """Of a station of that name; also gives its key."""
    at = folder / name
    run(
        "openssl",
        "req",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-subj",
        f"/CN={name}",
        "-keyout",
        f"{at}.key",
        "-out",
        f"{at}.csr",
    )
    run(
        "openssl",
        "x509",
        "-req",
        "-in",
        f"{at}.csr",
        "-CA",
        SECRETS / "ca.crt",
        "-CAkey",
        SECRETS / "ca.key",
        "-set_serial",
        "0x" + name.encode().hex()[:30],
        "-days",
        2,
        "-out",
        f"{at}.crt",
    )
    return f"{at}.crt", f"{at}.key"


@pytest.fixture(scope="module")
def left(tmp_path_factory):
    """What is left of it everywhere, when every process has ended."""
    home, keys = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("keys")
    (home / "rules.json").write_text(json.dumps(RULES))
    teller("init", "--home", home / "count", "--rules", home / "rules.json", "--mode", "test", "--partitions", 1)
    servers = Servers()
    service = Service(home / "count", tmp_path_factory.mktemp("service"))
    count = json.loads((service.home / "count.json").read_text())["id"]
    try:
        answers = run_through(service, count, keys)
        for name in list(service.processes):
            service.stop(name)
        yield types.SimpleNamespace(
            service=service, count=count, answers=answers, topics=servers.topics(), indexes=servers.indexes(), tables=tables(service.name)
        )
    finally:
        service.close()


def run_through(service, count, keys):
    """Each kind of fate, through HTTP and through Kafka. Gives what was answered, by everything that answers."""
    answers = {}
    service.config.write_text(service.config.read_text().replace('senders = ["station"]', f'senders = ["station", "{SENDER}"]'))
    for name in ("gateway", "inbox", "count", "publish"):
        service.start(name)
    service.wait_for_gateway()
    url = f"https://localhost:{service.port}"
    sender, stranger = (web(cert=certificate(keys, name)) for name in (SENDER, TOKEN))

    def post(*ballots, by=sender):
        return by.post(
            url + "/v1/entries", "\n".join(ballots).encode(), timeout=60, headers={"Content-Type": "application/x-ndjson", "Teller-Batch": BATCH}
        )

    def look(*command, code=0):
        done = teller(*command, "--config", service.config, code=code)
        answers["teller " + " ".join(command)] = (done.stdout + done.stderr).encode()

    # Counted, a duplicate, a conflict, a conflict of write-ins; then the other way; then what is refused, through both.
    mine, theirs = [CANDIDATE_ID], [{"write_in": WRITE_IN}]
    for sent in (
        [ballot(count, 0, mine), ballot(count, 1, theirs), ballot(count, 2, []), ballot(count, 3, ["bell"])],
        [ballot(count, 0, mine), ballot(count, 3, mine), ballot(count, 2, theirs)],
    ):
        assert post(*sent).status_code == 200
    refused = list(refused_bodies(count))
    for number, body in enumerate(refused):
        answer = post(body)
        answers[f"refusal {number}"] = answer.content
        assert answer.status_code >= 400 or answer.json()["refused_total"] == 1, answer.text
    answer = post(ballot(count, 5, mine), by=stranger)
    answers["refusal of a stranger"] = answer.content
    assert answer.status_code == 403
    producer = Producer(client())
    for body in (ballot(count, 8, mine), ballot(count, 9, theirs), ballot(count, 8, mine), ballot(count, 9, mine), *refused):
        producer.produce(service.prefix + "inbox", body.encode(), key=IDS[8], headers=[("station", SENDER), ("batch", BATCH)])
    assert producer.flush(60) == 0
    # Past intake: an entry that can be read and one that cannot.
    key = bytes.fromhex(count)
    record = journal_file.record(key, 0, [raw_ballot(key, 6, 0), raw_ballot(key, 7, 9)], SENDER, BATCH)
    past = Producer(as_admin())
    past.produce(service.prefix + "entries", record, partition=0)
    assert past.flush(60) == 0
    service.settled()
    numbers = service.numbers()
    assert [numbers[outcome] for outcome in ("counted", "duplicate", "conflict", "rejected")] == [7, 2, 3, 1]
    # A record that is none halts the partition; an officer lets it go on, and it halts again.
    past.produce(service.prefix + "entries", record[:-1] + bytes([record[-1] ^ 1]), partition=0)
    assert past.flush(60) == 0
    service.wait_for(lambda numbers: numbers["partitions"][0]["halted"])
    look("resume", "--partition", "0", "--reason", "looked at it", "--actor", "a.huber")
    service.wait_for(lambda numbers: numbers["partitions"][0]["halted"])

    for path in ("/metrics", "/v1/head", "/v1/health"):
        answers[path] = sender.get(url + path, timeout=60).content
    look("inspect", "--incidents", "--record", "--json")
    look("inspect", "--incidents", "--record")
    for form in ("table", "json", "csv"):
        look("incidents", "--format", form)
    look("replay-rejected", "--reason", "another try", "--actor", "a.huber", code=1)
    for command in (("audit", "show", "--json"), ("audit", "verify"), ("verify",), ("digest",), ("reconcile", "--full")):
        look(*command)
    return answers


# ---------------------------------------------------------------------------------------------------- what stands where


def test_only_the_topics_that_hold_entries_name_a_voters_side(left):
    entries, inbox, refused = (left.service.prefix + name for name in ("entries", "inbox", "refused"))
    found = within(EVERYTHING, left.topics)
    assert {name for name, _ in found} == {entries, inbox}
    assert {word for name, word in found if name == entries} >= {SENDER, BATCH, WRITE_IN, *RAW_IDS[:4], *RAW_IDS[6:]}
    assert {word for name, word in found if name == inbox} >= {SENDER, BATCH, WRITE_IN, CANDIDATE_ID, IDS[8], IDS[9]}
    assert len(left.topics[refused]) == len(list(refused_bodies("")))
    assert any(name.startswith("__") for name in left.topics), "Kafka's own are searched too"


def test_tables_have_ids_of_incidents_alone_and_no_choice_beside_them(left):
    found = within(PRIVATE, left.tables)
    assert found == {("incidents", RAW_IDS[n]) for n in (2, 3, 7, 9)}
    assert within(CHOICES, left.tables) == {("options", CANDIDATE), ("options", CANDIDATE_ID)}
    assert left.tables.keys() >= {"audit", "audit_checkpoints", "partitions", "statements", "steps", "totals"}


def test_indexes_have_public_totals_alone(left):
    assert within(PRIVATE, left.indexes) == set()
    published = {name for name, _ in within(CHOICES, left.indexes)}
    assert {name.rpartition("-")[2] for name in published} == {"options", "totals"}
    # The audit log is there, and what it says of a person who changed something.
    assert {name.partition("-")[0] for name, _ in within(Words(["looked at it"]), left.indexes)} == {"audit"}


def test_no_log_of_any_process_holds_a_word(left):
    ours = {log.name: [log.read_bytes()] for log in left.service.folder.glob("*.log")}
    assert within(EVERYTHING, ours) == set()
    assert within_logs(EVERYTHING) == set()
    # What may stand there is found: the count, and what Spark called its job.
    assert {name for name, _ in within(Words([left.count]), ours)} == {"gateway.log", "count.log"}
    job = re.search(r"app-\d+-\d+", left.service.said("count"))[0]
    where = {name for name, _ in within_logs(Words([job]))}
    assert "spark/logs/master.log" in where and any(name.endswith("/stderr") for name in where)


def test_files_of_the_count_are_private_or_hold_no_voters_side(left):
    home = left.service.home
    assert PRIVATE.within_files(home, leave_out=["segments"]) == []
    assert {word for _, word in PRIVATE.within_files(home / "segments")} >= {WRITE_IN, *RAW_IDS[:4]}
    public = CHOICES.within_files(home, leave_out=["segments"])
    assert ("rules.json", CANDIDATE) in public and any(name.startswith("published/") for name, _ in public)


def test_no_answer_repeats_what_it_was_asked_about(left):
    # A sender may be told its own name, and the id by which it knows an entry of its own; nobody else is.
    own = Words([SENDER, BATCH, WRITE_IN])
    for name, text in left.answers.items():
        assert text, name
        assert CHOICES.within(name, text) == [], text
        assert (own if name.startswith("refusal") else PRIVATE).within(name, text) == [], text
    assert b"looked at it" in left.answers["teller audit show --json"]
