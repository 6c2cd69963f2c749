"""Today's shares held against those of an earlier election, where the presentation gives figures of the same unit then.

Nothing is compared while anything is missing: a part of today's votes against all of those of then would say what is not so.
"""

from __future__ import annotations

import dataclasses

import words as w
from model import Contest, Figure, Snapshot
from parts import isolated, text
from presentation import Earlier, Then
from sums import Base, base_of, base_of_contest


@dataclasses.dataclass(frozen=True)
class Compared:
    """`changes`: in percentage points, by the option's id. Empty: `why` there are none."""

    title: str
    changes: dict[str, float] = dataclasses.field(default_factory=dict)
    why: str = ""

    def change(self, option_id: str) -> str:
        return w.points(self.changes[option_id]) if option_id in self.changes else w.MISSING


def of_contest(snapshot: Snapshot) -> Compared | None:
    """None: the presentation compares nothing."""
    contest = snapshot.contest
    if contest is None or not snapshot.presentation.earlier:
        return None
    given = snapshot.presentation.earlier.get(contest.contest_id)
    then = given.units.get(snapshot.decided_in) if given else None
    votes = {o.option_id: o.votes for o in snapshot.options}
    return _compared(given, then, contest.all_heard, base_of_contest(contest), votes, _other_rules(contest))


def of_place(snapshot: Snapshot) -> Compared | None:
    contest, place = snapshot.contest, snapshot.place
    if contest is None or place is None or not snapshot.presentation.earlier:
        return None
    given = snapshot.presentation.earlier.get(contest.contest_id)
    then = given.units.get(place.id) if given else None
    votes = {o.option_id: place.figures.get(o.slot, Figure()) for o in snapshot.options}
    all_heard = place.units > 0 and place.reporting >= place.units
    base = base_of(contest, list(votes.values()), place.cards, place.write_ins)
    return _compared(given, then, all_heard, base, votes, _other_rules(contest))


def _other_rules(contest: Contest) -> bool:
    """First preferences are no shares that another election could be held against."""
    return contest.ranked


def _compared(
    given: Earlier | None, then: Then | None, all_heard: bool, base: Base, votes: dict[str, Figure], ranked: bool
) -> Compared:
    if given is None or ranked:
        return Compared("", why=w.EARLIER_NONE)
    if then is None:
        return Compared(given.title, why=w.EARLIER_NOT_SAME)
    if not all_heard:
        return Compared(given.title, why=w.EARLIER_NOT_YET)
    if not base.complete or not base.value or not all(f.complete for f in votes.values()):
        return Compared(given.title, why=w.EARLIER_MISSING)
    changes = {
        option: 100 * ((votes[option].value or 0) / base.value - before / then.of)
        for option, before in then.votes.items()
        if option in votes
    }
    return Compared(given.title, changes)


def says(compared: Compared | None) -> str:
    """What is compared with what, or why nothing is."""
    if compared is None:
        return ""
    said = text(w.EARLIER_SAYS if compared.changes else compared.why)
    return f'<p class="t-rules t-earlier">{said.replace("{title}", isolated(compared.title))}</p>'
