"""Ports of this machine for servers that tests start and start again.

The kernel gives a port of its own range to whoever asks for any, so that one of these which is free now may be another's when a server
is started there. Those below are given to nobody who does not name them.
"""

import random
import socket

LOWEST = 20_000


def free_port():
    """One that nobody has."""
    with open("/proc/sys/net/ipv4/ip_local_port_range") as given:
        below = int(given.read().split()[0])
    for port in random.sample(range(LOWEST, below), 100):
        with socket.socket() as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                one.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError(f"none of a hundred ports from {LOWEST} to {below} is free")
