"""What each role of Superset may do, asked of every endpoint that Superset has, without a server (endpoints.py).

may.json has, by role, each endpoint that answers it with something else than a refusal; what everybody who is signed in is answered
stands there once. What an update of Superset opens is a line that is missing there: read what it does, then let it in
(TELLER_WRITE=1 writes the file) or take the right away. Roles of a running stack, with data behind the charts and SQL in their
columns, are tested in tests/stack/test_superset_roles.py.
"""

import json
import os
import pathlib
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent
PYTHON = HERE.parents[1] / "build/venv/superset/bin/python"
MAY = HERE / "may.json"
ROLES = ("Observer", "Auditor", "Analyst")


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("superset")
    with (folder / "log").open("w") as log:
        done = subprocess.run([PYTHON, HERE / "endpoints.py", folder], stdout=subprocess.PIPE, stderr=log, text=True, timeout=800)
    assert done.returncode == 0, (folder / "log").read_text()[-4000:]
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def answered(answers):
    """{role: endpoints that do not refuse it}; and under "everybody" those of all three, which then are in no other list."""
    of = {role: {endpoint for endpoint, status in answers[role].items() if status != "refused"} for role in ROLES}
    everybody = set.intersection(*of.values())
    found = {"everybody": sorted(everybody)} | {role: sorted(of[role] - everybody) for role in ROLES}
    if os.environ.get("TELLER_WRITE"):
        MAY.write_text(json.dumps(found, indent=1) + "\n")
    return found


def test_each_role_is_answered_by_the_endpoints_that_are_listed_and_by_no_other(answered):
    assert answered == json.loads(MAY.read_text())


def test_an_admin_reads_whatever_anybody_reads(answers):
    others = {endpoint for role in ROLES for endpoint, status in answers[role].items() if status != "refused" and endpoint.startswith("GET ")}
    assert [endpoint for endpoint in sorted(others) if answers["Admin"][endpoint] == "refused"] == []


def test_no_endpoint_fails_on_the_way_to_its_answer(answers):
    assert {(role, endpoint): status for role in answers for endpoint, status in answers[role].items() if str(status).startswith("broken")} == {}
