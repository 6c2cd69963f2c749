"""Every reader of a count on the servers says the same of the small election in tests/figures, figure by figure: what its table
says. The same table holds the embedded form (tests/embedded/test_figures.py).
"""

import json
import pathlib
import sys
import urllib.parse

import pytest
import requests

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from service import SECRETS, TREE, Service, teller  # noqa: E402

sys.path.insert(0, str(TREE / "tests/figures"))
pytest.register_assert_rewrite("figures", "by_cells", "dashboard", "questions")  # They say which figure differs.
import by_cells  # noqa: E402
import dashboard  # noqa: E402
import figures  # noqa: E402
import questions  # noqa: E402

VIEWS = figures.VIEWS | by_cells.VIEWS


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """The election, counted once."""
    folder = tmp_path_factory.mktemp("figures")
    home = folder / "embedded"
    teller("init", "--home", home, "--rules", figures.HERE / "rules.json", "--presentation", figures.HERE / "presentation.json", "--mode", "test")
    service = Service(home, folder)
    try:
        for name in ("gateway", "count", "publish"):
            service.start(name)
        service.wait_for_gateway()
        sent = folder / "sent.ndjson"
        for text, recorded in figures.deliveries(json.loads((home / "count.json").read_text())["id"]):
            sent.write_text(text)
            teller(*service.load(sent, "--in-order"))
            numbers = service.wait_for(lambda numbers, recorded=recorded: numbers["recorded"] >= recorded)
        assert {name: numbers[name] for name in figures.OUTCOMES} == figures.OUTCOMES
        service.wait_for(lambda _: service.indexed() == numbers["commit"])
        yield service
    finally:
        service.close()


def documents(service, index):
    found = service.search(f"{index}/_search?size=10000")["hits"]
    assert found["total"]["value"] == len(found["hits"])
    return [hit["_source"] for hit in found["hits"]]


@pytest.fixture(scope="module")
def ask(service):
    """SQL as who may only read the pub_* views."""
    with service.reader() as session:
        yield lambda sql: session.execute(sql).fetchall()


@pytest.mark.parametrize(("by", "form"), figures.TOTALS)
def test_teller_totals(service, by, form):
    said = teller("totals", "--config", service.config, "--by", by, "--format", form).stdout
    figures.hold_totals(said, by, form)


def test_totals_over_http(service):
    service.start("api")
    service.wait_for_gateway(service.api_port)
    with requests.Session() as session:
        session.trust_env, session.verify = False, str(SECRETS / "ca.crt")
        session.cert = (str(SECRETS / "clerk.crt"), str(SECRETS / "clerk.key"))
        answers = [session.get(f"https://localhost:{service.api_port}/v1/totals", params=of, timeout=60) for of in ({}, *by_cells.SCOPES)]
    assert [answer.status_code for answer in answers] == [200] * len(answers), answers[0].text
    figures.hold_json(answers[0].json()["contests"], "option")
    for scope, answer in zip(by_cells.SCOPES, answers[1:], strict=True):
        by_cells.hold_scope(answer.json()["contests"], "option", **scope)


@pytest.mark.parametrize("name", figures.PUBLISHED)
def test_published(service, name):
    figures.hold_published(service.home / "published", name)


@pytest.mark.parametrize("view", VIEWS)
def test_view(ask, view):
    VIEWS[view](ask)


@pytest.mark.parametrize("chart", dashboard.HELD)
def test_dashboard(ask, chart):
    dashboard.hold_chart(ask, chart)


@pytest.mark.parametrize("chart", sorted(dashboard.NO_FIGURES))
def test_a_chart_of_no_figures_has_something_to_say(ask, chart):
    assert ask(dashboard.query(chart, None))


def test_places_of_the_dashboard(ask):
    dashboard.hold_places(ask)


def test_how_many_were_counted_by_when(ask):
    dashboard.hold_commits(ask)


QUERIES = {query["label"]: query["sql"] for query in dashboard.read("queries")}


@pytest.mark.parametrize("label", QUERIES)
def test_a_saved_query(ask, label):
    ask(QUERIES[label])


def test_saved_queries_say_what_the_tables_say(ask):
    assert len(QUERIES) == 10
    parties = ask(QUERIES["The votes of each list of parties"])
    assert len(parties) == sum(len(dashboard.of_contest("party", contest)) for contest in figures.CONTESTS)
    out = ask(QUERIES["How many units of each contest were heard from, and how many are still out"])
    assert [(name, heard, units) for name, heard, units, *_ in out] == [
        (figures.NAMES["contests"][contest], *dashboard.reporting(contest)) for contest in figures.CONTESTS
    ]


@pytest.mark.parametrize("name", questions.QUESTIONS)
def test_a_question_of_the_guide_in_sql(ask, name):
    questions.hold_sql(ask, name)


@pytest.mark.parametrize("name", questions.QUESTIONS)
def test_the_same_question_of_the_guide_to_elasticsearch(service, name):
    def search(index, question):
        asked = urllib.parse.urlencode({"source": json.dumps(question), "source_content_type": "application/json"})
        return service.search(f"{index}/_search?{asked}")

    questions.hold_index(search, name)


def test_board(service):
    board = figures.board_of(TELLER_CONFIG=str(service.config))
    figures.hold_board(board)
    by_cells.hold_board_pages(board)


def test_options_in_elasticsearch(service):
    assert {one["contest_id"]: one["first_preferences"] for one in documents(service, "options")} == {
        contest: figures.is_ranked(contest) for contest in figures.CONTESTS
    }
    got = {(one["contest_id"], one["option_id"]): figures.json_figure(one) for one in documents(service, "options")}
    assert got == {key: figures.without_counts(figures.expected(row)) for key, row in figures.wanted("option").items()}


def test_totals_in_elasticsearch(service):
    rows = documents(service, "totals")
    figures.hold_cells({(one["contest_id"], one["option_id"], one["unit_id"], one["method_id"]): (one["value"], one["how"]) for one in rows})


def test_units_in_elasticsearch(service):
    got = {one["unit_id"]: (one["cards"], one["cards_how"], one["sheets"]) for one in documents(service, "units")}
    assert got == {row["unit"]: (figures.number(row["cards"]), row["how"], int(row["sheets"])) for row in figures.rows_of("units.csv")}
