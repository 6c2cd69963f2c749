"""Reads snapshots for all browsers, keeps those of the newest commit, and says when there is no newer one.

A Snapshot is read in one transaction: every number of it is true as of the one commit that its head names. A Reader
belongs to the server process and is shared by all browsers: whether there is a new commit is asked once for all of them,
and what one page has read is there for the others. When the database does not answer, the last snapshot is handed out
again, and Reading says so.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

import sqlalchemy as sa

import snapshot
from model import Head, Reading, Reconciled, Snapshot, View
from names import to_search
from presentation import NONE, Presentation
from queries import Queries
from search import Entry, Index
from store import engine_for

ASK_AGAIN_AFTER_S = 0.9  # Browsers that ask within this time get the same answer …
ASK_AGAIN_FACTOR = 5  # … and within so many times of what reading took.
READ_ALL_AFTER_S = 30.0  # Without a new commit, colours and names are read again after this time.
SNAPSHOTS_KEPT = 64


@dataclasses.dataclass(frozen=True)
class Kept:
    snapshot: Snapshot
    read_at: dt.datetime


class Reader:
    """Reads snapshots; safe from any thread. Keeps the last one of each view."""

    def __init__(self, url: str, clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.timezone.utc)):
        self._engine = engine_for(url)
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[View, Kept] = OrderedDict()
        self._of_contest: OrderedDict[str | None, Kept] = OrderedDict()
        self._names: tuple[tuple[Entry, ...], Index, dt.datetime] | None = None
        self._presentation: tuple[Presentation, dt.datetime] | None = None
        self._ask_again_at = 0.0
        self._head: Head | None = None
        self._reconciled: Reconciled | None = None
        self._away: tuple[str, dt.datetime] | None = None
        self._highest: tuple[str, int] = ("", 0)

    def read(self, view: View) -> Reading:
        with self._lock:
            now, began = self._clock(), time.monotonic()
            asked = began >= self._ask_again_at
            if asked or (self._away is None and not self._holds(self._kept.get(view), now)):
                self._refresh(view, now)
                ended = time.monotonic()
                wait = max(ASK_AGAIN_AFTER_S, ASK_AGAIN_FACTOR * (ended - began))
                self._ask_again_at = max(self._ask_again_at, ended + wait) if asked else self._ask_again_at
            return self._reading(view)

    def _refresh(self, view: View, now: dt.datetime) -> None:
        try:
            with self._engine.connect() as connection, connection.begin():
                query = Queries(connection)
                head = query.head()
                if head is None:
                    self._say_away("empty", now)
                    return
                self._seen(head)
                self._reconciled = query.reconciled()
                if not self._holds(self._kept.get(view), now):
                    self._keep(view, query, head, now)
        except sa.exc.SQLAlchemyError as error:
            self._could_not(error, now)
            return
        self._away = None

    def _seen(self, head: Head) -> None:
        if head.count_id != self._highest[0]:  # Another count: nothing of the old one is shown again.
            self._kept.clear()
            self._of_contest.clear()
            self._names = self._presentation = None
            self._highest = (head.count_id, head.commit_number)
        self._highest = (head.count_id, max(head.commit_number, self._highest[1]))
        self._head = head

    def _keep(self, view: View, query: Queries, head: Head, now: dt.datetime) -> None:
        whole = self._of_contest.get(view.contest)
        if whole is None or not self._holds(whole, now):
            read = snapshot.whole(query, head, view.contest)
            whole = Kept(dataclasses.replace(read, presentation=self._shown(query, now)), now)
            self._of_contest[view.contest] = whole
        self._kept[view] = Kept(
            snapshot.of_view(query, whole.snapshot, view, lambda: self._index(query, now)), whole.read_at
        )
        for kept, key in ((self._of_contest, view.contest), (self._kept, view)):
            kept.move_to_end(key)
            while len(kept) > SNAPSHOTS_KEPT:
                kept.popitem(last=False)

    def _shown(self, query: Queries, now: dt.datetime) -> Presentation:
        known = self._presentation
        if known is not None and (now - known[1]).total_seconds() <= READ_ALL_AFTER_S:
            return known[0]
        shown = query.presentation(known[0] if known is not None else NONE)
        self._presentation = (shown, now)
        return shown

    def _index(self, query: Queries, now: dt.datetime) -> Index:
        """Of all names. A commit changes none: they are read again as seldom as colours, and folded when they are others."""
        known = self._names
        if known is not None and (now - known[2]).total_seconds() <= READ_ALL_AFTER_S:
            return known[1]
        names = to_search(query.names(), self._shown(query, now))
        index = known[1] if known is not None and known[0] == names else Index(names)
        self._names = (names, index, now)
        return index

    def _holds(self, kept: Kept | None, now: dt.datetime) -> bool:
        """Whether `kept` says what would be read again, as far as is known."""
        return (
            kept is not None
            and kept.snapshot.head == self._head
            and (now - kept.read_at).total_seconds() <= READ_ALL_AFTER_S
        )

    def _could_not(self, error: Exception, now: dt.datetime) -> None:
        # What the driver says may name hosts and files, so people get a word and the server's own diagnostics get the
        # class of the error.
        cause = getattr(error, "orig", None)
        if self._away is None:
            print(f"board: the store could not be read: {type(cause or error).__name__}", file=sys.stderr, flush=True)
        no_file_or_table = ("unable to open", "no such table")
        absent = type(cause).__name__ == "UndefinedTable" or str(cause).startswith(no_file_or_table)
        older = type(cause).__name__ == "UndefinedColumn" or str(cause).startswith("no such column")
        self._say_away("absent" if absent else "older" if older else "away", now)

    def _say_away(self, why: str, now: dt.datetime) -> None:
        self._away = (why, self._away[1] if self._away else now)

    def _reading(self, view: View) -> Reading:
        kept = self._kept.get(view)
        why, since = self._away or (None, None)
        back = self._highest[1] if self._head is not None and self._head.commit_number < self._highest[1] else None
        last, read_at = (kept.snapshot, kept.read_at) if kept else (None, None)
        return Reading(last, read_at, self._reconciled, why, since, back)
