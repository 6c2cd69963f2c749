"""The map of the board in a browser: at every width, in every scheme, and where places are silent, withheld or unknown."""

import datetime as dt
import re

import pytest

import fixture
from pages import board, found_by_axe, go
from test_board_pages import text, wider_than_the_page

MANY = 1_200


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    """Twelve hundred places in two areas, of which every state of a place occurs in the first."""
    count = fixture.Count()
    count.committed_at = dt.datetime.now(dt.timezone.utc)
    areas = [(f"r/{a}", f"Area {a}", "area", "r") for a in "ab"]
    places = [(f"r/{'ab'[i % 2]}/{i}", f"Place {i}", "place", f"r/{'ab'[i % 2]}") for i in range(MANY)]
    count.units([("r", "R", "country", None), *areas, *places])
    names = [(f"o{i}", f"Option {i}", f"Option {i}", None, None) for i in range(4)]
    contest = count.contest("c", "Contest", names, sheets=True)
    finals = dict.fromkeys(((contest, slot) for slot in range(4)), 0)
    for i, (unit, *_) in enumerate(places):
        if i % 10 == 0:
            continue  # Not heard from.
        for slot in range(4):
            if i % 50 == 2 and slot == 1:
                count.total(contest, slot, unit, 0, withheld=1)
            elif i % 50 == 4 and slot == 1:
                continue  # Unknown.
            else:
                votes = 7 if i % 50 == 6 else (i * (slot + 3)) % (900 + 40 * slot) + (5_000 if i == 11 else 0)
                finals[contest, slot] += votes
                count.total(contest, slot, unit, votes, known=1)
        count.total(contest, fixture.CARDS, unit, 9_000, known=1)
        count.cards(unit, 9_000)
    count.curve(finals, points=12)
    at = {unit: [i % 40 * 24 + 12, i // 40 * 20 + 10] for i, (unit, *_) in enumerate(places)}
    count.presentation = {
        "map": {
            "source": "Made up",
            "width": 960,
            "height": 620,
            "outline": "M0 0l960 0 0 620-960 0zM480 0l0 620",
            "shapes": at,
            "units": {unit: unit for unit in at},
        }
    }
    home = tmp_path_factory.mktemp("map")
    fixture.write_sqlite(count, home / "store.sqlite")
    with board(home) as address:
        yield address


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1440, "light"), (3840, "dark")])
def test_the_map_fits_every_width_and_keeps_nobody_from_reading(url, open_page, shoot, width, scheme):
    page = open_page(f"{url}/?show=trust", width, 900, scheme)
    page.locator(".t-foot").wait_for()
    for name, query in {"whole": "?contest=c", "area": "?place=r/a"}.items():
        go(page, f"{query}&lang=en")
        assert wider_than_the_page(page) == [], name
        drawn = page.locator(".t-places-drawn").bounding_box()
        assert drawn["width"] > 0.85 * min(width, 1_000) * (0.55 if width > 1_000 else 1) and drawn["height"] > 100
        assert found_by_axe(page) == [], name
        shoot(page, f"map-{name}-{width}")


def test_a_page_without_colours_of_its_own_still_tells_options_apart(url, open_page, shoot):
    page = open_page(f"{url}/?contest=c&lang=en", 1440, 900)
    page.emulate_media(forced_colors="active")
    page.locator(".t-foot").wait_for()

    inside = page.evaluate("() => [...document.querySelectorAll('.t-map .t-table .t-spot')].map(e => e.innerHTML.replace(/style=\"[^\"]*\"/g, ''))")
    assert len(inside) == len(set(inside)) >= 7  # Four options, ties, and what has no number: each sign is another one.
    fills = page.evaluate("() => [...new Set([...document.querySelectorAll('.t-places-drawn circle')].map(e => getComputedStyle(e).fill))]")
    assert len(fills) <= 2  # The system's, and its grey for ties.
    shoot(page, "map-forced-colours")


def test_the_map_says_in_words_what_it_shows_and_places_lead_on(url, open_page):
    page = open_page(f"{url}/?contest=c&lang=en", 1440, 900)
    page.locator(".t-map").wait_for()

    said = text(page, ".t-map")
    assert "1,200 places are on the map." in said and "not reported yet 120" in said and "Borders: Made up" in said
    legend = {
        cells[0]: cells[1]
        for cells in page.evaluate("""() => [...document.querySelectorAll('.t-map > .t-columns > div > .t-scroll tbody tr')]
      .map(r => [r.cells[0].innerText.trim(), r.cells[1].innerText])""")
    }
    assert sum(int(many.replace(",", "")) for many in legend.values()) == MANY
    assert {"tied", "withheld", "unknown", "not reported yet"} <= legend.keys()

    page.locator(".t-map summary", has_text="The same place by place").click()
    page.locator(".t-map details a").first.click()
    page.get_by_role("heading", name=re.compile(r"^Place \d+$")).wait_for()
    assert "place=" in page.url and page.locator(".t-map").count() == 0


def test_the_map_asks_no_other_host(url, open_page):
    page = open_page("about:blank", 1440, 900)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{url}/?contest=c&lang=en")
    page.locator(".t-map").wait_for()
    page.wait_for_load_state("networkidle")

    assert [one for one in asked if not one.startswith((url, url.replace("http", "ws"), "data:", "blob:"))] == []
