"""The board of a count whose presentation has everything, in a browser: names in the page's language, photo, profile, and
shares held against those of an earlier election."""

import base64
import datetime as dt
import json
import os
import pathlib
import re
import subprocess

import pytest

import fixture
from pages import TREE, board, found_by_axe, go
from test_board_pages import text, wider_than_the_page


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    count = fixture.small_with_earlier()
    count.committed_at = dt.datetime.now(dt.timezone.utc)
    count.curve({(0, 0): 90, (0, 1): 60}, points=20)
    count.presentation["options"]["president/hou"] = {"photo": "hou.png"}
    count.presentation["photos"]["hou.png"] = fixture.picture(150, 60, 60, 600, 200)
    home = tmp_path_factory.mktemp("presentation")
    fixture.write_sqlite(count, home / "store.sqlite")
    with board(home) as address:
        yield address


PAGES = {
    "contest": "?contest=president",
    "candidate": "?option=lai",
    "wide-photo": "?option=hou",
    "place": "?place=tw/a",
    "other-place": "?place=tw/b",
}


@pytest.mark.parametrize(
    ("width", "scheme", "language"),
    [(320, "light", "en"), (390, "dark", "zh-Hant"), (768, "dark", "de"), (1024, "light", "zh-Hant"), (1440, "light", "en")],
)
def test_names_photo_profile_and_changes_fit_every_width(url, open_page, shoot, width, scheme, language):
    page = open_page(f"{url}/?show=trust", width, 900, scheme)
    page.locator(".t-foot").wait_for()
    for name, query in PAGES.items():
        go(page, f"{query}&lang={language}")
        assert wider_than_the_page(page) == [], name
        if "option" in query:
            page.wait_for_function("(i => i.complete && i.naturalWidth > 0)(document.querySelector('.t-photo'))")
        assert found_by_axe(page) == [], name
        shoot(page, f"presentation-{name}-{width}")


def test_a_reader_goes_from_language_to_language_and_stays_on_the_page(url, open_page):
    page = open_page(f"{url}/?option=lai&lang=en")
    page.get_by_role("heading", name="Lai Ching-te / Hsiao Bi-khim").wait_for()
    assert page.title() == "Lai Ching-te / Hsiao Bi-khim · President · President 2024 · Teller"
    assert "Vice president since 2020." in text(page, ".t-profile") and "Born in <b>Wanli</b>." in text(page, ".t-profile")

    page.get_by_label("Language").select_option("zh-Hant")

    page.get_by_role("heading", name="賴清德/蕭美琴").wait_for()
    assert page.title() == "賴清德/蕭美琴 · 總統副總統 · 總統選舉 · Teller"
    assert "2020年起任副總統" in text(page, ".t-profile") and "Taipei" not in text(page, ".t-page")


def test_the_strip_says_what_the_page_is_about_while_its_title_is_scrolled_away(url, open_page, shoot):
    page = open_page(f"{url}/?contest=president&lang=en", 1280, 700)
    page.locator(".t-laws").wait_for()

    page.locator(".t-laws").scroll_into_view_if_needed()

    assert page.locator(".t-election").inner_text() == "President 2024"
    assert page.locator(".t-election").bounding_box()["y"] < 60
    shoot(page, "presentation-scrolled", whole=False)


TELLER = pathlib.Path(os.environ.get("TELLER", TREE / "build/release/teller"))


def test_a_count_that_the_program_makes_shows_its_presentation(tmp_path, open_page, shoot):
    """The example of docs/reference/presentation.md, for the election of the README."""
    readme = (TREE / "README.md").read_text(encoding="utf-8")
    for name, inside in re.findall(r"cat > (\S+) <<'(?:CSV|TOML)'\n(.*?)\n(?:CSV|TOML)\n", readme, re.DOTALL):
        (tmp_path / name).write_text(inside + "\n", encoding="utf-8")
    example = re.search(r"```json\n(.*?)```", (TREE / "docs/reference/presentation.md").read_text(encoding="utf-8"), re.DOTALL)[1]
    (tmp_path / "presentation.json").write_text(example, encoding="utf-8")

    def teller(*arguments, fails=False):
        done = subprocess.run([TELLER, *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=120)
        assert (done.returncode != 0) == fails, done.stderr
        return done.stderr

    teller("import", "results.csv", "--mapping", "mapping.toml", "--write-rules", "rules.json")
    begin = ("init", "--home", "count", "--rules", "rules.json", "--mode", "test", "--presentation", "presentation.json")
    assert "ada.jpg" in teller(*begin, fails=True) and not (tmp_path / "count/count.json").exists()
    (tmp_path / "ada.jpg").write_bytes(base64.b64decode(fixture.picture()))
    teller(*begin)
    teller("import", "results.csv", "--mapping", "mapping.toml", "--home", "count")
    teller("verify", "--home", "count")
    assert json.loads((tmp_path / "count/presentation.json").read_text(encoding="utf-8"))["photos"]["ada.jpg"] == fixture.picture()

    with board(tmp_path / "count") as url:
        page = open_page(f"{url}/?option=Ada&lang=de")
        page.locator(".t-photo").wait_for()
        assert page.evaluate("document.querySelector('.t-photo').naturalWidth") == 60
        assert page.title() == "Ada · Rat · Rat von Rillchen · Teller" and "Baker. On the council" in text(page, ".t-profile")
        page.goto(f"{url}/?contest=council&lang=en")
        page.locator(".t-change").wait_for()
        assert "+2.39 points" in text(page, ".t-options")
        shoot(page, "presentation-of-the-program")
        page.close()
