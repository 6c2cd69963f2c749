"""A count from its opening to its certificate: officers decide, and nobody else can."""

import contextlib
import json
import re
import sqlite3
import subprocess
import urllib.error
import urllib.request
import uuid

import pytest

import little_rill
from certificates import authority, signed
from conftest import TELLER, run, serving
from test_officers import until


def say(*arguments):
    return run(*arguments)[0]


@pytest.fixture
def home(home_of_officers):
    return home_of_officers


def ballots(home, path, numbers, marks="ada"):
    count = json.loads((home / "count.json").read_text())["id"]
    path.write_text("".join(json.dumps(little_rill.ballot(count, id_of(n), marks.split())) + "\n" for n in numbers))
    return path


def id_of(n):
    return str(uuid.UUID(int=n << 96 | 0x4000_8000_0000_0000_0000))


def votes(home, option="ada"):
    told = json.loads(say("totals", "--home", home, "--format", "json"))
    return next(o["votes"] for contest in told["contests"] for o in contest["by_option"] if o["option"] == option)


def status(home):
    return json.loads(say("decide", "list", "--home", home, "--json"))


def test_a_count_from_its_opening_to_its_certificate(home, officers, tmp_path):
    def decide(action, *more, **named):
        return officers.decide(action, "--home", home, *more, **named)

    assert status(home) == {"stage": "setup", "status": "unofficial", "decisions": []}
    # Before the opening nothing counts, and nothing is lost.
    _, why = run("load", ballots(home, tmp_path / "early.ndjson", range(3)), "--home", home, code=1)
    assert "count.not_open" in why
    assert "open the count, decided by a.huber, b.meier" in decide("open")
    run("replay-rejected", "--home", home, "--reason", "they came before the opening")
    run("load", ballots(home, tmp_path / "day.ndjson", range(3, 40)), "--home", home)
    assert votes(home) == 40

    # A batch that was scanned twice is taken out, to the vote; one of them was no copy after all.
    again = tmp_path / "again.json"
    decide("void", "--ballot", id_of(5), "--out", again)
    decide("void", "--ballot", id_of(5), "--ballot", id_of(6))
    assert votes(home) == 38
    _, why = run("decide", "void", "--home", home, "--ballot", id_of(5), "--reason", "again", *officers.signed(), code=2)
    assert "control.target_settled: 1 of 1 are void already" in why
    _, why = run("decide", "send", again, "--home", home, code=1)  # Of two that were made at once the count takes one.
    assert "control.target_settled" in why
    decide("reinstate", "--ballot", id_of(6))
    assert votes(home) == 39
    (tmp_path / "batch").write_text("".join(f"{id_of(n)}\n" for n in range(10, 13)))
    decide("void", "--ballots", tmp_path / "batch")
    assert votes(home) == 36
    decide("reinstate", "--ballots", tmp_path / "batch")
    assert votes(home) == 39
    _, why = run("decide", "void", "--home", home, "--ballot", id_of(77), "--reason", "x", *officers.signed(), code=2)
    assert "decision.no_ballot" in why

    _, why = run("decide", "certify", "--home", home, "--reason", "x", *officers.signed(), code=2)
    assert "the count's stage is open" in why
    decide("close")
    run("load", ballots(home, tmp_path / "mail.ndjson", range(40, 42)), "--home", home)  # Late mail.
    with serving(home, tmp_path / "engine.log"):
        pass  # Signs a statement of all of it.
    _, why = run("decide", "certify", "--home", home, "--reason", "canvass", *officers.signed(), code=2)
    assert "decision.open: 1 rejected" in why, why
    decide("certify", "--accept-open", reason="canvass of 19 May")
    told = status(home)
    assert (told["stage"], told["status"]) == ("certified", "official")
    assert "[left open: 1 rejected]" in told["decisions"][-1]["reason"]
    assert json.loads(say("totals", "--home", home, "--format", "json"))["status"] == "official"

    _, why = run("load", ballots(home, tmp_path / "late.ndjson", range(42, 43)), "--home", home, code=1)
    assert "count.certified" in why and votes(home) == 41
    with serving(home, tmp_path / "engine.log"):
        pass
    assert "status official" in max((home / "published").glob("statement-*"), key=lambda p: int(p.name.split("-")[1])).read_text()
    run("verify", "--home", home)
    run("log", "export", tmp_path / "export", "--home", home)
    run("verify", "--export", tmp_path / "export", "--key", say("keys", "--home", home).strip())
    assert json.loads(say("reconcile", "--home", home, "--full", "--json"))["good"]

    decide("reopen", reason="a court ordered a recount")
    assert (status(home)["stage"], status(home)["status"]) == ("closed", "unofficial")
    run("load", tmp_path / "late.ndjson", "--home", home)
    assert votes(home) == 42
    run("verify", "--home", home)


