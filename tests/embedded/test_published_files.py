"""Files of kinds that offices of many countries publish, each by the guess: right to the digit, or asked, and never doubled or mixed in silence."""

import json
import subprocess
import zipfile

import pytest

from conftest import TELLER
from test_mapping_asks import PLACES, asks, header, made, sums, total, votes  # noqa: F401
from test_mapping_new import KNOWN, Made, write
from workbooks import xlsx

NAMED = ["--answer", "contest name="]
LONG = "Precinct,Contest,Candidate,Votes\n"


def rows(names=("Ada", "Ben"), form="{place},Mayor,{name},{votes}\n", places=PLACES):
    return "".join(form.format(place=place, name=name, votes=votes(place, name)) for place in places for name in names)


def check(files, mappings):
    """`teller import --check` of files, each with its mapping."""
    pairs = [part for mapping in mappings for part in ("--mapping", mapping)]
    return subprocess.run([TELLER, "import", *files, *pairs, "--check", "--json"], capture_output=True, text=True)


# ---- Contests of one delivery


def test_tables_of_two_contests_in_one_file_are_never_one_contest(made, tmp_path):  # noqa: F811
    tables = {"Mayor": ("Ada", "Ben"), "Clerk": ("Cy", "Di")}
    file = "\n".join(f"{title}\n{header(*names)}" for title, names in tables.items())
    path, ready = write(tmp_path, file, "night.csv"), []
    for number in (1, 2):
        ready.append(write(tmp_path, made(file, "--answer", f"csv table={number}", *NAMED).text, f"{number}.toml"))
    done = check([path, path], ready)
    assert done.returncode == 0 and json.loads(done.stdout)["sums"] == {title: sums(*names) for title, names in tables.items()}, done.stderr


def test_sheets_of_two_contests_are_never_one_contest(tmp_path):
    sheets = {"Mayor": ("Ada", "Ben"), "Clerk": ("Cy", "Di")}
    book = xlsx(tmp_path / "night.xlsx", {one: [["Precinct", *n], *([p, *(votes(p, x) for x in n)] for p in PLACES)] for one, n in sheets.items()})
    ready = [write(tmp_path, Made(tmp_path, book, "--sheet", one, *NAMED).text, f"{one}.toml") for one in sheets]
    done = check([book, book], ready)
    assert done.returncode == 0 and json.loads(done.stdout)["sums"] == {one: sums(*names) for one, names in sheets.items()}, done.stderr


def test_two_mappings_that_call_one_contest_by_two_names_are_refused(made, tmp_path):  # noqa: F811
    files, ready = [], []
    for title, names in {"Mayor": ("Ada", "Ben"), "Clerk": ("Cy", "Di")}.items():
        files.append(write(tmp_path, header(*names), f"{title}.csv"))
        ready.append(write(tmp_path, made(header(*names), "--answer", f"contest name={title}").text, f"{title}.toml"))
    done = check(files, ready)
    assert done.returncode == 2 and 'the contest "contest" is called "Mayor" by one mapping and "Clerk" by the next' in done.stderr, done.stderr


# ---- Headers


def test_parties_above_the_options_are_asked_and_no_contests(made):  # noqa: F811
    names = ("Ada", "Ben", "Cy", "Di")
    ready = made(",DEM,REP,LIB,DEM\n" + header(*names), *NAMED)
    assert asks(ready, "contest header row") and ready.sums == {"contest": sums(*names)}, ready.text
    neither = made(",DEM,REP,LIB,DEM\n" + header(*names), *NAMED, "--answer", "contest header row=neither")
    assert neither.code == 0 and neither.sums == {"contest": sums(*names)} and "[party]" not in neither.text, neither.text
    merged = made(",Mayor,,Clerk,\n" + header(*names))
    assert (merged.code, merged.sums) == (0, {"Mayor": sums("Ada", "Ben"), "Clerk": sums("Cy", "Di")}), merged.text


def test_a_header_in_two_languages_is_read(made):  # noqa: F811
    head = (
        "Polling Station Name/Nom du bureau de scrutin,Electors/Électeurs,Candidate’s Family Name/Nom de famille du candidat,"
        "Candidate’s First Name/Prénom du candidat,Candidate Poll Votes Count/Votes du candidat pour le bureau\n"
    )
    body = "".join(f"{place},900,{name[4:]},{name[:3]},{votes(place, name)}\n" for place in PLACES for name in ("Ada Moss", "Ben Rook"))
    ready = made(head + body, *NAMED)
    assert (ready.code, ready.sums) == (0, {"contest": sums("Ada Moss", "Ben Rook")}), ready.text
    assert 'registered = "Electors/Électeurs"' in ready.text


