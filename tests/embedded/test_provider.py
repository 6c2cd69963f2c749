"""Persons who are known by tokens of a provider of identities (OpenID Connect): `teller serve --persons`."""

import base64
import hashlib
import hmac
import itertools
import sys
import time

import pytest

from conftest import TREE, run, serving
from identity_provider import IdentityProvider, Key, b64
from persons import audit, client_of, token_of

sys.path.insert(0, str(TREE / "tools"))
import roles_source  # noqa: E402

TABLE = roles_source.read_table()


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    with IdentityProvider(tmp_path_factory.mktemp("provider") / "office").running() as running:
        yield running


@pytest.fixture(autouse=True)
def _key(provider):
    """Each test begins with one key, and a provider that says what is so."""
    provider.description = {}
    provider.new_key("first")


@pytest.fixture
def home(home_of_officers):
    return home_of_officers


@pytest.fixture
def persons(tmp_path, provider):
    return provider.persons_file(tmp_path / "persons.toml")


def until_known(url, token, waits=(503,)):
    """Asks until the server knows the key of this token; gives the last answer."""
    for _ in range(600):
        answer = client_of(url, token).plain("GET", "/v1/officer/me")
        if answer.status_code not in waits:
            return answer
        assert answer.status_code == 401 or answer.headers["Retry-After"]
        time.sleep(0.1)
    raise AssertionError(answer.text)


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "RS256"])
def test_a_person_is_known_by_a_token_of_the_provider(home, persons, provider, tmp_path, algorithm):
    provider.new_key("k", algorithm)
    token = provider.token("count-operator", "count-tabulation")
    with serving(home, tmp_path / "engine.log", "--persons", persons) as url:
        assert until_known(url, token).status_code == 200
        told = client_of(url, token).ask("GET", "/v1/officer/me").json()
        assert (told["name"], told["roles"]) == ("8d1f-77 (a.huber)", ["operator", "tabulation"])
        file = tmp_path / "huber.token"
        file.write_text(token + "\n")
        shown, _ = run("officer", "me", "--to", str(url), "--token-file", file)
        assert "operator, tabulation" in shown and "a.huber" in shown
        # Tokens of our own go on beside them.
        client_of(url, token_of(home, "auditor", "c.auer")).ask("GET", "/v1/officer/audit")


def test_the_commands_wait_for_the_keys_that_are_on_their_way(home, persons, provider, tmp_path):
    file = tmp_path / "huber.token"
    file.write_text(provider.token("count-observer") + "\n")
    with serving(home, tmp_path / "engine.log", "--persons", persons) as url:
        assert "observer" in run("officer", "me", "--to", str(url), "--token-file", file)[0]


def test_each_role_of_the_provider_may_what_the_table_says(home, persons, provider, tmp_path):
    with serving(home, tmp_path / "engine.log", "--persons", persons) as url:
        until_known(url, provider.token("count-observer"))
        for role in TABLE["roles"]:
            told = client_of(url, provider.token(f"count-{role}", sub=role, username=None)).ask("GET", "/v1/officer/me").json()
            may = [name for name, one in TABLE["operations"].items() if role in one["roles"] and "setup" in one["stages"]]
            assert (told["role"], told["may"]) == (role, may)
        observer = client_of(url, provider.token("count-observer", sub="o-1", username=None))
        why = observer.ask("GET", "/v1/officer/audit", 403).json()["error"]
        assert why["code"] == "officer.not_allowed" and "o-1 asks as observer" in why["detail"]
    (line,) = [line for line in audit(home) if line["actor"] == "o-1"]
    assert (line["action"], line["subject"], line["reason"]) == ("refused", "read audit log", why["detail"])


def test_a_decision_is_handed_in_by_persons_of_the_provider(home, officers, persons, provider, tmp_path):
    opening = tmp_path / "open.json"
    run("decide", "open", "--home", home, "--reason", "Polls open", "--sign", officers.keys[0], "--out", opening)
    files = {}
    for sub, username in (("8d1f-77", "a.huber"), ("91c0-12", "b.meier")):
        files[username] = tmp_path / f"{username}.token"
        files[username].write_text(provider.token("count-tabulation", sub=sub, username=username) + "\n")
    with serving(home, tmp_path / "engine.log", "--persons", persons) as url:
        said, _ = run("decide", "send", opening, "--to", str(url), "--token-file", files["a.huber"], "--as-person")
        assert "it waits for more signatures" in said
        run("decide", "sign", opening, "--sign", officers.keys[1])
        said, _ = run("decide", "send", opening, "--to", str(url), "--token-file", files["b.meier"], "--as-person")
        assert "open: counted, signed by a.huber, b.meier" in said
    assert [line["actor"] for line in audit(home) if line["action"] == "hand-in"] == ["8d1f-77 (a.huber)", "91c0-12 (b.meier)"]
    run("verify", "--home", home)


