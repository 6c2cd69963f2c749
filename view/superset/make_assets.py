"""Writes assets/, the dashboard as Superset imports it: database, datasets, charts, dashboard.

    python view/superset/make_assets.py [FOLDER]

assets/ is generated and committed; change this file, run it, look at the result in a browser, commit both. UUIDs come
from names, so that an import overwrites what was there and running this again changes nothing. Needs PyYAML.
"""

import pathlib
import sys
import uuid

import yaml

NAMESPACE = uuid.UUID("0c1f7a52-8f5e-4f0e-9a55-5a6b6f0a1d2e")
TITLE = "Teller: unofficial totals"
SLUG = "teller"
VERSION = {"version": "1.0.0"}
REFRESH_S = 10

TEXT, WHOLE, REAL, TIME = "TEXT", "BIGINT", "DOUBLE PRECISION", "TIMESTAMP WITH TIME ZONE"
INCOMPLETE = ", incomplete"  # Behind the name of an option whose bar or line lacks parts.


def id_of(kind, name):
    return str(uuid.uuid5(NAMESPACE, f"{kind}/{name}"))


DATABASE = {
    "database_name": "teller",
    "sqlalchemy_uri": "${TELLER_READER_URI}",  # Put in when it is imported; it has no password: the account has a certificate.
    "expose_in_sqllab": False, "allow_run_async": False, "allow_ctas": False, "allow_cvas": False, "allow_dml": False,
    "extra": {"allows_virtual_table_explore": False},
    "uuid": id_of("database", "teller"), **VERSION,
}


# ------------------------------------------------------------------------------------- figures in words, as SQL
# What may be said of a figure is decided by the views (docs/design/figures.md); here it is only put into words.


def missing(how="how", withheld="withheld_in", unknown="unknown_in"):
    """What is missing of a figure: "withheld in 1 of 3 reports", "unknown", … and '' of a number. Of a contest or
    joined with one: cell_word is the contest's."""
    def grouped(number):
        return f"to_char({number}, 'FM999,999,999')"

    return (TEXT, f"case {how} when 'number' then '' when 'not reported' then 'not reported yet' when 'partial' then "
                  f"concat_ws(' and ', case when {withheld} > 0 then 'withheld in ' || {grouped(withheld)} end, "
                  f"case when {unknown} > 0 then 'unknown in ' || {grouped(unknown)} end) || ' of ' || "
                  f"{grouped('of_reports')} || ' ' || cell_word || case of_reports when 1 then '' else 's' end else {how} end")


def named(name):
    """The name of a bar or a line, which says when it is not all that there is or why there is none."""
    return (TEXT, f"{name} || case how when 'number' then '' when 'partial' then '{INCOMPLETE}' "
                  f"when 'not reported' then ', not reported yet' else ', ' || how end")


def most_votes_first(votes, place):
    """To sort by, descending: what has no value comes last, equals in the order of the rules."""
    return (REAL, f"coalesce({votes}, -1) - {place} / 65536.0")


SHARE_OF = (TEXT, "case share_of when 'all' then 'all ' || share_base when 'known' then 'known ' || share_base else '' end")


# ---------------------------------------------------------------------------------------------------- datasets


def dataset(view, columns, metrics, time=None, sql=None):
    """`columns`: name → type, or (type, SQL expression) for one that the view does not have. `sql`: read instead of the view
    where it alone does not say all."""
    def column(name, kind):
        type_, expression = kind if isinstance(kind, tuple) else (kind, None)
        return {"column_name": name, "type": type_, "is_dttm": type_ == TIME, "groupby": True, "filterable": True,
                "is_active": True, **({"expression": expression} if expression else {})}

    return {
        "table_name": view, "schema": "teller", **({"sql": sql} if sql else {}), "main_dttm_col": time, "filter_select_enabled": True,
        "columns": [column(name, kind) for name, kind in columns.items()],
        "metrics": [{"metric_name": name, "expression": expression, "verbose_name": words, "d3format": form}
                    for name, expression, words, form in metrics],
        "uuid": id_of("dataset", view), "database_uuid": DATABASE["uuid"], **VERSION,
    }


