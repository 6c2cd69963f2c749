"""`teller mapping new`: a mapping from the file alone, which works without an edit, says why, and marks what only a person can decide."""

import json
import os
import pty
import re
import subprocess

import pytest

from conftest import TELLER, TREE, run

FIELD = TREE / "tests/fixtures/field"
SETS = TREE / "tests/fixtures/sets"
KNOWN = ["--name", "Test", "--date", "2026-05-03", "--time-zone", "UTC"]
MAYOR = {"Mayor": {"Ada Moss": 130, "Ben Rook": 110}}


class Made:
    """A mapping that was made of a file, and what the file comes to through it."""

    def __init__(self, folder, file, *more, known=KNOWN):
        out = folder / "mapping.toml"
        out.unlink(missing_ok=True)
        done = subprocess.run([TELLER, "mapping", "new", file, "--out", out, *known, *more], capture_output=True, text=True, timeout=60)
        self.code, self.said = done.returncode, done.stderr
        self.text = out.read_text() if out.exists() else ""
        self.open = re.findall(r"^# \? (.*?): ", self.text, re.MULTILINE)
        if not self.text:
            return
        done = subprocess.run([TELLER, "import", file, "--mapping", out, "--check", "--json"], capture_output=True, text=True, timeout=60)
        self.refused = done.stderr
        self.report = json.loads(done.stdout or "{}")
        self.sums = self.report.get("sums")


@pytest.fixture
def made(tmp_path):
    return lambda file, *more, **options: Made(tmp_path, file, *more, **options)


def write(folder, text, name="file.csv"):
    path = folder / name
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    "file", ["clean.csv", "08-encodings/utf16le-bom.csv", "08-encodings/cr-only.csv", "08-encodings/crlf.csv", "17-archives/results.xlsx"]
)
def test_an_ordinary_file_needs_nobody(made, file):
    ready = made(FIELD / file)
    assert (ready.code, ready.open, ready.sums) == (0, [], MAYOR), ready.text + ready.said


def test_an_encoding_that_is_only_likely_is_written_down(made):
    ready = made(FIELD / "08-encodings/big5.csv")
    assert ready.sums == {"縣長": {"許育恒": 130, "陳本祿": 110}} and 'encoding = "BIG5"' in ready.text
    assert ready.text.count("it was read as BIG5") == 1 and ready.report["notes"] == []


def test_what_no_cell_says_is_a_question_and_the_exit_code_says_so(made):
    ready = made(FIELD / "clean.csv", known=[])
    assert (ready.code, ready.open) == (1, ["election name", "election date", "election time_zone"])
    assert ready.sums == MAYOR and "? election date: when was the election" in ready.said


def test_each_guess_says_which_cells_it_saw(made):
    text = made(FIELD / "clean.csv").text
    assert '# column "candidate" (as "Ada Moss" on line 2) names options: its name says so' in text
    assert '# column "votes" (as "120" on line 2) has the votes: 4 of 4 cells that are filled are numbers' in text
    assert "# cut at a comma, 5 of the first 5 lines have 5 fields; line 1 names the columns" in text
    assert "# Tried on the whole file: votes: 240; 1 contests" in text


@pytest.mark.parametrize(
    "file, sums",
    [
        ("01-thousands/comma.csv", {"Mayor": {"Ada Moss": 2348, "Ben Rook": 1010}}),
        ("01-thousands/kinds.csv", {"Mayor": {"Ada Moss": 3 * 1346, "Ben Rook": 3 * 1346}}),
        ("04-total-rows/totals.csv", MAYOR),
        ("08-encodings/cp1252.csv", {"Mayor": {"José Muñoz": 120, "Ben Rook": 80}}),
        ("15-preamble/preamble.csv", {"Mayor": {"Ada Moss": 120, "Ben Rook": 80}}),
        ("15-preamble/merged.csv", {"Mayor": {"Ada Moss": 130, "Ben Rook": 110}, "Council": {"Cy Vale": 65, "Di Wren": 96}}),
        ("21-local-contest/sheriff.csv", {"President": {"Ada Moss": 127}, "Rill Sheriff": {"Cy Vale": 100}, "Dale Sheriff": {"Di Wren": 5}}),
        ("23-rtl/rtl.csv", {"contest": {"אבי כהן": 15}}),
        ("27-empty-rows/commas.csv", {"Mayor": {"Ada Moss": 120}}),
        ("31-silent-mapping/total-candidate.csv", {"Mayor": {"Ada Moss": 120, "Ben Rook": 80}}),
        ("09-masks/masks.csv", {"Mayor": {"Ada Moss": 1500, "Ben Rook": 800}}),
        ("22-x/x.csv", {"Senate 3": {"Ada Moss": 12}}),
        ("34-ragged/trailing.csv", {"Mayor": {"Ada Moss": 130, "Ben Rook": 80}}),
        ("17-archives/folders.zip", {"Mayor": {"Ada Moss": 260, "Ben Rook": 220}}),
    ],
)
def test_files_as_offices_send_them_come_in_right_by_the_guess(made, file, sums):
    ready = made(FIELD / file)
    assert ready.sums == sums, ready.text + ready.refused


