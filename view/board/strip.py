"""The strip on top: in which mode, as of when, how old, whether all agrees; and what is wrong, if anything is.

Its first line stays on top while the page scrolls, where there is room for that. Tones: calm; grey, nothing is there yet;
amber, the count stands still while units are outstanding; red, somebody has to look at it.
"""

from __future__ import annotations

import dataclasses
import datetime as dt

import words as w
from model import Reading, Snapshot
from parts import age, isolated, text, title

RECONCILED_OLD_S = 300  # It is done every minute.
AMBER_AFTER_S = 120.0
RED_AFTER_TIMES = 8  # As long as until amber.


@dataclasses.dataclass(frozen=True)
class Strip:
    tone: str
    html: str
    signs: tuple[
        object, ...
    ]  # What it says without how long ago: two strips with the same signs need not be drawn twice.


def of(reading: Reading, now: dt.datetime, zone: dt.tzinfo, amber_after_s: float = AMBER_AFTER_S) -> Strip:
    if reading.snapshot is None:
        return _nothing(reading.away or "away")
    snapshot, head = reading.snapshot, reading.snapshot.head
    warnings = [*_still(snapshot, now, amber_after_s)]
    if reading.away is not None:
        since = w.clock(reading.away_since or now, zone, now)
        warnings = [("red", text(w.AWAY_KEEPING.format(since=since)))]
    if reading.went_back_from is not None:
        before, after = w.number(reading.went_back_from), w.number(head.commit_number)
        warnings.append(("red", text(w.WENT_BACK.format(before=before, now=after))))
    warnings += [("red", text(w.HALTED.format(because=because))) for because in snapshot.halted_because]
    how, said = _agreement(reading, now)
    if how == "red":
        warnings.append(("red", said))
    tone = (
        "red" if any(t == "red" for t, _ in warnings) else "amber" if any(t == "amber" for t, _ in warnings) else "calm"
    )
    lines = "".join(f'<div class="t-warn {t}">{line}</div>' for t, line in warnings)
    more = (
        ""
        if how == "red"
        else f'<span class="t-reconciled {how}"{title(w.RECONCILED_MEANS if how == "calm" else "")}>{said}</span>'
    )
    label = f'<span class="t-label">{isolated(head.label)}</span>' if head.label else ""
    html = (
        f'<div class="t-strip {tone}"><div class="t-line"><span class="t-line-in">{_first_line(snapshot, now, zone)}</span></div>'
        f'<div class="t-more">{lines}<div>{label}{_sums(snapshot)}{more}</div></div></div>'
    )
    since = head.committed_at, reading.away_since
    return Strip(
        tone, html, (tone, len(warnings), how, head, tuple(snapshot.laws), reading.reconciled, reading.away, *since)
    )


def _nothing(why: str) -> Strip:
    tone = "red" if why == "away" else "grey"
    more = {"away": w.AWAY_TRYING, "older": w.AWAY_OLDER}.get(why, w.AWAY_WAITING)
    return Strip(
        tone,
        f'<div class="t-strip {tone}"><div class="t-line"><span class="t-line-in"><b>{text(w.away(why))}</b> '
        f"<span>{text(more)}</span></span></div></div>",
        (why,),
    )


def _first_line(snapshot: Snapshot, now: dt.datetime, zone: dt.tzinfo) -> str:
    head = snapshot.head
    if head.committed_at is None:
        as_of = w.NOTHING_COUNTED
    else:
        at = f"<b>{text(w.clock(head.committed_at, zone, now))}</b>"
        as_of = w.AS_OF.format(commit=f"<b>{w.number(head.commit_number)}</b>", at=at)
        as_of += f' <span class="t-age">{age(head.committed_at, now, w.AGO)}</span>'
    return (
        f'<span class="t-mode {text(head.mode)}"{title(w.means(head.mode))}>{text(w.word(head.mode))}</span>'
        f'<span class="t-status">{text(w.word(head.status))}</span><span class="t-asof">{as_of}</span>'
        f'<span class="t-election">{isolated(head.election)}</span>'
    )


def _still(snapshot: Snapshot, now: dt.datetime, amber_after_s: float) -> list[tuple[str, str]]:
    """Whether the count stands still though it should move. Where every unit was heard from it may be finished: that it
    stands still is said, calmly."""
    head = snapshot.head
    if head.committed_at is None or head.status == "official":
        return []
    since = (now - head.committed_at).total_seconds()
    if since <= amber_after_s:
        return []
    if snapshot.all_heard and any(c.in_parts for c in snapshot.contests):
        return [("calm", age(head.committed_at, now, w.ALL_HEARD_IN_PARTS.format(age="{}")))]
    if snapshot.all_heard:
        return [("calm", text(w.ALL_HEARD))]
    if since > RED_AFTER_TIMES * amber_after_s:
        return [("red", age(head.committed_at, now, w.STOPPED.format(age="{}")))]
    return [("amber", age(head.committed_at, now, w.QUIET.format(age="{}")))]


def _sums(snapshot: Snapshot) -> str:
    """Whether the laws of the count hold, in two words; the page's end has them one by one."""
    held = [law.holds for law in snapshot.laws]
    wrong = bool(snapshot.sheets and snapshot.sheets.wrong)
    if False in held or wrong:
        return f'<a class="t-sums bad" href="#laws">✗ {text(w.LAWS_BROKEN)}</a>'
    if None in held or (snapshot.sheets and snapshot.sheets.not_checked):
        return f'<a class="t-sums" href="#laws">{text(w.LAWS_UNSURE)}</a>'
    return f'<a class="t-sums good" href="#laws">✓ {text(w.LAWS_HOLD)}</a>'


def _agreement(reading: Reading, now: dt.datetime) -> tuple[str, str]:
    """What the last reconciliation said, and how loud: calm, old (the count has gone on without one) or red."""
    last, snapshot = reading.reconciled, reading.snapshot
    if last is None:
        return "old", text(w.RECONCILED_NOT_YET)

    def when(form: str, **more: str) -> str:
        said = form.replace("{ago}", w.AGO.format("{age}")).format(
            age="{}", commit=w.number(last.commit_number), **more
        )
        return age(last.at, now, said)

    if last.differences:
        differs = last.differs.replace(" = ", " ≠ ")
        count = w.counted(w.DIFFERENCES, last.differences)
        return "red", when(w.RECONCILED_DIFFERS, count=count, differs=differs)
    age_s = (now - last.at).total_seconds()
    old = age_s > RECONCILED_OLD_S and snapshot is not None and snapshot.head.commit_number != last.commit_number
    said = when(w.RECONCILED_OLD if old else w.RECONCILED)
    if last.not_looked_at:
        said += "; " + text(w.RECONCILED_OPEN.format(last.not_looked_at))
    return "old" if old else "calm", said
