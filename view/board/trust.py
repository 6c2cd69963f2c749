"""The page for those who doubt: what was received, what is kept, what became lower, and how to verify it oneself."""

from __future__ import annotations

import dataclasses

import checks
import tiles
import words as w
from frame import heading
from model import Snapshot
from parts import Here, isolated, scrolling, text


def page(snapshot: Snapshot, here: Here) -> str:
    trust, t = snapshot.trust, w.trusted
    if trust is None:
        return ""
    kept = "".join(
        f'<tr><th scope="row">{w.number(number)}</th><td>{w.number(size)}</td><td class="t-hash">{text(root)}</td></tr>'
        for number, size, root in trust.partitions
    )
    table = (
        f'<table class="t-table"><thead><tr><th scope="col">{t("kept_partition")}</th><th scope="col">{t("kept_entries")}</th>'
        f'<th scope="col" class="t-hash">{t("kept_root")}</th></tr></thead><tbody>{kept}</tbody></table>'
    )
    rejected = "".join(f'<tr><th scope="row">{text(r)}</th><td>{w.number(n)}</td></tr>' for r, n in trust.rejected)
    columns = [(t("rejected_reason"), False), (t("rejected_count"), False)]
    rejected_table = _section(t("rejected_by"), columns, rejected) if rejected else ""
    statement = t("statements_none")
    if trust.statement:
        statement = t("statements_last").format(
            number=w.number(trust.statement[0]), commit=w.number(trust.statement[1])
        )
    return (
        f"{heading(snapshot, text(w.TRUST))}<section><h2>{t('received')}</h2>"
        f"{tiles.of_contest(dataclasses.replace(snapshot, contest=None))}</section>{checks.laws(snapshot)}{_warnings(snapshot, here)}{_decided(snapshot)}{_settled(snapshot)}{rejected_table}"
        f"<section><h2>{t('kept')}</h2><p>{t('kept_says')}</p>{scrolling(t('kept'), table)}</section>"
        f"<section><h2>{t('statements')}</h2><p>{text(statement)}</p></section>{_falls(snapshot)}"
        f'<section><h2>{t("yourself")}</h2><p>{t("yourself_says")}</p><pre tabindex="0">teller verify --home HOME\n'
        "teller verify --export FOLDER\nteller prove --help</pre></section>"
    )


SAID = ' class="t-said"'
OF_DECISIONS = ("settled_how", "settled_count", "settled_reason", "settled_by", "settled_commit")


def _section(title: str, columns: list[tuple[str, bool]], rows: str, before: str = "", after: str = "") -> str:
    """A table under its heading; of each column the name, and whether it holds words."""
    head = "".join(f'<th scope="col"{SAID if in_words else ""}>{name}</th>' for name, in_words in columns)
    table = f'<table class="t-table"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
    return f"<section><h2>{title}</h2>{before}{scrolling(title, table)}{after}</section>"


def _warnings(snapshot: Snapshot, here: Here) -> str:
    """What somebody has to look at, with its place and its contest; what is about the whole count stands in the strip on top."""
    t, trust = w.trusted, snapshot.trust
    if trust is None or not trust.wrong_sheets:
        return f"<section><h2>{t('warnings')}</h2><p>{t('warnings_none')}</p></section>"
    clean = {"show": "", "option": None, "search": "", "order": "official"}
    rows = "".join(
        f'<tr><th scope="row"><a href="{here.href(**clean, contest=s.contest_id, place=s.unit_id)}">{isolated(s.unit_name)}</a></th>'
        f'<td class="t-said">{isolated(s.contest_name)}</td><td class="t-said">{checks.wrong(s)}</td></tr>'
        for s in trust.warnings
    )
    columns = [(text(w.UNIT), False), (text(w.CONTEST), True), (text(t("warnings_what")), True)]
    left = trust.wrong_sheets - len(trust.warnings)
    more = f"<p>{text(w.SHEETS_MORE.format(w.number(left)))}</p>" if left > 0 else ""
    return _section(t("warnings"), columns, rows, after=more)


def _decided(snapshot: Snapshot) -> str:
    """What officers decided about the count and its ballots; nothing where nobody did."""
    t, decided = w.trusted, snapshot.trust.decided if snapshot.trust else []
    if not decided:
        return ""
    rows = "".join(
        f'<tr><th scope="row">{w.decision(d.action)}</th><td>{w.number(d.ballots) if d.ballots else w.MISSING}</td>'
        f'<td class="t-said">{isolated(d.reason)}</td><td class="t-said">{isolated(d.officers)}</td><td>{w.number(d.commit_number)}</td></tr>'
        for d in decided
    )
    in_words = ("settled_reason", "settled_by")
    return _section(t("decided"), [(t(name), name in in_words) for name in OF_DECISIONS], rows)


def _settled(snapshot: Snapshot) -> str:
    """Nothing where nobody decided about a conflict."""
    t, settled = w.trusted, snapshot.trust.settled if snapshot.trust else []
    if not settled:
        return ""
    rows = "".join(
        f'<tr><th scope="row">{t("settled_" + s.action)}</th><td>{w.number(s.ballots)}</td><td>{isolated(s.reason)}</td>'
        f"<td>{isolated(s.officers)}</td><td>{w.number(s.commit_number)}</td></tr>"
        for s in settled
    )
    return _section(
        t("settled"), [(t(name), False) for name in OF_DECISIONS], rows, before=f"<p>{t('settled_says')}</p>"
    )


def _falls(snapshot: Snapshot) -> str:
    t, falls = w.trusted, snapshot.trust.falls if snapshot.trust else []
    if not falls:
        return f"<section><h2>{t('falls')}</h2><p>{t('falls_none')}</p></section>"
    rows = "".join(
        f'<tr><th scope="row">{isolated(f.unit_id)}</th><td>{isolated(f.contest_id)}</td><td>{isolated(f.option_id)}</td>'
        f"<td>{w.number(f.before_value)}</td><td>{w.number(f.after_value)}</td><td>{isolated(f.reason)}</td></tr>"
        for f in falls
    )
    head = "".join(
        f'<th scope="col">{text(name)}</th>'
        for name in (w.UNIT, w.CONTEST, w.OPTION, t("fall_before"), t("fall_after"), t("fall_reason"))
    )
    table = f'<table class="t-table"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
    return f"<section><h2>{t('falls')}</h2><p>{t('falls_says')}</p>{scrolling(t('falls'), table)}</section>"