def test_a_column_of_options_that_no_word_tells_is_asked(made):  # noqa: F811
    ready = made("Precinct,Unit Name,Tally\n" + rows(form="{place},{name},{votes}\n"), *NAMED)
    assert asks(ready, "option column") and ready.sums == {"contest": sums("Ada", "Ben")}, ready.text
    assert made("Precinct,Unit Name,Tally\n" + rows(form="{place},{name},{votes}\n"), *NAMED, "--answer", "option column=").code == 0


def test_a_few_lines_above_a_table_are_no_table(made):  # noqa: F811
    ready = made("Election:,Mayor of Rill,\nDate:,2026-05-03,\nPrecincts:,8,\n,,\n" + header("Ada", "Ben"), *NAMED)
    assert asks(ready, "csv table") and list(ready.sums.values()) == [sums("Ada", "Ben")], ready.text


# ---- What is no votes


@pytest.mark.parametrize(
    "name", ["Majority", "Swing", "Residual Votes", "Population", "VAP", "Schede contestate", "الأصوات الباطلة", "Geçersiz Oy", "Ada change"]
)
def test_numbers_beside_the_votes_are_never_options_in_silence(made, name):  # noqa: F811
    ready = made(header("Ada", "Ben", name), *NAMED)
    assert ready.sums == {"contest": sums("Ada", "Ben")}, ready.text


def test_undervotes_of_each_method_are_no_methods(made):  # noqa: F811
    names = ("absentee_votes", "early_votes", "election_day_votes", "total_votes", "absentee_under_votes", "early_under_votes", "total_over_votes")
    lines = []
    for place in PLACES:
        for name in ("Ada", "Ben"):
            figures = [votes(place, name + method) for method in names[:3]]
            lines.append(f"{place},Mayor,{name}," + ",".join(map(str, [*figures, sum(figures), 3, 4, 5])))
    ready = made("Precinct,Contest,Candidate," + ",".join(names) + "\n" + "\n".join(lines) + "\n")
    right = {name: sum(total(name + method) for method in names[:3]) for name in ("Ada", "Ben")}
    assert (ready.code, ready.sums) == (0, {"Mayor": right}), ready.text


def test_votes_beside_those_of_one_method_are_asked(made):  # noqa: F811
    ready = made("Precinct,Contest,Candidate,Votes,Provisional\n" + rows(form="{place},Mayor,{name},{votes},3\n"))
    assert asks(ready, "votes column") and ready.sums == {"Mayor": sums("Ada", "Ben")}, ready.text


# ---- Rounds


def test_of_rounds_in_rows_one_is_counted(made):  # noqa: F811
    file = "Contest,Round,Candidate,Votes\n" + "".join(
        f"Mayor,{number},{name},{figure}\n"
        for number, figures in ((1, (5, 3, 2)), (2, (6, 4, 0)))
        for name, figure in zip("ABC", figures, strict=True)
    )
    ready = made(file, "--answer", "unit id=")
    assert asks(ready, 'votes column "Round"') and ready.sums == {"Mayor": {"A": 5, "B": 3, "C": 2}}, ready.text
    last = made(file, "--answer", "unit id=", "--answer", 'votes column "Round"=only 2')
    assert (last.code, last.sums) == (0, {"Mayor": {"A": 6, "B": 4, "C": 0}}), last.text


@pytest.mark.parametrize("names", [("Count 1", "Transfers 2", "Count 2"), ("Round 1 Votes", "Transfer", "Round 2 Votes")])
def test_of_rounds_beside_each_other_one_is_counted(made, names):  # noqa: F811
    ready = made(f"Candidate,{','.join(names)}\nAda,50,5,55\nBen,30,5,35\nCy,10,-10,0\n", *NAMED, "--answer", "unit id=")
    assert asks(ready, "votes column") and ready.sums == {"contest": {"Ada": 50, "Ben": 30, "Cy": 10}}, ready.text


