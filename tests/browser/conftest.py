"""A browser for the tests of this folder: Debian's Chromium, driven by Playwright, which downloads nothing.

It trusts the stack's own CA through a key store in a home of its own, so that a wrong certificate stays an error. Every
page records what failed on it (requests, console); a test that ends with such a record fails. Pictures go to
build/screenshots. Run with build/venv/test; needs packages/install.sh test board browser, and for the stack's pages a
stack that runs and holds a count.
"""

import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
from playwright.sync_api import sync_playwright

TREE = pathlib.Path(__file__).resolve().parents[2]
STATE = pathlib.Path(os.environ.get("TELLER_STATE", TREE / ".stack"))
SECRETS = STATE / "secrets"
SHOTS = TREE / "build" / "screenshots"
CHROMIUM = os.environ.get("TELLER_CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]
if hasattr(os, "geteuid") and os.geteuid() == 0:
    FLAGS.append("--no-sandbox")  # Chromium refuses to run as root with one.

sys.path.insert(0, str(TREE / "view" / "board" / "tests"))


def settings():
    values = {}
    for line in (TREE / "stack" / "settings.env").read_text().splitlines():
        name, equals, value = line.partition("=")
        if equals and not name.startswith("#"):
            values[name] = os.environ.get(name) or value
    return values


def trust(home, certificate):
    store = f"sql:{home}/.pki/nssdb"
    (home / ".pki/nssdb").mkdir(parents=True)
    subprocess.run(["certutil", "-d", store, "-N", "--empty-password"], check=True)
    subprocess.run(["certutil", "-d", store, "-A", "-t", "C,,", "-n", "teller", "-i", certificate], check=True)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory):
    home = tmp_path_factory.mktemp("browser")
    if (SECRETS / "ca.crt").exists():
        trust(home, SECRETS / "ca.crt")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS, env={**os.environ, "HOME": str(home)})
        yield browser
        browser.close()


class Troubles(list):
    """What went wrong on a page while a test looked at it."""

    def watch(self, page):
        page.on("response", lambda r: r.status >= 400 and self.append(f"{r.status} {r.request.method} {r.url}"))
        page.on("requestfailed", lambda r: r.failure != "net::ERR_ABORTED" and self.append(f"{r.failure} {r.url[:200]}"))
        page.on("console", lambda m: m.type == "error" and self.append(f"console: {m.text[:300]}"))
        page.on("pageerror", lambda e: self.append(f"script: {e}"))


@pytest.fixture
def open_page(chromium):
    """open_page(url, width, height, scheme) → page. Fails the test if anything failed on one of its pages."""
    with contextlib.ExitStack() as stack:
        troubles = Troubles()

        def open_(url, width=1280, height=900, scheme="light"):
            context = stack.enter_context(contextlib.closing(
                chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, locale="en-GB")))
            page = context.new_page()
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
    """shoot(page, name): the whole page, however long, into build/screenshots/name.png."""
    SHOTS.mkdir(parents=True, exist_ok=True)

    def shoot_(page, name, whole=True, scroller="[data-testid=stMain]"):
        before = page.viewport_size
        if whole:
            height = page.evaluate("s => document.querySelector(s)?.scrollHeight ?? document.body.scrollHeight", scroller)
            page.set_viewport_size({"width": before["width"], "height": max(before["height"], height)})
            page.wait_for_timeout(700)  # Charts are drawn anew.
        page.screenshot(path=SHOTS / f"{name}.png")
        page.set_viewport_size(before)

    return shoot_


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_until(true, seconds, what):
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, f"not within {seconds} s: {what}"
        time.sleep(0.1)


def answers(url):
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return response.status == 200
    except OSError:
        return False


@contextlib.contextmanager
def board(home_or_url):
    """Starts view/board/run.sh and yields its address; ends it again."""
    port = free_port()
    SHOTS.mkdir(parents=True, exist_ok=True)
    with open(SHOTS / f"board-{port}.log", "w+") as log:
        process = subprocess.Popen([TREE / "view/board/run.sh", str(home_or_url), str(port)], stdout=log, stderr=log,
                                   stdin=subprocess.DEVNULL, start_new_session=True)
        try:
            url = f"http://127.0.0.1:{port}"
            wait_until(lambda: answers(f"{url}/_stcore/health") or process.poll() is not None, 90, "the board answers")
            assert process.poll() is None, (SHOTS / f"board-{port}.log").read_text()
            yield url
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=30)
            log.seek(0)
            said = log.read()
    assert "Traceback" not in said, said
    (SHOTS / f"board-{port}.log").unlink()
