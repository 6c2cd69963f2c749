"""What `teller mapping new` never guesses in silence: who is whom, which rows are places and options, what a name of a column says. Where no cell says it,
it is asked, and meanwhile nothing is counted that may not be votes."""

import subprocess
import zipfile

import pytest

from conftest import TELLER
from test_mapping_new import KNOWN, Made, write

PLACES = [f"Precinct {number}" for number in range(1, 9)]


def votes(place, name):
    """A figure of its own for each."""
    return 100 + (sum(name.encode()) * (PLACES.index(place) + 3)) % 397


def total(name, places=PLACES):
    return sum(votes(place, name) for place in places)


def sums(*names):
    return {name: total(name) for name in names}


@pytest.fixture
def made(tmp_path):
    def make(text, *more, name="file.csv"):
        return Made(tmp_path, write(tmp_path, text, name), *more)

    return make


def asks(ready, key):
    """It is a question, and the exit code says so."""
    return ready.code == 1 and key in ready.open


# ---- Parties


def primary():
    rows = [("DEM", "Ada Moss"), ("DEM", "Ben Rook"), ("DEM", "Uncommitted"), ("REP", "Di Wren"), ("REP", "Eve Lark"), ("REP", "Uncommitted")]
    lines = [f"{place},President,{party},{name},{votes(place, party + name)}" for place in PLACES for party, name in rows]
    return "precinct,office,party,candidate,votes\n" + "\n".join(lines) + "\n"


def test_a_primary_has_a_contest_of_each_party_and_it_is_asked(made):
    ready = made(primary())
    assert asks(ready, "contest parties"), ready.text
    assert ready.sums["President DEM"]["Uncommitted"] == total("DEMUncommitted") and ready.sums["President REP"]["Di Wren"] == total("REPDi Wren")
    assert set(ready.sums) == {"President DEM", "President REP"} and "add_parties" not in ready.text
    answered = made(primary(), "--answer", "contest parties=")
    assert (answered.code, answered.sums) == (0, ready.sums)
    one = made(primary(), "--answer", "contest parties=no")
    assert one.sums["President"]["Uncommitted"] == total("DEMUncommitted") + total("REPUncommitted")


def parties(*rows):
    lines = [f"{place},Mayor,{party},{name},{votes(place, party + name)}" for place in PLACES for party, name in rows]
    return "precinct,office,party,candidate,votes\n" + "\n".join(lines) + "\n"


def test_two_people_of_one_name_are_not_added_up_in_silence(made):
    file = parties(("DEM", "John Smith"), ("REP", "John Smith"), ("LIB", "Ben Rook"))
    ready = made(file)
    assert asks(ready, "votes parties") and "one candidate, whose lines are added up, or are they different ones" in ready.text
    assert ready.sums["Mayor"] == {
        "John Smith DEM": total("DEMJohn Smith"),
        "John Smith REP": total("REPJohn Smith"),
        "Ben Rook LIB": total("LIBBen Rook"),
    }
    one = made(file, "--answer", "votes parties=one")
    assert one.code == 0 and one.sums["Mayor"]["John Smith"] == total("DEMJohn Smith") + total("REPJohn Smith")


def test_lines_of_several_candidates_are_a_habit_and_need_nobody(made):
    ready = made(parties(("DEM", "Ada Moss"), ("WFP", "Ada Moss"), ("DEM", "Cy Vale"), ("WFP", "Cy Vale"), ("REP", "Ben Rook")))
    assert (ready.code, ready.open) == (0, []) and ready.sums["Mayor"]["Ada Moss"] == total("DEMAda Moss") + total("WFPAda Moss"), ready.text


# ---- Empty places, and columns that nobody named


def long(names, places=PLACES, head="Precinct,Contest,Candidate,Votes"):
    return head + "\n" + "".join(f"{place},Mayor,{name},{votes(place, name)}\n" for place in places for name in names)


