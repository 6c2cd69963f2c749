"""What the cells of cells.csv come to by the rules of docs/design/figures.md: of any contest, place and way of voting, for which
figures.csv has no line. The tests of both forms hold it to figures.csv first, which was written by hand.
"""

import re

import figures
from figures import CONTESTS, NAMES, rows_of

CELLS = [row | {"figures": dict(one.rsplit(" ", 1) for one in row["figures"].split("; "))} for row in rows_of("cells.csv")]
COUNTERS = ["cards", "undervotes", "overvotes", "blank", "invalid", "write_ins", "exhausted"]
COUNTER_OF = {"write-ins": "write_ins", "no first preference": "exhausted"}  # As the board calls them.
METHODS = [method["id"] for method in figures.RULES["methods"]]
UNITS = [unit["id"] for unit in figures.RULES["units"]]
LEAVES = [unit for unit in UNITS if "/" in unit]


def is_in(unit, place):
    return place in (None, "town", unit) or unit.startswith(place + "/")


def cells_of(contest, place=None, method=None):
    return [cell for cell in CELLS if cell["contest"] == contest and is_in(cell["unit"], place) and method in (None, cell["method"])]


def is_a_sheet(cell):
    counted_from = CONTESTS[cell["contest"]].get("counted_from", "ballots")
    return (counted_from if isinstance(counted_from, str) else counted_from[cell["method"]]) == "sheets"


def in_a_cell(cell, columns):
    """The numbers of these columns in it, and whether one is withheld or, if none is, unknown."""
    said = {name: cell["figures"].get(name, "unknown" if is_a_sheet(cell) else "0") for name in columns}
    if len(columns) > 1 and not CONTESTS[cell["contest"]].get("write_ins") and said.get("write_ins") == "unknown":
        del said["write_ins"]
    numbers = [int(value) for value in said.values() if value.isdigit()]
    return numbers, "withheld" in said.values(), "withheld" not in said.values() and "unknown" in said.values()


def state_of(total, numbers_in, withheld_in, unknown_in, of):
    match of > 0, numbers_in > 0, withheld_in > 0, unknown_in > 0:
        case False, *_:
            how = "not reported"
        case _, True, False, False:
            how = "number"
        case _, True, *_:
            how = "partial"
        case _, _, True, _:
            how = "withheld"
        case _:
            how = "unknown"
    return (total if how in ("number", "partial") else None, how, withheld_in, unknown_in, of)


def sum_of(contest, columns, place=None, method=None):
    """(value, how, withheld_in, unknown_in, of)"""
    said = [in_a_cell(cell, columns) for cell in cells_of(contest, place, method)]
    numbers = [numbers for numbers, _, _ in said if numbers]
    return state_of(sum(map(sum, numbers)), len(numbers), sum(one[1] for one in said), sum(one[2] for one in said), len(said))


def options_of(contest):
    return [option["id"] for option in CONTESTS[contest]["options"]]


def votes_of(contest, place=None, method=None):
    return sum_of(contest, [*options_of(contest), "write_ins"], place, method)


def registered_of(contest, place=None, method=None):
    """Of units, of each the largest that one of its sheets says."""
    said = {}
    for cell in cells_of(contest, place, method):
        said.setdefault(cell["unit"], []).append(cell["figures"].get("registered", "unknown"))
    numbers = [max(int(value) for value in values if value.isdigit()) for values in said.values() if any(value.isdigit() for value in values)]
    others = [values for values in said.values() if not any(value.isdigit() for value in values)]
    withheld = sum("withheld" in values for values in others)
    return state_of(sum(numbers), len(numbers), withheld, len(others) - withheld, len(said))


def fact_of(contest, columns, place=None, method=None):
    """The sum of an option, a party, a candidate or the write-ins, with its share."""
    votes = sum_of(contest, columns, place, method)
    of_cards = CONTESTS[contest].get("share_base") == "cards"
    base = sum_of(contest, ["cards"], place, method) if of_cards else votes_of(contest, place, method)
    if votes[0] is None or not base[0]:
        return figures.figure(*votes)
    if votes[1] == base[1] == "number":
        return figures.figure(*votes, votes[0] / base[0], "all")
    known = not of_cards and all(sum_of(contest, [option], place, method)[0] is not None for option in options_of(contest))
    return figures.figure(*votes, votes[0] / base[0] if known else None, "known" if known else None)


def columns_of(contest, by):
    """Each line -> the options it is made of, in the order of the rules."""
    lines = {}
    for option in CONTESTS[contest]["options"]:
        if by == "party":
            of = ["+".join(option.get("parties", []))]
        elif by == "candidate":
            of = [person["id"] for person in option.get("candidates", [])] or [option["id"]]
        else:
            of = [option["id"]]
        for line in of:
            lines.setdefault(line, []).append(option["id"])
    return lines


