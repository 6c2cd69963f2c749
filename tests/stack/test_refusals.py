"""Who is refused, at every endpoint: one table, a row for each endpoint and key, with the refusal that must come.

An endpoint is a port of a server or of one of our processes; a key is how somebody comes to it. The last key of an endpoint is a good
one and is let in, so that a broken knock cannot pass for a refusal (Spark's and Elasticsearch's own transport have no key
that a test could hold; test_tls.py and the running job show that they answer). The second table turns it round: our processes
refuse a server whose certificate another authority signed.

What an account may do once it is in stands in test_accounts.py.
"""

import base64
import http.client
import json
import pathlib
import re
import secrets
import socket
import ssl
import struct
import subprocess
import time

import confluent_kafka
import psycopg
import pytest
from confluent_kafka.admin import AdminClient, NewTopic

from running_stack import API, CA, GATEWAY, SECRETS, SERVE, TELLER, kafka_port, port, secret

# What comes of a knock. SHUT: no TLS session, or the other side hangs up before it answers.
SHUT, IN = "shut", "let in"

# ------------------------------------------------------------------------------------------------------------- the keys

PLAIN, TLS_1_2 = "plain connection", "TLS 1.2"
NOTHING = "no certificate"
FOREIGN, EXPIRED = "foreign certificate", "expired certificate"  # Of the name that would be let in.
OTHER, GOOD = "another's certificate", "its certificate"
NO_PASSWORD, WRONG_PASSWORD, WRONG_ACCOUNT, PASSWORD = "no password", "wrong password", "another's account", "its password"
WRONG_TOKEN, TOKEN = "wrong token", "its token"

BY_TLS = [(PLAIN, SHUT), (TLS_1_2, SHUT)]
BY_CERTIFICATE = [*BY_TLS, (NOTHING, SHUT), (FOREIGN, SHUT), (EXPIRED, SHUT)]
NODES = (1, 2, 3)
# (endpoints, which certificate is the good one and which another's, rows)
TABLE = [
    *[(f"kafka-{n} mtls", [*BY_CERTIFICATE, (OTHER, "TOPIC_AUTHORIZATION_FAILED"), (GOOD, IN)]) for n in NODES],
    *[(f"kafka-{n} broker", [*BY_CERTIFICATE, (GOOD, IN)]) for n in NODES],
    *[(f"kafka-{n} controller", [*BY_CERTIFICATE, (GOOD, IN)]) for n in NODES],
    *[
        (f"kafka-{n} scram", [*BY_TLS, (NO_PASSWORD, SHUT), (WRONG_PASSWORD, "_AUTHENTICATION"), (WRONG_ACCOUNT, "_AUTHENTICATION"), (PASSWORD, IN)])
        for n in NODES
    ],
    (
        "postgres",
        [
            (PLAIN, "no pg_hba.conf entry"),
            (TLS_1_2, SHUT),
            (NOTHING, "requires a valid client certificate"),
            (FOREIGN, "decrypt error"),  # It has our name, and not our key.
            (EXPIRED, "certificate expired"),
            (OTHER, "certificate authentication failed"),
            (WRONG_ACCOUNT, "no pg_hba.conf entry"),
            (GOOD, IN),
        ],
    ),
    ("elasticsearch", [*BY_TLS, (NO_PASSWORD, 401), (WRONG_PASSWORD, 401), (WRONG_ACCOUNT, 403), (PASSWORD, IN)]),
    ("elasticsearch transport", [*BY_TLS, (NOTHING, SHUT), (OTHER, SHUT), (EXPIRED, SHUT)]),
    ("spark-master", [(PLAIN, SHUT)]),
    ("spark-worker-1", [(PLAIN, SHUT)]),
    ("spark-worker-2", [(PLAIN, SHUT)]),
    ("board", [*BY_TLS, (NOTHING, IN)]),
    ("superset", [*BY_TLS, (NO_PASSWORD, 401), (WRONG_PASSWORD, 401), (WRONG_ACCOUNT, 401), (PASSWORD, IN)]),
    ("gateway", [*BY_CERTIFICATE, (OTHER, 403), (GOOD, IN)]),
    ("gateway metrics", [*BY_CERTIFICATE, (OTHER, 403), (GOOD, IN)]),
    ("api", [*BY_CERTIFICATE, (OTHER, 403), (GOOD, IN)]),
    ("serve by certificate", [*BY_CERTIFICATE, (GOOD, IN)]),
    ("serve by token", [*BY_TLS, (NOTHING, 401), (FOREIGN, 401), (WRONG_TOKEN, 401), (TOKEN, IN)]),
    ("serve metrics", [*BY_TLS, (NOTHING, 401), (FOREIGN, 401), (WRONG_TOKEN, 401), (TOKEN, IN)]),
]
ROWS = [(endpoint, key, answer) for endpoint, rows in TABLE for key, answer in rows]
PORTS = {f"kafka-{n} {listener}": kafka_port(n, listener) for n in NODES for listener in ("scram", "controller", "broker", "mtls")} | {
    "postgres": port("POSTGRES_PORT"),
    "elasticsearch": port("ELASTICSEARCH_PORT"),
    "elasticsearch transport": port("ELASTICSEARCH_TRANSPORT_PORT"),
    "spark-master": port("SPARK_PORT"),
    "spark-worker-1": port("SPARK_PORT") + 1,
    "spark-worker-2": port("SPARK_PORT") + 2,
    "board": port("BOARD_PORT"),
    "superset": port("SUPERSET_PORT"),
    "gateway": GATEWAY,
    "gateway metrics": GATEWAY,
    "api": API,
    "serve by certificate": SERVE,
    "serve by token": SERVE + 1,
    "serve metrics": SERVE + 1,
}
# Who is let in by certificate, and who has one and is not. `admin` may do everything in Kafka, `publish` next to nothing.
GOOD_NAME = {"kafka": "admin", "gateway": "station", "api": "clerk", "serve": "station", "postgres": "teller_reader"}
OTHER_NAME = {"kafka": "publish", "gateway": "spark", "api": "station", "elasticsearch": "station"}


