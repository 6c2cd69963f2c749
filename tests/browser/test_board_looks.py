"""Every page of the board at every width, in every look and language: nothing is cut off, axe finds nothing, nothing is asked of others.

In `make test` each two of width, look and language meet once, and each page meets every width that it is for and every look; with
TELLER_LONG=1 everything meets everything. Pictures of all of it are in build/screens.
"""

import datetime as dt
import os

import pytest
from axe_playwright_python.sync_playwright import Axe

import fixture
from pages import board
from test_board import overflows
from test_board_pages import CJK, LONG, wider_than_the_page

# 320 × 256 is what 1280 × 1024 is at 400 %.
WIDTHS = {"400-percent": (320, 256), "320": (320, 700), "390": (390, 844), "768": (768, 1024), "1440": (1440, 900), "3840": (3840, 2160)}
LOOKS = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark", "reduced_motion": "reduce"},
    "forced": {"color_scheme": "dark", "forced_colors": "active"},
    "contrast": {"color_scheme": "light", "contrast": "more"},
}
LANGUAGES = ("en", "de", "zh-Hant")
PAGES = {
    "all": "",
    "contest": "contest=president",
    "forty": "contest=council",
    "ranked": "contest=chair",
    "candidate": "contest=president&option=lai",
    "area": "contest=president&place=tw/a",
    "unit": "contest=council&place=tw/a/1",
    "search": "show=search&q=a",
    "trust": "show=trust",
    "wall": "contest=council&screen=1",
}
WALL_WIDTHS = {"1440", "3840"}  # The large screen is for large screens.


def cases():
    names = [name for name in PAGES if name != "wall"]
    for w, width in enumerate(WIDTHS):
        for k, look in enumerate(LOOKS):
            for n, language in enumerate(LANGUAGES):
                large = width in WALL_WIDTHS
                if os.environ.get("TELLER_LONG"):
                    yield width, look, language, names + ["wall"] * large
                elif n == (w + k) % len(LANGUAGES):
                    # Three of nine a time, and six times four times: each page meets each width and each look.
                    first = 3 * (w * len(LOOKS) + k) + w
                    yield width, look, language, [names[(first + i) % len(names)] for i in range(3)] + ["wall"] * (large and (w + k) % 2 == 0)


def everything():
    """One count that has all that a page can show."""
    count = fixture.small_on_a_map()
    count.methods = (("in-person", "In person"), ("postal", "By post"))
    count.rows["contest_methods"].append((0, 1, 0))
    count.committed_at = dt.datetime.now(dt.timezone.utc)
    count.rows["parties"] += [(2 + i, f"p{i}", f"Party {i}", None) for i in range(14)]
    names = [LONG, CJK, fixture.IMAGE, "שלום עולם", "Zoë Ñandú", "=1+2", *(f"Candidate {i}" for i in range(34))]
    options = [(f"c{i}", name, name, f"p{i % 14}", None) for i, name in enumerate(names)]
    council = count.contest("council", "Council of forty", options, votes_allowed=7, seats=7)
    for slot in range(40):
        for unit, part, method in (("tw/a/1", 3, 0), ("tw/b/1", 2, 0), ("tw/a/1", 1, 1)):
            count.total(council, slot, unit, (45 - slot) * part, method=method)
    for unit, method in (("tw/a/1", 0), ("tw/b/1", 0), ("tw/a/1", 1)):
        count.total(council, fixture.CARDS, unit, 900, method=method)
    chair = count.contest("chair", "Chair", [(x, x.title(), x.title(), None, None) for x in ("gita", "hugo", "ivan")], kind="ranked")
    for slot, votes in enumerate((9, 7, 3)):
        count.total(chair, slot, "tw/a/1", votes)
    count.total(chair, fixture.CARDS, "tw/a/1", 20)
    count.rows["decisions"] = [(0, 3, 0, 7, "open", 1, "It is eight o'clock.", "a.huber, b.meier", None, b"0")]
    count.rows["falls"] = [(0, 1, 0, 1, 0, 0, 3, 0, 30, 20, "typed wrongly")]
    count.curve({(council, slot): (45 - slot) * 6 for slot in range(8)} | {(0, 0): 60, (0, 1): 40}, points=12)
    return count


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    home = tmp_path_factory.mktemp("looks")
    fixture.write_sqlite(everything(), home / "store.sqlite")
    with board(home) as address:
        yield address


