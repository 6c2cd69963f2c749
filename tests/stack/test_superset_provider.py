"""Persons of Superset who sign in with the office's provider of identities have the roles of their groups there, and lose them with them.

The provider is a test's own; another process of Superset, on the same data, is told of it (stack/superset.sh try).
"""

import contextlib
import json
import os
import signal
import subprocess
import time
from urllib.parse import urlsplit

import pytest
import requests

from identity_provider import IdentityProvider
from ports import free_port
from running_stack import CA, ROOT

ROLES = {"election-observers": "Observer", "election-analysts": "Analyst", "election-auditors": "Auditor"}


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    with IdentityProvider(tmp_path_factory.mktemp("provider") / "office").running() as running:
        running.new_key("first")
        yield running


@pytest.fixture(scope="module")
def url(provider, tmp_path_factory):
    """Of a Superset that knows the provider."""
    folder = tmp_path_factory.mktemp("superset")
    (folder / "client-secret").write_text(provider.client_secret)
    (folder / "client-secret").chmod(0o600)
    said = {"issuer": provider.issuer, "client_id": "superset", "client_secret_file": "client-secret", "ca": str(provider.certificate)}
    lines = [f"{key} = {json.dumps(value)}" for key, value in said.items()] + ["[roles]"]
    (folder / "provider.toml").write_text("\n".join(lines + [f"{json.dumps(group)} = {json.dumps(role)}" for group, role in ROLES.items()]) + "\n")
    port = free_port()
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(
            [ROOT / "stack/superset.sh", "try", str(port)], stdout=log, stderr=log, env=os.environ | {"SUPERSET_OIDC": str(folder / "provider.toml")}
        )
    try:
        place, end = f"https://localhost:{port}", time.monotonic() + 300
        while True:
            with contextlib.suppress(requests.RequestException):
                if requests.get(place + "/health", verify=CA, timeout=5).ok:
                    break
            assert process.poll() is None and time.monotonic() < end, (folder / "log").read_text()[-3000:]
            time.sleep(0.3)
        yield place
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


@pytest.fixture
def signed_in(url, provider):
    """signed_in(name, groups, …) is a session of somebody who came back from the provider."""

    def sign_in(name, groups, **claims):
        provider.at_it = {"sub": f"id-{name}", "username": name, "preferred_username": name, "groups": groups, **claims}
        person = requests.Session()
        person.verify, person.trust_env = CA, False
        there = person.get(url + "/login/office", timeout=60, allow_redirects=False).headers["Location"]
        assert there.startswith(provider.issuer)
        back = requests.get(there, verify=str(provider.certificate), timeout=60, allow_redirects=False).headers["Location"]
        assert urlsplit(back).netloc == urlsplit(url).netloc
        person.get(back, timeout=60, allow_redirects=False)
        return person

    return sign_in


def may(person, url):
    """Status of what Observers, Analysts and Auditors may read."""
    return [
        person.get(url + path, timeout=60, allow_redirects=False).status_code
        for path in ("/api/v1/dashboard/", "/api/v1/query/", "/api/v1/dashboard/teller_audit_log")
    ]


def test_roles_are_those_of_the_provider_s_groups(url, signed_in):
    observer = signed_in("o.bserver", ["election-observers", "canteen"])
    assert observer.get(url + "/api/v1/me/", timeout=60).json()["result"]["username"] == "office:o.bserver"
    assert may(observer, url) == [200, 403, 404]
    assert may(signed_in("a.nalyst", ["election-analysts"]), url) == [200, 200, 404]
    assert may(signed_in("a.uditor", ["election-auditors"]), url) == [200, 403, 200]


def test_who_is_in_no_such_group_may_see_nothing(url, signed_in):
    for groups in ([], ["canteen"], "election-observers", None):
        assert may(signed_in("n.obody", groups), url)[0] in (401, 403)


def test_a_role_is_taken_away_with_the_group(url, signed_in):
    assert may(signed_in("l.eaver", ["election-analysts"]), url)[:2] == [200, 200]
    assert may(signed_in("l.eaver", ["election-observers"]), url)[:2] == [200, 403]
    assert may(signed_in("l.eaver", []), url)[0] in (401, 403)


def test_nobody_is_taken_for_an_account_that_was_made_here(url, signed_in):
    admin = signed_in("admin", ["election-observers"])
    assert admin.get(url + "/api/v1/me/", timeout=60).json()["result"]["username"] == "office:admin"
    assert admin.get(url + "/api/v1/assets/export/", timeout=60).status_code == 403


@pytest.mark.parametrize("wrong", [{"aud": "another"}, {"nonce": "another"}, {"exp": 1}, {"iss": "https://127.0.0.1:1/realms/office"}])
def test_a_token_that_is_not_for_this_sign_in_is_refused(url, signed_in, wrong):
    person = signed_in("f.orger", ["election-observers"], **wrong)
    assert person.get(url + "/api/v1/me/", timeout=60).status_code == 401


def test_a_token_of_a_key_that_is_not_the_provider_s_is_refused(url, signed_in, provider, tmp_path):
    with IdentityProvider(tmp_path / "other").running() as other:
        key = other.new_key("first")  # Of the same name.
    kept, provider.token = provider.token, lambda *groups, **claims: IdentityProvider.token(provider, *groups, key=key, **claims)
    try:
        person = signed_in("f.orger", ["election-observers"])
    finally:
        provider.token = kept
    assert person.get(url + "/api/v1/me/", timeout=60).status_code == 401
