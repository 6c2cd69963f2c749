"""Published sets of results by unit, each through its mapping in examples/: to the digit of what its publisher says, and a small table of its
form in the tree. The sets are read where TELLER_DATA points (one folder each); where it does not, only the small tables are."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

from conftest import TELLER, TREE, run

DATA = os.environ.get("TELLER_DATA")
MAPPINGS = TREE / "examples/mappings"


def sums_of(file, mapping, code=0):
    """{contest: {option: votes}}, and the report, of `teller import --check`."""
    done = subprocess.run([TELLER, "import", file, "--mapping", mapping, "--check", "--json"], capture_output=True, text=True, timeout=600)
    assert done.returncode == code, done.stderr[-3000:] + done.stdout[:2000]
    report = json.loads(done.stdout)
    return report["sums"], report


def total(sums):
    return sum(sum(contest.values()) for contest in sums.values())


SMALL = {
    "georgia-2022-runoff": {"U.S. Senate": {"walker": 279, "warnock": 254}},
    "georgia-2024-county": {
        "District Attorney Mill Judicial Circuit": {"Ada Moss": 683},
        "President": {"Ben Rook": 1717, 'Cy "Kit" Vale, Jr.': 9},
        "State House 7": {"Di Wren": 23},
    },
    "georgia-2024-precinct": {"District Attorney Mill Judicial Circuit": {"Ada Moss": 1520}, "President": {"Ben Rook": 222}},
    "maryland-2024": {"US PRESIDENT STATEWIDE": {"ADA MOSS": 21, "BEN ROOK": 59}, "RILL BOARD OF EDUCATION": {"CY VALE": 31, "DI WREN": 17}},
    "connecticut-2024": {
        "US PRESIDENT STATEWIDE": {"ADA MOSS": 542, "BEN ROOK": 624},
        "REGISTRAR OF VOTERS ANDREW": {"CY VALE": 300},
        "REGISTRAR OF VOTERS BELMONT": {"DI WREN": 70},
    },
    "us-2024-president": {"president": {"ADA MOSS": 5300, "BEN ROOK": 4300, "WRITE-IN": 4}},
    "us-county": {"president": {"republican": 116282, "democratic": 32373}},
    "india-2024": {"S011": {"1": 477005, "2": 543, "3": 51}, "S012": {"1": 24605}},
    "israel-2022": {"knesset": {"אמת": 2500, "ג": 738, "ת": 71}},
}


@pytest.mark.parametrize("name", SMALL)
def test_a_small_table_of_each_form_comes_in_to_the_digit(name):
    sums, _ = sums_of(TREE / f"tests/fixtures/sets/{name}.csv", MAPPINGS / f"{name}.toml")
    assert sums == SMALL[name]


def test_a_negative_figure_is_named_and_nothing_else_is_missing(tmp_path):
    file = tmp_path / "us.csv"
    negative = "MI,26001,DALE,DALE,9999,TOTAL,ADA MOSS,DEMOCRAT,FALSE,-10,precinct,a\n"
    file.write_text((TREE / "tests/fixtures/sets/us-2024-president.csv").read_text() + negative)
    sums, report = sums_of(file, MAPPINGS / "us-2024-president.toml", code=1)
    assert sums == SMALL["us-2024-president"]
    (fault,) = report["faults"]
    assert (fault["line"], fault["code"], fault["found"]) == (9, "import.not_a_number", '"-10"') and "negative" in fault["detail"]


def test_each_mapping_has_its_small_table():
    assert {path.stem for path in MAPPINGS.glob("*.toml")} == set(SMALL)


def test_how_many_may_be_chosen_comes_from_its_column(tmp_path):
    rules = tmp_path / "rules.json"
    subprocess.run(
        [TELLER, "import", TREE / "tests/fixtures/sets/maryland-2024.csv", "--mapping", MAPPINGS / "maryland-2024.toml", "--write-rules", rules],
        check=True,
    )
    contests = {contest["id"]: contest for contest in json.loads(rules.read_text())["contests"]}
    assert [contests["RILL BOARD OF EDUCATION"][key] for key in ("seats", "votes_allowed")] == [3, 3]
    assert contests["US PRESIDENT STATEWIDE"]["votes_allowed"] == 1


# ---- The sets themselves

needs_data = pytest.mark.skipif(DATA is None, reason="TELLER_DATA names no folder of published sets")


def published(pattern):
    (found,) = pathlib.Path(DATA or "").glob(pattern)
    return found


@needs_data
def test_taiwan_2024():
    sums, report = sums_of(TREE / "examples/taiwan-2024/president.csv.gz", TREE / "examples/taiwan-2024/mapping.toml")
    assert sums == {"president": {"ko-wu": 3_690_466, "lai-hsiao": 5_586_019, "hou-jaw": 4_671_021}} and report["sheets"] == 17_795


@needs_data
def test_georgia_2022_runoff():
    sums, _ = sums_of(published("small-ga-2022-runoff/*.csv.gz"), MAPPINGS / "georgia-2022-runoff.toml")
    assert sums == {"U.S. Senate": {"walker": 1_721_244, "warnock": 1_820_633}}


@needs_data
def test_georgia_2024_by_county():
    sums, _ = sums_of(published("small-ga-2024-county-mode/*county-level.csv.gz"), MAPPINGS / "georgia-2024-county.toml")
    assert len(sums) == 293 and total(sums) == 23_800_293
    assert sums["President"]["Donald J. Trump"] == 2_663_117 and sums["President"]["Kamala D. Harris"] == 2_548_017


@needs_data
def test_georgia_2024_by_precinct():
    sums, _ = sums_of(published("small-ga-2024-county-mode/*precinct-level.csv.gz"), MAPPINGS / "georgia-2024-precinct.toml")
    assert len(sums) == 293 and total(sums) == 23_800_170
    assert sums["President"]["Donald J. Trump"] == 2_663_110 and sums["President"]["Kamala D. Harris"] == 2_548_006


@needs_data
def test_maryland_2024():
    sums, _ = sums_of(published("medium-maryland-2024/md24_cleaned.csv.zst"), MAPPINGS / "maryland-2024.toml")
    assert total(sums) == 27_840_990
    president, senate = sums["US PRESIDENT STATEWIDE"], sums["US SENATE STATEWIDE"]
    assert (sum(president.values()), president["KAMALA D HARRIS"], president["DONALD J TRUMP"]) == (3_038_334, 1_902_577, 1_035_550)
    assert sum(senate.values()) == 3_021_378


@needs_data
def test_connecticut_2024():
    sums, _ = sums_of(published("traps/ct24-total-plus-modes/ct24.csv.zst"), MAPPINGS / "connecticut-2024.toml")
    president = sums["US PRESIDENT STATEWIDE"]
    assert (sum(president.values()), president["KAMALA D HARRIS"], president["DONALD J TRUMP"]) == (1_759_010, 992_053, 736_918)


@needs_data
def test_the_united_states_2024():
    # The published sum has five negative figures in it: those are named, and nothing else is missing.
    sums, report = sums_of(published("large-us-2024-president/president.csv.zst"), MAPPINGS / "us-2024-president.toml", code=1)
    negative = [int(fault["found"].strip('"')) for fault in report["faults"]]
    assert negative == [-10, -3, -1, -1, -5] and report["rows"]["refused"] == 5
    president = sums["president"]
    assert sum(president.values()) - 20 == 155_047_061 and president["DONALD J TRUMP"] - 5 == 77_290_153
    # Two votes for another Harris are in the figure that was published for her.
    assert president["KAMALA D HARRIS"] - 10 + president["SHARON E HARRIS"] == 74_976_794


@needs_data
@pytest.mark.parametrize("year, gop, dem", [(2020, 74_208_196, 81_264_994), (2024, 77_294_799, 75_006_739)])
def test_the_counties_of_the_united_states(year, gop, dem):
    sums, _ = sums_of(published(f"large-us-county-2020-2024/{year}_*.csv.gz"), MAPPINGS / "us-county.toml")
    assert sums == {"president": {"republican": gop, "democratic": dem}}


@needs_data
def test_the_counties_of_the_united_states_are_joined_with_their_shapes(tmp_path):
    """All 3,160 units of the set are on the map of examples/us-2024 once, and a home is made with it."""
    rules, shown = tmp_path / "rules.json", tmp_path / "joined.json"
    run("import", published("large-us-county-2020-2024/2024_*.csv.gz"), "--mapping", MAPPINGS / "us-county.toml", "--write-rules", rules)
    example = TREE / "examples/us-2024"
    done = subprocess.run(
        [sys.executable, example / "join.py", rules, example / "presentation.json", shown], check=True, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.startswith("3106 units have a shape (for 3160 that report), 0 have none, 39 shapes have no unit")
    run("init", "--home", tmp_path / "home", "--rules", rules, "--presentation", shown, "--mode", "test")

    on_it = json.loads(shown.read_text())
    assert on_it["map"]["units"].pop("us/Alabama/01001") == "county:01001"
    shown.write_text(json.dumps(on_it))
    refused = subprocess.run(
        [TELLER, "init", "--home", tmp_path / "other", "--rules", rules, "--presentation", shown, "--mode", "test"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert refused.returncode != 0 and "/map/units/us/Alabama/01001: is missing" in refused.stderr
    assert "/map/shapes/county:01001: is of no unit" in refused.stderr


@needs_data
def test_india_2024():
    sums, report = sums_of(published("large-india-2024/election_results.csv.gz"), MAPPINGS / "india-2024.toml")
    assert len(sums) == 543 and total(sums) == 645_363_445 and report["rows"]["read"] == 8_902


@needs_data
def test_israel_2022():
    sums, _ = sums_of(published("traps/israel-knesset-25-stale-snapshot/elections.csv.gz"), MAPPINGS / "israel-2022.toml")
    assert total(sums) == 4_763_694 and sums["knesset"]["מחל"] == 1_115_085


def test_a_report_is_waited_for_from_the_units_that_have_the_contest_on_their_ballot(tmp_path, new_home):
    """A senate district of one ward and half of another: its contest meets in the city, and is no contest of the other wards."""
    mapping, file, rules = tmp_path / "m.toml", tmp_path / "results.csv", tmp_path / "rules.json"
    mapping.write_text(
        'teller = "mapping/1"\n[election]\nname = "City"\ndate = "2030-05-05"\n[[unit]]\nkind = "city"\nid = "city"\n'
        '[[unit]]\nkind = "ward"\nid = "{ward}"\n[[unit]]\nkind = "place"\nid = "{place}"\n[contest]\nid = "{contest}"\n'
        '[option]\nid = "{name}"\n[method]\nid = "all"\n[votes]\ncolumn = "votes"\n'
    )
    places = ["north,1", "north,2", "south,1", "south,2", "south,3"]
    lines = [f"{place},mayor,{name},5" for place in places for name in ("Ada", "Bell")]
    lines += [f"{place},senate,{name},3" for place in (*places[:2], places[4]) for name in ("Cruz", "Dale")]
    file.write_text("\n".join(["ward,place,contest,name,votes", *lines]) + "\n")
    run("import", file, "--mapping", mapping, "--write-rules", rules)
    assert [style["units"] for style in json.loads(rules.read_text())["styles"]] == [
        ["city/north", "city/south/3"],
        ["city/south/1", "city/south/2"],
    ]
    assert "Given in north, 3" in run("rules", "show", rules)[0]

    home, half = new_home(rules), tmp_path / "half.csv"
    half.write_text("\n".join(["ward,place,contest,name,votes", *(line for line in lines if line.startswith("south"))]) + "\n")
    run("import", half, "--mapping", mapping, "--home", home)
    assert "1 of 3 units reporting, 2 not yet" in run("totals", "--home", home, "--outstanding", "--contest", "senate")[0]
    waiting = ["senate,city/north/1,1,north", "senate,city/north/2,2,north"]
    assert run("totals", "--home", home, "--outstanding", "--contest", "senate", "--format", "csv")[0].splitlines() == [
        "contest,unit,name,in",
        *waiting,
    ]
    mayor, senate = json.loads(run("totals", "--home", home, "--outstanding", "--format", "json")[0])["contests"]
    assert (mayor["reporting"], senate["reporting"]) == ({"units": 3, "of": 5}, {"units": 1, "of": 3})
    assert [unit["id"] for unit in mayor["outstanding"]] == [unit["id"] for unit in senate["outstanding"]] == ["city/north/1", "city/north/2"]

    run("import", file, "--mapping", mapping, "--home", home)
    assert run("totals", "--home", home, "--outstanding", "--format", "csv")[0] == "contest,unit,name,in\n"
    assert "3 of 3 units reporting" in run("totals", "--home", home, "--contest", "senate")[0]
