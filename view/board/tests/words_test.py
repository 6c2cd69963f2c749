"""The board's words: every language says everything, numbers and shares are honest in each."""

from __future__ import annotations

import re

import pytest

import fixture
import words as w
from support import data_of, open_page, plain


def _texts(language: str) -> dict[str, str]:
    parts = ("say", "words", "means", "away", "trusted", "form")
    said = {f"{part}.{name}": value for part in parts for name, value in w._file(language)[part].items()}
    return {name: value if isinstance(value, str) else " | ".join(value) for name, value in said.items()}


@pytest.mark.parametrize("language", [language for language in w.languages() if language != w.ENGLISH])
def test_each_language_says_everything_with_the_same_places_for_names_and_numbers(language):
    english, other = _texts(w.ENGLISH), _texts(language)

    assert other.keys() == english.keys()
    for name, said in english.items():
        if not name.startswith("form."):
            assert set(re.findall(r"{\w*}", other[name])) == set(re.findall(r"{\w*}", said)), name


@pytest.mark.parametrize(
    "wanted, found",
    [("zh-TW", "zh-Hant"), ("zh-Hant", "zh-Hant"), ("en-GB", "en"), ("de-CH", "en"), (None, "en"), ("../../x", "en")],
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


def test_the_page_speaks_the_language_that_its_reader_chose(home):
    fixture.write_sqlite(fixture.small(), home / "store.sqlite")

    sent = data_of(open_page(lang="zh-Hant"))

    said = plain(sent["html"])
    assert sent["language"] == "zh-Hant"
    assert "非正式統計" in said and "賴清德/蕭美琴 以 60.00% 領先，比 侯友宜/趙少康 多 20 票 。" in said.replace(
        "<b>", ""
    )
    assert not re.search(r"\b(leading|Votes|unofficial|reported|counted)\b", said)
