"""Persons with roles: every cell of schema/roles.toml asked of a running server, tokens, and decisions that wait for signatures."""

import itertools
import json
import shutil
import stat
import subprocess
import sys
import time

import pytest

import little_rill
from conftest import TELLER, TREE, run, serving
from persons import audit, client_of, token_of, unsigned

sys.path.insert(0, str(TREE / "tools"))
import roles_source  # noqa: E402

TABLE = roles_source.read_table()
ROLES, STAGES, OPERATIONS = TABLE["roles"], TABLE["stages"], TABLE["operations"]
APART = {frozenset((one["role"], other)) for one in TABLE["separated"] for other in one["from"]}
OF_NO_SHEET = {"enter sheet", "read sheet", "settle sheet"}
NEXT = {"setup": "open", "open": "close", "closed": "certify"}  # How a count comes from one stage to the next.


@pytest.fixture
def home(home_of_officers):
    return home_of_officers


def token_file(tmp_path, home, role, name, *more):
    path = tmp_path / f"{name}.token"
    path.write_text(token_of(home, role, name, *more) + "\n")
    return path


def ask(asks, home, operation):
    """Does one operation of the table; gives the answer, whatever it is. A decision that may be handed in is refused later: nobody
    signed it; and so is what says of no sheet."""
    method, path = OPERATIONS[operation]["request"].split(" ")
    if operation in OF_NO_SHEET:
        return asks.plain(method, path, json={})
    if method == "POST":
        return asks.plain(method, path, json=unsigned(home, operation.removeprefix("decide ")))
    return asks.plain(method, path.replace("{path}", "0" * 16))


def test_each_role_at_each_stage_may_do_what_the_table_says_and_every_refusal_leaves_a_line(home, officers, tmp_path):
    """And the sentence of each names the role, the stage, the operation and who may."""
    tokens = {role: token_of(home, role, f"a {role}") for role in ROLES}
    asked = refusals = 0
    for stage in STAGES:
        with serving(home, tmp_path / "engine.log") as url:
            for role, operation in itertools.product(ROLES, OPERATIONS):
                asks = client_of(url, tokens[role])
                answer, row = ask(asks, home, operation), OPERATIONS[operation]
                asked += 1
                if role in row["roles"] and stage in row["stages"]:
                    wrong = operation.startswith("decide ") or operation in OF_NO_SHEET
                    allowed = {"read approval": 404}.get(operation, 400 if wrong else 200)
                    assert answer.status_code == allowed, (stage, role, operation, answer.text)
                    continue
                refusals += 1
                assert answer.status_code == 403, (stage, role, operation, answer.text)
                error = answer.json()["error"]
                assert error["code"] == "officer.not_allowed"
                for word in (f"a {role}", f"as {role}", f"stage is {stage}", operation, *row["roles"], *row["stages"]):
                    assert word in error["detail"], (word, error)
                last = client_of(url, tokens["auditor"]).ask("GET", "/v1/officer/audit").json()["lines"][-1]
                assert (last["actor"], last["action"], last["subject"], last["reason"]) == (f"a {role}", "refused", operation, error["detail"])
            told = client_of(url, tokens["observer"]).ask("GET", "/v1/officer/me").json()
            assert told["stage"] == stage
        if stage in NEXT:
            officers.decide(NEXT[stage], "--home", home, *(["--accept-open"] if stage == "closed" else []))
            with serving(home, tmp_path / "engine.log"):
                pass  # Signs a statement.
    assert asked == len(ROLES) * len(STAGES) * len(OPERATIONS)
    # The one that may hand in leaves a line of another kind: nobody had signed.
    noted = [line for line in audit(home) if line["action"] == "refused" and "asks as" in line["reason"]]
    assert len(noted) == refusals
    assert "good" in run("audit", "verify", "--home", home)[0]


def test_what_one_may_do_is_what_the_table_says_of_role_and_stage(home, tmp_path):
    tokens = {role: token_of(home, role, role) for role in ROLES}
    with serving(home, tmp_path / "engine.log") as url:
        for role, token in tokens.items():
            told = client_of(url, token).ask("GET", "/v1/officer/me").json()
            assert told["may"] == [name for name, one in OPERATIONS.items() if role in one["roles"] and "setup" in one["stages"]]
            assert (told["name"], told["role"], told["same_everywhere"]) == (role, role, True)


