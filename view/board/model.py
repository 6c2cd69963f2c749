"""What the board shows: plain values that know no database and no page.

Head, Contest, Option, PartyLine, Point and Reconciled are rows of pub_* views (schema/sql): a field has the name of its
column, and views.py asks for the columns that the fields name. The laws of the count are checked here.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence

from presentation import NONE, Presentation
from search import Found

PAGE_ROWS = 50  # Lines of the units table on one page.
TIMELINE_OPTIONS_MAX = 8  # Lines of the chart.
WRONG_SHEETS_NAMED = 20
OPTIONS_FIRST = 10  # Options that are shown before one asks for the rest; always all that would have a seat.
OPTION_COLUMNS = 6  # Options that have their own column in the units table; always those that would have a seat …
OPTION_COLUMNS_MAX = 16  # … as far as so many.
FALLS_SHOWN = 10
SETTLED_SHOWN = 10
DECIDED_SHOWN = 20


@dataclasses.dataclass(frozen=True)
class Figure:
    """What may be shown of a sum, as the pub_* views say it (docs/design/figures.md); nothing of it is worked out here."""

    value: int | None = None  # None unless `how` is number or partial.
    how: str = "not reported"  # number, partial (parts are missing), withheld, unknown, not reported.
    withheld_in: int = 0  # In so many reports …
    unknown_in: int = 0
    of: int = 0  # … of those heard from.

    @property
    def complete(self) -> bool:
        return self.how == "number"


@dataclasses.dataclass(frozen=True)
class Share:
    share: float | None = None  # None: none may be shown.
    of: str | None = None  # "all", or "known": parts are missing.


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
    unit: int  # In which it is decided.
    counted_from: str
    reporting: int  # Units heard from …
    units: int  # … of those that can be.
    write_ins_allowed: bool
    cell_word: str  # "unit", or "report" where one unit reports once for each of several methods.
    votes: Figure
    cards: Figure
    undervotes: Figure
    overvotes: Figure
    blank: Figure
    invalid: Figure
    write_ins: Figure
    write_ins_share: Share

    @property
    def ranked(self) -> bool:
        return self.kind == "ranked"

    @property
    def all_heard(self) -> bool:
        return self.units > 0 and self.reporting >= self.units

    @property
    def in_parts(self) -> bool:
        """A unit is heard from with its first ballot, or by one of several voting methods: it may not be complete by then."""
        return self.counted_from != "sheets" or self.cell_word == "report"


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
    share: Share


@dataclasses.dataclass(frozen=True)
class PartyLine:
    party_id: str
    party_name: str
    colour: str | None
    options: int
    votes: Figure
    share: Share

    @property
    def ids(self) -> list[str]:
        """Of its parties: in `party_id` there is a + between them, and %2B and %25 are a + and a % of one (pub_parties)."""
        return (
            [one.replace("%2B", "+").replace("%25", "%") for one in self.party_id.split("+")] if self.party_id else []
        )


@dataclasses.dataclass(frozen=True)
class Line:
    """A line of the units table: one reporting unit, or all units of an area."""

    id: str
    name: str
    units: int
    changed_at_commit: int
    reporting: int = 0  # Of the contest.
    cards: Figure = Figure()  # Of the contest.
    within: str = ""  # The unit above, unless that is all of the election.
    within_id: str = ""
    votes: dict[int, Figure] = dataclasses.field(default_factory=dict)  # By the option's slot.
    write_ins: Figure = Figure()

    @property
    def votes_on_it(self) -> bool:
        """The contest is voted on here, or was heard from here."""
        return bool(self.votes)


@dataclasses.dataclass(frozen=True)
class Point:
    at: dt.datetime
    option_id: str
    votes: int


@dataclasses.dataclass(frozen=True)
class Law:
    name: str
    left: int | None
    holds: bool | None  # None: a figure it needs is missing, so it cannot be checked here.
    terms: tuple[tuple[str, Figure], ...]


@dataclasses.dataclass(frozen=True)
class WrongSheet:
    """A result sheet that says more than its cards can carry, or does not balance."""

    contest_id: str
    contest_name: str
    unit_id: str
    unit_name: str
    method_name: str
    votes: int  # With undervotes and overvotes.
    cards: int  # That are not blank or invalid as a whole.
    votes_allowed: int
    most: int  # Votes of one option.


@dataclasses.dataclass(frozen=True)
class Sheets:
    """The contest's result sheets, by how much of them could be held against their cards."""

    in_full: int
    in_part: int
    not_checked: int
    wrong: int  # Of the former two.
    named: list[WrongSheet]  # At most WRONG_SHEETS_NAMED of those.

    @property
    def all(self) -> int:
        return self.in_full + self.in_part + self.not_checked


