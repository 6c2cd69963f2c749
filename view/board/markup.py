"""The pieces of the page that are text and tables, as HTML.

HTML, not Streamlit's own table and metric: those cut long names off, draw numbers on a canvas where neither a screen
reader nor the browser's search finds them, and do not wrap on a phone. Everything that comes from a store goes through
text(). Colours follow the page's theme through currentColor; only options and parties bring their own.
"""

from __future__ import annotations

import datetime as dt
import html

import colours
import words as w
from model import OPTION_COLUMNS_MAX, Contest, Figure, Reading, Share, Sheets, Snapshot

RECONCILED_OLD_S = 300  # It is done every minute.


def text(value: object) -> str:
    return html.escape(str(value), quote=True)


def isolated(value: object) -> str:
    """A name from the store: which way its letters run is its own, and turns nothing round that stands beside it."""
    return f"<bdi>{text(value)}</bdi>"


# ------------------------------------------------------------------------------------------------------ figures


def figure(f: Figure | None, cell: str | None = None) -> str:
    """A sum as people read it: a number, and what is missing from it; never a 0 that nobody counted. `cell`: what the
    contest's sums are over (Contest.cell_word); None where there is little room."""
    if f is None or f.how == "not reported":
        return w.MISSING if cell is None else f'<span class="missing">{w.NOT_REPORTED}</span>'
    if f.value is None:
        return f'<span class="missing">{w.STATE[f.how]}</span>'
    missing = w.missing(f.withheld_in, f.unknown_in, f.of, cell)
    return w.number(f.value) + (f', <span class="missing">{missing}</span>' if missing else "")


def share(s: Share) -> str:
    return w.percent(s.share) + (f' <span class="missing">{w.OF_KNOWN}</span>' if s.of == "known" else "")


def leaders(snapshot: Snapshot) -> tuple[set[str], set[str]]:
    """Who leads and who is tied for the last seat, by option id. Nobody, while anything is missing or nothing is
    counted, and nobody in a ranked contest, whose rounds are not counted here."""
    contest = snapshot.contest
    standing = [o for o in snapshot.options if o.kind != "none_of_the_above"]
    if contest is None or contest.ranked or not standing or not all(o.votes.complete for o in standing):
        return set(), set()
    seats = max(1, contest.seats)
    ordered = sorted(((o.votes.value or 0, o.option_id) for o in standing), key=lambda o: -o[0])
    if ordered[0][0] == 0 or len(ordered) <= seats:
        return set(), set()
    last, next_ = ordered[seats - 1][0], ordered[seats][0]
    if last > next_:
        return {id_ for _, id_ in ordered[:seats]}, set()
    return {id_ for votes, id_ in ordered if votes > last}, {id_ for votes, id_ in ordered if votes == last}


# -------------------------------------------------------------------------------------------------------- pieces


def agreement(reading: Reading, now: dt.datetime) -> tuple[str, str]:
    """What the last reconciliation said, and how loud: calm, old (the count has gone on without one) or red."""
    last, snapshot = reading.reconciled, reading.snapshot
    if last is None:
        return "old", w.RECONCILED_NOT_YET
    age_s = (now - last.at).total_seconds()
    when = {"ago": w.ago(age_s), "commit": w.number(last.commit_number)}
    if last.differences:
        differs = last.differs.replace(" = ", " ≠ ")
        return "red", w.RECONCILED_DIFFERS.format(**when, count=w.differences(last.differences), differs=differs)
    old = age_s > RECONCILED_OLD_S and snapshot is not None and snapshot.head.commit_number != last.commit_number
    said = (w.RECONCILED_OLD if old else w.RECONCILED).format(**when)
    if last.not_looked_at:
        said += "; " + w.RECONCILED_OPEN.format(last.not_looked_at)
    return "old" if old else "calm", said


