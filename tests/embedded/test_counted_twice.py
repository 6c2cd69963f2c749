"""What would count votes twice in a file of results: sums of other rows wherever they stand and however they are called, one thing under
two names, and a contest that rules put into one county of several."""

import json
import random
import subprocess

import pytest

from conftest import TELLER, run
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
    assert 'the option "TOTAL" of "Mayor" is the sum of all others in 7 of 8 figures' in said, said


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


# ---- Sums of some, wherever they stand


def votes_of(seed, names, units=8, most=1800):
    """[(unit, {name: votes})], by chance."""
    chance = random.Random(seed)
    return [(f"Precinct {i}", {name: chance.randint(40, most) for name in names}) for i in range(1, units + 1)]


def option_rows(units):
    return [("Lee", unit, "Mayor", option, "all", votes) for unit, figures in units for option, votes in figures.items()]


def guessed(file, text, *answers):
    """What `teller mapping new` makes of a text: (mapping, what `import --check` says of it, its open questions)."""
    (file.folder / "new.csv").write_text(text)
    out = file.folder / "new.toml"
    out.unlink(missing_ok=True)
    known = ["--name", "T", "--date", "2026-05-03", "--time-zone", "UTC"]
    is_asked = not {"contest", "office"} & set(text.splitlines()[0].split(","))
    for answer in (*(["contest name=Mayor"] if is_asked else []), *answers):
        known += ["--answer", answer]
    subprocess.run([TELLER, "mapping", "new", file.folder / "new.csv", "--out", out, *known], capture_output=True, timeout=60)
    done = subprocess.run(
        [TELLER, "import", file.folder / "new.csv", "--mapping", out, "--check", "--json"], capture_output=True, text=True, timeout=60
    )
    assert done.returncode in (0, 1), done.stderr
    mapping = out.read_text()
    return mapping, json.loads(done.stdout)["sums"], [line[4:] for line in mapping.splitlines() if line.startswith("# ? ")]


@pytest.mark.parametrize(
    "sums, says",
    [
        ({"Votes in all": ["Ada", "Ben"]}, 'the option "Votes in all" of "Mayor" is the sum of "Ada" and "Ben"'),
        ({"Greens list": ["Ada", "Ben"], "Reds list": ["Di", "Eve"]}, 'the option "Greens list" of "Mayor" is the sum of "Ada" and "Ben"'),
        ({"Reds list": ["Di", "Eve", "Exhausted"]}, '"Reds list" of "Mayor" is the sum of "Di", "Eve" and "Exhausted"'),
    ],
)
def test_an_option_that_is_the_sum_of_some_is_found(file, sums, says):
    for seed in range(5):
        units = votes_of(seed, ["Ada", "Ben", "Di", "Eve"])
        for _, figures in units:
            figures |= {"Exhausted": random.Random(seed).randint(1, 9), "Unresolved": random.Random(seed + 1).randint(1, 9)}
            figures |= {name: sum(figures[part] for part in parts) for name, parts in sums.items()}
        said = file.check(file_rows := option_rows(units))
        assert says in said, said
        # And a mistake in one of its figures is none of the sums of the others.
        file.check([row for row in file_rows if row[3] not in sums], code=0)


def test_what_a_scanner_reports_beside_the_candidates_counts_nothing_twice(file):
    units = votes_of(3, ["Ada", "Ben"])
    chance = random.Random(4)
    for _, figures in units:
        figures["Cast Votes"] = figures["Ada"] + figures["Ben"]
        more = ("Undervotes", "Overvotes", "Times Blank Voted", "Rejected write-in votes", "Unresolved write-in votes")
        figures |= {name: chance.randint(0, 4) for name in more}
    rows = option_rows(units)
    assert 'the option "Cast Votes" of "Mayor" is the sum of "Ada" and "Ben"' in file.check(rows)
    text = "precinct,contest,candidate,votes\n" + "".join(f"{row[1]},{row[2]},{row[3]},{row[5]}\n" for row in rows)
    _, sums, _ = guessed(file, text)
    assert "Cast Votes" not in sums["Mayor"]


def test_write_ins_beside_those_that_are_named_are_their_sum(file):
    units = votes_of(5, ["Ada", "Ben"])
    chance = random.Random(6)
    for number, (_, figures) in enumerate(units):
        figures |= {"Write-in: Cy Vale": chance.randint(1, 9) * (number % 2), "Write-in: Di Wren": chance.randint(1, 9) * ((number + 1) % 2)}
        figures["Write-in"] = figures["Write-in: Cy Vale"] + figures["Write-in: Di Wren"]
    said = file.check(option_rows(units))
    assert '"Write-in" of "Mayor" is the sum of those that are called like it: "Write-in: Cy Vale" and "Write-in: Di Wren"' in said, said


