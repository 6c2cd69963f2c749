"""The stack's pages over TLS, on PostgreSQL: the board, and Superset's dashboards as the account `observer` sees it.

They look at a stack that runs (stack/stack.sh start) and holds a count, and compare what stands on the page with what
PostgreSQL says to `teller_reader`. They change nothing. Without a stack they are skipped; TELLER_NEEDS_STACK=1 makes
that a failure.
"""

import json
import os
import re
import sys
import time
import zoneinfo

import playwright.sync_api
import psycopg
import pytest

from pages import SECRETS, TREE
from stack_settings import settings

sys.path.insert(0, str(TREE / "view" / "superset"))
import make_assets  # noqa: E402

PORTS = settings()
HOLDER = ".dashboard-component-chart-holder"


def reader(**options):
    return psycopg.connect(
        host="localhost",
        port=PORTS["POSTGRES_PORT"],
        dbname="teller",
        user="teller_reader",
        sslcert=str(SECRETS / "teller_reader.crt"),
        sslkey=str(SECRETS / "teller_reader.key"),
        sslmode="verify-full",
        sslrootcert=str(SECRETS / "ca.crt"),
        **options,
    )


@pytest.fixture(scope="module")
def count():
    """The numbers of the count in PostgreSQL."""
    why = None
    if not (SECRETS / "ca.crt").exists():
        why = "no stack here (stack/stack.sh start)"
    else:
        try:
            with reader(row_factory=psycopg.rows.dict_row) as database:
                head = database.execute("select * from pub_head").fetchone()
                first = database.execute("select * from pub_contests order by contest limit 1").fetchone()
                options = (
                    database.execute("select * from pub_options where contest = %s order by votes desc", [first["contest"]]).fetchall()
                    if first
                    else []
                )
            if not head or not head["commit_number"]:
                why = "the stack holds no count with a commit"
        except (psycopg.OperationalError, psycopg.errors.UndefinedTable) as error:
            why = f"the stack's PostgreSQL holds no count: {type(error).__name__}"
    if why and os.environ.get("TELLER_NEEDS_STACK"):
        pytest.fail(why)
    if why:
        pytest.skip(why)
    return head, first, options


def expected(count):
    head, contest, options = count
    numbers = [contest["votes"], head["recorded"], *(o["votes"] for o in options)]
    return [f"{number:,}" for number in numbers if number is not None], [o["option_name"] for o in options]


def text(page, selector):
    return re.sub(r"\s+", " ", " ".join(page.locator(selector).all_inner_texts()))


def test_the_board_shows_over_tls_what_postgresql_says(count, open_page, shoot):
    page = open_page(f"https://localhost:{PORTS['BOARD_PORT']}/")
    page.locator(".t-laws").wait_for()
    page.locator(".t-svg").first.wait_for()

    said = text(page, ".t-page")
    shoot(page, "stack-board")

    numbers, _ = expected(count)
    assert [n for n in [*numbers, "Lai Ching-te / Hsiao Bi-khim"] if n not in said] == []
    head, _, options = count
    assert f"{head['commit_number']:,}" in text(page, ".t-strip") and head["label"] in text(page, ".t-strip")
    assert all(f"{100 * o['share']:.2f} %" in said for o in options if o["share"] is not None)
    assert page.locator(".t-laws .bad").count() == 0


def test_the_board_names_people_in_the_language_of_the_page(count, open_page):
    """The presentation has names in English; those of the rules stand where it has none in a language."""
    page = open_page(f"https://localhost:{PORTS['BOARD_PORT']}/?lang=zh-Hant")
    page.locator(".t-laws").wait_for()
    said = text(page, ".t-page")
    assert [name for name in expected(count)[1] if name not in said] == []


def sign_in(page, who="observer"):
    """Signs in where Superset asks for it, and is content where it knows us already."""
    name = page.locator("#username, input[name=username]").first
    name.or_(page.locator(HOLDER).first).wait_for()
    if name.is_visible():
        name.fill(who)
        page.locator("#password, input[name=password]").first.fill((SECRETS / f"superset.{who}").read_text().strip())
        page.locator("button[type=submit], input[type=submit]").first.click()


def only_the_blocked_pixel(troubles):
    """Superset's pages try to load a counting pixel from elsewhere; its own policy of what may be loaded stops that."""
    blocked = [t for t in troubles if "/pixel/" in t]
    for one in blocked:
        troubles.remove(one)
    return blocked


SLUGS = list(make_assets.DASHBOARDS)


def wait_for_charts(page, slug):
    """Every box has what it shows: a table's first cell, or a drawing."""
    for *names, _ in make_assets.DASHBOARDS[slug][1]:
        for name in names:
            box = (
                page.locator(HOLDER)
                .filter(has=page.get_by_text(name, exact=True))
                .or_(page.locator(HOLDER).filter(has=page.locator(f"[title='{name}']")))
            )
            box.locator("tbody td, canvas").first.wait_for()


