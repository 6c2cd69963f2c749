"""`teller serve` does over HTTP what schema/http.yaml says: it has the routes that are declared, and each of its answers has the
status, the kind and the members that are declared for it.
"""

import contextlib
import hashlib
import json
import select
import socket
import sys
import time
import uuid

import pytest

from conftest import TREE, run, serving
from http_api import PATHS, Answers, declared_routes, faults_of
from officers import Officers
from persons import client_of, token_of, unsigned

sys.path.insert(0, str(TREE / "tests/crash"))
import engine as crash  # noqa: E402

VECTORS = json.loads((TREE / "tests/vectors/entry.json").read_text())
JSON, LINES, PACKED = "application/json", "application/x-ndjson", "application/vnd.teller.batch"
SEEN = set()  # (method, route, status) that some server here has answered as declared.


def init(home):
    run("init", "--home", home, "--rules", TREE / "tests/vectors/rules.json", "--mode", "test", "--partitions", 2)
    return json.loads((home / "count.json").read_text())["id"]


def sheet(count, **members):
    """Figures of a contest, of which two are not numbers."""
    figures = {"cards": 120, "undervotes": 0, "overvotes": 0, "blank": 1, "registered": "withheld", "votes": {"ines": 64, "jan": 50}}
    place = {"unit": "city/north", "method": "postal", "contest": "senate", "version": 1, "act": "update", "reason": ""}
    return {"kind": "sheet", "count": count, **place, **figures, **members}