def test_a_new_key_becomes_known_by_the_first_token_that_it_signed_and_the_old_one_ends(home, persons, provider, tmp_path):
    old = provider.token("count-auditor")
    with serving(home, tmp_path / "engine.log", "--persons", persons) as url:
        assert until_known(url, old).status_code == 200
        provider.new_key("second", "EdDSA")
        client_of(url, old).ask("GET", "/v1/officer/me")  # Nobody has looked since.
        # Within a second of the last look it is told that the key is unknown, and then that it is on its way.
        assert until_known(url, provider.token("count-auditor"), waits=(401, 503)).status_code == 200
        ended = until_known(url, old)
        assert ended.status_code == 401 and ended.json()["error"]["code"] == "officer.token_key_unknown"
        # Who goes on asking with it does not make us ask the provider each time.
        before, began = provider.asked, time.monotonic()
        for _ in range(50):
            client_of(url, old).plain("GET", "/v1/officer/me")
        assert provider.asked - before <= time.monotonic() - began + 1


def signed_with_the_public_half(provider):
    """HS256, with what the provider publishes as the secret: what a checker takes that lets the token say how it is checked."""
    text = provider.token("count-tabulation", header={"alg": "HS256"}).rsplit(".", 1)[0]
    return f"{text}.{b64(hmac.new(provider.keys[0].public, text.encode(), hashlib.sha256).digest())}"