def name_of(names, endpoint):
    return names.get(re.split("[- ]", endpoint)[0], "station")


NEW_KEY = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"


def openssl(words, *more):
    """`words` are split at spaces; `more` (paths, names) are not."""
    return subprocess.run(["openssl", *words.split(), *more], check=True, capture_output=True, text=True).stdout


def sign(folder, authority, name, label, days):
    """A certificate of `name`, signed by an authority; days may be negative. PEM with the key in one file."""
    at = folder / f"{label}-{name}"
    key, request = f"{at}.key", f"{at}.csr"
    openssl(f"req {NEW_KEY} -subj /CN={name}", "-keyout", key, "-out", request)
    with_authority = ["-CA", f"{authority}.crt", "-CAkey", f"{authority}.key"]
    openssl(f"x509 -req -set_serial 0x{secrets.token_hex(12)} -days {days}", *with_authority, "-in", request, "-out", f"{at}.crt")
    path = pathlib.Path(f"{at}.pem")
    path.write_text(pathlib.Path(key).read_text() + pathlib.Path(f"{at}.crt").read_text())
    return path


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """(key, name) -> PEM file. The foreign authority calls itself what ours is called."""
    folder = tmp_path_factory.mktemp("keys")
    subject = openssl("x509 -noout -subject -nameopt multiline -in", CA).split("= ")[1].strip()
    openssl(f"req -x509 {NEW_KEY} -days 30 -subj", f"/CN={subject}", "-keyout", folder / "foreign.key", "-out", folder / "foreign.crt")
    made = {}
    for name in {*GOOD_NAME.values(), "station"}:
        made[FOREIGN, name] = sign(folder, folder / "foreign", name, "foreign", 30)
        made[EXPIRED, name] = sign(folder, SECRETS / "ca", name, "expired", -1)
    made["foreign authority"] = folder / "foreign.crt"
    return made


# ------------------------------------------------------------------------------------------------------------- to knock

API_VERSIONS = struct.pack("!ihhih4s", 14, 18, 0, 1, 4, b"test")  # Kafka: which versions do you speak? Before any login.
METADATA = struct.pack("!ihhih4si", 18, 3, 1, 2, 4, b"test", -1)  # Kafka: which topics are there? Not before.
SPARK_RPC = struct.pack("!qbqi", 8 + 1 + 8 + 4 + 16, 3, 1, 16) + b"\0" * 16  # Spark's transport: a request, 16 bytes.


def channel(endpoint, key, certificate=None):
    """A connection, TLS unless the key is plain. PostgreSQL is asked for TLS in its own words first."""
    plain = socket.create_connection(("127.0.0.1", PORTS[endpoint]), timeout=30)
    if key == PLAIN:
        return plain
    context = ssl.create_default_context(cafile=CA)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.maximum_version = ssl.TLSVersion.TLSv1_2 if key == TLS_1_2 else ssl.TLSVersion.TLSv1_3
    if endpoint == "elasticsearch transport":  # Its certificate is its own alone; nobody else has to trust it.
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if certificate:
        context.load_cert_chain(certificate)
    if endpoint == "postgres":
        plain.sendall(struct.pack("!ii", 8, 80877103))
        assert plain.recv(1) == b"S"
    return context.wrap_socket(plain, server_hostname="localhost")


