"""The election of this folder, and what every reader must say of it (README.md).

Nothing here works a figure out: what is expected is read from the tables, and what a reader says is brought into the same shape.
Used by tests/embedded/test_figures.py and tests/service/test_figures.py.
"""

import csv
import functools
import html
import json
import os
import pathlib
import re
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
RULES = json.loads((HERE / "rules.json").read_text())
CONTESTS = {contest["id"]: contest for contest in RULES["contests"]}
NAMES = {kind: {one["id"]: one["name"] for one in RULES[kind]} for kind in ("contests", "parties", "units")}
AREAS = {unit["id"] for unit in RULES["units"] if unit.get("parent") == "town"}
OUTCOMES = {"counted": 36, "duplicate": 0, "conflict": 0, "rejected": 0}


def rows_of(name):
    with open(HERE / name, newline="") as file:
        return list(csv.DictReader(file))


TABLE = rows_of("figures.csv")


def deliveries(count):
    """What is sent, as NDJSON for that count, and how much is recorded then: twice, the second time when the first is counted."""
    recorded = 0
    for names in (("sheets", "ballots"), ("later",)):
        lines = [json.loads(line) for name in names for line in (HERE / f"{name}.ndjson").read_text().splitlines()]
        recorded += len(lines)
        yield "".join(json.dumps({"count": count} | line) + "\n" for line in lines), recorded


def number(text):
    return int(text) if text != "" else None


def share_of(share, base):
    """As the table has it: six digits, and nothing where no share is shown."""
    return (None, None) if base in (None, "") else (f"{float(share):.6f}", base)


def figure(votes, how, withheld_in, unknown_in, of, share=None, base=None):
    return (votes, how, withheld_in, unknown_in, of, *share_of(share, base))


def expected(row):
    counts = [int(row[name]) for name in ("withheld_in", "unknown_in", "of")]
    return figure(number(row["votes"]), row["how"], *counts, row["share"], row["share_of"])


def is_ranked(contest):
    """Its figures are first preferences, which every reader says."""
    return CONTESTS[contest]["kind"] == "ranked"


def without_share(row):
    return row | {"share": "", "share_of": ""}


def wanted(by, whole=True):
    """(contest, line), or (contest, unit, line) of what is not the whole, in the order of the table -> its row."""
    found = {}
    for row in TABLE:
        if row["by"] == by and whole == (row["unit"] == ""):
            found[(row["contest"], row["line"]) if whole else (row["contest"], row["unit"], row["line"])] = row
    return found


def of_units():
    """The option lines of reporting units, in their order."""
    return {key: row for key, row in wanted("option", whole=False).items() if key[1] not in AREAS}


def lines(by):
    return of_units() if by == "unit" else wanted(by)


def counter_of(contest, name):
    """What the table leaves out is not known of any report."""
    of = wanted("votes")[(contest, "")]["of"]
    nothing = {"votes": "", "how": "unknown" if of != "0" else "not reported", "withheld_in": "0", "unknown_in": of, "of": of}
    return wanted("counter").get((contest, name)) or nothing | dict.fromkeys(("share", "share_of", "words"), "")


def heard_in(contest, area):
    """Units of that area that have reported."""
    return len({unit for of, unit, _ in of_units() if of == contest and unit.startswith(area + "/")})


def same(got, want):
    """Figure by figure, in the same order."""
    assert list(got) == list(want)
    for key, value in got.items():
        assert value == want[key], key


# ------------------------------------------------------------------------------------------------- teller totals, /v1/totals


def json_figure(item, name="votes"):
    """Of a number its counts are not said; the table's are the only ones that it can have."""
    said = (item[name], item["how"], item.get("withheld_in"), item.get("unknown_in"), item.get("of"))
    return (*said, *share_of(item.get("share"), item.get("share_of")))


def without_counts(fact):
    return (*fact[:2], None, None, None, *fact[5:]) if fact[1] == "number" else fact


