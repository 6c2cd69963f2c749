"""Runs the commands of docs/guides/spreadsheets.md and of docs/guides/results-night.md, and looks at what they print."""

import re

import pytest

from pages import Page


@pytest.fixture(scope="module")
def typed(tmp_path_factory):
    return Page("docs/guides/spreadsheets.md", tmp_path_factory.mktemp("typed"))


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    return Page("docs/guides/results-night.md", tmp_path_factory.mktemp("night"))


@pytest.mark.parametrize("name", ["typed", "night"])
def test_what_the_page_shows_is_what_is_printed(request, name):
    shown = list(request.getfixturevalue(name).shown())
    assert len(shown) >= 10
    for line, printed in shown:
        assert line in printed, printed


def test_the_row_of_a_conflict_is_said(typed):
    assert re.search(r"^changed\.csv:3, ballot 2, card 1: conflict: ", typed.output_with("> changed.csv"), re.MULTILINE)


def test_a_sheet_waits_for_its_row(night):
    assert re.search(r"^held: rill/North", night.output_with("> at-22h.csv"), re.MULTILINE)
