"""Runs the commands of docs/guides/first-count.md and looks at what they print."""

import re

import pytest

from pages import Page


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    return Page("docs/guides/first-count.md", tmp_path_factory.mktemp("guide"))


def test_what_the_page_shows_is_what_is_printed(page):
    shown = list(page.shown())
    assert len(shown) >= 6
    for line, printed in shown:
        assert line in printed, printed


def test_the_conflict_is_listed(page):
    assert "conflict" in page.output_with("--incidents")


def test_the_changed_segment_is_named(page):
    output = page.output_with("--log copy")
    assert re.search(r"^check 8: segment \d+ of partition \d+", output, re.MULTILINE), output
    # What could not be looked at any more is not called good.
    assert re.search(r"^11  open ", output, re.MULTILINE), output