def test_figures_of_an_earlier_stage_are_read_by_their_commit_and_by_a_time(home, officers, tmp_path):
    """They are kept when officers have decided about the stage, without anybody who asks, and outlive the process."""

    def told(url, as_of, code=200):
        request = urllib.request.Request(f"{url}/v1/totals?as_of={as_of}", headers=url.headers)
        with contextlib.suppress(urllib.error.HTTPError):
            with urllib.request.urlopen(request) as answer:
                assert code == 200
                return json.load(answer)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request)
        assert refused.value.code == code
        return json.load(refused.value)["error"]

    def votes_in(told):
        return next(o["votes"] for contest in told["contests"] for o in contest["by_option"] if o["option"] == "ada")

    def kept():
        return sorted((home / "earlier-totals").glob("*.totals"))

    officers.decide("open", "--home", home)
    run("load", ballots(home, tmp_path / "day", range(30)), "--home", home)
    with serving(home, tmp_path / "engine.log", "--keep-totals", 60) as url:
        officers.decide("close", "--home", home)
        closed = told(url, "2999-01-01T00:00:00Z")["commit"]
        until(lambda: kept() and int(kept()[-1].name.partition("-")[0]) == closed, "figures of the close are kept")
        run("load", ballots(home, tmp_path / "mail", range(30, 42)), "--home", home)
        now = told(url, "2999-01-01T00:00:00Z")
        assert votes_in(now) == 42
    (file,) = (one for one in kept() if int(one.name.partition("-")[0]) == closed)
    commit = closed
    assert commit < now["commit"]
    with serving(home, tmp_path / "engine.log") as url:
        then = told(url, commit)
        assert (then["commit"], votes_in(then)) == (commit, 30)
        assert told(url, then["as_of"]) == then and votes_in(told(url, now["as_of"])) == 42
        for as_of, why in (
            (now["commit"] + 1000, "of earlier hours there are those of commit "),
            ("2026-01-01T00:00:00Z", "the first figures that are kept are of"),
        ):
            assert why in told(url, as_of, 400)["detail"]
    kept_bytes = file.read_bytes()
    file.write_bytes(kept_bytes[:-1] + bytes([kept_bytes[-1] ^ 1]))
    with serving(home, tmp_path / "engine.log") as url:
        assert told(url, commit, 503)["code"] == "totals.kept_damaged"


def outcome(home, officers, action, *more, code=0):
    """What a decision about ballots says of those that were named, and of each that it is about; and what was said beside it."""
    done, said = run(
        "decide", action, "--home", home, "--reason", "Batch 17", *officers.signed(), *more, *(["--json"] if code == 0 else []), code=code
    )
    return (json.loads(done) if code == 0 else None), said


