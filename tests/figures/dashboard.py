"""The dashboard of view/superset, asked as Superset asks it, and held to the tables of this folder.

Of each chart in view/superset/assets `query` makes the SQL that Superset makes of it: the dataset's own SQL or its view, the columns
and metrics that the chart shows, its filters and its order, for the contest that a reader has chosen. Two things are Superset's own:
what it draws of the answer, and that of points over time it shows one for each five seconds. `ask(sql)` gives rows, as for figures.py.
"""

import json
import pathlib

import yaml

import figures
from figures import AREAS, CONTESTS, NAMES, OUTCOMES, number, wanted

ASSETS = pathlib.Path(__file__).resolve().parents[2] / "view/superset/assets"


def read(folder):
    return [yaml.safe_load(file.read_text(encoding="utf-8")) for file in sorted((ASSETS / folder).rglob("*.yaml"))]


CHARTS = {chart["slice_name"]: chart for chart in read("charts")}
DATASETS = {dataset["uuid"]: dataset for dataset in read("datasets")}


def of_the_whole_count():
    """Charts that do not ask for one contest."""
    dashboard = read("dashboards")[0]
    excluded = dashboard["metadata"]["native_filter_configuration"][0]["scope"]["excluded"]
    places = [place["meta"] for place in dashboard["position"].values() if isinstance(place, dict) and place.get("type") == "CHART"]
    assert {place["sliceName"] for place in places} == set(CHARTS)
    return {place["sliceName"] for place in places if place["chartId"] in excluded}


OF_THE_WHOLE_COUNT = of_the_whole_count()


def query(name, contest):
    params, dataset = CHARTS[name]["params"], DATASETS[CHARTS[name]["dataset_uuid"]]
    known = {column["column_name"]: column.get("expression") or column["column_name"] for column in dataset["columns"]}
    metrics = {metric["metric_name"]: metric["expression"] for metric in dataset["metrics"]}
    order = [f"{known[column]} {'asc' if up else 'desc'}" for column, up in map(json.loads, params.get("order_by_cols", []))]
    match CHARTS[name]["viz_type"], params.get("query_mode"):
        case "big_number_total", _:
            columns, shown = [], [params["metric"]]
        case "table", "raw":
            columns, shown = params["all_columns"], []
        case "table", "aggregate":
            columns, shown = params["groupby"], params["metrics"]
        case "echarts_timeseries_bar", _:  # The first bar is drawn last: from the top they fall.
            columns, shown = [params["x_axis"], *params["groupby"]], params["metrics"]
            order = [f"{metrics[params['x_axis_sort']]} desc"]
        case "echarts_timeseries_line", _:
            columns, shown = [params["x_axis"], *params["groupby"]], params["metrics"]
            order = [f"{known[params['x_axis']]} asc"]
    where = [f"({one['sqlExpression']})" for one in params["adhoc_filters"]]
    if name not in OF_THE_WHOLE_COUNT:
        where.append(f"contest_id in ('{contest}')")
    sql = "select " + ", ".join([known[column] for column in columns] + [metrics[metric] for metric in shown])
    sql += f" from ({dataset['sql']}) as virtual_table" if "sql" in dataset else f" from {dataset['schema']}.{dataset['table_name']}"
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


def share(contest, row):
    base = CONTESTS[contest].get("share_base", "votes")
    return (row["share"] or None, f"{row['share_of']} {base}" if row["share_of"] else "")


def of_contest(by, contest):
    return {line: row for (of, line), row in wanted(by).items() if of == contest}


def votes(contest):
    return wanted("votes")[(contest, "")]


def counter(contest, name):
    return figures.counter_of(contest, name)


def reporting(contest):
    row = wanted("reporting")[(contest, "")]
    return int(row["votes"]), int(row["of"])


def with_six_digits(rows, at):
    """As the tables have shares."""
    return [(*row[:at], None if row[at] is None else f"{float(row[at]):.6f}", *row[at + 1 :]) for row in rows]


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


def hold_contest(said, contest):
    kind = "first preferences; rounds are not counted here" if CONTESTS[contest]["kind"] == "ranked" else "votes"
    base = CONTESTS[contest].get("share_base", "votes")
    assert said == [(NAMES["contests"][contest], kind, *shown(votes(contest)), *shown(counter(contest, "cards")), *reporting(contest), base)]


