"""A browser for the tests of this folder: Debian's Chromium, driven by Playwright, which downloads nothing.

It trusts the stack's own CA through a key store in a home of its own, so that a wrong certificate stays an error. Every
page records what failed on it (requests, console); a test that ends with such a record fails. Pages of boards are in one
window, which knows a board's scripts after their first loading; the stack's have one each, for somebody is signed in there.
Pictures go to build/screens. Run with build/venv/test; needs packages/install.sh test board browser, and for the stack's
pages a stack that runs and holds a count.
"""

import contextlib
import os
import pathlib
import sys

import pytest
from playwright.sync_api import sync_playwright

sys.path[:0] = [str(pathlib.Path(__file__).parent), str(pathlib.Path(__file__).parents[2] / "view" / "board" / "tests")]

from pages import CHROMIUM, FLAGS, SECRETS, SHOTS, Troubles, board, rest, trust  # noqa: E402


@pytest.fixture(scope="session")
def chromium(tmp_path_factory):
    home = tmp_path_factory.mktemp("browser")
    if (SECRETS / "ca.crt").exists():
        trust(home, SECRETS / "ca.crt")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS, env={**os.environ, "HOME": str(home)})
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def url(home):
    """Of a board on the `home` that the module makes."""
    with board(home) as address:
        yield address


@pytest.fixture(scope="session")
def window(chromium):
    with contextlib.closing(chromium.new_context(locale="en-GB")) as context:
        yield context


@pytest.fixture
def open_page(chromium, window):
    """open_page(url, width, height, scheme) → page; `alone`: in a window of its own, for what is done to all pages of one.
    Fails the test if anything failed on one of its pages."""
    with contextlib.ExitStack() as stack:
        troubles = Troubles()

        def open_(url, width=1280, height=900, scheme="light", alone=False):
            context = window
            if alone or url.startswith("https:"):
                context = stack.enter_context(contextlib.closing(chromium.new_context(locale="en-GB")))
            page = stack.enter_context(contextlib.closing(context.new_page()))
            page.set_viewport_size({"width": width, "height": height})
            page.emulate_media(color_scheme=scheme)
            page.set_default_timeout(60_000)
            troubles.watch(page)
            page.goto(url)
            page.evaluate("window.sameDocument = true")
            return page

        open_.troubles = troubles
        yield open_
    assert list(troubles) == []


@pytest.fixture
def shoot():
    """shoot(page, name): the whole page, however long, into build/screens/name.png."""
    SHOTS.mkdir(parents=True, exist_ok=True)

    def shoot_(page, name, whole=True, scroller="[data-testid=stMain]"):
        before = page.viewport_size
        if whole:
            height = page.evaluate("s => document.querySelector(s)?.scrollHeight ?? document.body.scrollHeight", scroller)
            page.set_viewport_size({"width": before["width"], "height": max(before["height"], height)})
        if page.locator(".t-page").count() > 0:
            rest(page)
        else:
            page.wait_for_timeout(700)  # Superset's charts are drawn anew.
        page.screenshot(path=SHOTS / f"{name}.png")
        page.set_viewport_size(before)

    return shoot_