OTHER_VOTES = ("undervotes", "overvotes", "blank", "invalid")
COUNT = ",d"
SHARE = ".2%"
DATASETS = {d["table_name"]: d for d in (
    dataset("pub_head", {
        "mode": TEXT, "label": TEXT, "status": TEXT, "election": TEXT, "commit_number": WHOLE, "committed_at": TIME,
        "recorded": WHOLE, "counted": WHOLE, "duplicate": WHOLE, "conflict": WHOLE, "rejected": WHOLE, "halted": WHOLE,
        "totals": (TEXT, "case status when 'official' then 'official totals' when 'recount' then 'recount' "
                         "else 'unofficial totals' end"),
        "age_s": (WHOLE, "greatest(0, extract(epoch from now() - committed_at))::bigint"),
    }, [
        ("recorded_sum", "SUM(recorded)", "Entries recorded", COUNT), ("counted_sum", "SUM(counted)", "Counted", COUNT),
        ("duplicate_sum", "SUM(duplicate)", "Duplicates", COUNT), ("conflict_sum", "SUM(conflict)", "Conflicts", COUNT),
        ("rejected_sum", "SUM(rejected)", "Rejected", COUNT),
    ]),
    dataset("pub_contests", {
        "contest": WHOLE, "contest_id": TEXT, "contest_name": TEXT, "kind": TEXT, "share_base": TEXT,
        "votes": WHOLE, "votes_how": TEXT, "votes_withheld_in": WHOLE, "votes_unknown_in": WHOLE,
        "cards": WHOLE, "cards_how": TEXT, "cards_withheld_in": WHOLE, "cards_unknown_in": WHOLE,
        "of_reports": WHOLE, "cell_word": TEXT, "reporting": WHOLE, "units": WHOLE,
        "votes_missing": missing("votes_how", "votes_withheld_in", "votes_unknown_in"),
        "cards_missing": missing("cards_how", "cards_withheld_in", "cards_unknown_in"),
        **{f"{name}{rest}": TEXT if rest == "_how" else WHOLE for name in OTHER_VOTES for rest in ("", "_how", "_withheld_in", "_unknown_in")},
        **{f"{name}_missing": missing(f"{name}_how", f"{name}_withheld_in", f"{name}_unknown_in") for name in OTHER_VOTES},
        "counts": (TEXT, "case kind when 'ranked' then 'first preferences; rounds are not counted here' else 'votes' end"),
    }, [
        ("votes_sum", "SUM(votes)", "Votes", COUNT), ("cards_sum", "SUM(cards)", "Cards", COUNT),
        ("place", "MIN(contest)", "place", COUNT), ("reporting_sum", "SUM(reporting)", "Units reporting", COUNT),
        ("reporting_share", "SUM(reporting)::double precision / NULLIF(SUM(units), 0)", "Reporting", SHARE),
    ]),
    # A share is one of votes or of cards, and the contest says of which.
    dataset("pub_options", {
        "contest": WHOLE, "contest_id": TEXT, "contest_name": TEXT, "slot": WHOLE, "option_id": TEXT, "option_name": TEXT,
        "short_name": TEXT, "party_names": TEXT, "votes": WHOLE, "how": TEXT, "withheld_in": WHOLE, "unknown_in": WHOLE,
        "of_reports": WHOLE, "share": REAL, "share_of": TEXT, "share_base": TEXT, "cell_word": TEXT, "changed_at_commit": WHOLE,
        "missing": missing(), "share_of_what": SHARE_OF, "bar": named("option_name"),
        "most_votes_first": most_votes_first("votes", "slot"),
    }, [
        ("votes_sum", "SUM(votes)", "Votes", COUNT),
        ("most_votes", f"MAX({most_votes_first('votes', 'slot')[1]})", "most_votes", COUNT),
    ], sql="select o.*, c.share_base, c.cell_word from teller.pub_options o join teller.pub_contests c on c.contest = o.contest"),
    dataset("pub_parties", {
        "contest": WHOLE, "contest_id": TEXT, "party_id": TEXT, "party_name": TEXT, "votes": WHOLE, "how": TEXT,
        "withheld_in": WHOLE, "unknown_in": WHOLE, "of_reports": WHOLE, "share": REAL, "share_of": TEXT, "share_base": TEXT,
        "cell_word": TEXT, "options": WHOLE, "place": WHOLE, "missing": missing(), "share_of_what": SHARE_OF,
        "most_votes_first": most_votes_first("votes", "place"),
    }, [("votes_sum", "SUM(votes)", "Votes", COUNT)],
        sql="select p.*, c.share_base, c.cell_word from teller.pub_parties p join teller.pub_contests c on c.contest = p.contest"),
    dataset("pub_area_figures", {
        "contest": WHOLE, "contest_id": TEXT, "unit": WHOLE, "area_id": TEXT, "area_name": TEXT, "slot": WHOLE,
        "option_id": TEXT, "option_name": TEXT, "is_option": "BOOLEAN", "value": WHOLE, "how": TEXT, "withheld_in": WHOLE,
        "unknown_in": WHOLE, "of_reports": WHOLE, "cell_word": TEXT, "reporting": WHOLE, "missing": missing(),
        "most_votes_first": most_votes_first("value", "slot"),
    }, [("value_sum", "SUM(value)", "Votes", COUNT)],
        sql="select a.*, c.cell_word from teller.pub_area_figures a join teller.pub_contests c on c.contest = a.contest"),
    # A row a result sheet of the contest.
    dataset("pub_sheet_checks", {
        "contest": WHOLE, "contest_id": TEXT, "unit": WHOLE, "unit_id": TEXT, "unit_name": TEXT, "method_name": TEXT, "checked": TEXT,
        "wrong": WHOLE, "votes": WHOLE, "cards": WHOLE, "votes_allowed": WHOLE, "most": WHOLE,
        "could_be": (TEXT, "case checked when 'full' then 'in full' when 'part' then 'as far as they say' "
                           "else 'not: figures withheld or not given' end"),
    }, [("sheets", "COUNT(*)", "Sheets", COUNT), ("wrong_sum", "SUM(wrong)", "do not go with their cards", COUNT)]),
    dataset("pub_outcomes", {
        "partition": WHOLE, "step": WHOLE, "position": WHOLE, "log_size": WHOLE, "counted": WHOLE, "duplicate": WHOLE,
        "conflict": WHOLE, "rejected": WHOLE, "recorded": WHOLE, "halted_because": TEXT,
        "laws": (TEXT, "case when recorded = counted + duplicate + conflict + rejected and counted = log_size "
                       "then 'hold' else 'DO NOT HOLD' end"),
        "state": (TEXT, "coalesce('HALTED: ' || halted_because, 'counting')"),
    }, [("recorded_sum", "SUM(recorded)", "Recorded", COUNT)]),
    dataset("pub_inbox_refused", {"code": TEXT, "messages": WHOLE}, [("messages_sum", "SUM(messages)", "Messages", COUNT)]),
    # `how`, which names the line, is that of today; a row that an older program wrote does not say how it was known, and its 0
    # may be nothing at all.
    dataset("pub_timeline", {"commit_number": WHOLE, "at": TIME, "contest_id": TEXT, "option_id": TEXT, "option_name": TEXT,
                             "short_name": TEXT, "votes": WHOLE, "how": TEXT, "line": named("short_name")},
            [("votes_last", "(ARRAY_AGG(votes ORDER BY \"at\" DESC))[1]", "Votes known by then", COUNT)], time="at",
            sql="select t.commit_number, t.at, t.contest_id, t.option_id, t.option_name, t.short_name, t.votes, o.how "
                "from teller.pub_timeline t join teller.pub_options o on o.contest_id = t.contest_id and o.option_id = t.option_id "
                "where t.votes is not null and (t.how is not null or t.votes > 0)"),
)}


