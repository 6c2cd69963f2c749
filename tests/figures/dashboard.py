"""The dashboards of view/superset, asked as Superset asks it, and held to the tables of this folder.

Of each chart in view/superset/assets `query` makes the SQL that Superset makes of it: the dataset's own SQL or its view, the columns
and metrics that the chart shows, its filters and its order, for the contest that a reader has chosen. Two things are Superset's own:
what it draws of the answer, and that of points over time it shows one for each five seconds. `ask(sql)` gives rows, as for figures.py.
"""

import json
import pathlib

import yaml

import by_cells
import figures
from figures import AREAS, CONTESTS, NAMES, OUTCOMES, number, wanted

ASSETS = pathlib.Path(__file__).resolve().parents[2] / "view/superset/assets"


def read(folder):
    return [yaml.safe_load(file.read_text(encoding="utf-8")) for file in sorted((ASSETS / folder).rglob("*.yaml"))]


DATASETS = {dataset["uuid"]: dataset for dataset in read("datasets") if dataset["schema"] == "teller"}
# Of the audit log, which no reader of figures may ask: tests/embedded/test_auditors.py.
CHARTS = {chart["slice_name"]: chart for chart in read("charts") if chart["dataset_uuid"] in DATASETS}


def filters():
    """Of each chart the columns that a reader chooses by, on the dashboard that lets him choose most -> what is chosen at first; None:
    a contest, which the test chooses."""
    found = {name: {} for name in CHARTS}
    placed = set()
    for dashboard in read("dashboards"):
        places = [place["meta"] for place in dashboard["position"].values() if isinstance(place, dict) and place.get("type") == "CHART"]
        places = [place for place in places if place["sliceName"] in CHARTS]
        placed |= {place["sliceName"] for place in places}
        for one in dashboard["metadata"]["native_filter_configuration"]:
            for place in places:
                if place["chartId"] not in one["scope"]["excluded"]:
                    first = one["defaultDataMask"]["filterState"].get("value", [None])[0]
                    found[place["sliceName"]][one["targets"][0]["column"]["name"]] = first
    assert placed == set(CHARTS), "a chart that stands nowhere"
    return found


FILTERS = filters()
OF_THE_WHOLE_COUNT = {name for name, columns in FILTERS.items() if "contest_id" not in columns}


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def query(name, contest, **chosen):
    """`chosen`: what a reader chose instead of what is chosen at first."""
    params, dataset = CHARTS[name]["params"], DATASETS[CHARTS[name]["dataset_uuid"]]
    known = {column["column_name"]: column.get("expression") or column["column_name"] for column in dataset["columns"]}
    metrics = {metric["metric_name"]: metric["expression"] for metric in dataset["metrics"]}
    order = [f"{known[column]} {'asc' if up else 'desc'}" for column, up in map(json.loads, params.get("order_by_cols", []))]
    match CHARTS[name]["viz_type"], params.get("query_mode"):
        case "table", "raw":
            columns, shown = params["all_columns"], []
        case "pivot_table_v2", _:
            columns, shown = [*params["groupbyRows"], *params["groupbyColumns"]], params["metrics"]
        case "echarts_timeseries_bar", _:  # The first bar is drawn last: from the top they fall.
            columns, shown = [params["x_axis"], *params["groupby"]], params["metrics"]
            order = [f"{metrics[params['x_axis_sort']]} desc"]
        case "echarts_timeseries_line", _:
            columns, shown = [params["x_axis"], *params["groupby"]], params["metrics"]
            order = [f"{known[params['x_axis']]} asc"]
    where = [f"({one['sqlExpression']})" for one in params["adhoc_filters"]]
    for column, first in FILTERS[name].items():
        where.append(f"{known[column]} in ({quoted(contest if first is None else chosen.get(column, first))})")
    sql = "select " + ", ".join([known[column] for column in columns] + [metrics[metric] for metric in shown])
    sql += f" from ({dataset['sql']}) as virtual_table" if dataset["sql"] else f" from {dataset['schema']}.{dataset['table_name']}"
    if where:
        sql += " where " + " and ".join(where)
    if columns and shown:
        sql += " group by " + ", ".join(known[column] for column in columns)
    return sql + (" order by " + ", ".join(order) if order else "")


