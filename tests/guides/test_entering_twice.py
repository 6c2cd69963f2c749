"""Runs the commands of docs/guides/entering-twice.md and looks at what they print."""

import pytest

from pages import Page


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    return Page("docs/guides/entering-twice.md", tmp_path_factory.mktemp("guide"))


def words(line):
    """Columns of a table are as wide as its widest cell."""
    return " ".join(line.split())


def test_what_the_page_shows_is_what_is_printed(page):
    shown = list(page.shown())
    assert len(shown) >= 9
    for line, printed in shown:
        assert words(line) in map(words, printed), printed


def test_the_fields_of_a_sheet_are_listed(page):
    printed = [words(line) for line in page.output_with("enter next").splitlines()]
    assert {"ada Ada Moss", "bell Ben Bell", "cards cards", "blank blank"} <= set(printed)
