"""Every word that the board says, in one place. Numbers are written here too, so that they look alike everywhere."""

from __future__ import annotations

import datetime as dt

TITLE = "Teller"
UNOFFICIAL = {"unofficial": "unofficial totals", "official": "official totals", "recount": "recount"}
MODE_MEANS = {
    "demo": "Demonstration: not an election",
    "test": "Test: not an election",
    "rehearsal": "Rehearsal: not the election",
    "live": "",
}
LEADING = "leading"
TIED = "tied"
AS_OF = "as of commit {commit} at {at}"
NOTHING_COUNTED = "Nothing is counted yet."
FIRST_PREFERENCES = "First preferences; rounds are not counted here"
NO_CONTEST = "This count has no contest."

VOTES, CARDS, UNITS = "Votes", "Cards counted", "Units reporting"
OF_UNITS, OF_REGISTERED = "of {}", "{share} of {count} registered"
RECORDED = "Entries recorded"
OUTCOME = {"counted": "counted", "duplicate": "duplicates", "conflict": "conflicts", "rejected": "rejected"}
OUTCOME_MEANS = {
    "duplicate": "the same entry again; counted once",
    "conflict": "the same id with different content; the first one stays counted",
    "rejected": "not valid in this election; not counted",
}
TERM = {
    **OUTCOME,
    "votes": "votes",
    "undervotes": "undervotes",
    "overvotes": "overvotes",
    "exhausted": "no first preference",
    "log": "entries in the log",
    "blank": "blank",
    "invalid": "invalid",
}

BY_OPTION = "Votes by option"
BY_PARTY = "Votes by party"
OVER_TIME = "Votes over time"
BY_UNIT = "Reporting units"
OVER_TIME_NOT_YET = "The line begins when totals have been committed at two different times."
CONTEST, AREA, SEARCH, ORDER, PAGE = "Contest", "Area", "Find a unit", "Order", "Page (of {})"
ALL_AREAS = "All areas"
SEARCH_HINT = "Name or number"
ORDERS = {"official": "Official order", "name": "Name", "cards": "Most cards", "changed": "Latest change"}
MOST_VOTES = "Most votes: {}"
UNIT, AREA_COLUMN, CARDS_COLUMN, REPORTING_COLUMN, OTHERS = "Unit", "Area", "Cards", "Reporting", "All others"
PARTY, SHARE, OPTIONS = "Party", "Share", "Options"
NO_LINES = "No unit matches."
STATE = {"withheld": "withheld", "unknown": "unknown"}
NOT_REPORTED = "not reported yet"
OF_KNOWN = "of what is known"
WRITE_INS = "Write-ins"
MISSING = "–"

LAW_HOLDS, LAW_BROKEN, LAW_UNCHECKED = "holds", "does not hold", "not checkable here: a figure is missing"
SHEETS_NOT_ALL = "not all checkable"
SHEETS_NONE_LEFT = "{all} held against their cards"
SHEETS_LEFT = "{left} of {all} could not be checked against their cards: figures withheld or not given"
SHEETS_IN_PART = "{part} checked as far as they say"
SHEETS_WRONG = "{wrong} of {all} do not go with their cards"
SHEET_WRONG = "{unit}, {method}: {votes} votes, undervotes and overvotes on {cards} cards with {allowed} each"
SHEET_WRONG_OPTION = "{unit}, {method}: {most} votes for one option on {cards} cards"
SHEETS_MORE = "and {} more"
LAWS = "Checked with the numbers of this page"
LAW_OF_RECORDED = "recorded"
LAW_OF_CONTEST = "cards, blank and invalid ones left out,"
LAW_OF_CONTEST_TIMES = "{} votes allowed × cards, blank and invalid ones left out,"

AWAY = {
    "absent": "There is no count here yet.",
    "empty": "There is no count in this store yet.",
    "older": "This count is as an older program left it.",
    "away": "The store does not answer.",
}
AWAY_KEEPING = "The store has not answered since {since}. These are the last numbers."
AWAY_WAITING = "This page goes on by itself as soon as there is one."
AWAY_OLDER = "Start its engine once (teller serve), and this page goes on by itself."
AWAY_TRYING = "This page asks again every two seconds."
NO_URL = "Nothing to read: set TELLER_BOARD_URL to a count's home or to an SQLAlchemy URL."
QUIET = "Nothing new for {age}: the count is quiet, finished or behind."
WENT_BACK = "The store went back from commit {before} to commit {now}. Somebody has to look at it."
RECONCILED = "Reconciled {ago}, as of commit {commit}"
RECONCILED_OLD = "Last reconciled {ago}, as of commit {commit}"
RECONCILED_NOT_YET = "Not reconciled yet"
RECONCILED_OPEN = "not looked at: {}"
RECONCILED_MEANS = (
    "The journal, the store, the log, the signed statement and all published copies of the numbers were compared; "
    "nothing differs."
)
RECONCILED_DIFFERS = "{count}: {differs}. Reconciled {ago}, as of commit {commit}. Somebody has to look at it."
HALTED = "Halted, waiting for an officer: partition {because}"
FOOTER = "Unofficial totals until they are certified. Every number on this page is as of commit {commit}."
FOOTER_OFFICIAL = "Every number on this page is as of commit {commit}."


def number(value: int) -> str:
    return f"{value:,}"


def differences(count: int) -> str:
    return f"{number(count)} difference{'' if count == 1 else 's'}"


def sheets(count: int) -> str:
    return f"{number(count)} result sheet{'' if count == 1 else 's'}"


def decided_by(decides: str) -> str:
    return f"decided by {decides}" if decides else ""


def missing(withheld_in: int, unknown_in: int, of: int, cell: str | None) -> str:
    """What a sum lacks: "withheld in 1 and unknown in 2 of 9 reports"; nothing of a complete one. `cell`: "report" or
    "unit"; None where there is no room for it."""
    parts = [f"{name} in {number(n)}" for name, n in (("withheld", withheld_in), ("unknown", unknown_in)) if n]
    if not parts:
        return ""
    cells = "" if cell is None else f" {cell}" if of == 1 else f" {cell}s"
    return f"{' and '.join(parts)} of {number(of)}{cells}"


def percent(share: float | None) -> str:
    return MISSING if share is None else f"{100 * share:.2f} %"


def age(seconds: float) -> str:
    whole = max(0, int(seconds))
    if whole < 120:
        return f"{whole} s"
    if whole < 7200:
        return f"{whole // 60} min {whole % 60} s"
    if whole < 172_800:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole // 86_400} days"


def ago(seconds: float) -> str:
    return f"{age(seconds)} ago"


def clock(at: dt.datetime, zone: dt.tzinfo, now: dt.datetime) -> str:
    """The time of day where the election is; with its date unless that is today."""
    there = at.astimezone(zone)
    day = "" if there.date() == now.astimezone(zone).date() else f"{there:%Y-%m-%d} "
    return f"{day}{there:%H:%M:%S} {zone}"
