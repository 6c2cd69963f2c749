"""Ballots that people typed into a spreadsheet, one row a paper ballot, through `teller import`: counted once, the same file again all
copies, a mended row a conflict that is said, and a person's two cards under ids that nobody can put together."""

import json
import re

import pytest

from conftest import TREE, run, serving
from little_rill import contest, named, rules_of

RULES = rules_of(
    methods=[{"id": "all"}],
    units=[{"id": "union", "kind": "union"}, {"id": "mill", "name": "Old mill", "kind": "place", "parent": "union"}],
    contests=[contest("board", seats=2, votes_allowed=2), contest("chair", named("Ann", "Ben", "Cy"), kind="ranked", votes_allowed=3)],
    styles=[{"id": "both", "cards": [["board"], ["chair"]]}],
)
MAPPING = """teller = "mapping/1"
kind = "ballots"
[ballot]
number = "{No}"
[unit]
id = "{Place}"
[[contest]]
id = "board"
column = "Board"
[[contest]]
id = "chair"
ranks = ["1st", "2nd", "3rd"]
"""
HEAD = "No,Place,Board,1st,2nd,3rd\n"
ROWS = ["1,Old mill,Ada;Bell,Ann,Ben,Cy", "2,Old mill,Bell,,Ben,", "3,Old mill,,,,"]


class Union:
    def __init__(self, folder, rules=RULES, mapping=MAPPING):
        self.folder, self.home = folder, folder / "home"
        (folder / "rules.json").write_text(json.dumps(rules))
        (folder / "union.toml").write_text(mapping)
        run("init", "--home", self.home, "--rules", folder / "rules.json", "--mode", "test")

    def bring(self, rows, *more, code=0, to=None, name="ballots.csv", text=True):
        """Imports these rows; gives what was told, as JSON or in words."""
        (self.folder / name).write_text(HEAD + "\n".join(rows) + "\n")
        where = ("--to", to, "--import-key", self.home / "import.key") if to else ("--home", self.home)
        out, err = run("import", self.folder / name, "--mapping", self.folder / "union.toml", *where, *([] if text else ["--json"]), *more, code=code)
        return out + err if text else json.loads(out)

    def totals(self):
        contests = json.loads(run("totals", "--home", self.home, "--format", "json")[0])["contests"]
        return {option["option"]: option["votes"] for contest in contests for option in contest["by_option"]}

    def recorded(self):
        return re.search(r"recorded \d+ = .*", run("inspect", "--home", self.home)[0])[0]


@pytest.fixture
def union(tmp_path):
    return Union(tmp_path)


def test_the_same_file_again_is_all_copies_and_a_mended_row_is_a_conflict_that_is_said(union):
    told = union.bring(ROWS)
    assert "counted, or a copy of what is counted  6" in told and "3 rows read, 0 refused, 6 ballot cards" in told
    first = union.totals()
    assert first == {"ada": 1, "bell": 2, "ann": 1, "ben": 1, "cy": 0}
    # Rows may move: the number is the paper's own.
    union.bring([*ROWS[::-1]])
    assert union.recorded() == "recorded 12 = counted 6 + duplicate 6 + conflict 0 + rejected 0"
    mended = ["1,Old mill,Ada,Ann,Ben,Cy", *ROWS[1:]]
    told = union.bring(mended, code=1)
    assert re.search(r"ballots\.csv:2, ballot 1, card 1: conflict: a ballot of mill, id [0-9a-f-]{36}: another entry", told), told
    assert re.search(r"conflict: another one was counted first +1\n", told), told
    assert union.totals() == first
    report = union.bring(mended, code=1, text=False)
    assert (report["conflict"], report["counted_or_copy"], len(report["incidents"])) == (1, 5, 1)
    run("verify", "--home", union.home)


def test_a_paper_of_a_unit_that_has_parts_is_counted_there_and_said(union):
    assert "which has parts" not in union.bring(ROWS)
    told = union.bring([*ROWS, "4,union,Ada,Ann,,", "5,union,Ada,,,"])
    assert (
        '2 papers are of "union", which has parts ("Old mill", …): they are counted there and in none of its parts; where a part is meant, name it'
        in told
    )
    assert union.totals()["ada"] == 3
    out, _ = run("totals", "--home", union.home, "--by", "unit", "--contest", "board")
    assert [line.split()[:3] for line in out.splitlines() if " Ada " in line] == [["union", "Ada", "2"], ["Old", "mill", "Ada"]]
    run("verify", "--home", union.home)
    run("check", "--home", union.home)


def test_refused_rows_are_named_and_everything_else_goes_in(union):
    told = union.bring(["1,Old mill,Ada;Adda,Ann,,", "2,Old mill,Bell,,,", "2,Old mill,Bell,,,", "4,Old mill,Bell,Ann,,", "5,New mill,,,,"], code=1)
    assert 'ballots.csv:2: import.option_unknown: Board "Adda" contest board has no such option; it has "Ada", …' in told
    assert 'ballots.csv:3: ballots.number_repeated: card 1 of ballot "2" stands on line 4 too, with the same marks' in told
    assert 'ballots.csv:6: import.unit_unknown: Place "New mill" is no unit of the rules' in told
    assert "5 rows read, 4 refused, 2 ballot cards" in told
    assert union.totals()["bell"] == 1
    # The row is mended: it was never recorded, and goes in.
    union.bring(["1,Old mill,Ada,Ann,,"])
    assert union.totals()["ada"] == 1