def changed(token, part):
    """With one bit of what this part says changed."""
    parts = token.split(".")
    data = bytearray(base64.urlsafe_b64decode(parts[part] + "=="))
    data[len(data) // 2] ^= 1
    parts[part] = b64(bytes(data))
    return ".".join(parts)


NOW = int(time.time())
REFUSED = {
    "wrong issuer": (lambda p: p.token(iss="https://evil.example/realms/office", sub="iss"), "its issuer is"),
    "issuer with a slash": (lambda p: p.token(iss=p.issuer + "/", sub="slash"), "its issuer is"),
    "expired": (lambda p: p.token(iat=NOW - 900, exp=NOW - 600, sub="exp"), "has expired at"),
    "not yet": (lambda p: p.token(nbf=NOW + 3000, sub="nbf"), "it is good from"),
    "too long": (lambda p: p.token(exp=NOW + 3600 * 24 * 30, sub="long"), "more than 12 hours"),
    "wrong audience": (lambda p: p.token(aud="superset", sub="aud"), '"teller" is not in its aud'),
    "to sign in with": (lambda p: p.token(typ="ID", sub="typ"), 'of the kind "ID"'),
    "bound to a key": (lambda p: p.token(cnf={"jkt": "x"}, sub="cnf"), "bound to a key"),
    "nobody": (lambda p: p.token(sub=None), "its sub is not"),
    "none": (lambda p: p.token("count-tabulation", header={"alg": "none"}).rsplit(".", 1)[0] + ".", 'its algorithm is "none"'),
    "shared secret": (signed_with_the_public_half, 'its algorithm is "HS256"'),
    "another type of key": (lambda p: p.token(header={"alg": "RS256"}), "is for ES256"),
    "another key of that name": (lambda p: p.token(key=Key(p.folder, "first", "ES256")), "its signature is not good"),
    "header changed": (lambda p: changed(p.token(), 0), "this token is not taken"),
    "claims changed": (lambda p: changed(p.token(), 1), "its signature is not good"),
    "signature changed": (lambda p: changed(p.token(), 2), "its signature is not good"),
    "cut": (lambda p: p.token()[:-1], "no base64url"),
    "two parts": (lambda p: p.token().rsplit(".", 1)[0], "not three parts"),
}


def test_a_token_that_is_refused_says_why_and_leaves_a_line_and_is_kept_nowhere(home, persons, provider, tmp_path):
    sent = []
    with serving(home, tmp_path / "engine.log", "--persons", persons) as url:
        until_known(url, provider.token("count-observer"))
        for name, (make, why) in REFUSED.items():
            published = provider.keys[0]
            token = make(provider)
            provider.keys = [published]
            refused = client_of(url, token).ask("GET", "/v1/officer/me", 401)
            error = refused.json()["error"]
            assert error["code"].startswith("officer.token_") and why in error["detail"], (name, error)
            assert refused.headers["WWW-Authenticate"] == "Bearer"
            client_of(url, token).ask("POST", "/v1/officer/decisions", 401, json={})
            sent.append(token)
            assert not [part for part in token.split(".") if len(part) > 8 and part in refused.text], (name, refused.text)
    refusals = [line for line in audit(home) if line["action"] == "refused"]
    # Of each person one line, and of all that nobody signed one a minute.
    for sub in ("iss", "slash", "exp", "nbf", "long", "aud", "typ", "cnf"):
        (line,) = [line for line in refusals if line["actor"] == f"{sub} (a.huber)"]
        assert line["subject"] == "token" and "this token is not taken" in line["reason"]
    assert [line for line in refusals if line["actor"] == "somebody"]
    assert len(refusals) < len(REFUSED)
    for path in [path for path in [*home.rglob("*"), tmp_path / "engine.log"] if path.is_file()]:
        text = path.read_bytes()
        for token, part in itertools.product(sent, (1, 2)):
            said = token.split(".")[part : part + 1]
            assert not said or len(said[0]) < 9 or said[0].encode() not in text, path
    assert "good" in run("audit", "verify", "--home", home)[0]


def test_nobody_holds_by_the_provider_what_is_kept_apart(home, persons, provider, tmp_path):
    """By one token, by two of them, beside a token of our own, and beside what the count file says."""
    token_of(home, "registrar", "r.roll")
    with serving(home, tmp_path / "engine.log", "--persons", persons) as url:
        until_known(url, provider.token("count-observer"))

        def refused(token, status=403, code="officer.separated"):
            error = client_of(url, token).ask("GET", "/v1/officer/me", status).json()["error"]
            assert error["code"] == code, error
            return error["detail"]

        apart = [(one["role"], other) for one in TABLE["separated"] for other in one["from"]]
        for one, other in apart:
            why = refused(provider.token(f"count-{one}", f"count-{other}", sub=f"{one}-{other}", username=None))
            assert one in why and other in why
        assert "count.json" in refused(provider.token("count-publisher", sub="p-1", username="a.huber"))
        assert "by the token" in refused(provider.token("count-tabulation", sub="p-2", username="r.roll"))
        # A person whose group was changed waits until the token with the other role is over.
        client_of(url, provider.token("count-registrar", sub="p-3", username=None)).ask("GET", "/v1/officer/me")
        assert "a token that is good until" in refused(provider.token("count-clerk", sub="p-3", username=None))
        client_of(url, provider.token("count-auditor", sub="p-3", username=None)).ask("GET", "/v1/officer/me")
        assert "holds no role here" in refused(provider.token("staff", sub="p-4"), code="officer.no_role")
    actors = [line["actor"] for line in audit(home) if line["action"] == "refused"]
    assert actors == [f"{one}-{other}" for one, other in apart] + ["p-1 (a.huber)", "p-2 (r.roll)", "p-3", "p-4 (a.huber)"]


@pytest.mark.parametrize("wrong", ["another issuer", "plain address", "no keys", "nobody there"])
def test_without_the_keys_of_the_provider_its_persons_wait_and_all_else_goes_on(home, provider, tmp_path, wrong):
    token, other = provider.token("count-observer"), {}
    if wrong == "another issuer":
        provider.description = {"issuer": provider.issuer + "/"}
    elif wrong == "plain address":
        provider.description = {"jwks_uri": provider.issuer.replace("https://127.0.0.1", "http://keys.example")}
    elif wrong == "no keys":
        provider.description = {"jwks_uri": provider.issuer + "/nothing"}
    else:
        other = {"issuer": "https://127.0.0.1:1/realms/office"}
    file = provider.persons_file(tmp_path / "persons.toml", **other, keys_again_s=60)
    with serving(home, tmp_path / "engine.log", "--persons", file) as url:
        answer = client_of(url, token).ask("GET", "/v1/officer/me", 503)
        assert answer.json()["error"]["code"] == "persons.keys" and answer.headers["Retry-After"]
        client_of(url, token_of(home, "auditor", "c.auer")).ask("GET", "/v1/officer/audit")
    assert "persons.provider_away" in (tmp_path / "engine.log").read_text()


def test_a_persons_file_that_is_wrong_keeps_it_from_starting(home, provider, tmp_path):
    for other, said in (({"issuer": "http://login.example"}, "issuer"), ({"hours": 3}, "hours"), ({"roles_claim": ""}, "roles_claim")):
        file = provider.persons_file(tmp_path / "persons.toml", **other)
        _, why = run("serve", "--home", home, "--listen", "127.0.0.1:0", "--persons", file, code=2)
        assert "persons.invalid" in why and said in why
    assert "persons.invalid" in run("serve", "--home", home, "--listen", "127.0.0.1:0", "--persons", tmp_path / "none", code=2)[1]
