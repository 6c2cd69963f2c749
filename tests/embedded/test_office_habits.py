"""Habits of offices that publish results: sums between the rows, figures off by one, tables on their side. Nothing is counted twice, and what is
guessed is said."""

import json
import subprocess

import pytest

from conftest import TELLER
from test_mapping_new import Made, write

VOTES = {
    "P1": (128, 77, 9),
    "P2": (54, 23, 4),
    "P3": (201, 148, 12),
    "P4": (143, 190, 31),
    "P5": (66, 105, 2),
    "P6": (97, 81, 20),
    "P7": (88, 240, 7),
}
ADA, BEN, CY = (sum(votes[i] for votes in VOTES.values()) for i in range(3))
BOTH = {"contest": {"Ada": ADA, "Ben": BEN}}
ALL = {"contest": {"Ada": ADA, "Ben": BEN, "Cy": CY}}


@pytest.fixture
def made(tmp_path):
    return lambda text, *more: Made(tmp_path, write(tmp_path, text), *more)


def long(names=("Ada", "Ben")):
    return "".join(f"{place},{name},{votes}\n" for place, figures in VOTES.items() for name, votes in zip(names, figures, strict=False))


WARDS = {"Ward 1": ["P1", "P2", "P3"], "Ward 2": ["P4", "P5"], "Ward 3": ["P6", "P7"]}


def of(places):
    return [sum(VOTES[place][i] for place in places) for i in (0, 1)]


def wards(total="{} Total"):
    """A line below each ward has its sum, where its precinct is empty, and the last one that of all."""
    lines = ["Ward,Precinct,Ada,Ben"]
    for ward, places in WARDS.items():
        lines += [f"{ward},{place},{VOTES[place][0]},{VOTES[place][1]}" for place in places]
        lines.append("{},,{},{}".format(total.format(ward), *of(places)))
    lines.append("{},,{},{}".format("Grand Total", ADA, BEN))
    return "\n".join(lines) + "\n"


def test_sums_of_wards_between_their_precincts_are_left_out(made):
    ready = made(wards())
    assert ready.sums == BOTH and ready.open == ["contest name"], ready.text
    assert all(f'"{name}' in ready.text for name in ("Ward 1 Total", "Ward 2 Total", "Ward 3 Total", "Grand Total"))


def test_a_mapping_by_hand_stops_at_sums_of_wards(tmp_path):
    file, mapping = write(tmp_path, wards()), tmp_path / "mapping.toml"
    mapping.write_text(
        """teller = "mapping/1"
unit = [{kind = "whole", id = "all"}, {kind = "ward", id = "{Ward}"}, {kind = "precinct", id = "{Precinct}", empty = ""}]
contest = {id = "mayor"}
option = {id = "{header}"}
method = {id = "all"}
votes = {columns_from = "Ada"}
"""
    )
    done = subprocess.run([TELLER, "import", file, "--mapping", mapping, "--check"], capture_output=True, text=True)
    assert done.returncode == 2 and 'the unit "all/Ward 1 Total" is the sum of "Ward 1"' in done.stderr, done.stderr
    mapping.write_text(mapping.read_text() + '[leave_out]\nWard = ["Ward 1 Total", "Ward 2 Total", "Ward 3 Total"]\n')
    done = subprocess.run([TELLER, "import", file, "--mapping", mapping, "--check"], capture_output=True, text=True)
    assert done.returncode == 2 and 'the unit "all/Grand Total" is the sum of all 3 others' in done.stderr, done.stderr


def test_a_place_called_like_a_total_of_another_is_none_where_its_figures_differ(made):
    ready = made("place,candidate,votes\n" + long() + "P1 Totalview,Ada,14\nP1 Totalview,Ben,3\n")
    assert ready.sums == {"contest": {"Ada": ADA + 14, "Ben": BEN + 3}}, ready.text


@pytest.mark.parametrize("name", ["All of Rill", "Rill"])
def test_a_whole_that_is_off_by_one_is_asked(made, name):
    ready = made("place,candidate,votes\n" + long() + f"{name},Ada,{ADA + 1}\n{name},Ben,{BEN}\n")
    assert (
        ready.sums == BOTH and ready.open == [f'leave_out "all/{name}"', "contest name"] or ready.open == ["contest name", f'leave_out "all/{name}"']
    )


def wide(extra, off=0):
    """Cast Votes is a column of sums; in the third row it is off."""
    text = "Precinct,Registered Voters,Ada,Ben,Cy,Cast Votes\n"
    for i, (place, figures) in enumerate(VOTES.items()):
        text += f'{place},"1,{100 + i}",{",".join(map(str, figures))},{sum(figures) + (off if i == 2 else 0)}\n'
    return text + extra


def test_thousands_beside_the_votes_are_numbers(made):
    ready = made(wide(""))
    assert ready.sums == ALL and ready.report["faults"] == [], ready.refused
    assert 'thousands = [","]' in ready.text and 'registered = "Registered Voters"' in ready.text


