#!/usr/bin/env python3
"""Makes the list of rules in tests/decks/README.md of the first paragraphs of the decks.

    python3 tools/decks_page.py             # writes the list
    python3 tools/decks_page.py --check     # exit 1 if the list is not what it would write

A deck begins with a comment: its first paragraph is the rule, in one sentence; the second one says where the rule comes from.
"""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
DECKS = ROOT / "tests" / "decks"
PAGE = DECKS / "README.md"
BEGIN, END = "<!-- made by tools/decks_page.py -->\n", "<!-- end of what is made -->\n"
SOURCE = "Where it comes from: "
# The chapters and their decks, in the order of reading.
CHAPTERS = {
    "votes": (
        "What a mark is worth",
        "vote_for_one vote_for_n yes_or_no undervote empty_contest overvote mark_twice blank_as_a_whole invalid_as_a_whole "
        "none_of_the_above ticket fusion_one_line fusion_several_lines straight_party "
        "write_in write_in_same_name write_in_without_name write_in_not_allowed tie",
    ),
    "cards": (
        "Which cards count, and where",
        "one_vote_once two_equal_cards conflict order_of_marks ballot_style style_at_any_unit two_cards methods units "
        "ballots_or_sheets contests_of_both_kinds",
    ),
    "ranked": (
        "Ranked contests",
        "first_preference skipped_rank doubled_rank repeated_candidate exhausted too_many_ranks order_of_ranks blank_and_invalid on_a_sheet",
    ),
    "sheets": (
        "Result sheets",
        "first_version highest_version late_version same_version fall correction unknown withheld withdrawn_figure withdrawal nothing_reported "
        "registered vote_for_n unbalanced_sheet",
    ),
    "refused": ("What is refused", "unknown_names unknown_names_on_sheets another_count wrong_figures"),
    "decisions": (
        "What officers decide",
        "without_officers officers opening closing certifying certified_statement reopening voided_ballot reinstated_ballot not_counted "
        "superseded_ballot kept_ballot signed_again",
    ),
    "count": ("The count as a whole", "outcomes damaged_record replay order_of_arrival balance"),
}


def decks():
    """{chapter: [paths]}, in the order of reading."""
    return {chapter: [DECKS / chapter / f"{name}.deck" for name in names.split()] for chapter, (_, names) in CHAPTERS.items()}


def paragraphs(path):
    """Those of the comment that a deck begins with."""
    found = [[]]
    for line in path.read_text().splitlines():
        if not line.startswith("#"):
            break
        text = line[1:].strip()
        if text:
            found[-1].append(text)
        elif found[-1]:
            found.append([])
    return [" ".join(lines) for lines in found if lines]


def made():
    out = []
    for chapter, paths in decks().items():
        out += [f"### {CHAPTERS[chapter][0]}", ""]
        out += [f"- [{path.stem.replace('_', ' ')}]({chapter}/{path.name}): {paragraphs(path)[0]}" for path in paths]
        out.append("")
    return "\n".join(out) + "\n"


def page():
    before, rest = PAGE.read_text().split(BEGIN)
    return before + BEGIN + "\n" + made() + END + rest.split(END)[1]


if __name__ == "__main__":
    text = page()
    if sys.argv[1:] == ["--check"]:
        if PAGE.read_text() != text:
            sys.exit(f"{PAGE.relative_to(ROOT)} is not what {pathlib.Path(__file__).name} makes; run it")
    else:
        PAGE.write_text(text)
