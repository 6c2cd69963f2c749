"""Every page of the board at every width, in every look and language: nothing is cut off, axe finds nothing, nothing is asked of others.

In `make test` each two of page, width, look and language meet; with TELLER_LONG=1 everything meets everything. A look is a page that
is loaded once, and goes from one of the board's pages to the next as a reader does. Pictures of all of it are in build/screens.
"""

import datetime as dt
import os

import pytest

import fixture
from pages import board, found_by_axe, go
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
    "nothing": "show=search&q=zzzz",
    "trust": "show=trust",
    "wall": "contest=council&screen=1",
}
WALL_WIDTHS = {"1440", "3840"}  # The large screen is for large screens.


BELOW = "(() => { const m = document.querySelector('[data-testid=stMain]'); return m.scrollHeight - m.clientHeight; })()"


def cases():
    """Each page with a width, a look and a language. Where it is not with all of them, a step takes the next of all three, and
    each page begins a step later than the one before: so each look comes with each language too."""
    for n, name in enumerate(PAGES):
        widths = [width for width in WIDTHS if name != "wall" or width in WALL_WIDTHS]
        if os.environ.get("TELLER_LONG"):
            yield from ((name, width, look, language) for width in widths for look in LOOKS for language in LANGUAGES)
        else:
            for step in range(max(len(widths), len(LOOKS))):
                yield name, widths[step % len(widths)], list(LOOKS)[(n + step) % len(LOOKS)], LANGUAGES[(n + step) % len(LANGUAGES)]


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


@pytest.mark.parametrize("look", LOOKS)
def test_a_page_fits_can_be_read_by_all_and_asks_nobody_else(url, open_page, shoot, look):
    page = open_page("about:blank")
    page.emulate_media(**LOOKS[look])
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{url}/?lang=en")
    page.locator(".t-page h1").wait_for()
    wrong = {}
    for name, width, _, language in (case for case in cases() if case[2] == look):
        page.set_viewport_size(dict(zip(("width", "height"), WIDTHS[width], strict=True)))
        go(page, "?" + "&".join(filter(None, (PAGES[name], f"lang={language}"))))
        assert page.evaluate("document.documentElement.lang") == language
        shoot(page, f"looks/{name}-{width}-{look}-{language}", whole=name != "wall")

        # The large screen cuts a name of 200 letters off, and says so by an ellipsis.
        found = [over for over in wider_than_the_page(page) if name != "wall" or not over.startswith("<bdi>")]
        found += [cut for cut in overflows(page) if cut not in ("t-head", "")]
        found += [] if page.title().endswith(" · Teller") else [page.title()]
        found += [f"{below} px below the window"] if name == "wall" and (below := page.evaluate(BELOW)) > 0 else []
        found += found_by_axe(page) if look != "forced" else []  # What the system draws axe does not see.
        if found:
            wrong[name, width, language] = found
    assert wrong == {}
    assert [one for one in asked if not one.startswith((url, url.replace("http", "ws"), "data:", "blob:"))] == []


def test_each_two_of_page_width_look_and_language_meet():
    met = list(cases())
    for name in PAGES:
        assert {width for page, width, _, _ in met if page == name} == (WALL_WIDTHS if name == "wall" else set(WIDTHS)), name
        assert {look for page, _, look, _ in met if page == name} == set(LOOKS), name
        assert {language for page, _, _, language in met if page == name} == set(LANGUAGES), name
    assert len({(width, language) for _, width, _, language in met}) == len(WIDTHS) * len(LANGUAGES)
    assert len({(look, language) for _, _, look, language in met}) == len(LOOKS) * len(LANGUAGES)
    assert len({(width, look) for _, width, look, _ in met}) == len(WIDTHS) * len(LOOKS)


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

    assert page.evaluate(BELOW) <= 0
    assert sizes(".t-wall-name, .t-wall-votes, .t-wall-share") >= 0.028
    assert sizes(".t-says, .t-wall h1") >= 0.03
    assert sizes(".t-wall p, .t-line") >= 0.02
    assert page.locator("select, input, button").count() == 0


def test_the_large_screen_goes_from_contest_to_contest_by_itself(url, open_page):
    page = open_page("about:blank", 1920, 1080, alone=True)
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
