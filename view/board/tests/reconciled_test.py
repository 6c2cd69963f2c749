"""What the board says of the last reconciliation."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re

import pytest

import fixture
import words as w
from model import Reconciled, View
from reader import Reader
from support import NOW, execute, open_page, plain, reading, strip_of, words_on


def reconciled_strip(tmp_path, now: dt.datetime = NOW, *, commit: int = 1, **last) -> str:
    count = dataclasses.replace(fixture.small(), commit=commit)
    if last:
        count.reconciled(**last)
    return strip_of(reading(fixture.write_sqlite(count, tmp_path / "store.sqlite")), now, stale_after_s=1e9)


def test_a_count_that_was_not_reconciled_yet_says_so_and_stays_calm(tmp_path):
    shown = reconciled_strip(tmp_path)

    assert "t-strip calm" in shown and "Not reconciled yet" in plain(shown)


def test_a_good_reconciliation_is_a_calm_line_with_its_age_and_commit(home):
    count = fixture.small()
    count.reconciled()
    path = fixture.write_sqlite(count, home / "store.sqlite")

    shown = strip_of(reading(path), NOW)

    assert "t-strip calm" in shown and "t-warn" not in shown
    assert "Reconciled 5 s ago, as of commit 1" in plain(shown)
    assert re.search(r"Reconciled \d+ days ago, as of commit 1", words_on(open_page()))


def test_what_could_not_be_looked_at_is_named(tmp_path):
    shown = reconciled_strip(tmp_path, not_looked_at="Elasticsearch = store")

    assert "t-strip calm" in shown
    assert "Reconciled 5 s ago, as of commit 1; not looked at: Elasticsearch = store" in plain(shown)


def test_differences_are_loud_in_words_and_name_what_differs(tmp_path):
    shown = reconciled_strip(tmp_path, differences=1002, differs="log = store, static files = store")

    assert "t-strip red" in shown and "t-warn red" in shown
    assert (
        "1,002 differences: log ≠ store, static files ≠ store. Reconciled 5 s ago, as of commit 1. "
        "Somebody has to look at it." in plain(shown)
    )
    assert plain(shown).count("econciled") == 1


def test_differences_stay_loud_when_nobody_looks_again(tmp_path):
    later = NOW + dt.timedelta(hours=1)

    shown = plain(reconciled_strip(tmp_path, later, commit=9, differences=1, differs="log = store"))

    assert "1 difference: log ≠ store. Reconciled 60 min 5 s ago, as of commit 1." in shown


@pytest.mark.parametrize(
    "commit, seconds, said", [(9, 290, "Reconciled"), (9, 310, "Last reconciled"), (1, 310, "Reconciled")]
)
def test_it_is_old_when_the_count_has_gone_on_for_five_minutes_without_one(tmp_path, commit, seconds, said):
    shown = reconciled_strip(tmp_path, fixture.T0 + dt.timedelta(seconds=seconds), commit=commit, differences=0)

    assert f">{said} {w.age(seconds)} ago, as of commit 1<" in shown and "t-strip calm" in shown
    assert ("t-reconciled old" in shown) == (said == "Last reconciled")


def test_a_reconciliation_appears_without_a_new_commit(tmp_path):
    path = fixture.write_sqlite(fixture.small(), tmp_path / "store.sqlite")
    reader = Reader(f"sqlite:///{path}")
    assert reader.read(View()).reconciled is None
    execute(path, f"insert into reconciliation values (1, '{fixture.stamp(fixture.T0)}', 1, 0, '', '')")
    reader._ask_again_at = 0

    assert reader.read(View()).reconciled == Reconciled(fixture.T0, 1, 0, "", "")


def test_a_count_of_an_older_program_is_shown_all_the_same(tmp_path):
    path = fixture.write_sqlite(fixture.small(), tmp_path / "store.sqlite")
    execute(path, "drop view pub_reconcile", "drop table reconciliation")

    shown = reading(path)

    assert shown.away is None and "Not reconciled yet" in plain(strip_of(shown, NOW))
