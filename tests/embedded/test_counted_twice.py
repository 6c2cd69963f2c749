"""What would count votes twice in a file of results: sums of other rows wherever they stand and however they are called, one thing under
two names, and a contest that rules put into one county of several."""

import json
import random

import pytest

from conftest import run

MAPPING = """teller = "mapping/1"
[election]
name = "Test"
date = "2026-05-03"
time_zone = "UTC"
[[unit]]
kind = "county"
id = "{county}"
[[unit]]
kind = "precinct"
id = "{precinct}"
[contest]
id = "{office}"
[option]
id = "{candidate}"
[method]
id = "METHOD"
[votes]
column = "votes"
"""
OPTIONS = ["Ada", "Ben", "Cy"]


class File:
    def __init__(self, folder):
        self.folder = folder

    def rows(self, units, options=OPTIONS):
        """[(precinct, [votes])] as rows."""
        return [("Lee", unit, "Mayor", option, "all", votes) for unit, figures in units for option, votes in zip(options, figures, strict=False)]

    def check(self, rows, code=2, method="all", command=("--check",)):
        text = "county,precinct,office,candidate,mode,votes\n" + "".join(",".join(map(str, row)) + "\n" for row in rows)
        (self.folder / "file.csv").write_text(text)
        (self.folder / "mapping.toml").write_text(MAPPING.replace("METHOD", method))
        out, err = run("import", self.folder / "file.csv", "--mapping", self.folder / "mapping.toml", *command, code=code)
        return out + err

    def rules(self, rows, code=0):
        """The rules that are made of these rows, and what is said."""
        said = self.check(rows, code, command=("--write-rules", self.folder / "rules.json"))
        return json.loads((self.folder / "rules.json").read_text()) if code == 0 else {}, said


@pytest.fixture
def file(tmp_path):
    return File(tmp_path)


def precincts(number=12, seed=3):
    chance = random.Random(seed)
    return [(f"P{i}", [chance.randint(20, 300) for _ in OPTIONS]) for i in range(number)]


def total(units):
    return [sum(column) for column in zip(*(figures for _, figures in units), strict=True)]


def test_precincts_without_a_sum_come_in(file):
    for seed in range(20):
        file.check(file.rows(precincts(12, seed)), code=0)


def test_the_sums_of_all_districts_may_stand_behind_all_precincts_or_before_them(file):
    units = precincts()
    districts = [(f"D{i}", total(units[4 * i : 4 * i + 4])) for i in range(3)]
    for rows in (units + districts, districts + units):
        said = file.check(file.rows(rows))
        assert '"Lee/D1" is the sum of the 4 from "P4" to "P7"' in said, said
    # Whose precincts are mixed, so that no district is a run of them.
    mixed = [(f"D{i}", total(units[i::3])) for i in range(3)]
    for rows in (units + mixed, mixed + units):
        said = file.check(file.rows(rows))
        assert '"Lee/D0" is the sum of all 12 others, together with those up to "D2"' in said, said


def test_the_sum_of_some_precincts_that_are_not_beside_it_is_found(file):
    units = precincts()
    said = file.check(file.rows([*units, ("West", total(units[2:7]))]))
    assert '"Lee/West" is the sum of the 5 from "P2" to "P6"' in said, said


@pytest.mark.parametrize("name", ["Countywide", "Итого", "Insgesamt", "Jurisdiction Wide", "ALL PCTS", "合計", "West", "Lee"])
def test_a_sum_with_a_mistake_in_it_is_found_by_its_name_or_by_all_its_figures(file, name):
    units = precincts()
    said = file.check(file.rows([*units, (name, [total(units)[0] - 3, *total(units)[1:]])]))
    assert f'the unit "Lee/{name}" is the sum of all others, or nearly' in said, said


def test_a_sum_of_one_option_alone_is_found_by_its_name(file):
    units = precincts()
    assert '"Lee/ALL PCTS" is the sum' in file.check(file.rows([*units, ("ALL PCTS", total(units)[:1])]))


def test_a_precinct_that_is_called_as_its_county_and_has_the_figures_of_the_other_is_its_sum(file):
    assert '"Lee/Lee" is the sum' in file.check(file.rows([("P1", [5, 6]), ("Lee", [5, 6])]))
    file.check(file.rows([("P1", [5, 6]), ("Lee", [7, 6])]), code=0)


def test_a_method_or_an_option_that_is_called_total_may_be_wrong_by_one(file):
    rows = []
    for unit, ada, ben in (("N", 150, 90), ("S", 151, 93)):
        for option, votes in (("Ada", ada), ("Ben", ben)):
            for method, part in (("ED", votes - 40), ("EV", 40), ("Total", votes + (option == "Ada"))):
                rows.append(("Lee", unit, "Mayor", option, method, part))
    assert 'the method "Total" is the sum of all others, or nearly: 486 beside 484' in file.check(rows, method="{mode}")
    # Where it is all that a place has, it is no sum.
    file.check([row for row in rows if (row[4] == "Total") == (row[1] == "S")], code=0, method="{mode}")
    units = [(f"P{i}", [100 + i, 200 + 3 * i, 300 + 4 * i + (i == 5)]) for i in range(8)]
    said = file.check(file.rows(units, ["Ada", "Ben", "TOTAL"]))
    assert 'the option "TOTAL" of "Mayor" is the sum of all others, or nearly' in said, said
