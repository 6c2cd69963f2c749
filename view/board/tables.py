"""The table of units or areas: searched, sorted and cut into pages by the address, so that each of these can be shared."""

from __future__ import annotations

import earlier
import words as w
from model import (
    OPTION_COLUMNS,
    OPTION_COLUMNS_MAX,
    OPTIONS_FIRST,
    PAGE_ROWS,
    Contest,
    Figure,
    Line,
    OfMethod,
    Option,
    Place,
    Share,
    Snapshot,
)
from parts import Here, bar, bare, cell, colours_of, dot, figure, isolated, scrolling, share, text, title
from sums import all_of, shares_of


def units(snapshot: Snapshot, here: Here) -> str:
    """With its search, its pages and its download."""
    contest = snapshot.contest
    if contest is None:
        return ""
    heading = w.BY_PLACE if snapshot.kind == "option" else w.BY_UNIT
    table = unit_table(snapshot, here) if snapshot.lines else f'<p class="t-none">{text(w.NO_LINES)}</p>'
    table = f'<p class="t-none">{text(w.NEARLY)}</p>{table}' if snapshot.lines_nearly else table
    return (
        f'<section class="t-places" data-key="places"><h2>{text(heading)}</h2>'
        f"{_controls(snapshot, here)}{_columns(snapshot, here)}{table}{_pager(snapshot.lines_total, here)}</section>"
    )


def _controls(snapshot: Snapshot, here: Here) -> str:
    view = here.view
    orders = {"official": w.OFFICIAL, "name": w.BY_NAME, "cards": w.MOST_CARDS, "changed": w.LATEST}
    if not _has_cards(snapshot):
        del orders["cards"]
    options = [snapshot.option] if snapshot.option else snapshot.columns
    orders |= {f"votes:{o.option_id}": w.MOST_VOTES_OF.format(bare(o.short_name)) for o in options}
    if view.order.startswith("votes:") and view.order not in orders:
        named = next((o.short_name for o in snapshot.options if f"votes:{o.option_id}" == view.order), None)
        orders |= {view.order: w.MOST_VOTES_OF.format(bare(named))} if named else {}
    chosen = "".join(
        f'<option value="{text("" if key == "official" else key)}"{" selected" if key == view.order else ""}>{text(said)}</option>'
        for key, said in orders.items()
    )
    return (
        f'<form class="t-choices" role="search" data-go><label>{text(w.SEARCH)}'
        f'<input type="search" name="q" value="{text(view.search)}" placeholder="{text(w.SEARCH_HINT)}" autocomplete="off"></label>'
        f'<label>{text(w.ORDER)}<select name="sort">{chosen}</select></label>'
        f'<button type="submit" class="t-button">{text(w.SEARCH_GO)}</button>'
        f'<button type="button" class="t-button" data-csv>{text(w.CSV)}</button></form>'
    )


def _columns(snapshot: Snapshot, here: Here) -> str:
    """The choice of options that have a column, where there are more of them than have one by themselves; and where a
    choice holds, so that it can be taken back."""
    more = len(snapshot.options) > max(OPTION_COLUMNS, len(snapshot.columns))
    if snapshot.option is not None or not (more or here.view.chooses(snapshot.options)):
        return ""
    shown = {o.option_id for o in snapshot.columns}
    boxes = "".join(
        f'<label><input type="checkbox" name="cols" value="{text(o.option_id)}"{" checked" if o.option_id in shown else ""}>'
        f"<span>{isolated(o.short_name)}</span></label>"
        for o in sorted(snapshot.options, key=lambda o: o.slot)
    )
    return (
        f'<details class="t-fold t-columns-of" data-key="columns"><summary>{text(w.COLUMNS)}</summary>'
        f'<form data-go><p class="t-rules">{text(w.COLUMNS_SAYS.format(w.number(OPTION_COLUMNS_MAX)))}</p><input type="hidden" name="cols" value="">'
        f'<div class="t-boxes">{boxes}</div><button type="submit" class="t-button">{text(w.COLUMNS_SHOW)}</button></form></details>'
    )