def test_a_row_without_a_place_is_not_of_the_place_above_it(made):
    ready = made(long(["Ada Moss", "Ben Rook"]) + ",Mayor,Write-ins,333\n")
    assert asks(ready, 'unit empty "Precinct"') and "fill_down" not in ready.text.partition("[csv]")[2].partition("[[unit]]")[0], ready.text
    assert "1 row has nothing in" in ready.text and "the first on line 18" in ready.text
    above = made(long(["Ada Moss", "Ben Rook"]) + ",Mayor,Write-ins,333\n", "--answer", 'unit empty "Precinct"=above')
    assert 'fill_down = ["Precinct"]' in above.text and above.sums["Mayor"]["Write-ins"] == 333
    none = made(long(["Ada Moss", "Ben Rook"]) + ",Mayor,Write-ins,333\n", "--answer", 'unit empty "Precinct"=none')
    assert none.report["rows"]["refused"] == 1 and "Write-ins" not in none.sums["Mayor"]


def test_absentees_of_the_whole_stay_of_the_whole(made):
    rows = "".join(f"{place},Election Day,Mayor,{name},{votes(place, name)}\n" for place in PLACES for name in ("Ada", "Ben"))
    ready = made("Precinct,Method,Contest,Candidate,Votes\n" + rows + ",Absentee,Mayor,Ada,330\n,Absentee,Mayor,Ben,1797\n")
    assert asks(ready, 'unit empty "Precinct"') and ready.sums == {"Mayor": {"Ada": total("Ada") + 330, "Ben": total("Ben") + 1797}}
    assert 'empty = [""]' in ready.text and ready.report["sheets"] == len(PLACES) + 1


def test_merged_places_are_still_filled_without_a_question(made):
    rows = "".join(f"{place},Mayor,Ada,{votes(place, 'Ada')}\n,,Ben,{votes(place, 'Ben')}\n,,Cy,{votes(place, 'Cy')}\n" for place in PLACES)
    ready = made("Precinct,Contest,Candidate,Votes\n" + rows.replace(",Mayor,", ",,").replace(",,", ",Mayor,", 1))
    assert (ready.code, ready.open) == (0, []) and ready.sums == {"Mayor": sums("Ada", "Ben", "Cy")}, ready.text


def versions(column="Status", first="Preliminary", second="Final"):
    rows = "".join(
        f"{state},{place},{name},{votes(place, state + name)}\n" for state in (first, second) for place in PLACES for name in ("Ada", "Ben")
    )
    return f"{column},Ward,Candidate,Votes\n" + rows


def test_a_column_is_made_no_level_of_places_in_silence(made):
    ready = made(versions(), "--answer", "contest name=")
    assert asks(ready, 'votes column "Status"') and "{Status}" not in ready.text, ready.text
    final = made(versions(), "--answer", "contest name=", "--answer", 'votes column "Status"=only Final')
    assert final.code == 0 and final.sums == {"contest": {"Ada": total("FinalAda"), "Ben": total("FinalBen")}}, final.text
    place = made(versions("Zone", "North", "South"), "--answer", "contest name=", "--answer", 'votes column "Zone"=place')
    assert place.code == 0 and place.sums == {"contest": {"Ada": total("NorthAda") + total("SouthAda"), "Ben": total("NorthBen") + total("SouthBen")}}
    assert 'id = "{Zone}"' in place.text


# ---- Rows that are no options and no places


def test_counts_among_the_candidates_are_no_candidates(made):
    rows = "".join(
        f"{place},Mayor,Precincts Reporting,1\n{place},Mayor,Times Counted,900\n{place},Mayor,Voter Turnout,38\n"
        f"{place},Mayor,Ada,{votes(place, 'Ada')}\n{place},Mayor,Ben,{votes(place, 'Ben')}\n{place},Mayor,Number of Precincts,1\n"
        for place in PLACES
    )
    ready = made("Precinct,Contest,Candidate,Votes\n" + rows)
    assert ready.sums == {"Mayor": sums("Ada", "Ben")} and ready.open == [], ready.text
    assert '"Times Counted" = "cards"' in ready.text and '"Precincts Reporting" is not an option of "Mayor", by its name' in ready.text
    assert "no number of ballots" in ready.text


@pytest.mark.parametrize("name", ["Wahlbeteiligung", "Pourcentage", "Porcentaje", "Percentuale", "得票率"])
def test_they_are_known_in_other_languages(made, name):
    ready = made(long(["Ada", "Ben"]) + "".join(f"{place},Mayor,{name},41\n" for place in PLACES))
    assert ready.sums == {"Mayor": sums("Ada", "Ben")} and ready.open == [], ready.text


