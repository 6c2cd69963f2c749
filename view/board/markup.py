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
from model import OPTION_COLUMNS_MAX, Figure, Reading, Snapshot

RECONCILED_OLD_S = 300  # It is done every minute.


def text(value: object) -> str:
    return html.escape(str(value), quote=True)


# ------------------------------------------------------------------------------------------------------ figures


def figure(f: Figure | None, counted_from: str) -> str:
    """A sum as people read it: a number, and what is missing from it; never a 0 that nobody counted."""
    if f is None or (f.numbers == 0 and f.complete):
        return w.number(0) if counted_from == "ballots" else w.MISSING
    missing = w.WITHHELD if f.withheld else w.UNKNOWN if f.unknown else ""
    if f.numbers == 0:
        return f'<span class="missing">{missing}</span>'
    return w.number(f.value) + (f' <span class="missing">+ {missing}</span>' if missing else "")


def leaders(snapshot: Snapshot) -> tuple[set[str], set[str]]:
    """Who leads and who is tied for the last seat, by option id. Nobody, while anything is withheld or nothing is
    counted."""
    contest = snapshot.contest
    standing = [o for o in snapshot.options if o.kind != "none_of_the_above"]
    if contest is None or not standing or not all(o.votes.complete for o in standing):
        return set(), set()
    seats = max(1, contest.seats)
    ordered = sorted(standing, key=lambda o: -o.votes.value)
    if ordered[0].votes.value == 0 or len(ordered) <= seats:
        return set(), set()
    last, next_ = ordered[seats - 1].votes.value, ordered[seats].votes.value
    if last > next_:
        return {o.option_id for o in ordered[:seats]}, set()
    return {o.option_id for o in ordered if o.votes.value > last}, {
        o.option_id for o in ordered if o.votes.value == last
    }


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
        more = w.AWAY_TRYING if why == "away" else w.AWAY_WAITING
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
    label = f'<div class="t-label">{text(head.label)}</div>' if head.label else ""
    lines = "".join(f'<div class="t-warn {c}">{text(line)}</div>' for c, line in warnings)
    return (
        f'<div class="t-strip {tone}" role="status"><div class="t-line">'
        f'<span class="t-mode {text(head.mode)}" title="{text(means)}">{text(head.mode)}</span>'
        f'<span class="t-status">{text(status)}</span><span class="t-asof">{as_of}</span>{reconciled}</div>'
        f"{label}{lines}</div>"
    )


def title(snapshot: Snapshot) -> str:
    contest = snapshot.contest
    under = f"<p>{text(contest.contest_name)}</p>" if contest else ""
    return f'<div class="t-title"><h1>{text(snapshot.head.election)}</h1>{under}</div>'


