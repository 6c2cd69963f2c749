"""What stands among the options and is none, and options that are called like it: blank and rejected votes, ballots and sums by their names in many
languages; people who are called Blanco, Summers or Maile."""

import random

import pytest

from conftest import run
from mappings import ELECTION, mapping_of
from test_mapping_new import Made, write

PLACES = [f"Ward {number}" for number in range(1, 8)]
CONTESTS = {"Mayor": ["Ada Byron (DEM)", "Ben Rook (REP)"], "Council, vote for 2": ["Cal Vane", "Dee Orr", "Eve Poe"]}


@pytest.fixture
def made(tmp_path):
    def make(text, *more):
        return Made(tmp_path, write(tmp_path, text), *more)

    return make


def night(seed=4):
    """{(place, contest): figures}, of which votes, blanks and the like go together."""
    chance = random.Random(seed)
    figures = {}
    for place in PLACES:
        cast = chance.randint(200, 390)
        for contest, options in CONTESTS.items():
            seats = 2 if "2" in contest else 1
            blank, rejected, over = chance.randint(1, 9), chance.randint(1, 5), chance.randint(0, 4)
            allowed = (cast - blank - rejected - over) * seats
            left = allowed - chance.randint(0, 20)
            cuts = [0, *sorted(chance.randint(0, left) for _ in options[1:]), left]
            votes = {option: to - start for option, start, to in zip(options, cuts, cuts[1:], strict=False)}
            figures[place, contest] = {
                "before": {"Registered Voters": 600, "Times Cast": cast},
                "votes": votes,
                "behind": {"Undervotes": allowed - left, "Overvotes": over, "Blank": blank, "Rejected": rejected},
                "all": left,
            }
    return figures


def sums(figures):
    return {
        contest: {option: sum(figures[place, contest]["votes"][option] for place in PLACES) for option in options}
        for contest, options in CONTESTS.items()
    }


def in_rows(rows):
    return "".join(",".join(f'"{cell}"' if "," in str(cell) else str(cell) for cell in row) + "\n" for row in rows)


def test_what_a_scanner_reports_beside_the_candidates_is_no_candidate(made):
    figures = night()
    rows = [["Precinct", "Contest", "Choice", "Total Votes"]]
    for (place, contest), of in figures.items():
        rows += [[place, contest, name, figure] for name, figure in {**of["before"], **of["votes"], **of["behind"], "Total Votes": of["all"]}.items()]
    ready = made(in_rows(rows))
    assert (ready.code, ready.sums) == (0, sums(figures)), ready.text
    for line in ('"Times Cast" = "cards"', '"Blank" = "blank"', '"Rejected" = "invalid"', '"Undervotes" = "undervotes"'):
        assert line in ready.text


def test_nor_is_it_one_in_two_rows_of_a_header(made):
    figures = night()
    head, below, rows = ["Precinct"], [""], []
    for contest in CONTESTS:
        of = figures[PLACES[0], contest]
        names = [*of["before"], *of["votes"], *of["behind"], "Total Votes"]
        head += [contest] + [""] * (len(names) - 1)
        below += names
    for place in PLACES:
        row = [place]
        for contest in CONTESTS:
            of = figures[place, contest]
            row += [*of["before"].values(), *of["votes"].values(), *of["behind"].values(), of["all"]]
        rows.append(row)
    ready = made(in_rows([head, below, *rows]))
    assert (ready.code, ready.sums) == (0, sums(figures)), ready.text


@pytest.mark.parametrize("whole", [True, False])
def test_a_contest_may_stand_last_in_the_names_of_columns(made, whole):
    figures = night()
    head, rows = ["Precinct"], []
    for contest in CONTESTS:
        of = figures[PLACES[0], contest]
        head += [f"{name} - {contest}" for name in ({**of["before"], **of["votes"], **of["behind"]} if whole else of["votes"])]
    for place in PLACES:
        row = [place]
        for contest in CONTESTS:
            of = figures[place, contest]
            row += ({**of["before"], **of["votes"], **of["behind"]} if whole else of["votes"]).values()
        rows.append(row)
    ready = made(in_rows([head, *rows]))
    assert ready.code == 1 and ready.open == ["contest header"] and "behind" in ready.text, ready.text
    expected = sums(figures)
    expected["Mayor"] = {option.partition(" (")[0]: figure for option, figure in expected["Mayor"].items()}
    assert {contest: {name.partition(" (")[0]: figure for name, figure in of.items()} for contest, of in ready.sums.items()} == expected, ready.text