@pytest.mark.parametrize(("width", "look", "language", "names"), [pytest.param(*one, id="-".join(one[:3])) for one in cases()])
def test_a_page_fits_can_be_read_by_all_and_asks_nobody_else(url, open_page, shoot, width, look, language, names):
    page = open_page("about:blank", *WIDTHS[width])
    page.emulate_media(**LOOKS[look])
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    for name in names:
        page.goto(f"{url}/?{PAGES[name]}&lang={language}")
        page.locator(".t-page h1").wait_for()
        page.wait_for_function("language => document.documentElement.lang === language", arg=language)
        page.wait_for_timeout(200)
        shoot(page, f"looks/{name}-{width}-{look}-{language}", whole=name != "wall")

        # The large screen cuts a name of 200 letters off, and says so by an ellipsis.
        assert [over for over in wider_than_the_page(page) if name != "wall" or not over.startswith("<bdi>")] == [], name
        assert [cut for cut in overflows(page) if cut not in ("t-head", "")] == [], name
        assert page.title().endswith(" · Teller"), name
        if look != "forced":  # What the system draws axe does not see.
            found = Axe().run(page)
            assert found.violations_count == 0, f"{name}:\n{found.generate_report()}"
    assert [one for one in asked if not one.startswith((url, url.replace("http", "ws"), "data:", "blob:"))] == []


def test_each_page_meets_every_width_that_it_is_for_and_every_look_and_each_two_of_the_rest_meet():
    met = list(cases())
    for name in PAGES:
        assert {width for width, _, _, names in met if name in names} == (WALL_WIDTHS if name == "wall" else set(WIDTHS)), name
        assert {look for _, look, _, names in met if name in names} == set(LOOKS), name
    assert len({(width, language) for width, _, language, _ in met}) == len(WIDTHS) * len(LANGUAGES)
    assert len({(look, language) for _, look, language, _ in met}) == len(LOOKS) * len(LANGUAGES)
    assert len({(width, look) for width, look, _, _ in met}) == len(WIDTHS) * len(LOOKS)


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (3840, 2160)])
@pytest.mark.parametrize("contest", ["president", "council", "chair"])
def test_the_large_screen_is_read_from_afar_and_needs_no_scrolling(url, open_page, shoot, width, height, contest):
    """At ten metres a letter is read that is as high as 1/200 of that; a wall two metres high has 40 of them: 2.5 % of its height."""
    page = open_page(f"{url}/?contest={contest}&screen=1&lang=en", width, height)
    page.locator(".t-wall").wait_for()
    page.wait_for_timeout(300)
    shoot(page, f"board-screen-{contest}-{height}", whole=False)

    def sizes(selector):
        found = page.evaluate("s => [...document.querySelectorAll(s)].map(e => parseFloat(getComputedStyle(e).fontSize))", selector)
        assert found, selector
        return min(found) / height

    assert page.evaluate("(() => { const m = document.querySelector('[data-testid=stMain]'); return m.scrollHeight - m.clientHeight; })()") <= 0
    assert sizes(".t-wall-name, .t-wall-votes, .t-wall-share") >= 0.028
    assert sizes(".t-says, .t-wall h1") >= 0.03
    assert sizes(".t-wall p, .t-line") >= 0.02
    assert page.locator("select, input, button").count() == 0


def test_the_large_screen_goes_from_contest_to_contest_by_itself(url, open_page):
    page = open_page("about:blank", 1920, 1080)
    page.clock.install()
    page.goto(f"{url}/?contest=president&screen=1&lang=en")
    page.locator(".t-wall [data-key=lai]").wait_for()

    page.clock.run_for(16_000)

    page.locator(".t-wall [data-key=c0]").wait_for()
    assert page.url.endswith("?contest=council&screen=1&lang=en")


def test_who_wants_no_motion_sees_none_and_who_wants_contrast_has_it(url, open_page):
    page = open_page(f"{url}/?contest=president&lang=en")
    page.locator(".t-laws").wait_for()
    moves = "[...document.querySelectorAll('.t-page *')].filter(e => parseFloat(getComputedStyle(e).transitionDuration) > 0 || getComputedStyle(e).animationName !== 'none').length"
    pale = "[...document.querySelectorAll('.t-page *')].filter(e => parseFloat(getComputedStyle(e).opacity) < 1).length"
    assert page.evaluate(moves) > 0 and page.evaluate(pale) > 0

    page.emulate_media(reduced_motion="reduce", contrast="more")

    assert page.evaluate(moves) == 0 and page.evaluate(pale) == 0
