"""What a mapping can say of a file of results, form by form: docs/reference/mapping.md."""

import json
import subprocess

import pytest

from conftest import TELLER, run
from mappings import ELECTION, METHOD, mapping_of

WHOLE = '[[unit]]\nkind = "whole"\nid = "all"\n'


@pytest.fixture
def check(tmp_path):
    """check(rows, votes, unit=, contest=, option=) imports a table of county,precinct,office,candidate,… and gives the report."""

    def run_it(text, votes, unit="", contest="", option="", method=METHOD, code=0, more=()):
        file, mapping = tmp_path / "file.csv", tmp_path / "mapping.toml"
        file.write_text(text)
        mapping.write_text(mapping_of(ELECTION + WHOLE, unit, contest, option, method, votes))
        done = subprocess.run([TELLER, "import", file, "--mapping", mapping, "--check", "--json", *more], capture_output=True, text=True, timeout=60)
        assert done.returncode == code, done.stderr + done.stdout
        return json.loads(done.stdout) if done.stdout.startswith("{") and not more else done

    return run_it


def sheets_of(tmp_path):
    """What the last table would be sent as."""
    common = ["import", tmp_path / "file.csv", "--mapping", tmp_path / "mapping.toml"]
    run(*common, "--write-rules", tmp_path / "rules.json")
    run("init", "--home", tmp_path / "home", "--rules", tmp_path / "rules.json", "--mode", "test")
    run(*common, "--home", tmp_path / "home", "--out", tmp_path / "out", "--format", "ndjson")
    return [json.loads(line) for line in (tmp_path / "out").read_text().splitlines()]


def test_lines_of_one_candidate_are_added_by_party_and_a_copy_is_refused(check):
    rows = "county,precinct,office,candidate,party,votes\nR,P1,Mayor,Ada,Green,10\nR,P1,Mayor,Ada,Rose,5\nR,P1,Mayor,Ben,Blue,8\n"
    party = '[party]\nid = "{party}"\n'
    votes = party + '[votes]\ncolumn = "votes"\nrepeated = "add_parties"\n'
    assert check(rows, votes)["sums"] == {"Mayor": {"Ada": 15, "Ben": 8}}
    copied = check(rows + "R,P1,Mayor,Ada,Rose,5\n", votes, code=1)
    assert [(fault["line"], fault["code"]) for fault in copied["faults"]] == [(5, "import.row_repeated")]


def test_figures_of_a_unit_that_are_listed_as_offices_go_to_its_sheets(check, tmp_path):
    rows = "county,precinct,office,candidate,votes\nR,P1,Registered Voters,,900\nR,P1,Ballots Cast,,500\nR,P1,Mayor,Ada,300\nR,P1,Clerk,Ben,200\n"
    figures = '[contest.figures]\n"Registered Voters" = "registered"\n"Ballots Cast" = "cards"\n'
    assert check(rows, '[votes]\ncolumn = "votes"\n', contest=figures)["sums"] == {"Mayor": {"Ada": 300}, "Clerk": {"Ben": 200}}
    assert sorted((sheet["contest"], sheet["registered"], sheet["cards"]) for sheet in sheets_of(tmp_path)) == [
        ("Clerk", 900, 500),
        ("Mayor", 900, 500),
    ]


def test_a_figure_of_a_unit_without_votes_is_said(check):
    rows = "county,precinct,office,candidate,votes\nR,P9,Registered Voters,,900\nR,P1,Mayor,Ada,300\n"
    report = check(rows, '[votes]\ncolumn = "votes"\n', contest='[contest.figures]\n"Registered Voters" = "registered"\n')
    assert any("have no votes in the file" in note and "line 2" in note for note in report["notes"])


def test_one_figure_for_all_methods_is_not_repeated_for_each(check, tmp_path):
    rows = "county,precinct,office,candidate,early,day,ballots\nR,P1,Mayor,Ada,10,5,17\nR,P1,Mayor,Ben,1,1,17\n"
    votes = '[[votes]]\ncolumn = "early"\nmethod = "early"\n[[votes]]\ncolumn = "day"\nmethod = "day"\n[sheet]\ncards = "ballots"\n'
    refused = check(rows, votes, method="", code=2)
    assert "[sheet] method is missing" in refused.stderr and "one figure for all methods" in refused.stderr
    assert check(rows, votes + 'method = "together"\n', method="")["sums"] == {"Mayor": {"Ada": 15, "Ben": 2}}
    assert sum(sheet.get("cards", 0) for sheet in sheets_of(tmp_path)) == 17