def hold_json(contests, by):
    """The list `contests`, as `teller totals --format json`, GET /v1/totals and options.json have it."""
    assert [contest["contest"] for contest in contests] == list(CONTESTS)
    got = {}
    for contest in contests:
        assert list(contest)[-1] == f"by_{by}"
        assert contest.get("first_preferences", False) == is_ranked(contest["contest"])
        for item in contest[f"by_{by}"]:
            line = item["option" if by == "unit" else by]
            got[(contest["contest"], item["unit"], line) if by == "unit" else (contest["contest"], line)] = json_figure(item)
    same(got, {key: without_counts(expected(row)) for key, row in lines(by).items()})
    same(
        {
            (contest["contest"], ""): json_figure({name: contest[name] for name in contest if name not in ("share", "share_of")})
            for contest in contests
        },
        {key: without_counts(expected(row)) for key, row in wanted("votes").items()},
    )
    counters = {(contest["contest"], name): json_figure(item, "value") for contest in contests for name, item in contest["counters"].items()}
    same(counters, {key: without_counts(expected(without_share(row))) for key, row in wanted("counter").items()})
    reporting = {(contest["contest"], ""): (contest["reporting"]["units"], contest["reporting"]["of"]) for contest in contests}
    same(reporting, {key: (int(row["votes"]), int(row["of"])) for key, row in wanted("reporting").items()})


def hold_csv(text, by):
    """`teller totals --format csv`."""
    got = {}
    for row in csv.DictReader(text.splitlines()):
        line = row["option" if by == "unit" else by]
        got[(row["contest"], row["unit"], line) if by == "unit" else (row["contest"], line)] = expected(row)
        assert row["first_preferences"] == ("true" if is_ranked(row["contest"]) else "false"), row
    hold_csv_write_ins({key: got.pop(key) for key in list(got) if key[-1] == "write_ins"}, by)
    same(got, {key: expected(row) for key, row in lines(by).items()})


def hold_csv_write_ins(got, by):
    """A line for the whole or for each unit, of the contests that allow write-ins."""
    allowed = [contest for contest in CONTESTS if CONTESTS[contest].get("write_ins")]
    if by == "unit":
        assert list(got) == [(*key, "write_ins") for key in dict.fromkeys(key[:2] for key in of_units() if key[0] in allowed)]
        sums = {contest: sum(int(row[0] or 0) for key, row in got.items() if key[0] == contest) for contest in allowed}
        assert sums == {contest: int(counter_of(contest, "write_ins")["votes"] or 0) for contest in allowed}
    else:
        same(got, {(contest, "write_ins"): expected(counter_of(contest, "write_ins")) for contest in allowed})


def option_of(contest, line):
    return next(option for option in CONTESTS[contest]["options"] if option["id"] == line)


def name_cells(by, key):
    """What stands before the figure in the table for people."""
    contest, line = key[0], key[-1]
    if by == "party":
        return [" + ".join(NAMES["parties"][party] for party in line.split("+")) if line else "No party"]
    if by == "candidate":
        people = {person["id"]: person["name"] for option in CONTESTS[contest]["options"] for person in option.get("candidates", [])}
        return [people.get(line) or option_of(contest, line)["name"]]
    option = option_of(contest, line)
    if by == "unit":
        return [NAMES["units"][key[1]], option["name"]]
    return [option["name"], ", ".join(NAMES["parties"][party] for party in option.get("parties", []))]


def percent(row):
    return "" if not row["share"] else f"{100 * float(row['share']):.2f} %" + (" of what is known" if row["share_of"] == "known" else "")


def hold_table(text, by):
    """`teller totals`: its words."""
    want = []
    for contest in CONTESTS:
        block = [[NAMES["contests"][contest]]]
        for key, row in lines(by).items():
            if key[0] == contest:
                block.append([cell for cell in (*name_cells(by, key), row["words"], percent(row)) if cell])
        foot = ["Votes " + wanted("votes")[(contest, "")]["words"]]
        no_part = "undervotes" if is_ranked(contest) else "exhausted"  # Of such a contest there are none.
        for (of, name), row in wanted("counter").items():
            if of == contest and name != no_part and (name == "cards" or (row["how"], row["votes"]) != ("number", "0")):
                foot.append(f"{name} {row['words']}")
        if is_ranked(contest):
            block.append(["First preferences; rounds are not counted here"])
        block.append([" · ".join([*foot, wanted("reporting")[(contest, "")]["words"]])])
        want.append(block)
    got = []
    for block in text.strip().split("\n\n")[1:]:
        said = block.splitlines()
        assert set(said[2]) == {"─"}, said[2]
        got.append([re.split(r"\s{2,}", line.strip()) for line in (said[0], *said[3:])])
    assert got == want


# ------------------------------------------------------------------------------------------------- the board