@pytest.mark.parametrize(
    "names",
    [
        ("Votos en blanco", "Votos nulos"),
        ("Blanco", "Nulo"),
        ("leer", "ungültig"),
        ("Blancs", "Nuls"),
        ("白票", "無效票"),
        ("空白票", "廢票"),
        ("Blank/Void", "Undervotes"),
        ("Blank", "Rejected"),
    ],
)
def test_blank_and_rejected_votes_are_figures_and_never_counted_in_silence(made, tmp_path, names):
    figures = night()
    rows = [["Precinct", "Candidate", "Votes"]]
    for place in PLACES:
        of = figures[place, "Mayor"]
        rows += [[place, *one] for one in of["votes"].items()] + [
            [place, names[0], of["behind"]["Blank"]],
            [place, names[1], of["behind"]["Rejected"]],
        ]
    ready = made(in_rows(rows))
    assert ready.sums == {"contest": sums(figures)["Mayor"]} and ready.open == ["contest name"], ready.text
    # A mapping by hand that takes them for options is refused.
    text = 'teller = "mapping/1"\n' + ELECTION + '[[unit]]\nkind = "city"\nid = "city"\n[[unit]]\nkind = "ward"\nid = "{Precinct}"\n'
    text += '[contest]\nid = "mayor"\n[option]\nid = "{Candidate}"\n[method]\nid = "all"\n[votes]\ncolumn = "Votes"\n'
    (tmp_path / "hand.toml").write_text(text)
    _, err = run("import", tmp_path / "file.csv", "--mapping", tmp_path / "hand.toml", "--check", code=2)
    assert "is called like a figure of the unit" in err and "[option.figures]" in err


@pytest.mark.parametrize("name", ["Abstention", "Enthaltung", "Impugnados", "UV", "Under/Over Votes", "Exhausted"])
def test_what_may_be_no_option_is_asked(made, name):
    figures = night()
    rows = [["Precinct", "Contest", "Candidate", "Votes"]]
    for place in PLACES:
        rows += [[place, "Mayor", *one] for one in [*figures[place, "Mayor"]["votes"].items(), (name, 7)]]
    ready = made(in_rows(rows))
    assert ready.code == 1 and f'option "{name}"' in ready.open and ready.sums == {"Mayor": sums(figures)["Mayor"]}, ready.text


PEOPLE = ["Summers", "Sumner", "Sommer", "Totally Tom", "Maile", "Earl Early", "Polls", "Maria Suma", "Rosa Blanco", "LeBlanc", "Turner"]


def test_people_are_candidates_whatever_they_are_called(made):
    rows = [["Precinct", "Contest", "Candidate", "Votes"]]
    chance = random.Random(5)
    votes = {(place, name): chance.randint(20, 90) for place in PLACES for name in PEOPLE}
    rows += [[place, "Mayor", name, figure] for (place, name), figure in votes.items()]
    expected = {name: sum(votes[place, name] for place in PLACES) for name in PEOPLE}
    ready = made(in_rows(rows))
    assert (ready.code, ready.open, ready.sums) == (0, [], {"Mayor": expected}), ready.text
    wide = [["Precinct", *PEOPLE], *[[place, *[votes[place, name] for name in PEOPLE]] for place in PLACES]]
    ready = made(in_rows(wide))
    assert (ready.open, ready.sums) == (["contest name"], {"contest": expected}), ready.text


