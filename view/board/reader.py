"""Reads snapshots for all browsers, keeps the last one of each view, and says when there is no newer one.

One call of Reader.read() is one transaction: every number of a Snapshot is true as of the one commit that its head
names. A Reader belongs to the server process and is shared by all browsers; one lock makes N pages ask the database as
often as one page does. When the database does not answer, the last snapshot is handed out again, and Reading says so.
"""

from __future__ import annotations

import datetime as dt
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

import sqlalchemy as sa

import snapshot
from model import Head, Reading, Reconciled, Snapshot, View
from queries import Queries
from store import engine_for

ASK_AGAIN_AFTER_S = 0.9  # Browsers that ask within this time get the same answer …
ASK_AGAIN_FACTOR = 5  # … and within so many times of what the last reading took.
READ_ALL_AFTER_S = 30.0  # Without a new commit, colours and names are read again after this time.
SNAPSHOTS_KEPT = 64
Kept = tuple[Snapshot, dt.datetime]  # And when all of it was read.


class Reader:
    """Reads snapshots; safe from any thread. Keeps the last one of each view."""

    def __init__(self, url: str, clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.timezone.utc)):
        self._engine = engine_for(url)
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[View, Kept] = OrderedDict()
        self._ask_again: dict[View, float] = {}
        self._head: Head | None = None
        self._reconciled: Reconciled | None = None
        self._away: tuple[str, dt.datetime] | None = None
        self._highest: tuple[str, int] = ("", 0)

    def read(self, view: View) -> Reading:
        with self._lock:
            now = self._clock()
            began = time.monotonic()
            if not (began < self._ask_again.get(view, 0) and view in self._kept and self._away is None):
                self._refresh(view, now)
                ended = time.monotonic()
                self._ask_again[view] = ended + max(ASK_AGAIN_AFTER_S, ASK_AGAIN_FACTOR * (ended - began))
            return self._reading(view)

    def _refresh(self, view: View, now: dt.datetime) -> None:
        try:
            with self._engine.connect() as connection, connection.begin():
                query = Queries(connection)
                head = query.head()
                if head is None:
                    self._say_away("empty", now)
                    return
                reconciled = query.reconciled()
                kept = self._kept.get(view)
                if not self._holds(kept, head, now):
                    whole, read_at = self._of_another_view(view, head, now) or (
                        snapshot.whole(query, head, view.contest),
                        now,
                    )
                    kept = (snapshot.with_lines(query, whole, view), read_at)
        except sa.exc.SQLAlchemyError as error:
            self._could_not(error, now)
            return
        self._away = None
        self._head, self._reconciled = head, reconciled
        self._kept[view] = kept
        if head.count_id != self._highest[0]:
            self._kept = OrderedDict({view: kept})  # Another count: nothing of the old one is shown again.
            self._highest = (head.count_id, head.commit_number)
        self._highest = (head.count_id, max(head.commit_number, self._highest[1]))
        self._kept.move_to_end(view)
        while len(self._kept) > SNAPSHOTS_KEPT:
            old, _ = self._kept.popitem(last=False)
            self._ask_again.pop(old, None)

    @staticmethod
    def _holds(kept: Kept | None, head: Head, now: dt.datetime) -> bool:
        """Whether `kept` says what would be read again."""
        return kept is not None and kept[0].head == head and (now - kept[1]).total_seconds() <= READ_ALL_AFTER_S

    def _of_another_view(self, view: View, head: Head, now: dt.datetime) -> Kept | None:
        """Another view of the same commit and contest has read the same, but for the units table."""
        others = (kept for v, kept in self._kept.items() if v != view and v.contest == view.contest)
        return next((kept for kept in others if self._holds(kept, head, now)), None)

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
        last, read_at = self._kept.get(view, (None, None))
        why, since = self._away or (None, None)
        back = self._highest[1] if self._head is not None and self._head.commit_number < self._highest[1] else None
        return Reading(last, read_at, self._reconciled, why, since, back)
