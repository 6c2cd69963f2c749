"""What of a file is in no sheet is said, stands in the delivery's record, and ends with 1 where it may be results: columns that nobody
reads, members of a zip, rows of places that are not in the rules, folders of a feed; and figures that must not come back or go."""

import os
import time
import zipfile

import pytest

from conftest import run
from county_night import MAPPING, became, rows_of
from test_deliveries import Night


@pytest.fixture
def night(tmp_path):
    return Night(tmp_path)


def words(night, file, *more, code=0):
    return run("import", file, "--mapping", night.folder / "rill.toml", "--home", night.home, *more, code=code)


def test_a_new_column_of_numbers_is_said_and_ends_with_1(night):
    whole = rows_of({"P1": (120, 80)})
    (night.folder / "a.csv").write_text(whole)
    night.deliver(night.folder / "a.csv")
    lines = whole.splitlines()
    (night.folder / "b.csv").write_text("\n".join([lines[0] + ",Provisional,note", lines[1] + ",7,x", lines[2] + ",9,"]) + "\n")
    out, said = words(night, night.folder / "b.csv", code=1)
    assert 'note: columns of numbers that the mapping does not name, and nothing was read of: "Provisional"\n' in said
    assert out.startswith("Delivery 2 of rill") and "(this was not so in the delivery before of this source)" in out and "note" not in out
    assert (
        'left out: columns of numbers that the mapping does not name, and nothing was read of: "Provisional"'
        in run("deliveries", "2", "--home", night.home)[0]
    )
    words(night, night.folder / "b.csv")  # Known by now.
    run("verify", "--home", night.home)


@pytest.mark.parametrize("cells", [("9*", "12"), ("9O", "12"), ("n/a", "12"), ("<5", "—"), ("1,234", "x"), ("pending", "4 †")])
def test_a_new_column_in_which_a_number_stands_is_said_whatever_stands_beside_it(night, cells):
    lines = rows_of({"P1": (120, 80)}).splitlines()
    night.deliver(night.file("a.csv", P1=(120, 80)))
    (night.folder / "b.csv").write_text(
        "\n".join([lines[0] + ",Cy", *(f'{line},"{cell}"' for line, cell in zip(lines[1:], cells, strict=True))]) + "\n"
    )
    said = words(night, night.folder / "b.csv", code=1)[1]
    assert 'note: columns of numbers that the mapping does not name, and nothing was read of: "Cy"\n' in said


