"""What the presentation says is shown: titles, names in several languages and scripts, photos, profiles; and it is believed
only as far as its hash goes."""

from __future__ import annotations

import pytest

import colours
import fixture
import names
import pages
import presentation
import words as w
from model import Figure, Option, PartyLine, Share, View
from reader import Reader
from support import NOW, drawn, execute, plain, reading


@pytest.fixture
def path(tmp_path):
    return fixture.write_sqlite(fixture.small_in_languages(), tmp_path / "store.sqlite")


def in_language(language, path, view=View()):
    with w.speaking(language):
        return drawn(path, view)


def test_the_title_stands_in_strip_and_window_and_the_subtitle_below_it(path):
    html = drawn(path)

    assert '<span class="t-election"><bdi>President 2024</bdi></span>' in html.split("t-body")[0]
    assert "<h1><bdi>President 2024</bdi></h1>" in html and "A made-up count of four places" in plain(html)
    assert pages.of(reading(path), View(), NOW, 120).title == "President · President 2024 · Teller"
    with w.speaking("zh-Hant"):
        assert pages.of(reading(path), View(), NOW, 120).title == "總統副總統 · 總統選舉 · Teller"


def test_everything_is_called_as_it_is_in_the_language_of_the_page(path):
    english, chinese, german = (plain(in_language(x, path)) for x in ("en", "zh-Hant", "de"))

    assert (
        "Lai Ching-te / Hsiao Bi-khim leads with" in english and "Lai / Hsiao · Democratic Progressive Party" in english
    )
    assert "Lienchiang County 50 2 / 2 30 20 Taipei City 50" in english and "臺" not in english
    assert (
        "賴清德/蕭美琴 領先" in chinese and "民主進步黨" in chinese and "臺北市" in chinese and "Taipei" not in chinese
    )
    assert "賴清德/蕭美琴 führt" in german and "臺北市" in german  # Nobody says it in German: as the rules have it.


def test_places_between_and_breadcrumbs_are_called_so_too(path):
    area, unit = plain(drawn(path, View(place="tw/b"))), plain(drawn(path, View(place="tw/b/1")))

    assert "President Taipei City Find" in area and "大安 1 50 30 20" in area
    assert "President Taipei City 大安 1 Find" in unit


def test_a_name_in_another_language_is_found_and_leads_to_the_same_page(path):
    for said in ("taipei", "台北市", "臺北市", "頼清徳", "Ching-te"):
        found = reading(path, View(show="search", search=said)).snapshot.found
        assert {e.id for e in found.entries} & {"tw/b", "lai"}, said
    inside = reading(path, View(place="tw", search="taipei")).snapshot
    assert [line.id for line in inside.lines] == ["tw/b/1", "tw/b/2"]

    page = plain(drawn(path, View(show="search", search="大安 1")))
    assert "大安 1 Reporting unit · Taipei City" in page


def test_the_page_of_a_candidate_has_photo_profile_and_all_names_each_in_its_language(path):
    html = drawn(path, View(option="lai"))

    assert f'<img class="t-photo" src="data:image/png;base64,{fixture.picture()}" alt="Photo of Lai Ching-te' in html
    assert "Vice president since 2020." in html and "Born in &lt;b&gt;Wanli&lt;/b&gt;." in html
    assert '<p class="t-also"><bdi lang="zh">賴清德/蕭美琴</bdi> · <span lang="ja">' in html
    chinese = in_language("zh-Hant", path, View(option="lai"))
    assert '<div class="t-profile" lang="zh-TW">' in chinese and "2020年起任副總統" in chinese
    assert '<div class="t-profile" lang="en">' in in_language("de", path, View(option="lai"))
    assert "t-photo" not in drawn(path, View(option="hou")) and "t-profile" not in drawn(path, View(option="hou"))
    assert '<p class="t-also"><bdi lang="zh">臺北市</bdi>' in drawn(path, View(place="tw/b"))


def test_a_presentation_that_is_not_the_one_of_the_count_is_not_shown(path):
    execute(path, "update presentations set bytes = cast(replace(bytes, 'President 2024', 'President 2042') as blob)")

    html = drawn(path)

    assert "2042" not in html and "<h1><bdi>Test election</bdi></h1>" in html and "賴清德/蕭美琴 leads" in plain(html)


def test_what_is_no_picture_is_not_shown(tmp_path):
    count = fixture.small_in_languages()
    count.presentation["photos"] = {"lai.png": "PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+"}  # <svg onload=alert(1)>

    assert "<img" not in drawn(fixture.write_sqlite(count, tmp_path / "store.sqlite"), View(option="lai"))


def test_a_store_of_an_older_program_has_none(path):
    execute(path, "drop view pub_presentation")

    assert "<h1><bdi>Test election</bdi></h1>" in drawn(path)


def test_it_is_read_once_and_again_only_when_it_is_another_one(path, monkeypatch):
    reads = []
    read = presentation.read
    monkeypatch.setattr("queries.read", lambda *of: (reads.append(1), read(*of))[1])
    monkeypatch.setattr("reader.READ_ALL_AFTER_S", 0.0)
    reader = Reader(f"sqlite:///{path}")

    for commit in (2, 3, 4):
        execute(path, f"update head set commit_number = {commit}")
        reader._ask_again_at = 0
        reader.read(View())

    assert len(reads) == 1


@pytest.mark.parametrize(
    "tag, language, serves",
    [
        ("en", "en", 3),
        ("en-GB", "en", 2),
        ("zh-TW", "zh-Hant", 2),
        ("zh", "zh-Hant", 2),
        ("zh-CN", "zh-Hant", 0),
        ("de-CH", "de", 2),
        ("ja", "zh-Hant", 0),
        ("eng", "en", 0),
    ],
)
def test_a_text_serves_who_reads_its_language_and_script(tag, language, serves):
    assert w.serves(tag, language) == serves


def test_names_of_several_parties_are_called_each_by_its_own(tmp_path):
    count = fixture.small_in_languages()
    count.rows["option_parties"].append((0, 0, 1, 1))

    said = plain(drawn(fixture.write_sqlite(count, tmp_path / "store.sqlite")))

    assert "Lai / Hsiao · Democratic Progressive Party, Kuomintang" in said


@pytest.mark.parametrize("ids", [["green"], ["a+b"], ["50%", "a+b"], ["a", "b"], ["a%2Bb"]], ids=" and ".join)
def test_a_line_of_parties_has_their_names_and_colour_whatever_their_ids_are(ids):
    figure, share = Figure(0, "number", 0, 0, 0), Share(None, None)
    escaped = "+".join(one.replace("%", "%25").replace("+", "%2B") for one in ids)
    line = PartyLine(escaped, " + ".join(f"Party {one}" for one in ids), None, 1, figure, share)
    option = Option(
        0,
        "ada",
        "Ada",
        "Ada",
        "candidate",
        "#aa0000",
        ", ".join(ids),
        ", ".join(f"Party {one}" for one in ids),
        figure,
        share,
    )
    said = {one: f"Partei {one}" for one in ids}

    assert line.ids == ids
    assert names._party(line, said).party_name == " + ".join(f"Partei {one}" for one in ids)
    assert names._option(option, "mayor", said).party_names == ", ".join(f"Partei {one}" for one in ids)
    assert colours.of_party(line, [option], {option.party_ids: 7}) == colours.shown("#aa0000", 7)
