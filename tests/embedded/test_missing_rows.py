"""A row that is not in a delivery takes nothing away: its figure stays and is listed, a first sheet without it is held, and only a
mask that the mapping knows makes a figure unknown."""

import json

import pytest

from conftest import run
from county_night import MAPPING, became
from test_deliveries import Night

HEADER = "county,precinct,office,candidate,votes\n"


@pytest.fixture
def night(tmp_path):
    return Night(tmp_path)


def rows(night, name, *lines):
    """A file of rows "P1 Ada 120": precinct, first name, votes."""
    named = {"Ada": "Ada Moss", "Ben": "Ben Rook"}
    text = "".join(f"Rill,{unit},Mayor,{named[who]},{votes}\n" for unit, who, votes in (line.split() for line in lines))
    (night.folder / name).write_text(HEADER + text)
    return night.folder / name


def words(night, file, *more, code=0):
    return run("import", file, "--mapping", night.folder / "rill.toml", "--home", night.home, *more, code=code)[0]


def test_a_candidate_whose_row_is_missing_keeps_his_figure(night):
    night.deliver(rows(night, "a.csv", "P1 Ada 120", "P1 Ben 80", "P2 Ada 10", "P2 Ben 20"))
    told = words(night, rows(night, "b.csv", "P1 Ada 130", "P2 Ada 10", "P2 Ben 20"))
    assert "Rill/P1, all, Mayor: updated, version 2: Ada Moss 120 -> 130\n" in told
    assert "Rill/P1, all, Mayor: Ben Rook 80 kept: the file has no row for it\n" in told
    assert night.totals() == {"Ada Moss": 140, "Ben Rook": 100}
    # And where nothing else changes.
    report = night.deliver(rows(night, "c.csv", "P1 Ada 130", "P2 Ada 10"))
    assert became(report) == {"unchanged": 2}
    assert [(sheet["unit"], sheet["figures"]) for sheet in report["kept"]] == [
        ("Rill/P1", [{"option": "Ben Rook", "name": "Ben Rook", "value": 80}]),
        ("Rill/P2", [{"option": "Ben Rook", "name": "Ben Rook", "value": 20}]),
    ]
    run("verify", "--home", night.home)


def test_a_correction_of_one_candidate_leaves_the_others(night):
    night.deliver(rows(night, "a.csv", "P1 Ada 120", "P1 Ben 80"))
    told = words(night, rows(night, "b.csv", "P1 Ada 102"), "--correct", "--reason", "digits exchanged")
    assert "corrected, version 2: Ada Moss 120 -> 102 (fell)\n" in told and "Ben Rook 80 kept" in told
    assert night.totals() == {"Ada Moss": 102, "Ben Rook": 80}


def test_a_mask_that_means_unknown_takes_the_figure_away_and_is_a_fall(night):
    (night.folder / "rill.toml").write_text(MAPPING + 'unknown = "n/a"\n')
    night.deliver(rows(night, "a.csv", "P1 Ada 120", "P1 Ben 80"))
    file = rows(night, "b.csv", "P1 Ada 120", "P1 Ben n/a")
    told = words(night, file)
    assert "Rill/P1, all, Mayor: updated, version 2: Ben Rook 80 -> unknown (fell)\n" in told and "kept" not in told
    assert night.totals() == {"Ada Moss": 120, "Ben Rook": None}
    assert night.deliver(file)["delivery"] == 0


def test_a_first_sheet_without_a_row_that_most_have_is_held(night):
    file = rows(night, "a.csv", "P1 Ada 120", "P1 Ben 80", "P2 Ada 10", "P3 Ada 5", "P3 Ben 6")
    report = night.deliver(file, code=1)
    assert became(report) == {"new": 2, "held": 1}
    (held,) = [sheet for sheet in report["sheets"] if sheet["became"] == "held"]
    assert held["unit"] == "Rill/P2" and held["detail"].startswith("no row for Ben Rook, which 2 of 3 sheets of this contest have")
    assert night.totals() == {"Ada Moss": 125, "Ben Rook": 86}
    assert "Rill/P2, all, Mayor: held: no row for Ben Rook" in run("deliveries", "1", "--home", night.home)[0]
    # Among those that stand, too: a file of one precinct alone.
    assert became(night.deliver(rows(night, "b.csv", "P2 Ada 10"), code=1)) == {"held": 1}
    assert became(night.deliver(file, "--partial")) == {"new": 1, "unchanged": 2}
    assert night.totals() == {"Ada Moss": 135, "Ben Rook": 86}


def test_where_the_mapping_says_so_a_missing_row_is_0(night):
    (night.folder / "rill.toml").write_text(MAPPING + 'missing_rows = "zero"\n')
    assert became(night.deliver(rows(night, "a.csv", "P1 Ada 120", "P1 Ben 80", "P2 Ada 10", "P3 Ben 6"))) == {"new": 3}
    assert night.totals() == {"Ada Moss": 130, "Ben Rook": 86}
    units = json.loads(run("totals", "--home", night.home, "--format", "json")[0])["contests"][0]["by_option"]
    assert not [option for option in units if "unknown" in json.dumps(option) and option.get("unknown")], units
    assert 'must be "unknown" or "zero"' in run("import", night.folder / "a.csv", "--mapping", wrong_mapping(night), "--home", night.home, code=2)[1]