@pytest.fixture(scope="module")
def one_home(tmp_path_factory):
    """A count without officers, for all pairs of roles."""
    folder = tmp_path_factory.mktemp("apart")
    (folder / "rules.json").write_text(json.dumps(little_rill.RULES))
    run("init", "--home", folder / "home", "--rules", folder / "rules.json", "--mode", "test")
    return folder / "home"


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(ROLES, 2)))
def test_roles_that_the_table_keeps_apart_are_not_held_by_one_person(one_home, one, other):
    home, name = one_home, f"{one} and {other}"
    token_of(home, one, name)
    command = ("token", "new", "--home", home, "--role", other, "--for", name)
    if frozenset((one, other)) not in APART:
        run(*command)
        return
    _, why = run(*command, code=2)
    assert "officer.separated" in why and one in why and other in why
    # Whoever gives up the first may have the second.
    run("token", "revoke", name, "--home", home, "--reason", "another task")
    run(*command)
    _, why = run("token", "new", "--home", home, "--role", one, "--for", name, code=2)
    assert "officer.separated" in why


def test_an_officer_of_the_count_holds_no_role_that_is_kept_apart_from_theirs(home):
    _, why = run("token", "new", "--home", home, "--role", "publisher", "--for", "a.huber", code=2)
    assert "officer.separated" in why and "count.json" in why
    token_of(home, "operator", "a.huber")


def test_a_token_is_shown_once_kept_as_a_hash_and_ends_when_it_is_revoked(home, tmp_path):
    token = token_of(home, "observer", "o.meyer", "--reason", "she watches")
    kept = home / "officers/tokens"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    for path in [path for path in home.rglob("*") if path.is_file()]:
        assert token.encode() not in path.read_bytes(), path
    (listed,) = json.loads(run("token", "list", "--home", home, "--json")[0])
    assert (listed["name"], listed["role"], listed["state"]) == ("o.meyer", "observer", "good")
    assert "o.meyer" in run("token", "list", "--home", home)[0]
    with serving(home, tmp_path / "engine.log") as url:
        asks = client_of(url, token)
        assert asks.ask("GET", "/v1/officer/me").json()["token"] == listed["token"]
        # A sender's token is no person's, and the other way round.
        client_of(url, (home / "token").read_text().strip()).ask("GET", "/v1/officer/me", 401)
        asks.ask("GET", "/v1/head", 401)
        # It ends at once, and whoever shows it then leaves one line.
        run("token", "revoke", listed["token"], "--home", home, "--reason", "lost")
        for _ in range(5):
            refused = asks.ask("GET", "/v1/officer/me", 401)
        assert "was revoked at" in refused.json()["error"]["detail"]
        # And one that is made while it runs is known at once.
        client_of(url, token_of(home, "auditor", "later")).ask("GET", "/v1/officer/me")
    _, why = run("token", "revoke", listed["token"], "--home", home, "--reason", "lost", code=2)
    assert "officer.no_token" in why
    lines = [(line["action"], line["actor"]) for line in audit(home) if "o.meyer" in line["reason"]]
    assert [action for action, _ in lines] == ["token-new", "token-revoke", "refused"]
    assert lines[-1][1] == "o.meyer"


def test_a_token_is_good_for_the_days_that_it_was_made_for(home, tmp_path):
    token = token_of(home, "auditor", "a", "--days", 1)
    for days in (0, 4000):
        assert "officer.invalid" in run("token", "new", "--home", home, "--role", "auditor", "--for", "a", "--days", days, code=2)[1]
    kept = home / "officers/tokens"
    line = kept.read_text().splitlines()[1].split(" ")
    line[4] = line[3]
    kept.write_text("teller officer tokens 1\n" + " ".join(line) + "\n")
    assert json.loads(run("token", "list", "--home", home, "--json")[0])[0]["state"] == "expired"
    with serving(home, tmp_path / "engine.log") as url:
        assert "has expired" in client_of(url, token).ask("GET", "/v1/officer/me", 401).json()["error"]["detail"]


