"""What shares in a place are of: the rules of docs/design/figures.md, where a report is not complete."""

from __future__ import annotations

import dataclasses

import pytest

import fixture
from model import Figure, Share
from sums import Base, all_of, base_of, shares_of, votes_of
from support import reading


def number(value):
    return Figure(value, "number", of=1)


WITHHELD, UNKNOWN = Figure(None, "withheld", 1, 0, 1), Figure(None, "unknown", 0, 1, 1)


@pytest.fixture
def contest(tmp_path):
    """Allows no write-ins; shares are of votes."""
    return reading(fixture.write_sqlite(fixture.small(), tmp_path / "store.sqlite")).snapshot.contest


def test_write_ins_that_are_missing_are_no_0(contest):
    with_write_ins = dataclasses.replace(contest, write_ins_allowed=True)
    for write_ins in (WITHHELD, UNKNOWN, Figure()):
        assert votes_of(with_write_ins, [number(40), number(50)], write_ins) == Base(90, complete=False)
    assert votes_of(with_write_ins, [number(40), number(50)], number(10)) == Base(100, complete=True)
    assert votes_of(with_write_ins, [number(40), number(50)], Figure(10, "partial", 1, 0, 2)) == Base(100)


def test_where_none_are_allowed_nothing_is_left_out_by_saying_nothing_of_them(contest):
    assert votes_of(contest, [number(40), number(50)], UNKNOWN) == Base(90, complete=True)
    assert votes_of(contest, [number(40), number(50)], WITHHELD) == Base(90, complete=False)
    assert votes_of(contest, [number(40), UNKNOWN], UNKNOWN) == Base(40, complete=False)
    assert votes_of(contest, [WITHHELD, UNKNOWN], UNKNOWN) == Base() == votes_of(contest, [], Figure())


def test_shares_are_of_votes_or_of_cards(contest):
    votes = [number(30), number(20)]
    with_write_ins = dataclasses.replace(contest, write_ins_allowed=True)
    assert shares_of(with_write_ins, votes, number(80), number(10)) == [Share(0.5, "all"), Share(20 / 60, "all")]
    of_cards = dataclasses.replace(with_write_ins, share_base="cards")
    assert base_of(of_cards, votes, number(80), number(10)) == Base(80, complete=True)
    assert shares_of(of_cards, votes, number(80), number(10)) == [Share(0.375, "all"), Share(0.25, "all")]
    assert shares_of(of_cards, votes, Figure(70, "partial", 0, 1, 2), number(10)) == [Share(), Share()]


def test_a_share_of_what_is_known_only_where_every_option_has_a_value(contest):
    part = Figure(30, "partial", 1, 0, 2)
    assert shares_of(contest, [part, number(20)], number(80), UNKNOWN) == [Share(0.6, "known"), Share(0.4, "known")]
    assert shares_of(contest, [number(22), UNKNOWN], number(80), UNKNOWN) == [Share(), Share()]
    assert shares_of(contest, [number(0), number(0)], number(80), UNKNOWN) == [Share(), Share()]


def test_several_options_are_one_number_only_where_nothing_is_missing():
    assert all_of([number(3), number(4)]) == 7
    assert all_of([]) is None and all_of([number(3), Figure(4, "partial", 1, 0, 2)]) is None
