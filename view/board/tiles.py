"""The large numbers under the lead: votes, cards, units reporting, entries recorded; all of the contest that is shown."""

from __future__ import annotations

import words as w
from model import Contest, Head, Snapshot
from parts import figure, text, title


def of_contest(snapshot: Snapshot) -> str:
    head, contest = snapshot.head, snapshot.contest
    big = _of_contest(contest, snapshot.registered) if contest is not None else []
    cells = "".join(
        f'<div class="t-tile" data-tile="{id_}"><h2>{text(name)}</h2><div class="t-big">{value}</div>'
        f"{f'<p>{below}</p>' if below else ''}</div>"
        for name, value, below, id_ in big
    )
    return f'<div class="t-tiles" data-key="tiles">{cells}{_recorded(head)}</div>'


def _of_contest(contest: Contest, registered: int | None) -> list[tuple[str, str, str, str]]:
    below_cards = ""
    if registered and contest.cards.complete:
        turnout = w.percent((contest.cards.value or 0) / registered)
        below_cards = w.OF_REGISTERED.format(share=turnout, count=w.number(registered))
    decided = (
        w.FIRST_PREFERENCES
        if contest.ranked
        else w.DECIDED_BY.format(w.word(contest.decides))
        if contest.decides
        else ""
    )
    reporting = f"{w.number(contest.reporting)} <small>{w.OF_UNITS.format(w.number(contest.units))}</small>"
    of_units = w.percent(contest.reporting / contest.units) if contest.units else ""
    return [
        (w.VOTES, figure(contest.votes, contest.cell_word), text(decided), "votes"),
        (w.CARDS, figure(contest.cards, contest.cell_word), below_cards, "cards"),
        (w.UNITS, reporting, of_units, "units"),
    ]


def _recorded(head: Head) -> str:
    """Smaller than the votes: it is how the count goes, not what it says."""
    names = (("duplicate", head.duplicate), ("conflict", head.conflict), ("rejected", head.rejected))
    lines = "".join(
        f"<div{title(w.means(name))}><dt>{text(w.word(name))}</dt><dd>{w.number(value)}</dd></div>"
        for name, value in names
    )
    return (
        f'<div class="t-tile t-quiet" data-tile="recorded"><h2>{w.RECORDED}</h2>'
        f'<div class="t-big">{w.number(head.recorded)}</div><dl>{lines}</dl></div>'
    )
