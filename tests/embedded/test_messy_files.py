"""Files of counties, unions and towns that look right and say something else: each comes in to the digit by the guess and its answers, or is asked.
Nothing in them is doubled, dropped or guessed in silence."""

import json
import subprocess

import pytest

from conftest import TELLER
from test_mapping_asks import PLACES, asks, header, made, sums, total, votes  # noqa: F401
from test_mapping_new import write
from workbooks import xlsx

NAMED = ["--answer", "contest name="]


def by_method(form, people=("Ada Moss", "Ben Rook"), off=0):
    """Columns of two methods and their sum, for each option; `off`: by how much the first sum is wrong."""
    lines = []
    for place in PLACES:
        figures = []
        for name in people:
            day, post = votes(place, name + "day"), votes(place, name + "post")
            figures += [day, post, day + post + off]
            off = 0
        lines.append(f"{place},{','.join(map(str, figures))}")
    names = [form.format(name=name, method=method) for name in people for method in ("ED", "AV", "Total")]
    return "\n".join([f"Precinct,{','.join(names)}", *lines]) + "\n", {name: total(name + "day") + total(name + "post") for name in people}


# ---- Options and methods in the names of columns


@pytest.mark.parametrize("form", ["{name} {method}", "{name} ({method})", "{method} {name}", "{name} - {method}", "{name} (D) {method}"])
def test_an_option_and_its_method_are_told_apart_and_their_sum_compared(made, form):  # noqa: F811
    file, right = by_method(form)
    ready = made(file, *NAMED)
    assert asks(ready, "method header") and list(ready.sums["contest"].values()) == list(right.values()), ready.text
    answered = made(file, *NAMED, "--answer", "method header=")
    assert answered.code == 0 and answered.report["sheets"] == 2 * len(PLACES) and answered.report["faults"] == [], answered.text
    assert '[expect]\n"header method" = ["Total"]' in answered.text


def test_a_sum_of_methods_that_is_wrong_is_told_with_its_row(made):  # noqa: F811
    file, right = by_method("{name} {method}", off=1)
    ready = made(file, *NAMED, "--answer", "method header=")
    assert list(ready.sums["contest"].values()) == list(right.values()) and asks(ready, "file")
    (fault,) = ready.report["faults"]
    assert fault["line"] == 2 and "the control total is" in fault["detail"] and "Ada Moss" in fault["detail"]


def test_names_of_methods_that_are_taken_for_options_are_asked(made):  # noqa: F811
    ready = made(header("Ada Early", "Ada Mail", "Ben Early", "Write-in"), *NAMED)
    assert asks(ready, "votes names") and '"Ada Early" and "Ben Early"' in ready.text, ready.text


def methods_and_total():
    """Of each place and option a row of either method and one of both."""
    rows = ""
    for place in PLACES:
        for name in ("Ada", "Ben"):
            day, post = votes(place, name + "day"), votes(place, name + "post")
            rows += f"{place},Mayor,{name},Election Day,{day}\n{place},Mayor,{name},Absentee,{post}\n{place},Mayor,{name},Total,{day + post}\n"
    return "Precinct,Contest,Candidate,Method,Votes\n" + rows


def test_a_total_in_a_column_of_methods_is_compared(made):  # noqa: F811
    file = methods_and_total()
    right = {"Mayor": {name: total(name + "day") + total(name + "post") for name in ("Ada", "Ben")}}
    ready = made(file)
    assert (ready.code, ready.sums) == (0, right) and '[expect]\n"Method" = ["Total"]' in ready.text, ready.text
    wrong = made(file.replace(f"Total,{votes(PLACES[0], 'Adaday') + votes(PLACES[0], 'Adapost')}\n", "Total,9\n", 1))
    assert wrong.sums == right and wrong.code == 1 and wrong.report["rows"]["refused"] == 1, wrong.text


def test_an_option_of_total_rows_alone_is_said(made):  # noqa: F811
    ready = made(methods_and_total() + f"{PLACES[0]},Mayor,Write-in,Total,9\n")
    (fault,) = ready.report["faults"]
    assert 'the control total of "Write-in" is 9, and no method has this option' in fault["detail"] and fault["line"] == 50, fault