def texts(markup, element, also="[^>]*"):
    """What stands in each such element, as people read it."""
    found = re.findall(rf"<{element}(?: {also})?>(.*?)</{element}>", markup, re.DOTALL)
    return [re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", one))).strip() for one in found]


def table_rows(markup):
    """The first cell of each row -> the others."""
    cells = [texts(row, "t[hd]") for row in re.findall(r"<tr\b[^>]*>(.*?)</tr>", markup.partition("<tbody>")[2])]
    rows = {row[0]: row[1:] for row in cells}
    assert len(rows) == len(cells)
    return rows


def short_words(row):
    """Of a figure in a table of units, where there is little room: no word behind the number of reports."""
    if row is None or row["how"] == "not reported":
        return "–"
    parts = [f"{word} in {row[name]}" for word, name in (("withheld", "withheld_in"), ("unknown", "unknown_in")) if row[name] != "0"]
    if row["votes"] == "":
        return row["how"]
    return f"{int(row['votes']):,}" + (f", {' and '.join(parts)} of {row['of']}" if parts else "")


def hold_board_units(contest, rows, places, cards_of):
    """Cards and each option, in the order of the rules. Of the cards of what is not heard from, the board says so or nothing."""
    assert [name.removesuffix(above) for name, above in zip(rows, places.values(), strict=True)] == [NAMES["units"][place] for place in places]
    options, counters = wanted("option", whole=False), wanted("counter", whole=False)
    for place, cells in zip(places, rows.values(), strict=True):
        of_options = [options.get((contest, place, option["id"])) for option in CONTESTS[contest]["options"]]
        assert cells[-len(of_options) :] == [short_words(row) for row in of_options], (contest, place)
        cards = counters.get((contest, place, "cards"))
        unheard = cards is None or cards["how"] == "not reported"
        assert cells[0] in cards_of if unheard else cells[0] == short_words(cards), (contest, place, cells[0])


def board_of(**environment):
    """What board_pieces.py prints: contest -> its pieces, as HTML; as the code of the board's pages has them, for the program that shows
    them is not ours. `environment` says where the board finds its store."""
    command = [HERE.parents[1] / "build/venv/board/bin/python", HERE / "board_pieces.py", *NAMES["units"]]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=os.environ | environment)
    assert done.returncode == 0, done.stderr
    board = json.loads(done.stdout)
    assert list(board) == list(CONTESTS)
    return board


def hold_board(board):
    """Figures, words, shares and the order of bars and lines on the page of each contest."""
    for contest, pieces in board.items():
        tile = dict(re.findall(r'data-tile="(\w+)">(.*?</div>)', pieces["tiles"]))
        counters = {name: row for (of, name), row in wanted("counter").items() if of == contest}
        said = {name: texts(tile[name], "div")[0] for name in ("votes", "cards", "units")}
        reporting = wanted("reporting")[(contest, "")]
        assert said == {
            "votes": wanted("votes")[(contest, "")]["words"],
            "cards": counters["cards"]["words"],
            "units": f"{reporting['votes']} of {reporting['of']}",
        }, contest

        bars = {}
        for option, bar in re.findall(r'<li data-key="[^"]*" data-(option="[^"]+"|write-ins)>(.*?)</li>', pieces["options"]):
            votes = re.search(r'class="t-votes"><b>(.*?)</b> <span>(.*?)</span></div>', bar)
            bars[option.removeprefix('option="').rstrip('"')] = [html.unescape(re.sub(r"<[^>]+>", "", one)) for one in votes.groups()]
        write_ins = bars.pop("write-ins", None)
        of_write_ins = counters["write_ins"] if CONTESTS[contest].get("write_ins") else None
        assert write_ins == (of_write_ins and [of_write_ins["words"], percent(of_write_ins) or "–"])
        same(bars, {line: [row["words"], percent(row) or "–"] for (of, line), row in wanted("option").items() if of == contest})

        left = [name for name in ("undervotes", "overvotes", "blank", "invalid") if (contest, name) != ("judge", "undervotes")]
        told = re.findall(r"<dt>(\w+)</dt><dd>(.*?)</dd>", pieces["options"])
        known = {name: counters[name]["words"] for name in left if name in counters and counters[name]["how"] not in ("unknown", "not reported")}
        same({name: re.sub(r"<[^>]+>", "", words) for name, words in told}, known)

        parties = {key: row for key, row in wanted("party").items() if key[0] == contest}
        same(
            {name: cells[1:] for name, cells in table_rows(pieces["parties"]).items()},
            {name_cells("party", key)[0]: [row["words"], percent(row) or "–"] for key, row in parties.items()},
        )

        # Areas in which the contest is voted on, or was heard from; if there are such.
        areas = [unit["id"] for unit in RULES["units"] if unit["id"] in AREAS]
        said_of = {place for of, place, _ in wanted("option", whole=False) if of == contest}
        areas = [area for area in areas if area in said_of] or areas
        hold_board_units(contest, table_rows(pieces["areas"]), dict.fromkeys(areas, ""), ("–", "not reported yet"))
        for area in areas:
            units = [unit["id"] for unit in RULES["units"] if unit.get("parent") == area]
            hold_board_units(contest, table_rows(pieces["units"][area]), dict.fromkeys(units, NAMES["units"][area]), ("–",))


