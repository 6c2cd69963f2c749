"""Runs "Your own election" of the README, and looks at what it prints."""

import pytest

from pages import Page


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    return Page("README.md", tmp_path_factory.mktemp("readme"))


def test_what_the_page_shows_is_what_is_printed(page):
    shown = list(page.shown())
    assert len(shown) >= 7
    for line, printed in shown:
        assert line in printed, printed
