"""The board in a browser, on an SQLite store: final numbers, phone and dark, search, live change, store away and back."""

import datetime as dt
import os
import pathlib
import shutil
import sqlite3

import pytest

import fixture
from pages import TREE, board, look_at

RESULTS = pathlib.Path(os.environ.get("TELLER_TAIWAN_CSV", TREE / "examples/taiwan-2024/president.csv.gz"))
FINAL = ["13,947,506", "5,586,019", "4,671,021", "3,690,466"]
SHARES = ["40.05 %", "33.49 %", "26.46 %"]
CHART = ".t-svg"


@pytest.fixture(scope="session")
def results():
    return RESULTS if RESULTS.exists() else None  # Without them the figures are made up.


@pytest.fixture(scope="session")
def taiwan_store(tmp_path_factory, results):
    return fixture.write_sqlite(fixture.taiwan(results), tmp_path_factory.mktemp("taiwan") / "store.sqlite")


@pytest.fixture(scope="session")
def taiwan_board(taiwan_store):
    with board(taiwan_store.parent) as url:
        yield url


@pytest.fixture
def small_home(tmp_path):
    count = fixture.small()
    count.committed_at = dt.datetime.now(dt.timezone.utc)
    count.curve({(0, 0): 60, (0, 1): 40}, points=20)
    fixture.write_sqlite(count, tmp_path / "store.sqlite")
    return tmp_path


def text(page, selector):
    return " ".join(page.locator(selector).all_inner_texts())


def overflows(page):
    """What is wider than the page, or cut off where its text ends."""
    return page.evaluate("""() => {
      const main = document.querySelector('[data-testid=stMain]');
      const cut = [...document.querySelectorAll('.t-page *')].filter(e => getComputedStyle(e).overflow === 'hidden'
        && !e.matches('.t-track, .t-progress') && (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1));
      return (main.scrollWidth > main.clientWidth ? ['page'] : []).concat(cut.map(e => e.className));
    }""")


SIZES = {
    "board-wide": (1280, 900, "light"),
    "board-dark": (1280, 900, "dark"),
    "board-tablet": (768, 1024, "dark"),
    "board-phone": (390, 844, "light"),
    "board-narrow": (320, 700, "light"),
}


def test_the_final_numbers_stand_on_the_page_at_every_size(taiwan_board, results, open_page, shoot):
    page = open_page(taiwan_board)
    page.locator(CHART).first.wait_for()
    for name, (width, height, scheme) in SIZES.items():
        look_at(page, width, height, scheme)
        said = text(page, ".t-page")
        shoot(page, name)

        if results:
            assert all(number in said for number in FINAL + SHARES), said[:1000]
            assert page.locator(".t-bars li").first.inner_text().split()[:2] == ["賴清德/蕭美琴", "most"]
        assert "17,795 of 17,795" in " ".join(said.split())
        assert "REPLAY: ballots synthesised" in text(page, ".t-strip") and "unofficial totals" in text(page, ".t-strip")
        assert overflows(page) == [], name


def test_a_polling_station_is_found_among_all_of_them(taiwan_board, results, open_page, shoot):
    page = open_page(taiwan_board)
    page.get_by_label("Find a unit").fill("介壽村" if results else "Village 7 8")

    page.locator(".t-units tbody th", has_text="介壽村 1" if results else "Village 7 8").first.wait_for()

    assert page.locator(".t-units tbody tr").count() <= 50
    shoot(page, "board-search")


def test_an_area_opens_into_its_towns_and_these_into_pages_of_units(taiwan_board, results, open_page, shoot):
    page = open_page(taiwan_board)
    area, town = ("新北市", "板橋區") if results else ("County 6", "Town 83")
    page.locator(".t-units tbody th a", has_text=area).click()
    page.get_by_role("heading", name=area, exact=True).wait_for()
    shoot(page, "board-area")
    page.locator(".t-units tbody th a", has_text=town).click()

    page.get_by_role("heading", name=town, exact=True).wait_for()
    assert page.locator(".t-crumbs a", has_text=area).count() == 1
    if results:
        assert page.locator(".t-units tbody tr").count() == 50
        before = page.locator(".t-units tbody th").first.inner_text()
        page.get_by_role("link", name="Next page").click()
        page.wait_for_function("before => document.querySelector('.t-units tbody th').innerText !== before", arg=before)
    shoot(page, "board-town")