def strip(reading: Reading, now: dt.datetime, zone: dt.tzinfo, stale_after_s: float) -> str:
    """The line on top: in which mode, as of when, how old; and what is wrong, if anything is."""
    snapshot = reading.snapshot
    warnings: list[tuple[str, str]] = []
    if snapshot is None:
        why = reading.away or "away"
        more = {"away": w.AWAY_TRYING, "older": w.AWAY_OLDER}.get(why, w.AWAY_WAITING)
        return (
            f'<div class="t-strip {"red" if why == "away" else "grey"}" role="status"><div class="t-line"><b>{w.AWAY[why]}</b>'
            f"<span>{more}</span></div></div>"
        )
    head = snapshot.head
    tone = "calm"
    age_s = (now - head.committed_at).total_seconds() if head.committed_at else None
    if age_s is not None and age_s > stale_after_s and head.status != "official":
        tone = "amber"
        warnings.append(("amber", w.QUIET.format(age=w.age(age_s))))
    if reading.away is not None:
        tone = "red"
        warnings = [("red", w.AWAY_KEEPING.format(since=w.clock(reading.away_since or now, zone, now)))]
    if reading.went_back_from is not None:
        tone = "red"
        warnings.append(
            ("red", w.WENT_BACK.format(before=w.number(reading.went_back_from), now=w.number(head.commit_number)))
        )
    for because in snapshot.halted_because:
        tone = "red"
        warnings.append(("red", w.HALTED.format(because=because)))
    how, said = agreement(reading, now)
    if how == "red":
        tone = "red"
        warnings.append(("red", said))
        reconciled = ""
    else:
        title_ = w.RECONCILED_MEANS if how == "calm" else ""
        reconciled = f'<span class="t-reconciled {how}" title="{title_}">{text(said)}</span>'
    if head.committed_at is None or age_s is None:
        as_of = w.NOTHING_COUNTED
    else:
        commit, at = w.number(head.commit_number), text(w.clock(head.committed_at, zone, now))
        as_of = w.AS_OF.format(commit=f"<b>{commit}</b>", at=f"<b>{at}</b>")
        as_of += f'<span class="t-age">{w.ago(age_s)}</span>'
    status = w.UNOFFICIAL.get(head.status, head.status)
    means = w.MODE_MEANS.get(head.mode, "")
    label = f'<div class="t-label">{isolated(head.label)}</div>' if head.label else ""
    lines = "".join(f'<div class="t-warn {c}">{text(line)}</div>' for c, line in warnings)
    return (
        f'<div class="t-strip {tone}" role="status"><div class="t-line">'
        f'<span class="t-mode {text(head.mode)}" title="{text(means)}">{text(head.mode)}</span>'
        f'<span class="t-status">{text(status)}</span><span class="t-asof">{as_of}</span>{reconciled}</div>'
        f"{label}{lines}</div>"
    )


def title(snapshot: Snapshot) -> str:
    contest = snapshot.contest
    under = f"<p>{isolated(contest.contest_name)}</p>" if contest else ""
    return f'<div class="t-title"><h1>{isolated(snapshot.head.election)}</h1>{under}</div>'


def tiles(snapshot: Snapshot) -> str:
    head, contest = snapshot.head, snapshot.contest
    big = []
    if contest is not None:
        below_cards = ""
        if snapshot.registered and contest.cards.complete:
            turnout = w.percent((contest.cards.value or 0) / snapshot.registered)
            below_cards = w.OF_REGISTERED.format(share=turnout, count=w.number(snapshot.registered))
        decided = w.FIRST_PREFERENCES if contest.ranked else w.decided_by(contest.decides)
        reporting = f"{w.number(contest.reporting)} <small>{w.OF_UNITS.format(w.number(contest.units))}</small>"
        of_units = w.percent(contest.reporting / contest.units) if contest.units else ""
        big = [
            (w.VOTES, figure(contest.votes, contest.cell_word), text(decided), "votes"),
            (w.CARDS, figure(contest.cards, contest.cell_word), below_cards, "cards"),
            (w.UNITS, reporting, of_units, "units"),
        ]
    small = [
        (w.OUTCOME[name], value, w.OUTCOME_MEANS.get(name, ""))
        for name, value in (("duplicate", head.duplicate), ("conflict", head.conflict), ("rejected", head.rejected))
    ]
    cells = "".join(
        f'<div class="t-tile" data-tile="{id_}"><h2>{text(name)}</h2><div class="t-big">{value}</div>'
        f"<p>{below or '&nbsp;'}</p></div>"
        for name, value, below, id_ in big
    )
    lines = "".join(
        f'<div title="{text(means)}"><dt>{text(name)}</dt><dd>{w.number(value)}</dd></div>'
        for name, value, means in small
    )
    return (
        f'<div class="t-tiles">{cells}<div class="t-tile" data-tile="recorded"><h2>{w.RECORDED}</h2>'
        f'<div class="t-big">{w.number(head.recorded)}</div><dl>{lines}</dl></div></div>'
    )