# ------------------------------------------------------------------------------------------------- what the tables say, in its words


def missing(row):
    """What the column "what is missing" says: what `teller totals` writes behind the number."""
    parts = [f"{word} in {row[name]}" for word, name in (("withheld", "withheld_in"), ("unknown", "unknown_in")) if row[name] != "0"]
    match row["how"]:
        case "number":
            words = ""
        case "partial":
            words = f"{' and '.join(parts)} of {row['of']} report{'' if row['of'] == '1' else 's'}"
        case "not reported":
            words = "not reported yet"
        case _:
            words = row["how"]
    if row["words"]:
        assert row["words"] == ", ".join(one for one in (row["votes"] and f"{int(row['votes']):,}", words) if one)
    return words


def shown(row):
    return (number(row["votes"]), missing(row))


def named(name, row):
    """Of a bar or a line."""
    return name + {"number": "", "partial": ", incomplete", "not reported": ", not reported yet"}.get(row["how"], f", {row['how']}")


def percent(share):
    return f"{100 * float(share):.2f} %"


def share(contest, row):
    """What is missing, and of what it is a share."""
    base = CONTESTS[contest].get("share_base", "votes")
    words = percent(row["share"]) + (f" of known {base}" if row["share_of"] == "known" else "") if row["share"] else ""
    return "; ".join(one for one in (missing(row), words) if one)


def of_contest(by, contest):
    return {line: row for (of, line), row in wanted(by).items() if of == contest}


def votes(contest):
    return wanted("votes")[(contest, "")]


def counter(contest, name):
    return figures.counter_of(contest, name)


def reporting(contest):
    row = wanted("reporting")[(contest, "")]
    return int(row["votes"]), int(row["of"])


def areas(contest, by):
    """(area, line) -> row, areas in the order of the rules, in each the most votes first."""
    rows = {(unit, line): row for (of, unit, line), row in wanted(by, whole=False).items() if of == contest and unit in AREAS}
    place = list(NAMES["units"]).index
    options = [option["id"] for option in CONTESTS[contest]["options"]]

    def order(key):
        value = number(rows[key]["votes"])
        return place(key[0]), -(-1 if value is None else value), options.index(key[1]) if key[1] in options else 0

    return {key: rows[key] for key in sorted(rows, key=order)}


# ------------------------------------------------------------------------------------------------- the charts


def grouped(value):
    return None if value is None else f"{value:,}"


def hold_contest(said, contest):
    def figure(words, row):
        value, lacks = shown(row)
        return words, grouped(value), lacks

    units, of = reporting(contest)
    *said, (as_of, commit, nothing) = said  # One query: the commit is that of the figures above it.
    assert (as_of, nothing) == ("As of commit", "") and int(commit.replace(",", "")) > 0
    assert said == [
        ("Contest", NAMES["contests"][contest], ""),
        ("What is counted", "first preferences; rounds are not counted here" if CONTESTS[contest]["kind"] == "ranked" else "votes", ""),
        figure("Votes", votes(contest)),
        figure("Cards", counter(contest, "cards")),
        ("Units reporting", f"{units:,} of {of:,}", ""),
        *(figure(name.capitalize(), counter(contest, name)) for name in ("undervotes", "overvotes", "blank", "invalid")),
        ("Shares are of its", CONTESTS[contest].get("share_base", "votes"), ""),
    ]


def hold_bars(said, contest):
    rows = of_contest("option", contest)
    assert said == [(named(figures.option_of(contest, line)["name"], row), number(row["votes"])) for line, row in rows.items()]


def hold_lines(said, contest):
    """The last point of each line. What has no value now may have had one, and is named for what it is now."""
    last = {line: value for _, line, value in said}
    rows = {named(figures.option_of(contest, line)["name"], row): row for line, row in of_contest("option", contest).items()}
    assert set(last) <= set(rows)
    assert {line: last.get(line) for line, row in rows.items() if row["votes"]} == {
        line: int(row["votes"]) for line, row in rows.items() if row["votes"]
    }


