"""A contest among others: who is ahead in it, and how much of it was heard from."""

from __future__ import annotations

import dataclasses

import lead
import words as w
from frame import tag
from model import Contest, Snapshot
from parts import Here, bar, colours_of, dot, figure, isolated, share, text


def card(contest: Contest, snapshot: Snapshot, here: Here) -> str:
    options = snapshot.of_contests.get(contest.contest, [])
    colour = colours_of(dataclasses.replace(snapshot, options=options))
    stands = lead.standing(contest, options)
    most = max((o.votes.value or 0 for o in options), default=0)
    shown = options[: max(2, min(contest.seats, 5))]
    lines = "".join(
        f"<li><span>{dot(colour[o.option_id])}{isolated(o.option_name)}{tag(o, contest, stands, snapshot)}</span> "
        f"<span>{figure(o.votes)}{f' · {share(o.share)}' if o.share.share is not None else ''}</span>"
        f"{bar(colour[o.option_id], o.votes, most)}</li>"
        for o in shown
    )
    form = w.HEARD_ALL if contest.all_heard else w.HEARD_FROM
    said = [form.format(reporting=w.number(contest.reporting), units=w.number(contest.units))]
    said += [w.counted(w.SEATS, contest.seats)] if contest.seats > 1 else []
    said += [w.FIRST_PREFERENCES] if contest.ranked else []
    said += [w.counted(w.MORE_OPTIONS, len(options) - len(shown))] if len(options) > len(shown) else []
    href = here.href(show="", contest=contest.contest_id, search="", order="official")
    return (
        f'<li class="t-card" data-key="{text(contest.contest_id)}"><h2><a href="{href}">{isolated(contest.contest_name)}</a></h2>'
        f"<ol>{lines}</ol><p>{text(' · '.join(said))}</p></li>"
    )