def lines_of(contest, by, place=None, method=None):
    """Each line -> its fact, the most votes first, those without a value last, equals in the order of the rules."""
    facts = {line: fact_of(contest, columns, place, method) for line, columns in columns_of(contest, by).items()}
    return dict(sorted(facts.items(), key=lambda line: -1 if line[1][0] is None else line[1][0], reverse=True))


def hold_the_tables():
    """figures.csv says of the cells of cells.csv what these functions say."""
    for row in figures.TABLE:
        contest, by, line, place = (row[name] for name in ("contest", "by", "line", "unit"))
        want = figures.expected(row)
        if by == "reporting":
            assert int(row["votes"]) == len({cell["unit"] for cell in cells_of(contest)}), row
        elif by == "votes":
            assert votes_of(contest) == want[:5], row
        elif by == "counter":
            assert (registered_of(contest) if line == "registered" else sum_of(contest, [line], place or None)) == want[:5], row
        else:
            assert fact_of(contest, columns_of(contest, by)[line], place or None) == want, row
    for contest in CONTESTS:
        for by in ("option", "party", "candidate"):
            assert list(lines_of(contest, by)) == [line for of, line in figures.wanted(by) if of == contest], (contest, by)


# ------------------------------------------------------------------------------- a place, a way of voting: totals --unit --method

SCOPES = [
    *({"unit": unit} for unit in ("town", "north", "north/1", "south", "south/3")),
    *({"method": method} for method in METHODS),
    {"unit": "north", "method": "postal"},
    {"unit": "south/1", "method": "in-person"},
]


def hold_scope(contests, by, unit=None, method=None):
    """The list `contests`, as `teller totals --format json` and GET /v1/totals have it of a part of the count."""
    assert [contest["contest"] for contest in contests] == list(CONTESTS)
    for said in contests:
        contest = said["contest"]
        where = (contest, by, unit, method)
        votes = {name: said[name] for name in said if name not in ("share", "share_of")}
        assert figures.json_figure(votes)[:5] == figures.without_counts(votes_of(contest, unit, method))[:5], where
        counters = {name: sum_of(contest, [name], unit, method) for name in COUNTERS} | {"registered": registered_of(contest, unit, method)}
        known = {name: fact for name, fact in counters.items() if name == "cards" or fact[1] not in ("unknown", "not reported")}
        got = {name: figures.json_figure(item, "value")[:5] for name, item in said["counters"].items()}
        figures.same(got, {name: figures.without_counts(fact)[:5] for name, fact in known.items()})
        lines = {(item.get("unit"), item["option" if by == "unit" else by]): figures.json_figure(item) for item in said[f"by_{by}"]}
        if by == "unit":
            reported = [place for place in LEAVES if cells_of(contest, place, method) and is_in(place, unit)]
            want = {(place, line): fact for place in reported for line, fact in lines_of(contest, "option", place, method).items()}
        else:
            want = {(None, line): fact for line, fact in lines_of(contest, by, unit, method).items()}
        assert list(lines) == list(want), where
        assert lines == {line: figures.without_counts(fact) for line, fact in want.items()}, where
        reporting = len({cell["unit"] for cell in cells_of(contest, unit, method)})
        waited_for = [leaf for leaf in LEAVES if is_in(leaf, unit) and is_in(leaf, CONTESTS[contest]["unit"])]
        assert said["reporting"] == {"units": reporting, "of": len(waited_for)}, where


# ------------------------------------------------------------------------------------------------- pub_place_figures


def areas_of(contest):
    return sorted(area for area in figures.AREAS if is_in(area, CONTESTS[contest]["unit"]))


def hold_pub_place_figures(ask):
    """Every line, counter and the votes: in each area and everywhere, with each way of voting and with all of them."""
    said = ask(
        "select contest_id, place_id, method_id, kind, line_id, value, how, withheld_in, unknown_in, of_reports, share, share_of from pub_place_figures"
    )
    got = {tuple(row[:5]): figures.figure(*row[5:]) for row in said}
    assert len(got) == len(said)
    want = {}
    for contest in CONTESTS:
        for place in (None, *areas_of(contest)):
            for method in (None, *METHODS):
                where = (contest, place, method)
                for by in ("option", "party"):
                    want |= {(*where, by, line): fact for line, fact in lines_of(contest, by, place, method).items()}
                want |= {(*where, "counter", name): figures.figure(*sum_of(contest, [name], place, method)) for name in COUNTERS}
                want[(*where, "votes", "votes")] = figures.figure(*votes_of(contest, place, method))
    assert set(got) == set(want)
    for key, fact in want.items():
        assert got[key] == fact, key