def test_options_beside_each_other_come_with_the_figures_beside_them(made):
    ready = made(FIELD / "16-wide/wide.csv")
    assert ready.sums == {"contest": {"A": 130, "B": 110, "C": 8}} and ready.open == ["contest name"]
    assert 'registered = "registered"' in ready.text and 'invalid = "invalid"' in ready.text


def figures(ready):
    """The [sheet] of the mapping that was made."""
    return dict(re.findall(r'^(registered|cards|invalid|blank) = "(.*)"$', ready.text.partition("[sheet]")[2], re.MULTILINE))


@pytest.mark.parametrize(
    "language, options, sheet",
    [
        (
            "german",
            {"Grau": 480, "Moos": 305, "Rook": 200, "Vale": 130},
            {"registered": "Wahlberechtigte", "cards": "Abgegebene Stimmen", "invalid": "Ungültige"},
        ),
        (
            "french",
            {"MOUSSE Ada": 317, "ROOK Ben": 250, "VALE Cy": 190},
            {"registered": "Inscrits", "cards": "Votants", "invalid": "Nuls", "blank": "Blancs"},
        ),
        (
            "spanish",
            {"Musgo": 440, "Torre": 310, "Valle": 220},
            {"registered": "Censo", "cards": "Votantes", "invalid": "Votos nulos", "blank": "Votos en blanco"},
        ),
        (
            "dutch",
            {"Partij Mos": 487, "Partij Toren": 270},
            {"registered": "Kiesgerechtigden", "cards": "Opkomst", "invalid": "OngeldigeStemmen", "blank": "BlancoStemmen"},
        ),
        (
            "chinese",
            {"(1) 林安妲": 730, "(2) 陳本": 660},
            {"registered": "選舉人數G G=E+F", "cards": "投票數C C=A+B", "invalid": "無效票數B"},
        ),
        (
            "english",
            {"Ada Moss": 540, "Ben Rook": 400, "Write-ins": 25},
            {"registered": "Registered", "cards": "Total votes", "invalid": "Invalid"},
        ),
    ],
)
def test_sums_and_the_electorate_beside_the_options_are_no_options_in_any_language(made, language, options, sheet):
    ready = made(FIELD / f"36-figures-beside/{language}.csv")
    assert ready.sums == {"contest": options}, ready.text + ready.refused
    assert figures(ready) == sheet and ready.open == ["contest name"], ready.text


def test_options_whose_names_stand_beside_their_votes_are_read_by_them(made):
    """The last place has one option less: there is neither a name nor a figure."""
    ready = made(FIELD / "36-figures-beside/numbered.csv")
    assert ready.sums == {"contest": {"MOUSSE Ada": 487, "ROOK Ben": 210}} and ready.report["faults"] == [], ready.text
    assert 'from = "Numéro de panneau 1"' in ready.text and 'to = "Elu 1"' in ready.text and 'sum_column = "Exprimés"' in ready.text
    assert 'id = "{Nom candidat 1} {Prénom candidat 1}"' in ready.text and 'id = "{Nuance candidat 1}"' in ready.text
    assert figures(ready) == {"registered": "Inscrits", "cards": "Votants", "invalid": "Nuls", "blank": "Blancs"}


def test_numbered_options_without_a_party_are_read_by_their_names(made, tmp_path):
    ready = made(write(tmp_path, "precinct,name_1,votes_1,name_2,votes_2\nP1,Ada Moss,60,Ben Rook,40\nP2,Ada Moss,30,Ben Rook,35\n"))
    assert ready.sums == {"contest": {"Ada Moss": 90, "Ben Rook": 75}} and 'name_columns = ["name_1", "name_2"]' in ready.text, ready.text