# ------------------------------------------------------------------------------------------------------ charts

CHARTS = {}


def chart(name, kind, view, **params):
    CHARTS[name] = {
        "slice_name": name, "viz_type": kind, "query_context": None, "cache_timeout": None,
        "params": {"viz_type": kind, "adhoc_filters": [], "extra_form_data": {}, "row_limit": 10000,
                   "time_range": "No filter", "color_scheme": "supersetColors", **params},
        "dataset_uuid": id_of("dataset", view), "uuid": id_of("chart", name), **VERSION,
    }


def where(sql):
    return {"clause": "WHERE", "expressionType": "SQL", "sqlExpression": sql}


def number(name, view, metric, words):
    chart(name, "big_number_total", view, metric=metric, y_axis_format=COUNT, header_font_size=0.4, subheader=words,
          subheader_font_size=0.125)


AXES = {"rich_tooltip": True, "truncateXAxis": False, "truncate_metric": True, "y_axis_format": COUNT,
        "y_axis_bounds": [None, None], "x_axis_title_margin": 15, "y_axis_title_margin": 15, "order_desc": True,
        "show_empty_columns": True}
FIGURE = {"d3NumberFormat": COUNT, "horizontalAlign": "right"}

chart("As of", "table", "pub_head", query_mode="raw",
      all_columns=["election", "mode", "label", "totals", "commit_number", "committed_at", "age_s", "halted"],
      table_timestamp_format="%Y-%m-%d %H:%M:%S", show_cell_bars=False, server_page_length=10,
      column_config={"commit_number": {**FIGURE, "customColumnName": "commit"},
                     "committed_at": {"customColumnName": "committed at (UTC)"},
                     "age_s": {**FIGURE, "customColumnName": "age in seconds"},
                     "halted": {**FIGURE, "customColumnName": "halted partitions"}})