def option_bars(snapshot: Snapshot, dark: bool) -> str:
    contest = snapshot.contest
    if contest is None:
        return ""
    colour = colours.by_option(snapshot.options, dark)
    leading, tied = leaders(snapshot)
    most = max((o.votes.value or 0 for o in snapshot.options), default=0)
    rows = []
    for o in snapshot.options:
        says = w.LEADING if o.option_id in leading else w.TIED if o.option_id in tied else ""
        tag = f' <span class="t-tag">{says}</span>' if says else ""
        under = " · ".join(
            isolated(x) for x in (o.short_name if o.short_name != o.option_name else None, o.party_names) if x
        )
        width = 100 * o.votes.value / most if most and o.votes.value else 0
        track = "t-track" if o.votes.complete else "t-track t-part"
        rows.append(
            f'<li data-option="{text(o.option_id)}"><div class="t-who"><b>{isolated(o.option_name)}</b>{tag}<span>{under}</span></div>'
            f'<div class="t-votes"><b>{figure(o.votes, contest.cell_word)}</b><span>{share(o.share)}</span></div>'
            f'<div class="{track}"><div style="width:{width:.3f}%;background:{colour[o.option_id]}"></div></div></li>'
        )
    if contest.write_ins_allowed:
        rows.append(
            f'<li data-write-ins><div class="t-who"><b>{w.WRITE_INS}</b></div>'
            f'<div class="t-votes"><b>{figure(contest.write_ins, contest.cell_word)}</b><span>{share(contest.write_ins_share)}</span></div></li>'
        )
    heading = w.FIRST_PREFERENCES if contest.ranked else w.BY_OPTION
    return f'<h3>{heading}</h3><ol class="t-bars">{"".join(rows)}</ol>{counters(contest)}'


def counters(contest: Contest) -> str:
    """What became of the other votes that the cards could carry, as far as anything is known of it."""
    of = {"overvotes": contest.overvotes, "blank": contest.blank, "invalid": contest.invalid}
    if not contest.ranked:
        of = {"undervotes": contest.undervotes} | of
    said = [
        f"<div><dt>{w.TERM[name]}</dt><dd>{figure(f, contest.cell_word)}</dd></div>"
        for name, f in of.items()
        if f.how not in ("unknown", "not reported")
    ]
    return f'<dl class="t-counters">{"".join(said)}</dl>' if said else ""


def parties_differ(snapshot: Snapshot) -> bool:
    """Whether a table of parties says anything that the options do not: not if each line is one option."""
    return any(p.options > 1 for p in snapshot.parties)