def test_a_column_that_is_the_sum_of_its_row_is_compared(check):
    rows = "county,precinct,office,candidate,early,day,total\nR,P1,Mayor,Ada,10,5,15\nR,P1,Mayor,Ben,1,1,3\n"
    votes = '[[votes]]\ncolumn = "early"\nmethod = "early"\n[[votes]]\ncolumn = "day"\nmethod = "day"\nsum_column = "total"\n'
    report = check(rows, votes, method="", code=1)
    (fault,) = report["faults"]
    assert (fault["line"], fault["code"], fault["column"], fault["found"]) == (3, "import.figure_differs", "total", '"3"')
    assert "add up to 2" in fault["detail"] and report["sheets_held"] == 2


def test_absentees_of_a_county_stand_beside_its_precincts_with_a_method_of_their_own(check, tmp_path):
    rows = "county,precinct,office,candidate,how,votes\nR,P1,Mayor,Ada,day,10\nR,P2,Mayor,Ada,day,20\nR,,Mayor,Ada,absentee,7\n"
    method = '[method]\nid = "{how}"\n'
    assert check(rows, '[votes]\ncolumn = "votes"\n', unit='empty = ""', method=method)["sums"] == {"Mayor": {"Ada": 37}}
    assert sorted((sheet["unit"], sheet["method"]) for sheet in sheets_of(tmp_path)) == [
        ("all/R", "absentee"),
        ("all/R/P1", "day"),
        ("all/R/P2", "day"),
    ]


def test_a_county_s_votes_beside_those_of_its_precincts_stop_the_import(check):
    rows = "county,precinct,office,candidate,votes\nR,P1,Mayor,Ada,10\nR,P2,Mayor,Ada,20\nR,,Mayor,Ada,29\n"
    refused = check(rows, '[votes]\ncolumn = "votes"\n', unit='empty = ""', code=2)
    assert '"all/R" has votes of its own in "Mayor" (line 4)' in refused.stderr and "counted twice" in refused.stderr


def test_a_total_that_is_nearly_one_is_found_too(check):
    rows = "county,precinct,office,candidate,votes\nR,P1,Mayor,Ada,1000\nR,P2,Mayor,Ada,2000\nR,Total,Mayor,Ada,3003\n"
    refused = check(rows, '[votes]\ncolumn = "votes"\n', code=2)
    assert '"all/R/Total"' in refused.stderr and "3,003 beside 3,000" in refused.stderr


def test_a_dash_is_nought_where_the_mapping_says_so(check):
    rows = "county,precinct,office,candidate,votes\nR,P1,Mayor,Ada,-\nR,P1,Mayor,Ben,4\n"
    assert check(rows, '[votes]\ncolumn = "votes"\nzero = "-"\n')["sums"] == {"Mayor": {"Ada": 0, "Ben": 4}}


def test_a_long_name_is_mapped_before_it_is_measured(check):
    long = "Shall the people of the county borrow money for " + "a bridge and " * 14 + "a mill?"
    assert len(long) > 221
    rows = f"county,precinct,office,candidate,votes\nR,P1,{long},Yes,10\nR,P1,{long},No,4\n"
    assert check(rows, '[votes]\ncolumn = "votes"\n', contest=f'[contest.ids]\n"{long}" = "bridge"\n')["sums"] == {"bridge": {"Yes": 10, "No": 4}}


def names_of(tmp_path):
    """Of all contests and options in the rules that the last table gives."""
    run("import", tmp_path / "file.csv", "--mapping", tmp_path / "mapping.toml", "--write-rules", tmp_path / "rules.json")
    rules = json.loads((tmp_path / "rules.json").read_text())
    return {(contest["id"], contest["name"]): {option["id"]: option["name"] for option in contest["options"]} for contest in rules["contests"]}


