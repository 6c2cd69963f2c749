"""Several sheets of one workbook as one delivery, and what a file or its sheet is called as a column."""

import io
import json
import re
import subprocess
import tarfile
import zipfile
from xml.sax.saxutils import escape

import pytest

from conftest import TELLER, run
from workbooks import xlsx

HEAD = """teller = "mapping/1"
election = {name = "Test", date = "2026-05-03", time_zone = "UTC"}
unit = [{kind = "county", id = "rill"}, %s]
contest = {id = "%s"}
option = {id = "{candidate}"}
method = {id = "%s"}
votes = {column = "votes"}
"""
NORTH = [["place", "candidate", "votes"], ["N1", "Ada Moss", 10], ["N1", "Ben Rook", 5], ["N2", "Ada Moss", 7], ["N2", "Ben Rook", 8]]
SOUTH = [["place", "candidate", "votes"], ["S1", "Ada Moss", 20], ["S1", "Ben Rook", 25]]
KNOWN = ["--name", "Test", "--date", "2026-05-03", "--time-zone", "UTC"]


def ods(path, sheets):
    spaces = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ["office", "table", "text"])
    tables = ""
    for name, rows in sheets.items():
        tables += f'<table:table table:name="{escape(name)}">'
        for row in rows:
            tables += (
                "<table:table-row>"
                + "".join(f"<table:table-cell><text:p>{escape(str(cell))}</text:p></table:table-cell>" for cell in row)
                + "</table:table-row>"
            )
        tables += "</table:table>"
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        out.writestr("content.xml", f"<office:document-content {spaces}>{tables}</office:document-content>")
    return path


@pytest.fixture
def check(tmp_path):
    def run_it(file, csv="", place='{kind = "place", id = "{place}"}', contest="mayor", method="all", code=0, more=()):
        mapping = tmp_path / "mapping.toml"
        mapping.write_text(HEAD % (place, contest, method) + csv)
        done = subprocess.run([TELLER, "import", file, "--mapping", mapping, "--check", "--json", *more], capture_output=True, text=True, timeout=60)
        assert done.returncode == code, done.stderr + done.stdout
        return json.loads(done.stdout) if done.stdout.startswith("{") and not more else done

    return run_it


@pytest.mark.parametrize("book", [xlsx, ods])
@pytest.mark.parametrize("sheets", ['"*"', '["North", "South"]'])
def test_several_sheets_of_a_workbook_are_one_delivery(check, tmp_path, book, sheets):
    file = book(tmp_path / "night", {"North": NORTH, "South": SOUTH, "Sheet3": []})
    report = check(file, f"csv = {{sheets = {sheets}}}\n")
    assert report["sums"] == {"mayor": {"Ada Moss": 37, "Ben Rook": 38}} and report["sheets"] == 3
    assert (f"{file}:Sheet3: nothing stands on this sheet" in " ".join(report["notes"])) == (sheets == '"*"')


def test_sheets_that_are_made_alike_and_were_not_read_are_said(check, tmp_path):
    file = xlsx(tmp_path / "night.xlsx", {"North": NORTH, "South": SOUTH, "Notes": [["Unofficial"]]})
    report = check(file, 'csv = {sheet = "North"}\n')
    assert report["sums"] == {"mayor": {"Ada Moss": 17, "Ben Rook": 13}}
    assert any('sheets with the same columns that were not read: "South"' in note for note in report["notes"])


def test_a_workbook_of_several_sheets_says_how_to_name_them(check, tmp_path):
    file = xlsx(tmp_path / "night.xlsx", {"North": NORTH, "South": SOUTH})
    refused = check(file, code=2).stderr
    assert 'has several sheets; it has North, South. Name one in the mapping, as in [csv] sheet = "North", or several' in refused
    assert 'sheets = "*" is all of them' in refused
    assert 'has no sheet "East"; it has North, South' in check(file, 'csv = {sheets = ["East"]}\n', code=2).stderr


def test_a_sheet_that_is_made_otherwise_is_refused_by_its_name(check, tmp_path):
    file = xlsx(tmp_path / "night.xlsx", {"North": NORTH, "About": [["Results of the night"], ["see North"]]})
    refused = check(file, 'csv = {sheets = "*"}\n', code=2).stderr
    assert f"{file}:About: " in refused and "where this sheet is not meant, name those that are" in refused