def test_a_scanners_batch_is_taken_out_by_its_name_and_put_back_from_its_file(home, officers, tmp_path):
    early, batch = ballots(home, tmp_path / "early", range(1)), ballots(home, tmp_path / "batch", range(11))
    run("load", early, "--home", home, "--batch", "3/17", code=1)  # Before the opening: it never counts.
    officers.decide("open", "--home", home)
    run("load", ballots(home, tmp_path / "other", range(10, 30)), "--home", home)
    run("load", ballots(home, tmp_path / "scanned", range(1, 11)), "--home", home, "--batch", "3/17")
    assert votes(home) == 29

    # Ballot 0 was never counted, and the paper of ballot 10 came by another way as well.
    _, why = outcome(home, officers, "void", "--batch", "3/17", code=2)
    assert "11 named: 9 counted, 1 absent (no ballot with this id was counted), 1 from another batch or sender too" in why
    assert "decision.no_ballot" in why and "--found-only" in why and votes(home) == 29
    done, _ = outcome(home, officers, "void", "--batch", "3/17", "--found-only")
    assert done["named"] | {"absent": [id_of(0)], "elsewhere": [id_of(10)]} == done["named"]
    assert [done["named"][name] for name in ("named", "found")] == [11, 9]
    assert {one["ballot"]: one["became"] for one in done["ballots"]} == {id_of(n): "counted" for n in range(1, 10)}
    assert votes(home) == 20
    signed = ("--reason", "Batch 17", *officers.signed())
    _, why = run("decide", "void", "--home", home, *signed, "--batch", "3/17", "--found-only", code=2)
    assert "9 of 11 are void already" in why

    # The entries themselves are as good as a list of ids. Of a file nobody asks where else they came from.
    _, why = outcome(home, officers, "reinstate", "--ballots", batch, code=2)
    assert "11 named: 9 void, 1 absent (no ballot with this id was counted), 1 not void" in why
    outcome(home, officers, "reinstate", "--ballots", batch, "--found-only")
    assert votes(home) == 29
    run("verify", "--home", home)

    # What decides is told of each: here one of two was decided about by somebody else in between.
    file = tmp_path / "void.json"
    officers.decide("void", "--home", home, "--ballot", id_of(1), "--ballot", id_of(2), "--out", file)
    officers.decide("void", "--home", home, "--ballot", id_of(2))
    done, said = run("decide", "send", file, "--home", home, "--json", code=1)
    assert {one["ballot"]: one["became"] for one in json.loads(done)["ballots"]} == {id_of(1): "counted", id_of(2): "control.target_settled"}
    assert f"ballot {id_of(2)}: " in said and votes(home) == 27


def test_a_batch_is_one_of_one_sender(home, officers, tmp_path):
    officers.decide("open", "--home", home)
    run("load", ballots(home, tmp_path / "first", range(3)), "--home", home, "--batch", "17")
    with serving(home, tmp_path / "engine.log") as url:
        run("load", ballots(home, tmp_path / "second", range(3, 8)), "--to", url, "--batch", "17")
    _, why = outcome(home, officers, "void", "--batch", "17", code=2)
    assert 'decision.no_ballot: 2 senders have sent a batch "17": "file" (3), ' in why and "--sender" in why
    outcome(home, officers, "void", "--batch", "17", "--sender", "file")
    assert votes(home) == 5
    run("decide", "reinstate", "--home", home, "--reason", "Batch 17", *officers.signed(), "--batch", "17", "--sender", "file", "--json")
    for named in (("--batch", "18"), ("--batch", "17", "--sender", "nobody")):
        _, why = outcome(home, officers, "void", *named, code=2)
        assert "decision.no_ballot: nothing that was recorded is a ballot of a batch" in why
    _, why = outcome(home, officers, "void", code=2)
    assert "decision.no_ballot: no ballot is named" in why
    (tmp_path / "words").write_text(f"{id_of(1)}\nballot 2\n")
    _, why = outcome(home, officers, "void", "--ballots", tmp_path / "words", code=2)
    assert "words:2" in why and '"ballot 2" is no id of a ballot' in why
    assert votes(home) == 8


def conflicts(home):
    """{id: (place, how it was settled)}"""
    return {one["id"]: (one["conflict"], one["settled"]) for one in json.loads(say("resolve", "--home", home, "--json"))}


def places(home):
    return [one["conflict"] for one in json.loads(say("resolve", "--home", home, "--json"))]


