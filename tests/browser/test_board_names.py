"""Names of every sort in a browser: the Big List of Naughty Strings as options, parties and places, and a name that is an image with
a script. Each is text, none does anything, none breaks a page."""

import datetime as dt
import urllib.parse

import pytest

import fixture
from pages import board, go
from test_board_pages import wider_than_the_page

NAMES = fixture.naughty_strings()
PAGES = {
    "contests": "?lang=en",
    "contest": "?contest=c&lang=en",
    "unit": "?contest=c&place=u/0&lang=en",
    "candidate": "?contest=c&option=n0&lang=en",
    "candidate in German": "?contest=c&option=n0&lang=de",
    "search": "?show=search&lang=en&q=" + urllib.parse.quote(fixture.IMAGE),
    "trust": "?show=trust&lang=en",
    "wall": "?contest=c&screen=1&lang=en",
}


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    count = fixture.naughty()
    count.committed_at = dt.datetime.now(dt.timezone.utc)
    home = tmp_path_factory.mktemp("names")
    fixture.write_sqlite(count, home / "store.sqlite")
    with board(home) as address:
        yield address


def as_a_browser_reads(name):
    """Line ends are one character to a browser, and a NUL is none."""
    return name.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


@pytest.mark.parametrize("width", [320, 1440])
def test_a_name_does_nothing_and_breaks_no_page(url, open_page, shoot, width):
    page = open_page("about:blank", width, 900)
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.goto(f"{url}/?show=trust")
    page.locator(".t-page h1").wait_for()
    for what, search in PAGES.items():
        go(page, search)
        # A letter of a hundred marks is as wide as it is; it does not make the page wider.
        assert "page" not in wider_than_the_page(page), what
        assert page.locator(".t-page :is(script, iframe, object, embed, video, audio, marquee, style, link, meta, base)").count() == 0, what
        handlers = "[...document.querySelectorAll('.t-page *')].filter(e => [...e.attributes].some(a => a.name.startsWith('on'))).length"
        assert page.evaluate(handlers) == 0, what
        assert fixture.IMAGE in page.evaluate("document.querySelector('.t-page h1').textContent") and fixture.IMAGE in page.title(), what
        shoot(page, f"names-{what.replace(' ', '-')}-{width}")
    page.goto(f"{url}/{PAGES['contest']}")  # And on a page that is opened there.
    page.locator(".t-foot").wait_for()
    assert dialogs == []


def test_every_name_stands_on_the_page_as_it_is(url, open_page):
    page = open_page(f"{url}/?contest=c&lang=en", 1440, 900)
    page.locator(".t-foot").wait_for()
    said = page.evaluate("[...document.querySelectorAll('[data-option] .t-who > a bdi')].map(e => e.textContent)")
    assert said == [as_a_browser_reads(name) for name in NAMES]

    page.locator(".t-search input[type=search]").fill(fixture.IMAGE)
    page.locator(".t-found").first.wait_for()
    assert fixture.IMAGE in page.evaluate("[...document.querySelectorAll('.t-found bdi')].map(e => e.textContent)")
