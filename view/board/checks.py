"""The laws of the count, checked with the numbers of the page, and the result sheets held against their cards."""

from __future__ import annotations

import words as w
from model import Law, Sheets, Snapshot, WrongSheet
from parts import figure, isolated, text


def laws(snapshot: Snapshot) -> str:
    contest = snapshot.contest
    allowed = contest.votes_allowed if contest and not contest.ranked else 1
    rows = [_law(law, allowed) for law in snapshot.laws]
    if snapshot.sheets is not None:
        rows.append(_sheets(snapshot.sheets))
    return f'<section id="laws" class="t-checks"><h2>{w.LAWS}</h2><ul class="t-laws">{"".join(rows)}</ul></section>'


def _law(law: Law, allowed: int) -> str:
    if law.name in ("recorded", "log"):
        name = w.LAW_OF_RECORDED if law.name == "recorded" else w.word("counted")
        left = f"{text(name)} <b>{w.number(law.left or 0)}</b>"
    else:
        name = w.LAW_OF_CONTEST_TIMES.format(w.number(allowed)) if allowed > 1 else w.LAW_OF_CONTEST
        left = f"{text(name)} <b>{w.word('unknown') if law.left is None else w.number(law.left)}</b>"
    right = " + ".join(f"{text(w.word(term))} <b>{figure(value)}</b>" for term, value in law.terms)
    tone, says, sign = {
        True: ("good", w.LAW_HOLDS, "="),
        False: ("bad", w.LAW_BROKEN, "≠"),
        None: ("unsure", w.LAW_UNCHECKED, "?"),
    }[law.holds]
    return f'<li class="{tone}"><span class="t-mark">{says}</span><span>{left} {sign} {right}</span></li>'


def wrong(s: WrongSheet) -> str:
    """What does not go with its cards, as a sentence."""
    sentence = w.SHEET_WRONG_OPTION if s.votes <= s.votes_allowed * s.cards and s.most > s.cards else w.SHEET_WRONG
    return sentence.format(
        unit=isolated(s.unit_name),
        method=isolated(s.method_name),
        votes=w.number(s.votes),
        cards=w.number(s.cards),
        allowed=w.number(s.votes_allowed),
        most=w.number(s.most),
    )


def _sheets(sheets: Sheets) -> str:
    """How many sheets could be held against their cards; those that break the law by name."""
    every = w.counted(w.NUMBER_OF_SHEETS, sheets.all)
    parts = []
    if sheets.wrong:
        parts.append(w.SHEETS_WRONG.format(wrong=w.number(sheets.wrong), all=every))
    if sheets.not_checked:
        parts.append(w.SHEETS_LEFT.format(left=w.number(sheets.not_checked), all=every))
    if not parts:
        parts.append(w.SHEETS_NONE_LEFT.format(all=every))
    if sheets.in_part:
        parts.append(w.SHEETS_IN_PART.format(part=w.number(sheets.in_part)))
    named = [wrong(s) for s in sheets.named]
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