@pytest.mark.parametrize("name", ["Cast Votes", "Unresolved write-in votes", "Rejected write-in votes", "Batches reported so far"])
def test_a_name_that_is_hardly_an_option_is_asked(made, name):
    file = long(["Ada", "Ben"]) + "".join(f"{place},Mayor,{name},41\n" for place in PLACES)
    ready = made(file)
    assert asks(ready, f'option "{name}"') and ready.sums == {"Mayor": sums("Ada", "Ben")}, ready.text
    answered = made(file, "--answer", f'option "{name}"=yes')
    assert answered.code == 0 and answered.sums["Mayor"][name] == 8 * 41


def test_shares_ranks_and_means_below_the_places_are_no_places(made):
    rows = "".join(f"{place},{votes(place, 'Ada')},{votes(place, 'Ben')}\n" for place in PLACES)
    ready = made("Precinct,Ada,Ben\n" + rows + f"TOTAL,{total('Ada')},{total('Ben')}\nPercent,55,45\nRank,1,2\nAverage,200,190\n")
    assert ready.sums == {"contest": sums("Ada", "Ben")} and ready.open == ["contest name"], ready.text
    assert '"Percent" is not a place, by its name' in ready.text


def test_a_count_of_places_beside_the_votes_is_neither_a_place_nor_an_option(made):
    rows = "".join(f"{place},12,{votes(place, 'Ada')},{votes(place, 'Ben')}\n" for place in PLACES)
    ready = made("County,Number of Precincts,Ada,Ben\n" + rows)
    assert ready.sums == {"contest": sums("Ada", "Ben")} and "{Number of Precincts}" not in ready.text, ready.text


# ---- Names that are written in two ways


def test_names_that_differ_in_capitals_are_asked(made):
    file = long(["Ada Moss", "Ben Rook"], PLACES[:5]) + long(["ADA MOSS", "BEN ROOK"], PLACES[5:]).partition("\n")[2]
    ready = made(file)
    assert asks(ready, 'option "ADA MOSS"') and 'option "BEN ROOK"' in ready.open
    assert ready.sums["Mayor"]["Ada Moss"] == total("Ada Moss", PLACES[:5]) + total("ADA MOSS", PLACES[5:]) and len(ready.sums["Mayor"]) == 2
    apart = made(file, "--answer", 'option "ADA MOSS"=no', "--answer", 'option "BEN ROOK"=no')
    assert apart.code == 0 and len(apart.sums["Mayor"]) == 4


def test_places_that_differ_in_capitals_are_asked(made):
    ready = made(long(["Ada", "Ben"]) + "PRECINCT 4,Mayor,Cy,7\n")
    assert asks(ready, "unit names") and '"Precinct 4" and "PRECINCT 4"' in ready.text


def test_contests_that_differ_in_capitals_are_asked(made):
    ready = made(long(["Ada", "Ben"], PLACES[:5]) + long(["Ada", "Ben"], PLACES[5:]).partition("\n")[2].replace("Mayor", "MAYOR"))
    assert asks(ready, 'contest "MAYOR"') and ready.sums == {"Mayor": sums("Ada", "Ben")}


# ---- Answers


@pytest.mark.parametrize(
    "answer, says",
    [
        ("foo=bar", "nothing was asked that is called foo"),
        ("contest name=Mayor", "nothing was asked that is called contest name"),
        ("votes column=nope", "votes column cannot be answered with nope"),
    ],
)
def test_an_answer_that_nobody_asked_for_or_that_is_none_is_refused(tmp_path, answer, says):
    text = "Precinct,Contest,Candidate,Votes,Vote Count\n" + "".join(f"{place},Mayor,Ada,{votes(place, 'Ada')},7\n" for place in PLACES)
    file, out = write(tmp_path, text), tmp_path / "m.toml"
    done = subprocess.run([TELLER, "mapping", "new", file, "--out", out, *KNOWN, "--answer", answer], capture_output=True, text=True)
    assert done.returncode == 2 and says in done.stderr and not out.exists(), done.stderr
    assert "Of this file is asked: election name; election time_zone" in done.stderr or "votes column (Votes, Vote Count)" in done.stderr, done.stderr


# ---- Names of columns that say several things


def header(*names):
    rows = "".join(f"{place},{','.join(str(votes(place, name)) for name in names)}\n" for place in PLACES)
    return f"Precinct,{','.join(names)}\n" + rows


