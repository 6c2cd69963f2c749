"""What a reader does on a page of the board arrives, however busy the count, the server or the line is: a click, the Enter key, a press
that lasts, a step back."""

import datetime as dt
import itertools
import re
import threading

import pytest

import fixture
from pages import wait_until
from test_board_pages import commit, tab_to

PRESIDENT, CANDIDATE, AREA, UNIT = "President and Vice President", "侯友宜/趙少康", "臺北市", "大安 1"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Two contests, so that there is a page of all of them; in the first Hou has 40 votes, and Lai what commit() says."""
    count = fixture.small()
    count.committed_at = dt.datetime.now(dt.timezone.utc)
    council = count.contest("council", "Council", [(x, x.title(), x.title(), None, None) for x in ("ada", "bob", "cy")], seats=2, votes_allowed=2)
    for slot, votes in enumerate((9, 7, 3)):
        count.total(council, slot, "tw/b/1", votes)
    folder = tmp_path_factory.mktemp("clicks")
    fixture.write_sqlite(count, folder / "store.sqlite")
    return folder


@pytest.fixture
def commits(home):
    """A count that commits twenty times a second, and each time the other one leads."""
    ended = threading.Event()

    def count():
        for votes in itertools.cycle((61, 20)):
            if ended.wait(0.05):
                return
            commit(home, votes)

    counting = threading.Thread(target=count)
    counting.start()
    yield
    ended.set()
    counting.join()


ALL = "All contests"


def shown(page, name):
    """Waits for the page of this name: what the last step of "you are here" says."""
    if name == ALL:  # Nothing is above it.
        page.locator(".t-cards").wait_for()
    else:
        page.locator(".t-crumbs [aria-current=page]", has_text=re.compile(f"^{name}$")).wait_for()


def test_each_click_leads_to_its_page_while_commits_come_quickly(url, commits, open_page):
    page = open_page(f"{url}/?lang=en")
    for _ in range(3):
        shown(page, ALL)
        page.locator(".t-card a", has_text=PRESIDENT).click()
        shown(page, PRESIDENT)
        page.locator("[data-option=hou] .t-who a").click()
        shown(page, CANDIDATE)
        page.locator(".t-units a", has_text=AREA).click()
        shown(page, AREA)
        page.locator(".t-units a", has_text=UNIT).click()
        shown(page, UNIT)
        page.go_back()
        shown(page, AREA)
        page.locator(".t-crumbs a", has_text=ALL).click()
    shown(page, ALL)


def test_each_press_of_enter_leads_to_its_page_while_commits_come_quickly(url, commits, open_page):
    page = open_page(f"{url}/?lang=en")
    shown(page, ALL)
    for name in (PRESIDENT, CANDIDATE, AREA, UNIT, ALL):
        tab_to(page, name)
        page.keyboard.press("Enter")
        shown(page, name)


# A page whose line loses what is sent as long as window.lost_ is a number, which counts it.
LOSES = """(() => { const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (what) { if (window.lost_ === undefined) send.call(this, what); else window.lost_ += 1; }; })()"""


@pytest.mark.parametrize("how", ["click", "Enter", "back"])
def test_what_the_line_loses_is_told_again(url, open_page, how):
    page = open_page("about:blank")
    page.add_init_script(LOSES)
    page.goto(f"{url}/?lang=en")
    shown(page, ALL)
    link = page.locator(".t-card a", has_text=PRESIDENT)
    if how == "back":
        link.click()
        shown(page, PRESIDENT)

    page.evaluate("window.lost_ = 0")
    if how == "click":
        link.click()
    elif how == "Enter":
        link.press("Enter")
    else:
        page.go_back()
    page.wait_for_function("window.lost_ > 0 && document.querySelector('.t-asked')")
    # What is told leaves the page a moment after that.
    page.evaluate("new Promise(done => setTimeout(() => { delete window.lost_; done(); }, 100))")

    shown(page, ALL if how == "back" else PRESIDENT)
    page.locator(".t-asked").wait_for(state="detached")


def leads(page, option):
    page.locator(f".t-options .t-bars li:first-child[data-option={option}]").wait_for()


def test_who_has_the_focus_keeps_it_when_his_line_goes_to_another_place(home, url, open_page):
    commit(home, 61)
    page = open_page(f"{url}/?contest=president&lang=en")
    leads(page, "lai")
    page.locator("[data-option=hou] .t-who a").focus()

    commit(home, 20)

    leads(page, "hou")
    assert page.evaluate("document.activeElement.closest('[data-option]')?.dataset.option") == "hou"
    page.keyboard.press("Enter")
    shown(page, CANDIDATE)


def test_a_click_is_for_what_stood_there_when_it_began(home, url, open_page):
    """Between its beginning and its end the lines would have changed places."""
    commit(home, 61)
    page = open_page("about:blank")
    said = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: said.append(frame if isinstance(frame, bytes) else frame.encode())))
    page.goto(f"{url}/?contest=president&lang=en")
    leads(page, "lai")
    link = page.locator("[data-option=hou] .t-who a").bounding_box()
    page.mouse.move(link["x"] + link["width"] / 2, link["y"] + link["height"] / 2)

    page.mouse.down()
    commit(home, 33)  # 45.21 % of 73.
    wait_until(lambda: page.wait_for_timeout(20) or any(b"45.21" in frame for frame in said), 60, "the new figures are on their way to the page")
    page.wait_for_timeout(500)
    leads(page, "lai")
    page.mouse.up()

    shown(page, CANDIDATE)
    page.locator(".t-crumbs a", has_text=PRESIDENT).click()
    leads(page, "hou")


def test_an_address_that_says_a_thing_twice_is_shown_and_stays(url, open_page):
    page = open_page(f"{url}/?contest=council&contest=president&lang=en&embed=false&nothing=")
    shown(page, PRESIDENT)
    page.locator(".t-asked").wait_for(state="detached")
    assert page.url.endswith("/?contest=council&contest=president&lang=en&embed=false&nothing=")