def test_conflicts_are_kept_or_superseded_and_that_is_taken_back(home, officers, tmp_path):
    def resolve(*more, code=0):
        return run("resolve", "--home", home, *more, "--reason", "The paper says so", *officers.signed(), code=code)

    officers.decide("open", "--home", home)
    run("load", ballots(home, tmp_path / "day", range(6)), "--home", home)
    run("load", ballots(home, tmp_path / "other", (1, 2, 3), "bell"), "--home", home, code=1)
    assert "3 conflict(s), 3 open" in say("resolve", "--home", home)
    places = {id_: place for id_, (place, settled) in conflicts(home).items() if not settled}
    one, two, three = (places[id_of(n)] for n in (1, 2, 3))
    (shown,) = json.loads(say("resolve", "--home", home, "--conflict", one))
    assert shown["counts"]["entry"]["contests"] != shown["sent_later"]["entry"]["contests"] and not shown["void"]

    # The totals move by exactly one ballot, and back.
    resolve("--conflict", one, "--supersede")
    assert (votes(home), votes(home, "bell")) == (5, 1)
    assert "conflict(s) settled by officers" in say("incidents", "--home", home)
    (now,) = json.loads(say("resolve", "--home", home, "--conflict", one))
    assert now["counts"] == shown["sent_later"] and now["settled"].startswith("superseded: it counts, commit ")
    for how in ("--supersede", "--keep"):
        assert "control.target_settled" in resolve("--conflict", one, how, code=2)[1]
    resolve("--conflict", one, "--undo")
    assert (votes(home), votes(home, "bell")) == (6, 0)
    assert "control.target_settled" in resolve("--conflict", one, "--undo", code=2)[1]
    resolve("--conflict", one, "--supersede")

    # What stands can be voided, and what was superseded cannot come in between.
    outcome(home, officers, "void", "--ballot", id_of(1))
    assert (votes(home), votes(home, "bell")) == (5, 0)
    assert "the ballot is void; reinstate it first" in resolve("--conflict", one, "--undo", code=2)[1]
    outcome(home, officers, "reinstate", "--ballot", id_of(1))
    assert (votes(home), votes(home, "bell")) == (5, 1)

    # Certifying waits for those that are open, and for no other.
    officers.decide("close", "--home", home)
    with serving(home, tmp_path / "engine.log"):
        pass
    _, why = run("decide", "certify", "--home", home, "--reason", "canvass", *officers.signed(), code=2)
    assert "decision.open: 2 conflict(s)" in why, why
    file = tmp_path / "keep.json"
    run("resolve", "--home", home, "--conflict", two, "--keep", "--reason", "Ada it is", "--sign", officers.keys[0], "--out", file)
    (kept,) = json.loads(say("resolve", "--home", home, "--conflict", two))
    shows = say("decide", "show", file)
    assert "keep 1 side of a conflict" in shows and kept["counts"]["leaf"] in shows and kept["sent_later"]["leaf"] in shows
    run("decide", "sign", file, "--sign", officers.keys[1])
    run("decide", "send", file, "--home", home)
    assert (votes(home), votes(home, "bell")) == (5, 1)
    resolve("--all-open", "--keep")
    assert "control.target_settled" in resolve("--conflict", three, "--keep", code=2)[1]
    assert not [place for place, settled in conflicts(home).values() if not settled]
    assert three in {place for place, _ in conflicts(home).values()}
    # The same content once more is settled already.
    run("load", tmp_path / "other", "--home", home, code=1)
    with serving(home, tmp_path / "engine.log"):
        pass
    officers.decide("certify", "--home", home)
    assert status(home)["status"] == "official"
    acts = [one["action"] for one in status(home)["decisions"]]
    assert (acts.count("supersede"), acts.count("keep")) == (3, 2)
    run("verify", "--home", home)
    run("log", "export", tmp_path / "export", "--home", home)
    run("verify", "--export", tmp_path / "export", "--key", say("keys", "--home", home).strip())
    assert json.loads(say("reconcile", "--home", home, "--full", "--json"))["good"]
    assert "control.stage" in resolve("--conflict", one, "--undo", code=2)[1]


def test_undoing_brings_back_what_was_replaced(home, officers, tmp_path):
    """And not what was counted first: that was superseded too, by a decision that nobody takes back here."""

    def resolve(*more):
        run("resolve", "--home", home, *more, "--reason", "The paper says so", *officers.signed())
        return votes(home), votes(home, "bell")

    officers.decide("open", "--home", home)
    run("load", ballots(home, tmp_path / "day", [1]), "--home", home)
    run("load", ballots(home, tmp_path / "second", [1], "bell"), "--home", home, code=1)
    run("load", ballots(home, tmp_path / "third", [1], ""), "--home", home, code=1)
    bell, blank = places(home)
    assert resolve("--conflict", bell, "--supersede") == (0, 1)
    # Who signs a file that somebody else has made sees what it does.
    file = tmp_path / "blank.json"
    said, _ = run("resolve", "--home", home, "--conflict", blank, "--supersede", "--reason", "x", "--sign", officers.keys[0], "--out", file, "--json")
    assert json.loads(said) == {"file": str(file), "entries": 1}
    shows = say("decide", "show", file, "--rules", home / "rules.json")
    # As a word: the count's id is hexadecimal and may have "ada" in it.
    assert "bell -1" in shows and "undervotes +1" in shows and not re.search(r"\bada\b", shows), shows
    assert resolve("--conflict", blank, "--supersede") == (0, 0)
    assert resolve("--conflict", blank, "--undo") == (0, 1)
    settled = {one["conflict"]: one["settled"] for one in json.loads(say("resolve", "--home", home, "--json"))}
    assert settled[blank].startswith("superseded: it counts no longer") and settled[bell].startswith("superseded: it counts,")
    assert resolve("--conflict", bell, "--undo") == (1, 0)