chart("Contest", "table", "pub_contests", query_mode="raw",
      all_columns=["contest_name", "counts", "votes", "votes_missing", "cards", "cards_missing", "reporting", "units", "share_base"],
      order_by_cols=['["contest", true]'], show_cell_bars=False, server_page_length=10,
      column_config={"contest_name": {"customColumnName": "contest"}, "counts": {"customColumnName": "what is counted"},
                     "votes": FIGURE, "votes_missing": {"customColumnName": "what is missing of the votes"}, "cards": FIGURE,
                     "cards_missing": {"customColumnName": "what is missing of the cards"},
                     "reporting": {**FIGURE, "customColumnName": "units reporting"},
                     "units": {**FIGURE, "customColumnName": "of units"}, "share_base": {"customColumnName": "shares are of its"}})
chart("Undervotes, overvotes, blank and invalid", "table", "pub_contests", query_mode="raw",
      all_columns=[column for name in OTHER_VOTES for column in (name, f"{name}_missing")],
      order_by_cols=['["contest", true]'], show_cell_bars=False, server_page_length=10,
      column_config={**dict.fromkeys(OTHER_VOTES, FIGURE),
                     **{f"{name}_missing": {"customColumnName": f"what is missing of the {words}"} for name, words in
                        zip(OTHER_VOTES, ("undervotes", "overvotes", "blank ones", "invalid ones"), strict=True)}})
number("Votes", "pub_contests", "votes_sum", "known in this contest")
number("Cards counted", "pub_contests", "cards_sum", "known to carry the contest")
number("Units reporting", "pub_contests", "reporting_sum", "of those that vote on it")
number("Reporting", "pub_contests", "reporting_share", "of the units that vote on it")
CHARTS["Reporting"]["params"]["y_axis_format"] = SHARE
number("Entries recorded", "pub_head", "recorded_sum", "= the next four")
number("Counted", "pub_head", "counted_sum", "each exactly once")
number("Duplicates", "pub_head", "duplicate_sum", "the same again")
number("Conflicts", "pub_head", "conflict_sum", "same id, other content")
number("Rejected", "pub_head", "rejected_sum", "not valid here")
chart("Votes by option", "echarts_timeseries_bar", "pub_options", x_axis="bar", metrics=["votes_sum"], groupby=[],
      timeseries_limit_metric="most_votes", x_axis_sort="most_votes", x_axis_sort_asc=True, color_by_primary_axis=True,
      orientation="horizontal", show_value=True, xAxisForceCategorical=True, show_legend=False, **AXES)
chart("Votes over time", "echarts_timeseries_line", "pub_timeline", x_axis="at", time_grain_sqla="PT5S", row_limit=50000, metrics=["votes_last"],
      groupby=["line"], seriesType="line", markerEnabled=False, x_axis_time_format="%H:%M:%S",
      tooltipTimeFormat="%Y-%m-%d %H:%M:%S", x_axis_sort_asc=True, show_legend=True, legendType="scroll",
      legendOrientation="top", **AXES)
MISSING = {"customColumnName": "what is missing"}
SHARES = {"share": {**FIGURE, "d3NumberFormat": SHARE}, "share_of_what": {"customColumnName": "share of"}}
chart("Options", "table", "pub_options", query_mode="raw",
      all_columns=["option_name", "short_name", "party_names", "votes", "missing", "share", "share_of_what"],
      order_by_cols=['["most_votes_first", false]'], show_cell_bars=True, server_page_length=20,
      column_config={"option_name": {"customColumnName": "option"}, "short_name": {"customColumnName": "short name"},
                     "party_names": {"customColumnName": "party"}, "votes": FIGURE, "missing": MISSING, **SHARES})