def test_numbered_options_bring_their_parties(made, tmp_path):
    rows = "P1,Ada Moss,Green,60,Ben Rook,Grey,40\nP2,Ada Moss,Green,30,Ben Rook,Grey,35\n"
    path = write(tmp_path, "precinct,candidate_1,party_1,votes_1,candidate_2,party_2,votes_2\n" + rows)
    ready = made(path)
    assert ready.sums == {"contest": {"Ada Moss": 90, "Ben Rook": 75}} and ready.open == ["contest name"], ready.text
    (tmp_path / "m.toml").write_text(ready.text)
    run("import", path, "--mapping", tmp_path / "m.toml", "--write-rules", tmp_path / "rules.json")
    rules = json.loads((tmp_path / "rules.json").read_text())
    assert [(one["id"], one["parties"]) for one in rules["contests"][0]["options"]] == [("Ada Moss", ["Green"]), ("Ben Rook", ["Grey"])]


@pytest.mark.parametrize("header", ["short", "padded", "repeated"])
def test_groups_of_columns_are_found_though_the_header_names_the_first_one_alone(made, tmp_path, header):
    """As France publishes its polling places. In the last one an option less stands."""
    first, *rows = (FIELD / "36-figures-beside/groups.csv").read_text().splitlines()
    if header == "padded":
        first, rows = first + 14 * ";", [*rows[:2], rows[2] + 7 * ";"]
    elif header == "repeated":
        group = ";" + ";".join(first.split(";")[-7:])
        first, rows = first + 2 * group, [*rows[:2], rows[2] + 7 * ";"]
    ready = made(write(tmp_path, "\n".join([first, *rows]) + "\n"))
    assert ready.sums == {"contest": {"MOUSSE Ada": 410, "ROOK Ben": 207, "VALE Cy": 80}} and ready.report["faults"] == [], ready.text + ready.said
    assert 'from = "N°Panneau"' in ready.text and 'to = "% Voix/Exp"' in ready.text and 'sum_column = "Exprimés"' in ready.text, ready.text
    assert figures(ready) == {"registered": "Inscrits", "cards": "Votants", "invalid": "Nuls", "blank": "Blancs"}
    assert ready.open == ["contest name"], ready.text


def test_of_several_columns_of_the_electorate_the_whole_is_taken(made):
    ready = made(FIELD / "36-figures-beside/parts.csv")
    assert ready.sums == {"Stadtrat": {"Graue Partei": 420, "Liste Moos": 255, "Rook": 170, "Sonstige": 120}} and ready.open == ["votes others"]
    assert figures(ready) == {"registered": "Wahlberechtigte insgesamt", "cards": "Wähler", "invalid": "Ungültige Stimmen"}


def test_a_sum_is_found_by_arithmetic_where_no_name_says_it_and_the_mapping_says_of_what(made):
    ready = made(FIELD / "36-figures-beside/unnamed.csv")
    assert ready.sums == {"contest": {"Moos": 540, "Rook": 400, "Vale": 25}}, ready.text
    assert figures(ready) == {"registered": "K1", "cards": "K3", "invalid": "K4"} and 'sum_column = "K5"' in ready.text
    assert '# column "K3" is in every row the sum of "K4", "K5": these are the ballots' in ready.text
    assert '# column "K1" is in every row the sum of "K2", "K3": these are the registered voters' in ready.text
    assert 'sheet "K4"' in ready.open
    answered = made(FIELD / "36-figures-beside/unnamed.csv", "--answer", 'sheet "K4"=blank')
    assert figures(answered)["blank"] == "K4" and 'sheet "K4"' not in answered.open


def test_what_is_not_in_the_sum_of_the_options_is_asked(made):
    ready = made(FIELD / "36-figures-beside/codes.csv")
    assert ready.sums == {"contest": {"D1": 540, "D2": 400, "D3": 25}}, ready.text
    assert "votes others" in ready.open and '# column "A" is in every row the sum of "A1", "A2", "A3": it is left out' in ready.text


def test_an_option_that_a_sum_leaves_out_can_be_said_to_be_one(made, tmp_path):
    path = write(tmp_path, "precinct,Ada,Ben,Cy,Valid,Di\nP1,100,40,3,143,7\nP2,90,60,2,152,4\nP3,80,75,1,156,9\n")
    asked = made(path)
    assert asked.sums == {"contest": {"Ada": 270, "Ben": 175, "Cy": 6}} and "votes others" in asked.open, asked.text
    answered = made(path, "--answer", "votes others=yes")
    assert answered.sums == {"contest": {"Ada": 270, "Ben": 175, "Cy": 6, "Di": 20}} and "votes others" not in answered.open, answered.text


