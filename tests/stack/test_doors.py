"""What every port of the stack refuses before anybody has said who they are: plaintext, old TLS, no certificate.

Each refusal stands beside a knock of the same code that is let in, so that a broken knock cannot pass for a refusal.
"""

import pathlib
import socket
import ssl
import struct

import pytest
from running_stack import CA, ROOT, SECRETS, STATE, kafka_port, port

KAFKA = {
    f"kafka-{node} {listener}": kafka_port(node, listener)
    for node in (1, 2, 3) for listener in ("scram", "controller", "broker", "mtls")
}
TLS_PORTS = KAFKA | {
    "postgres": port("POSTGRES_PORT"),
    "elasticsearch": port("ELASTICSEARCH_PORT"),
    "elasticsearch transport": port("ELASTICSEARCH_TRANSPORT_PORT"),
    "superset": port("SUPERSET_PORT"),
}
if (ROOT / "view" / "board" / "app.py").exists():
    TLS_PORTS["board"] = port("BOARD_PORT")
MTLS_PORTS = {name: number for name, number in TLS_PORTS.items() if name.split()[-1] in ("controller", "broker", "mtls", "transport")}
SPARK = {"spark-master": port("SPARK_PORT"), "spark-worker-1": port("SPARK_PORT") + 1, "spark-worker-2": port("SPARK_PORT") + 2}


def connect(number):
    return socket.create_connection(("127.0.0.1", number), timeout=20)


def shake_hands(name, number, version, certificate=None):
    """A TLS connection of exactly `version`; PostgreSQL is asked for TLS in its own words first."""
    context = ssl.create_default_context(cafile=CA)
    context.minimum_version = context.maximum_version = version
    if name == "elasticsearch transport":  # Its certificate is its own alone; nobody else has to trust it.
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if certificate:
        context.load_cert_chain(certificate)
    plain = connect(number)
    if name == "postgres":
        plain.sendall(struct.pack("!ii", 8, 80877103))
        assert plain.recv(1) == b"S"
    return context.wrap_socket(plain, server_hostname="localhost")


def answer_to(channel, question):
    """What comes back, b"" when the other side hangs up."""
    try:
        channel.sendall(question)
        return channel.recv(4096)
    except ConnectionError:
        return b""


@pytest.mark.parametrize("name", TLS_PORTS)
def test_a_port_refuses_plaintext(name):
    question = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
    if name == "postgres":
        words = b"user\0teller_reader\0database\0teller\0\0"
        question = struct.pack("!ii", len(words) + 8, 196608) + words
    answer = answer_to(connect(TLS_PORTS[name]), question)
    assert answer == b"" or answer[0] == 0x15 or (name == "postgres" and answer[:1] == b"E"), answer


@pytest.mark.parametrize("name", TLS_PORTS)
def test_a_port_speaks_tls_1_3(name):
    assert shake_hands(name, TLS_PORTS[name], ssl.TLSVersion.TLSv1_3).version() == "TLSv1.3"


@pytest.mark.parametrize("name", TLS_PORTS)
def test_a_port_refuses_tls_1_2(name):
    with pytest.raises((ssl.SSLError, ConnectionError)):
        shake_hands(name, TLS_PORTS[name], ssl.TLSVersion.TLSv1_2)


# Kafka's question "which versions do you speak", which every listener answers to whom it lets in.
API_VERSIONS = struct.pack("!ihhih4s", 14, 18, 0, 1, 4, b"test")


@pytest.mark.parametrize("name", MTLS_PORTS)
def test_a_port_for_known_senders_refuses_who_has_no_certificate(name):
    with pytest.raises((ssl.SSLError, ConnectionError)):
        channel = shake_hands(name, MTLS_PORTS[name], ssl.TLSVersion.TLSv1_3)
        channel.sendall(API_VERSIONS)
        if channel.recv(1) == b"":
            raise ConnectionResetError


@pytest.mark.parametrize("name", [name for name in MTLS_PORTS if name != "elasticsearch transport"])
def test_a_port_for_known_senders_lets_in_who_has_one(name):
    channel = shake_hands(name, MTLS_PORTS[name], ssl.TLSVersion.TLSv1_3, SECRETS / "station.pem")
    channel.sendall(API_VERSIONS)
    assert channel.recv(8)[4:8] == struct.pack("!i", 1)


@pytest.mark.parametrize("certificate", ["station", "gateway", "admin"])
def test_elasticsearch_trusts_no_certificate_but_its_own_as_a_node(certificate):
    with pytest.raises((ssl.SSLError, ConnectionError)):
        channel = shake_hands(
            "elasticsearch transport", port("ELASTICSEARCH_TRANSPORT_PORT"), ssl.TLSVersion.TLSv1_3, SECRETS / f"{certificate}.pem")
        channel.sendall(b"ES\0\0\0\1")
        if channel.recv(1) == b"":
            raise ConnectionResetError


@pytest.mark.parametrize("name", SPARK)
def test_spark_hears_nothing_from_who_does_not_know_the_secret(name):
    # An RPC request of Spark's transport: length, type 3, request number, size of the body, body.
    body = b"\0" * 16
    channel = connect(SPARK[name])
    answer = answer_to(channel, struct.pack("!qbqi", 8 + 1 + 8 + 4 + len(body), 3, 1, len(body)) + body)
    assert answer == b"" or answer[8] == 5, answer  # Hangs up, or type 5: failure.


def listeners():
    """Of every process of the stack: (name, address, port) of what it listens on."""
    sockets = {}
    for family in ("tcp", "tcp6"):
        for line in pathlib.Path("/proc/net", family).read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == "0A":
                sockets[words[9]] = words[1].split(":")
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            marks = [w for w in (process / "environ").read_bytes().split(b"\0") if w.startswith(b"TELLER_SERVER=")]
            if not marks or not marks[0].endswith(b"@" + str(STATE).encode()):
                continue
            for handle in (process / "fd").iterdir():
                target = handle.readlink().name if handle.is_symlink() else ""
                if target.startswith("socket:[") and target[8:-1] in sockets:
                    address, number = sockets[target[8:-1]]
                    yield marks[0].decode().split("=")[1].split("@")[0], address, int(number, 16)
        except OSError:  # Gone meanwhile, or not ours to look at.
            continue


def test_everything_listens_on_loopback_only():
    found = set(listeners())
    wanted = set(TLS_PORTS.values()) | set(SPARK.values())
    assert wanted <= {number for _, _, number in found}, "the looking is broken, or a server is down"
    loopback = {"0100007F", "0000000000000000FFFF00000100007F"}
    assert not [one for one in found if one[1] not in loopback]