def tiles(snapshot: Snapshot) -> str:
    head, contest = snapshot.head, snapshot.contest
    kind = contest.counted_from if contest else "ballots"
    below_cards = ""
    if snapshot.registered:
        share = w.percent(snapshot.cards / snapshot.registered)
        below_cards = w.OF_REGISTERED.format(share=share, count=w.number(snapshot.registered))
    of_units = w.OF_UNITS.format(w.number(snapshot.units))
    below_units = w.percent(snapshot.reporting / snapshot.units) if snapshot.units else ""
    big = [
        (w.VOTES, figure(snapshot.votes, kind), text(w.DECIDED_BY.format(contest.decides)) if contest else "", "votes"),
        (w.CARDS, w.number(snapshot.cards), below_cards, "cards"),
        (w.UNITS, f"{w.number(snapshot.reporting)} <small>{of_units}</small>", below_units, "units"),
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
    most = max((o.votes.value for o in snapshot.options), default=0)
    rows = []
    for o in snapshot.options:
        says = w.LEADING if o.option_id in leading else w.TIED if o.option_id in tied else ""
        tag = f' <span class="t-tag">{says}</span>' if says else ""
        under = " · ".join(
            text(x) for x in (o.short_name if o.short_name != o.option_name else None, o.party_names) if x
        )
        width = 100 * o.votes.value / most if most else 0
        rows.append(
            f'<li data-option="{text(o.option_id)}"><div class="t-who"><b>{text(o.option_name)}</b>{tag}<span>{under}</span></div>'
            f'<div class="t-votes"><b>{figure(o.votes, contest.counted_from)}</b><span>{w.percent(o.share)}</span></div>'
            f'<div class="t-track"><div style="width:{width:.3f}%;background:{colour[o.option_id]}"></div></div></li>'
        )
    return f'<h3>{w.BY_OPTION}</h3><ol class="t-bars">{"".join(rows)}</ol>'


def parties_differ(snapshot: Snapshot) -> bool:
    """Whether a table of parties says anything that the options do not: not if each option has one party, and the other
    way round."""
    if not snapshot.parties:
        return False
    one_to_one = sorted(p.party_id for p in snapshot.parties) == sorted(
        o.party_ids for o in snapshot.options if o.party_ids
    )
    return not one_to_one


def party_table(snapshot: Snapshot, dark: bool) -> str:
    total = snapshot.votes.value if snapshot.votes.complete else 0
    rows = []
    for i, p in enumerate(snapshot.parties):
        share = p.votes / total if total else None
        rows.append(
            f'<tr><th scope="row"><i class="t-dot" style="background:{colours.shown(p.colour, i, dark)}"></i>{text(p.party_name)}</th>'
            f"<td>{w.number(p.options)}</td><td>{w.number(p.votes)}</td><td>{w.percent(share)}</td></tr>"
        )
    return (
        f'<h3>{w.BY_PARTY}</h3><div class="t-scroll"><table class="t-table"><thead><tr><th>{w.PARTY}</th><th>{w.OPTIONS}</th>'
        f"<th>{w.VOTES}</th><th>{w.SHARE}</th></tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


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
        f'<th><i class="t-dot" style="background:{colour[o.option_id]}"></i>{text(o.short_name)}</th>' for o in options
    ]
    header += [f"<th>{w.OTHERS}</th>"] if rest else []
    rows = []
    for line in snapshot.lines:
        within = f"<span>{text(line.within)}</span>" if line.within else ""
        cells = [
            f'<th scope="row">{text(line.name)}{within}</th>',
            f"<td>{w.number(line.cards) if line.reporting else w.MISSING}</td>",
        ]
        if not single:
            cells.append(f'<td class="t-reporting">{w.number(line.reporting)} / {w.number(line.units)}</td>')
        values = [line.votes.get(o.slot) for o in options]
        known = [v.value for v in values if v is not None and v.complete]
        most = max(known, default=0) if len(known) == len(values) else 0
        for v in values:
            shown = figure(v, contest.counted_from) if line.reporting else w.MISSING
            ahead = most > 0 and v is not None and v.value == most
            cells.append(f'<td class="ahead">{shown}</td>' if ahead else f"<td>{shown}</td>")
        if rest:
            others = sum((line.votes.get(slot, Figure()) for slot in rest), Figure())
            cells.append(f"<td>{figure(others, contest.counted_from) if line.reporting else w.MISSING}</td>")
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return (
        f'<div class="t-scroll"><table class="t-table t-units"><thead><tr>{"".join(header)}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def laws(snapshot: Snapshot) -> str:
    contest = snapshot.contest
    rows = []
    for law in snapshot.laws:
        if law.name in ("recorded", "log"):
            left = (
                f"{w.LAW_OF_RECORDED if law.name == 'recorded' else w.OUTCOME['counted']} <b>{w.number(law.left)}</b>"
            )
        else:
            allowed = contest.votes_allowed if contest and contest.kind != "ranked" else 1
            name = w.LAW_OF_CONTEST_TIMES.format(w.number(allowed)) if allowed > 1 else w.LAW_OF_CONTEST
            left = f"{name} <b>{w.number(law.left)}</b>"
        right = " + ".join(f"{w.TERM[term]} <b>{w.number(value)}</b>" for term, value in law.terms)
        tone, says = {True: ("good", w.LAW_HOLDS), False: ("bad", w.LAW_BROKEN), None: ("unsure", w.LAW_UNCHECKED)}[
            law.holds
        ]
        sign = {True: "=", False: "≠", None: "?"}[law.holds]
        rows.append(f'<li class="{tone}"><span class="t-mark">{says}</span><span>{left} {sign} {right}</span></li>')
    head = snapshot.head
    footer = (w.FOOTER_OFFICIAL if head.status == "official" else w.FOOTER).format(commit=w.number(head.commit_number))
    return f'<h3>{w.LAWS}</h3><ul class="t-laws">{"".join(rows)}</ul><p class="t-foot">{footer}</p>'
