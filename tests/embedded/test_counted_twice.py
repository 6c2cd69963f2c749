"""What would count votes twice in a file of results: sums of other rows wherever they stand and however they are called, one thing under
two names, and a contest that rules put into one county of several."""

import json
import random

import pytest

from conftest import run
from mappings import ELECTION, mapping_of

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
        (self.folder / "mapping.toml").write_text(mapping_of(ELECTION, method=f'[method]\nid = "{method}"\n'))
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
    # Whose precincts are mixed, so that no district is a run of them: of few, each is found; of many, all together.
    for number, says in ((12, "4 of the others, which stand among them"), (30, 'all 30 others, together with those up to "D2"')):
        units = precincts(number)
        mixed = [(f"D{i}", total(units[i::3])) for i in range(3)]
        for rows in (units + mixed, mixed + units):
            said = file.check(file.rows(rows))
            assert f'"Lee/D0" is the sum of {says}' in said, said


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


def test_one_thing_under_two_names_is_said_and_stops_where_its_figures_come_twice(file):
    twice = [("Lee", "P1", "Mayor", "Ada", "all", 10), ("lee", "P1", "Mayor", "Ada", "all", 10)]
    _, said = file.rules(twice, code=2)
    assert 'two units are called nearly the same and have the same figures: "Lee" and "lee" (U+004C and U+006C)' in said
    rules, said = file.rules([*twice, ("lee", "P1", "Mayor", "Веn", "all", 3), ("Lee", "P1", "Mayor", "Ben", "all", 4)])
    assert 'two options of Mayor are called nearly the same, and are taken for two: "Веn" and "Ben" (U+0412 and U+0042)' in said
    _, said = file.rules([("Lee", "P1", "Mayor", name, "all", 10) for name in ("Ann-Marie O'Hara", "Ann–Marie O’Hara")], code=2)  # noqa: RUF001
    assert "(U+002D and U+2013)" in said
    said = run("rules", "check", file.folder / "rules.json")[0]
    assert 'contest Mayor: two options are called nearly the same: "Веn" and "Ben" (U+0412 and U+0042)' in said


def test_counties_that_meet_in_no_unit_are_put_below_a_whole(file):
    """The contest was decided in the first county, and waited for no other."""
    rows = [("Lee", "P1", "Mayor", "Ada", "all", 10), ("Moss", "P1", "Mayor", "Ada", "all", 12), ("Moss", "P1", "Judge", "Di", "all", 3)]
    rules, said = file.rules(rows)
    assert "they were put below one that is called as the election is" in said
    assert [(unit["id"], unit.get("parent")) for unit in rules["units"]][:2] == [("Test", None), ("Lee", "Test")]
    assert {contest["id"]: contest["unit"] for contest in rules["contests"]} == {"Mayor": "Test", "Judge": "Moss/P1"}
    run("init", "--home", file.folder / "home", "--rules", file.folder / "rules.json", "--mode", "test")
    run("import", file.folder / "file.csv", "--mapping", file.folder / "mapping.toml", "--home", file.folder / "home")
    assert "2 of 2 units reporting" in run("totals", "--home", file.folder / "home")[0]
    # One county is the whole of its own file.
    assert [unit["id"] for unit in file.rules(rows[:1])[0]["units"]] == ["Lee", "Lee/P1"]