@pytest.mark.parametrize("damage", ["readable", "cut", "word"])
def test_tokens_that_cannot_be_trusted_let_nobody_in(home, tmp_path, damage):
    token = token_of(home, "auditor", "a")
    kept = home / "officers/tokens"
    with serving(home, tmp_path / "engine.log") as url:
        asks = client_of(url, token)
        asks.ask("GET", "/v1/officer/me")
        good = kept.read_bytes()
        if damage == "readable":
            kept.chmod(0o644)
            kept.write_bytes(good + b"\n")
        else:
            kept.write_bytes(good[:-1] if damage == "cut" else good.replace(b"auditor", b"emperor"))
        assert asks.ask("GET", "/v1/officer/me", 500).json()["error"]["code"] == "officer.tokens_invalid"
    assert "officer.tokens_invalid" in run("token", "list", "--home", home, code=2)[1]


@pytest.fixture
def waiting(home, officers, tmp_path):
    """The decision to open, signed by the first officer and by the second, apart."""
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    run("decide", "open", "--home", home, "--reason", "Polls open", "--sign", officers.keys[0], "--out", first)
    shutil.copy(first, second)
    signed = json.loads(first.read_text())
    run("decide", "sign", second, "--sign", officers.keys[1])
    both = json.loads(second.read_text())
    both["signatures"] = [one for one in both["signatures"] if one not in signed["signatures"]]
    second.write_text(json.dumps(both))
    return first, second


def test_a_decision_waits_for_the_second_officer_who_sees_it_signs_it_and_sends_it(home, officers, waiting, tmp_path):
    huber, meier = token_file(tmp_path, home, "tabulation", "a.huber"), token_file(tmp_path, home, "tabulation", "b.meier")
    with serving(home, tmp_path / "engine.log") as url:

        def to(token):
            return ("--to", str(url), "--token-file", token)

        said, _ = run("decide", "send", waiting[0], *to(huber), "--as-person")
        assert "it waits for more signatures until" in said and "a.huber" in said
        assert "setup" in run("decide", "list", "--home", home)[0]
        (row,) = json.loads(run("decide", "waiting", *to(meier), "--json")[0])
        assert (row["action"], row["reason"], row["officers"], row["sent_by"], row["approvals"]) == ("open", "Polls open", ["a.huber"], "a.huber", 2)
        assert "Polls open" in run("decide", "waiting", *to(meier))[0]
        # The second one fetches what waits, signs it on a machine of her own, and sends it.
        fetched = tmp_path / "fetched.json"
        run("decide", "waiting", *to(meier), "--get", row["approval"], "--out", fetched)
        run("decide", "sign", fetched, "--sign", officers.keys[1])
        assert "open: counted, signed by a.huber, b.meier" in run("decide", "send", fetched, *to(meier), "--as-person")[0]
        assert json.loads(run("decide", "waiting", *to(meier), "--json")[0]) == []
        # The same again decides nothing new, though the stage is another one now.
        told = json.loads(run("decide", "send", fetched, *to(huber), "--as-person", "--json")[0])
        assert (told["became"], told["again"]) == ("counted", True)
        told = json.loads(run("decide", "send", waiting[0], *to(huber), "--as-person", "--json")[0])
        assert (told["became"], told["again"]) == ("counted", True)
        assert "decide close" in run("officer", "me", *to(huber))[0]
    listed = json.loads(run("decide", "list", "--home", home, "--json")[0])
    assert listed["stage"] == "open" and len(listed["decisions"]) == 2
    handed = [line for line in audit(home) if line["action"] == "hand-in"]
    assert [(line["actor"], line["subject"]) for line in handed] == [("a.huber", "decide open"), ("b.meier", "decide open")]
    run("verify", "--home", home)