def party_table(snapshot: Snapshot, dark: bool) -> str:
    rows = []
    cell = snapshot.contest.cell_word if snapshot.contest else None
    for i, p in enumerate(snapshot.parties):
        dot = f'<i class="t-dot" style="background:{colours.shown(p.colour, i, dark)}"></i>' if p.party_id else ""
        rows.append(
            f'<tr><th scope="row">{dot}{isolated(p.party_name)}</th><td>{w.number(p.options)}</td>'
            f"<td>{figure(p.votes, cell)}</td><td>{share(p.share)}</td></tr>"
        )
    return (
        f'<h3>{w.BY_PARTY}</h3><div class="t-scroll"><table class="t-table"><thead><tr><th>{w.PARTY}</th><th>{w.OPTIONS}</th>'
        f"<th>{w.VOTES}</th><th>{w.SHARE}</th></tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def others(figures: list[Figure]) -> str:
    """Several options together: a sum only where nothing is missing."""
    if not figures or not all(f.complete for f in figures):
        return w.MISSING
    return w.number(sum(f.value or 0 for f in figures))


def unit_table(snapshot: Snapshot, dark: bool) -> str:
    contest = snapshot.contest
    if contest is None:
        return ""
    if not snapshot.lines:
        return f'<p class="t-none">{w.NO_LINES}</p>'
    options = snapshot.columns
    colour = colours.by_option(snapshot.options, dark)
    rest = [o.slot for o in snapshot.options[OPTION_COLUMNS_MAX:]] if not snapshot.lines_are_units else []
    single = snapshot.lines_are_units
    header = [f"<th>{w.UNIT if single else w.AREA_COLUMN}</th>", f"<th>{w.CARDS_COLUMN}</th>"]
    if not single:
        header.append(f'<th class="t-reporting">{w.REPORTING_COLUMN}</th>')
    header += [
        f'<th><i class="t-dot" style="background:{colour[o.option_id]}"></i>{isolated(o.short_name)}</th>'
        for o in options
    ]
    header += [f"<th>{w.OTHERS}</th>"] if rest else []
    rows = []
    for line in snapshot.lines:
        unheard = not single and not line.reporting and line.votes_on_it
        within = f"<span>{isolated(line.within)}</span>" if line.within else ""
        cells = [
            f'<th scope="row">{isolated(line.name)}{within}</th>',
            f"<td>{figure(line.cards, contest.cell_word if unheard else None)}</td>",
        ]
        if not single:
            reporting = f"{w.number(line.reporting)} / {w.number(line.units)}" if line.votes_on_it else w.MISSING
            cells.append(f'<td class="t-reporting">{reporting}</td>')
        values = [line.votes.get(o.slot, Figure()) for o in options]
        most = max((v.value or 0 for v in values), default=0) if all(v.complete for v in values) else 0
        for v in values:
            ahead = ' class="ahead"' if most > 0 and v.value == most else ""
            cells.append(f"<td{ahead}>{figure(v)}</td>")
        if rest:
            cells.append(f"<td>{others([line.votes.get(slot, Figure()) for slot in rest])}</td>")
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return (
        f'<div class="t-scroll"><table class="t-table t-units"><thead><tr>{"".join(header)}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def sheet_law(sheets: Sheets) -> str:
    """How many sheets could be held against their cards; those that break the law by name."""
    every = w.sheets(sheets.all)
    parts = []
    if sheets.wrong:
        parts.append(w.SHEETS_WRONG.format(wrong=w.number(sheets.wrong), all=every))
    if sheets.not_checked:
        parts.append(w.SHEETS_LEFT.format(left=w.number(sheets.not_checked), all=every))
    if not parts:
        parts.append(w.SHEETS_NONE_LEFT.format(all=every))
    if sheets.in_part:
        parts.append(w.SHEETS_IN_PART.format(part=w.number(sheets.in_part)))
    named = []
    for s in sheets.named:
        sentence = w.SHEET_WRONG_OPTION if s.votes <= s.votes_allowed * s.cards and s.most > s.cards else w.SHEET_WRONG
        named.append(
            sentence.format(
                unit=isolated(s.unit_name),
                method=isolated(s.method_name),
                votes=w.number(s.votes),
                cards=w.number(s.cards),
                allowed=w.number(s.votes_allowed),
                most=w.number(s.most),
            )
        )
    if sheets.wrong > len(named):
        named.append(w.SHEETS_MORE.format(w.number(sheets.wrong - len(named))))
    tone, says = (
        ("bad", w.LAW_BROKEN)
        if sheets.wrong
        else ("unsure", w.SHEETS_NOT_ALL)
        if sheets.not_checked
        else ("good", w.LAW_HOLDS)
    )
    list_ = f"<ul>{''.join(f'<li>{line}</li>' for line in named)}</ul>" if named else ""
    return f'<li class="{tone}" data-sheets><span class="t-mark">{says}</span><div>{text("; ".join(parts))}{list_}</div></li>'


def laws(snapshot: Snapshot) -> str:
    contest = snapshot.contest
    rows = []
    for law in snapshot.laws:
        if law.name in ("recorded", "log"):
            left = f"{w.LAW_OF_RECORDED if law.name == 'recorded' else w.OUTCOME['counted']} <b>{w.number(law.left or 0)}</b>"
        else:
            allowed = contest.votes_allowed if contest and contest.kind != "ranked" else 1
            name = w.LAW_OF_CONTEST_TIMES.format(w.number(allowed)) if allowed > 1 else w.LAW_OF_CONTEST
            left = f"{name} <b>{w.STATE['unknown'] if law.left is None else w.number(law.left)}</b>"
        right = " + ".join(f"{w.TERM[term]} <b>{figure(value)}</b>" for term, value in law.terms)
        tone, says = {True: ("good", w.LAW_HOLDS), False: ("bad", w.LAW_BROKEN), None: ("unsure", w.LAW_UNCHECKED)}[
            law.holds
        ]
        sign = {True: "=", False: "≠", None: "?"}[law.holds]
        rows.append(f'<li class="{tone}"><span class="t-mark">{says}</span><span>{left} {sign} {right}</span></li>')
    if snapshot.sheets is not None:
        rows.append(sheet_law(snapshot.sheets))
    head = snapshot.head
    footer = (w.FOOTER_OFFICIAL if head.status == "official" else w.FOOTER).format(commit=w.number(head.commit_number))
    return f'<h3>{w.LAWS}</h3><ul class="t-laws">{"".join(rows)}</ul><p class="t-foot">{footer}</p>'