# ------------------------------------------------------------------------------------------------- rows of cells


def hold_cells(rows):
    """(contest, column, unit, method) -> (value, how), as totals.csv, totals.json, pub_totals and Elasticsearch have it."""
    left = dict(rows)
    for row in rows_of("cells.csv"):
        for said in row["figures"].split("; "):
            name, value = said.split(" ")
            key = (row["contest"], name, row["unit"], row["method"])
            assert left.pop(key, "is not there") == ((None, value) if value == "withheld" else (int(value), "number")), key
    # Whatever else has a row is a 0 of ballots, or a figure that a sheet gave once and that is unknown now.
    for (contest, _, _, method), value in left.items():
        from_ = CONTESTS[contest].get("counted_from", "ballots")
        sheets = (from_ if isinstance(from_, str) else from_[method]) == "sheets"
        assert value == ((None, "unknown") if sheets else (0, "number"))


# ------------------------------------------------------------------------------------------------- published files


def hold_head(text):
    said = json.loads(text)
    assert {name: said[name] for name in OUTCOMES} == OUTCOMES
    assert said["recorded"] == sum(OUTCOMES.values())


def hold_totals_json(text):
    rows = json.loads(text)["totals"]
    hold_cells({(row["contest"], row["option"], row["unit"], row["method"]): (row["value"], row["how"]) for row in rows})
    assert all(row.get("first_preferences", False) == is_ranked(row["contest"]) for row in rows)


def hold_totals_csv(text):
    rows = list(csv.DictReader(text.splitlines()))
    hold_cells({(row["contest"], row["option"], row["unit"], row["method"]): (number(row["value"]), row["how"]) for row in rows})
    assert all(row["first_preferences"] == ("true" if is_ranked(row["contest"]) else "false") for row in rows)


PUBLISHED = {
    "head.json": hold_head,
    "options.json": lambda text: hold_json(json.loads(text)["contests"], "option"),
    "totals.csv": hold_totals_csv,
    "totals.json": hold_totals_json,
}


def hold_published(folder, name):
    """Of what lies in published/ every file but those of the log, which has no figures."""
    assert {file.name for file in folder.iterdir() if file.suffix} == set(PUBLISHED)
    PUBLISHED[name]((folder / name).read_text())


# ------------------------------------------------------------------------------------------------- the pub_* views

FIGURES = {
    "pub_options": "select contest_id, option_id, votes, how, withheld_in, unknown_in, of_reports, share, share_of from pub_options",
    "pub_parties": "select contest_id, party_id, votes, how, withheld_in, unknown_in, of_reports, share, share_of from pub_parties",
    "pub_counters": "select contest_id, counter, value, how, withheld_in, unknown_in, of_reports from pub_counters",
}


def hold_figures(ask, view):
    by = {"pub_options": "option", "pub_parties": "party", "pub_counters": "counter"}[view]
    got = {tuple(row[:2]): figure(*row[2:]) for row in ask(FIGURES[view])}
    # The view of counters has none of registered voters: those are of units.
    rows = {key: row for key, row in wanted(by).items() if (view, key[1]) != ("pub_counters", "registered")}
    assert got == {key: expected(without_share(row) if view == "pub_counters" else row) for key, row in rows.items()}
    if view != "pub_counters":
        said = dict(ask(f"select contest_id, max(case when first_preferences then 1 else 0 end) from {view} group by contest_id"))
        assert said == {contest: int(is_ranked(contest)) for contest in CONTESTS}