def test_what_stands_in_the_file_as_a_code_gets_a_name(check, tmp_path):
    rows = "county,precinct,office,candidate,votes\nR,P1,Direct votes (valid),D1,10\nR,P1,Direct votes (valid),D2,4\n"
    contest = '[contest.ids]\n"Direct votes (valid)" = "direct"\n[contest.names]\ndirect = "First vote"\n'
    check(rows, '[votes]\ncolumn = "votes"\n', contest=contest, option='[option.names]\nD1 = "Ada Moss"\n')
    assert names_of(tmp_path) == {("direct", "First vote"): {"D1": "Ada Moss", "D2": "D2"}}
    # A name for what is not there is a mistyped one.
    refused = check(rows, '[votes]\ncolumn = "votes"\n', contest=contest, option='[option.names]\nD3 = "Cy"\n', code=2)
    assert "[option.names]" in refused.stderr and "D3" in refused.stderr


def test_a_name_that_was_typed_on_two_lines_stands_on_one(check, tmp_path):
    rows = 'county,precinct,office,candidate,votes\nR,"Room 4\nground floor",Mayor,"Ada\r\n\tMoss",10\nR,Room 4 ground floor,Mayor,Ben,4\n'
    assert check(rows, '[votes]\ncolumn = "votes"\n')["sums"] == {"Mayor": {"Ada Moss": 10, "Ben": 4}}
    assert names_of(tmp_path) == {("Mayor", "Mayor"): {"Ada Moss": "Ada Moss", "Ben": "Ben"}}
    assert [unit["name"] for unit in json.loads((tmp_path / "rules.json").read_text())["units"]] == ["all", "R", "Room 4 ground floor"]


def test_seats_differ_by_contest_and_must_agree_within_one(check, tmp_path):
    rows = "county,precinct,office,candidate,votes,n\nR,P1,Board,Ada,10,3\nR,P1,Board,Ben,4,3\nR,P1,Mayor,Cy,2,1\n"
    seats = 'seats_column = "n"\nvotes_allowed_column = "n"\n'
    check(rows, '[votes]\ncolumn = "votes"\n', contest=seats)
    sheets_of(tmp_path)
    contests = {one["id"]: (one["seats"], one["votes_allowed"]) for one in json.loads((tmp_path / "rules.json").read_text())["contests"]}
    assert contests == {"Board": (3, 3), "Mayor": (1, 1)}
    differs = check(rows.replace("Ben,4,3", "Ben,4,2"), '[votes]\ncolumn = "votes"\n', contest=seats, code=1)
    assert (differs["faults"][0]["line"], differs["faults"][0]["code"]) == (3, "import.figure_differs")


def test_write_ins_come_from_a_second_file_with_a_mapping_of_its_own(check, tmp_path):
    rows = "county,precinct,office,candidate,votes\nR,P1,Mayor,Ada,10\nR,P1,Mayor,Ben,4\n"
    check(rows, '[votes]\ncolumn = "votes"\n')
    second, own = tmp_path / "writeins.csv", tmp_path / "writeins.toml"
    second.write_text("where;who;how many\nP1;Cy;3\n")
    own.write_text(
        mapping_of(ELECTION + WHOLE, votes='[votes]\ncolumn = "how many"\n[csv]\ndelimiter = ";"\n')
        .replace("{county}", "R")
        .replace("{precinct}", "{where}")
        .replace("{office}", "Mayor")
        .replace("{candidate}", "{who}")
    )
    both = [tmp_path / "file.csv", second, "--mapping", tmp_path / "mapping.toml", "--mapping", own]
    report = json.loads(run("import", *both, "--check", "--json")[0])
    assert report["sums"] == {"Mayor": {"Ada": 10, "Ben": 4, "Cy": 3}} and report["sheets"] == 1
    second.write_text("where;who;how many\nP1;Ada;3\n")
    refused = json.loads(run("import", *both, "--check", "--json", code=1)[0])
    assert (refused["faults"][0]["code"], refused["sheets_held"]) == ("import.row_repeated", 1)