def test_a_sum_that_is_wrong_in_one_row_is_told_with_its_row(made):
    ready = made(wide("", off=1))
    assert 'sum_column = "Cast Votes"' in ready.text and "votes sum_column" in ready.open
    assert "in 6 rows and not in 1, the first on line 4, where 362 stands and the votes add up to 361" in ready.text
    assert [(fault["line"], fault["column"]) for fault in ready.report["faults"]] == [(4, "Cast Votes")] and ready.report["sheets_held"] == 1
    answered = made(wide("", off=1), "--answer", "votes sum_column=not read")
    assert answered.sums == ALL and "sum_column" not in answered.text.replace("# ? votes sum_column", "") and answered.report["faults"] == []


def test_a_sum_of_methods_is_read_beside_offices_that_are_figures(made):
    text = "precinct,office,candidate,Election Day,Absentee,Total\n"
    for place, (ada, ben, _) in VOTES.items():
        text += f"{place},Registered Voters,,,,{2 * (ada + ben)}\n{place},Mayor,Ada,{ada - 9},9,{ada}\n{place},Mayor,Ben,{ben - 5},5,{ben}\n"
    ready = made(text)
    assert ready.sums == {"Mayor": {"Ada": ADA, "Ben": BEN}} and 'sum_column = "Total"' in ready.text, ready.text
    assert ready.open == [] and ready.report["notes"] == [], ready.report["notes"]


def test_methods_are_told_by_what_stands_in_their_column(made):
    text = "precinct,office,candidate,type,votes\n"
    for place, figures in VOTES.items():
        for name, votes in zip(("Ada", "Ben"), figures, strict=False):
            text += f"{place},Mayor,{name},Election Day,{votes - 2}\n{place},Mayor,{name},Absentee,2\n{place},Mayor,{name},Total,{votes}\n"
    ready = made(text)
    assert ready.sums == {"Mayor": {"Ada": ADA, "Ben": BEN}} and ready.report["sheets"] == 2 * len(VOTES)
    assert '[method]\nid = "{type}"' in ready.text and '"type" = ["Total"]' in ready.text


def test_options_in_rows_and_places_in_columns_are_read_on_their_side(made):
    text = "Candidate," + ",".join(VOTES) + ",Total\n"
    for i, name in enumerate(("Ada", "Ben", "Cy")):
        text += f"{name},{','.join(str(figures[i]) for figures in VOTES.values())},{(ADA, BEN, CY)[i]}\n"
    ready = made(text)
    assert ready.sums == ALL and ready.report["sheets"] == len(VOTES) and ready.open == ["contest name"]
    assert 'id = "{header}"' in ready.text and 'sum_column = "Total"' in ready.text


def test_short_words_of_american_exports_are_known(made):
    text = "Pct Code,Pct Name,Cand Name,Party Code,Election Day,Early Voting,Total Votes\n"
    for i, (place, figures) in enumerate(VOTES.items()):
        for name, party, votes in zip(("Ada", "Ben"), "DR", figures, strict=False):
            text += f"{i:04d},{place},{name},{party},{votes - 1},1,{votes}\n"
    ready = made(text)
    assert ready.sums == BOTH and 'id = "{Pct Name}"' in ready.text and 'id = "{Cand Name}"' in ready.text, ready.text
    assert json.dumps(ready.open) == '["contest name"]'


def test_a_place_beside_its_own_parts_is_left_out(made):
    text = "place,Ada,Ben\n"
    for place, (ada, ben, _) in VOTES.items():
        text += f"{place},{ada},{ben}\n{place} Early,{ada - 9},{ben - 7}\n{place} Mail,9,7\n"
    ready = made(text)
    assert ready.sums == BOTH and "is the sum of 2 that are called like it, as" in ready.text, ready.text
    # P1 is no part of P10, and the sum of nothing.
    ready = made("place,Ada,Ben\n" + "".join(f"P{number},{number},{number + 2}\n" for number in range(1, 14)))
    assert ready.sums == {"contest": {"Ada": 91, "Ben": 117}}


def test_sums_of_places_that_are_mixed_are_found_by_their_names(made):
    city, country = of(["P1", "P4", "P6"]), of(["P2", "P3", "P5"])
    rows = "place,Ada,Ben\n" + "".join(f"{place},{ada},{ben}\n" for place, (ada, ben, _) in VOTES.items())
    ready = made(rows + f"City,{city[0]},{city[1]}\nCountry,{country[0]},{country[1]}\n")
    assert ready.sums == BOTH and sorted(ready.open) == ["contest name", 'leave_out "all/City"', 'leave_out "all/Country"'], ready.text
    other = made(rows + f"City,{city[0] + 1},{city[1]}\n")
    assert other.sums == {"contest": {"Ada": ADA + city[0] + 1, "Ben": BEN + city[1]}}


def test_rows_without_a_precinct_that_are_sums_are_left_out(made):
    rows = "County,Precinct,Ada,Ben\n" + "".join(f"Rill,{place},{ada},{ben}\n" for place, (ada, ben, _) in VOTES.items())
    ready = made(rows + f"Rill,,{ADA},{BEN}\n")
    assert ready.sums == BOTH and '"Precinct" = [""]' in ready.text and ready.open == ["contest name"], ready.text
    absentee = made(rows + "Rill,,40,30\n")
    assert "it cannot be used yet" in absentee.text and "would be counted twice" in absentee.text