# ---- Lines of a candidate, parts of a precinct


def lines_and_total(off=0):
    return "Precinct,Contest,Candidate,Party,Votes\n" + "".join(
        f"{place},Mayor,{name},{party},{figure}\n"
        for place in PLACES
        for name, parties in (("Ada", ("DEM", "WFP")), ("Ben", ("REP", "CON")))
        for party, figure in (
            *((party, votes(place, name + party)) for party in parties),
            ("Total", sum(votes(place, name + party) for party in parties) + off),
        )
    )


def test_the_total_of_a_candidate_s_lines_is_compared(made):  # noqa: F811
    right = {"Mayor": {"Ada": total("AdaDEM") + total("AdaWFP"), "Ben": total("BenREP") + total("BenCON")}}
    ready = made(lines_and_total())
    assert ready.sums == right and ready.report["rows"]["refused"] == 0 and '[expect]\n"Party" = ["Total"]' in ready.text, ready.text
    wrong = made(lines_and_total(off=1))
    assert wrong.sums == right and "the control total is" in wrong.report["faults"][0]["detail"], wrong.text


def test_a_mapping_by_hand_stops_at_the_total_of_lines(made, tmp_path):  # noqa: F811
    ready = made(lines_and_total())
    by_hand = write(tmp_path, ready.text.replace('[expect]\n"Party" = ["Total"]\n', ""), "hand.toml")
    done = check([write(tmp_path, lines_and_total())], [by_hand])
    assert done.returncode == 2 and 'the party "Total" is called a sum' in done.stderr, done.stderr


@pytest.mark.parametrize("part", ["Split", "Area", "ED"])
def test_numbered_parts_of_a_precinct_are_told_apart(made, part):  # noqa: F811
    file = f"Precinct,{part},Contest,Candidate,Votes\n" + "".join(
        f"{place},{number},Mayor,{name},{votes(place, name + str(number))}\n" for place in PLACES for number in range(1, 9) for name in ("Ada", "Ben")
    )
    ready = made(file, *(["--answer", f'votes column "{part}"=place'] if part != "Split" else []))
    right = {name: sum(total(name + str(number)) for number in range(1, 9)) for name in ("Ada", "Ben")}
    assert (ready.code, ready.sums) == (0, {"Mayor": right}), ready.text


def test_places_of_two_names_are_read(made):  # noqa: F811
    ready = made("City/Town,Ada,Ben\n" + "".join(f"{place},{votes(place, 'Ada')},{votes(place, 'Ben')}\n" for place in PLACES), *NAMED)
    assert (ready.code, ready.sums) == (0, {"contest": sums("Ada", "Ben")}), ready.text


def test_the_sums_of_a_county_without_a_precinct_are_compared(made):  # noqa: F811
    file = "County,Precinct,Ada,Ben\n" + "".join(f"Rill,{place},{votes(place, 'Ada')},{votes(place, 'Ben')}\n" for place in PLACES)
    ready = made(file + f"Rill,,{total('Ada')},{total('Ben')}\n", *NAMED)
    assert (ready.code, ready.sums) == (0, {"contest": sums("Ada", "Ben")}) and '[expect]\n"Precinct" = [""]' in ready.text, ready.text


def test_marks_for_a_party_are_left_out_and_asked(made):  # noqa: F811
    file = "Precinct,Contest,Party,Candidate,Votes\n" + "".join(
        f"{place},Straight Party,DEM,,9\n{place},Mayor,DEM,Ada,{votes(place, 'Ada')}\n{place},Mayor,REP,Ben,{votes(place, 'Ben')}\n"
        for place in PLACES
    )
    ready = made(file)
    assert asks(ready, 'contest "Straight Party"') and ready.sums == {"Mayor": sums("Ada", "Ben")}, ready.text
    assert ready.report["rows"]["refused"] == 0
    kept = made(file, "--answer", 'contest "Straight Party"=no')
    assert kept.report["rows"]["refused"] == len(PLACES), kept.text


# ---- Numbers