def hold_options(said, contest):
    want = []
    for line, row in of_contest("option", contest).items():
        name, parties = figures.name_cells("option", (contest, line))
        want.append((name, parties or None, number(row["votes"]), share(contest, row)))
    assert said == want


def hold_parties(said, contest):
    want = []
    for line, row in of_contest("party", contest).items():
        want.append((*figures.name_cells("party", (contest, line)), number(row["votes"]), share(contest, row)))
    assert said == want


def hold_party_bars(said, contest):
    want = {named(figures.name_cells("party", (contest, line))[0], row): number(row["votes"]) for line, row in of_contest("party", contest).items()}
    assert said == list(want.items())


def hold_votes_by_area(said, contest):
    rows = areas(contest, "option")
    words = {
        (NAMES["units"][area], figures.option_of(contest, line)["name"]): ", ".join(one for one in (grouped(shown(row)[0]), shown(row)[1]) if one)
        for (area, line), row in rows.items()
    }
    assert {(area, option): text for area, option, text in said} == words and len(said) == len(words)


def hold_cards_by_place(said, contest):
    rows = {area: row for (area, line), row in areas(contest, "counter").items() if line == "cards"}
    assert said == [(NAMES["units"][area], number(row["votes"])) for area, row in rows.items()]


def hold_turnout(said, contest):
    """Registered voters as the sheets of cells.csv say them: nothing is listed here of a whole area."""
    rows = {place: row for place, *row in said}
    for area in [None, *dict.fromkeys(area for area, _ in areas(contest, "counter"))]:
        cards, registered, words = rows.pop("All places" if area is None else NAMES["units"][area])
        row = counter(contest, "cards") if area is None else areas(contest, "counter")[(area, "cards")]
        assert cards == number(row["votes"]), (contest, area)
        told = {}
        units = set()
        for cell in figures.rows_of("cells.csv"):
            if cell["contest"] == contest and (area is None or cell["unit"].split("/")[0] == area):
                units.add(cell["unit"])
                for figure in cell["figures"].split("; "):
                    name, value = figure.rsplit(" ", 1)
                    if name == "registered" and value.isdigit():
                        told[cell["unit"]] = max(told.get(cell["unit"], 0), int(value))
        assert registered == (sum(told.values()) if told else None), (contest, area)
        complete = told and set(told) == units and row["how"] == "number"
        turnout = [percent(cards / registered)] if complete else []
        assert [one for one in words.split("; ") if "%" in one] == turnout, (contest, area)
        assert words, "why there is none"
    assert rows == {}


def hold_reporting_by_area(said, contest):
    rows = {area: row for (area, line), row in areas(contest, "counter").items() if line == "cards"}
    assert said == [(NAMES["units"][area], figures.heard_in(contest, area), *shown(row)) for area, row in rows.items()]


def hold_sheets(said):
    words = {"full": "in full", "part": "as far as they say", "not": "not: figures withheld or not given"}
    got = dict.fromkeys(words.values(), 0)
    for checked, _, sheets, wrong in said:
        assert wrong == 0, checked
        got[checked] += sheets
    assert got == {words[checked]: sheets for checked, sheets in figures.SHEETS.items()}
    assert len(said) == len(words) * len(CONTESTS)


def hold_no_sheet(said):
    assert said == [("no sheet", "", "", "")]


def hold_units(said):
    rows = {row["unit"]: row for row in figures.rows_of("units.csv")}
    leaves = [unit for unit in rows if not any(other.startswith(unit + "/") for other in rows) and "/" in unit]
    for area, units, heard, outstanding in said:
        of = [unit for unit in leaves if NAMES["units"][unit.split("/")[0]] == area]
        out = sum(rows[unit]["how"] == "not reported" for unit in of)
        assert (units, heard, outstanding) == (len(of), len(of) - out, out), area
    assert sum(row[1] for row in said) == len(leaves)