def by_method(seed, sums=()):
    chance = random.Random(seed)
    rows = []
    for n in range(1, 9):
        for option in ("Ada", "Ben"):
            votes = {"Election Day": chance.randint(50, 1900), "Early": chance.randint(50, 1900), "Mail": chance.randint(50, 1900)}
            votes |= {name: sum(votes[part] for part in parts) for name, parts in dict(sums).items()}
            rows += [("Lee", f"Precinct {n}", "Mayor", option, method, figure) for method, figure in votes.items()]
    return rows


def test_a_method_that_is_the_sum_of_some_is_found(file):
    for seed in range(5):
        said = file.check(by_method(seed, {"In Person": ["Election Day", "Early"]}), method="{mode}")
        assert 'the method "In Person" is the sum of "Election Day" and "Early"' in said, said
        file.check(by_method(seed), code=0, method="{mode}")
        both = {"In Person": ["Election Day", "Early"], "Sum": ["Election Day", "Early", "Mail"]}
        said = file.check(by_method(seed, both), method="{mode}")
        assert 'the method "In Person"' in said and 'the method "Sum"' in said, said


def test_a_column_of_some_methods_is_left_out_and_the_total_compared(file):
    text = "precinct,contest,candidate,Election Day Votes,Early Votes,In Person Votes,Mail Votes,Total Votes\n"
    chance, truth = random.Random(7), {"Ada": 0, "Ben": 0}
    for n in range(1, 9):
        for option in truth:
            day, early, mail = (chance.randint(50, 1900) for _ in range(3))
            text += f"Precinct {n},Mayor,{option},{day},{early},{day + early},{mail},{day + early + mail}\n"
            truth[option] += day + early + mail
    mapping, sums, questions = guessed(file, text)
    assert sums == {"Mayor": truth} and 'sum_column = "Total Votes"' in mapping
    assert len(questions) == 1 and 'column "In Person Votes" is in every row the sum of "Election Day Votes", "Early Votes"' in questions[0]
    # Who says that it is no sum has it: then the total agrees in no row, which is asked too.
    mapping, sums, questions = guessed(file, text, 'votes method "In Person Votes"=no')
    assert 'no_sums = ["in-person"]' in mapping and any("Total Votes" in question for question in questions), questions


def test_a_column_that_is_called_a_total_and_never_is_one_is_asked_about(file):
    text = "precinct,candidate,Election Day Votes,Mail Votes,Total Votes\n"
    text += "".join(f"Precinct {n},{option},{n * 100},{n * 7 + 1},{n * 107 + 5}\n" for n in range(1, 9) for option in ("Ada", "Ben"))
    _, _, questions = guessed(file, text)
    assert any("Total Votes" in question and "in 0 rows and not in 16" in question for question in questions), questions


@pytest.mark.parametrize("name", ["Total", "City Total", "TOTALS", "Итого", "合計"])
def test_a_unit_that_is_called_a_total_is_refused_whatever_its_figures_are(file, name):
    """A precinct that is kept back, or a total that is another's, hides the sum."""
    units = precincts()
    whole = total(units)
    hidden = {"P3", "P4", "P5"}
    masked = [(unit, ["*"] * 3 if unit in hidden else figures) for unit, figures in units]
    rows = file.rows([*masked, (name, whole)])
    text = "county,precinct,office,candidate,mode,votes\n" + "".join(",".join(map(str, row)) + "\n" for row in rows)
    (file.folder / "file.csv").write_text(text)
    (file.folder / "mapping.toml").write_text(mapping_of(ELECTION, votes='[votes]\ncolumn = "votes"\nwithheld = "*"\n'))
    command = ("import", file.folder / "file.csv", "--mapping", file.folder / "mapping.toml", "--check")
    said = run(*command, code=2)[1]
    assert f'the unit "Lee/{name}" is called a total and stands beside 12 others' in said, said
    more = [(name, [round(1.4 * figure) for figure in whole])]
    assert f'the unit "Lee/{name}" is called a total and stands beside 12 others' in file.check(file.rows(units + more))
    # What a person says is so.
    (file.folder / "mapping.toml").write_text(mapping_of(f'no_sums = ["Lee/{name}"]\n' + ELECTION))
    run(*command)
    # Where it is all that a contest has, it is no sum.
    file.check([*file.rows(units), ("Lee", name, "Clerk", "Di", "all", 5)], code=0)
    _, sums, questions = guessed(file, text)
    assert sums["Mayor"]["Ada"] == sum(figures[0] for unit, figures in masked if unit not in hidden)
    assert any("is called a total" in question for question in questions), questions


def test_a_method_that_is_called_a_total_is_refused_whatever_its_figures_are(file):
    rows = [("Lee", "P1", "Mayor", "Ada", "ED", 100), ("Lee", "P1", "Mayor", "Ada", "AV", 50), ("Lee", "P1", "Mayor", "Ada", "Total", 290)]
    assert 'the method "Total" is called a total and stands beside 2 others: 290 votes beside 150' in file.check(rows, method="{mode}")
    # Alone in its place it is all there is.
    file.check([*rows[:2], ("Lee", "P2", "Mayor", "Ada", "Total", 290)], code=0, method="{mode}")
