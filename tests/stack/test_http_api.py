"""`teller gateway`, `teller api` and `teller log serve` do over HTTP what schema/http.yaml says, as tests/embedded/test_http_api.py asks of
`teller serve`: the routes that are declared for them, and answers as declared.
"""

import json
import pathlib
import sys
import uuid

import pytest

from running_stack import API, CA, GATEWAY, LOG, SECRETS

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "embedded"))
from http_api import Answers, declared_routes  # noqa: E402

JSON, LINES, PACKED = "application/json", "application/x-ndjson", "application/vnd.teller.batch"
INTAKE = declared_routes("intake", "operation")
SEEN = set()


def of(name, port=GATEWAY):
    return Answers(f"https://localhost:{port}", SEEN, verify=CA, cert=(str(SECRETS / f"{name}.crt"), str(SECRETS / f"{name}.key")))


@pytest.fixture(scope="module")
def gateway(ours):
    return of("station")


def post(answers, body, status=200, kind=JSON):
    return answers.ask("POST", "/v1/entries", status, data=body, headers={"Content-Type": kind}).json()


def test_a_gateway_has_the_routes_that_are_declared_for_it_and_no_other(gateway):
    assert gateway.routes() == INTAKE


def test_an_api_has_the_routes_that_are_declared_for_it_and_no_other(ours):
    assert of("clerk", API).routes() == declared_routes("count", "officer", "operation")


def test_an_api_answers_as_declared(ours):
    clerk = of("clerk", API)
    assert clerk.ask("GET", "/v1/health").json()["state"] == "ready"
    assert clerk.ask("GET", "/v1/count").content == (ours["home"] / "count.json").read_bytes()
    for route in ("/v1/rules", "/v1/head", "/v1/totals", "/v1/digest", "/v1/deliveries"):
        clerk.ask("GET", route)
    assert clerk.ask("GET", "/v1/search", path="/v1/search?q=nroth").json()["hits"][0]["id"] == "city/north"
    clerk.ask("GET", "/v1/deliveries/{path}", 404, path="/v1/deliveries/1")
    clerk.ask("GET", "/v1/statements/latest", 404)


def test_an_api_tells_a_station_of_its_own_entries_and_of_nothing_else(gateway, ours):
    count = json.loads((ours["home"] / "count.json").read_text())["id"]
    card = {"unit": "city/north", "style": "full", "card": 1, "method": "in-person", "contests": {"mayor": ["ada"], "council": []}}
    sent = post(gateway, json.dumps({"kind": "ballot", "count": count, "id": str(uuid.uuid4()), **card}))["records"]
    told = of("station", API).ask("POST", "/v1/outcomes", json=sent).json()
    assert (told["waiting"], told["ask_again"][0]["position"]) == (1, sent[0]["position"])  # Nobody counts here.
    assert of("clerk", API).ask("POST", "/v1/outcomes", 403, json=sent).json()["error"]["code"] == "outcomes.not_yours"
    for method, route in declared_routes("count") - {("POST", "/v1/outcomes")}:
        of("station", API).ask(method, route, 403, path=route.replace("{path}", "1"))


def test_a_log_server_has_the_routes_that_are_declared_for_it_and_no_other(ours):
    answers = Answers(f"http://127.0.0.1:{LOG}", set())
    assert answers.routes() == declared_routes("log", "operation")
    answers.ask("GET", "/v1/health")
    answers.ask("GET", "/v1/log/{path}", 404, path="/v1/log/checkpoint")  # No statement was made of this count.


def test_a_gateway_answers_as_declared(gateway, ours):
    count = json.loads((ours["home"] / "count.json").read_text())["id"]
    assert gateway.ask("GET", "/v1/health").json()["count"] == count
    marks = {"mayor": ["ada"], "council": []}
    card = {"unit": "city/north", "style": "full", "card": 1, "method": "in-person", "contests": marks}
    ballot = {"kind": "ballot", "count": count, "id": str(uuid.uuid4()), **card}
    assert post(gateway, json.dumps(ballot))["recorded"] == 1
    assert post(gateway, json.dumps([ballot, ballot | {"unit": "nowhere"}]))["refused_total"] == 1
    assert post(gateway, "{}\n{}\n", kind=LINES)["refused_total"] == 2


@pytest.mark.parametrize(
    ("status", "kind", "body"), [(400, JSON, "{"), (400, PACKED, bytes(40)), (413, JSON, bytes(17 << 20)), (415, "text/csv", "a")]
)
def test_a_gateway_refuses_a_body_as_declared(gateway, status, kind, body):
    assert post(gateway, body, status, kind)["error"]


def test_a_gateway_refuses_whom_it_knows_and_who_may_not_send(ours):
    for method, route in INTAKE - {("GET", "/v1/health")}:
        of("spark").ask(method, route, 403)