@pytest.mark.parametrize("is_wide", [True, False])
def test_of_a_name_that_is_a_figure_and_a_surname_a_person_is_asked(made, is_wide):
    chance = random.Random(6)
    names = ["Moss", "Rook", "Blanco"]
    votes = {(place, name): chance.randint(20, 90) for place in PLACES for name in names}
    expected = {name: sum(votes[place, name] for place in PLACES) for name in names}
    rows = [["Precinct", *names], *[[place, *[votes[place, name] for name in names]] for place in PLACES]]
    if not is_wide:
        rows = [["Precinct", "Candidate", "Votes"], *[[place, name, figure] for (place, name), figure in votes.items()]]
    ready = made(in_rows(rows))
    assert 'option "Blanco"' in ready.open and ready.sums == {"contest": expected}, ready.text
    answered = made(in_rows(rows), "--answer", 'option "Blanco"=no')
    assert answered.sums == {"contest": {name: expected[name] for name in names[:2]}} and '"Blanco" = "blank"' in answered.text, answered.text


# ---- Methods that are the sum of others


def by_method(name, mistakes=(), missing=(), parts=("Day", "Early", "Mail")):
    chance = random.Random(7)
    rows = []
    for place in PLACES:
        for option in ("Ada", "Ben", "Cy"):
            figures = [chance.randint(1, 40) for _ in parts]
            if place not in missing:
                rows.append(("Lee", place, "Mayor", option, name, sum(figures) + (3 if (place, option) in mistakes else 0)))
            rows += [("Lee", place, "Mayor", option, part, figure) for part, figure in zip(parts, figures, strict=True)]
    return rows


@pytest.mark.parametrize("name", ["Total", "Combined", "All methods", "X"])
@pytest.mark.parametrize("fault", [{"mistakes": [("Ward 2", "Ada")]}, {"missing": ["Ward 3"]}, {}])
def test_a_method_that_is_the_sum_of_the_others_is_found_where_one_figure_is_off(tmp_path, name, fault):
    rows = by_method(name, **fault)
    (tmp_path / "file.csv").write_text("county,precinct,office,candidate,mode,votes\n" + in_rows(rows))
    (tmp_path / "mapping.toml").write_text(mapping_of(ELECTION, method='[method]\nid = "{mode}"\n'))
    _, err = run("import", tmp_path / "file.csv", "--mapping", tmp_path / "mapping.toml", "--check", code=2)
    assert f'the method "{name}" is' in err and "counted twice" in err


def test_the_sum_of_methods_in_another_file_of_the_delivery_is_found(tmp_path):
    rows = by_method("All methods", mistakes=[("Ward 2", "Ada")])
    head = "county,precinct,office,candidate,mode,votes\n"
    (tmp_path / "a.csv").write_text(head + in_rows(row for row in rows if row[4] != "All methods"))
    (tmp_path / "b.csv").write_text(head + in_rows(row for row in rows if row[4] == "All methods"))
    (tmp_path / "mapping.toml").write_text(mapping_of(ELECTION, method='[method]\nid = "{mode}"\n'))
    _, err = run("import", tmp_path / "a.csv", tmp_path / "b.csv", "--mapping", tmp_path / "mapping.toml", "--check", code=2)
    assert 'the method "All methods" is the sum of all others in 20 of 21 figures' in err


def test_all_methods_beside_one_is_counted_twice_whatever_its_figures_are(tmp_path):
    rows = [row for row in by_method("All methods") if row[4] in ("Day", "All methods")]
    (tmp_path / "file.csv").write_text("county,precinct,office,candidate,mode,votes\n" + in_rows(rows))
    (tmp_path / "mapping.toml").write_text(mapping_of(ELECTION, method='[method]\nid = "{mode}"\n'))
    _, err = run("import", tmp_path / "file.csv", "--mapping", tmp_path / "mapping.toml", "--check", code=2)
    assert 'the method "All methods" is called a total and stands beside 1 others' in err


def test_a_place_called_as_a_word_for_a_sum_is_a_place(tmp_path):
    rows = [
        ("Lee", place, "Mayor", option, "all", votes) for place, votes in (("Aisne", 100), ("Oise", 80), ("Somme", 61)) for option in ("Ada", "Ben")
    ]
    (tmp_path / "file.csv").write_text("county,precinct,office,candidate,mode,votes\n" + in_rows(rows))
    (tmp_path / "mapping.toml").write_text(mapping_of(ELECTION, method='[method]\nid = "all"\n'))
    run("import", tmp_path / "file.csv", "--mapping", tmp_path / "mapping.toml", "--check")