def _pager(total: int, here: Here) -> str:
    pages = -(-total // PAGE_ROWS)
    page = here.view.page
    if pages <= 1 and page == 0:
        return ""
    first = page * PAGE_ROWS
    lines = w.LINES_OF.format(
        **{"from": w.number(first + 1), "to": w.number(min(total, first + PAGE_ROWS)), "all": w.number(total)}
    )
    before = (
        f'<a class="t-button" rel="prev" href="{here.href(page=page - 1)}">{text(w.PAGE_BEFORE)}</a>' if page else ""
    )
    after = (
        f'<a class="t-button" rel="next" href="{here.href(page=page + 1)}">{text(w.NEXT_PAGE)}</a>'
        if page + 1 < pages
        else ""
    )
    return (
        f'<nav class="t-pager" aria-label="{text(w.PAGES)}">{before}<span>{text(w.PAGE_OF.format(page=w.number(page + 1), pages=w.number(pages)))}'
        f" · {text(lines)}</span>{after}</nav>"
    )


def _has_cards(snapshot: Snapshot) -> bool:
    """Whether anybody knows how many there are: a column that says everywhere that nobody does takes the room of figures."""
    return snapshot.contest is not None and (
        snapshot.contest.cards.how != "unknown" or any(line.cards.how != "unknown" for line in snapshot.lines)
    )


def _sorted_by(name: str, order: str, here: Here) -> str:
    """The head of a column, which sorts by it; and again, as the rules have it."""
    on = here.view.order == order
    href = here.href(order="official" if on else order)
    sort = ' aria-sort="descending"' if on and order != "name" else ' aria-sort="ascending"' if on else ""
    return f'<th scope="col"{sort}><a href="{href}">{name}</a></th>'


def unit_table(snapshot: Snapshot, here: Here) -> str:
    contest = snapshot.contest
    if contest is None:
        return ""
    of_one = snapshot.kind == "option" and snapshot.option is not None
    single = snapshot.lines_are_units
    options = [snapshot.option] if of_one and snapshot.option else list(snapshot.columns)
    sorted_by = next((o for o in snapshot.options if f"votes:{o.option_id}" == here.view.order), None)
    options += [sorted_by] if sorted_by is not None and sorted_by not in options else []
    rest = [] if of_one else [o.slot for o in snapshot.options if o not in options]
    colour = colours_of(snapshot)
    head = [_sorted_by(text(w.UNIT if single else w.AREA), "name", here)]
    head += [_sorted_by(text(w.CARDS_COLUMN), "cards", here)] if _has_cards(snapshot) else []
    head += [] if single else [f'<th scope="col" class="t-reporting">{text(w.REPORTING_COLUMN)}</th>']
    for o in options:
        name = f'<span class="t-head"{title(bare(o.option_name))}>{dot(colour[o.option_id])}{isolated(o.short_name)}</span>'
        head.append(_sorted_by(name, f"votes:{o.option_id}", here))
    head += [f'<th scope="col">{text(w.OTHERS)}</th>'] if rest else []
    head += [f'<th scope="col">{text(w.SHARE)}</th>'] if of_one else []
    rows = "".join(_row(line, snapshot, contest, options, rest, here) for line in snapshot.lines)
    table = f'<table class="t-table t-units"><thead><tr>{"".join(head)}</tr></thead><tbody>{rows}</tbody></table>'
    return scrolling(w.BY_UNIT, table)


def _row(line: Line, snapshot: Snapshot, contest: Contest, options: list[Option], rest: list[int], here: Here) -> str:
    single, of_one = snapshot.lines_are_units, snapshot.kind == "option"
    unheard = not line.reporting and (single or line.votes_on_it)
    here_is = (
        snapshot.place is not None and line.within_id == snapshot.place.id
    )  # Each line would say what the page's title says.
    within = f"<span>{isolated(line.within)}</span>" if line.within and not here_is else ""
    href = here.href(contest=contest.contest_id, place=line.id, option=None, order="official", search="", show="")
    state = ' class="t-unheard"' if unheard else ' class="t-some"' if not single and line.reporting < line.units else ""
    cells = [f'<th scope="row"><a href="{href}">{isolated(line.name)}</a>{within}</th>']
    if _has_cards(snapshot):
        cells.append(cell(line.cards, word=contest.cell_word if unheard and not single else None))
    if not single:
        reporting = f"{w.number(line.reporting)} / {w.number(line.units)}" if line.votes_on_it else w.MISSING
        cells.append(f'<td class="t-reporting">{reporting}</td>')
    values = [line.votes.get(o.slot, Figure()) for o in options]
    # Who is ahead is ahead of all, not of those that have a column. Where the reader chose these, nobody is marked: most
    # of what was chosen looks like most of all.
    of_all = [line.votes.get(o.slot, Figure()) for o in snapshot.options]
    marked = len(values) > 1 and not contest.ranked and not here.view.chooses(snapshot.options)
    most = max(v.value or 0 for v in of_all) if marked and all(v.complete for v in of_all) else 0
    cells += [cell(v, "ahead" if most > 0 and v.value == most else "") for v in values]
    if rest:
        others = all_of([line.votes.get(slot, Figure()) for slot in rest])
        cells.append(f"<td>{w.MISSING if others is None else w.number(others)}</td>")
    if of_one:
        shares = shares_of(contest, of_all, line.cards, line.write_ins)
        cells.append(f"<td>{share(shares[snapshot.options.index(options[0])])}</td>")
    return f'<tr data-key="{text(line.id)}"{state}>{"".join(cells)}</tr>'


def lines_of_options(snapshot: Snapshot, contest: Contest, place: Place, here: Here) -> str:
    """The options in one place, most votes there first, with shares of what was voted there, and how they changed."""
    colour = colours_of(snapshot)
    known = [place.figures.get(o.slot, Figure()) for o in snapshot.options]
    shares = shares_of(contest, known, place.cards, place.write_ins)
    compared = earlier.of_place(snapshot)
    most = max((f.value or 0 for f in known), default=0)
    lines = sorted(
        zip(snapshot.options, known, shares, strict=True),
        key=lambda line: (-1 if line[1].value is None else line[1].value, -line[0].slot),
        reverse=True,
    )
    rows = []
    for o, f, of in lines:
        href = here.href(option=o.option_id, place=None, order="official", search="")
        rows.append(
            f'<tr data-key="{text(o.option_id)}"><th scope="row">{dot(colour[o.option_id])}<a href="{href}">{isolated(o.option_name)}</a>'
            f"{bar(colour[o.option_id], f, most)}</th>{cell(f, word=contest.cell_word)}<td>{share(of)}</td>{_change(compared, o)}</tr>"
        )
    head = f'<th scope="col">{w.OPTION}</th><th scope="col">{w.VOTES}</th><th scope="col">{w.SHARE}</th>'
    if compared is not None and compared.changes:
        head += f'<th scope="col"><span class="t-head">{text(w.EARLIER_CHANGE.format(title=bare(compared.title)))}</span></th>'
    return earlier.says(compared) + scrolling(
        w.BY_OPTION, f'<table class="t-table"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
    )


def _change(compared: earlier.Compared | None, o: Option) -> str:
    return f"<td>{text(compared.change(o.option_id))}</td>" if compared is not None and compared.changes else ""


def by_method(snapshot: Snapshot, methods: tuple[OfMethod, ...]) -> str:
    """What each voting method says: cards, and the votes of each option with their share of that method's."""
    if len(methods) < 2:
        return ""
    colour = colours_of(snapshot)
    head = "".join(f'<th scope="col"><span class="t-head">{isolated(m.name)}</span></th>' for m in methods)
    cards = "".join(cell(m.cards) for m in methods)
    rows = [f'<tr data-key="cards"><th scope="row">{text(w.CARDS_COLUMN)}</th>{cards}</tr>']
    for o in snapshot.options:
        votes = "".join(_with_share(m.votes.get(o.slot), m.shares.get(o.slot, Share())) for m in methods)
        name = f"{dot(colour[o.option_id])}{isolated(o.option_name)}"
        rows.append(f'<tr data-key="{text(o.option_id)}"><th scope="row">{name}</th>{votes}</tr>')
    table = f'<table class="t-table"><thead><tr><th scope="col">{w.OPTION}</th>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
    inside = scrolling(w.BY_METHOD, table)
    if len(snapshot.options) > OPTIONS_FIRST:
        inside = f'<details class="t-fold" data-key="methods"><summary>{text(w.AS_A_TABLE)}</summary>{inside}</details>'
    return f'<section class="t-methods" data-key="methods"><h2>{w.BY_METHOD}</h2>{inside}</section>'


def _with_share(f: Figure | None, of: Share) -> str:
    plain = f' data-n="{f.value}"' if f is not None and f.value is not None else ""
    said = f' <span class="t-of">{share(of)}</span>' if of.share is not None else ""
    return f"<td{plain}>{figure(f)}{said}</td>"