@dataclasses.dataclass(frozen=True)
class OfMethod:
    """What one voting method says of a contest, in a place or everywhere."""

    name: str
    votes: dict[int, Figure]  # By the option's slot.
    shares: dict[int, Share]
    cards: Figure


@dataclasses.dataclass(frozen=True)
class Place:
    """A reporting unit, or an area with all that lies below it, and what is known there of one contest."""

    id: str
    name: str
    kind: str
    is_unit: bool
    within: tuple[tuple[str, str], ...]  # Units above it, the highest first, without the whole: id and name.
    registered: int | None
    units: int
    reporting: int
    figures: dict[int, Figure]  # By the option's slot; empty: nothing is known of it here.
    counters: dict[str, Figure]
    methods: tuple[OfMethod, ...] = ()  # None where not two of them were heard from.
    is_whole: bool = False  # Above all others.

    @property
    def cards(self) -> Figure:
        return self.counters.get("cards", Figure())

    @property
    def write_ins(self) -> Figure:
        return self.counters.get("write_ins", Figure())


@dataclasses.dataclass(frozen=True)
class Outstanding:
    """What has not been heard from of a contest."""

    units: int
    voters: int | None  # Registered there; None: not known of every one of these units.


@dataclasses.dataclass(frozen=True)
class Fall:
    commit_number: int
    contest_id: str
    option_id: str
    unit_id: str
    before_value: int
    after_value: int
    reason: str


@dataclasses.dataclass(frozen=True)
class Settled:
    """What officers decided."""

    action: str  # docs/reference/decisions.md
    ballots: int  # Entries it is about; those of sheets too. 0: it is about the stage of the count.
    reason: str
    officers: str
    commit_number: int


@dataclasses.dataclass(frozen=True)
class Trust:
    """What stands behind the numbers, for those who doubt them."""

    partitions: list[tuple[int, int, str]]  # Number, entries in the log, its root.
    rejected: list[tuple[str, int]]
    statement: tuple[int, int] | None  # The newest: its number, and as of which commit.
    falls: list[Fall]
    settled: list[Settled]  # About conflicts and names that were written in.
    decided: list[Settled]  # All else.
    wrong_sheets: int
    warnings: list[WrongSheet]  # The first of them.


@dataclasses.dataclass(frozen=True)
class View:
    """What a reader of the page chose: the address of a page (address.py)."""

    show: str = ""  # contests, contest, search, trust; "": what there is most of.
    contest: str | None = None  # None: the first one.
    place: str | None = None
    option: str | None = None
    search: str = ""
    order: str = "official"  # official, name, cards, changed, or "votes:<option id>".
    columns: tuple[str, ...] = ()  # Options that have their own column in the units table; none: those with most votes.
    page: int = 0
    screen: bool = False  # Large, without anything to choose.

    def chooses(self, options: Sequence[Option]) -> bool:
        """Whether it chose some of these as columns: `columns` may have been said of another contest."""
        return any(o.option_id in self.columns for o in options)


