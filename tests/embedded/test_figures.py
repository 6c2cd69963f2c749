"""Every reader of an embedded count says the same of the small election in tests/figures, figure by figure: what its table says."""

import json
import sqlite3
import sys
import time

import pytest
import requests

from conftest import TREE, run, serving

sys.path.insert(0, str(TREE / "tests/figures"))
pytest.register_assert_rewrite("figures", "by_cells", "dashboard", "questions")  # They say which figure differs.
import by_cells  # noqa: E402
import dashboard  # noqa: E402
import figures  # noqa: E402
import questions  # noqa: E402

VIEWS = figures.VIEWS | by_cells.VIEWS


@pytest.fixture(scope="module")
def counted(tmp_path_factory):
    """The election, counted once; gives its home and what GET /v1/totals said of it and of each of by_cells.SCOPES."""
    folder = tmp_path_factory.mktemp("figures")
    return count_in(folder, figures.HERE / "rules.json")


def count_in(folder, rules):
    home = folder / "home"
    run("init", "--home", home, "--rules", rules, "--presentation", figures.HERE / "presentation.json", "--mode", "test")
    count = json.loads((home / "count.json").read_text())["id"]
    with serving(home, folder / "engine.log") as url:
        for text, recorded in figures.deliveries(count):
            told = requests.post(
                url + "/v1/entries", data=text.encode(), headers=url.headers | {"Content-Type": "application/x-ndjson"}, timeout=60
            ).json()
            assert (told["recorded"], told["refused_total"]) == (text.count("\n"), 0), told
            deadline = time.monotonic() + 60
            while requests.get(url + "/v1/head", headers=url.headers, timeout=60).json()["recorded"] < recorded:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        totals = [requests.get(url + "/v1/totals", params=of, headers=url.headers, timeout=60).json() for of in ({}, *by_cells.SCOPES)]
    numbers = json.loads(run("inspect", "--home", home, "--json")[0])
    assert {name: numbers[name] for name in figures.OUTCOMES} == figures.OUTCOMES
    return home, totals


@pytest.fixture(scope="module")
def ask(counted):
    session = sqlite3.connect(f"file:{counted[0]}/store.sqlite?mode=ro", uri=True)
    yield lambda sql: session.execute(sql).fetchall()
    session.close()


@pytest.mark.parametrize(("by", "form"), figures.TOTALS)
def test_teller_totals(counted, by, form):
    figures.hold_totals(run("totals", "--home", counted[0], "--by", by, "--format", form)[0], by, form)


def test_a_count_of_nothing_has_no_date_and_rounds_are_not_promised(tmp_path):
    home = tmp_path / "home"
    said = run("init", "--home", home, "--rules", figures.HERE / "rules.json", "--mode", "test")[1]
    assert "judge is ranked" in said and "rounds are not counted here" in said
    assert said.count("is ranked") == 1, "of that contest alone"
    for command in ("totals", "inspect"):
        table = run(command, "--home", home)[0]
        assert "nothing is counted yet" in table and "1970" not in table
        assert "1970" not in run(command, "--home", home, *(["--json"] if command == "inspect" else ["--format", "json"]))[0]


def test_totals_over_http(counted):
    figures.hold_json(counted[1][0]["contests"], "option")


@pytest.mark.parametrize("scope", by_cells.SCOPES, ids=lambda scope: "-".join(scope.values()))
def test_totals_of_a_place_and_of_a_way_of_voting(counted, scope):
    of = [text for name, value in scope.items() for text in (f"--{name}", value)]
    for by in ("option", "party", "candidate", "unit"):
        said = run("totals", "--home", counted[0], *of, "--by", by, "--format", "json")[0]
        by_cells.hold_scope(json.loads(said)["contests"], by, **scope)
    by_cells.hold_scope(counted[1][1 + by_cells.SCOPES.index(scope)]["contests"], "option", **scope)


def test_the_tables_say_the_same_of_the_same_cells():
    by_cells.hold_the_tables()


@pytest.mark.parametrize("name", figures.PUBLISHED)
def test_published(counted, name):
    figures.hold_published(counted[0] / "published", name)


