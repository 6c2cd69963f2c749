"""A file that is not what its mapping means: what separates its columns, what it is instead, where a key cannot be."""

import json
import subprocess

import pytest

from conftest import TELLER

MAPPING = """teller = "mapping/1"
election = {name = "Test", date = "2026-05-03", time_zone = "UTC"}
unit = [{kind = "place", id = "{place}"}]
contest = {id = "mayor"}
option = {id = "{candidate}"}
method = {id = "all"}
votes = {column = "votes"}
"""
ROWS = "place,candidate,votes\nP1,Ada Moss,10\nP1,Ben Rook,5\n"
SUMS = {"mayor": {"Ada Moss": 10, "Ben Rook": 5}}


@pytest.fixture
def check(tmp_path):
    def run_it(content, name="file.csv", mapping=MAPPING, code=0, stdin=False):
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        (tmp_path / "mapping.toml").write_text(mapping)
        done = subprocess.run(
            [TELLER, "import", "-" if stdin else file, "--mapping", tmp_path / "mapping.toml", "--check", "--json"],
            capture_output=True,
            text=True,
            timeout=60,
            stdin=file.open() if stdin else None,
        )
        assert done.returncode == code, done.stderr + done.stdout
        return json.loads(done.stdout) if code < 2 else done.stderr

    return run_it


@pytest.mark.parametrize("delimiter, words", [(";", "a semicolon"), ("\t", "a tab"), ("|", "|")])
def test_a_separator_that_nobody_stated_is_found_and_said(check, delimiter, words):
    report = check(ROWS.replace(",", delimiter))
    assert report["sums"] == SUMS
    assert report["notes"] == [
        f"its columns are separated by {words}, and so it was read; the mapping says nothing of that: delimiter in [csv]",
    ]


def test_a_separator_that_was_stated_wrongly_is_said_and_not_a_missing_column_alone(check):
    refused = check(ROWS.replace(",", ";"), mapping=MAPPING + 'csv = {delimiter = ","}\n', code=2)
    assert "the header is one column, with a semicolon in it 2 times" in refused and 'delimiter = ";"' in refused
    assert 'delimiter = "\\t"' in check(ROWS.replace(",", "\t"), code=2, stdin=True)


def test_several_files_may_be_separated_each_in_its_way(check, tmp_path):
    (tmp_path / "other.csv").write_text("place;candidate;votes\nP2;Ada Moss;1\nP2;Ben Rook;2\n")
    (tmp_path / "mapping.toml").write_text(MAPPING)
    (tmp_path / "one.csv").write_text(ROWS)
    for order in (["one.csv", "other.csv"], ["other.csv", "one.csv"]):
        files = [tmp_path / name for name in order]
        done = subprocess.run(
            [TELLER, "import", *files, "--mapping", tmp_path / "mapping.toml", "--check", "--json"], capture_output=True, text=True, check=True
        )
        assert json.loads(done.stdout)["sums"] == {"mayor": {"Ada Moss": 11, "Ben Rook": 7}}


@pytest.mark.parametrize("text", ['[{"place": "P1", "candidate": "Ada", "votes": 3}]', '{\n "rows": [\n  {"place": "P1"}]}'])
def test_json_without_its_table_is_said(check, text):
    refused = check(text, "file.json", code=2)
    assert "looks like JSON: say in [json] of the mapping where its records stand" in refused


@pytest.mark.parametrize(
    "content, said",
    [
        (b"7z\xbc\xaf\x27\x1c" + bytes(60), "is a 7z or RAR archive, which is not read; unpack it"),
        (b"Rar!\x1a\x07\x01\x00" + bytes(60), "is a 7z or RAR archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "is an old Excel file (XLS)"),
        (b"%PDF-1.7\n" + bytes(60), "is a PDF, which is not read"),
        (b"<html><table><tr><td>place</td></tr></table></html>", "open it in a spreadsheet program and save it as XLSX or as CSV"),
    ],
)
def test_what_is_no_table_is_refused_by_name_with_what_to_do(check, content, said):
    assert said in check(content, "results.xls", code=2)


def test_columns_that_end_before_they_begin_are_said(check):
    wide = MAPPING.replace("{candidate}", "{header}").replace('column = "votes"', 'columns_from = "Ben", columns_to = "Ada"')
    assert 'columns_from "Ben" stands behind columns_to "Ada" in the header: exchange them' in check("place,Ada,Ben\nP1,10,5\n", mapping=wide, code=2)


def test_typed_ballots_may_be_separated_by_semicolons_too(tmp_path):
    rules = {
        "teller": "rules/1",
        "election": {"name": "Board", "date": "2026-05-19", "time_zone": "UTC"},
        "methods": [{"id": "all"}],
        "units": [{"id": "mill", "name": "Mill", "kind": "place"}],
        "contests": [
            {
                "id": "board",
                "name": "Board",
                "kind": "plurality",
                "counted_from": "ballots",
                "unit": "mill",
                "options": [{"id": "ada"}, {"id": "ben"}],
            }
        ],
        "styles": [{"id": "one", "cards": [["board"]]}],
    }
    (tmp_path / "rules.json").write_text(json.dumps(rules))
    (tmp_path / "ballots.toml").write_text(
        'teller = "mapping/1"\nkind = "ballots"\nballot = {number = "{No}"}\nunit = {id = "mill"}\ncontest = [{id = "board", columns = ["ada", "ben"]}]\n'
    )
    (tmp_path / "typed.csv").write_text("No;ada;ben\n1;x;\n2;;x\n")
    subprocess.run(
        [TELLER, "init", "--home", tmp_path / "home", "--rules", tmp_path / "rules.json", "--mode", "test"], check=True, capture_output=True
    )
    done = subprocess.run(
        [TELLER, "import", tmp_path / "typed.csv", "--mapping", tmp_path / "ballots.toml", "--home", tmp_path / "home"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0 and "its columns are separated by a semicolon" in done.stderr, done.stderr + done.stdout