def test_signatures_that_came_apart_are_put_together_also_after_a_kill(home, waiting, tmp_path):
    token = token_of(home, "tabulation", "a.huber")
    with open(tmp_path / "killed.log", "ab") as events:
        engine = subprocess.Popen([TELLER, "serve", "--home", home, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=events, text=True)
        asks = client_of(engine.stdout.readline().strip(), token)
        asks.ask("POST", "/v1/officer/decisions", 202, json=json.loads(waiting[0].read_text()))
        engine.kill()
        engine.wait()
    assert {stat.S_IMODE(path.stat().st_mode) for path in (home / "officers/approvals").iterdir()} == {0o600}
    with serving(home, tmp_path / "engine.log") as url:
        asks = client_of(url, token)
        assert len(asks.ask("GET", "/v1/officer/approvals").json()["approvals"]) == 1
        told = asks.ask("POST", "/v1/officer/decisions", json=json.loads(waiting[1].read_text())).json()
        assert (told["became"], told["officers"]) == ("counted", ["a.huber", "b.meier"])
        assert asks.ask("GET", "/v1/officer/me").json()["stage"] == "open"


def test_what_was_signed_in_another_officers_name_does_not_wait_and_is_noted(home, waiting, tmp_path):
    token = token_of(home, "tabulation", "mallory")
    forged = json.loads(waiting[0].read_text())
    forged["signatures"][0]["officer"] = "b.meier"
    stranger = json.loads(waiting[0].read_text())
    stranger["signatures"][0]["officer"] = "nobody"
    other = json.loads(waiting[0].read_text()) | {"count": "0" * 32}
    with serving(home, tmp_path / "engine.log") as url:
        asks = client_of(url, token)
        for body, code in ((forged, "decision.not_signed"), (stranger, "decision.not_signed"), (other, "decision.other_count")):
            assert asks.ask("POST", "/v1/officer/decisions", 400, json=body).json()["error"]["code"] == code
        # What waits already is not spoiled by what is added to it.
        asks.ask("POST", "/v1/officer/decisions", 202, json=json.loads(waiting[0].read_text()))
        asks.ask("POST", "/v1/officer/decisions", 400, json=forged)
        (row,) = asks.ask("GET", "/v1/officer/approvals").json()["approvals"]
        assert row["officers"] == ["a.huber"]
    refused = [line["reason"] for line in audit(home) if line["action"] == "refused" and line["actor"] == "mallory"]
    # What is asked again within a minute has its line already.
    assert len(refused) == 3 and "not that of the officer" in refused[0]


def test_what_waits_too_long_is_gone_and_a_line_says_so(home, waiting, tmp_path):
    token = token_of(home, "tabulation", "a.huber")
    with serving(home, tmp_path / "engine.log", "--approval-hours", 2) as url:
        asks = client_of(url, token)
        row = asks.ask("POST", "/v1/officer/decisions", 202, json=json.loads(waiting[0].read_text())).json()["approval"]
        came, expires = (time.mktime(time.strptime(row[name][:19], "%Y-%m-%dT%H:%M:%S")) for name in ("came", "expires"))
        assert expires - came == 2 * 3600
    (kept,) = (home / "officers/approvals").iterdir()
    head, rest = kept.read_text().split("\n", 1)
    kept.write_text(json.dumps(json.loads(head) | {"expires_us": 1}) + "\n" + rest)
    with serving(home, tmp_path / "engine.log") as url:
        asks = client_of(url, token)
        assert asks.ask("GET", "/v1/officer/approvals").json()["approvals"] == []
        assert not kept.exists()
        # The second officer alone does not complete what is gone: it begins to wait anew.
        asks.ask("POST", "/v1/officer/decisions", 202, json=json.loads(waiting[1].read_text()))
    (line,) = [line for line in audit(home) if line["action"] == "approval-expired"]
    assert row["approval"] in line["reason"] and line["subject"] == "decide open"


def test_no_more_than_a_hundred_wait(home, officers, tmp_path):
    token, folder = token_of(home, "tabulation", "a.huber"), home / "officers/approvals"
    with serving(home, tmp_path / "engine.log") as url:
        asks = client_of(url, token)
        bodies = []
        for number in range(101):
            file = tmp_path / f"{number}.json"
            run("decide", "open", "--home", home, "--reason", f"for the {number}. time", "--sign", officers.keys[0], "--out", file)
            bodies.append(json.loads(file.read_text()))
        for body in bodies[:100]:
            asks.ask("POST", "/v1/officer/decisions", 202, json=body)
        assert asks.ask("POST", "/v1/officer/decisions", 400, json=bodies[100]).json()["error"]["code"] == "decision.approvals_full"
        asks.ask("POST", "/v1/officer/decisions", 202, json=bodies[0])  # It waits already.
        assert len(list(folder.iterdir())) == 100
