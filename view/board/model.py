"""What the board shows: plain values that know no database and no page.

Head, Contest, Option, PartyLine, Point and Reconciled are rows of pub_* views (schema/sql): a field has the name of its
column, and queries.py asks for the columns that the fields name. The laws of the count are checked here.
"""

from __future__ import annotations

import dataclasses
import datetime as dt

PAGE_ROWS = 50  # Lines of the units table on one page.
TIMELINE_OPTIONS_MAX = 8  # Lines of the chart.
OPTION_COLUMNS_MAX = 6  # Options that have their own column in the units table.


@dataclasses.dataclass(frozen=True)
class Figure:
    """A sum over cells of which some may be withheld or unknown: never an implied 0."""

    value: int = 0  # The sum of the cells that are numbers.
    numbers: int = 0  # How many cells are numbers …
    withheld: int = 0  # … and how many are not shown by the election office …
    unknown: int = 0  # … or were never said.

    @property
    def complete(self) -> bool:
        return self.withheld == 0 and self.unknown == 0

    def __add__(self, other: Figure) -> Figure:
        return Figure(
            self.value + other.value,
            self.numbers + other.numbers,
            self.withheld + other.withheld,
            self.unknown + other.unknown,
        )


@dataclasses.dataclass(frozen=True)
class Head:
    count_id: str
    mode: str
    label: str
    status: str
    publication: str
    election: str
    time_zone: str
    commit_number: int
    committed_at: dt.datetime | None  # UTC; None: nothing is committed yet.
    recorded: int
    counted: int
    duplicate: int
    conflict: int
    rejected: int
    halted: int  # Partitions that an officer has to look at.


@dataclasses.dataclass(frozen=True)
class Contest:
    contest: int
    contest_id: str
    contest_name: str
    kind: str
    seats: int
    votes_allowed: int
    share_base: str
    decides: str
    counted_from: str


@dataclasses.dataclass(frozen=True)
class Option:
    slot: int
    option_id: str
    option_name: str
    short_name: str
    kind: str
    colour: str | None
    party_ids: str | None
    party_names: str | None
    votes: Figure
    share: float | None  # None: nothing to divide by, or a part of it is withheld.


@dataclasses.dataclass(frozen=True)
class PartyLine:
    party_id: str
    party_name: str
    colour: str | None
    votes: int
    options: int


@dataclasses.dataclass(frozen=True)
class Line:
    """A line of the units table: one reporting unit, or all units of an area."""

    id: str
    name: str
    units: int
    reporting: int
    cards: int
    changed_at_commit: int
    within: str = ""  # The unit above, unless that is all of the election.
    votes: dict[int, Figure] = dataclasses.field(default_factory=dict)  # By the option's slot.


@dataclasses.dataclass(frozen=True)
class Point:
    at: dt.datetime
    option_id: str
    votes: int


@dataclasses.dataclass(frozen=True)
class Law:
    name: str
    left: int
    right: int
    holds: bool | None  # None: a figure it needs is missing, so it cannot be checked here.
    terms: tuple[tuple[str, int], ...]


@dataclasses.dataclass(frozen=True)
class View:
    """What a reader of the page chose."""

    contest: str | None = None  # None: the first one.
    area: str | None = None  # None: all areas.
    search: str = ""
    order: str = "official"  # official, name, cards, changed, or "votes:<option id>".
    page: int = 0


@dataclasses.dataclass(frozen=True)
class Snapshot:
    """Everything that a page shows, as of the one commit that `head` names."""

    head: Head
    contests: list[Contest]
    contest: Contest | None
    options: list[Option]  # Most votes first.
    parties: list[PartyLine]  # Most votes first.
    votes: Figure  # Of all options and write-ins.
    units: int  # Reporting units that have none below them …
    reporting: int  # … and how many of those have counted anything.
    cards: int  # Of the whole count, whatever stands on them.
    registered: int | None
    areas: list[Line]
    columns: list[Option]  # Those that have their own column in the units table, in the ballot's order.
    timeline: list[Point]
    laws: list[Law]
    halted_because: list[str]
    lines: list[Line] = dataclasses.field(default_factory=list)  # One page of the units table.
    lines_total: int = 0
    lines_are_units: bool = False  # Else areas.

    @property
    def flat(self) -> bool:
        """There is no level between the whole and its units: nothing to drill down from."""
        return len(self.areas) == self.units


@dataclasses.dataclass(frozen=True)
class Reconciled:
    """The last time that journal, store, log, statement and readers were held against each other."""

    at: dt.datetime
    commit_number: int
    differences: int
    differs: str  # Which comparisons: "log = store, static files = store".
    not_looked_at: str


@dataclasses.dataclass(frozen=True)
class Reading:
    snapshot: Snapshot | None  # The last one that could be read.
    read_at: dt.datetime | None  # When that was.
    reconciled: Reconciled | None = None  # Not of the snapshot's commit but of its own.
    away: str | None = None  # Why there is no newer one: absent, empty, away. None: it is the newest.
    away_since: dt.datetime | None = None
    went_back_from: int | None = None  # The store shows an older commit than it did before.


def columns_of(options: list[Option]) -> list[Option]:
    """The options with most votes, in the ballot's order: columns stay where they are while the count goes on."""
    return sorted(options[:OPTION_COLUMNS_MAX], key=lambda o: o.slot)


def laws(head: Head, log_size: int, contest: Contest | None, counters: dict[str, Figure], votes: Figure) -> list[Law]:
    """The laws of the count (ARCHITECTURE.md), checked with the numbers of one snapshot. `counters` are the contest's,
    by their names in the table `counters` of schema/sql."""
    outcomes = (
        ("counted", head.counted),
        ("duplicate", head.duplicate),
        ("conflict", head.conflict),
        ("rejected", head.rejected),
    )
    recorded = sum(n for _, n in outcomes)
    found = [
        Law("recorded", head.recorded, recorded, head.recorded == recorded, outcomes),
        Law("log", head.counted, log_size, head.counted == log_size, (("log", log_size),)),
    ]
    if contest is not None and "cards" in counters:
        ranked = contest.kind == "ranked"
        missed = "exhausted" if ranked else "undervotes"
        needed = (missed, "overvotes", "blank", "invalid")
        # A sheet that says nothing of, say, blank cards leaves no cell at all.
        said = contest.counted_from == "ballots" or all(name in counters for name in needed)
        cards, lost, over, blank, invalid = (counters.get(name, Figure()) for name in ("cards", *needed))
        terms = (("votes", votes.value), (missed, lost.value), ("overvotes", over.value))
        left = (1 if ranked else contest.votes_allowed) * (cards.value - blank.value - invalid.value)
        right = sum(n for _, n in terms)
        checkable = said and all(f.complete for f in (votes, cards, lost, over, blank, invalid))
        found.append(Law("contest", left, right, left == right if checkable else None, terms))
    return found
