"""Teller, the embedded form, that is given JSON instead of packed ballots."""

from rivals import teller
from rivals.teller import missing, version

__all__ = ["embedded_http_many", "missing", "version"]


def embedded_http_many(ballots, folder, clock):
    """Lists of 1,000 in JSON, which are checked, decoded and packed. Duties as in embedded-drain; each answer comes when the journal is on the disk."""
    lines = ballots.ndjson.read_bytes().splitlines()
    bodies = [b"[" + b",".join(lines[at : at + 1000]) + b"]" for at in range(0, len(lines), 1000)]
    return teller.post_many(ballots, folder, clock, "application/json", bodies)