def test_the_sum_of_a_group_of_options_takes_no_other_option_away(made, tmp_path):
    rows = "".join(f"P{i},{100 + i},{40 + 3 * i},{140 + 4 * i},{60 + 7 * i},{9 + i * i},{30 + 2 * i}\n" for i in range(1, 6))
    ready = made(write(tmp_path, "precinct,Ada,Ben,Bloc,Cy,Di,Eve\n" + rows))
    assert set(ready.sums["contest"]) == {"Ada", "Ben", "Cy", "Di", "Eve"}, ready.text
    assert '# column "Bloc" is in every row the sum of "Ada", "Ben": it is left out' in ready.text


def test_a_share_is_neither_an_option_nor_a_place(made, tmp_path):
    ready = made(write(tmp_path, "Zelle;Moos;M. in v.H.;Rook;R. in v.H.\nA;60;60,0;40;40,0\nB;30;50,0;30;50,0\n"))
    assert ready.sums == {"contest": {"Moos": 90, "Rook": 70}} and 'id = "{Zelle}"' in ready.text, ready.text


@pytest.mark.parametrize(
    "name",
    [
        "Sprengel",
        "Wahlsprengel",
        "Wahlbezirk",
        "Wahllokal",
        "Stimmbezirk-Nr.",
        "Bureau de vote",
        "Libellé de la commune",
        "SECCIÓN",
        "Mesa",
        "Gemeente",
        "Stembureau",
        "投開票所別",
        "投票所",
        "Wahlbezirksname",
    ],
)
def test_places_are_known_in_other_languages(made, tmp_path, name):
    ready = made(write(tmp_path, f"{name};Moos;Rook\n101;60;40\n102;30;35\n103;20;70\n"))
    assert ready.open == ["contest name"] and f'id = "{{{name}}}"' in ready.text, ready.text
    assert ready.sums == {"contest": {"Moos": 110, "Rook": 145}}


@pytest.mark.parametrize(
    "file, key, units, sums",
    [
        ("numbers", "unit columns", ["all", "{Xyz}"], {"Moos": 320, "Rook": 210}),
        ("text", "unit columns", ["all", "{Sektor}", "{Zelle}"], {"Ada Moss": 240, "Ben Rook": 210}),
        ("one-place", "unit id", ["all"], {"Ada Moss": 100, "Ben Rook": 90}),
        ("parties", None, ["all", "{Gemeinde}"], {"Grau": 220, "Moos": 140}),
        ("code-and-name", None, ["all", "{Gemeindename}", "{Wahllokal Nr.}"], {"Moos": 240, "Rook": 195}),
    ],
)
def test_where_no_name_says_place_it_is_guessed_and_asked_and_not_refused(made, file, key, units, sums):
    ready = made(FIELD / f"37-places/{file}.csv")
    assert set(ready.open) == {"contest name", key} - {None}, ready.text + ready.said
    assert re.findall(r'^id = "(.*)"$', ready.text.partition("[contest]")[0], re.MULTILINE) == units
    assert ready.sums == {"contest": sums}


def test_a_person_can_say_which_column_is_the_place(made):
    ready = made(FIELD / "37-places/text.csv", "--answer", "unit columns=Zelle")
    assert ready.open == ["contest name"] and "{Zelle}" in ready.text and 'id = "{Sektor}"' not in ready.text, ready.text
    named = made(FIELD / "37-places/one-place.csv", "--answer", "unit id=rill")
    assert named.open == ["contest name"] and 'id = "rill"' in named.text


def test_a_mask_that_may_mean_several_things_is_asked_and_can_be_answered(made):
    asked = made(FIELD / "22-x/x.csv")
    assert asked.code == 1 and any(key.startswith("votes mask") for key in asked.open), asked.text
    key = next(key for key in asked.open if key.startswith("votes mask"))
    answers = [word for one in asked.open for word in ("--answer", f"{one}=unknown")]
    answered = made(FIELD / "22-x/x.csv", *answers)
    assert key not in answered.open and "unknown = [" in answered.text


@pytest.mark.parametrize("name", ["georgia-2022-runoff", "georgia-2024-county", "georgia-2024-precinct", "maryland-2024", "us-2024-president"])
def test_published_forms_are_read_by_the_guess_to_the_last_vote(made, name):
    ready = made(SETS / f"{name}.csv")
    by_hand = subprocess.run(
        [TELLER, "import", SETS / f"{name}.csv", "--mapping", TREE / f"examples/mappings/{name}.toml", "--check", "--json"],
        capture_output=True,
        text=True,
    )
    right = json.loads(by_hand.stdout)["sums"]
    # Votes for nobody may be for anybody: no cell says that they are write-ins, and the row is named.
    nobody = 4 if name == "us-2024-president" else 0
    assert [fault["detail"] for fault in ready.report["faults"]] == [
        "the option is empty; where the cell above is meant, name the column in fill_down in [csv], "
        "and leave out what is no row of results with [leave_out]"
    ] * bool(nobody)
    assert sum(sum(one.values()) for one in ready.sums.values()) + nobody == sum(sum(one.values()) for one in right.values()), ready.text


