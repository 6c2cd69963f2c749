"""What no view says of a place, and the board works out itself: sums of the levels between an area and its reporting units, of one
voting method, all votes there, and shares of them.

No other file of the board adds figures up. The rules are those of docs/design/figures.md. middle_levels_test.py holds summed() to
each line of the table of states, tests/embedded/test_figures.py all of it to figures that were written by hand.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from model import Contest, Figure, Share


def summed(total: int, of: int, withheld_in: int, unknown_in: int) -> Figure:
    """A sum over places of which the views say each: what the table of states says of such a sum."""
    numbers_in = of - withheld_in - unknown_in
    if not of:
        return Figure()
    if numbers_in:
        how = "partial" if withheld_in or unknown_in else "number"
        return Figure(total, how, withheld_in, unknown_in, of)
    return Figure(None, "withheld" if withheld_in else "unknown", withheld_in, unknown_in, of)


def of_reports(total: int, of: int, numbers: int, withheld: int, sheets: bool) -> Figure:
    """A sum over the reports of one voting method, of which so many gave a number and so many withheld it. What sheets say
    nothing of is unknown; of what ballots say nothing they have none."""
    return summed(total, of, withheld, of - numbers - withheld if sheets else 0)


@dataclasses.dataclass
class Together:
    """What units say together: by slot, id and whether it is an option, the sums that summed() takes."""

    units: set[int] = dataclasses.field(default_factory=set)
    sums: dict[tuple[int, str, bool], list[int]] = dataclasses.field(default_factory=dict)

    def add(
        self, unit: int, column: tuple[int, str, bool], value: int | None, of: int, withheld_in: int, unknown_in: int
    ) -> None:
        """`value`: None where the unit has no number. It adds nothing then, and is among those withheld or unknown."""
        self.units.add(unit)
        sums = self.sums.setdefault(column, [0, 0, 0, 0])
        for i, n in enumerate((value or 0, of, withheld_in, unknown_in)):
            sums[i] += n

    def options(self) -> dict[int, Figure]:
        return {slot: summed(*sums) for (slot, _, is_option), sums in sorted(self.sums.items()) if is_option}

    def counters(self) -> dict[str, Figure]:
        return {id_: summed(*sums) for (_, id_, is_option), sums in sorted(self.sums.items()) if not is_option}


@dataclasses.dataclass(frozen=True)
class Base:
    """What shares are of. Where parts of it are missing, nobody says here in how many reports: so it is no Figure to show."""

    value: int | None = None  # Of what is known; None: nothing is.
    complete: bool = False


def all_of(figures: Sequence[Figure]) -> int | None:
    """Several options together: a sum only where nothing is missing."""
    return sum(f.value or 0 for f in figures) if figures and all(f.complete for f in figures) else None


def votes_of(contest: Contest, figures: Sequence[Figure], write_ins: Figure) -> Base:
    """All votes in a place; `figures`: of every option there. Where the contest allows no write-ins, a sheet that says nothing of
    them leaves nothing out."""
    known = [f.value for f in (*figures, write_ins) if f.value is not None]
    none_left_out = write_ins.complete or not (contest.write_ins_allowed or write_ins.withheld_in)
    complete = all_of(figures) is not None and none_left_out
    return Base(sum(known) if known else None, complete)


def base_of(contest: Contest, figures: Sequence[Figure], cards: Figure, write_ins: Figure) -> Base:
    """What shares in a place are of: what those of the whole contest are of."""
    if contest.share_base == "cards":
        return Base(cards.value, cards.complete)
    return votes_of(contest, figures, write_ins)


def base_of_contest(contest: Contest) -> Base:
    """The same of all of it, which the views say."""
    base = contest.cards if contest.share_base == "cards" else contest.votes
    return Base(base.value, base.complete)


def shares_of(contest: Contest, figures: Sequence[Figure], cards: Figure, write_ins: Figure) -> list[Share]:
    """Of each of `figures`, which are those of every option in a place. What is known has a share of what is known only where every
    option has a value: nobody stands at 100 % because a rival is unknown."""
    base = base_of(contest, figures, cards, write_ins)
    of_known = contest.share_base != "cards" and all(f.value is not None for f in figures)

    def share(votes: Figure) -> Share:
        if votes.value is None or not base.value:
            return Share()
        of = "all" if votes.complete and base.complete else "known" if of_known else None
        return Share(votes.value / base.value, of) if of else Share()

    return [share(votes) for votes in figures]
