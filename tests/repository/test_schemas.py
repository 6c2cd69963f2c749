"""The JSON Schemas are valid, and every example that ships validates against them. The program checks more (references)."""

import gzip
import json
import pathlib
import re
import tomllib

import jsonschema
import pytest

import little_rill

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAMES = ["rules", "presentation", "count"]
EXAMPLES = sorted(path for name in NAMES for path in (ROOT / "examples").glob(f"**/{name}*.json*"))


def schema(name):
    return json.loads((ROOT / "schema" / f"{name}.schema.json").read_text())


@pytest.mark.parametrize("name", NAMES)
def test_the_schema_is_a_schema(name):
    jsonschema.Draft202012Validator.check_schema(schema(name))


def test_there_are_examples_of_every_schema():
    assert {name for name in NAMES for path in EXAMPLES if path.name.startswith(name)} >= {"rules", "presentation"}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: str(path.relative_to(ROOT)))
def test_an_example_is_as_the_schema_says(path):
    name = next(name for name in NAMES if path.name.startswith(name))
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    faults = [f"{fault.json_path}: {fault.message}" for fault in jsonschema.Draft202012Validator(schema(name)).iter_errors(json.loads(text))]
    assert not faults, "\n".join(faults[:20])


def test_the_presentation_of_the_documents_is_as_the_schema_says():
    text = (ROOT / "docs/reference/presentation.md").read_text(encoding="utf-8")
    example = json.loads(re.search(r"```json\n(.*?)```", text, re.DOTALL)[1])
    jsonschema.Draft202012Validator(schema("presentation")).validate(example)
    for name in schema("presentation")["properties"]:
        assert name in ("$schema", "teller") or f"`{name}`" in text, name


def test_small_rules_are_valid():
    jsonschema.Draft202012Validator(schema("rules")).validate(little_rill.RULES)


@pytest.mark.parametrize(
    "path, value",
    [
        (["teller"], "rules/2"),
        (["election", "date"], "17.05.2026"),
        (["contests", 0, "kind"], "approval"),
        (["contests", 0, "counted_from"], "both"),
        (["contests", 0, "options"], []),
        (["contests", 0, "votes_allowed"], 256),
        (["units", 0, "id"], "a\nb"),
        (["unheard_of"], 1),
    ],
)
def test_wrong_rules_are_not(path, value):
    rules = json.loads(json.dumps(little_rill.RULES))
    at = rules
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema("rules")).validate(rules)


COUNT = {
    "teller": "count/1",
    "id": "8f3a6c0152de47b9a1c4e2f70b9d5e63",
    "mode": "test",
    "rules": "0" * 64,
    "presentation": "0" * 64,
    "publication": "live",
    "origin": "election.example/2026",
    "public_key": "election.example/2026+00000000+AAAA",
}


def test_a_count_may_name_officers():
    officers = json.loads((ROOT / "tests/vectors/entry.json").read_text())["decisions"]["officers"]
    listed = [{name: officer[name] for name in ("name", "role", "key")} for officer in officers]
    validator = jsonschema.Draft202012Validator(schema("count"))
    validator.validate(COUNT)
    validator.validate(COUNT | {"officers": listed, "approvals": 2})
    for wrong in ({"role": "mayor"}, {"key": "00"}, {"name": ""}, {"name": "a\nb"}, {"seed": "00"}):
        assert not validator.is_valid(COUNT | {"officers": [listed[0] | wrong]}), wrong
    assert not validator.is_valid(COUNT | {"approvals": 9})


def test_a_count_may_publish_its_result_alone():
    listed = [{"name": "a.huber", "role": "tabulation", "key": "0" * 64}]
    validator = jsonschema.Draft202012Validator(schema("count"))
    alone = COUNT | {"publication": "certified", "officers": listed, "small_units": 10}
    validator.validate(alone)
    for wrong in ({"small_units": 2}, {"small_units": "10"}, {"publication": "live"}, {"publication": "after_close"}):
        assert not validator.is_valid(alone | wrong), wrong
    for missing in ("small_units", "officers"):
        assert not validator.is_valid({name: value for name, value in alone.items() if name != missing}), missing


def test_the_roles_of_officers_are_those_of_the_decisions():
    roles = tomllib.loads((ROOT / "schema/decisions.toml").read_text())["roles"]
    assert schema("count")["properties"]["officers"]["items"]["properties"]["role"]["enum"] == roles