def test_many_files_are_one_delivery(check, tmp_path):
    rows = "county,precinct,office,candidate,votes\nR,P1,Mayor,Ada,10\n"
    check(rows, '[votes]\ncolumn = "votes"\n')
    more = tmp_path / "more.csv"
    more.write_text(rows.replace("P1", "P2"))
    report = json.loads(run("import", tmp_path / "file.csv", more, "--mapping", tmp_path / "mapping.toml", "--check", "--json")[0])
    assert report["sums"] == {"Mayor": {"Ada": 20}} and report["sheets"] == 2
    more.write_text(rows)
    twice = json.loads(run("import", tmp_path / "file.csv", more, "--mapping", tmp_path / "mapping.toml", "--check", "--json", code=1)[0])
    assert (twice["faults"][0]["file"], twice["faults"][0]["code"]) == (str(more), "import.row_repeated")


def test_tabs_with_quotes_that_are_only_quotes(check):
    rows = 'county\tprecinct\toffice\tcandidate\tvotes\nR\tP1\tMayor\tAda "Kit" Moss\t10\nR\tP1\tMayor\t"Ben\t4\n'
    votes = '[votes]\ncolumn = "votes"\n[csv]\ndelimiter = "\\t"\nquotes = false\n'
    assert check(rows, votes)["sums"] == {"Mayor": {'Ada "Kit" Moss': 10, '"Ben': 4}}


def test_a_column_between_others_is_none_of_the_options(tmp_path):
    file, mapping = tmp_path / "file.csv", tmp_path / "mapping.toml"
    file.write_text("county,precinct,office,Ada,Total,Ben\nR,P1,Mayor,10,14,4\nR,P2,Mayor,1,2,1\n")
    votes = '[votes]\ncolumns_from = "Ada"\ncolumns_to = "Ben"\ncolumns_except = "Total"\nsum_column = "Total"\n'
    mapping.write_text(mapping_of(ELECTION + WHOLE, votes=votes).replace("{candidate}", "{header}"))
    report = json.loads(run("import", file, "--mapping", mapping, "--check", "--json")[0])
    assert report["sums"] == {"Mayor": {"Ada": 11, "Ben": 5}}
    file.write_text(file.read_text().replace("14", "15"))
    differs = json.loads(run("import", file, "--mapping", mapping, "--check", "--json", code=1)[0])
    assert [(fault["line"], fault["column"]) for fault in differs["faults"]] == [(2, "Total")] and differs["sheets_held"] == 1
    mapping.write_text(mapping.read_text().replace('except = "Total"', 'except = "Sum"'))
    assert "has no column Sum" in run("import", file, "--mapping", mapping, "--check", code=2)[1]


def test_one_unit_s_sheets_can_be_traced_to_their_cells(check):
    rows = 'county,precinct,office,candidate,votes\nR,P1,Mayor,Ada,"1,346"\nR,P1,Mayor,Ben,***\nR,P2,Mayor,Ada,5\nR,P1,Mayor,TOTAL,1346\n'
    votes = '[votes]\ncolumn = "votes"\nwithheld = "***"\n[numbers]\nthousands = ","\n'
    shown = check(rows, votes, option='skip = "TOTAL"', more=["--unit", "P1"])
    cells = [json.loads(line) for line in shown.stdout.splitlines()]
    assert [(cell["place"], cell["column"], cell["text"], cell["figure"], cell["became"]) for cell in cells] == [
        ("line 2", "votes (E)", "1,346", "Ada", "1,346"),
        ("line 3", "votes (E)", "***", "Ben", "withheld"),
        ("line 5", "votes (E)", "1346", "TOTAL", "passed over, as the mapping says"),
    ]
    assert {cell["unit"] for cell in cells} == {"all/R/P1"}
    unknown = check(rows, votes, option='skip = "TOTAL"', more=["--unit", "P9"], code=2)
    assert "import.unit_unknown" in unknown.stderr


