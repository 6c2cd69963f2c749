"""Runs the commands of docs/guides/feeds.md and looks at what they print."""

import pytest

from pages import Page


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    return Page("docs/guides/feeds.md", tmp_path_factory.mktemp("guide"))


def test_what_the_page_shows_is_what_is_printed(page):
    shown = list(page.shown())
    assert len(shown) >= 11
    for line, printed in shown:
        assert line in printed, printed