@pytest.mark.parametrize("form, delimiter", [("{:,}.00", ","), ("{:,},00", ";"), ("'{}", ",")])
def test_numbers_as_spreadsheets_write_them_are_read(made, form, delimiter):  # noqa: F811
    def figure(place, name):
        text = form.format(5 * votes(place, name))
        return text.replace(",", ".", 1) if text.endswith(",00") and text.count(",") == 2 else text

    body = "".join(
        delimiter.join([place, name, f'"{figure(place, name)}"' if delimiter == "," else figure(place, name)]) + "\n"
        for place in PLACES
        for name in ("Ada", "Ben")
    )
    ready = made(delimiter.join(["Precinct", "Candidate", "Votes"]) + "\n" + body, *NAMED)
    assert (ready.code, ready.sums) == (0, {"contest": {name: 5 * total(name) for name in ("Ada", "Ben")}}), ready.text


def test_a_mark_behind_a_number_is_refused_by_its_words(made):  # noqa: F811
    ready = made(LONG + rows() + "Precinct 9,Mayor,Ada,12†\n")
    (fault,) = ready.report["faults"]
    assert (fault["line"], fault["found"]) == (18, '"12†"') and "has a mark behind its digits" in fault["detail"], fault


def test_a_point_that_may_begin_fractions_is_asked(made):  # noqa: F811
    body = rows(form="{place},Mayor,{name},{votes}.125\n")
    ready = made(LONG + body)
    assert asks(ready, "numbers point"), ready.text
    fractions = made(LONG + body, "--answer", "numbers point=fractions")
    assert fractions.report["rows"]["refused"] == 2 * len(PLACES), fractions.text
    assert "numbers point" not in made(LONG + body + "Precinct 9,Mayor,Ada,7\n").open


def test_a_printed_report_is_refused_by_name(tmp_path):
    report = "RILL COUNTY\n\n" + "".join(f"{place:<30}\n   Ada Moss{votes(place, 'Ada'):>12}   50.00%\n" for place in PLACES)
    done = subprocess.run([TELLER, "mapping", "new", write(tmp_path, report, "report.txt")], capture_output=True, text=True)
    assert done.returncode == 2 and "not cut into columns" in done.stderr and "save it as CSV" in done.stderr, done.stderr


# ---- Files beside each other, JSON


def test_a_column_that_some_members_of_a_zip_alone_have_is_asked(tmp_path):
    path = tmp_path / "counties.zip"
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("1-rill.csv", LONG + rows(places=PLACES[:4]))
        out.writestr(
            "2-dale.csv", "Votes,Contest,Candidate,Precinct,Provisional\n" + rows(form="{votes},Mayor,{name},{place},3\n", places=PLACES[4:])
        )
    ready = Made(tmp_path, path)
    assert asks(ready, "file columns") and 'only some of the files have "Provisional"' in ready.text, ready.text
    assert ready.sums == {"Mayor": sums("Ada", "Ben")}


def records():
    return [{"precinct": place, "candidate": name, "votes": votes(place, name)} for place in PLACES for name in ("Ada", "Ben")]


def nested():
    def contest(place):
        return {"title": "Mayor", "candidates": [{"name": name, "votes": votes(place, name)} for name in ("Ada", "Ben")]}

    return {"generated": "2026-05-03", "precincts": [{"name": place, "registered": 2000, "contests": [contest(place)]} for place in PLACES]}


@pytest.mark.parametrize(
    "text, contest",
    [
        (json.dumps(records()), "contest"),
        ("\n".join(map(json.dumps, records())) + "\n", "contest"),
        (json.dumps({"status": {"reporting": 8}, "results": records()}), "contest"),
        (json.dumps(nested(), indent=1), "Mayor"),
    ],
)
def test_json_is_read_wherever_its_records_stand(made, text, contest):  # noqa: F811
    ready = made(text, *(NAMED if contest == "contest" else []), name="file.json")
    if "json records" in ready.open:
        ready = made(text, *NAMED, "--answer", "json records=", name="file.json")
    assert (ready.code, ready.sums) == (0, {contest: sums("Ada", "Ben")}), ready.text + ready.said


def test_a_line_of_json_that_is_torn_is_named(made, tmp_path):  # noqa: F811
    lines = list(map(json.dumps, records()))
    ready = write(tmp_path, made("\n".join(lines), *NAMED, name="whole.json").text, "1.toml")
    lines[2] = lines[2].replace('"votes":', '"votes"')
    done = check([write(tmp_path, "\n".join(lines), "torn.json")], [ready])
    assert done.returncode == 2 and "file.damaged" in done.stderr and "line 3" in done.stderr, done.stderr


