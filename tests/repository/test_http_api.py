"""schema/http.yaml describes what the servers serve: every route of the sources, and nothing else; and its references lead
somewhere.
"""

import json
import pathlib
import re

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
API = yaml.safe_load((ROOT / "schema/http.yaml").read_text())


def routes_of_the_sources():
    """What is given to HttpRouter::add, and to the helper of `teller serve` that adds texts."""
    routes = set()
    for path in (ROOT / "src").rglob("*.cc"):
        if path.name.endswith("_test.cc"):
            continue
        text = path.read_text()
        routes |= set(re.findall(r'router\.add\(\s*"([A-Z]+)",\s*"([^"]+)"', text))
        routes |= {("GET", name) for name in re.findall(r'add_text\(\s*"([^"]+)"', text)}
    return routes


def described_routes():
    return {(method.upper(), path) for path, item in API["paths"].items() for method in item if method != "parameters"}


def test_every_route_is_described_and_every_description_has_a_route():
    assert routes_of_the_sources() == described_routes()


def test_references_lead_somewhere():
    for reference in re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(API)):
        at = API
        for step in reference.split("/"):
            at = at[step]


def test_every_status_of_the_server_is_described_where_entries_are_sent():
    source = (ROOT / "src/host/http_server.cc").read_text() + (ROOT / "src/host/entries_endpoint.cc").read_text()
    sent = set(re.findall(r"error_response\(\s*(\d{3})", source)) | {"200", "503"}
    # About a path or bytes that are no request of this API at all.
    sent -= {"404", "405", "431"}
    assert sent == set(API["paths"]["/v1/entries"]["post"]["responses"])
