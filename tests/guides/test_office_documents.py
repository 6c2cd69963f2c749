"""Runs the commands of docs/guides/documents.md and looks at what they print."""

import pytest

from pages import Page


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    return Page("docs/guides/documents.md", tmp_path_factory.mktemp("guide"))


def test_what_the_page_shows_is_what_is_printed(page):
    shown = list(page.shown())
    assert len(shown) >= 20
    for line, printed in shown:
        assert line in printed, (line, printed)


def test_each_document_is_checked_with_openssl_alone(page):
    printed = page.output_with("sh check.sh canvass.txt").splitlines()
    assert printed.count("Signature Verified Successfully") == 3 and "Signature Verification Failure" in printed


def test_our_own_check_names_the_document(page):
    assert "certificate of Council of Rill (count " in page.output_with("teller report check certificate.txt")