def ballot(count, **members):
    card = {"unit": "city/north", "style": "full", "card": 1, "method": "in-person"}
    marks = {"mayor": ["ada"], "council": ["cruz", {"write_in": "Zoë Ünal"}]}
    return {"kind": "ballot", "count": count, "id": str(uuid.uuid4()), **card, "contests": marks, **members}


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A count that runs; gives (answers, home, count id)."""
    folder = tmp_path_factory.mktemp("api")
    count = init(folder / "home")
    with serving(folder / "home", folder / "engine.log") as url:
        answers = Answers(url, SEEN)
        yield answers, folder / "home", count


@pytest.fixture(scope="module")
def counted(served):
    """The same when some ballots and a sheet were counted, stated and published."""
    answers, home, count = served
    first = ballot(count)
    sent = [
        first,
        first,
        ballot(count, contests={"mayor": ["bell"], "council": []}),
        ballot(count, method="postal", style="short", contests={"mayor": []}),
    ]
    outcome = answers.ask("POST", "/v1/entries", json=sent).json()
    assert (outcome["recorded"], outcome["refused_total"]) == (4, 0), outcome
    outcome = answers.ask("POST", "/v1/entries", data=json.dumps(sheet(count)) + "\n\n", headers={"Content-Type": LINES, "Teller-Batch": "Kiste 3"})
    assert outcome.json()["recorded"] == 1, outcome.text
    until(lambda: answers.ask("GET", "/v1/head").json()["recorded"] == 5)
    stated(answers)
    return served


def stated(answers):
    """Waits until what is committed is stated and published."""
    commit = answers.ask("GET", "/v1/head").json()["commit"]
    until(lambda: f"commit {commit}" in answers.plain("GET", "/v1/statements/latest").text.splitlines())
    until(lambda: answers.plain("GET", "/v1/log/checkpoint").text == answers.plain("GET", "/v1/checkpoint").text)


def until(true, seconds=30):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_it_has_the_routes_that_are_declared_and_no_other(served):
    assert served[0].routes() == declared_routes()


@pytest.mark.parametrize("route", ["/v1/health", "/metrics", "/v1/head", "/v1/totals", "/v1/digest", "/v1/statements/latest", "/v1/checkpoint"])
def test_it_answers_as_declared(counted, route):
    counted[0].ask("GET", route)


def test_each_answer_is_of_one_count_and_one_commit(counted):
    answers, home, count = counted
    said = {route: answers.ask("GET", route) for route in ("/v1/head", "/v1/totals", "/v1/digest")}
    commit = said["/v1/head"].json()["commit"]
    for route, answer in said.items():
        body = answer.json()
        tag = f'W/"{commit}"' if route == "/v1/totals" else f'"{commit}"'  # It may come compressed: other bytes, the same figures.
        assert (body["count"], body["mode"], body["commit"], answer.headers["ETag"]) == (count, "test", commit, tag)
    head = said["/v1/head"].json()
    assert (head["recorded"], head["counted"], head["duplicate"], head["conflict"], head["rejected"]) == (5, 4, 1, 0, 0)
    assert answers.ask("GET", "/v1/health").json()["count"] == count


def test_totals_name_every_contest_and_option_of_the_rules(counted):
    answers, home, _ = counted
    contests = answers.ask("GET", "/v1/totals").json()["contests"]
    totals = {contest["contest"]: {option["option"]: option["votes"] for option in contest["by_option"]} for contest in contests}
    rules = json.loads((home / "rules.json").read_text())
    assert {name: set(votes) for name, votes in totals.items()} == {
        contest["id"]: {option["id"] for option in contest["options"]} for contest in rules["contests"]
    }
    assert (totals["mayor"]["ada"], totals["mayor"]["bell"], totals["council"]["cruz"]) == (1, 1, 1)


def votes_of(contest, lines="by_option"):
    return {line.get("option") or line.get("party") or line["candidate"]: line["votes"] for line in contest[lines]}


def test_totals_of_a_part_are_those_of_the_program(counted):
    answers, home, _ = counted
    north = answers.ask("GET", "/v1/totals", path="/v1/totals?unit=city%2Fnorth&contest=senate").json()
    assert (north["unit"], [contest["contest"] for contest in north["contests"]]) == ("city/north", ["senate"])
    assert votes_of(north["contests"][0])["ines"] == 64
    south = answers.ask("GET", "/v1/totals", path="/v1/totals?unit=sud&contest=senate").json()["contests"][0]
    assert (south["how"], south["reporting"]["units"]) == ("not reported", 0)
    assert set(votes_of(south).values()) == {None}, "nobody counted anything there"
    everywhere = answers.ask("GET", "/v1/totals").json()["contests"]
    whole = answers.ask("GET", "/v1/totals", path="/v1/totals?unit=city").json()
    assert whole["contests"] == everywhere
    postal = {c["contest"]: c for c in answers.ask("GET", "/v1/totals", path="/v1/totals?method=postal").json()["contests"]}
    assert votes_of(postal["mayor"])["bell"] == 0 and {c["contest"]: c for c in everywhere}["mayor"]["votes"] > postal["mayor"]["votes"]
    for query in (
        "unit=city%2Fnorth",
        "method=postal",
        "unit=north&method=in-person",
        "by=party",
        "by=candidate",
        "by=unit",
        "contest=mayor&by=unit",
    ):
        arguments = [text for pair in query.replace("%2F", "/").split("&") for text in ("--" + pair.split("=")[0], pair.split("=")[1])]
        said = json.loads(run("totals", "--home", home, "--format", "json", *arguments)[0])
        assert answers.ask("GET", "/v1/totals", path=f"/v1/totals?{query}").json() == said, query


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("by=colour", 400),
        ("colour=red", 400),
        ("unit", 400),
        ("unit=north&unit=south", 400),
        ("unit=nowhere", 404),
        ("contest=nothing", 404),
        ("contest=", 404),
        ("method=by-pigeon", 404),
        ("as_of=yesterday", 400),
        ("as_of=", 400),
        ("as_of=-1", 400),
        ("as_of=99999", 400),
    ],
)
def test_a_question_that_would_not_be_answered_as_asked_is_refused(counted, query, status):
    error = counted[0].ask("GET", "/v1/totals", status, path=f"/v1/totals?{query}").json()["error"]
    assert len(error["detail"]) > 20 and (error["code"] == "http.query_invalid") == (status == 400), error


@pytest.mark.parametrize("route", ["/v1/head", "/v1/totals", "/v1/digest"])
def test_who_has_the_last_commit_is_told_so_and_no_more(counted, route):
    answers, _, _ = counted
    tag = answers.ask("GET", route).headers["ETag"]
    strong = tag.removeprefix("W/")
    for known in (strong, f"W/{strong}", f'"0", {tag}', "*"):
        told = answers.ask("GET", route, 304, headers={"If-None-Match": known}).headers
        assert told["ETag"] == tag and "Content-Length" not in told
        assert told.get("Vary") == ("Accept-Encoding" if route == "/v1/totals" else None)
    assert answers.ask("GET", route, headers={"If-None-Match": '"0"'}).headers["ETag"] == tag


def test_figures_come_compressed_to_who_takes_them_so_and_nothing_else_does(counted):
    answers, _, _ = counted

    def asked(route, codings):
        return answers.plain("GET", route, headers={"Accept-Encoding": codings})

    plain, packed = asked("/v1/totals", "identity"), asked("/v1/totals", "gzip")
    assert "Content-Encoding" not in plain.headers and packed.headers["Content-Encoding"] == "gzip"
    assert plain.headers["ETag"] == packed.headers["ETag"] and plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"
    assert int(packed.headers["Content-Length"]) < len(plain.content) / 2 and packed.json() == plain.json()
    for route in ("/v1/rules", "/v1/count", "/v1/head", "/metrics", "/v1/deliveries", "/v1/totals?by=pigeon", "/v1/checkpoint"):
        assert "Content-Encoding" not in asked(route, "gzip").headers, route


def test_a_commit_that_was_told_can_be_named_while_others_follow(counted):
    answers, _, count = counted
    told = answers.ask("GET", "/v1/totals").json()
    commit = told["commit"]
    by_unit = answers.ask("GET", "/v1/totals", path=f"/v1/totals?by=unit&as_of={commit}").json()
    answers.ask("POST", "/v1/entries", json=ballot(count))
    until(lambda: answers.ask("GET", "/v1/totals").json()["commit"] > commit)
    again = answers.ask("GET", "/v1/totals", path=f"/v1/totals?as_of={commit}")
    assert again.json() == told != answers.ask("GET", "/v1/totals").json()
    assert answers.ask("GET", "/v1/totals", path=f"/v1/totals?by=unit&as_of={commit}").json() == by_unit
    answers.ask("GET", "/v1/totals", 304, path=f"/v1/totals?as_of={commit}", headers={"If-None-Match": again.headers["ETag"]})
    gone = answers.ask("GET", "/v1/totals", 400, path=f"/v1/totals?as_of={commit + 1000}").json()["error"]
    assert gone["code"] == "http.query_invalid" and str(commit) in gone["detail"], gone
    stated(answers)  # The tests behind this one compare with the last statement.


def test_names_are_found(counted):
    answers, _, _ = counted
    told = answers.ask("GET", "/v1/search", path="/v1/search?q=SUD").json()
    hit = {"kind": "place", "id": "city/süd", "name": "Süd", "within": ["City"], "place_kind": "precinct", "reports": True}
    assert (told["hits"], told["found"], told["nearly"]) == ([hit], {"contest": 0, "option": 0, "party": 0, "place": 1}, False)
    answers.ask("GET", "/v1/search", 400)


def test_the_digest_is_that_of_the_program(counted):
    answers, home, _ = counted
    assert answers.ask("GET", "/v1/digest").json()["digest"] == run("digest", "--home", home)[0].strip()


def test_statement_and_checkpoint_are_the_published_ones_and_belong_to_the_count(counted):
    answers, home, count = counted
    statement = answers.ask("GET", "/v1/statements/latest").text
    checkpoint = answers.ask("GET", "/v1/checkpoint").text
    lines = dict(line.split(" ", 1) for line in statement.splitlines())
    assert (lines["count"], lines["digest"]) == (count, answers.ask("GET", "/v1/digest").json()["digest"])
    assert (home / "published/checkpoint").read_text() == checkpoint
    assert checkpoint.splitlines()[1] == str(int(lines["number"]) + 1)  # The size of the log of statements.
    assert (home / f"published/statement-{lines['number']}").read_text() == statement


def test_the_public_log_is_there_file_by_file(counted):
    answers, home, _ = counted
    files = [path for path in (home / "published/log").rglob("*") if path.is_file()]
    names = {str(path.relative_to(home / "published/log")) for path in files}
    assert "checkpoint" in names and any(name.startswith("tile/0/") for name in names) and any(name.startswith("partitions/") for name in names)
    for path in files:
        name = str(path.relative_to(home / "published/log"))
        answer = answers.ask("GET", "/v1/log/{path}", path=f"/v1/log/{name}")
        if name != "checkpoint":  # Which moves on.
            assert answer.content == path.read_bytes()
    for name in ("nothing", "tile/0/../../checkpoint", "../totals.json", "%2e%2e/totals.json", "tile/9/000"):
        answers.ask("GET", "/v1/log/{path}", 404, path=f"/v1/log/{name}")


def test_the_count_and_its_rules_are_the_files_of_the_home(served):
    answers, home, _ = served
    assert answers.ask("GET", "/v1/count").content == (home / "count.json").read_bytes()
    assert answers.ask("GET", "/v1/rules").content == (home / "rules.json").read_bytes()


def test_a_delivery_is_told_what_became_of_it(served):
    answers, _, count = served

    def deliver(*sheets, **head):
        lines = [{"delivery": {"source": "City", **head}}, *sheets]
        return answers.ask("POST", "/v1/deliveries", data="\n".join(map(json.dumps, lines)), headers={"Content-Type": LINES}).json()

    first = sheet(count, unit="city/süd", votes={"ines": 1, "jan": 2})
    assert deliver(first)["became"]["new"] == 1
    assert deliver(first)["delivery"] == 0
    other = deliver(sheet(count, unit="city/süd", votes={"ines": 1, "jan": 1}), {"kind": "sheet"})
    assert other["became"]["updated"] == 1 and other["refused_lines"][0]["line"] == 3 and not other["all_stand"]
    assert other["sheets"][0]["changes"] == [{"option": "jan", "name": other["sheets"][0]["changes"][0]["name"], "before": 2, "after": 1}]
    assert deliver(first)["became"]["stale"] == 1
    away = deliver(sheet(count, unit="city/süd", votes={"ines": 1, "jan": 1}), act="withdrawal", reason="of another city")
    assert away["became"]["withdrawn"] == 1


def test_what_was_delivered_can_be_read_and_the_history_of_a_sheet(served):
    answers, _, count = served
    place = {"unit": "city/north", "method": "in-person", "contest": "senate"}

    def deliver(*lines, **head):
        body = "\n".join(json.dumps(line, separators=(",", ":")) for line in [{"delivery": {"source": "North", **head}}, *lines])
        return answers.ask("POST", "/v1/deliveries", data=body, headers={"Content-Type": LINES}).json()

    held = deliver({"held": place | {"why": "line 7: votes"}}, file="a.csv")
    assert held["became"]["held"] == 1 and not held["all_stand"], held
    given = deliver(sheet(count, **place), file="b.csv", figures_at="2026-05-03T21:00:00Z")["delivery"]
    deliver(sheet(count, **place, cards=121), file="c.csv", act="correction", reason="one more was found")

    history = answers.ask("GET", "/v1/sheets", path="/v1/sheets?unit=city%2Fnorth&method=in-person&contest=senate").json()["sheets"]
    assert len(history) == 1
    first, second = history[0]["versions"]
    assert (first["now"], first["brought_by"]["file"], first["brought_by"]["figures_at"]) == (
        "replaced by version 2",
        "b.csv",
        "2026-05-03T21:00:00.000000Z",
    )
    assert (second["now"], second["act"], second["reason"]) == ("stands", "correction", "one more was found")
    assert {"figure": "cards", "value": 121} in second["figures"]
    assert [(one["became"], one["detail"]) for one in history[0]["not_taken"]] == [("held", "line 7: votes")]

    one = answers.ask("GET", "/v1/deliveries/{path}", path=f"/v1/deliveries/{given}").json()
    assert one["became"] == {"new": 1} and one["sheets"][0]["now"] == "replaced by version 2"
    listed = answers.ask("GET", "/v1/deliveries", path=f"/v1/deliveries?first={given}").json()["deliveries"]
    assert [row["became"] for row in listed] == [{"new": 1}, {"corrected": 1}]
    for status, route, path in (
        (400, "/v1/deliveries", "/v1/deliveries?last=2"),
        (400, "/v1/deliveries/{path}", "/v1/deliveries/last"),
        (404, "/v1/deliveries/{path}", "/v1/deliveries/999999"),
        (400, "/v1/sheets", "/v1/sheets?unit"),
        (400, "/v1/sheets", "/v1/sheets"),
        (404, "/v1/sheets", "/v1/sheets?unit=nowhere"),
    ):
        answers.ask("GET", route, status, path=path)


@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [(400, LINES, b"{}"), (413, LINES, bytes(17 << 20)), (415, JSON, b"{}")],
)
def test_a_delivery_that_is_refused_as_a_whole(served, status, kind, body):
    served[0].ask("POST", "/v1/deliveries", status, data=body, headers={"Content-Type": kind})


def test_what_became_of_entries_is_answered_by_their_places(tmp_path):
    """Of a sheet and a ballot that are sent again with something else in them."""
    count = init(tmp_path / "home")
    with serving(tmp_path / "home", tmp_path / "engine.log") as url:
        answers = Answers(url, SEEN)
        first = ballot(count)
        answers.ask("POST", "/v1/entries", json=sheet(count))
        sent = [first, {**first, "contests": {"mayor": ["bell"], "council": []}}, sheet(count, votes={"ines": 65, "jan": 50})]
        records = answers.ask("POST", "/v1/entries", json=sent).json()["records"]
        assert sum(record["entries"] for record in records) == 3
        until(lambda: answers.ask("POST", "/v1/outcomes", json=records).json()["waiting"] == 0)
        told = answers.ask("POST", "/v1/outcomes", json=records).json()
        assert (told["counted_or_copy"], told["conflict"], told["ask_again"]) == (1, 2, [])
        by_kind = {incident["kind"]: incident for incident in told["incidents"]}
        assert by_kind["ballot"]["number"] == 1 and by_kind["sheet"]["number"] == 2
        assert by_kind["sheet"]["counted"]["votes"] == {"ines": 64, "jan": 50} and by_kind["sheet"]["sent"]["votes"] == {"ines": 65, "jan": 50}
        assert by_kind["sheet"]["counted"]["registered"] == "withheld"
        nowhere = answers.ask("POST", "/v1/outcomes", 403, json=[{"partition": 0, "position": 1 << 40}]).json()["error"]
        assert nowhere["code"] == "outcomes.not_yours"


# ------------------------------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("status", "code", "kind", "body"),
    [
        (400, "batch.json_syntax", JSON, b"{"),
        (400, "batch.checksum", PACKED, b"TBAT" + bytes(40)),
        (413, "http.too_large", JSON, bytes(17 << 20)),
        (415, "http.media_type_unknown", "text/csv", b"ada,1"),
    ],
)
def test_a_body_that_is_refused_as_a_whole(served, status, code, kind, body):
    said = served[0].ask("POST", "/v1/entries", status, data=body, headers={"Content-Type": kind}).json()["error"]
    assert said["code"] == code


@pytest.mark.parametrize(("status", "code", "body"), [(400, "outcomes.invalid", b"[3]"), (413, "http.too_large", b" " * 300_000)])
def test_a_question_that_is_none(served, status, code, body):
    assert served[0].ask("POST", "/v1/outcomes", status, data=body, headers={"Content-Type": JSON}).json()["error"]["code"] == code


def test_a_batch_name_that_is_too_long(served):
    served[0].ask("POST", "/v1/entries", 400, data=b"[]", headers={"Content-Type": JSON, "Teller-Batch": "x" * 256})


@pytest.mark.parametrize(("name", "text"), [(one["name"], one["text"]) for one in VECTORS["json_invalid"]])
def test_an_entry_that_is_refused_is_answered_as_declared(served, name, text):
    answers, _, count = served
    body = text.replace(VECTORS["count"], count).encode("utf-8", "surrogatepass")
    answer = answers.plain("POST", "/v1/entries", data=body, headers={"Content-Type": LINES})
    answers.ask("POST", "/v1/entries", answer.status_code, data=body, headers={"Content-Type": LINES})
    assert answer.status_code in (200, 400) and (answer.status_code == 400 or answer.json()["refused_total"] > 0), answer.text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/v1/head/", 404),
        ("GET", "/v1/log", 404),
        ("GET", "/v1/%68ead", 404),
        ("GET", "/v2/head", 404),
        ("GET", "/v1/entries", 405),
        ("DELETE", "/v1/totals", 405),
        ("GET", "/v1/head?" + "x" * 20_000, 431),
    ],
)
def test_what_is_not_of_this_api_is_refused_in_the_shape_of_all_errors(served, method, path, status):
    answer = served[0].refused(method, path, status)
    assert status != 405 or "Allow" in answer.headers


def test_who_is_not_known_is_told_so_on_every_route_but_health(tmp_path):
    init(tmp_path / "home")
    token = "tok-of-a-station-0001"
    (tmp_path / "tokens").write_text(f"{hashlib.sha256(token.encode()).hexdigest()} station\n")
    (tmp_path / "tokens").chmod(0o600)
    with serving(tmp_path / "home", tmp_path / "engine.log", "--tokens", tmp_path / "tokens") as url:
        answers = Answers(url, SEEN)
        for method, route in declared_routes() - {("GET", "/v1/health")}:
            answers.ask(method, route, 401, path=route.replace("{path}", "checkpoint"))
        answers.ask("GET", "/v1/health")
        answers.ask("GET", "/v1/head", headers={"Authorization": f"Bearer {token}"})


class Crowd:
    """As many connections as a server takes, each with a request whose body does not come. The server ends each after 20 seconds."""

    def __init__(self, url, held):
        host, port = url.removeprefix("http://").split(":")
        self.address, self.held, self.connections = (host, int(port)), held, []
        self.begun = f"POST /v1/entries HTTP/1.1\r\nHost: {host}\r\nAuthorization: {url.headers['Authorization']}\r\nContent-Length: 2\r\n\r\n["

    def fill(self):
        """Opens those that are not there, or that the server has ended."""
        waiting = select.poll()
        for connection in self.connections:
            waiting.register(connection, select.POLLIN)
        ended = {number for number, _ in waiting.poll(0)}
        for connection in self.connections:
            if connection.fileno() in ended:
                connection.close()
        self.connections = [each for each in self.connections if each.fileno() >= 0]
        while len(self.connections) < 1024:
            connection = self.held.enter_context(socket.create_connection(self.address, timeout=30))
            connection.sendall(self.begun.encode())
            self.connections.append(connection)


def test_too_many_connections_are_told_to_come_again(tmp_path):
    """All of them at work: one that only waits gives way (test_strangers.py)."""
    init(tmp_path / "home")
    with serving(tmp_path / "home", tmp_path / "engine.log") as url, contextlib.ExitStack() as held:
        answers, crowd = Answers(url, SEEN), Crowd(url, held)

        def refused(method, route):
            crowd.fill()  # On a slow machine some of them end while the routes are asked.
            with contextlib.suppress(AssertionError):
                return answers.ask(method, route, 503, path=route.replace("{path}", "checkpoint")) is not None

        for method, route in declared_routes() - {("GET", "/v1/health")}:
            until(lambda method=method, route=route: refused(method, route), seconds=120)
        answers.ask("GET", "/v1/health")


def test_before_the_first_statement_there_is_none(tmp_path):
    init(tmp_path / "home")
    with serving(tmp_path / "home", tmp_path / "engine.log", "--no-publish") as url:
        answers = Answers(url, SEEN)
        for route in ("/v1/statements/latest", "/v1/checkpoint"):
            assert answers.ask("GET", route, 404).json()["error"]["code"] == "statement.none"


@pytest.mark.parametrize(("fault", "status"), [("write .journal full", 503), ("sync .journal broken", 500)])
def test_a_disk_that_fails_is_told_as_declared(tmp_path, fault, status):
    count = init(tmp_path / "home")
    engine = crash.Engine(tmp_path / "home", tmp_path / "engine.log", crash.disk_fault_library(tmp_path))
    assert engine.start()
    try:
        answers = Answers(engine.url, SEEN, engine.headers())
        answers.ask("POST", "/v1/entries", json=ballot(count))
        engine.disk(fault)
        answers.ask("POST", "/v1/entries", status, json=ballot(count))
    finally:
        engine.process.kill()
        engine.wait()


def test_persons_are_answered_as_declared(tmp_path):
    """Each status of the routes for persons; who may what is asked in test_persons.py."""
    home, officers = tmp_path / "home", Officers(tmp_path, lambda *arguments: run(*arguments)[0])
    run("init", "--home", home, "--rules", TREE / "tests/vectors/rules.json", "--mode", "test", "--officers", officers.file)
    opening, decisions = tmp_path / "open.json", "/v1/officer/decisions"
    run("decide", "open", "--home", home, "--reason", "x", "--sign", officers.keys[0], "--out", opening)
    with serving(home, tmp_path / "engine.log") as url:
        chair, auditor, clerk = (client_of(url, token_of(home, role, role), SEEN) for role in ("tabulation", "auditor", "clerk"))
        chair.ask("GET", "/v1/officer/me")
        waits = chair.ask("POST", decisions, 202, json=json.loads(opening.read_text())).json()["approval"]
        assert auditor.ask("GET", "/v1/officer/approvals").json()["approvals"] == [waits]
        one = "/v1/officer/approvals/{path}"
        assert auditor.ask("GET", one, path="/v1/officer/approvals/" + waits["approval"]).json() == json.loads(opening.read_text())
        auditor.ask("GET", one, 404, path="/v1/officer/approvals/" + "0" * 16)
        run("decide", "sign", opening, "--sign", officers.keys[1])
        assert chair.ask("POST", decisions, json=json.loads(opening.read_text())).json()["became"] == "counted"
        assert len(chair.ask("GET", decisions).json()["decisions"]) == 4
        commit = chair.ask("GET", decisions).json()["decisions"][-1]["commit"]
        assert chair.ask("GET", decisions, path=f"{decisions}?after={commit}").json()["decisions"] == []
        lines = auditor.ask("GET", "/v1/officer/audit").json()["lines"]
        assert auditor.ask("GET", "/v1/officer/audit", path="/v1/officer/audit?after=0").json()["lines"] == lines[1:]
        for route in (decisions, "/v1/officer/audit", "/v1/officer/approvals"):
            for query in ("?after=-1", "?after=1&after=2", "?before=1", "?after="):
                auditor.ask("GET", route, 400, path=route + query)
        for body in (b"{", b"[]", json.dumps(unsigned(home, "close")).encode()):
            chair.ask("POST", decisions, 400, data=body, headers={"Content-Type": JSON})
        chair.ask("POST", decisions, 415, data=b"{}", headers={"Content-Type": LINES})
        chair.ask("POST", decisions, 413, data=b" " * (16 << 20) + b"x", headers={"Content-Type": JSON})
        clerk.ask("POST", decisions, 403, json=unsigned(home, "close"))
        for route in ("/v1/officer/approvals", one, "/v1/officer/audit"):
            clerk.ask("GET", route, 403, path=route.replace("{path}", waits["approval"]))
        client_of(url, token_of(home, "observer", "visitor"), SEEN).ask("GET", "/v1/officer/sheets", 403)
        sheets_are_answered_as_declared(clerk, client_of(url, token_of(home, "clerk", "another"), SEEN), chair)
        (home / "officers/tokens").chmod(0o644)
        for method, route in declared_routes("officer"):
            chair.ask(method, route, 500, path=route.replace("{path}", waits["approval"]))


def sheets_are_answered_as_declared(clerk, another, chair):
    """Each status of the routes of sheets that two people type; what they do is asked in test_entering_twice.py."""
    sheets, one = "/v1/officer/sheets", "/v1/officer/sheet"
    place = {"unit": "city/north", "contest": "senate", "method": "postal"}
    figures = {"cards": 120, "blank": 6, "registered": "withheld", "ines": 64, "jan": 49}
    chair.ask("GET", sheets)
    assert clerk.ask("GET", sheets, path=f"{sheets}?limit=1&mine=yes").json()["sheets"][0]["may_type"]
    clerk.ask("POST", sheets, json=place | {"figures": figures})
    clerk.ask("POST", sheets, 403, json=place | {"figures": figures})
    another.ask("POST", sheets, json=place | {"figures": figures | {"jan": 50}})
    shown = f"{one}?unit=city%2Fnorth&contest=senate&method=postal"
    assert any(field.get("differs") for field in chair.ask("GET", one, path=shown).json()["fields"])
    clerk.ask("GET", one, 403, path=shown)
    keep = place | {"do": "keep", "of": "another", "reason": "it says so"}
    clerk.ask("POST", one, 403, json=keep)
    chair.ask("POST", one, json=keep)
    chair.ask("GET", one, path=shown)
    for path in (sheets + "?step=lost", sheets + "?mine=no", sheets + "?limit=x", sheets + "?all=yes"):
        chair.ask("GET", sheets, 400, path=path)
    chair.ask("GET", one, 400)
    chair.ask("GET", sheets, 404, path=sheets + "?unit=atlantis")
    chair.ask("GET", one, 404, path=one + "?unit=atlantis")
    for who, route, body in ((clerk, sheets, {"figures": figures}), (chair, one, {"do": "again", "reason": "x"})):
        who.ask("POST", route, 400, json={})
        who.ask("POST", route, 404, json={"unit": "atlantis"} | body)
        who.ask("POST", route, 415, data=b"{}", headers={"Content-Type": LINES})
        who.ask("POST", route, 413, data=b" " * (16 << 20) + b"x", headers={"Content-Type": JSON})
    chair.ask("GET", "/v1/officer/audit", 403)


NOT_SEEN = {
    ("POST", "/v1/officer/sheets", "408"): "as of entries",
    ("POST", "/v1/officer/sheet", "408"): "as of entries",
    ("GET", "/metrics", "403"): "as the next one",
    ("POST", "/v1/entries", "403"): "whom `teller serve` knows may send; a gateway has a list (tests/stack/test_http_api.py)",
    ("POST", "/v1/entries", "408"): "a body would have to come for 20 seconds (test_strangers.py)",
    ("POST", "/v1/outcomes", "408"): "as of entries",
    ("POST", "/v1/entries", "429"): "a sender with limits (test_sender_limits.py)",
    ("POST", "/v1/deliveries", "429"): "as of entries",
    ("GET", "/v1/log/{path}", "403"): "before the close of voting (test_after_close.py)",
    ("POST", "/v1/entries", "504"): "the journal would have to be silent for minutes (entries_endpoint_test.cc)",
    ("POST", "/v1/deliveries", "403"): "as the next one but one",
    ("POST", "/v1/deliveries", "408"): "as of entries",
    ("POST", "/v1/deliveries", "500"): "as of entries: a disk that fails",
    ("POST", "/v1/officer/decisions", "408"): "as of entries",
    ("GET", "/v1/officer/me", "403"): "who is known by a provider and holds no role (test_provider.py)",
    ("GET", "/v1/health", "503"): "it starts and stops faster than anybody asks (entries_endpoint_test.cc)",
} | {
    ("GET", route, "403"): "`teller api` has a list of who may read (tests/stack/test_http_api.py)"
    for method, route in declared_routes("count")
    if method == "GET"
}


@pytest.fixture(scope="module", autouse=True)
def _every_status_that_is_declared_is_answered_somewhere_here(request):
    yield
    whole = not request.config.option.keyword and not any("::" in argument for argument in request.config.args)
    declared = {(method, route, status) for method, route in declared_routes() for status in PATHS[route][method.lower()]["responses"]}
    assert not whole or declared - SEEN == set(NOT_SEEN)


# ------------------------------------------------------------------------------------------- whether this would be noticed


def test_a_member_that_is_not_declared_is_noticed():
    schema = PATHS["/v1/digest"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    good = {"count": "0" * 32, "mode": "test", "label": "", "status": "unofficial", "commit": 1, "as_of": "now", "digest": "0" * 64}
    assert not faults_of(schema, good)
    assert faults_of(schema, good | {"winner": "ada"}) and faults_of(schema, good | {"commit": "1"})
    assert faults_of(schema, {name: value for name, value in good.items() if name != "digest"})