def test_a_row_of_a_sheet_is_named_with_its_sheet(check, tmp_path):
    wrong = [*SOUTH[:2], ["S1", "Ben Rook", "2O"]]
    file = xlsx(tmp_path / "night.xlsx", {"North": NORTH, "South": wrong})
    (fault,) = check(file, 'csv = {sheets = "*"}\n', code=1)["faults"]
    assert (fault["file"], fault["line"], fault["found"]) == (f"{file}:South", 3, '"2O"')
    told = check(file, 'csv = {sheets = "*"}\n', code=1, more=("--unit", "N2"))
    assert f"{file}:North" in told.stdout


def test_the_name_of_a_sheet_is_a_contest_a_place_or_a_method(check, tmp_path):
    same = [["place", "candidate", "votes"], ["N1", "Cy Vale", 3], ["N1", "Di Wren", 4]]
    file = xlsx(tmp_path / "night.xlsx", {"Mayor": NORTH, "Clerk": same})
    every = 'csv = {sheets = "*"}\n'
    report = check(file, every, contest="{/sheet}")
    assert report["sums"] == {"Mayor": {"Ada Moss": 17, "Ben Rook": 13}, "Clerk": {"Cy Vale": 3, "Di Wren": 4}}
    file = xlsx(tmp_path / "places.xlsx", {"North": SOUTH, "South": SOUTH})
    levels = '{kind = "district", id = "{/sheet}"}, {kind = "place", id = "{place}"}'
    assert check(file, every, place=levels)["sheets"] == 2
    assert check(file, every, code=1)["faults"][0]["code"] == "import.row_repeated"
    assert check(file, every, method="{/sheet}")["sheets"] == 2


def test_the_name_of_a_file_is_a_column_too(check, tmp_path):
    with zipfile.ZipFile(tmp_path / "counties.zip", "w") as out:
        for county in ("Rill", "St. Mary"):
            out.writestr(f"out/{county}.csv", "place,candidate,votes\nP1,Ada Moss,10\nP1,Ben Rook,5\n")
    levels = '{kind = "county", id = "{/file}"}, {kind = "place", id = "{place}"}'
    report = check(tmp_path / "counties.zip", place=levels)
    assert report["sums"] == {"mayor": {"Ada Moss": 20, "Ben Rook": 10}} and report["sheets"] == 2
    assert "P1" in check(tmp_path / "counties.zip", place=levels, more=("--unit", "rill/St. Mary/P1")).stdout + "P1"
    wide = tmp_path / "Dale.csv"
    wide.write_text("place,Ada Moss,Ben Rook\nP1,10,5\n")
    mapping = tmp_path / "wide.toml"
    mapping.write_text((HEAD % (levels, "mayor", "all")).replace("{candidate}", "{header}").replace('column = "votes"', 'columns_from = "Ada Moss"'))
    out, _ = run("import", wide, "--mapping", mapping, "--check", "--unit", "rill/Dale/P1")
    assert "Ada Moss (B)" in out


def test_a_tar_is_read_like_a_zip(check, tmp_path):
    file = tmp_path / "counties.tar.gz"
    with tarfile.open(file, "w:gz") as out:
        for county in ("Rill", "Dale", "._Dale"):
            text = f"place,candidate,votes\n{county},Ada Moss,10\n{county},Ben Rook,5\n".encode()
            member = tarfile.TarInfo(f"out/{county}.csv")
            member.size = len(text)
            out.addfile(member, io.BytesIO(text))
    assert check(file)["sums"] == {"mayor": {"Ada Moss": 20, "Ben Rook": 10}}
    assert check(f"{file}:out/Dale.csv")["sums"] == {"mayor": {"Ada Moss": 10, "Ben Rook": 5}}


def guess(tmp_path, file, *more):
    out = tmp_path / "mapping.toml"
    out.unlink(missing_ok=True)
    done = subprocess.run([TELLER, "mapping", "new", file, "--out", out, *KNOWN, *more], capture_output=True, text=True, timeout=60)
    text = out.read_text()
    report, _ = run("import", file, "--mapping", out, "--check", "--json", code=1 if "rows are refused" in text else 0)
    return text, re.findall(r"^# \? (.*?): ", text, re.MULTILINE), json.loads(report)["sums"], done.stderr


