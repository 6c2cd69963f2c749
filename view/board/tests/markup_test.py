"""Nothing from the store becomes markup, and every colour is seen."""

from __future__ import annotations

import re

import bars
import checks
import colours
import fixture
import pages
import tables
import tiles
from model import View
from support import HERE, NOW, reading, strip_of


def test_names_from_the_store_cannot_bring_markup(tmp_path):
    count = fixture.Count(election="<script>alert(1)</script>", label="<b onclick=x>")
    count.units([("u", "<i>u</i>", "precinct", None)])
    contest = count.contest("c", "<img src=x>", [("a", "<u>a</u>", "<s>a</s>", None, "red;background:url(x)")])
    count.total(contest, 0, "u", 1)
    count.cards("u", 1)
    result = reading(fixture.write_sqlite(count, tmp_path / "store.sqlite"))
    snapshot = result.snapshot

    page = "".join(
        (
            strip_of(result, NOW),
            pages.of(result, View(), NOW, 120).html,
            tiles.of_contest(snapshot),
            bars.by_option(snapshot, HERE),
            tables.unit_table(snapshot, HERE),
            checks.laws(snapshot),
        )
    )

    for bad in ("<script", "<b onclick", "<img", "<u>", "<s>", "<i>u", "url(x)"):
        assert bad not in page


def test_a_colour_that_would_vanish_against_the_page_is_moved_and_others_are_kept():
    assert colours.legible("#1b9431", dark=False) == "#1b9431"
    assert (
        colours.contrast(colours.legible("#000099", dark=True), colours.BACKGROUND[True]) >= colours.CONTRAST_MIN[True]
    )
    assert (
        colours.contrast(colours.legible("#ffffee", dark=False), colours.BACKGROUND[False])
        >= colours.CONTRAST_MIN[False]
    )


def test_a_name_that_runs_from_right_to_left_turns_nothing_round_beside_it(tmp_path):
    """Each name from the store stands in an element whose direction is its own."""
    names = {what: f"\u05d0\u05d1 {what}" for what in ("election", "label", "contest", "option", "short", "unit")}
    count = fixture.Count(election=names["election"], label=names["label"])
    count.units([("u", names["unit"], "precinct", None)])
    contest = count.contest("c", names["contest"], [("a", names["option"], names["short"], None, None)])
    count.total(contest, 0, "u", 1)
    count.cards("u", 1)
    result = reading(fixture.write_sqlite(count, tmp_path / "store.sqlite"))

    page = "".join(
        (
            strip_of(result, NOW),
            pages.of(result, View(), NOW, 120).html,
            bars.by_option(result.snapshot, HERE),
            tables.unit_table(result.snapshot, HERE),
        )
    )

    whole = page
    page = re.sub(r'<(title|option)\b.*?</\1>|\w[\w-]*="[^"]*"', "", page)  # Where nothing can be marked up.
    assert f"Most votes: \u2068{names['short']}\u2069" in whole
    for name in names.values():
        assert len(re.findall(f"<bdi[^>]*>{name}</bdi>", page)) == page.count(name) > 0, name
