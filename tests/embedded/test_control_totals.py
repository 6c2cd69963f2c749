"""Figures that are held against others: control totals beside figures that are kept back or that cannot be read, and figures of a whole
unit that are not the same in all of its rows."""

import json

import pytest

from conftest import run
from mappings import ELECTION, mapping_of

VOTES = '[votes]\ncolumn = "votes"\nwithheld = "*"\n'
EXPECT = '[expect]\nprecinct = "Total"\n'


class File:
    def __init__(self, folder):
        self.folder = folder

    def check(self, rows, code, votes=VOTES, head="precinct,candidate,votes", expect=EXPECT, **more):
        """{line: (code, detail)} of the faults, and the notes."""
        (self.folder / "file.csv").write_text("county,office," + head + "\n" + "".join(f"Rill,Mayor,{row}\n" for row in rows))
        (self.folder / "mapping.toml").write_text(mapping_of(ELECTION, votes=votes, **more) + expect)
        out, _ = run("import", self.folder / "file.csv", "--mapping", self.folder / "mapping.toml", "--check", "--json", code=code)
        report = json.loads(out)
        self.sums = report["sums"]
        return {fault["line"]: (fault["code"], fault["detail"]) for fault in report["faults"]}, report["notes"]


@pytest.fixture
def file(tmp_path):
    return File(tmp_path)


def test_a_control_total_below_what_is_known_differs_whatever_is_withheld(file):
    faults, _ = file.check(["P1,Ada,10", "P2,Ada,*", "P3,Ada,*", "Total,Ada,5"], 1)
    assert faults == {
        5: ("import.figure_differs", 'the control total is 5, and its rows add up to 10 without 2 that are withheld: "Rill", "Mayor", "Ada"')
    }


def test_a_control_total_that_cannot_be_compared_is_said(file):
    faults, notes = file.check(["P1,Ada,10", "P2,Ada,*", "Total,Ada,15", "P1,Ben,3", "Total,Ben,*"], 0)
    assert faults == {} and len(notes) == 1
    assert notes[0] == "2 control totals were not compared to the end, for a figure is withheld or not known; the first stands on line 6"


@pytest.mark.parametrize("text", ["13O", '"1,10"', "n/a", ""])
def test_a_control_total_that_is_no_number_is_a_fault(file, text):
    rows = ["P1,Ada,120", "P2,Ada,10", f"Total,Ada,{text}"]
    faults, _ = file.check(rows, 1)
    assert faults[4][0] == "import.not_a_number" and faults[4][1].startswith("a control total ")
    if text in ("n/a", ""):
        faults, notes = file.check(rows, 0, votes=VOTES.replace('withheld = "*"', f'unknown = "{text}"'))
        assert faults == {} and notes[0].startswith("1 control total was not compared")


def test_what_means_zero_is_a_control_total_of_zero(file):
    dash = VOTES.replace('withheld = "*"', 'zero = "-"')
    assert file.check(["P1,Ada,-", "P1,Ben,3", "Total,Ada,-", "Total,Ben,3"], 0, votes=dash) == ({}, [])
    assert list(file.check(["P1,Ada,1", "P1,Ben,3", "Total,Ada,-", "Total,Ben,3"], 1, votes=dash)[0]) == [4]


def test_the_sum_of_a_row_is_not_below_what_is_known_of_it(file):
    votes = '[[votes]]\ncolumn = "day"\nmethod = "day"\nwithheld = "*"\nsum_column = "all"\n[[votes]]\ncolumn = "post"\nmethod = "post"\n'
    rows = ["P1,Ada,10,*,15", "P2,Ada,10,*,5", "P3,Ada,10,4,14"]
    faults, notes = file.check(rows, 1, votes=votes, method="", head="precinct,candidate,day,post,all", expect="")
    assert faults == {3: ("import.figure_differs", "is the sum of its row, and the votes there add up to 10 without those that are withheld")}
    assert notes[0].startswith("1 control total was not compared")


# ---- Registered voters of a unit

REGISTERED = '[contest.figures]\n"Registered Voters" = "registered"\n'


def registered(folder, rows, votes="", code=0, party=True):
    """{precinct: registered voters} of the sheets, and what is said."""
    (folder / "file.csv").write_text("county,precinct,office,party,candidate,votes\n" + "".join(f"Rill,{row}\n" for row in rows))
    table = '[party]\nid = "{party}"\n' if party else ""
    (folder / "mapping.toml").write_text(mapping_of(ELECTION, votes='[votes]\ncolumn = "votes"\n' + votes + table + REGISTERED))
    command = ["import", folder / "file.csv", "--mapping", folder / "mapping.toml"]
    run(*command, "--write-rules", folder / "rules.json", code=code)
    if not (folder / "home").exists():
        run("init", "--home", folder / "home", "--rules", folder / "rules.json", "--mode", "test")
    out = folder / "sheets.ndjson"
    said = run(*command, "--home", folder / "home", "--out", out, "--format", "ndjson", code=code)[1]
    sheets = [json.loads(line) for line in out.read_text().splitlines()]
    return {sheet["unit"]: sheet.get("registered") for sheet in sheets}, said


BY_PARTY = [
    *("P1,Registered Voters,DEM,,3295", "P1,Registered Voters,REP,,2543", "P1,Mayor,DEM,Ada,1539", "P1,Mayor,REP,Ben,754"),
    *("P2,Registered Voters,DEM,,3000", "P2,Registered Voters,REP,,3000", "P2,Mayor,DEM,Ada,1743", "P2,Mayor,REP,Ben,1535"),
]


def test_registered_voters_by_party_are_not_the_largest_of_them(tmp_path):
    sheets, said = registered(tmp_path, BY_PARTY[:4], code=1)
    assert sheets == {"Rill/P1": None} and "import.figure_differs" in said
    assert '"Rill/P1" has 2,543 registered here and 3,295 on line 2: which is it? If each is of a party, repeated = "add_parties"' in said


def test_registered_voters_of_each_party_are_added_where_the_mapping_says_so(tmp_path):
    sheets, _ = registered(tmp_path, BY_PARTY, 'repeated = "add_parties"\n')
    assert sheets == {"Rill/P1": 5838, "Rill/P2": 6000}


def test_the_sum_of_all_parties_beside_them_is_the_number(tmp_path):
    rows = [*BY_PARTY[:2], "P1,Registered Voters,,,5838", *BY_PARTY[2:4]]
    assert registered(tmp_path, rows)[0] == {"Rill/P1": 5838}


def test_rows_that_say_the_same_or_nothing_are_one_number(tmp_path):
    rows = ["P1,Registered Voters,,,500", "P1,Registered Voters,,,0", "P1,Registered Voters,,,500", *BY_PARTY[2:4]]
    assert registered(tmp_path, rows, party=False)[0] == {"Rill/P1": 500}
    rows[2] = "P1,Registered Voters,,,510"
    sheets, said = registered(tmp_path, rows, party=False, code=1)
    assert sheets == {"Rill/P1": None} and "Pass the others over: [leave_out]" in said
