"""`teller rules`: rules from three small tables as people type them, what is wrong with them, the ballots that they mean, and rules of
several files as one."""

import json

import pytest

from conftest import TREE, run
from workbooks import xlsx

NAMED = ("--name", "Council of Little Rill", "--date", "2026-05-17")
TABLES = {
    "contests": "Contest,Vote for,Seats,Unit\nCouncil,2,2,\nMayor of Old mill,,,Old mill\n",
    "options": "Contest,Candidate,Party\nCouncil,Ada Moss,Greens\nCouncil,Ben Rook,\nCouncil,Cy Ünal,Greens\nMayor of Old mill,Di Vale,\n",
    "units": "Unit,Parent,Kind\nLittle Rill,,municipality\nOld mill,Little Rill,polling-place\nSchool house,Little Rill,polling-place\n",
}


@pytest.fixture
def tables(tmp_path):
    """Writes tables, of which some may be other ones; gives the options that name them."""

    def write(**others):
        options = []
        for name, text in (TABLES | others).items():
            (tmp_path / f"{name}.csv").write_text(text)
            options += [f"--{name}", tmp_path / f"{name}.csv"]
        return options

    return write


def workbook(path, sheets):
    """With a sheet of each CSV."""
    return xlsx(path, {name: [line.split(",") for line in text.splitlines()] for name, text in sheets.items()})


def test_three_tables_are_rules_that_a_count_begins_with(tables, tmp_path):
    _, said = run("rules", "new", *tables(), *NAMED, "--out", tmp_path / "rules.json")
    assert "2 contests with 4 options, 3 units of which 2 report, 2 ballot styles" in said
    checked, _ = run("rules", "check", tmp_path / "rules.json")
    assert "sha256" in checked and "note" not in checked
    run("init", "--home", tmp_path / "home", "--rules", tmp_path / "rules.json", "--mode", "test")
    made = json.loads((tmp_path / "rules.json").read_text())
    assert [unit["id"] for unit in made["units"]] == ["Little Rill", "Little Rill/Old mill", "Little Rill/School house"]
    assert made["contests"][0] | {"options": 0} == {
        "id": "Council", "name": "Council", "kind": "plurality", "seats": 2, "votes_allowed": 2, "write_ins": False,
        "share_base": "votes", "unit": "Little Rill", "counted_from": "ballots", "options": 0,
    }  # fmt: skip


def test_each_way_of_voting_that_is_named_is_one_of_the_rules(tables, tmp_path):
    named = json.loads(run("rules", "new", *tables(), *NAMED, "--method", "In person", "--method", "By post")[0])
    assert [method["name"] for method in named["methods"]] == ["In person", "By post"]
    assert [method["name"] for method in json.loads(run("rules", "new", *tables(), *NAMED)[0])["methods"]] == ["All"]


def test_a_workbook_with_three_sheets_gives_the_same_bytes(tables, tmp_path):
    book = workbook(tmp_path / "rill.xlsx", {name.capitalize(): text for name, text in TABLES.items()})
    assert run("rules", "new", book, *NAMED)[0] == run("rules", "new", *tables(), *NAMED)[0]
    wrong = workbook(tmp_path / "wrong.xlsx", TABLES | {"units": "Unit,Parent\nRill,\nMill,Ril\n"})
    assert f'{wrong}:units:3: Parent "Ril": is no unit of this table' in run("rules", "new", wrong, *NAMED, code=2)[1]


def test_nothing_is_written_where_a_cell_is_wrong(tables, tmp_path):
    out = tmp_path / "rules.json"
    said = run("rules", "new", *tables(contests="Contest,Colour\nCouncil,red\n"), *NAMED, "--out", out, code=2)[1]
    assert "rules.table_invalid" in said and 'contests.csv:1: column "Colour" is not known' in said
    said = run("rules", "new", *tables(options="Contest,Candidate\nCounsil,Ada\n"), *NAMED, "--out", out, code=2)[1]
    assert 'options.csv:2: Contest "Counsil": is no contest of' in said and "mended" not in said
    said = run("rules", "new", *tables(), "--name", "Rill", "--date", "17.5.2026", "--out", out, code=2)[1]
    assert "must be a date like" in said
    assert not out.exists()


def test_rules_of_results_are_those_of_import(tmp_path):
    field = TREE / "tests/fixtures/field"
    mapping = ("--mapping", field / "base.toml")
    run("import", field / "clean.csv", *mapping, "--write-rules", tmp_path / "a.json")
    run("rules", "new", field / "clean.csv", *mapping, "--counted-from", "sheets", "--out", tmp_path / "b.json")
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


