"""The board's words: every language says everything, numbers and shares are honest in each."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo

import pytest

import fixture
import words as w
from model import View
from support import data_of, drawn, execute, open_page, plain


def _texts(language: str) -> dict[str, str]:
    parts = ("say", "words", "means", "away", "trusted")
    said = {f"{part}.{name}": value for part in parts for name, value in w._file(language)[part].items()}
    return {name: value if isinstance(value, str) else " | ".join(value) for name, value in said.items()}


@pytest.mark.parametrize("language", [language for language in w.languages() if language != w.ENGLISH])
def test_each_language_says_everything_with_the_same_places_for_names_and_numbers(language):
    english, other = _texts(w.ENGLISH), _texts(language)

    assert other.keys() == english.keys()
    for name, said in english.items():
        assert set(re.findall(r"{\w*}", other[name])) == set(re.findall(r"{\w*}", said)), name


@pytest.mark.parametrize(
    "wanted, found",
    [
        ("zh-TW", "zh-Hant"),
        ("zh-Hant", "zh-Hant"),
        ("en-GB", "en"),
        ("zh", "zh-Hant"),
        ("zh-HK", "zh-Hant"),
        ("zh-CN", "en"),
        ("de-CH", "de"),
        ("fr-CH", "en"),
        (None, "en"),
        ("../../x", "en"),
    ],
)
def test_the_nearest_language_is_taken_and_english_where_there_is_none(wanted, found):
    assert w.best_of(wanted) == found


@pytest.mark.parametrize(
    "votes, of, said",
    [
        (1, 2, "50.00 %"),
        (5_000_001, 10_000_000, "50.00001 %"),
        (49_999_999, 100_000_000, "49.999999 %"),
        (1, 1, "100.00 %"),
        (13_947_505, 13_947_506, "99.99999 %"),
        (0, 7, "0.00 %"),
        (1, 13_947_506, "0.00001 %"),
        (10**12 + 1, 2 * 10**12, ">50.00 %"),
        (1, 3, "33.33 %"),
    ],
)
def test_no_percentage_becomes_none_one_half_or_all_by_rounding(votes, of, said):
    assert w.percent(votes / of) == said


@pytest.mark.parametrize(
    "language, number, share, day, time, on_the_scale",
    [
        ("en", "13,947,506", "49.999999 %", "2024-01-13", "16:00:00 Asia/Taipei", "1.5M"),
        ("zh-Hant", "13,947,506", "49.999999%", "2024年1月13日", "16:00:00 台北時間", "150萬"),
        ("de", "13.947.506", "49,999999\xa0%", "13.01.2024", "16:00:00 Taipeh-Zeit", "1,5\xa0Mio."),
        # Languages of which nobody has written a file: what one would get with it.
        ("fr", "13\u202f947\u202f506", "49,999999\xa0%", "13 janv. 2024", "16:00:00 heure de Taipei", "1,5\xa0M"),
        ("hi", "1,39,47,506", "49.999999%", "13 जन॰ 2024", "4:00:00 pm ताइपे समय", "15\xa0लाख"),
        ("tlh", "13,947,506", "49.999999%", "Jan 13, 2024", "4:00:00\u202fPM Taiwan Time", "1.5M"),
    ],
)
def test_numbers_and_times_are_written_as_the_language_has_them(
    monkeypatch, language, number, share, day, time, on_the_scale
):
    file = w._file
    monkeypatch.setattr(w, "_file", lambda one: file(one) if one in w.languages() else {"name": one})
    w._merged.cache_clear()
    with w.speaking(language):
        assert w.number(13_947_506) == number
        assert w.percent(49_999_999 / 100_000_000) == share
        assert w.clock(fixture.T0, zoneinfo.ZoneInfo("Asia/Taipei")) == f"{day} {time}"
        assert w.short_number(1_500_000) == on_the_scale
        assert w.clock(fixture.T0, dt.timezone.utc).endswith(" UTC")
    w._merged.cache_clear()


def test_a_language_has_as_many_forms_for_numbers_as_it_says():
    with w.speaking("pl"):
        said = [w.plural(["głos", "głosy", "głosów"], n) for n in (1, 2, 5, 22, 25)]
    assert said == ["głos", "głosy", "głosów", "głosy", "głosów"]
    assert [w.plural(["vote", "votes"], n) for n in (0, 1, 2)] == ["votes", "vote", "votes"]
    with w.speaking("zh-Hant"):
        assert w.plural("票", 1) == "票"


def test_every_time_on_every_page_is_that_of_the_election(tmp_path):
    count = fixture.small_and_reconciled()
    count.curve({(0, 0): 60, (0, 1): 40}, points=20)
    path = fixture.write_sqlite(count, tmp_path / "store.sqlite")

    for view in (View(), View(place="tw/a"), View(option="lai"), View(show="trust"), View(screen=True)):
        said = drawn(path, view)
        assert "16:00:00 Asia/Taipei" in said and "08:00" not in said and "UTC" not in said


def test_the_page_speaks_the_language_that_its_reader_chose(home):
    fixture.write_sqlite(fixture.small(), home / "store.sqlite")

    sent = data_of(open_page(lang="zh-Hant"))

    said = plain(sent["html"])
    assert sent["language"] == "zh-Hant"
    assert "非正式統計" in said and "賴清德/蕭美琴 以 60.00% 領先，比 侯友宜/趙少康 多 20 票 。" in said.replace(
        "<b>", ""
    )
    assert "尚有 1 個單位未回報。已回報的單位" in said and "尚有 1 個單位未回報。在公告之前" in said
    assert not re.search(r"\b(leading|Votes|unofficial|reported|counted)\b", said)


def test_a_third_language_is_one_file(home):
    fixture.write_sqlite(fixture.small(), home / "store.sqlite")

    sent = data_of(open_page(lang="de-AT"))

    said = plain(sent["html"])
    assert sent["language"] == "de" and 'lang="de" selected>Deutsch' in sent["html"]
    assert "nichtamtliche Summen Stand Commit 1 vom 13.01.2024 16:00:00 Taipeh-Zeit" in said
    assert "60,00 %" in said.replace("\xa0", " ")
    assert not re.search(r"\b(leading|Votes|unofficial|reported|counted)\b", said)


def test_what_rules_often_say_of_what_decides_is_in_the_language_of_the_page_and_other_words_stay(tmp_path):
    path = fixture.write_sqlite(fixture.small(), tmp_path / "store.sqlite")

    with w.speaking("de"):
        often = plain(drawn(path))
        execute(path, "update contests set decides = 'two thirds of those present'")
        seldom = plain(drawn(path))

    assert "entschieden nach: meisten Stimmen" in often
    assert "entschieden nach: two thirds of those present" in seldom