def test_nothing_on_disk_ties_the_two_cards_of_a_person(union):
    union.bring(ROWS)
    run("log", "export", union.folder / "export", "--home", union.home)
    ids = [path for path in (union.folder / "export").rglob("*") if path.is_file()]
    assert ids and not any(b"ballots.csv" in path.read_bytes() for path in ids)
    assert oct((union.home / "import.key").stat().st_mode & 0o777) == "0o600"
    # Another count's ballots of the same numbers have other ids: they are made with its own secret.
    cards = [union.folder / "out.tbat", union.folder / "other.tbat"]
    for out in cards:
        run("import", union.folder / "ballots.csv", "--mapping", union.folder / "union.toml", "--home", union.home, "--out", out)
        for kept in union.home.glob("import.key*"):
            kept.unlink()
    assert cards[0].read_bytes() != cards[1].read_bytes()


def test_a_paper_is_counted_once_however_its_number_is_written(union):
    """A spreadsheet makes 1 of 001, and 7.0 of 7; the id is made of the number as it stands."""
    padded = [f"00{row}" for row in ROWS]
    union.bring(padded)
    first = union.totals()
    for again in (ROWS, [row.replace(",", ".0,", 1) for row in ROWS], ["9,Old mill,Ada,Ann,,"]):
        said = union.bring(again, code=2)
        assert "delivery.invalid" in said and "the same papers would be counted twice" in said, said
    assert 'as "001" and "1"' in union.bring(ROWS, "--check", code=2)
    union.bring(padded)
    assert union.totals() == first
    # Behind the last number that is filled up there is nothing to fill up.
    union.bring(["1000,Old mill,Ada,Ann,,"])
    # In one file all rows of the number are refused, and two ways of writing where nothing collides.
    told = union.bring(["A-7,Old mill,Ada,,,", "A-007,Old mill,Ada,,,", "A-7.0,Old mill,Bell,,,", "B-7,Old mill,Ada,,,"], code=1)
    assert 'ballots.csv:2: ballots.number_repeated: card 1 of ballot "A-7" stands on line 3 too, written "A-007"' in told
    assert "4 rows read, 3 refused, 2 ballot cards" in told
    assert "written in two ways" in union.bring(["C-07,Old mill,Ada,,,", "C-8,Old mill,Ada,,,"], code=2)
    run("verify", "--home", union.home)


def test_ballots_of_another_source_need_its_name(union):
    union.bring(ROWS)
    first = union.totals()
    (union.folder / "other.toml").write_text(MAPPING)
    command = ["import", union.folder / "ballots.csv", "--mapping", union.folder / "other.toml", "--home", union.home]
    said = run(*command, code=2)[1]
    assert 'ballots were imported as those of "union", and these would be of "other"' in said and "--source union" in said
    run(*command, "--source", "union")
    assert union.totals() == first
    run(*command, "--source", "north")
    assert union.totals()["bell"] == 4
    run(*command, "--source", "north")
    assert union.totals()["bell"] == 4


def test_what_an_older_program_imported_stays_a_copy(union):
    """It kept nothing of its sources, and took a file in two forms."""
    mixed = ["007,Old mill,Ada,Ann,,", "8,Old mill,Bell,Ann,,"]
    union.bring(mixed[:1])
    union.bring(mixed[1:], "--source", "union", code=2)
    sources = union.home / "import.key.sources"
    sources.unlink()
    union.bring(mixed)
    union.bring(mixed)
    assert union.recorded().startswith("recorded 10 = counted 4 + duplicate 6")
    sources.write_text("[]")
    assert "import.key.sources: is not what Teller wrote there" in union.bring(mixed, code=3)
    union.bring(mixed[:1], "--new-import-key")


def test_a_server_counts_them_as_well_and_tells_the_same(union):
    with serving(union.home, union.folder / "log") as url:
        assert "counted, or a copy of what is counted  6" in union.bring(ROWS, to=url)
        assert "ballot 3, card 2: conflict" in union.bring([*ROWS[:2], "3,Old mill,,Ann,,"], to=url, code=1)
        said = run("import", union.folder / "ballots.csv", "--mapping", union.folder / "union.toml", "--to", url, code=2)[1]
        assert "--import-key" in said
    assert union.recorded() == "recorded 12 = counted 6 + duplicate 5 + conflict 1 + rejected 0"


def test_what_is_for_results_is_refused_of_ballots(union):
    (union.folder / "ballots.csv").write_text(HEAD)
    for option in (["--correct", "--reason", "x"], ["--at", "2026-05-17T20:00Z"], ["--partial"], ["--synthesise-ballots", "--out", "x"]):
        said = run("import", union.folder / "ballots.csv", "--mapping", union.folder / "union.toml", "--home", union.home, *option, code=2)[1]
        assert "this mapping is of ballots" in said


def test_a_scanners_table_is_read_with_its_words(tmp_path):
    """The record 1003 stands twice and says two things: neither is taken."""
    field = TREE / "tests/fixtures/field/24-ranked-cvr"
    mapping = """teller = "mapping/1"
kind = "ballots"
[ballot]
number = "{Cast Vote Record}"
card = "1"
[style]
id = "{Ballot Style}"
[unit]
id = "{Precinct}"
[[contest]]
id = "mayor"
ranks = ["Mayor 1st", "Mayor 2nd", "Mayor 3rd"]
[marks]
empty = ["undervote"]
overvote = ["overvote"]
"""
    union = Union(tmp_path, json.loads((field / "rules.json").read_text()), mapping)
    out, _ = run("import", field / "ess.csv", "--mapping", tmp_path / "union.toml", "--home", union.home, "--json", code=1)
    report = json.loads(out)
    assert [(fault["line"], fault["code"]) for fault in report["faults"]] == [(4, "ballots.number_repeated"), (5, "ballots.number_repeated")]
    assert report["counted_or_copy"] == 2
    # 1001 is Ada's; the first rank of 1002 was skipped.
    assert union.totals() == {"a": 1, "b": 1, "c": 0, "d": None, "e": None, "f": None}
