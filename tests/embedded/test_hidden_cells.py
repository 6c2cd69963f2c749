"""What a person who opens a workbook does not see, and a program would read."""

import json
import subprocess
import zipfile

import pytest

from conftest import TELLER
from mappings import ONE_CONTEST as MAPPING
from workbooks import xlsx

HEAD = ["place", "candidate", "votes"]
ROWS = [["N1", "Ada Moss", 10], ["N1", "Ben Rook", 5], ["N2", "Ada Moss", 7], ["N2", "Ben Rook", 8]]
KNOWN = ["--name", "Test", "--date", "2026-05-03", "--time-zone", "UTC"]
SPACES = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ["office", "table", "text", "style"])


def as_xlsx(path, sheets, rows=(), columns=(), unseen=()):
    """`rows` and `columns` from 1: those that are hidden in each of its sheets; `unseen`: sheets that are."""
    xlsx(path, dict(sheets))
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name).decode() for name in book.namelist()}
    for name, text in parts.items():
        if name == "xl/workbook.xml":
            for sheet in unseen:
                text = text.replace(f'<sheet name="{sheet}"', f'<sheet name="{sheet}" state="hidden"')
        elif "worksheets" in name:
            lines = text.split("<row>")
            text = lines[0] + "".join(('<row hidden="1">' if i in rows else "<row>") + line for i, line in enumerate(lines[1:], 1))
            if columns:
                widths = "".join(f'<col min="{at}" max="{at}" hidden="1"/>' for at in columns)
                text = text.replace("<sheetData>", f"<cols>{widths}</cols><sheetData>")
        parts[name] = text
    with zipfile.ZipFile(path, "w") as out:
        for name, text in parts.items():
            out.writestr(name, text)
    return path