def is_it_shut(endpoint, key, question, certificate=None):
    """SHUT, or IN when something comes back that is no TLS alert."""
    try:
        with channel(endpoint, key, certificate) as other:
            other.sendall(question)
            answer = other.recv(4096)
    except (ssl.SSLError, ConnectionError):
        return SHUT
    if endpoint.startswith("spark") and answer[8:9] == b"\5":  # Spark's "failure".
        return SHUT
    return SHUT if answer[:1] in (b"", b"\x15") else IN


def https(endpoint, key, method, path, certificate=None, headers=None, body=None):
    """The status, IN for 200, or SHUT."""
    try:
        with channel(endpoint, key, certificate) as other:
            connection = http.client.HTTPConnection("localhost")
            connection.sock = other
            connection.request(method, path, body, headers or {})
            status = connection.getresponse().status
    except (ssl.SSLError, ConnectionError, http.client.HTTPException):
        return SHUT
    return IN if status == 200 else status


def basic(user, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def kafka_says(endpoint, **account):
    """What becomes of making a topic (by certificate) or of a login (by password)."""
    said = []
    how = {
        "bootstrap.servers": f"localhost:{PORTS[endpoint]}",
        "ssl.ca.location": CA,
        "log_level": 0,
        "error_cb": lambda error: said.append(error.name()),
    }
    client = AdminClient(how | account)
    if "sasl.username" in account:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                client.list_topics(timeout=1)
                return IN
            except confluent_kafka.KafkaException:  # It only says that it took too long; the callback says why.
                client.poll(0.1)
            if "_AUTHENTICATION" in said:
                break
        return said[-1] if "_AUTHENTICATION" not in said else "_AUTHENTICATION"
    name = "refusals-" + secrets.token_hex(4)
    try:
        client.create_topics([NewTopic(name, 1, 1)])[name].result(60)
    except confluent_kafka.KafkaException as error:
        return error.args[0].name()
    client.delete_topics([name])[name].result(60)
    return IN


def knock_kafka(endpoint, key, certificate):
    if key in (WRONG_PASSWORD, WRONG_ACCOUNT, PASSWORD):
        user = "admin" if key == WRONG_ACCOUNT else "producer"
        return kafka_says(
            endpoint,
            **{
                "security.protocol": "sasl_ssl",
                "sasl.mechanism": "SCRAM-SHA-512",
                "sasl.username": user,
                "sasl.password": "wrong" if key == WRONG_PASSWORD else secret("kafka.producer"),
            },
        )
    if endpoint.endswith(" mtls") and key in (OTHER, GOOD):
        return kafka_says(
            endpoint, **{"security.protocol": "ssl", "ssl.certificate.location": str(certificate), "ssl.key.location": str(certificate)}
        )
    return is_it_shut(endpoint, key, METADATA if key == NO_PASSWORD else API_VERSIONS, certificate)


def knock_postgres(key, certificate):
    if key == TLS_1_2:
        return is_it_shut("postgres", key, struct.pack("!ii", 8, 196608))
    role, database = ("superset", "teller") if key == WRONG_ACCOUNT else ("teller_reader", "teller")
    if key in (PLAIN, WRONG_ACCOUNT):
        certificate = SECRETS / "teller_reader.pem"
    given = {"sslcert": str(certificate.with_suffix(".crt")), "sslkey": str(certificate.with_suffix(".key"))} if certificate else {}
    try:
        psycopg.connect(
            host="localhost",
            port=port("POSTGRES_PORT"),
            dbname=database,
            user=role,
            connect_timeout=30,
            **given,
            **{"sslmode": "disable"} if key == PLAIN else {"sslmode": "verify-full", "sslrootcert": CA},
        ).close()
        return IN
    except psycopg.OperationalError as error:
        return str(error)


def knock_superset(key):
    if key in (PLAIN, TLS_1_2):
        return https("superset", key, "GET", "/health")
    if key == NO_PASSWORD:
        return https("superset", key, "GET", "/api/v1/me/")
    user = {WRONG_ACCOUNT: "teller_reader"}.get(key, "observer")
    body = json.dumps({"username": user, "password": "wrong" if key == WRONG_PASSWORD else secret("superset.observer"), "provider": "db"})
    return https("superset", key, "POST", "/api/v1/security/login", headers={"Content-Type": "application/json"}, body=body)


def knock(endpoint, key, keys, ours):
    certificate = None
    if key in (FOREIGN, EXPIRED):
        certificate = keys[key, name_of(GOOD_NAME, endpoint)]
    elif key in (OTHER, GOOD):
        certificate = SECRETS / f"{name_of(GOOD_NAME if key == GOOD else OTHER_NAME, endpoint)}.pem"
    if endpoint.startswith("kafka"):
        return knock_kafka(endpoint, key, certificate)
    if endpoint == "postgres":
        return knock_postgres(key, certificate)
    if endpoint == "superset":
        return knock_superset(key)
    if endpoint == "elasticsearch":
        user = {WRONG_ACCOUNT: "board"}.get(key, "publisher")
        headers = {} if key in (PLAIN, TLS_1_2, NO_PASSWORD) else basic(user, "wrong" if key == WRONG_PASSWORD else secret(f"elastic.{user}"))
        body = "{}" if key == WRONG_ACCOUNT else None
        # Anybody with an account may search; only the publisher may make an index.
        path = "/teller-refusals" if key == WRONG_ACCOUNT else "/_security/_authenticate"
        return https(endpoint, key, "PUT" if body else "GET", path, headers=headers | {"Content-Type": "application/json"}, body=body)
    if endpoint in ("board", "gateway", "gateway metrics", "api", "serve by certificate", "serve by token", "serve metrics"):
        path = "/_stcore/health" if endpoint == "board" else "/metrics"
        if key in (WRONG_TOKEN, TOKEN):
            return https(endpoint, key, "GET", path, headers={"Authorization": "Bearer " + (ours["token"] if key == TOKEN else "0" * 64)})
        if endpoint in ("gateway", "serve by certificate") and key not in (PLAIN, TLS_1_2):
            status = https(endpoint, key, "POST", "/v1/entries", certificate, {"Content-Type": "application/json"}, "[]")
            return IN if status == 200 else status
        return https(endpoint, key, "GET", path, certificate)
    return is_it_shut(endpoint, key, SPARK_RPC if endpoint.startswith("spark") else b"ES\0\0\0\1", certificate)


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("endpoint", "key", "answer"), ROWS, ids=[f"{endpoint}: {key}" for endpoint, key, _ in ROWS])
def test_an_endpoint_gives_a_key_its_answer(endpoint, key, answer, keys, ours):
    came = knock(endpoint, key, keys, ours)
    if endpoint == "postgres" and answer not in (IN, SHUT):
        assert answer in came
    else:
        assert came == answer