def hold_other_votes(said, contest):
    assert said == [sum((shown(counter(contest, name)) for name in ("undervotes", "overvotes", "blank", "invalid")), ())]


def hold_votes(said, contest):
    assert said == [(number(votes(contest)["votes"]),)]


def hold_cards(said, contest):
    assert said == [(number(counter(contest, "cards")["votes"]),)]


def hold_units_reporting(said, contest):
    assert said == [(reporting(contest)[0],)]


def hold_reporting(said, contest):
    units, of = reporting(contest)
    assert said == [(units / of,)]


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
        want.append((name, name, parties or None, *shown(row), *share(contest, row)))
    assert with_six_digits(said, 5) == want


def hold_parties(said, contest):
    lists = ["+".join(option.get("parties", [])) for option in CONTESTS[contest]["options"]]
    want = []
    for line, row in of_contest("party", contest).items():
        want.append((*figures.name_cells("party", (contest, line)), lists.count(line), *shown(row), *share(contest, row)))
    assert with_six_digits(said, 4) == want


def hold_votes_by_area(said, contest):
    rows = areas(contest, "option")
    assert said == [(NAMES["units"][area], figures.option_of(contest, line)["name"], *shown(row)) for (area, line), row in rows.items()]


def hold_reporting_by_area(said, contest):
    rows = {area: row for (area, line), row in areas(contest, "counter").items() if line == "cards"}
    assert said == [(NAMES["units"][area], figures.heard_in(contest, area), *shown(row)) for area, row in rows.items()]


def hold_sheets(said):
    words = {"full": "in full", "part": "as far as they say", "not": "not: figures withheld or not given"}
    got = dict.fromkeys(words.values(), 0)
    for checked, sheets, wrong in said:
        assert wrong == 0, checked
        got[checked] += sheets
    assert got == {words[checked]: sheets for checked, sheets in figures.SHEETS.items()}


def hold_no_row(said):
    assert said == []


def hold_partitions(said):
    columns = CHARTS["Partitions and their laws"]["params"]["all_columns"]
    of = {name: [row[columns.index(name)] for row in said] for name in columns}
    assert set(of["laws"]) == {"hold"}
    assert {name: sum(of[name]) for name in OUTCOMES} == OUTCOMES
    assert sum(of["recorded"]) == sum(OUTCOMES.values()) and of["log_size"] == of["counted"]


def hold_outcome(name):
    def hold(said):
        assert said == [(sum(OUTCOMES.values()) if name == "recorded" else OUTCOMES[name],)]

    return hold


OF_EACH_CONTEST = {
    "Contest": hold_contest,
    "Undervotes, overvotes, blank and invalid": hold_other_votes,
    "Votes": hold_votes,
    "Cards counted": hold_cards,
    "Units reporting": hold_units_reporting,
    "Reporting": hold_reporting,
    "Votes by option": hold_bars,
    "Votes over time": hold_lines,
    "Options": hold_options,
    "Parties": hold_parties,
    "Votes by area": hold_votes_by_area,
    "Reporting by area": hold_reporting_by_area,
}
OF_ALL = {
    "Result sheets held against their cards": hold_sheets,
    "Result sheets that do not go with their cards": hold_no_row,
    "Entries recorded": hold_outcome("recorded"),
    "Counted": hold_outcome("counted"),
    "Duplicates": hold_outcome("duplicate"),
    "Conflicts": hold_outcome("conflict"),
    "Rejected": hold_outcome("rejected"),
    "Partitions and their laws": hold_partitions,
    "What the inbox refused": hold_no_row,
}
# It says of which commit all the others are, and how old that is.
NO_FIGURES = {"As of"}
assert {*OF_EACH_CONTEST, *OF_ALL, *NO_FIGURES} == set(CHARTS), "a chart that is not held to the tables"


def hold_chart(ask, name):
    def rows(contest):
        return [tuple(row) for row in ask(query(name, contest))]

    if name in OF_EACH_CONTEST:
        for contest in CONTESTS:
            OF_EACH_CONTEST[name](rows(contest), contest)
    else:
        OF_ALL[name]([row for contest in ([None] if name in OF_THE_WHOLE_COUNT else CONTESTS) for row in rows(contest)])


HELD = [*OF_EACH_CONTEST, *OF_ALL]