def hold_reasons(said):
    got = dict.fromkeys(("conflict", "rejected"), 0)
    for outcome, _, entries, _ in said:
        if outcome != "none":
            got[outcome] += entries
    assert got == {name: OUTCOMES[name] for name in got}


def hold_partitions(said):
    columns = CHARTS["Partitions and their laws"]["params"]["all_columns"]
    of = {name: [row[columns.index(name)] for row in said] for name in columns}
    assert set(of["laws"]) == {"hold"}
    assert of["log_size"] == of["counted"] and sum(of["counted"]) == OUTCOMES["counted"]


def hold_not_counted(said):
    columns = CHARTS["Partitions: what was not counted"]["params"]["all_columns"]
    got = {name: sum(row[columns.index(name)] for row in said) for name in ("duplicate", "conflict", "rejected")}
    assert got == {name: OUTCOMES[name] for name in got}


def hold_entries(said):
    words = {"Counted": "counted", "Duplicates": "duplicate", "Conflicts": "conflict", "Rejected": "rejected"}
    assert [(what, entries) for what, entries, _ in said] == [
        ("Entries recorded", sum(OUTCOMES.values())),
        *((what, OUTCOMES[name]) for what, name in words.items()),
    ]


OF_EACH_CONTEST = {
    "The contest": hold_contest,
    "Votes by option": hold_bars,
    "Votes by party": hold_party_bars,
    "Votes over time": hold_lines,
    "Options": hold_options,
    "Parties": hold_parties,
    "Votes by area": hold_votes_by_area,
    "Reporting by area": hold_reporting_by_area,
    "Cards by place": hold_cards_by_place,
    "Turnout by place": hold_turnout,
}
OF_ALL = {
    "Result sheets held against their cards": hold_sheets,
    "Result sheets that do not go with their cards": hold_no_sheet,
    "Units not heard from": hold_units,
    "Entries and what became of them": hold_entries,
    "Rejected and in conflict, by reason": hold_reasons,
    "Partitions and their laws": hold_partitions,
    "Partitions: what was not counted": hold_not_counted,
}
# Of which commit all the others are, what lives, how fast it went, who decided what: PostgreSQL is asked them in the service's test.
NO_FIGURES = {
    "The count",
    "Signs of life",
    "Entries counted over time",
    "Entries counted a second",
    "What the inbox refused",
    "Partitions: where they are",
    "Decisions of officers",
    "Figures that fell",
    "Latest signed statements",
}
assert {*OF_EACH_CONTEST, *OF_ALL, *NO_FIGURES} == set(CHARTS), "a chart that is not held to the tables"


def hold_places(ask):
    """Every way of choosing a place and a way of voting: bars say what the cells of cells.csv come to, and how that is known."""
    chosen = ask("select distinct contest_id, place_id, place_name, method_id, method_name from pub_place_figures")
    assert {(place is None, method is None) for _, place, _, method, _ in chosen} == {(a, b) for a in (True, False) for b in (True, False)}
    for contest, place, place_name, method, method_name in chosen:
        rows = ask(query("Votes by option", contest, area=place_name or "All places", method_shown=method_name or "All ways of voting"))
        facts = by_cells.lines_of(contest, "option", place, method)
        want = {named(figures.option_of(contest, line)["name"], {"how": fact[1]}): fact[0] for line, fact in facts.items()}
        assert dict(map(tuple, rows)) == want and len(rows) == len(want), (contest, place, method)


def hold_commits(ask):
    rows = ask("select commit_number, counted from pub_commits order by commit_number")
    assert [row[1] for row in rows] == sorted(row[1] for row in rows) and rows[-1][1] == OUTCOMES["counted"]


def hold_chart(ask, name):
    def rows(contest):
        return [tuple(row) for row in ask(query(name, contest))]

    if name in OF_EACH_CONTEST:
        for contest in CONTESTS:
            OF_EACH_CONTEST[name](rows(contest), contest)
    else:
        OF_ALL[name]([row for contest in ([None] if name in OF_THE_WHOLE_COUNT else CONTESTS) for row in rows(contest)])


HELD = [*OF_EACH_CONTEST, *OF_ALL]