@pytest.mark.parametrize("between", [" - ", ": ", " – ", " | "])
def test_contests_in_the_names_of_columns_are_contests(made, between):
    names = [f"{contest}{between}{name}" for contest, name in (("Mayor", "Ada"), ("Mayor", "Ben"), ("Clerk", "Di"), ("Clerk", "Eve"))]
    ready = made(header(*names))
    assert ready.open == ["contest header"] and ready.code == 1, ready.text
    assert ready.sums == {"Mayor": {"Ada": total(names[0]), "Ben": total(names[1])}, "Clerk": {"Di": total(names[2]), "Eve": total(names[3])}}
    no = made(header(*names), "--answer", "contest header=no", "--answer", "contest name=")
    assert no.code == 0 and no.sums == {"contest": sums(*names)}


def test_sums_of_each_contest_and_parties_in_the_names_of_columns(made):
    people = {"Mayor": ("Ada Moss (DEM)", "Ben Rook (REP)"), "Clerk": ("Di Wren (DEM)", "Write-in")}
    names = [f"{contest}: {name}" for contest, options in people.items() for name in (*options, "Total")]
    rows = ""
    for place in PLACES:
        figures = []
        for contest, options in people.items():
            own = [votes(place, contest + name) for name in options]
            figures += [*own, sum(own)]
        rows += f"{place},{','.join(map(str, figures))}\n"
    ready = made(f"Precinct,{','.join(names)}\n{rows}", "--answer", "contest header=")
    assert ready.code == 0 and 'id = "{header party}"' in ready.text, ready.text
    assert ready.sums == {
        "Mayor": {"Ada Moss": total("MayorAda Moss (DEM)"), "Ben Rook": total("MayorBen Rook (REP)")},
        "Clerk": {"Di Wren": total("ClerkDi Wren (DEM)"), "Write-in": total("ClerkWrite-in")},
    }


def test_methods_in_the_names_of_columns_are_methods(made):
    names = [f"{name} - {method}" for name in ("Ada", "Ben") for method in ("Election Day", "Absentee")]
    ready = made(header(*names), "--answer", "method header=", "--answer", "contest name=")
    assert ready.code == 0 and ready.report["sheets"] == 2 * len(PLACES), ready.text
    assert ready.sums == {"contest": {"Ada": total(names[0]) + total(names[1]), "Ben": total(names[2]) + total(names[3])}}


def test_three_rows_of_a_header_are_contest_option_and_method(made):
    methods = ("Election Day", "Absentee")
    contests = {"Mayor": ("Ada", "Write-in"), "Clerk": ("Di", "Write-in")}
    top = "," + ",".join(contest + ",,," for contest in contests).rstrip(",") + ",,,\n"
    middle = "," + ",".join(f"{name}," for options in contests.values() for name in options) + "\n"
    low = "Precinct," + ",".join(methods * 4) + "\n"
    rows = "".join(
        f"{place},{','.join(str(votes(place, contest + name + method)) for contest, options in contests.items() for name in options for method in methods)}\n"
        for place in PLACES
    )
    ready = made(top + middle + low + rows)
    assert (ready.code, ready.open) == (0, []), ready.text
    assert ready.sums == {
        contest: {name: sum(total(contest + name + method) for method in methods) for name in options} for contest, options in contests.items()
    }
    assert "header_rows = 3" in ready.text and 'id = "{header 3}"' in ready.text


def test_the_election_before_stands_beside_this_one(made):
    names = ["Moss 2026", "Rook 2026", "Moss 2022", "Rook 2022"]
    ready = made(header(*names), "--answer", "contest name=")
    assert ready.open == ["votes years"] and ready.sums == {"contest": {"Moss": total("Moss 2026"), "Rook": total("Rook 2026")}}, ready.text
    both = made(header(*names), "--answer", "contest name=", "--answer", "votes years=all")
    assert both.code == 0 and both.sums == {"contest": sums(*names)}


# ---- What stands around the rows