def test_a_contest_that_is_the_sum_of_another_is_no_contest(made, tmp_path):
    figures = night()
    rows = [["Precinct", "Contest", "Candidate", "Votes"]]
    for place in PLACES:
        of = figures[place, "Mayor"]
        rows += [[place, "Mayor", *one] for one in of["votes"].items()] + [[place, "Mayor Total", "All candidates", of["all"]]]
    ready = made(in_rows(rows))
    assert ready.code == 1 and 'option "All candidates"' in ready.open and ready.sums == {"Mayor": sums(figures)["Mayor"]}, ready.text
    (tmp_path / "hand.toml").write_text(
        ready.text.replace('skip = ["All candidates"]', "")  # As somebody writes it who does not see it.
    )
    _, err = run("import", tmp_path / "file.csv", "--mapping", tmp_path / "hand.toml", "--check", code=2)
    assert 'the option "All candidates" of "Mayor Total" is the sum of all options of "Mayor"' in err


@pytest.mark.parametrize(("name", "figure"), [("Reg", "registered"), ("Under", "undervotes"), ("Over", "overvotes"), ("Void", "invalid")])
def test_figures_with_short_names_beside_the_options_are_no_options(made, name, figure):
    chance = random.Random(8)
    rows = [["Precinct", name, "Ada", "Ben"], *[[place, chance.randint(1, 9), chance.randint(20, 90), chance.randint(20, 90)] for place in PLACES]]
    ready = made(in_rows(rows))
    assert list(ready.sums["contest"]) == ["Ada", "Ben"] and f'{figure} = "{name}"' in ready.text, ready.text


# ---- Columns of methods that no name knows


def in_columns(*names, total=None, mistakes=()):
    chance = random.Random(9)
    rows = [["Precinct", "Contest", "Candidate", *names, *([total] if total else [])]]
    for place in PLACES:
        for option in ("Ada", "Ben", "Cy"):
            figures = [chance.randint(1, 50) for _ in names]
            rows.append([place, "Mayor", option, *figures, *([sum(figures) + (2 if (place, option) in mistakes else 0)] if total else [])])
    votes = {option: sum(sum(row[3 : 3 + len(names)]) for row in rows[1:] if row[2] == option) for option in ("Ada", "Ben", "Cy")}
    return in_rows(rows), {"Mayor": votes}


@pytest.mark.parametrize("total", ["Total", "All", "Combined", "Votes", "X"])
@pytest.mark.parametrize("names", [("Day", "Early", "Mail"), ("Early", "Hall"), ("Mail", "Clinic", "Early")])
def test_a_column_that_is_in_the_sum_of_methods_is_a_method(made, names, total):
    text, expected = in_columns(*names, total=total)
    ready = made(text)
    assert (ready.code, ready.open, ready.sums) == (0, [], expected), ready.text
    assert f'sum_column = "{total}"' in ready.text and ready.report["sheets"] == len(PLACES) * len(names)


def test_a_column_beside_methods_is_asked_where_no_sum_says_it(made):
    text, expected = in_columns("Day", "Early", "Mail", total="Total", mistakes=[("Ward 2", "Ada")])
    ready = made(text)
    assert ready.code == 1 and "votes methods" in ready.open and ready.sums == expected, ready.text
    text, expected = in_columns("Day", "Early", "Mail")
    ready = made(text)
    assert ready.code == 1 and "votes methods" in ready.open, ready.text
    assert made(text, "--answer", "votes methods=yes").sums == expected


def test_one_method_beside_a_total_is_not_taken_for_all_votes(made):
    text, _ = in_columns("Early", "Hidden", total="Total")
    rows = [line.split(",") for line in text.splitlines()]
    ready = made(in_rows(row[:4] + row[5:] for row in rows))
    assert ready.code == 1 and ready.open == ["votes column"] and '[[votes]]\ncolumn = "Total"' in ready.text, ready.text