@dataclasses.dataclass(frozen=True)
class Snapshot:
    """Everything that a page shows, as of the one commit that `head` names."""

    head: Head
    contests: list[Contest]
    contest: Contest | None
    options: list[Option]  # Most votes first.
    parties: list[PartyLine]  # Most votes first.
    party_places: dict[
        str, int
    ]  # Every party of the count by its id, in the rules' order: what its colour follows from.
    units: int  # Reporting units of the whole count that have none below them.
    registered: int | None  # Voters of the unit in which the contest is decided.
    outstanding: Outstanding | None  # None: everything was heard from, or nothing is known of where.
    areas: list[Line]
    columns: list[Option]  # Those that have their own column in the units table, in the ballot's order.
    timeline: list[Point]
    laws: list[Law]
    sheets: Sheets | None  # None: no sheet has come for this contest.
    halted_because: list[str]
    lines: list[Line] = dataclasses.field(default_factory=list)  # One page of the units table.
    lines_total: int = 0
    lines_are_units: bool = False  # Else areas.
    on_map: list[Line] = dataclasses.field(default_factory=list)  # Those with a place on the map, and on this page.
    off_map: list[str] = dataclasses.field(default_factory=list)  # Units of this page that the map names as not on it.
    methods: tuple[OfMethod, ...] = ()  # Of the whole contest, on its page.
    lines_nearly: bool = False  # No unit is called as was searched; these nearly are.
    kind: str = "contest"  # What the page shows: contests, contest, place, option, search, trust, none (there is no such thing).
    place: Place | None = None
    option: Option | None = None
    of_contests: dict[int, list[Option]] = dataclasses.field(default_factory=dict)  # Of the overview, most votes first.
    trust: Trust | None = None
    found: Found | None = None
    presentation: Presentation = NONE
    decided_in: str = ""  # The id of the unit in which the contest is decided.
    subtitle: str = ""  # Of the election, in the language of the page.
    also_called: tuple[tuple[str, str], ...] = ()  # The place or option of the page: language and name.

    @property
    def flat(self) -> bool:
        """There is no level between the whole and its units: nothing to drill down from."""
        return len(self.areas) == self.units

    @property
    def all_heard(self) -> bool:
        """Every unit of every contest was heard from."""
        return bool(self.contests) and all(c.all_heard for c in self.contests)


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
    away: str | None = None  # Why there is no newer one: absent, empty, older, away. None: it is the newest.
    away_since: dt.datetime | None = None
    went_back_from: int | None = None  # The store shows an older commit than it did before.


def first_of(options: list[Option], contest: Contest | None, least: int = OPTIONS_FIRST) -> int:
    """How many options are shown before the rest: `least`, and all that would have a seat or are tied for one."""
    if contest is None:
        return least
    seats = max(1, contest.seats)
    many = max(least, seats)
    if seats <= len(options):
        last = options[seats - 1].votes.value
        while last and many < len(options) and options[many].votes.value == last:
            many += 1
    return many


def columns_of(options: list[Option], contest: Contest | None = None) -> list[Option]:
    """The options with most votes, in the ballot's order: columns stay where they are while the count goes on."""
    many = min(first_of(options, contest, OPTION_COLUMNS), OPTION_COLUMNS_MAX)
    return sorted(options[:many], key=lambda o: o.slot)


def _number(value: int) -> Figure:
    return Figure(value, "number")


def laws(head: Head, log_size: int, contest: Contest | None, exhausted: Figure) -> list[Law]:
    """The laws of the count (ARCHITECTURE.md), checked with the numbers of one snapshot. `exhausted`: of a ranked contest."""
    outcomes = (
        ("counted", head.counted),
        ("duplicate", head.duplicate),
        ("conflict", head.conflict),
        ("rejected", head.rejected),
    )
    recorded = sum(n for _, n in outcomes)
    found = [
        Law("recorded", head.recorded, head.recorded == recorded, tuple((name, _number(n)) for name, n in outcomes)),
        Law("log", head.counted, head.counted == log_size, (("log", _number(log_size)),)),
    ]
    if contest is not None and contest.cards.value is not None:
        missed = ("exhausted", exhausted) if contest.ranked else ("undervotes", contest.undervotes)
        terms = (("votes", contest.votes), missed, ("overvotes", contest.overvotes))
        left, holds = None, None
        blank, invalid = contest.blank, contest.invalid
        if all(f.complete for f in (contest.cards, blank, invalid)):
            allowed = 1 if contest.ranked else contest.votes_allowed
            left = allowed * ((contest.cards.value or 0) - (blank.value or 0) - (invalid.value or 0))
            if all(f.complete for _, f in terms):
                holds = left == sum(f.value or 0 for _, f in terms)
        found.append(Law("contest", left, holds, terms))
    return found