@pytest.mark.parametrize("view", VIEWS)
def test_view(ask, view):
    VIEWS[view](ask)


@pytest.mark.parametrize("name", questions.QUESTIONS)
def test_a_question_of_the_guide_in_sql(ask, name):
    questions.hold_sql(ask, name)


def test_the_guide_asks_four_questions():
    assert len(questions.QUESTIONS) == 4


@pytest.fixture(scope="module")
def ask_as_superset(counted):
    """Its SQL is PostgreSQL's: the schema is the file, and of what it calls SQLite lacks three functions, a cast, and the last of a
    group; the groups here have one row each."""
    last = '(ARRAY_AGG(votes ORDER BY "at" DESC))[1]'
    session = sqlite3.connect(":memory:", uri=True)
    session.execute(f"attach 'file:{counted[0]}/store.sqlite?mode=ro' as teller")
    session.create_function("to_char", 2, lambda value, form: None if value is None else f"{value:.2f}" if form.endswith(".00") else f"{value:,}")
    session.create_function("timezone", 2, lambda _, at: at)
    session.create_function("concat_ws", -1, lambda between, *parts: between.join(part for part in parts if part is not None))
    yield lambda sql: session.execute(sql.replace("::double precision", " * 1.0").replace(last, "max(votes)")).fetchall()
    session.close()


@pytest.mark.parametrize("chart", dashboard.HELD)
def test_dashboard(ask_as_superset, chart):
    dashboard.hold_chart(ask_as_superset, chart)


def test_places_of_the_dashboard(ask_as_superset):
    dashboard.hold_places(ask_as_superset)


def test_how_many_were_counted_by_when(ask_as_superset):
    dashboard.hold_commits(ask_as_superset)


@pytest.fixture(scope="module")
def board(counted):
    return figures.board_of(TELLER_BOARD_URL=str(counted[0]))


def test_board(board):
    figures.hold_board(board)


def test_pages_of_places_and_options_on_the_board(board):
    by_cells.hold_board_pages(board)


def test_the_board_adds_up_levels_between_areas_and_units_as_the_tables_say(tmp_path):
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps(by_cells.with_a_county_above()))
    home, _ = count_in(tmp_path, rules)
    figures.hold_totals(run("totals", "--home", home, "--by", "unit", "--format", "json")[0], "unit", "json")
    by_cells.hold_board_between(figures.board_of(TELLER_BOARD_URL=str(home)))


SHEETS = "result sheets against their cards: {full} in full, {part} as far as they say, {not} cannot be checked".format(**figures.SHEETS)


def test_the_count_verifies_and_says_what_it_could_not_check(counted):
    said = run("verify", "--home", counted[0])[0]
    assert SHEETS in said.splitlines()
    assert SHEETS in run("inspect", "--home", counted[0], "--sheets")[0].splitlines()
    assert json.loads(run("verify", "--home", counted[0], "--json")[0])["sheets"] == {
        name: figures.SHEETS[checked] for name, checked in (("in_full", "full"), ("in_part", "part"), ("not_checked", "not"))
    }


def test_a_sheet_with_more_votes_than_its_cards_can_carry_is_found(new_home, tmp_path):
    home = new_home(figures.HERE / "rules.json")
    count = json.loads((home / "count.json").read_text())["id"]
    sheet = {"kind": "sheet", "count": count, "unit": "north/1", "method": "in-person", "contest": "senate"}
    with serving(home, tmp_path / "engine.log") as url:
        votes = {"ines": 100, "jan": 100, "nota": 100}
        told = requests.post(url + "/v1/entries", json=[sheet | {"cards": 100, "votes": votes}], headers=url.headers, timeout=60)
        assert told.json()["recorded"] == 1
    what = "contest senate in north/1, in-person: 300 votes, undervotes and overvotes on 100 cards with 1 each"
    assert f"check 13: {what}" in run("verify", "--home", home, code=1)[0].splitlines()
    assert what in run("inspect", "--home", home, "--sheets")[0].splitlines()