# ---- The same votes under two methods


def two_methods(second="X", other=lambda day: day):
    rows = "".join(
        f"{place},Mayor,{method},{name},{figure}\n"
        for place in PLACES
        for name in ("Ada", "Ben")
        for method, figure in (("Election Day", votes(place, name)), (second, other(votes(place, name))))
    )
    return "Precinct,Contest,Method,Candidate,Votes\n" + rows


def test_two_methods_with_the_same_figures_everywhere_are_asked(made):  # noqa: F811
    ready = made(two_methods())
    assert asks(ready, 'leave_out "X"') and 'the method "X" has the same figures as "Election Day" in every place' in ready.text
    assert ready.sums == {"Mayor": sums("Ada", "Ben")}
    both = made(two_methods(), "--answer", 'leave_out "X"=no')
    assert both.code == 0 and both.sums == {"Mayor": {name: 2 * total(name) for name in ("Ada", "Ben")}}


@pytest.mark.parametrize("other", [lambda day: 0, lambda day: day + (day == 106)])
def test_methods_whose_figures_differ_need_nobody(made, other):  # noqa: F811
    ready = made(two_methods("Provisional", other))
    assert ready.open == [] or any(other(day) != day for day in range(100, 500)), ready.text
    if other(200) == 0:
        assert ready.code == 0 and ready.sums == {"Mayor": sums("Ada", "Ben")}


def test_a_mapping_by_hand_stops_at_a_copy_of_a_method(tmp_path):
    file = write(tmp_path, two_methods())
    mapping = (
        'teller = "mapping/1"\n{}[[unit]]\nkind = "whole"\nid = "all"\n[[unit]]\nkind = "precinct"\nid = "{{Precinct}}"\n[contest]\nid = "{{Contest}}"\n'
        '[option]\nid = "{{Candidate}}"\n[method]\nid = "{{Method}}"\n[votes]\ncolumn = "Votes"\n'
    )

    def check(head):
        path = write(tmp_path, mapping.format(head), "m.toml")
        return subprocess.run([TELLER, "import", file, "--mapping", path, "--check"], capture_output=True, text=True)

    done = check("")
    assert done.returncode == 2 and "it would be counted twice" in done.stderr and "votes of their own" in done.stderr
    assert check('no_sums = ["X"]\n').returncode == 0


# ---- Those who marked nothing


@pytest.mark.parametrize("options, guess", [(("Yes", "No"), "undervotes"), (("Ada Moss", "Ben Rook"), "undervotes"), (("Yes",), "option")])
@pytest.mark.parametrize("is_wide", [True, False])
def test_no_vote_is_asked(made, options, guess, is_wide):  # noqa: F811
    names = (*options, "No Vote")
    rows = "".join(f"{place},Measure A,{name},{votes(place, name)}\n" for place in PLACES for name in names)
    file = header(*names) if is_wide else "Precinct,Contest,Choice,Votes\n" + rows
    more = NAMED if is_wide else ()
    contest = "contest" if is_wide else "Measure A"
    ready = made(file, *more)
    assert asks(ready, 'option "No Vote"'), ready.text
    assert ready.sums == {contest: sums(*(names if guess == "option" else options))}
    assert ('"No Vote" = "undervotes"' in ready.text) == (guess == "undervotes")
    for answer, taken in (("option", names), ("nothing", options), ("blank", options)):
        answered = made(file, *more, "--answer", f'option "No Vote"={answer}')
        assert (answered.code, answered.sums) == (0, {contest: sums(*taken)}), answered.text


def test_no_votes_beside_yes_votes_need_nobody(made):  # noqa: F811
    ready = made(header("Yes Votes", "No Votes"), *NAMED)
    assert (ready.code, ready.sums) == (0, {"contest": sums("Yes Votes", "No Votes")}), ready.text


# ---- Names in several columns