def hold_pub_contests(ask):
    said = ask(
        "select contest_id, votes, votes_how, votes_withheld_in, votes_unknown_in, of_reports, cards, cards_how, cards_withheld_in,"
        " cards_unknown_in, write_ins_allowed, reporting, units, cell_word, write_ins_share, write_ins_share_of from pub_contests order by contest"
    )
    got = {row[0]: (*row[1:10], bool(row[10]), *row[11:14], *share_of(*row[14:])) for row in said}
    want = {}
    for contest in CONTESTS:
        row = wanted("votes")[(contest, "")]
        counters = {name: one for (of, name), one in wanted("counter").items() if of == contest}
        want[contest] = (
            *expected(row)[:5],
            *expected(counters["cards"])[:4],
            CONTESTS[contest].get("write_ins", False),
            *(int(wanted("reporting")[(contest, "")][name]) for name in ("votes", "of")),
            "report",
            *expected(counter_of(contest, "write_ins"))[5:],
        )
        for name in ("undervotes", "overvotes", "blank", "invalid", "write_ins"):
            is_said = ask(f"select {name}, {name}_how, {name}_withheld_in, {name}_unknown_in from pub_contests where contest_id = '{contest}'")
            assert [tuple(one) for one in is_said] == [expected(counter_of(contest, name))[:4]], (contest, name)
    same(got, want)


def hold_pub_timeline(ask):
    """Its last point of each option is what is said of the option now; of the sheriff there was something to say once."""
    got = {}
    for _, contest, option, votes, how in ask("select commit_number, contest_id, option_id, votes, how from pub_timeline order by commit_number"):
        got[(contest, option)] = (votes, how)
    assert got == {key: expected(row)[:2] for key, row in wanted("option").items() if row["how"] != "not reported" or key[0] == "sheriff"}


# Of the 15 sheets that stand, one gives everything. Two give no figure but cards, and one gives no cards.
SHEETS = {"full": 1, "part": 11, "not": 3}


def hold_pub_sheet_checks(ask):
    assert dict(ask("select checked, count(*) from pub_sheet_checks group by checked")) == SHEETS
    assert ask("select unit_id from pub_sheet_checks where wrong = 1") == []


def hold_units(ask, view):
    """pub_unit_figures and pub_area_figures: every option, and each counter that the table names."""
    areas = view == "pub_area_figures"
    place = "area_id" if areas else "unit_id"
    said = ask(f"select contest_id, {place}, option_id, is_option, value, how, withheld_in, unknown_in, of_reports from {view}")
    got = {("option" if row[3] else "counter", *row[:3]): figure(*row[4:]) for row in said}
    assert len(got) == len(said)
    for by in ("option", "counter"):
        for key, row in wanted(by, whole=False).items():
            if (key[1] in AREAS) == areas:
                assert got.pop((by, *key), "is not there") == figure(*expected(row)[:5]), (by, key)
    for (by, *key), fact in got.items():
        assert by == "counter" and fact[0] in (None, 0) and fact[1] in ("number", "partial", "unknown", "not reported"), (by, key, fact)
    if areas:
        reporting = {(row[0], row[1]): row[2] for row in ask("select contest_id, area_id, reporting from pub_area_figures")}
        assert reporting == {(contest, area): heard_in(contest, area) for contest, area in reporting}


def hold_pub_units(ask):
    got = {row[0]: tuple(row[1:]) for row in ask("select unit_id, cards, cards_how, sheets, registered from pub_units")}
    want = {row["unit"]: (number(row["cards"]), row["how"], int(row["sheets"]), number(row["registered"])) for row in rows_of("units.csv")}
    assert got == want
    # Cards are those of all that lies below: here precincts, with nothing below them.
    turnout = {row[0]: tuple(row[1:]) for row in ask("select unit_id, registered, cards, turnout from pub_turnout")}
    rows = [row for row in rows_of("units.csv") if row["registered"]]
    want = {row["unit"]: (int(row["registered"]), number(row["cards"]), float(row["turnout"]) if row["turnout"] else None) for row in rows}
    assert turnout == want


def hold_pub_totals(ask):
    rows = ask("select contest_id, option_id, unit_id, method_id, value, how from pub_totals")
    hold_cells({tuple(row[:4]): tuple(row[4:]) for row in rows})


# ------------------------------------------------------------------------------------------------- of both forms

VIEWS = {
    **{view: functools.partial(hold_figures, view=view) for view in FIGURES},
    **{view: functools.partial(hold_units, view=view) for view in ("pub_unit_figures", "pub_area_figures")},
    "pub_contests": hold_pub_contests,
    "pub_timeline": hold_pub_timeline,
    "pub_sheet_checks": hold_pub_sheet_checks,
    "pub_units": hold_pub_units,
    "pub_totals": hold_pub_totals,
}
TOTALS = [(by, form) for by in ("option", "party", "candidate", "unit") for form in ("table", "json", "csv")]


def hold_totals(text, by, form):
    """What `teller totals --by --format` says."""
    if form == "json":
        hold_json(json.loads(text)["contests"], by)
    elif form == "csv":
        hold_csv(text, by)
    else:
        hold_table(text, by)