def test_several_files_of_json_are_read_together(tmp_path):
    half = len(records()) // 2
    files = [write(tmp_path, json.dumps(part), f"{i}.json") for i, part in enumerate((records()[:half], records()[half:]))]
    out = tmp_path / "mapping.toml"
    done = subprocess.run([TELLER, "mapping", "new", *files, "--out", out, *KNOWN, *NAMED], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    done = check(files, [out])
    assert done.returncode == 0 and json.loads(done.stdout)["sums"] == {"contest": sums("Ada", "Ben")}, done.stderr


def test_figures_of_some_places_alone_are_found_inside_those_of_all(made):  # noqa: F811
    def choices(place):
        return [{"candidate": name, "votes": votes(place, name)} for name in ("Ada", "Ben")] if place in PLACES[:3] else []

    text = json.dumps({"precincts": [{"name": place, "registered": 900, "choices": choices(place)} for place in PLACES]})
    ready = made(text, *NAMED, name="file.json")
    assert asks(ready, "json records") and ready.sums == {"contest": {name: total(name, PLACES[:3]) for name in ("Ada", "Ben")}}, ready.text


def test_objects_by_place_are_places_where_one_lacks_an_option(made):  # noqa: F811
    text = json.dumps({place: {name: votes(place, name) for name in ("Ada", "Ben", "Cy") if (place, name) != (PLACES[3], "Cy")} for place in PLACES})
    ready = made(text, *NAMED, name="file.json")
    right = {"Ada": total("Ada"), "Ben": total("Ben"), "Cy": total("Cy") - votes(PLACES[3], "Cy")}
    assert 'records = ["*"]' in ready.text and ready.sums == {"contest": right}, ready.text


def test_a_shorter_list_of_another_contest_is_asked(made):  # noqa: F811
    local = [{"precinct": place, "candidate": "Cy", "votes": 7} for place in PLACES[:2]]
    ready = made(json.dumps({"federal": records(), "local": local}), *NAMED, name="file.json")
    assert asks(ready, "json records") and ready.sums == {"contest": sums("Ada", "Ben")}, ready.text


def test_more_titles_than_rows_may_stand_above_a_table(made):  # noqa: F811
    titles = "Town of Rill\nMayor\nUnofficial results\nNovember 3 2026\nPrinted at noon\n"
    ready = made(titles + "Precinct,Ada,Ben\nP1,12,30\nP2,14,33\n", *NAMED)
    assert ready.sums == {"contest": {"Ada": 26, "Ben": 63}}, ready.text + ready.said


# ---- What looks like another thing


def test_a_column_of_codes_alone_is_refused(tmp_path):
    done = subprocess.run([TELLER, "mapping", "new", write(tmp_path, "101,\n102,\n103,\n")], capture_output=True, text=True)
    assert done.returncode == 2 and "no column names options" in done.stderr, done.stderr


LINES = """teller = "mapping/1"
[[unit]]
kind = "whole"
id = "all"
[[unit]]
kind = "precinct"
id = "{Precinct}"
[contest]
id = "%s"
[option]
id = "{Candidate}"
[method]
id = "all"
[votes]
column = "Votes"
"""


@pytest.mark.parametrize("is_second", [True, False])
def test_a_sum_of_parties_is_refused_by_its_own_mapping_among_several(tmp_path, is_second):
    plain = write(tmp_path, "Precinct,Candidate,Votes\nP1,Cy,5\nP1,Di,7\n", "a.csv")
    lines = "Precinct,Candidate,Party,Votes\nP1,Ada,DEM,200\nP1,Ada,WFP,90\nP1,Ada,Total,290\n"
    parties = write(tmp_path, lines, "b.csv")
    pairs = [
        (plain, write(tmp_path, LINES % "mayor", "plain.toml")),
        (parties, write(tmp_path, LINES % "clerk" + 'repeated = "add_parties"\n[party]\nid = "{Party}"\n', "parties.toml")),
    ]
    files, mappings = zip(*(pairs if is_second else reversed(pairs)), strict=True)
    done = check(files, mappings)
    assert done.returncode == 2 and 'parties.toml: the party "Total" is called a sum' in done.stderr, done.stderr
    write(tmp_path, lines.replace("P1,Ada,Total,290\n", ""), "b.csv")
    done = check(files, mappings)
    assert done.returncode == 0 and json.loads(done.stdout)["sums"]["clerk"] == {"Ada": 290}, done.stderr


def test_a_party_of_another_mapping_is_not_measured_by_the_first(tmp_path):
    party = '[party]\nid = "{Party}"\n'
    files = [
        write(tmp_path, "Precinct,Candidate,Party,Votes\nP1,Ada,DEM,200\nP1,Ada,WFP,90\n", "a.csv"),
        write(tmp_path, "Precinct,Candidate,Party,Votes\nP1,Eve,All,40\nP1,Fay,All,30\n", "b.csv"),
    ]
    mappings = [
        write(tmp_path, LINES % "clerk" + 'repeated = "add_parties"\n' + party, "clerk.toml"),
        write(tmp_path, LINES % "judge" + party, "judge.toml"),
    ]
    done = check(files, mappings)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["sums"] == {"clerk": {"Ada": 290}, "judge": {"Eve": 40, "Fay": 30}}


def test_rows_without_a_place_are_counted_for_each_column(tmp_path):
    body = "County,Precinct,Candidate,Votes\nA,P1,Ada,5\nA,P1,Ben,7\nA,,Ada,5\n,,Ada,5\n,,Ben,7\nA,,Ben,7\n"
    mapping = write(tmp_path, (LINES % "mayor") + '[leave_out]\nCounty = [""]\nPrecinct = [""]\n', "mapping.toml")
    done = subprocess.run([TELLER, "import", write(tmp_path, body), "--mapping", mapping, "--check"], capture_output=True, text=True)
    for rows_of, column in ((2, "County"), (4, "Precinct")):
        assert f'{rows_of} rows with figures and nothing in "{column}"' in done.stdout + done.stderr, done.stdout + done.stderr


def by_methods(*names):
    columns = [f"{name} {method}" for name in names for method in ("Early", "Absentee")]
    return header(*columns), {name: sum(total(f"{name} {method}") for method in ("Early", "Absentee")) for name in names}


def test_somebody_who_is_called_blanco_is_an_option_of_each_method(made):  # noqa: F811
    file, right = by_methods("Ada Moss", "Ben Blanco", "Cy Rook")
    ready = made(file, *NAMED)
    assert asks(ready, "method header") and ready.sums == {"contest": right}, ready.text


def test_undervotes_of_each_method_beside_options_are_never_dropped_in_silence(made):  # noqa: F811
    file, right = by_methods("Ada Moss", "Undervotes", "Ben Rook")
    ready = made(file, *NAMED)
    assert '"Undervotes" = "undervotes"' in ready.text and asks(ready, "method header"), ready.text
    assert {name: ready.sums["contest"].get(name) for name in ("Ada Moss", "Ben Rook")} == {name: right[name] for name in ("Ada Moss", "Ben Rook")}


def test_short_names_of_options_are_no_places(made):  # noqa: F811
    ready = made(header("SP", "IL", "VV"), *NAMED)
    assert ready.sums == {"contest": sums("SP", "IL", "VV")}, ready.text
    for names in (("Moss", "Ward", "Rook"), ("Moss", "Rook", "Ward"), ("Moss/Ward", "Rook/Vale")):
        (name,) = (name for name in names if "Ward" in name)
        ready = made(header(*names), *NAMED, "--answer", f'option "{name}"=yes')
        assert ready.sums == {"contest": sums(*names)}, ready.text
        assert asks(made(header(*names), *NAMED), f'option "{name}"')


@pytest.mark.parametrize("names", [("IL", "WI", "MI"), ("Division A", "Division B", "Division C"), ("Oak Hill", "Round Rock 1", "Round Rock 2")])
def test_places_beside_each_other_are_all_places(made, names):  # noqa: F811
    body = "".join(f"{name},{','.join(str(votes(place, name)) for place in PLACES[: len(names)])}\n" for name in ("Ada", "Ben", "Cy"))
    ready = made(f"Candidate,{','.join(names)}\n" + body, *NAMED)
    assert (ready.code, ready.report["sheets"]) == (0, len(names)), ready.text
    assert ready.sums == {"contest": {name: total(name, PLACES[: len(names)]) for name in ("Ada", "Ben", "Cy")}}, ready.text


def test_shares_that_are_nothing_are_no_votes(made):  # noqa: F811
    body = "".join(f"{place};{votes(place, 'SPD')};0,00;{votes(place, 'CDU')};0,00\n" for place in PLACES)
    ready = made("Gemeinde;SPD;Anteil SPD;CDU;Anteil CDU\n" + body, *NAMED)
    assert ready.sums == {"contest": sums("SPD", "CDU")} and "thousands" not in ready.text, ready.text


def test_texts_beside_options_are_not_taken_for_them(made):  # noqa: F811
    names = [f"{name} {method}" for name in ("Ada Moss", "Ben Rook") for method in ("Early", "Absentee")]
    body = "".join(f"{'North' if i % 2 else 'South'},{place},{','.join(str(votes(place, n)) for n in names)}\n" for i, place in enumerate(PLACES))
    ready = made(f"Neighborhood,Precinct,{','.join(names)}\n" + body, *NAMED)
    right = {name: total(name + " Early") + total(name + " Absentee") for name in ("Ada Moss", "Ben Rook")}
    assert "option column" not in ready.open and ready.sums == {"contest": right}, ready.text
    remarks = "".join(
        f"{place},{votes(place, 'Ada')},{votes(place, 'Ben')},{votes(place, 'Ada') + votes(place, 'Ben')},{'late' if i % 3 else 'ok'}\n"
        for i, place in enumerate(PLACES)
    )
    ready = made("Precinct,Ada,Ben,Votes,Remarks\n" + remarks, *NAMED)
    assert "option column" not in ready.open and ready.sums == {"contest": sums("Ada", "Ben")}, ready.text


def test_a_party_that_is_called_a_sum_and_stands_alone_is_asked(made):  # noqa: F811
    body = "".join(
        f"{place},Mayor,{name},{party},{votes(place, name)}\n{place},Judge,{judge},All,{votes(place, judge)}\n"
        for place in PLACES
        for name, party, judge in (("Ada", "DEM", "Cy"), ("Ben", "REP", "Di"))
    )
    ready = made("Precinct,Contest,Candidate,Party,Votes\n" + body)
    assert asks(ready, 'party "All"') and ready.sums == {"Mayor": sums("Ada", "Ben"), "Judge": sums("Cy", "Di")}, ready.text


def test_marks_for_a_party_behind_the_rows_that_were_kept_are_not_asked(made):  # noqa: F811
    places = [f"P{number}" for number in range(1, 700)]
    contests = {"Mayor": ("Ada", "Ben"), "Clerk": ("Cy", "Di"), "Straight Party": ("Democratic Party", "Republican Party")}
    body = "".join(f"{place},{title},{name},{len(name)}\n" for title, names in contests.items() for place in places for name in names)
    ready = made("Precinct,Contest,Candidate,Votes\n" + body)
    assert (ready.code, len(ready.sums)) == (0, 3), ready.text


def test_contests_of_one_option_each_are_contests_by_the_guess(made):  # noqa: F811
    ready = made(",Mayor,,Clerk,Sheriff\n" + header("Ada", "Ben", "Cy", "Di"))
    assert asks(ready, "contest header row"), ready.text
    assert ready.sums == {"Mayor": sums("Ada", "Ben"), "Clerk": sums("Cy"), "Sheriff": sums("Di")}, ready.text


def test_notes_and_empty_sheets_are_no_tables_of_votes(tmp_path):
    def table(names, places):
        return [["Precinct", *names], *([p, *(votes(p, name) for name in names)] for p in places)]

    notes = [["Unofficial"], ["as of noon"], ["printed by the clerk"], ["page 1"]]
    names = ("Ada", "Ben")
    book = xlsx(tmp_path / "notes.xlsx", {"North": table(names, PLACES[:4]), "South": table(names, PLACES[4:]), "Notes": notes})
    ready = Made(tmp_path, book, *NAMED, "--answer", "csv sheet=")
    assert 'sheets = ["North", "South"]' in ready.text and ready.sums == {"contest": sums(*names)}, ready.text + ready.said
    book = xlsx(tmp_path / "one.xlsx", {"Sheet1": table(names, PLACES), "Sheet2": [[""]], "Sheet3": [[""]]})
    ready = Made(tmp_path, book, *NAMED, "--answer", "csv sheet=")
    assert ready.sums == {"contest": sums(*names)}, ready.text + ready.said


@pytest.mark.parametrize("names", [("Ada Moss", "Change UK"), ("Change", "No change"), ("Movement for Democratic Change", "ZANU")])
def test_parties_that_are_called_by_words_of_figures_are_options(made, names):  # noqa: F811
    ready = made(LONG + rows(names), *["--answer", 'option "Change"=yes'] if "Change" in names else [])
    assert (ready.code, ready.sums) == (0, {"Mayor": sums(*names)}), ready.text


def test_points_in_figures_beside_the_votes_are_not_asked(made):  # noqa: F811
    body = "".join(f"{place};1.{votes(place, place)};{name};{votes(place, name)}\n" for place in PLACES for name in ("SPD", "CDU"))
    ready = made("Gemeinde;Wahlberechtigte;Partei;Stimmen\n" + body, *NAMED)
    assert (ready.code, ready.sums) == (0, {"contest": sums("SPD", "CDU")}), ready.text


def test_two_tables_without_titles_are_two_contests(made, tmp_path):  # noqa: F811
    file, path, ready = f"{header('Ada', 'Ben')}\n{header('Cy', 'Di')}", tmp_path / "night.csv", []
    for number in (1, 2):
        ready.append(write(tmp_path, made(file, "--answer", f"csv table={number}", *NAMED, name="night.csv").text, f"{number}.toml"))
    done = check([path, path], ready)
    assert done.returncode == 0 and list(json.loads(done.stdout)["sums"].values()) == [sums("Ada", "Ben"), sums("Cy", "Di")], done.stderr


def test_one_name_of_a_contest_in_capitals_is_one_name(tmp_path):
    files, mappings = [], []
    for title, name in (("Mayor", "Ada"), ("MAYOR", "Write-in")):
        files.append(write(tmp_path, f"Office,Precinct,Candidate,Votes\n{title},P1,{name},12\n{title},P2,{name},10\n", f"{name}.csv"))
        mappings.append(write(tmp_path, (LINES % "m").replace('id = "m"\n', 'id = "m"\nname = "{Office}"\n'), f"{name}.toml"))
    done = check(files, mappings)
    assert done.returncode == 0 and json.loads(done.stdout)["sums"] == {"m": {"Ada": 22, "Write-in": 22}}, done.stderr


# ---- Tables below each other, and what stands behind the last


BESIDE = """teller = "mapping/1"
[csv]
header_line = {line}
{last}
[[unit]]
kind = "whole"
id = "all"
[[unit]]
kind = "precinct"
id = "{{header}}"
[contest]
id = "mayor"
[option]
id = "{{Candidate}}"
[method]
id = "all"
[votes]
columns_from = "{first}01"
columns_to = "{first}03"
"""


def test_a_header_with_numbers_behind_a_table_is_none_of_its_rows(tmp_path):
    tables = [f"Ward {ward},,,\nCandidate,{ward}01,{ward}02,{ward}03\nAda,7,9,4\nBen,3,5,8\n" for ward in (1, 2)]
    path = write(tmp_path, "\n".join(tables))
    mappings = [
        write(tmp_path, BESIDE.format(line=2, last="last_line = 4", first=1), "1.toml"),
        write(tmp_path, BESIDE.format(line=7, last="", first=2), "2.toml"),
    ]
    done = check([path, path], mappings)
    assert done.returncode == 0 and json.loads(done.stdout)["sums"] == {"mayor": {"Ada": 40, "Ben": 32}}, done.stderr


@pytest.mark.parametrize("note", ["* provisional", '"* provisional",see note', "* provisional figures, subject to change"])
def test_rows_behind_a_note_are_never_left_out_in_silence(tmp_path, note):
    body = "Precinct,Candidate,Votes\nP1,Ada,5\nP1,Ben,7\n"
    mapping = write(tmp_path, (LINES % "mayor").replace("[[unit]]", "[csv]\nlast_line = 3\n[[unit]]", 1), "mapping.toml")
    done = check([write(tmp_path, f"{body}\n{note}\nP9,Ada,5\nP9,Ben,6\n")], [mapping])
    assert done.returncode == 2 and "line 6 stands behind the last line of the table" in done.stderr, done.stderr
    assert check([write(tmp_path, f"{body}\n{note}\n")], [mapping]).returncode == 0