def hold_pub_turnout_places(ask):
    """turnout.csv, and beside it the cards, which are those of figures.csv."""
    columns = "reporting, registered, registered_how, registered_withheld_in, registered_unknown_in, registered_of_units, registered_of, turnout"
    said = ask(f"select contest_id, place_id, {columns}, cards, cards_how, cards_withheld_in, cards_unknown_in, of_reports from pub_turnout_places")
    got = {tuple(row[:2]): (*row[2:9], row[9] if row[9] is None else f"{row[9]:.6f}", *row[10:]) for row in said}
    want = {}
    for row in rows_of("turnout.csv"):
        place = row["unit"] or None
        numbers = [figures.number(row[name]) for name in ("withheld_in", "unknown_in", "of")]
        registered = (int(row["reporting"]), figures.number(row["registered"]), row["how"], *numbers, row["registered_of"], row["turnout"] or None)
        want[(row["contest"], place)] = (*registered, *sum_of(row["contest"], ["cards"], place))
    assert {key[0] for key in want} == set(CONTESTS) and {key[1] for key in want} == {None, *figures.AREAS}
    assert len(got) == len(said) and got == want


# ------------------------------------------------------------------------------------------------- the board's pages of places and options


def words(fact):
    """As `teller totals` writes a figure."""
    value, how, withheld_in, unknown_in, in_all = fact[:5]
    if value is None:
        return "not reported yet" if how == "not reported" else how
    parts = [f"{word} in {n}" for word, n in (("withheld", withheld_in), ("unknown", unknown_in)) if n]
    return f"{value:,}" + (f", {' and '.join(parts)} of {in_all} report{'' if in_all == 1 else 's'}" if parts else "")


def percent(fact):
    return f"{100 * float(fact[5]):.2f} %" + (" of what is known" if fact[6] == "known" else "") if fact[5] else "–"


def hold_board_place(contest, place, piece, is_area):
    """The table of options, the counters beneath it and the votes on the page of a place. Of an area it says what has not come yet."""
    where = (contest, place)
    lines = lines_of(contest, "option", place) if cells_of(contest, place) or is_area else {}
    rows = figures.table_rows(piece["options"])
    assert list(rows) == [figures.option_of(contest, line)["name"] for line in lines], where
    assert list(rows.values()) == [[words(fact), percent(fact)] for fact in lines.values()], where
    left = [name for name in COUNTERS if name not in ("cards", "undervotes" if CONTESTS[contest]["kind"] == "ranked" else "exhausted")]
    left = [name for name in left if name != "write_ins" or CONTESTS[contest].get("write_ins")]
    counters = {name: sum_of(contest, [name], place) for name in left} if lines else {}
    said = dict(re.findall(r"<dt>(.*?)</dt>(<dd>.*?</dd>)", piece["options"]))
    told = {COUNTER_OF.get(name, name): figures.texts(figure, "dd")[0] for name, figure in said.items()}
    assert told == {name: words(fact) for name, fact in counters.items() if fact[1] not in ("unknown", "not reported")}, where
    votes = votes_of(contest, place)
    tiles = dict(zip(figures.texts(piece["tiles"], "h3"), figures.texts(piece["tiles"], "div", 'class="t-big"'), strict=True))
    assert tiles.get("Votes") == (f"{votes[0]:,}" if votes[1] == "number" else None), where
    assert tiles["Cards counted"] == words(sum_of(contest, ["cards"], place)), where


def hold_board_option(contest, option, markup):
    """Votes and share of one option in each area, on its page."""
    rows = figures.table_rows(markup)
    places = areas_of(contest)
    assert list(rows) == [NAMES["units"][place] for place in places], (contest, option)
    for place, cells in zip(places, rows.values(), strict=True):
        fact = fact_of(contest, [option], place)
        assert cells[-2:] == [short_words(fact), percent(fact)], (contest, option, place)


def short_words(fact):
    """Where there is little room: no word behind the number of reports."""
    return "–" if fact[1] == "not reported" else re.sub(r" reports?$", "", words(fact))


def hold_board_pages(board):
    """The pages of places and of options, of all that figures.board_of() gives."""
    for contest, pieces in board.items():
        assert list(pieces["option pages"]) == [line for of, line in figures.wanted("option") if of == contest]
        for option, markup in pieces["option pages"].items():
            hold_board_option(contest, option, markup)
        assert list(pieces["place pages"]) == UNITS
        for place, piece in pieces["place pages"].items():
            hold_board_place(contest, place, piece, place in areas_of(contest))


def with_a_county_above():
    """The rules with a level above the town: the town is the area then, and its wards lie between it and the precincts."""
    units = [unit if "parent" in unit else unit | {"parent": "county"} for unit in figures.RULES["units"]]
    return figures.RULES | {"units": [{"id": "county", "name": "County", "kind": "county"}, *units]}


def hold_board_between(board):
    """The same pages of a count by these rules: what the views say of a ward otherwise, the board adds up. And the wards of the town."""
    for contest, pieces in board.items():
        for place, piece in pieces["place pages"].items():
            hold_board_place(contest, place, piece, place == "town")
        wards = [ward for ward in UNITS if ward in figures.AREAS]
        wards = [ward for ward in wards if cells_of(contest, ward)] or wards
        rows = figures.table_rows(pieces["place pages"]["town"]["below"])
        figures.hold_board_units(contest, rows, dict.fromkeys(wards, ""), ("–",))


VIEWS = {"pub_place_figures": hold_pub_place_figures, "pub_turnout_places": hold_pub_turnout_places}
