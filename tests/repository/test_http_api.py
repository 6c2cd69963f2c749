"""schema/http.yaml by itself: its references lead somewhere. Whether the servers do what it says is asked of the servers
(tests/embedded/test_http_api.py, tests/stack/test_http_api.py).
"""

import json
import pathlib

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
API = yaml.safe_load((ROOT / "schema/http.yaml").read_text())


def references(node):
    """Every `$ref` below this node."""
    below = node.values() if isinstance(node, dict) else node if isinstance(node, list) else []
    here = [node["$ref"]] if isinstance(node, dict) and "$ref" in node else []
    return here + [one for each in below for one in references(each)]


def follow(reference):
    assert reference.startswith("#/"), reference
    at = API
    for step in reference[2:].split("/"):
        at = at[step]
    return at


def test_references_lead_somewhere():
    found = references(API)
    assert found and len(found) == json.dumps(API).count('"$ref"')
    for reference in found:
        assert follow(reference), reference


@pytest.mark.parametrize("reference", ["#/components/schemas/NoSuchThing", "#/paths//v1/nothing", "components/schemas/Error"])
def test_a_reference_to_nothing_is_noticed(reference):
    with pytest.raises((KeyError, AssertionError)):
        follow(reference)