@pytest.mark.parametrize(
    "columns",
    [
        ("Last Name", "First Name"),
        ("LastName", "FirstName"),
        ("Candidate Last", "Candidate First"),
        ("Nachname", "Vorname"),
        ("Nom", "Prénom"),
        ("Name", "First Name"),
    ],
)
def test_a_name_in_two_columns_is_one_option(made, columns):  # noqa: F811
    people = [("Moss", "Ada"), ("Moss", "Cy"), ("Rook", "Ada")]
    rows = "".join(f"{place},Mayor,{last},{first},{votes(place, last + first)}\n" for place in PLACES for last, first in people)
    ready = made(f"Precinct,Contest,{','.join(columns)},Votes\n{rows}")
    assert (ready.code, ready.sums) == (0, {"Mayor": {f"{first} {last}": total(last + first) for last, first in people}}), ready.text


def test_a_name_may_have_a_middle_or_none(made):  # noqa: F811
    people = [("Moss", "Ada", "B."), ("Moss", "Ada", "C."), ("Rook", "Cy", "")]
    rows = "".join(f"{place},Mayor,{','.join(one)},{votes(place, ''.join(one))}\n" for place in PLACES for one in people)
    ready = made(f"Precinct,Contest,Last,First,Middle,Votes\n{rows}")
    assert ready.code == 0 and set(ready.sums["Mayor"]) == {"Ada B. Moss", "Ada C. Moss", "Cy Rook"}, ready.text


def test_a_whole_name_beside_its_parts_is_the_option(made):  # noqa: F811
    rows = "".join(f"{place},Mayor,{name},{name[4:]},{name[:3]},{votes(place, name)}\n" for place in PLACES for name in ("Ada Moss", "Cy  Moss"))
    ready = made(f"Precinct,Contest,Candidate,Last Name,First Name,Votes\n{rows}")
    assert 'id = "{Candidate}"' in ready.text, ready.text


# ---- People who are called like a sum


def test_somebody_who_is_called_like_a_sum_is_asked_once(made):  # noqa: F811
    names = ("Ada Moss", "Total Tim", "Ben Rook")
    rows = "".join(f"{place},Mayor,{name},{votes(place, name)}\n" for place in PLACES for name in names)
    for file, more, contest in (("Precinct,Contest,Candidate,Votes\n" + rows, (), "Mayor"), (header(*names), NAMED, "contest")):
        ready = made(file, *more)
        assert ready.open == ['option "Total Tim"'] and ready.sums == {contest: sums("Ada Moss", "Ben Rook")}, ready.text
        assert "as somebody who is called so" in ready.text
        answered = made(file, *more, "--answer", 'option "Total Tim"=yes')
        assert (answered.code, answered.sums) == (0, {contest: sums(*names)}), answered.text


# ---- Tables below each other


def below(contests, end="\n"):
    """A title, a header and the rows of each contest; blank lines between."""
    tables = []
    for contest, names in contests.items():
        rows = "".join(f"{place},{','.join(str(votes(place, contest + name)) for name in names)}\n" for place in PLACES)
        tables.append(f"{contest}\nPrecinct,{','.join(names)}\n{rows}")
    return end.join(tables)


TWO = {"Mayor": ("Ada", "Ben"), "Clerk": ("Cy", "Di", "Eve")}


def of_contest(contest):
    return {name: total(contest + name) for name in TWO[contest]}