def test_what_is_no_conflict_is_settled_by_nobody(home, officers, tmp_path):
    signed = ("--reason", "x", *officers.signed())
    officers.decide("open", "--home", home)
    run("load", ballots(home, tmp_path / "day", range(2)), "--home", home)
    assert "0 conflict(s), 0 open" in say("resolve", "--home", home)
    assert "decision.no_conflict" in run("resolve", "--home", home, "--conflict", "0/0/0", "--keep", *signed, code=2)[1]
    assert "decision.no_conflict" in run("resolve", "--home", home, "--all-open", "--keep", *signed, code=2)[1]
    assert "say which" in run("resolve", "--home", home, "--keep", *signed, code=2)[1]
    run("load", ballots(home, tmp_path / "second", [1], "bell"), "--home", home, code=1)
    run("load", tmp_path / "second", "--home", home, code=1)
    run("resolve", "--home", home, "--all-open", "--supersede", *signed)  # The same content twice is one.
    assert (votes(home), votes(home, "bell")) == (1, 1)
    run("resolve", "--home", home, "--conflict", places(home)[0], "--undo", *signed)
    run("load", ballots(home, tmp_path / "third", [1], ""), "--home", home, code=1)
    run("load", ballots(home, tmp_path / "fourth", [1], "ada bell"), "--home", home, code=1)
    assert "only one content can count" in run("resolve", "--home", home, "--all-open", "--supersede", *signed, code=2)[1]
    run("resolve", "--home", home, "--all-open", "--keep", *signed)
    assert votes(home) == 2
    assert "4 conflict(s), 0 open" in say("resolve", "--home", home)


def test_a_decision_that_a_third_officer_signs_too_decides_once_and_leaves_nothing_open(tmp_path, officers, new_home):
    third, three, rules = tmp_path / "klein.key", tmp_path / "three.toml", tmp_path / "rules.json"
    three.write_text(officers.file.read_text() + say("officer", "new", "c.klein", "--out", third))
    rules.write_text(json.dumps(little_rill.RULES))
    home = new_home(rules, "--partitions", 2, "--officers", three)
    officers.decide("open", "--home", home)
    run("load", ballots(home, tmp_path / "day", range(4)), "--home", home)
    for action, of in (("void", ("--ballot", id_of(1))), ("close", ())):
        file = tmp_path / f"{action}.json"
        run("decide", action, *of, "--home", home, "--reason", "as the law says", *officers.signed(), "--out", file)
        run("decide", "send", file, "--home", home)
        decided = status(home)
        run("decide", "sign", file, "--sign", third)
        run("decide", "send", file, "--home", home)
        assert status(home) == decided
    assert votes(home) == 3
    assert "0 conflict(s), 0 open" in say("resolve", "--home", home)
    with serving(home, tmp_path / "engine.log"):
        pass
    officers.decide("certify", "--home", home)
    assert status(home)["status"] == "official"
    run("verify", "--home", home)