def as_ods(path, sheets, rows=(), columns=(), unseen=()):
    styles = '<style:style style:name="gone"><style:table-properties table:display="false"/></style:style>'
    tables = ""
    for name, lines in sheets:
        tables += f'<table:table table:name="{name}"' + (' table:style-name="gone">' if name in unseen else ">")
        for at in range(1, len(lines[0]) + 1):
            tables += "<table:table-column" + (' table:visibility="collapse"/>' if at in columns else "/>")
        for at, line in enumerate(lines, 1):
            tables += "<table:table-row" + (' table:visibility="filter">' if at in rows else ">")
            tables += "".join(f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>" for cell in line) + "</table:table-row>"
        tables += "</table:table>"
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        out.writestr("content.xml", f"<office:document-content {SPACES}>{styles}{tables}</office:document-content>")
    return path


BOOKS = pytest.mark.parametrize("book", [as_xlsx, as_ods])


def check(tmp_path, file, csv="", mapping=MAPPING):
    (tmp_path / "m.toml").write_text(mapping + csv)
    done = subprocess.run([TELLER, "import", file, "--mapping", tmp_path / "m.toml", "--check", "--json"], capture_output=True, text=True, timeout=60)
    return done, json.loads(done.stdout) if done.returncode == 0 else {}


def votes(told):
    (contest,) = told["sums"].values()
    return contest


@BOOKS
def test_hidden_rows_are_read_or_left_out_only_when_somebody_says_it(tmp_path, book):
    file = book(tmp_path / "night.book", [("Votes", [HEAD, *ROWS])], rows=[4, 5])
    done, _ = check(tmp_path, file)
    assert done.returncode != 0 and "rows 4, 5 are hidden in the sheet" in done.stderr and 'hidden = "leave_out"' in done.stderr, done.stderr
    done, told = check(tmp_path, file, 'csv = {hidden = "read"}\n')
    assert votes(told) == {"Ada Moss": 17, "Ben Rook": 13}, done.stderr
    done, told = check(tmp_path, file, 'csv = {hidden = "leave_out"}\n')
    assert votes(told) == {"Ada Moss": 10, "Ben Rook": 5} and "was left out" in done.stdout + done.stderr, done.stderr


@BOOKS
def test_what_is_hidden_and_holds_nothing_that_is_read_stops_nobody(tmp_path, book):
    titled = [["Night of May 3", "", "", ""], [*HEAD, "note"], *[[*row, "seen"] for row in ROWS]]
    file = book(tmp_path / "night.book", [("Votes", titled)], rows=[1], columns=[4])
    done, told = check(tmp_path, file, "csv = {header_line = 2}\n")
    assert done.returncode == 0 and votes(told) == {"Ada Moss": 17, "Ben Rook": 13}, done.stderr
    done, _ = check(tmp_path, file, 'csv = {header_line = 2, hidden = "read"}\n')
    assert "[csv] hidden" in done.stdout + done.stderr  # It has nothing to do.


@BOOKS
def test_a_hidden_column_of_votes_is_read_or_left_out_only_when_somebody_says_it(tmp_path, book):
    wide = MAPPING.replace("{candidate}", "{header}").replace('{column = "votes"}', '{columns_from = "Ada Moss", columns_to = "Cal Vane"}')
    file = book(tmp_path / "night.book", [("Votes", [["place", "Ada Moss", "Ben Rook", "Cal Vane"], ["N1", 10, 5, 3], ["N2", 7, 8, 2]])], columns=[3])
    done, _ = check(tmp_path, file, mapping=wide)
    assert done.returncode != 0 and 'hidden in the sheet: "Ben Rook"' in done.stderr, done.stderr
    done, told = check(tmp_path, file, 'csv = {hidden = "read"}\n', wide)
    assert votes(told) == {"Ada Moss": 17, "Ben Rook": 13, "Cal Vane": 5}, done.stderr
    done, told = check(tmp_path, file, 'csv = {hidden = "leave_out"}\n', wide)
    assert votes(told) == {"Ada Moss": 17, "Cal Vane": 5}, done.stderr
    named = wide.replace("Cal Vane", "Ben Rook")
    done, _ = check(tmp_path, file, 'csv = {hidden = "leave_out"}\n', named)
    assert done.returncode != 0 and "column 3 is hidden, and left out" in done.stderr, done.stderr


@BOOKS
def test_a_hidden_sheet_is_meant_where_it_is_named(tmp_path, book):
    sheets = [("North", [HEAD, *ROWS]), ("Old", [HEAD, ["S1", "Ada Moss", 90]])]
    file = book(tmp_path / "night.book", sheets, unseen=["Old"])
    done, _ = check(tmp_path, file, 'csv = {sheets = "*"}\n')
    assert done.returncode != 0 and "hidden: Old" in done.stderr, done.stderr
    done, told = check(tmp_path, file, 'csv = {sheets = "*", hidden = "leave_out"}\n')
    assert votes(told)["Ada Moss"] == 17 and "left out: Old" in done.stdout + done.stderr, done.stderr
    done, told = check(tmp_path, file, 'csv = {sheets = "*", hidden = "read"}\n')
    assert votes(told)["Ada Moss"] == 107, done.stderr
    done, told = check(tmp_path, file, 'csv = {sheets = ["North", "Old"]}\n')
    assert votes(told)["Ada Moss"] == 107, done.stderr


@BOOKS
def test_mapping_new_asks_about_hidden_rows_and_takes_no_hidden_sheet(tmp_path, book):
    sheets = [("North", [HEAD, *ROWS]), ("Old", [HEAD, ["S1", "Ada Moss", 90], ["S1", "Ben Rook", 1], ["S2", "Ada Moss", 5], ["S2", "Ben Rook", 6]])]
    file = book(tmp_path / "night.book", sheets, rows=[4, 5], unseen=["Old"])
    out = tmp_path / "guess.toml"

    def new(*more):
        return subprocess.run([TELLER, "mapping", "new", file, "--out", out, *KNOWN, *more], capture_output=True, text=True, timeout=60)

    done = new()
    assert done.returncode != 0 and "rows 4, 5 are hidden" in done.stderr + done.stdout + out.read_text(), done.stderr
    assert 'sheet = "North"' in out.read_text() and 'hidden = "read"' in out.read_text()
    for word, ada in [("read", 17), ("leave_out", 10)]:
        out.unlink()
        new("--sheet", "North", "--answer", f"csv hidden={word}")
        done = subprocess.run([TELLER, "import", file, "--mapping", out, "--check", "--json"], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert votes(json.loads(done.stdout))["Ada Moss"] == ada


def test_a_table_of_rules_with_hidden_rows_is_refused(tmp_path):
    book = as_xlsx(tmp_path / "rules.xlsx", [("contests", [["id", "name", "votes allowed"], ["mayor", "Mayor", 1], ["clerk", "Clerk", 1]])], rows=[3])
    done = subprocess.run([TELLER, "rules", "new", book, *KNOWN, "--out", tmp_path / "rules.json"], capture_output=True, text=True, timeout=60)
    assert done.returncode != 0 and "hidden in the sheet" in done.stderr, done.stderr