def test_the_next_lines_of_a_table_begin_at_its_top_and_who_sorts_stays(taiwan_board, open_page):
    page = open_page(f"{taiwan_board}/?q=1", 1280, 700)
    page.locator(".t-units tbody tr").nth(49).wait_for()
    top = "document.querySelector('.t-places').getBoundingClientRect().top"
    scrolled = "document.querySelector('[data-testid=stMain]').scrollTop"

    page.locator(".t-pager a[rel=next]").focus()
    page.keyboard.press("Enter")
    page.locator(".t-pager a[rel=prev]").wait_for()
    assert 0 <= page.evaluate(top) < 200
    assert page.evaluate("document.activeElement.className") == "t-scroll"

    before = page.evaluate(scrolled)
    assert before > 0
    page.locator(".t-units thead a").nth(1).click()
    page.locator(".t-units [aria-sort]").wait_for()
    assert page.evaluate(scrolled) == before


def test_the_strip_stays_on_top_while_the_page_scrolls(taiwan_board, open_page, shoot):
    page = open_page(taiwan_board)
    page.locator(".t-laws").wait_for()

    page.locator(".t-laws").scroll_into_view_if_needed()

    assert abs(page.locator(".t-line").bounding_box()["y"]) <= 1
    shoot(page, "board-scrolled", whole=False)


def test_a_new_commit_appears_without_a_reload(small_home, open_page):
    with board(small_home) as url:
        page = open_page(url)
        page.locator(".t-bars b", has_text="60").first.wait_for()
        with sqlite3.connect(small_home / "store.sqlite") as store:
            store.execute("update totals set value = value + 1234 where contest = 0 and slot = 0 and unit = 3")
            store.execute("update contest_totals set value = value + 1234 where contest = 0 and slot = 0")
            store.execute("update head set commit_number = commit_number + 1")
        store.close()

        page.locator(".t-bars b", has_text="1,294").wait_for(timeout=60_000)

        assert page.evaluate("window.sameDocument") is True
        page.close()


def test_a_store_that_goes_away_turns_the_strip_red_and_keeps_the_numbers_until_it_is_back(small_home, open_page, shoot):
    store, elsewhere = small_home / "store.sqlite", small_home / "elsewhere"
    with board(small_home) as url:
        page = open_page(url, 1280, 700)
        page.locator(".t-strip.calm").wait_for()
        page.locator(".t-laws").wait_for()
        page.locator(CHART).first.wait_for()
        shutil.move(store, elsewhere)

        page.locator(".t-strip.red").wait_for(timeout=60_000)
        assert "These are the last numbers" in text(page, ".t-strip")
        assert "60" in text(page, ".t-bars")
        page.wait_for_timeout(500)
        shoot(page, "board-away", whole=False)

        shutil.move(elsewhere, store)
        page.locator(".t-strip.calm").wait_for(timeout=60_000)
        page.close()


def test_a_page_opened_before_the_count_is_made_shows_it_as_soon_as_it_is(tmp_path, open_page, shoot):
    home = tmp_path / "not-yet"
    with board(home) as url:
        page = open_page(url, 1280, 500)
        page.get_by_text("There is no count here yet.").wait_for()
        shoot(page, "board-none", whole=False)

        pathlib.Path(home).mkdir()
        count = fixture.Count(commit=0)
        count.units([("tw", "臺灣", "country", None), ("tw/a", "連江縣", "county", "tw")])
        count.contest("president", "President", [("lai", "賴清德", "Lai", None, None), ("hou", "侯友宜", "Hou", None, None)])
        fixture.write_sqlite(count, home / "store.sqlite")

        page.get_by_text("Nothing is counted yet.").wait_for(timeout=60_000)
        shoot(page, "board-empty")
        page.close()