def test_a_decision_goes_to_a_server_with_tls_by_who_has_a_certificate(home, officers, tmp_path):
    """And whether it was counted is asked where one says; here of the same server."""
    ca, other = authority(tmp_path), authority(tmp_path, "another")
    (server, server_key), (clerk, clerk_key) = signed(ca, "server"), signed(ca, "clerk")
    decision = ("--home", home, "--reason", "Polls open", *officers.signed())
    with serving(home, tmp_path / "engine.log", "--certificate", server, "--key", server_key, "--client-ca", ca) as url:
        shown = ("--certificate", clerk, "--key", clerk_key)
        assert "SSL certificate problem" in run("decide", "open", *decision, "--to", url, "--ca", other, *shown, code=3)[1]
        assert "load.not_allowed" in run("decide", "open", *decision, "--to", url, "--ca", ca, code=3)[1]
        assert status(home)["stage"] == "setup"
        said = run("decide", "open", *decision, "--to", url, "--outcomes-at", url, "--ca", ca, *shown)[0]
        assert "decided by a.huber, b.meier" in said
    assert status(home)["stage"] == "open"

    (token := tmp_path / "lang.token").write_text(say("token", "new", "--home", home, "--role", "auditor", "--for", "c.lang"))
    # Where senders have certificates, a person shows one too, whosever it is: the token says who asks.
    with serving(home, tmp_path / "engine.log", "--certificate", server, "--key", server_key, "--client-ca", ca) as url:
        door = ("--to", str(url), "--ca", ca, "--token-file", token)
        me = json.loads(say("officer", "me", *door, "--certificate", clerk, "--key", clerk_key, "--json"))
        assert (me["name"], me["role"]) == ("c.lang", "auditor")
        assert json.loads(say("decide", "waiting", *door, "--certificate", clerk, "--key", clerk_key, "--json")) == []
        run("officer", "me", *door, code=2)
        assert "--key" in run("officer", "me", *door, "--certificate", clerk, code=2)[1]
    with serving(home, tmp_path / "engine.log", "--certificate", server, "--key", server_key) as url:
        me = json.loads(say("officer", "me", "--to", str(url), "--ca", ca, "--token-file", token, "--json"))
        assert (me["name"], me["role"], me["stage"]) == ("c.lang", "auditor", "open")
        assert "SSL" in run("officer", "me", "--to", str(url), "--ca", other, "--token-file", token, code=2)[1]


def test_what_the_stage_does_not_allow_is_refused_with_where_the_count_stands(home, officers):
    signed = ("--home", home, "--reason", "x", *officers.signed())
    for why in (
        run("decide", "close", *signed, code=2)[1],
        run("decide", "reopen", *signed, code=2)[1],
        run("decide", "reinstate", *signed, "--ballot", id_of(5), code=2)[1],
    ):
        assert "control.stage: the count's stage is setup" in why
    assert status(home)["decisions"] == []


def test_one_officer_alone_decides_nothing(home, officers, tmp_path):
    file = tmp_path / "open.decision"
    _, why = run("decide", "open", "--home", home, "--reason", "x", "--sign", officers.keys[0], code=2)
    assert "decision.not_signed" in why and "a.huber" in why
    run("decide", "open", "--home", home, "--reason", "Polls open", "--sign", officers.keys[0], "--out", file)
    run("decide", "send", file, "--home", home, code=2)
    with serving(home, tmp_path / "engine.log") as url:  # The server does not take it either.
        said, why = run("decide", "send", file, "--to", url, code=1)
        assert "control.approvals" in why
        assert "Polls open" in say("decide", "show", file) and "a.huber" in say("decide", "show", file)
        run("decide", "sign", file, "--sign", officers.keys[1])
        run("decide", "send", file, "--to", url)
        run("decide", "send", file, "--to", url)  # It decides once.
    assert status(home)["stage"] == "open" and len(status(home)["decisions"]) == 2
    # What was signed cannot be turned into something else.
    changed = json.loads(file.read_text())
    changed["action"] = "close"
    for entry in changed["entries"]:
        entry["number"] = 2
        entry["id"] = str(uuid.uuid4())
    file.write_text(json.dumps(changed))
    _, why = run("decide", "send", file, "--home", home, code=2)
    assert "a signature is not that of the officer" in why


def test_a_role_that_may_not_decide_is_told_so(tmp_path, officers, new_home):
    clerk = tmp_path / "clerk.key"
    lines = say("officer", "new", "c.clerk", "--role", "clerk", "--out", clerk)
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps(little_rill.RULES))
    officers.file.write_text(officers.file.read_text() + lines)
    home = new_home(rules, "--officers", officers.file)
    signed = ("--sign", officers.keys[0], "--sign", clerk)
    _, why = run("decide", "open", "--home", home, "--reason", "x", *signed, code=2)
    assert "control.role" in why and "clerk" in why
    # Officers who could never decide anything make no count.
    alone = tmp_path / "alone.toml"
    alone.write_text(lines)
    _, why = run("init", "--home", tmp_path / "never", "--rules", rules, "--officers", alone, code=2)
    assert "officer.invalid" in why and not (tmp_path / "never").exists()


