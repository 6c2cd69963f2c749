"""The large screen: nothing to choose, large type; of several contests each in its turn (page.js goes on to the next)."""

from __future__ import annotations

import lead
import words as w
from frame import heading, tag
from model import Snapshot
from parts import Here, bar, colours_of, figure, isolated, share, text

OPTIONS = 6


def page(snapshot: Snapshot, here: Here) -> str:
    """Nothing to choose, large type; of several contests each in its turn (page.js goes on to the next)."""
    contest = snapshot.contest
    if contest is None or snapshot.kind == "none":
        return f'{heading(snapshot)}<p class="t-none">{text(w.NO_SUCH)}</p>'
    numbers = [c.contest_id for c in snapshot.contests]
    after = numbers[(numbers.index(contest.contest_id) + 1) % len(numbers)]
    turn = f' data-next="{here.href(show="", contest=after, place=None, option=None)}"' if len(numbers) > 1 else ""
    stands = lead.standing(contest, snapshot.options)
    most = max((o.votes.value or 0 for o in snapshot.options), default=0)
    colour = colours_of(snapshot)
    many = max(OPTIONS, min(contest.seats + 1, 9))
    shown = snapshot.options[:many]
    rows = ""
    for place, o in enumerate(shown):
        rows += (
            f'<li data-key="{text(o.option_id)}"><span class="t-wall-name"><span>{isolated(o.option_name)}</span>'
            f"{tag(o, contest, stands, snapshot)}</span> "
            f'<span class="t-wall-votes">{figure(o.votes)}</span> <span class="t-wall-share">{share(o.share)}</span>'
            f"{bar(colour[o.option_id], o.votes, most)}</li>"
        )
        if contest.seats > 1 and place + 1 == len(stands.leading) == contest.seats:
            rows += f'<li class="t-cut" data-key="cut">{w.counted(w.SEATS_END_HERE, contest.seats)}</li>'
    left = len(snapshot.options) - len(shown)
    more = f"<p>{text(w.counted(w.MORE_OPTIONS, left))}</p>" if left > 0 else ""
    away = here.href(screen=False)
    return (
        f'<div class="t-wall"{turn} style="--rows:{len(shown)}"><div class="t-title"><h1>{isolated(snapshot.head.election)}</h1><p>{isolated(contest.contest_name)}</p></div>'
        f'{lead.block(snapshot, here)}<ol class="t-bars">{rows}</ol>{more}<a class="t-wall-end" href="{away}">{text(w.WALL_END)}</a></div>'
    )
