"""Runs the commands of docs/guides/write-ins.md and looks at what they print."""

import pytest

from pages import Page


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    return Page("docs/guides/write-ins.md", tmp_path_factory.mktemp("guide"))


def words(line):
    """Columns of a table are as wide as its widest cell."""
    return " ".join(line.split())


def test_what_the_page_shows_is_what_is_printed(page):
    shown = list(page.shown())
    assert len(shown) >= 14
    for line, printed in shown:
        assert words(line) in map(words, printed), printed


def test_the_papers_of_the_example_are_all_counted(page):
    assert "counted, or a copy of what is counted 8" in words(page.output_with("teller import"))
    assert "ok" in page.output_with("teller verify").lower() or "nothing" in page.output_with("teller verify")