# ------------------------------------------------------------------------------------ our processes look at servers, too


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("process", "setting", "says"),
    [
        (["inspect"], "sslrootcert=", "certificate verify failed"),
        (["topics", "create"], "ca =", "journal.unavailable"),
        (["gateway"], "ca =", "certificate verify failed"),
        (["api"], "sslrootcert=", "certificate verify failed"),
    ],
)
def test_our_processes_refuse_a_server_that_another_authority_signed(process, setting, says, keys, ours, tmp_path):
    text = ours["config"].read_text()
    config = tmp_path / "teller.toml"
    config.write_text("\n".join(line.replace(CA, str(keys["foreign authority"])) if setting in line else line for line in text.splitlines()))
    assert config.read_text() != text
    with open(tmp_path / "log", "w+") as log:
        running = subprocess.Popen([TELLER, *process, "--config", config], stdout=log, stderr=subprocess.STDOUT)
        try:
            deadline = time.monotonic() + 120
            while not re.search(says, (tmp_path / "log").read_text()):
                assert running.poll() is None or running.returncode == 3, (tmp_path / "log").read_text()
                assert time.monotonic() < deadline, (tmp_path / "log").read_text()
                time.sleep(0.1)
        finally:
            running.kill()
            running.wait()


def test_load_refuses_a_gateway_that_another_authority_signed(keys, ours, tmp_path):
    (tmp_path / "entries.ndjson").write_text("{}\n")
    who = ["--ca", keys["foreign authority"], "--certificate", SECRETS / "station.crt", "--key", SECRETS / "station.key"]
    load = [TELLER, "load", tmp_path / "entries.ndjson", "--to", f"https://localhost:{GATEWAY}", *who, "--give-up-after", "1"]
    told = subprocess.run(load, capture_output=True, text=True, timeout=120)
    assert told.returncode == 3, told.stdout + told.stderr
    assert "certificate" in told.stderr
