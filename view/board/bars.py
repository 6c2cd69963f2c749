"""The votes of a contest by option and by party, as bars: the first ten and all that would have a seat, then the rest."""

from __future__ import annotations

import colours
import earlier
import lead
import words as w
from model import Contest, Figure, Option, Snapshot, first_of
from parts import Here, bar, colours_of, dot, figure, isolated, scrolling, share, text


def by_option(snapshot: Snapshot, here: Here) -> str:
    """The first ones, and what became of the other votes."""
    contest = snapshot.contest
    if contest is None:
        return ""
    first = _rows(snapshot, here)[: _shown(snapshot)]
    rows = [row for pair in first for row in pair]
    compared = earlier.says(earlier.of_contest(snapshot))
    if contest.write_ins_allowed:
        rows.append(
            f'<li data-key="write-ins" data-write-ins><div class="t-who"><b>{w.WRITE_INS}</b></div>'
            f'<div class="t-votes"><b>{figure(contest.write_ins, contest.cell_word)}</b> '
            f"<span>{share(contest.write_ins_share)}</span></div></li>"
        )
    heading = w.FIRST_PREFERENCES if contest.ranked else w.BY_OPTION
    return (
        f'<section class="t-options" data-key="options"><h2>{text(heading)}</h2>{_rules(contest)}{compared}'
        f'<ol class="t-bars">{"".join(rows)}</ol>{counters(contest)}</section>'
    )


def the_rest(snapshot: Snapshot, here: Here) -> str:
    """The options after the first ones, folded."""
    many = _shown(snapshot)
    rest = [row for pair in _rows(snapshot, here)[many:] for row in pair]
    if not rest:
        return ""
    more = w.counted(w.MORE_OPTIONS, len(snapshot.options) - many)
    return (
        f'<details class="t-fold t-rest" data-key="more"><summary>{text(more)}</summary>'
        f'<ol class="t-bars t-narrow" start="{many + 1}">{"".join(rest)}</ol></details>'
    )


def _shown(snapshot: Snapshot) -> int:
    many, all_ = first_of(snapshot.options, snapshot.contest), len(snapshot.options)
    return all_ if all_ - many <= 2 else many  # Nobody folds two lines away.


def _rows(snapshot: Snapshot, here: Here) -> list[list[str]]:
    """A line for each option, and below the last that would have a seat the line between in and out."""
    contest = snapshot.contest
    if contest is None:
        return []
    stands = lead.standing(contest, snapshot.options)
    most = max((o.votes.value or 0 for o in snapshot.options), default=0)
    official = lead.is_final(snapshot)
    colour = colours_of(snapshot)
    compared = earlier.of_contest(snapshot)
    rows = []
    for place, o in enumerate(snapshot.options):
        row = [_row(o, contest, lead.tag(o, stands, contest, official), most, colour[o.option_id], here, compared)]
        if contest.seats > 1 and place + 1 == len(stands.leading) == contest.seats:
            row.append(f'<li class="t-cut" data-key="cut">{w.counted(w.SEATS_END_HERE, contest.seats)}</li>')
        rows.append(row)
    return rows


def _rules(contest: Contest) -> str:
    """What one has to know of the contest to read its figures; nothing where everybody has one vote for one seat."""
    said = []
    if contest.seats > 1:
        said.append(f"{w.counted(w.SEATS, contest.seats)}.")
    if contest.votes_allowed > 1 and not contest.ranked:
        said.append(w.EACH_MAY.format(w.number(contest.votes_allowed)))
        said.append(w.SHARES_OF_CARDS if contest.share_base == "cards" else w.SHARES_OF_VOTES)
    return f'<p class="t-rules">{text(" ".join(said))}</p>' if said else ""


def _row(
    o: Option,
    contest: Contest,
    says: str,
    most: int,
    colour: colours.Pair,
    here: Here,
    compared: earlier.Compared | None,
) -> str:
    tag = f' <span class="t-tag">{text(says)}</span>' if says else ""
    short = o.short_name if o.short_name != o.option_name else None
    under = " · ".join(isolated(x) for x in (short, o.party_names) if x)
    change = ""
    if compared is not None and o.option_id in compared.changes:
        change = f'<div class="t-change">{text(compared.change(o.option_id))}</div>'
    href = here.href(contest=contest.contest_id, option=o.option_id, place=None, order="official", search="", show="")
    return (
        f'<li data-key="{text(o.option_id)}" data-option="{text(o.option_id)}"><div class="t-who">'
        f'<a href="{href}"><b>{isolated(o.option_name)}</b></a>{tag}<span>{under}</span></div>'
        f'<div class="t-votes"><b>{figure(o.votes, contest.cell_word)}</b> <span>{share(o.share)}</span>{change}</div>'
        f"{bar(colour, o.votes, most)}</li>"
    )


def counters(contest: Contest) -> str:
    """What became of the other votes that the cards could carry, as far as anything is known of it."""
    of = {"overvotes": contest.overvotes, "blank": contest.blank, "invalid": contest.invalid}
    if not contest.ranked:
        of = {"undervotes": contest.undervotes} | of
    return list_of(of, contest.cell_word)


def list_of(figures: dict[str, Figure], cell_word: str) -> str:
    said = [
        f"<div><dt>{text(w.word(name))}</dt><dd>{figure(f, cell_word)}</dd></div>"
        for name, f in figures.items()
        if f.how not in ("unknown", "not reported")
    ]
    return f'<dl class="t-counters">{"".join(said)}</dl>' if said else ""


def parties_differ(snapshot: Snapshot) -> bool:
    """Whether a table of parties says anything that the options do not: not if each line is one option."""
    return any(p.options > 1 for p in snapshot.parties) and any(p.party_id for p in snapshot.parties)


def by_party(snapshot: Snapshot) -> str:
    cell_word = snapshot.contest.cell_word if snapshot.contest else None
    most = max((p.votes.value or 0 for p in snapshot.parties), default=0)
    rows = []
    for p in snapshot.parties:
        pair = colours.of_party(p, snapshot.options, snapshot.party_places)
        name = isolated(p.party_name) if p.party_id else text(w.NONE_WITHOUT_PARTY)
        rows.append(
            f'<tr data-key="{text(p.party_id)}"><th scope="row">{dot(pair) if p.party_id else ""}{name}{bar(pair, p.votes, most)}</th>'
            f"<td>{w.number(p.options)}</td><td>{figure(p.votes, cell_word)}</td><td>{share(p.share)}</td></tr>"
        )
    return (
        f'<section class="t-parties" data-key="parties"><h2>{w.BY_PARTY}</h2>'
        + scrolling(
            w.BY_PARTY,
            f'<table class="t-table"><thead><tr><th scope="col">{w.PARTY}</th><th scope="col">{w.OPTIONS}</th>'
            f'<th scope="col">{w.VOTES}</th><th scope="col">{w.SHARE}</th></tr></thead><tbody>{"".join(rows)}</tbody></table>',
        )
        + "</section>"
    )
