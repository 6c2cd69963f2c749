"""Names of every sort stand on every page as text: the Big List of Naughty Strings, and a name that is an image with a script."""

from __future__ import annotations

import html.parser

import pytest

import fixture
import pages
import reader
from model import View
from support import NOW

TAGS = set(
    "a b bdi button circle dd details div dl dt footer form g h1 h2 h3 i img input label li line nav ol option p path pre"
    " section select small span summary svg table tbody td th thead time title tr ul".split()
)
VOID = {"img", "input"}


class Made(html.parser.HTMLParser):
    """What a browser would make of a page: its elements, with their attributes, and the texts in <bdi>."""

    def __init__(self, page: str):
        super().__init__()
        self.open: list[str] = []
        self.names: list[str] = []
        self.wrong: list[str] = []
        self.feed(page)
        self.close()
        self.wrong += self.open

    def handle_starttag(self, tag, attrs):
        if tag not in TAGS:
            self.wrong.append(tag)
        for name, value in attrs:
            fine = {"href": ("?", "#"), "src": ("data:image/",)}.get(name)
            if name.startswith("on") or (fine and not (value or "").startswith(fine)):
                self.wrong.append(f"{tag} {name}={value}")
        if tag not in VOID:
            self.open.append(tag)
        if tag == "bdi":
            self.names.append("")

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"/{tag}")

    def handle_comment(self, data):
        self.wrong.append(data)

    def handle_data(self, data):
        if "bdi" in self.open:
            self.names[-1] += data


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    path = fixture.write_sqlite(fixture.naughty(), tmp_path_factory.mktemp("naughty") / "store.sqlite")
    return reader.Reader(f"sqlite:///{path}")


def of(store, **view) -> Made:
    return Made(pages.of(store.read(View(**view)), View(**view), NOW, 120).html)


@pytest.mark.parametrize(
    "view",
    [
        {},
        {"contest": "c"},
        {"contest": "c", "place": "u"},
        {"contest": "c", "place": "u/0"},
        {"contest": "c", "place": "u/0", "show": "contest"},
        {"contest": "c", "option": "n0"},
        {"contest": "c", "search": "<", "order": "votes:n0"},
        {"show": "search", "search": "<"},
        {"show": "search", "search": fixture.IMAGE},
        {"show": "search", "search": '"><script>alert(1)</script>'},
        {"show": "trust"},
        {"contest": "c", "screen": True},
        {"contest": fixture.IMAGE},
        {"contest": "c", "place": fixture.IMAGE, "option": fixture.IMAGE},
    ],
    ids=str,
)
def test_no_name_and_nothing_of_an_address_becomes_markup(store, view):
    assert of(store, **view).wrong == []


def test_each_name_of_an_option_a_party_and_a_place_stands_there_as_it_is(store):
    names = set(fixture.naughty_strings())
    page = of(store, contest="c")
    on_all_pages = {said for number in range(12) for said in of(store, contest="c", page=number).names}

    assert names <= set(page.names)
    assert names <= on_all_pages
    assert set(of(store, contest="c", place="u/0").names) >= names
    for number in (0, 7, 200, len(names) - 1):
        assert fixture.naughty_strings()[number] in of(store, contest="c", option=f"n{number}").names