def test_a_mapping_takes_the_sheets_that_have_one_header(tmp_path):
    file = xlsx(tmp_path / "night.xlsx", {"Notes": [["Unofficial results"], ["of the night"]], "North": NORTH, "South": SOUTH})
    text, asked, sums, _ = guess(tmp_path, file, "--answer", "contest name=")
    assert 'sheets = ["North", "South"]' in text and asked == ["csv sheet", "csv sheet_names"]
    assert sums == {"contest": {"Ada Moss": 37, "Ben Rook": 38}}
    text, asked, sums, _ = guess(tmp_path, file, "--answer", "contest name=", "--sheet", "South")
    assert 'sheet = "South"' in text and asked == [] and sums == {"contest": {"Ada Moss": 20, "Ben Rook": 25}}


def test_sheets_with_the_same_places_are_contests(tmp_path):
    clerk = [["place", "candidate", "votes"], ["N1", "Cy Vale", 3], ["N1", "Di Wren", 4], ["N2", "Cy Vale", 5], ["N2", "Di Wren", 6]]
    file = xlsx(tmp_path / "night.xlsx", {"Mayor": NORTH, "Clerk": clerk})
    text, asked, sums, _ = guess(tmp_path, file)
    assert 'sheets = "*"' in text and 'id = "{/sheet}"' in text and asked == ["csv sheet", "csv sheet_names"]
    assert sums == {"Mayor": {"Ada Moss": 17, "Ben Rook": 13}, "Clerk": {"Cy Vale": 8, "Di Wren": 10}}


def test_a_sheet_that_is_the_sum_of_the_others_is_left_out(tmp_path):
    total = [["place", "candidate", "votes"], ["all", "Ada Moss", 37], ["all", "Ben Rook", 38]]
    file = xlsx(tmp_path / "night.xlsx", {"North": NORTH, "South": SOUTH, "Total": total})
    text, _, sums, _ = guess(tmp_path, file, "--answer", "contest name=")
    assert sums == {"contest": {"Ada Moss": 37, "Ben Rook": 38}}, text


def test_sheets_with_the_same_options_are_places_and_their_sum_is_left_out(tmp_path):
    places = {f"P{number}": [["candidate", "votes"], ["Ada Moss", 10 * number + 3], ["Ben Rook", 50 - number]] for number in range(1, 5)}
    summary = [["candidate", "votes"], ["Ada Moss", 112], ["Ben Rook", 190]]
    text, asked, sums, _ = guess(
        tmp_path, xlsx(tmp_path / "night.xlsx", {"Summary": summary} | places), "--answer", "contest name=", "--answer", "unit id="
    )
    assert sums == {"contest": {"Ada Moss": 112, "Ben Rook": 190}} and '"/sheet" = ["Summary"]' in text, text
    assert 'id = "{/sheet}"' in text and "csv sheet_names" in asked


def test_sheets_that_are_called_like_methods_are_methods(tmp_path):
    def of(share):
        return [["place", "candidate", "votes"]] + [[f"P{n}", who, share * (20 * n + len(who))] for n in range(1, 5) for who in ("Ada", "Bennet")]

    text, _, sums, _ = guess(
        tmp_path, ods(tmp_path / "night.ods", {"Election Day": of(2), "Absentee": of(1), "Total": of(3)}), "--answer", "contest name="
    )
    assert sums == {"contest": {"Ada": 636, "Bennet": 672}} and '[method]\nid = "{/sheet}"' in text, text


def test_sheets_with_other_options_come_in_by_a_mapping_each(tmp_path):
    file = xlsx(tmp_path / "night.xlsx", {"Mayor": [["place", "Ada", "Ben"], ["P1", 10, 5]], "Clerk": [["place", "Di", "Ed"], ["P1", 7, 8]]})
    mappings = []
    for sheet, first in (("Mayor", "Ada"), ("Clerk", "Di")):
        text = (
            (HEAD % ('{kind = "place", id = "{place}"}', "{/sheet}", "all"))
            .replace("{candidate}", "{header}")
            .replace('column = "votes"', f'columns_from = "{first}"')
        )
        (tmp_path / f"{sheet}.toml").write_text(text + f'csv = {{sheet = "{sheet}"}}\n')
        mappings += ["--mapping", tmp_path / f"{sheet}.toml"]
    out, _ = run("import", file, file, *mappings, "--check", "--json")
    assert json.loads(out)["sums"] == {"Mayor": {"Ada": 10, "Ben": 5}, "Clerk": {"Di": 7, "Ed": 8}}
