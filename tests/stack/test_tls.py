"""Every port of the stack speaks TLS 1.3 and listens on this machine only. Whom it refuses stands in test_refusals.py."""

import pathlib
import socket
import ssl
import struct

import pytest

from running_stack import CA, ROOT, STATE, kafka_port, port

KAFKA = {f"kafka-{node} {listener}": kafka_port(node, listener) for node in (1, 2, 3) for listener in ("scram", "controller", "broker", "mtls")}
TLS_PORTS = KAFKA | {
    "postgres": port("POSTGRES_PORT"),
    "elasticsearch": port("ELASTICSEARCH_PORT"),
    "elasticsearch transport": port("ELASTICSEARCH_TRANSPORT_PORT"),
    "superset": port("SUPERSET_PORT"),
}
if (ROOT / "view" / "board" / "app.py").exists():
    TLS_PORTS["board"] = port("BOARD_PORT")
SPARK = {"spark-master": port("SPARK_PORT"), "spark-worker-1": port("SPARK_PORT") + 1, "spark-worker-2": port("SPARK_PORT") + 2}


def shake_hands(name, number):
    """A TLS connection; PostgreSQL is asked for TLS in its own words first."""
    context = ssl.create_default_context(cafile=CA)
    if name == "elasticsearch transport":  # Its certificate is its own alone; nobody else has to trust it.
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    plain = socket.create_connection(("127.0.0.1", number), timeout=20)
    if name == "postgres":
        plain.sendall(struct.pack("!ii", 8, 80877103))
        assert plain.recv(1) == b"S"
    return context.wrap_socket(plain, server_hostname="localhost")


@pytest.mark.parametrize("name", TLS_PORTS)
def test_a_port_speaks_tls_1_3(name):
    assert shake_hands(name, TLS_PORTS[name]).version() == "TLSv1.3"


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