def test_lines_of_one_candidate_are_added_and_sums_of_methods_left_out(made):
    ready = made(SETS / "connecticut-2024.csv")
    president = next(options for name, options in ready.sums.items() if name.startswith("US PRESIDENT"))
    assert president == {"ADA MOSS": 542, "BEN ROOK": 624}, ready.text
    assert 'repeated = "add_parties"' in ready.text and '"mode" = ["TOTAL"]' in ready.text


def test_the_sheet_with_most_numbers_is_taken_and_asked(made, tmp_path):
    from test_field_files import row
    from workbooks import xlsx

    cells = ["place", "candidate", "votes", "Old mill", "Ada", "About"]
    head = row(1, *(f'<c r="{letter}?" t="s"><v>{i}</v></c>' for i, letter in enumerate("ABC")))
    votes = row(2, '<c r="A?" t="s"><v>3</v></c><c r="B?" t="s"><v>4</v></c><c r="C?"><v>12</v></c>')
    path = xlsx(tmp_path / "two.xlsx", {"Notes": row(1, '<c r="A?" t="s"><v>5</v></c>'), "Votes": head + votes}, cells)
    ready = made(path)
    assert 'sheet = "Votes"' in ready.text and "csv sheet" in ready.open and ready.sums == {"Votes": {"Ada": 12}}
    ready = made(path, "--sheet", "Votes")
    assert 'sheet = "Votes"' in ready.text and "csv sheet" not in ready.open and ready.sums == {"Votes": {"Ada": 12}}
    assert made(path, "--sheet", "Notes").code == 2 and made(path, "--sheet", "Voters").code == 2


def test_a_mapping_that_is_there_is_not_written_over(tmp_path):
    out = write(tmp_path, "mine", "mapping.toml")
    done = subprocess.run([TELLER, "mapping", "new", FIELD / "clean.csv", "--out", out], capture_output=True, text=True)
    assert done.returncode == 3 and "output.unwritable" in done.stderr and out.read_text() == "mine"


def test_a_file_without_figures_is_refused_by_name(tmp_path):
    path = write(tmp_path, "place,candidate\nOld mill,Ada\n")
    done = subprocess.run([TELLER, "mapping", "new", path], capture_output=True, text=True)
    assert done.returncode == 2 and "mapping.invalid" in done.stderr and "no column of the file has numbers" in done.stderr


def test_json_without_a_number_is_refused(tmp_path):
    path = write(tmp_path, '\n{"Data": [{"place": "Old mill", "candidate": "Ada"}]}\n', "file.json")
    done = subprocess.run([TELLER, "mapping", "new", path], capture_output=True, text=True)
    assert done.returncode == 2 and "mapping.invalid: the file is JSON, and no object in it has a number" in done.stderr


def test_at_a_terminal_it_asks(tmp_path):
    out = tmp_path / "mapping.toml"
    ours, its = pty.openpty()
    process = subprocess.Popen([TELLER, "mapping", "new", FIELD / "clean.csv", "--out", out], stdin=its, stdout=subprocess.DEVNULL, stderr=its)
    os.close(its)
    said = b""
    try:
        for answer in (b"Council of Rill\n", b"2026-05-17\n", b"\n"):
            while not said.rstrip().endswith(b"]"):
                said += os.read(ours, 65536)
            os.write(ours, answer)
            said += b" answered"
        while part := os.read(ours, 65536):
            said += part
    except OSError:
        pass  # EIO: nobody has the other end any more.
    os.close(ours)
    assert process.wait(timeout=60) == 0, said.decode()
    text = out.read_text()
    assert 'name = "Council of Rill"' in text and 'date = "2026-05-17"' in text and 'time_zone = "UTC"' in text and "# ?" not in text


def test_with_no_questions_it_asks_nothing_at_a_terminal_either(tmp_path):
    out = tmp_path / "mapping.toml"
    ours, its = pty.openpty()
    try:
        done = subprocess.run([TELLER, "mapping", "new", FIELD / "clean.csv", "--no-questions", "--out", out], stdin=its, stderr=its, timeout=60)
    finally:
        os.close(its)
        os.close(ours)
    assert done.returncode == 1 and "# ? election name" in out.read_text()