def test_counties_that_call_their_places_alike_are_told_apart_by_their_files(tmp_path):
    with zipfile.ZipFile(tmp_path / "night.zip", "w") as out:
        for county in ("Rill", "Dale"):
            out.writestr(
                f"{county}.csv",
                "precinct,office,candidate,votes\n" + "".join(f"P1,Mayor,{name},{len(county)}{len(name)}\n" for name in ("Ada", "Benn")),
            )
    ready = Made(tmp_path, tmp_path / "night.zip")
    assert ready.open == ["csv file_names"] and "they are called Dale, Rill" in ready.text, ready.text
    assert 'id = "{/file}"' in ready.text and ready.sums == {"Mayor": {"Ada": 86, "Benn": 88}} and ready.report["sheets"] == 2
    answered = Made(tmp_path, tmp_path / "night.zip", "--answer", "csv file_names=contest")
    assert set(answered.sums) == {"Rill Mayor", "Dale Mayor"}, answered.text


def test_a_name_of_a_column_may_stand_on_two_lines(made):
    ready = made('precinct,"Ada\nMoss","Ben\nRook"\nP1,1,2\nP2,3,5\n')
    assert ready.open == ["contest name"] and ready.sums == {"contest": {"Ada Moss": 4, "Ben Rook": 7}}, ready.text


@pytest.mark.parametrize(
    "text",
    [
        "Precinct;Ada;Ben\n;(votes);(votes)\nP1;11;12\nP2;13;15\n",
        "Precinct;Ada;Ben\nSprengel;Stimmen A;Stimmen B\nP1;11;12\nP2;13;15\n",
    ],
)
def test_a_row_below_the_header_that_holds_no_number_is_no_place(made, text):
    ready = made(text, "--answer", "contest name=")
    assert ready.open == ["csv skip_rows"] and "skip_rows = 1" in ready.text, ready.text
    assert ready.sums == {"contest": {"Ada": 24, "Ben": 27}} and ready.report["sheets"] == 2
    assert "below the header stands line 2 that holds no number" in ready.text


def test_several_files_of_one_form_are_guessed_together(tmp_path):
    files = [
        write(tmp_path, "precinct,office,candidate,votes\n" + row, name)
        for row, name in (("P1,Mayor,Ada,7\n", "a.csv"), ('P2,Mayor,Ada,"1,234"\n', "b.csv"))
    ]
    out = tmp_path / "m.toml"
    done = subprocess.run([TELLER, "mapping", "new", *files, "--out", out, *KNOWN], capture_output=True, text=True)
    assert done.returncode == 0 and 'thousands = [","]' in out.read_text() and "votes: 1,241; 1 contests" in done.stderr, done.stderr
    other = write(tmp_path, "place,name,votes\nP2,Ada,5\n", "c.csv")
    done = subprocess.run([TELLER, "mapping", "new", files[0], other, *KNOWN], capture_output=True, text=True)
    assert done.returncode == 2 and "make a mapping of each" in done.stderr, done.stderr


# ---- Ballots


@pytest.mark.parametrize(
    "text",
    [
        "No,Place,Council,1st,2nd\n1,North,Ada; Ben,Di,Ed\n2,North,Ben,Ed,\n3,South,Ada; Cy,Di,Ed\n",
        "Cast Vote Record,Precinct,Ballot Style,Mayor 1st,Mayor 2nd\n1001,Rill,two,Ada,Ben\n1002,Rill,two,Ben,Ada\n",
        "Number,Ada Moss,Ben Rook,Cy Vale\n1,1,2,3\n2,2,1,\n3,1,,2\n4,3,1,2\n",
    ],
)
def test_a_table_of_ballots_is_told_from_results(tmp_path, text):
    file = write(tmp_path, text)
    done = subprocess.run([TELLER, "mapping", "new", file, *KNOWN], capture_output=True, text=True)
    assert done.returncode == 1 and "? file ballots: " in done.stderr and 'kind = "ballots"' in done.stderr, done.stderr
    done = subprocess.run([TELLER, "mapping", "new", file, *KNOWN, "--answer", "file ballots=yes"], capture_output=True, text=True)
    assert done.returncode == 2 and "each row is a ballot" in done.stderr and "teller import" in done.stderr


def test_a_form_s_export_without_numbers_says_what_it_may_be(tmp_path):
    file = write(tmp_path, "Timestamp,President,Secretary\n2026/05/03 10:00,Ada,Di\n2026/05/03 10:01,Ben,Di\n")
    done = subprocess.run([TELLER, "mapping", "new", file, *KNOWN], capture_output=True, text=True)
    assert done.returncode == 2 and "It may hold a ballot in each row" in done.stderr, done.stderr