@pytest.fixture
def open_dashboard(count, open_page, shoot):
    def open_(slug, width=1440, height=2500):
        address = f"https://localhost:{PORTS['SUPERSET_PORT']}/login/?next=/superset/dashboard/{slug}/"
        page = open_page(address, width, height)
        page.set_default_timeout(120_000)
        # On a busy machine Superset now and then leaves a chart empty, or the page that asks who is there, until somebody loads
        # the page again. So do we, and say what it showed.
        for loads_left in (2, 1, 0):
            try:
                sign_in(page, "auditor" if slug.endswith("_audit_log") else "observer")
                wait_for_charts(page, slug)
                break
            except playwright.sync_api.TimeoutError:
                shoot(page, f"stack-superset-late-{loads_left}", whole=False)
                print(f"after 120 s, {page.url}:", page.locator("body").inner_text(), *open_page.troubles, sep="\n")
                if not loads_left:
                    raise
                open_page.troubles.clear()
                page.goto(address)
        page.wait_for_timeout(2_000)  # The bars grow.
        return page

    yield open_
    only_the_blocked_pixel(open_page.troubles)


@pytest.fixture
def dashboard(open_dashboard):
    return open_dashboard("teller")


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("slug", SLUGS)
def test_a_dashboard_has_no_empty_box_and_fits(open_dashboard, shoot, slug, width):
    page = open_dashboard(slug, width, 2700 if width > 1000 else 5200)
    shoot(page, f"stack-superset-{slug}-{width}", whole=False)

    said = text(page, HOLDER)
    assert "No results" not in said and "No data" not in said and "rror" not in said
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    boxes = [page.locator(HOLDER).nth(i).bounding_box() for i in range(page.locator(HOLDER).count())]
    assert len(boxes) == sum(len(row) - 1 for row in make_assets.DASHBOARDS[slug][1])
    if width < 1000:  # One below the other, and each as wide as the page lets it.
        assert {round(box["x"]) for box in boxes} == {16} and {round(box["width"]) for box in boxes} == {width - 32}
        assert all(a["y"] + a["height"] <= b["y"] for a, b in zip(boxes, boxes[1:], strict=False))
    else:
        assert all(box["x"] + box["width"] <= width for box in boxes)
    # A table that is cut off where its box ends, sideways or (of those with few rows) below.
    cut = page.evaluate("""() => [...document.querySelectorAll('.dashboard-component-chart-holder')].flatMap(box =>
        [...box.querySelectorAll('div')].filter(e => ['auto', 'scroll'].includes(getComputedStyle(e).overflowX) && e.clientHeight > 0
            && e.querySelector('table') && e.scrollWidth > e.clientWidth + 2).map(e => box.innerText.slice(0, 40)))""")
    assert cut == []


def test_the_dashboard_shows_an_observer_what_postgresql_says(count, dashboard, shoot):
    dashboard.wait_for_timeout(2_000)  # The bars grow.
    said = text(dashboard, HOLDER)
    shoot(dashboard, "stack-superset", whole=False)

    numbers, names = expected(count)
    assert [n for n in numbers + names if n not in said] == []
    head, _, options = count
    assert head["label"] in said and f"{head['status'].upper()} totals" in said and head["election"] in said and head["mode"] in said
    assert head["time_zone"] in said and f"{head['committed_at'].astimezone(zoneinfo.ZoneInfo(head['time_zone'])):%Y-%m-%d %H:%M:%S}" in said
    assert all(f"{100 * o['share']:.2f} %" in said for o in options if o["share"] is not None)
    assert "DO NOT HOLD" not in said and "HALTED" not in said and "error" not in said.lower()


# The stack's demo has no figure of which anything is missing: the SQL that the dashboard asks is asked with made-up ones.
@pytest.mark.parametrize(
    ("figure", "missing", "bar"),
    [
        (("number", 0, 0, 3, "report"), "", "Ada"),
        (("partial", 1, 0, 3, "report"), "withheld in 1 of 3 reports", "Ada, incomplete"),
        (("partial", 0, 1500, 17795, "unit"), "unknown in 1,500 of 17,795 units", "Ada, incomplete"),
        (("partial", 1, 2, 9, "report"), "withheld in 1 and unknown in 2 of 9 reports", "Ada, incomplete"),
        (("partial", 1, 0, 1, "unit"), "withheld in 1 of 1 unit", "Ada, incomplete"),
        (("withheld", 2, 1, 3, "report"), "withheld", "Ada, withheld"),
        (("unknown", 0, 3, 3, "report"), "unknown", "Ada, unknown"),
        (("not reported", 0, 0, 0, "report"), "not reported yet", "Ada, not reported yet"),
    ],
)
def test_the_dashboard_says_what_is_missing(count, figure, missing, bar):
    with reader() as database:
        said = database.execute(
            f"select {make_assets.missing()[1]}, {make_assets.named('name')[1]} "
            "from (values (%s::text, %s::bigint, %s::bigint, %s::bigint, %s::text)) f (how, withheld_in, unknown_in, of_reports, cell_word), "
            "(values ('Ada')) o (name)",
            figure,
        ).fetchone()
    assert said == (missing, bar)


