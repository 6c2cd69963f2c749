"""Persons of a count: their tokens, and decisions that are not signed as they should be."""

import json
import uuid

from conftest import run
from http_api import Answers


def token_of(home, role, name, *more):
    """A new token, as it is sent."""
    return run("token", "new", "--home", home, "--role", role, "--for", name, *more)[0].strip()


def client_of(url, token, seen=None):
    """Asks a server with this token, and holds each answer against schema/http.yaml."""
    return Answers(url, set() if seen is None else seen, {"Authorization": f"Bearer {token}"})


def unsigned(home, action):
    """A decision that nobody signed, whatever the stage: {…} of its file."""
    count = json.loads((home / "count.json").read_text())
    made = {"teller": "decision/1", "count": count["id"], "action": action, "reason": "because"}
    entry = {"id": str(uuid.uuid4())}
    if action == "certify":
        made |= {"statement": 1, "statement_hash": "0" * 64, "digest": "0" * 64}
    if action == "keep":
        entry |= {"of": str(uuid.uuid4()), "kept": "0" * 64, "not_counted": "1" * 64}
    elif action in ("void", "reinstate", "supersede"):
        entry |= {"ballot": "00"} | ({"other": "01"} if action == "supersede" else {})
    else:
        entry |= {"partition": 0, "number": 1} | ({"counted": 0} if action == "certify" else {})
    return made | {"entries": [entry], "signatures": []}


def audit(home):
    return json.loads(run("audit", "show", "--home", home, "--json")[0])