def wrong_mapping(night):
    (night.folder / "wrong.toml").write_text(MAPPING + 'missing_rows = "0"\n')
    return night.folder / "wrong.toml"


def test_a_feed_tells_what_a_file_cut_between_two_rows_does_not_have(night):
    folder = night.folder / "in"
    folder.mkdir()
    whole = rows(night, "whole.csv", "P1 Ada 120", "P1 Ben 80", "P2 Ada 10", "P2 Ben 20").read_text()
    feed = ("feed", folder, "--mapping", night.folder / "rill.toml", "--home", night.home, "--once")
    (folder / "a.csv").write_text(whole)
    run(*feed)
    (folder / "b.csv").write_text("".join(whole.splitlines(keepends=True)[:-1]).replace("P1,Mayor,Ada Moss,120", "P1,Mayor,Ada Moss,125"))
    told = run(*feed)[0]
    assert "figures that no row mentions, and that stay: 1" in told and "Ben Rook 20 kept: the file has no row for it" in told
    assert night.totals() == {"Ada Moss": 135, "Ben Rook": 100}


def test_a_figure_of_a_refused_row_is_unknown_where_the_rest_is_taken(night):
    """It is not the one that stood before: the office has another one by now, and nobody can read it."""
    night.deliver(rows(night, "a.csv", "P1 Ada 3", "P1 Ben 7", "P2 Ada 10", "P2 Ben 20"))
    file = rows(night, "b.csv", "P1 Ada 9O", "P1 Ben 8", "P2 Ada 11")
    told = run("import", file, "--mapping", night.folder / "rill.toml", "--home", night.home, "--partial", code=1)[0]
    assert "Rill/P1, all, Mayor: updated, version 2: Ada Moss 3 -> unknown (fell), Ben Rook 7 -> 8\n" in told
    assert "Rill/P2, all, Mayor: Ben Rook 20 kept: the file has no row for it\n" in told and told.count("kept") == 1, told
    assert night.totals() == {"Ada Moss": 11, "Ben Rook": 28}
    run("verify", "--home", night.home)


def test_of_two_rows_for_one_figure_neither_is_taken_in_part(night):
    night.deliver(rows(night, "a.csv", "P1 Ada 3", "P1 Ben 7"))
    night.deliver(rows(night, "b.csv", "P1 Ada 4", "P1 Ada 5", "P1 Ben 8"), "--partial", code=1)
    assert night.totals() == {"Ada Moss": None, "Ben Rook": 8}


@pytest.mark.parametrize("line", ["Rill,P1,Mayor,Ada Mos,4", 'Rill,P1,Mayor,"Ada Moss"x,4'])
def test_a_row_that_says_not_of_whom_it_is_makes_what_is_missing_unknown(night, line):
    night.deliver(rows(night, "a.csv", "P1 Ada 3", "P1 Ben 7", "P2 Ada 10", "P2 Ben 20"))
    (night.folder / "b.csv").write_text(f"{HEADER}{line}\nRill,P1,Mayor,Ben Rook,8\nRill,P2,Mayor,Ada Moss,11\n")
    night.deliver(night.folder / "b.csv", "--partial", code=1)
    assert night.totals() == {"Ada Moss": 11, "Ben Rook": 28}


def test_a_sheet_of_which_nothing_is_left_waits_also_where_the_rest_is_taken(night):
    night.deliver(rows(night, "a.csv", "P1 Ada 3", "P1 Ben 7", "P2 Ada 10", "P2 Ben 20"))
    report = night.deliver(rows(night, "b.csv", "P1 Ada x", "P1 Ben y", "P2 Ada 11", "P2 Ben 20"), "--partial", code=1)
    assert became(report) == {"updated": 1, "held": 1}
    assert night.totals() == {"Ada Moss": 14, "Ben Rook": 27}


def test_registered_voters_that_cannot_be_read_are_unknown_where_the_rest_is_taken(night):
    (night.folder / "rill.toml").write_text(MAPPING + '[sheet]\nregistered = "registered"\n')
    for name, registered in (("a", "500"), ("b", "5OO")):
        lines = [f"Rill,P1,Mayor,{who},{votes},{registered}" for who, votes in (("Ada Moss", 3), ("Ben Rook", 7))]
        (night.folder / f"{name}.csv").write_text(HEADER.replace("votes", "votes,registered") + "\n".join(lines) + "\n")
    night.deliver(night.folder / "a.csv")
    told = words(night, night.folder / "b.csv", "--partial", code=1)
    assert "registered 500 -> unknown (fell)" in told