chart("Parties", "table", "pub_parties", query_mode="raw",
      all_columns=["party_name", "options", "votes", "missing", "share", "share_of_what"],
      order_by_cols=['["most_votes_first", false]'], show_cell_bars=True, server_page_length=20,
      column_config={"party_name": {"customColumnName": "party"}, "options": {**FIGURE, "showCellBars": False},
                     "votes": FIGURE, "missing": MISSING, **SHARES})
# A table, not a pivot: that leaves out what has no value, and cannot say in a cell what is missing.
chart("Votes by area", "table", "pub_area_figures", query_mode="raw",
      all_columns=["area_name", "option_name", "value", "missing"], adhoc_filters=[where("is_option")],
      order_by_cols=['["unit", true]', '["most_votes_first", false]'], show_cell_bars=True, server_page_length=100,
      column_config={"area_name": {"customColumnName": "area"}, "option_name": {"customColumnName": "option"},
                     "value": {**FIGURE, "customColumnName": "votes"}, "missing": MISSING})
chart("Reporting by area", "table", "pub_area_figures", query_mode="raw",
      all_columns=["area_name", "reporting", "value", "missing"],
      adhoc_filters=[where("not is_option and option_id = 'cards'")], order_by_cols=['["unit", true]'],
      show_cell_bars=False, server_page_length=100,
      column_config={"area_name": {"customColumnName": "area"}, "reporting": {**FIGURE, "customColumnName": "units reporting"},
                     "value": {**FIGURE, "customColumnName": "cards"},
                     "missing": {"customColumnName": "what is missing of the cards"}})
chart("Result sheets held against their cards", "table", "pub_sheet_checks", query_mode="aggregate", groupby=["could_be"],
      metrics=["sheets", "wrong_sum"], all_columns=[], show_cell_bars=False, server_page_length=10,
      column_config={"could_be": {"customColumnName": "could be checked"}})
chart("Result sheets that do not go with their cards", "table", "pub_sheet_checks", query_mode="raw",
      all_columns=["unit_name", "method_name", "votes", "cards", "votes_allowed", "most"], adhoc_filters=[where("wrong = 1")],
      order_by_cols=['["unit", true]'], show_cell_bars=False, server_page_length=20,
      column_config={"unit_name": {"customColumnName": "unit"}, "method_name": {"customColumnName": "method"},
                     "votes": {**FIGURE, "customColumnName": "votes, undervotes and overvotes"},
                     "cards": {**FIGURE, "customColumnName": "cards, without blank and invalid ones"},
                     "votes_allowed": {**FIGURE, "customColumnName": "votes a card"},
                     "most": {**FIGURE, "customColumnName": "most of one option"}})
chart("Partitions and their laws", "table", "pub_outcomes", query_mode="raw",
      all_columns=["partition", "laws", "recorded", "counted", "log_size", "duplicate", "conflict", "rejected", "step", "position", "state"],
      order_by_cols=['["partition", true]'], show_cell_bars=False, server_page_length=50,
      column_config={**dict.fromkeys(("partition", "recorded", "counted", "duplicate", "conflict", "rejected", "step", "position"), FIGURE),
                     "laws": {"customColumnName": "recorded = counted + …, counted = log"},
                     "log_size": {**FIGURE, "customColumnName": "entries in the log"}})
chart("What the inbox refused", "table", "pub_inbox_refused", query_mode="raw", all_columns=["code", "messages"],
      order_by_cols=['["messages", false]'], show_cell_bars=False, server_page_length=20,
      column_config={"messages": {**FIGURE, "customColumnName": "messages of outside producers"}})


# --------------------------------------------------------------------------------------------------- dashboard

ROWS = [
    [("As of", 12, 18)],
    [("Contest", 12, 18)],
    [("Undervotes, overvotes, blank and invalid", 12, 16)],
    [("Votes", 3, 20), ("Cards counted", 3, 20), ("Units reporting", 3, 20), ("Reporting", 3, 20)],
    [("Votes by option", 6, 46), ("Votes over time", 6, 46)],
    [("Options", 7, 40), ("Parties", 5, 40)],
    [("Votes by area", 7, 100), ("Reporting by area", 5, 100)],
    [("Result sheets held against their cards", 5, 34), ("Result sheets that do not go with their cards", 7, 34)],
    [("Entries recorded", 4, 20), ("Counted", 2, 20), ("Duplicates", 2, 20), ("Conflicts", 2, 20), ("Rejected", 2, 20)],
    [("Partitions and their laws", 12, 44)],
    [("What the inbox refused", 12, 24)],
]
OF_THE_WHOLE_COUNT = {"As of", "Entries recorded", "Counted", "Duplicates", "Conflicts", "Rejected", "Partitions and their laws",
                      "What the inbox refused"}