def test_check_names_each_fault_and_what_is_hardly_meant(tables, tmp_path):
    rules = tmp_path / "rules.json"
    run("rules", "new", *tables(), *NAMED, "--out", rules)
    good = json.loads(rules.read_text())
    rules.write_text(json.dumps(good | {"styles": good["styles"][1:]}))
    assert "note: contest Mayor of Old mill is counted from ballots and stands on no card" in run("rules", "check", rules)[0]
    rules.write_text(json.dumps(good | {"colour": 1, "units": good["units"][1:]}))
    said = run("rules", "check", rules, code=1)[1]
    assert "rules.invalid" in said and "/units/0/parent" in said and "colour" in said


def test_what_is_counted_from_sheets_stands_on_no_card_that_is_counted_as_a_ballot(tables, tmp_path):
    """Such a card was refused, with the contest that sheets bring (not counted here) and without it (missing)."""
    contests = "Contest,Counted from\nMayor of Old mill,sheets\nCouncil,ballots\n"
    made = json.loads(run("rules", "new", *tables(contests=contests), *NAMED)[0])
    assert made["styles"][0]["cards"] == [["Council"], ["Mayor of Old mill"]]
    (tmp_path / "rules.json").write_text(json.dumps(made))
    run("init", "--home", tmp_path / "home", "--rules", tmp_path / "rules.json", "--mode", "test")
    count = json.loads((tmp_path / "home/count.json").read_text())["id"]
    paper = {"kind": "ballot", "count": count, "id": "6a1f0e2b-3c4d-4e5f-8a9b-0c1d2e3f4a5b", "unit": "Little Rill/Old mill", "style": "all"}
    (tmp_path / "ballot.ndjson").write_text(json.dumps(paper | {"method": "all", "card": 1, "contests": {"Council": ["Ada Moss"]}}) + "\n")
    run("load", tmp_path / "ballot.ndjson", "--home", tmp_path / "home")
    # All from sheets: one card as ever. And a table that names one card for both is refused.
    made = json.loads(run("rules", "new", *tables(), *NAMED, "--counted-from", "sheets")[0])
    assert made["styles"][0]["cards"] == [["Council", "Mayor of Old mill"]]
    both = "Contest,Counted from,Card\nMayor of Old mill,sheets,1\nCouncil,ballots,\n"
    said = run("rules", "new", *tables(contests=both), *NAMED, code=2)[1]
    assert 'contests.csv:2: Card "1": is that of Council, which is counted from ballots' in said, said


def test_show_prints_the_ballot_of_each_style(tables, tmp_path):
    rules = tmp_path / "rules.json"
    run("rules", "new", *tables(), *NAMED, "--out", rules)
    pages = run("rules", "show", rules)[0].split("\f")
    assert len(pages) == 2
    assert "Council\nVote for at most 2 · 2 seats\n\n  [ ] Ada Moss · Greens\n  [ ] Ben Rook\n  [ ] Cy Ünal · Greens\n" in pages[0]
    assert "Mayor of Old mill" in pages[0] and "Mayor of Old mill" not in pages[1]
    assert run("rules", "show", rules, "--style", "style-2")[0] in pages
    assert "they have style-1, style-2" in run("rules", "show", rules, "--style", "x", code=2)[1]


def test_add_joins_rules_and_refuses_what_contradicts(tables, tmp_path):
    first, second, both = (tmp_path / name for name in ("first.json", "second.json", "both.json"))
    run("rules", "new", *tables(), *NAMED, "--out", first)
    school = {"contests": "Contest\nSchool board\n", "options": "Candidate\nEd Lowe\n"}
    run("rules", "new", *tables(**school), *NAMED, "--out", second)
    run("rules", "add", first, second, "--out", both)
    joined = json.loads(both.read_text())
    assert [contest["id"] for contest in joined["contests"]] == ["Council", "Mayor of Old mill", "School board"]
    run("rules", "new", *tables(contests=TABLES["contests"].replace("Council,2,2", "Council,3,2")), *NAMED, "--out", second)
    said = run("rules", "add", first, second, "--out", both, code=2)[1]
    assert f"contest Council: votes_allowed is 2 in {first} and 3 in {second}" in said
    assert json.loads(both.read_text()) == joined