@pytest.mark.parametrize("end", ["\n", ",,,\n", ""])
def test_tables_below_each_other_get_a_mapping_each(made, tmp_path, end):  # noqa: F811
    file = below(TWO, end)
    ready = made(file)
    assert asks(ready, "csv table") and 'line 2 ("Mayor"), line' in ready.text and "--mapping 1.toml --mapping 2.toml" in ready.text
    for number, contest in enumerate(TWO, 1):
        one = made(file, "--answer", f"csv table={number}", *NAMED)
        assert one.code == 0 and one.sums == {contest: of_contest(contest)} and f'name = "{contest}"' in one.text, one.text
        # What the mapping does not read is said.
        assert any("were passed over" in note for note in one.report["notes"]), one.report["notes"]
        write(tmp_path, one.text, f"{number}.toml")
    path = write(tmp_path, file)
    done = subprocess.run(
        [TELLER, "import", path, path, "--mapping", tmp_path / "1.toml", "--mapping", tmp_path / "2.toml", "--check", "--json"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0 and json.loads(done.stdout)["sums"] == {contest: of_contest(contest) for contest in TWO}, done.stderr


def test_a_title_above_the_same_header_begins_another_table(made):  # noqa: F811
    rows = {contest: "".join(f"{place},{name},{votes(place, contest + name)}\n" for place in PLACES for name in TWO[contest]) for contest in TWO}
    head = "Precinct,Candidate,Votes\n"
    ready = made("".join(f"{contest},,\n{head}{rows[contest]}" for contest in TWO))
    assert asks(ready, "csv table") and ready.sums == {"Mayor": of_contest("Mayor")}, ready.text
    again = made(head + rows["Mayor"] + head + rows["Clerk"], *NAMED)
    assert (again.code, set(again.sums["contest"])) == (0, {"Ada", "Ben", "Cy", "Di", "Eve"}), again.text


def questions(titles):
    return "".join(
        f"{title}\nPrecinct,Yes,No\n" * bool(title)
        + "Precinct,Yes,No\n" * (not title)
        + "".join(f"{place},{votes(place, title + 'Yes')},{votes(place, title + 'No')}\n" for place in places)
        for title, places in zip(titles, (PLACES[:4], PLACES[4:]), strict=True)
    )


@pytest.mark.parametrize("titles", [("Question 1: Park bond", "Question 2: Park bond"), ("", "Clerk"), ("Page of Rill", "Page of Moor")])
def test_titles_that_differ_are_of_two_contests(made, titles):  # noqa: F811
    ready = made(questions(titles), *NAMED)
    assert asks(ready, "csv table") and (f'? csv titles "{titles[1]}": ' in ready.text) == ("1" in titles[0]), ready.text
    assert ready.sums == {titles[0] or "file": {name: total(titles[0] + name, PLACES[:4]) for name in ("Yes", "No")}}


def test_titles_that_are_the_hours_of_pages_are_asked(made):  # noqa: F811
    titles = ("Printed at 10:05", "Printed at 10:06")
    ready = made(questions(titles), *NAMED, "--answer", f'csv titles "{titles[1]}"=pages')
    both = {name: total(titles[0] + name, PLACES[:4]) + total(titles[1] + name, PLACES[4:]) for name in ("Yes", "No")}
    assert (ready.code, ready.sums) == (0, {"contest": both}), ready.text


def test_a_table_that_has_grown_is_refused(made, tmp_path):  # noqa: F811
    file = below(TWO)
    one = made(file, "--answer", "csv table=1", *NAMED)
    assert one.code == 0, one.text
    grown = file.replace(f"{PLACES[-1]},", f"Precinct 0,5,6\n{PLACES[-1]},", 1)
    done = subprocess.run(
        [TELLER, "import", write(tmp_path, grown), "--mapping", write(tmp_path, one.text, "1.toml"), "--check"], capture_output=True, text=True
    )
    assert done.returncode == 2 and "the table may have grown: set last_line to where it ends now" in done.stderr, done.stderr


@pytest.mark.parametrize("between", ["", "* provisional figures\n", ",,\n\n"])
def test_a_table_that_goes_on_behind_blank_lines_and_notes_is_refused(made, tmp_path, between):  # noqa: F811
    file = below(TWO)
    one = write(tmp_path, made(file, "--answer", "csv table=1", *NAMED).text, "1.toml")

    def check(text):
        return subprocess.run([TELLER, "import", write(tmp_path, text), "--mapping", one, "--check"], capture_output=True, text=True)

    assert check(file).returncode == 0
    last = f"{PLACES[-1]},{votes(PLACES[-1], 'MayorAda')},{votes(PLACES[-1], 'MayorBen')}\n"
    done = check(file.replace(last, f"{last}\n{between}Precinct 0,5,6\n", 1))
    assert done.returncode == 2 and "the table may have grown: set last_line to where it ends now" in done.stderr, done.stderr


def test_rows_without_numbers_begin_no_table(made):  # noqa: F811
    rows = "".join(f"{place},Mayor,{name},{votes(place, name)}\n" for place in PLACES for name in ("Ada", "Ben"))
    ready = made("Precinct,Contest,Candidate,Votes\n" + rows + "\nPrecinct 9,Mayor,Ada,***\nPrecinct 9,Mayor,Ben,7\n")
    assert "csv table" not in ready.open and ready.sums["Mayor"]["Ben"] == total("Ben") + 7, ready.text


# ---- What a workbook and a header look like


def test_a_sheet_of_voters_is_not_the_one_with_the_votes(made, tmp_path):  # noqa: F811
    turnout = [["Precinct", "Registered", "Ballots Cast", "Blank"], *([place, 2000, 1000, 3] for place in PLACES)]
    mayor = [["Precinct", "Ada", "Ben"], *([place, votes(place, "Ada"), votes(place, "Ben")] for place in PLACES)]
    from test_mapping_new import Made

    ready = Made(tmp_path, xlsx(tmp_path / "night.xlsx", {"Turnout": turnout, "Mayor": mayor}), *NAMED)
    assert 'sheet = "Mayor"' in ready.text and ready.sums == {"Mayor": sums("Ada", "Ben")}, ready.said
    clerk = [["Precinct", "Cy", "Di"], *([place, votes(place, "Cy"), votes(place, "Di")] for place in PLACES)]
    ready = Made(tmp_path, xlsx(tmp_path / "night.xlsx", {"Mayor": mayor, "Clerk": clerk}), *NAMED)
    assert "a mapping of its own (--sheet)" in ready.text, ready.text


def test_a_column_may_be_called_x(made):  # noqa: F811
    rows = "".join(f"{place},{name},{votes(place, name)},{votes(place, name + 'x')}\n" for place in PLACES for name in ("Ada", "Ben"))
    ready = made("Precinct,Candidate,Election Day,X\n" + rows, *NAMED, "--answer", "votes methods=yes")
    assert ready.code == 0 and ready.sums == {"contest": {name: total(name) + total(name + "x") for name in ("Ada", "Ben")}}, ready.text


# ---- Rows between the rows


LONG = "Precinct,Contest,Candidate,Votes\n"


def long_rows(of=lambda place: place):
    return {place: "".join(f"{of(place)},Mayor,{name},{votes(place, name)}\n" for name in ("Ada", "Ben")) for place in PLACES}


def test_a_place_in_a_row_of_its_own_is_of_the_rows_below_it(made):  # noqa: F811
    rows = "".join(f"{place},,\n" + "".join(f",{name},{votes(place, name)}\n" for name in ("Ada", "Ben")) for place in PLACES)
    ready = made("Precinct,Candidate,Votes\n" + rows, *NAMED)
    assert (ready.code, ready.sums) == (0, {"contest": sums("Ada", "Ben")}) and ready.report["rows"]["refused"] == 0, ready.text
    assert any("name alone what the rows below them are of" in note for note in ready.report["notes"])


def test_a_place_with_no_row_below_it_is_refused_by_name(made):  # noqa: F811
    rows = "".join(f"{place},,\n" + "".join(f",{name},{votes(place, name)}\n" for name in ("Ada", "Ben")) for place in PLACES)
    ready = made("Precinct,Candidate,Votes\n" + rows + "Precinct 9,,\nPrecinct 10,,\n", *NAMED)
    assert ready.sums == {"contest": sums("Ada", "Ben")} and ready.report["rows"]["refused"] == 2, ready.text
    assert [fault["line"] for fault in ready.report["faults"]] == [26, 27], ready.report["faults"]


def test_numbers_of_pages_are_no_rows(made):  # noqa: F811
    rows = "".join(text + f"Page {number} of 8,,,\n" + LONG * (number < 8) for number, text in enumerate(long_rows().values(), 1))
    ready = made(LONG + rows)
    assert (ready.code, ready.sums) == (0, {"Mayor": sums("Ada", "Ben")}) and 'skip = ["Page 1 of 8", "Page 2 of 8",' in ready.text, ready.text


@pytest.mark.parametrize("page", ["Page 1 of 2", "Page_1", "Page 1"])
def test_a_place_may_be_called_like_a_page(made, page):  # noqa: F811
    ready = made(header("Ada", "Ben") + f"Page County,333,444\n{page},,\n", *NAMED)
    assert (ready.code, ready.sums) == (0, {"contest": {"Ada": total("Ada") + 333, "Ben": total("Ben") + 444}}), ready.text + ready.said
    assert f'skip = ["{page}"]' in ready.text
    # A place that begins so is kept, and the page is refused by name.
    ready = made(header("Ada", "Ben") + f"{page}0,333,444\n{page},,\n", *NAMED)
    assert ready.sums["contest"] == {"Ada": total("Ada") + 333, "Ben": total("Ben") + 444} and "skip = " not in ready.text, ready.text


def test_a_note_is_no_beginning_of_a_place(made):  # noqa: F811
    ready = made(header("Ada", "Ben") + "Ward 10,333,444\nWard 1\n", *NAMED)
    assert ready.sums["contest"] == {"Ada": total("Ada") + 333, "Ben": total("Ben") + 444} and ready.report["rows"]["refused"] == 1, ready.text


def test_a_total_that_stands_in_no_ward_is_compared(made):  # noqa: F811
    wards = "".join(f"Ward {1 + number // 4},{line}\n" for number, text in enumerate(long_rows().values()) for line in text.splitlines())
    whole = "".join(f",Grand Total,Mayor,{name},{total(name)}\n" for name in ("Ada", "Ben"))
    ready = made(f"Ward,{LONG}{wards}{whole}", "--answer", 'unit empty "Ward"=')
    assert ready.sums == {"Mayor": sums("Ada", "Ben")} and '"Precinct" = ["Grand Total"]' in ready.text, ready.text
    assert ready.report["rows"]["refused"] == 0


@pytest.mark.parametrize("last", [",5001,6002\n", ",5001.0,6002.0\n", ",-3,-5\n"])
def test_a_row_without_a_place_is_no_share_however_far_down_it_stands(made, last):  # noqa: F811
    rows = "".join(f"Precinct {number},{100 + number},{300 + number}\n" + ",52.9%,47.1%\n" * (number < 1198) for number in range(1199))
    ready = made("Precinct,Ada,Ben\n" + rows + last, *NAMED)
    assert asks(ready, 'unit empty "Precinct"') and "\n[leave_out]" not in ready.text, ready.text


def test_shares_below_each_place_are_no_places(made):  # noqa: F811
    rows = "".join(f"{place},{votes(place, 'Ada')},{votes(place, 'Ben')}\n,52.9%,47.1%\n" for place in PLACES)
    ready = made("Precinct,Ada,Ben\n" + rows, *NAMED)
    assert (ready.code, ready.sums) == (0, {"contest": sums("Ada", "Ben")}), ready.text


def test_a_heading_among_the_options_is_asked(made):  # noqa: F811
    names = {"MAYOR": ("Ada", "Ben"), "CLERK": ("Cy", "Di")}
    rows = "".join(
        f"{contest}{',' * len(PLACES)}\n" + "".join(f"{name},{','.join(str(votes(place, name)) for place in PLACES)}\n" for name in options)
        for contest, options in names.items()
    )
    ready = made(f"Candidate,{','.join(PLACES)}\n{rows}", *NAMED)
    assert asks(ready, 'option "MAYOR"') and "MAYOR" not in ready.sums["contest"], ready.text


def test_a_precinct_may_be_called_pct(made):  # noqa: F811
    ready = made(LONG + "".join(long_rows(lambda place: f"Ward 1 Pct {place[-1]}").values()))
    assert (ready.code, ready.sums) == (0, {"Mayor": sums("Ada", "Ben")}), ready.text


# ---- Columns without a name, years, lines of one candidate


def test_the_corner_of_a_table_may_be_empty(made):  # noqa: F811
    ready = made(header("Ada", "Ben").removeprefix("Precinct"), *NAMED, "--answer", "unit columns=")
    assert (ready.code, ready.sums) == (0, {"contest": sums("Ada", "Ben")}) and 'id = "{#1}"' in ready.text, ready.text


def test_of_two_elections_in_one_file_one_is_chosen(made):  # noqa: F811
    rows = "".join(
        f"{year},{place},Mayor,{name},{votes(place, year + name)}\n" for year in ("2022", "2026") for place in PLACES for name in ("Ada", "Ben")
    )
    ready = made(f"Year,{LONG}{rows}")
    assert asks(ready, 'votes column "Year"'), ready.text
    one = made(f"Year,{LONG}{rows}", "--answer", 'votes column "Year"=only 2026')
    assert (one.code, one.sums) == (0, {"Mayor": {name: total("2026" + name) for name in ("Ada", "Ben")}}), one.text


def test_lines_of_one_candidate_beside_each_other_are_asked(made):  # noqa: F811
    names = ("Ada Moss (DEM)", "Ada Moss (WFP)", "Ben Rook (REP)", "Write-in")
    ready = made(header(*names), *NAMED)
    assert asks(ready, 'option "Ada Moss (WFP)"'), ready.text
    assert ready.sums == {"contest": {"Ada Moss": total(names[0]) + total(names[1]), "Ben Rook": total(names[2]), "Write-in": total("Write-in")}}
    two = made(header(*names), *NAMED, "--answer", 'option "Ada Moss (WFP)"=different')
    assert (two.code, two.sums) == (0, {"contest": sums(*names)}), two.text


def test_of_two_pairs_one_is_one_candidate(made):  # noqa: F811
    names = ("Moss (DEM)", "Moss (WFP)", "Smith (D)", "Smith (R)")
    ready = made(header(*names), *NAMED)
    assert asks(ready, 'option "Moss (WFP)"') and asks(ready, 'option "Smith (R)"'), ready.text
    answers = ["--answer", 'option "Moss (WFP)"=one', "--answer", 'option "Smith (R)"=different']
    one = made(header(*names), *NAMED, *answers)
    right = {"Moss": total(names[0]) + total(names[1]), **sums(*names[2:])}
    assert (one.code, one.sums) == (0, {"contest": right}), one.text
    rows = "".join(f"{place},Mayor,{name},{votes(place, name)}\n" for place in PLACES for name in names)
    one = made(LONG + rows, *answers)
    assert (one.code, one.sums) == (0, {"Mayor": right}) and 'repeated = "add_names"' in one.text, one.text


@pytest.mark.parametrize("again, answer", [("Moss (DEM)", []), ("MOSS (Dem)", ["--answer", 'option "MOSS (Dem)"=yes'])])
def test_lines_that_stand_twice_are_not_added(made, again, answer):  # noqa: F811
    names = ("Moss (DEM)", "Moss (WFP)")
    rows = "".join(f"{place},Mayor,{name},{votes(place, name)}\n" for place in PLACES for name in names)
    rows += f"{PLACES[0]},Mayor,{again},{votes(PLACES[0], names[0])}\n"
    answers = ["--answer", 'option "Moss (WFP)"=one', "--answer", "votes repeated=refuse"]
    ready = made(LONG + rows, *answers, *answer)
    assert ready.report["rows"]["refused"] == 1 and ready.report["faults"][0]["line"] == 18, ready.text + ready.said
    assert ready.sums["Mayor"]["Moss"] <= total(names[0]) + total(names[1])


def test_somebody_without_a_party_is_not_added_to_lines(made):  # noqa: F811
    names = ("Moss (DEM)", "Moss (WFP)", "Moss", "Bond (Question 1)", "Bond (Question 2)")
    ready = made(header(*names), *NAMED, "--answer", 'option "Moss (WFP)"=one')
    assert (ready.code, ready.sums) == (0, {"contest": {names[0]: total(names[0]) + total(names[1]), **sums(*names[2:])}}), ready.text


def test_tables_beside_each_other_are_refused_by_name(tmp_path):
    rows = "".join(f"{place},{votes(place, 'Ada')},{votes(place, 'Ben')},,{place},{votes(place, 'Cy')},{votes(place, 'Di')}\n" for place in PLACES)
    path = write(tmp_path, "Precinct,Ada,Ben,,Precinct,Cy,Di\n" + rows)
    done = subprocess.run([TELLER, "mapping", "new", path], capture_output=True, text=True)
    assert done.returncode == 2 and 'two columns are called "Precinct": are they two tables beside each other' in done.stderr


def test_methods_behind_contests_and_options_are_asked(made):  # noqa: F811
    names = [f"{contest} - {name} {method}" for contest, name in (("Mayor", "Ada"), ("Mayor", "Ben"), ("Clerk", "Di")) for method in ("ED", "AV")]
    ready = made(header(*names), "--answer", "contest header=")
    assert asks(ready, "votes names"), ready.text