@pytest.mark.parametrize(
    "cells",
    [("2A", "3B", "4"), ("Mill", "School", "Hall", "Inn", "7"), ("2026-05-03", "12"), ("45.5", "50"), ("3 %", "0"), ("-3", "0"), ("n/a", "*")],
)
def test_a_column_of_texts_is_not_one_of_numbers(night, cells):
    figures = {f"P{n}": (n, n) for n in range(1, len(cells) // 2 + 2)}
    lines = rows_of(figures).splitlines()
    values = [*cells, *cells][: len(lines) - 1]
    (night.folder / "b.csv").write_text(
        "\n".join([lines[0] + ",about", *(f"{line},{cell}" for line, cell in zip(lines[1:], values, strict=True))]) + "\n"
    )
    assert "about" not in words(night, night.folder / "b.csv")[1]


def test_members_of_a_zip_that_may_be_results_end_with_1(night):
    with zipfile.ZipFile(night.folder / "a.zip", "w") as archive:
        archive.writestr("a.csv", rows_of({"P1": (120, 80)}))
        archive.writestr("moss.txt", rows_of({"P2": (1, 2)}))
        archive.writestr("x.xlsx", b"PK")
        archive.writestr("readme.txt", "Figures of the night.\n")
    report = night.deliver(night.folder / "a.zip", code=1)
    assert became(report) == {"new": 1}
    said = words(night, night.folder / "a.zip", code=1)[1]
    assert "3 files in" in said and 'passed over: "moss.txt", "readme.txt", "x.xlsx"' in said
    assert '"moss.txt", "x.xlsx" in the zip may be results and were not read' in said
    assert '"moss.txt", "x.xlsx" in the zip' in run("deliveries", "1", "--home", night.home)[0]


def test_rows_of_no_unit_stand_in_the_record(night):
    report = night.deliver(night.file("a.csv", P1=(120, 80), P99=(1, 2)), code=1)
    assert "P99" in report["noted"]
    assert 'the rules have no reporting unit "Rill/P99"' in run("deliveries", "1", "--home", night.home)[0]


def test_a_held_file_with_other_faults_is_another_delivery(night):
    first = night.folder / "a.csv"
    first.write_text(rows_of({"P1": ("12O", 80)}))
    night.deliver(first, code=1)
    again = night.deliver(first, code=1)
    assert again["delivery"] == 0 and again["again"] == 1
    first.write_text(rows_of({"P1": ("13O", 80)}))
    assert night.deliver(first, code=1)["delivery"] == 2
    assert "13O" in run("deliveries", "2", "--home", night.home)[0]


def test_figures_that_a_correction_replaced_do_not_come_back_with_an_export(night):
    wrong = night.file("a.csv", P1=(120, 80))
    night.deliver(wrong)
    night.deliver(night.file("b.csv", P1=(102, 80)), "--correct", "--reason", "digits exchanged")
    told = words(night, night.file("c.csv", P1=(120, 85)), code=1)[0]
    assert "Rill/P1, all, Mayor: stale, left out: a correction stood: digits exchanged" in told
    assert night.totals() == {"Ada Moss": 102, "Ben Rook": 80}
    told = words(night, night.file("d.csv", P1=(130, 85)))[0]
    assert "updated, version 3: a correction stood: digits exchanged: Ada Moss 102 -> 130" in told
    assert became(night.deliver(night.file("e.csv", P1=(120, 85)), "--correct", "--reason", "right after all")) == {"corrected": 1}


def test_figures_of_a_time_to_come_are_refused(night):
    file = night.file("a.csv", P1=(120, 80))
    assert "which is to come" in words(night, file, "--at", "2062-05-03T20:00Z", code=2)[1]
    assert became(night.deliver(file, "--at", "2062-05-03T20:00Z", "--force")) == {"new": 1}
    told = words(night, night.file("b.csv", P1=(121, 80)), code=1)[0]
    assert "What is stale and right all the same goes in with --correct and --reason.\n" in told


def test_keys_of_the_form_that_fit_nothing_are_errors(night):
    file = night.file("a.csv", P1=(120, 80))
    mapping = night.folder / "rill.toml"
    mapping.write_text(MAPPING + '[csv]\nskip = ["#"]\n')
    assert "fits no row of the file: [csv] skip" in words(night, file, code=2)[1]
    mapping.write_text(MAPPING.replace("\n", '\nno_sums = ["Rill/P9"]\n', 1))
    assert 'is called "Rill/P9", as no_sums says' in words(night, file, code=2)[1]
    mapping.write_text(MAPPING + "[csv]\nskip_rows = 1\n")
    assert 'line 2 was passed over, as skip_rows in [csv] says: "Rill,P1,Mayor,Ada Moss,120"' in words(night, file)[1]


def test_a_row_without_a_place_that_is_left_out_is_said(night):
    mapping = night.folder / "rill.toml"
    mapping.write_text(MAPPING.replace("\n", '\nunused = "allow"\n', 1) + '[leave_out]\nprecinct = [""]\n')
    (night.folder / "b.csv").write_text(rows_of({"P1": (120, 80), "": (5, 4)}))
    said = words(night, night.folder / "b.csv")[1]
    assert 'note: 2 rows with figures and nothing in "precinct", left out as leave_out says, the first on line 4' in said, said
    assert 'left out: 2 rows with figures and nothing in "precinct"' in run("deliveries", "1", "--home", night.home)[0]
    (night.folder / "c.csv").write_text(rows_of({"P1": (121, 80)}) + "Rill,,Mayor,Ada Moss,52.9%\n")
    assert "with figures and nothing" not in words(night, night.folder / "c.csv")[1]


def test_the_way_out_of_two_levels_is_named(night):
    night.deliver(night.file("a.csv", P1=(120, 80)))
    (night.folder / "rill.toml").write_text(MAPPING.replace('id = "{precinct}"\n', 'id = "{precinct}"\nempty = ""\n'))
    (night.folder / "b.csv").write_text(rows_of({"": (500, 400)}))
    assert "teller withdraw --unit Rill/P1" in words(night, night.folder / "b.csv", code=1)[0]


def feed(night, folder, code=0):
    return run("feed", folder, "--mapping", night.folder / "rill.toml", "--home", night.home, "--once", code=code)[0]


def put(folder, name, text, age=0):
    (folder / name).write_text(text)
    at = time.time() - age
    os.utime(folder / name, (at, at))


def test_a_feed_holds_a_fall_in_a_last_line_without_an_end(night):
    folder = night.folder / "in"
    folder.mkdir()
    whole = rows_of({"P1": (120, 80), "P2": (10, 33)})
    put(folder, "a.csv", whole, age=600)
    feed(night, folder)
    put(folder, "b.csv", whole[:-2].replace(",120\n", ",125\n"), age=300)
    told = feed(night, folder, code=1)
    assert "Rill/P2, all, Mayor: held: the file ends within its last line" in told and "not taken whole: b.csv" in told
    assert night.totals() == {"Ada Moss": 135, "Ben Rook": 113}
    put(folder, "c.csv", whole.replace(",33\n", ",3\n"), age=10)
    feed(night, folder, code=1)  # b.csv is there, and not whole.
    assert night.totals()["Ben Rook"] == 83


def test_a_feed_says_what_lies_in_folders_of_its_folder(night):
    folder = night.folder / "in"
    (folder / "county").mkdir(parents=True)
    put(folder / "county", "a.csv", rows_of({"P1": (120, 80)}), age=60)
    told = feed(night, folder, code=1)
    assert "a folder in it is passed over, with all that it holds: county\n" in told and "everything" not in told
    put(folder, "b.csv", rows_of({"P1": (120, 80)}), age=60)
    assert "passed over, with all that it holds: county" in feed(night, folder)


def test_a_feed_refuses_a_time_to_come(night):
    folder = night.folder / "in"
    folder.mkdir()
    (night.folder / "rill.toml").write_text(MAPPING + '[figures_at]\nfile_name = "at-{YYYY}{MM}{DD}-{hh}{mm}.csv"\nzone = "+00:00"\n')
    put(folder, "at-20620503-2000.csv", rows_of({"P1": (120, 80)}), age=60)
    assert "which is to come" in feed(night, folder, code=1)
    assert not any(night.totals().values())