def test_the_dashboard_begins_with_the_most_votes_and_ends_with_what_has_none(count):
    order = make_assets.most_votes_first("votes", "slot")[1]
    with reader() as database:
        rows = database.execute(
            "select name from (values ('withheld', null::bigint, 0), ('none', 0, 1), ('tied', 5, 40000), ('first', 5, 3), "
            f"('many', 1000000000, 4), ('unknown', null, 2)) f (name, votes, slot) order by {order} desc"
        ).fetchall()
    assert [name for (name,) in rows] == ["many", "first", "tied", "none", "withheld", "unknown"]


def test_the_dashboard_reads_again_by_itself(dashboard):
    age = dashboard.locator(HOLDER).filter(has_text="UNOFFICIAL totals").locator("tbody tr").filter(has_text="Commit").locator("td").nth(1)
    before = age.inner_text()

    until = time.monotonic() + 60
    while age.inner_text() == before and time.monotonic() < until:
        dashboard.wait_for_timeout(200)

    assert age.inner_text() != before
    assert dashboard.evaluate("performance.getEntriesByType('navigation')[0].type") == "navigate"  # Not reloaded.


def test_a_reader_chooses_a_place(count, dashboard, shoot):
    with reader() as database:
        place, value = database.execute(
            "select place_name, value from pub_place_figures where contest = %s and kind = 'option' and method_id is null and place_id is not null "
            "and value > 0 order by value desc limit 1",
            [count[1]["contest"]],
        ).fetchone()
    dashboard.locator("[data-test=filter-bar], .filter-bar").get_by_text("All places", exact=True).first.click()
    dashboard.keyboard.type(place)
    dashboard.locator(".ant-select-item-option").filter(has_text=place).first.click()
    dashboard.get_by_role("button", name="Apply").click()

    table = dashboard.locator(HOLDER).filter(has_text="share").filter(has_text="party").first
    table.get_by_text(f"{value:,}", exact=True).wait_for()
    shoot(dashboard, "stack-superset-place", whole=False)


def test_a_click_on_an_option_chooses_it_in_the_charts_that_show_the_same(count, dashboard, shoot):
    """Options, bars and line are linked; what is counted of the contest is not."""
    leading = count[2][0]["option_name"]
    asked = []

    def of_charts(request):
        """The kind of a chart whose data is asked for, with the values of its line_name filter."""
        if "/api/v1/chart/data" not in request.url or not request.post_data:
            return
        body = json.loads(request.post_data)
        chosen = [one["val"] for one in body["queries"][0].get("filters", []) if one.get("col") == "line_name"]
        asked.append((body["form_data"]["viz_type"], body["datasource"]["id"], chosen))

    dashboard.on("request", of_charts)
    box = (
        dashboard.locator(HOLDER)
        .filter(has=dashboard.locator("[title='Options']"))
        .or_(dashboard.locator(HOLDER).filter(has=dashboard.get_by_text("Options", exact=True)))
    )
    box.locator("tbody td").get_by_text(leading, exact=True).first.click()

    def chosen_in():
        return {kind for kind, _, chosen in asked if chosen == [[leading]]}

    linked = {"echarts_timeseries_bar", "echarts_timeseries_line"}
    until = time.monotonic() + 60
    while not linked <= chosen_in() and time.monotonic() < until:
        dashboard.wait_for_timeout(200)
    shoot(dashboard, "stack-superset-chosen", whole=False)
    assert linked <= chosen_in(), asked
    of_figures = {dataset for kind, dataset, chosen in asked if kind == "table" and chosen}
    assert not of_figures, "a table that is not linked was asked for the chosen option"


def test_an_observer_sees_the_dashboard_and_nothing_else(dashboard, open_page):
    def status(path):
        return dashboard.evaluate("async path => (await fetch(path, {redirect: 'manual'})).status", path)

    forbidden = [
        "/api/v1/database/",
        "/api/v1/dataset/",
        "/api/v1/security/users/",
        "/api/v1/assets/export/",
        "/sqllab/",
    ]
    assert {path: status(path) for path in forbidden} == dict.fromkeys(forbidden, 403)
    assert status("/api/v1/dashboard/teller") == 200
    open_page.troubles[:] = [t for t in open_page.troubles if "403" not in t]  # Asked for.