def position():
    numbers = {name: i for i, name in enumerate(CHARTS, 1)}  # Superset's import puts its own in their place.
    found = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": TITLE}},
        "GRID_ID": {"type": "GRID", "id": "GRID_ID", "children": [], "parents": ["ROOT_ID"]},
    }
    for i, row in enumerate(ROWS, 1):
        row_id = f"ROW-{i}"
        found["GRID_ID"]["children"].append(row_id)
        found[row_id] = {"type": "ROW", "id": row_id, "children": [], "parents": ["ROOT_ID", "GRID_ID"],
                         "meta": {"background": "BACKGROUND_TRANSPARENT"}}
        for name, width, height in row:
            chart_id = f"CHART-{CHARTS[name]['uuid'][:8]}"
            found[row_id]["children"].append(chart_id)
            found[chart_id] = {"type": "CHART", "id": chart_id, "children": [], "parents": ["ROOT_ID", "GRID_ID", row_id],
                               "meta": {"uuid": CHARTS[name]["uuid"], "chartId": numbers[name], "sliceName": name,
                                        "width": width, "height": height}}
    return found, numbers


def contest_filter(numbers):
    return {
        "id": "NATIVE_FILTER-contest", "name": "Contest", "filterType": "filter_select", "type": "NATIVE_FILTER",
        "targets": [{"column": {"name": "contest_id"}, "datasetUuid": id_of("dataset", "pub_contests")}],
        "scope": {"rootPath": ["ROOT_ID"], "excluded": sorted(numbers[name] for name in OF_THE_WHOLE_COUNT)},
        "controlValues": {"multiSelect": False, "enableEmptyFilter": True, "defaultToFirstItem": True,
                          "inverseSelection": False, "searchAllOptions": False, "sortAscending": True},
        # First in the order of the rules; and applied at once: without requiredFirst the page begins with all contests added up.
        "sortMetric": "place", "requiredFirst": True,
        "defaultDataMask": {"extraFormData": {}, "filterState": {}, "ownState": {}},
        "cascadeParentIds": [], "description": "Of every chart down to the areas.",
    }


def dashboard():
    places, numbers = position()
    return {
        "dashboard_title": TITLE, "slug": SLUG, "published": True, "css": "", "description": None,
        "uuid": id_of("dashboard", SLUG), "position": places,
        "metadata": {
            # Not staggered: else the charts of one page show different moments for as long as a round takes.
            "refresh_frequency": REFRESH_S, "stagger_refresh": False, "timed_refresh_immune_slices": [],
            "expanded_slices": {}, "default_filters": "{}", "cross_filters_enabled": False,
            "color_scheme": "supersetColors", "label_colors": {}, "shared_label_colors": [],  # colours.py fills them in.
            "chart_configuration": {}, "native_filter_configuration": [contest_filter(numbers)],
            "filter_bar_orientation": "HORIZONTAL",
        },
        **VERSION,
    }


def file_name(name):
    return name.lower().replace(" ", "_") + ".yaml"


def files():
    yield "metadata.yaml", {**VERSION, "type": "assets", "timestamp": "2026-01-01T00:00:00+00:00"}
    yield "databases/teller.yaml", DATABASE
    for name, one in DATASETS.items():
        yield f"datasets/teller/{name}.yaml", one
    for name, one in CHARTS.items():
        yield f"charts/{file_name(name)}", one
    yield f"dashboards/{SLUG}.yaml", dashboard()


class _NoAliases(yaml.SafeDumper):
    def ignore_aliases(self, data):
        return True


def write(folder):
    for old in folder.rglob("*.yaml"):
        old.unlink()
    for name, content in files():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.dump(content, Dumper=_NoAliases, sort_keys=False, allow_unicode=True, width=120), encoding="utf-8")


if __name__ == "__main__":
    write(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent / "assets")
