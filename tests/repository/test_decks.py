"""Every deck states its rule, the list of rules is what the decks say, and every refusal that an official can meet has a deck."""

import pathlib
import re
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import decks_page  # noqa: E402
import errors_page  # noqa: E402

DECKS = [path for paths in decks_page.decks().values() for path in paths]

# Reasons that only a program can cause and only a programmer can see: wrong bytes and wrong JSON, and what is not built.
OF_BYTES = {
    "entry.version.unknown", "entry.kind.unknown", "entry.id.not_uuid", "entry.truncated", "entry.too_long",
    "entry.contest.order", "entry.form.unknown", "entry.form.not_of_kind", "entry.marks.unsorted", "entry.write_in.invalid",
    "entry.write_in.repeated", "entry.ranking.trailing", "entry.sheet.act_unknown", "entry.text.invalid",
    "entry.id.not_derived", "entry.json.syntax", "entry.json.member_unknown", "entry.json.member_missing", "entry.json.type",
    "entry.check_in.unsupported", "entry.control.unsupported", "control.partition",
}  # fmt: skip
CONFLICT = "entry.conflict"  # In a deck this is the outcome `conflict`.
# What an entry can be refused or rejected with: exactly the codes that have a number (schema/events.toml).
REASONS = [code for code, event in errors_page.read_events().items() if "number" in event]


def test_the_list_of_rules_is_what_the_decks_say():
    assert decks_page.PAGE.read_text() == decks_page.page(), "run tools/decks_page.py"


def test_every_deck_stands_in_a_chapter_once():
    assert sorted(decks_page.DECKS.rglob("*.deck")) == sorted(DECKS)
    assert len(DECKS) > 50


@pytest.mark.parametrize("path", DECKS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_deck_begins_with_its_rule_and_where_it_comes_from(path):
    rule, source, *_ = decks_page.paragraphs(path)
    assert re.fullmatch(r"[A-Z][^.]*\.", rule), "the rule is one sentence"
    assert source.startswith(decks_page.SOURCE) and source.endswith(".")
    assert len(path.read_text().splitlines()) <= 50, "a deck is a page"


def test_no_two_decks_state_the_same_rule():
    rules = [decks_page.paragraphs(path)[0] for path in DECKS]
    assert len(set(rules)) == len(rules)


@pytest.mark.parametrize("code", REASONS)
def test_a_refusal_has_a_deck_or_is_of_bytes_only(code):
    said = any(re.search(rf"-> (refused|rejected) {re.escape(code)}\b", path.read_text()) for path in DECKS)
    if code == CONFLICT:
        said = any("-> conflict" in path.read_text() for path in DECKS)
    if code in OF_BYTES:
        assert not said, "it has a deck: take it out of the list of exceptions"
    else:
        assert said, "no deck shows it"