def test_a_decision_that_was_killed_on_its_way_is_sent_again(home, officers, tmp_path):
    file = tmp_path / "open.decision"
    officers.decide("open", "--home", home, "--out", file)
    with open(tmp_path / "killed.log", "ab") as events:
        engine = subprocess.Popen([TELLER, "serve", "--home", home, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=events, text=True)
        url = engine.stdout.readline().strip()
        run("decide", "send", file, "--to", url, "--token-file", home / "token", "--no-wait")
        engine.kill()
        engine.wait()
    run("decide", "send", file, "--home", home)
    assert status(home)["stage"] == "open" and len(status(home)["decisions"]) == 2
    run("load", ballots(home, tmp_path / "day.ndjson", range(5)), "--home", home)
    run("verify", "--home", home)


def test_what_was_certified_in_some_partitions_only_is_taken_back_and_decided_anew(home, officers, tmp_path):
    def decide(action, *more, **named):
        return officers.decide(action, "--home", home, *more, **named)

    decide("open")
    run("load", ballots(home, tmp_path / "day.ndjson", range(9)), "--home", home)
    decide("close")
    with serving(home, tmp_path / "engine.log"):
        pass
    file = tmp_path / "certify.json"
    decide("certify", "--out", file)
    run("load", ballots(home, tmp_path / "late.ndjson", range(9, 10)), "--home", home)
    _, why = run("decide", "send", file, "--home", home, code=1)
    assert "control.certified_other" in why
    assert status(home)["status"] == "unofficial"
    with serving(home, tmp_path / "engine.log"):
        pass
    _, why = run("decide", "certify", "--home", home, "--reason", "x", "--accept-open", *officers.signed(), code=2)
    assert "closed in some partitions and certified in others" in why and "teller decide reopen" in why
    decide("reopen")
    assert {d["about"] for d in status(home)["decisions"] if d["action"] == "reopen"} == {
        d["about"] for d in status(home)["decisions"] if d["action"] == "certify"
    }
    with serving(home, tmp_path / "engine.log"):
        pass
    decide("certify", "--accept-open")
    assert (status(home)["stage"], status(home)["status"]) == ("certified", "official")
    assert votes(home) == 10
    run("verify", "--home", home)


# What whoever owns the database could do to it, and the check that says so.
DAMAGES = {
    "a decision that nobody made": ("insert into decisions select partition, step, 7, commit_number, 'close', 2, reason, officers, null, entry"
                                    " from decisions where partition = 0 and number = 1", "18"),
    "a decision that is gone": ("delete from decisions where number = 0", "18"),
    "another reason": ("update decisions set reason = 'x' where number = 0", "18"),
    "another officer": ("update decisions set officers = 'c.clerk' where number = 1", "18"),
    "another word": ("update decisions set action = 'reinstate' where number = 0", "18"),
    "an official count": ("update head set status = 'official'", "17"),
}  # fmt: skip


@pytest.fixture
def decided(home, officers, tmp_path):
    officers.decide("open", "--home", home)
    run("load", ballots(home, tmp_path / "day.ndjson", range(9)), "--home", home)
    officers.decide("void", "--home", home, "--ballot", id_of(5))
    return home


@pytest.mark.parametrize("what", DAMAGES)
def test_decisions_that_were_changed_in_the_store_are_found(decided, what):
    sql, check = DAMAGES[what]
    run("verify", "--home", decided)
    with sqlite3.connect(decided / "store.sqlite") as store:
        assert store.execute(sql).rowcount > 0
    found = json.loads(run("verify", "--home", decided, "--json", code=1)[0])
    assert check in {str(finding["check"]) for finding in found["findings"]}, found["findings"]


def test_a_count_without_officers_is_as_it_was(tmp_path, officers, new_home):
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps(little_rill.RULES))
    home = new_home(rules)
    assert "officers" not in json.loads((home / "count.json").read_text())
    _, why = run("decide", "open", "--home", home, "--reason", "x", *officers.signed(), code=2)
    assert "control.no_officers" in why
    assert json.loads(say("decide", "list", "--home", home, "--json"))["stage"] == "open"
