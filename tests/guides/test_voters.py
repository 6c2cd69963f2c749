"""Runs the commands of docs/guides/voters.md and looks at what they print."""

import pytest

from pages import Page


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    return Page("docs/guides/voters.md", tmp_path_factory.mktemp("guide"))


def test_what_the_page_shows_is_what_is_printed(page):
    shown = list(page.shown())
    assert len(shown) >= 5
    for line, printed in shown:
        assert line in printed, printed


def test_who_comes_twice_or_to_the_wrong_place_gets_no_ballot(page):
    lines = [line for line in page.output_with("check-in --from -").splitlines() if line[:1].isdigit()]
    assert [line.split(":")[1].strip() for line in lines[2:]] == ["NOT checked in", "NOT checked in"]


def test_the_places_of_the_example_are_hidden_as_the_page_says(page):
    printed = [" ".join(line.split()) for line in page.output_with("turnout").splitlines()]
    assert "North <10* <10*" in printed and "South <10* <10*" in printed
    assert not any(line.startswith("Place") for line in printed[: printed.index("Union of Rill · test", 1)])
