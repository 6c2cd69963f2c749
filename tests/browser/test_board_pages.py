"""The board's pages in a browser: one commit a page, addresses that can be shared, and pages for everybody."""

import datetime as dt
import re
import sqlite3

import pytest

import fixture
from pages import board, look_at

LONG = "N" * 200
CJK = "臺北市議員候選人甲乙丙丁" * 4


def commit(home, votes):
    """As a count would: all of it in one transaction."""
    with sqlite3.connect(home / "store.sqlite") as store:
        store.execute("update contest_totals set value = ? where contest = 0 and slot = 0", (votes,))
        store.execute("update head set commit_number = commit_number + 1, committed_at = ?", (fixture.stamp(dt.datetime.now(dt.timezone.utc)),))
    store.close()


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Two contests: one of two candidates, one of forty with every difficult name there is, for seven seats."""
    count = fixture.small()
    count.committed_at = dt.datetime.now(dt.timezone.utc)
    count.parties(*((f"p{i}", f"Party {i}", None) for i in range(14)))
    names = [LONG, CJK, "<img src=x onerror=alert(1)>", "שלום עולם", "Zoë Ñandú", "=1+2", *(f"Candidate {i}" for i in range(34))]
    council = count.contest(
        "council", "Council of forty", [(f"c{i}", name, name, f"p{i % 14}", None) for i, name in enumerate(names)], votes_allowed=7, seats=7
    )
    for slot in range(40):
        for unit, part in (("tw/a/1", 3), ("tw/b/1", 2)):
            count.total(council, slot, unit, (45 - slot) * part)
    for unit in ("tw/a/1", "tw/b/1"):
        count.total(council, fixture.CARDS, unit, 900)
    count.curve({(council, slot): (45 - slot) * 5 for slot in range(40)} | {(0, 0): 60, (0, 1): 40}, points=12)
    folder = tmp_path_factory.mktemp("pages")
    fixture.write_sqlite(count, folder / "store.sqlite")
    return folder


def text(page, selector):
    return re.sub(r"\s+", " ", " ".join(page.locator(selector).all_inner_texts()))


def wider_than_the_page(page):
    """What reaches over the right edge, or is cut off where it ends, other than what can be scrolled; of a page that has come to rest."""
    for _ in range(50):
        over = page.evaluate("""() => {
          const main = document.querySelector('[data-testid=stMain]');
          const edge = main.clientWidth + 1;
          const over = [...document.querySelectorAll('.t-page *')].filter(e => !e.closest('.t-scroll, .t-svg, .t-unseen, .t-places-drawn > *')
            && e.getBoundingClientRect().right > edge);
          return (main.scrollWidth > edge ? ['page'] : []).concat(over.map(e => e.outerHTML.slice(0, 120)));
        }""")
        if not over:
            break
        page.wait_for_timeout(100)
    return over


def test_strip_and_footer_are_of_one_commit_in_every_frame(home, url, open_page):
    page = open_page(f"{url}/?contest=president")
    page.locator(".t-foot").wait_for()
    page.evaluate("""() => {
      window.frames_ = []; window.commits_ = new Set();
      const look = () => {
        const strip = document.querySelector('.t-asof b')?.textContent, foot = document.querySelector('.t-foot p')?.textContent.match(/commit ([0-9,]+)/)?.[1];
        const bar = document.querySelector('[data-option=lai] .t-votes b')?.textContent, said = document.querySelector('[data-tile=votes] .t-big')?.textContent;
        window.commits_.add(strip);
        if (strip !== foot || Number(bar) + 40 !== Number(said)) window.frames_.push([strip, foot, bar, said]);
        requestAnimationFrame(look);
      };
      look();
    }""")

    for votes in (61, 62, 63, 64):
        commit(home, votes)
        page.locator("[data-option=lai] .t-votes b", has_text=str(votes)).wait_for(timeout=60_000)

    assert page.evaluate("window.frames_") == []
    assert page.evaluate("window.commits_.size") >= 4


def test_what_is_chosen_stands_in_the_address_and_can_be_gone_back_to(url, open_page):
    page = open_page(f"{url}/?contest=council")
    page.locator("h1").wait_for()
    assert "Council of forty" in page.title() and "Test election" in page.title()

    page.get_by_label("Contest").select_option("president")
    page.locator("[data-option=lai]").wait_for()
    assert page.url.endswith("?contest=president")
    page.locator(".t-units a", has_text="臺北市").click()
    page.get_by_role("heading", name="臺北市").wait_for()
    assert page.url.endswith("?contest=president&place=tw/b") and page.title().startswith("臺北市 · President")

    page.go_back()
    page.locator("[data-option=lai]").wait_for()
    page.go_back()
    page.locator("[data-option=c0]").wait_for()
    page.go_forward()
    page.locator("[data-option=lai]").wait_for()
    assert page.evaluate("window.sameDocument") is True
    page.reload()
    page.locator("[data-option=lai]").wait_for()
    assert page.url.endswith("?contest=president")


def test_what_is_searched_is_found_as_one_types_and_back_leads_to_where_one_was(url, open_page, shoot):
    page = open_page(f"{url}/?contest=president")
    box = page.get_by_placeholder("Place, candidate, party or contest")
    box.press_sequentially("台北")
    page.locator("[data-key=place] a", has_text="臺北市").wait_for()
    box.press_sequentially("市")
    page.get_by_role("heading", name="1 place", exact=True).wait_for()
    assert box.input_value() == "台北市" and page.evaluate("document.activeElement.name") == "q"

    page.locator("[data-key=place] a", has_text="臺北市").click()
    page.get_by_role("heading", name="臺北市").wait_for()
    assert page.url.endswith("?contest=president&place=tw/b")
    page.go_back()
    page.locator(".t-found").first.wait_for()
    page.go_back()
    page.locator("[data-option=lai]").wait_for()

    box.fill("forti")
    page.get_by_text("Nothing is written exactly so").wait_for()
    assert page.locator(".t-card").count() == 1
    page.locator(".t-card a").click()
    page.locator("[data-option=c0]").wait_for()


def test_what_is_found_is_told_by_its_kind(url, open_page):
    page = open_page(f"{url}/?show=search&q=a")
    page.locator(".t-found").first.wait_for()

    assert "Party 3" in text(page, "[data-key=party]") and "介壽村" not in text(page, ".t-body")


def test_forty_options_with_difficult_names_fit_every_width_and_the_strip_leaves_room(url, open_page, shoot):
    page = open_page(f"{url}/?contest=council")
    page.locator(".t-laws").wait_for()
    page.locator(".t-rest summary").click()
    for width, height, scheme in (
        (320, 256, "light"),
        (390, 844, "dark"),
        (844, 390, "light"),
        (768, 1024, "light"),
        (1440, 900, "dark"),
        (3840, 2160, "light"),
    ):
        look_at(page, width, height, scheme)
        assert wider_than_the_page(page) == [], width
        assert page.locator(".t-options > .t-bars > li[data-option]").count() == 10
        assert "7 seats: the line between in and out" in text(page, ".t-options")
        assert page.locator("li[data-option]:visible").count() == 40
        assert "<img src=x onerror=alert(1)>" in text(page, ".t-options")
        page.locator(".t-laws").scroll_into_view_if_needed()
        line = page.locator(".t-line").bounding_box()
        covered = max(0, line["y"] + line["height"]) if line["y"] > -line["height"] else 0
        assert covered <= 0.12 * height, f"the strip covers {covered} of {height} px"
        shoot(page, f"board-forty-{width}")


def test_the_page_says_nothing_aloud_while_nothing_is_new(url, open_page):
    page = open_page(f"{url}/?contest=president")
    page.locator(".t-laws").wait_for()
    page.evaluate("""() => { window.said_ = 0;
      new MutationObserver(() => window.said_++).observe(document.querySelector('[role=status].t-unseen'), {childList: true, characterData: true, subtree: true}); }""")

    page.wait_for_timeout(5000)

    assert page.evaluate("window.said_") == 0
    assert page.locator("[role=status] .t-strip, .t-strip[role=status]").count() == 0


# A page on which time goes ten times as fast: a minute is six seconds, in which there are some commits.
FAST = """(() => { const now = Date.now.bind(Date), began = now(), later = window.setTimeout.bind(window);
  Date.now = () => began + 10 * (now() - began);
  window.setTimeout = (what, ms, ...more) => later(what, (ms ?? 0) / 10, ...more); })()"""


def test_new_numbers_are_announced_at_most_once_a_minute_and_the_newest_is(home, url, open_page):
    page = open_page("about:blank")
    page.add_init_script(FAST)
    page.goto(f"{url}/?contest=president&lang=en")
    page.locator(".t-laws").wait_for()
    page.evaluate("""() => { window.said_ = []; const status = document.querySelector('[role=status].t-unseen');
      new MutationObserver(() => window.said_.push([Date.now(), status.textContent])).observe(status, {childList: true, characterData: true, subtree: true}); }""")

    for votes in range(81, 87):
        commit(home, votes)
        page.locator("[data-option=lai] .t-votes b", has_text=str(votes)).wait_for()
    page.wait_for_function("window.said_.at(-1)?.[1].includes('46 votes')")

    times = [at for at, _ in page.evaluate("window.said_")]
    assert len(times) > 1
    # Both times are read a moment after the page has read them for itself.
    assert all(later - earlier > 59_900 for earlier, later in zip(times, times[1:], strict=False)), times


def test_all_of_a_page_is_reached_by_keyboard_and_focus_is_seen(url, open_page):
    page = open_page(f"{url}/?contest=council")
    page.locator(".t-laws").wait_for()

    seen = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.add(
            page.evaluate("""() => { const e = document.activeElement, s = getComputedStyle(e);
          return (e.className || e.tagName) + (e.closest('.t-page') && s.outlineStyle === 'none' ? ' UNSEEN' : ''); }""")
        )

    assert any("t-scroll" in one for one in seen)
    assert not [one for one in seen if "UNSEEN" in one]


def tab_to(page, name):
    """Presses the Tab key until a link of that name has the focus."""
    for _ in range(100):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('.t-page a')?.textContent") == name:
            return
    raise AssertionError(f"no press of the Tab key comes to {name}")


def test_who_has_only_a_keyboard_comes_from_all_contests_down_to_a_unit(url, open_page):
    page = open_page(f"{url}/?lang=en")
    page.locator(".t-cards").wait_for()
    for name, heading in (("President and Vice President", None), ("臺北市", "臺北市"), ("大安 1", "大安 1")):
        tab_to(page, name)
        page.keyboard.press("Enter")
        page.get_by_role("heading", name=heading or "Votes by option", exact=True).wait_for()
        # What had the focus is not on this page: it is read from its beginning.
        assert page.evaluate("document.activeElement.closest('.t-body') !== null")
    assert page.url.endswith("?contest=president&place=tw/b/1&lang=en")


def test_pausing_keeps_the_page_as_it_is(home, url, open_page):
    page = open_page(f"{url}/?contest=president")
    page.get_by_role("button", name="Pause").click()
    commit(home, 71)
    page.wait_for_timeout(5000)
    assert "71" not in text(page, "[data-option=lai]")

    page.get_by_role("button", name="Go on").click()

    page.locator("[data-option=lai] .t-votes b", has_text="71").wait_for(timeout=20_000)


def test_a_table_is_downloaded_and_no_name_is_calculated(url, open_page):
    page = open_page(f"{url}/?contest=president")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as CSV").click()

    said = download.value.path().read_text(encoding="utf-8-sig")

    assert said.splitlines()[0].startswith("Area,Cards,Reporting,Lai / Hsiao,Hou / Jaw")
    assert said.splitlines()[1].startswith("連江縣,50,2 / 2,30,20")

    page = open_page(f"{url}/?contest=council")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as CSV").click()
    assert ",'=1+2," in download.value.path().read_text(encoding="utf-8-sig").splitlines()[0]


def test_the_large_screen_has_nothing_to_choose(url, open_page, shoot):
    page = open_page(f"{url}/?contest=council&screen=1", 1920, 1080)
    page.locator(".t-wall").wait_for()

    assert page.locator("select, input").count() == 0
    assert page.evaluate("parseFloat(getComputedStyle(document.querySelector('.t-wall-votes')).fontSize)") >= 32
    assert page.evaluate("(() => { const m = document.querySelector('[data-testid=stMain]'); return m.scrollHeight - m.clientHeight; })()") <= 0
    shoot(page, "board-screen", whole=False)
    page.close()


@pytest.mark.parametrize(
    ("language", "width", "scheme", "said"),
    [
        ("de", 320, "light", ["nichtamtliche Summen", r"\d\d,\d\d %", "Taipeh-Zeit"]),
        ("de", 1440, "dark", ["führt", "Einheiten haben gemeldet"]),
        ("zh-Hant", 390, "dark", ["非正式統計", r"\d\d\.\d\d%", "台北時間"]),
        ("zh-Hant", 1024, "light", ["領先"]),
    ],
)
def test_each_language_fits_and_writes_numbers_and_times_as_it_does(url, open_page, shoot, language, width, scheme, said):
    page = open_page(f"{url}/?contest=president&lang={language}", width, 900, scheme)
    page.locator(".t-laws").wait_for()
    shown = text(page, ".t-page").replace("\xa0", " ")

    assert wider_than_the_page(page) == []
    assert page.evaluate("document.documentElement.lang") == language
    shoot(page, f"board-{language}-{width}")
    assert [one for one in said if not re.search(one, shown)] == []


@pytest.fixture
def url_of_sheets(tmp_path):
    """A contest of result sheets, of which one is withheld."""
    count = fixture.small()
    contest = count.contest("sheets", "By sheets", [("x", "Xenia Xerxes", "X", None, None), ("y", "Yul York", "Y", None, None)], sheets=True)
    for unit, said in (("tw/a/1", {"known": 1}), ("tw/a/2", {"withheld": 1})):
        for slot, votes in ((0, 30), (1, 20)):
            count.total(contest, slot, unit, votes if "known" in said else 0, **said)
        count.total(contest, fixture.CARDS, unit, 60, known=1)
    fixture.write_sqlite(count, tmp_path / "store.sqlite")
    with board(tmp_path) as address:
        yield address


def test_on_a_phone_the_share_of_a_figure_with_parts_missing_is_on_the_screen(url_of_sheets, open_page):
    page = open_page(f"{url_of_sheets}/?contest=sheets&place=tw/a", width=390, height=844)
    table = page.locator(".t-scroll").first
    table.wait_for()
    assert "30, withheld in 1 of 2 units 60.00 % of what is known" in text(page, ".t-scroll >> nth=0")
    assert table.evaluate("e => e.scrollWidth <= e.clientWidth"), "nothing of it stands outside"


def test_which_options_have_a_column_is_chosen_by_boxes_and_stands_in_the_address(url, open_page, shoot):
    page = open_page(f"{url}/?contest=council&lang=en")
    page.locator(".t-columns-of summary").click()
    assert page.locator(".t-boxes input:checked").count() == 7
    while page.locator(".t-boxes input:checked").count():
        page.locator(".t-boxes input:checked").first.uncheck()
    page.get_by_label("Candidate 33", exact=True).check()
    page.get_by_label("=1+2", exact=True).check()
    shoot(page, "board-columns")

    page.get_by_role("button", name="Show these").click()

    page.locator(".t-units thead th", has_text="Candidate 33").wait_for()
    assert [one.strip() for one in page.locator(".t-units thead th").all_inner_texts()] == [
        "Area",
        "Cards",
        "Reporting",
        "=1+2",
        "Candidate 33",
        "All others",
    ]
    assert "cols=c5%09c39" in page.url
    page.go_back()
    page.locator(".t-units thead th", has_text="Candidate 0").wait_for()
    assert page.locator(".t-boxes input:checked").count() == 7
