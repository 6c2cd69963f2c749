"""A sheet of a contest in which nobody in its unit votes: held, whoever sends it, unless it is said that it may come from elsewhere."""

import json
import urllib.request

import pytest

from conftest import run, serving

RULES = {
    "teller": "rules/1",
    "election": {"name": "Rill", "date": "2026-05-03", "time_zone": "UTC"},
    "methods": [{"id": "all"}],
    "units": [{"id": "rill", "name": "Rill", "kind": "county"}]
    + [{"id": f"p{number}", "name": f"Place {number}", "kind": "precinct", "parent": "rill"} for number in (1, 2, 3)],
    "contests": [
        {"id": name, "name": name.title(), "kind": "plurality", "counted_from": "sheets", "unit": "rill", "options": [{"id": "ada"}, {"id": "ben"}]}
        for name in ("mayor", "sewer")
    ],
    "styles": [{"id": "town", "cards": [["mayor", "sewer"]], "units": ["p1", "p3"]}, {"id": "farm", "cards": [["mayor"]], "units": ["p2"]}],
}
MAPPING = """teller = "mapping/1"
unit = [{kind = "precinct", id = "{place}"}]
contest = {id = "{contest}"%s}
option = {id = "{candidate}"}
method = {id = "all"}
votes = {column = "votes"}
"""
ROWS = "place,contest,candidate,votes\n" + "".join(f"{place},sewer,{name},5\n" for place in ("p1", "p2") for name in ("ada", "ben"))


@pytest.fixture
def home(tmp_path):
    (tmp_path / "rules.json").write_text(json.dumps(RULES))
    run("init", "--home", tmp_path / "home", "--rules", tmp_path / "rules.json", "--mode", "test")
    return tmp_path / "home"


def sheet(count, unit, contest="sewer", **votes):
    return {"kind": "sheet", "count": count, "unit": unit, "method": "all", "contest": contest, "votes": votes or {"ada": 5, "ben": 7}}


def deliver(url, *sheets, **head):
    lines = [{"delivery": {"source": "another program", **head}}, *sheets]
    request = urllib.request.Request(f"{url}/v1/deliveries", data="\n".join(map(json.dumps, lines)).encode(), method="POST")
    request.add_header("Content-Type", "application/x-ndjson")
    request.add_header("Authorization", f"Bearer {url.token_file.read_text().strip()}")
    with urllib.request.urlopen(request) as answer:
        report = json.load(answer)
    report["became"] = {became: sheets for became, sheets in report["became"].items() if sheets}
    return report


def test_a_delivery_of_another_program_is_held_like_one_of_ours(home, tmp_path):
    count = json.loads((home / "count.json").read_text())["id"]
    with serving(home, tmp_path / "serve.log") as url:
        report = deliver(url, sheet(count, "p1"), sheet(count, "p2"))
        assert {one["unit"]: one["became"] for one in report["sheets"]} == {"p1": "new", "p2": "held"} and not report["all_stand"]
        (why,) = [one["detail"] for one in report["sheets"] if one["became"] == "held"]
        assert why.startswith("no ballot style of the rules gives sewer to voters of p2")
        assert deliver(url, sheet(count, "p3"), sheet(count, "p2"))["became"] == {"new": 1, "held": 1}
        assert deliver(url, sheet(count, "p2"), elsewhere="take")["became"] == {"new": 1}
        # What stands is changed like any other sheet.
        assert deliver(url, sheet(count, "p2", ada=6, ben=7))["became"] == {"updated": 1}


def test_our_own_import_says_the_same_and_its_mapping_lets_it_in(home, tmp_path):
    file, mapping = tmp_path / "file.csv", tmp_path / "mapping.toml"
    file.write_text(ROWS)
    mapping.write_text(MAPPING % "")
    for more in (["--check"], ["--out", tmp_path / "out.tbat"], []):
        _, said = run("import", file, "--mapping", mapping, "--home", home, *more, code=1)
        assert 'no ballot style of the rules gives "sewer" to voters of "p2"' in said and "held: p2 · sewer · all" in said
    mapping.write_text(MAPPING % ', elsewhere = "allow"')
    assert "new" in run("import", file, "--mapping", mapping, "--home", home)[0]


def test_a_sheet_that_lacks_a_row_is_said_before_it_is_delivered(home, tmp_path):
    file, mapping = tmp_path / "file.csv", tmp_path / "mapping.toml"
    file.write_text("place,contest,candidate,votes\np1,mayor,ada,5\np1,mayor,ben,5\np2,mayor,ada,5\np2,mayor,ben,5\np3,mayor,ada,5\n")
    mapping.write_text(MAPPING % "")
    lack = "lacks a row: p3 · mayor · all: no row for ben, which 2 of 3 sheets of this contest have (line 6)"
    for more in (["--check"], ["--check", "--home", home], ["--out", tmp_path / "out.tbat", "--home", home]):
        said = run("import", file, "--mapping", mapping, *more)[1]
        assert lack in said and "A delivery holds such a sheet where nothing stands of it yet" in said
        assert lack not in run("import", file, "--mapping", mapping, *more, "--partial")[1]
    report = json.loads(run("import", file, "--mapping", mapping, "--check", "--json")[0])
    assert report["lacking"] == [{"unit": "p3", "contest": "mayor", "method": "all", "option": "ben", "have": 2, "of": 3}]
    out, _ = run("import", file, "--mapping", mapping, "--home", home, code=1)
    assert "p3" in out and "held" in out
    mapping.write_text((MAPPING % "").replace('column = "votes"', 'column = "votes", missing_rows = "zero"'))
    assert "lacks a row" not in run("import", file, "--mapping", mapping, "--check")[1]