def test_a_unit_s_cells_are_shown_as_a_table(check, tmp_path):
    check("county,precinct,office,candidate,votes\nR,P1,Mayor,Ada,10\n", '[votes]\ncolumn = "votes"\n')
    shown, _ = run("import", tmp_path / "file.csv", "--mapping", tmp_path / "mapping.toml", "--check", "--unit", "all/R/P1")
    assert shown.splitlines()[0].split() == ["Place", "Column", "Stood", "there", "Became", "Contest", "Method", "Figure"]
    assert shown.splitlines()[2].split() == ["line", "2", "votes", "(E)", '"10"', "10", "Mayor", "all", "Ada"]


FILLED = "county,precinct,office,candidate,votes\nLee,P1,Mayor,Ada,1\n,,,Ben,2\n,P2,,Ada,3\n,,,Ben,4\nMoss,P1,,Ada,10\n,,,Ben,20\n"


def test_an_empty_cell_means_the_one_above_it_where_the_mapping_says_so(check, tmp_path):
    csv = '[csv]\nfill_down = ["county", "precinct", "office"]\n'
    votes = '[votes]\ncolumn = "votes"\n' + csv
    assert check(FILLED, votes)["sums"] == {"Mayor": {"Ada": 14, "Ben": 26}}
    places = {(sheet["unit"], tuple(sheet["votes"].values())) for sheet in sheets_of(tmp_path)}
    assert places == {("all/Lee/P1", (1, 2)), ("all/Lee/P2", (3, 4)), ("all/Moss/P1", (10, 20))}
    # What is not said is not taken from above, and the refusal says how it could be.
    refused = check(FILLED, '[votes]\ncolumn = "votes"\n', code=1)
    assert {fault["line"] for fault in refused["faults"]} >= {3, 4, 5, 7}
    assert "fill_down in [csv]" in refused["faults"][0]["detail"]


def test_a_precinct_is_never_taken_from_the_county_before(check):
    votes = '[votes]\ncolumn = "votes"\n[csv]\nfill_down = ["county", "precinct", "office"]\n'
    refused = check(FILLED.replace("Moss,P1,,Ada,10", "Moss,,,Ada,10"), votes, code=1)
    assert [(fault["line"], fault["code"]) for fault in refused["faults"]] == [(6, "import.value_missing"), (7, "import.value_missing")]


def test_a_column_that_is_filled_down_and_has_no_gap_is_no_key_that_fits(check):
    rows = "county,precinct,office,candidate,votes\nLee,P1,Mayor,Ada,1\n,P2,Mayor,Ada,3\n"
    votes = '[votes]\ncolumn = "votes"\n[csv]\nfill_down = ["county", "office"]\n'
    assert '[csv] fill_down "office"' in check(rows, votes, code=2).stderr
    assert check(rows, votes.replace(', "office"', ""))["sums"] == {"Mayor": {"Ada": 4}}


def test_a_guessed_mapping_sees_cells_that_are_filled_down(tmp_path):
    (tmp_path / "file.csv").write_text(FILLED)
    run("mapping", "new", tmp_path / "file.csv", "--out", tmp_path / "mapping.toml", "--date", "2026-05-03", "--name", "X", "--time-zone", "UTC")
    said = (tmp_path / "mapping.toml").read_text()
    assert 'fill_down = ["county", "precinct", "office"]' in said and "the cell above it is meant" in said
    report = json.loads(run("import", tmp_path / "file.csv", "--mapping", tmp_path / "mapping.toml", "--check", "--json")[0])
    assert report["sums"] == {"Mayor": {"Ada": 14, "Ben": 26}}


def test_a_column_that_is_named_in_the_upper_row_of_its_header_alone(tmp_path):
    """As a spreadsheet saves A1 merged with A2."""
    (tmp_path / "file.csv").write_text("Precinct,Mayor,,Sheriff,\n,Ada,Ben,Cy,Di\nNorth,1,2,4,5\nSouth,10,20,40,50\n")
    run("mapping", "new", tmp_path / "file.csv", "--out", tmp_path / "mapping.toml", "--date", "2026-05-03", "--name", "X", "--time-zone", "UTC")
    report = json.loads(run("import", tmp_path / "file.csv", "--mapping", tmp_path / "mapping.toml", "--check", "--json")[0])
    assert report["sums"] == {"Mayor": {"Ada": 11, "Ben": 22}, "Sheriff": {"Cy": 44, "Di": 55}}
