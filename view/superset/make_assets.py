"""Writes assets/, the dashboards as Superset imports them: database, datasets, charts, dashboards, saved queries.

    python view/superset/make_assets.py [FOLDER]

assets/ is generated and committed; change this file, run it, look at the result in a browser, commit both. UUIDs come
from names, so that an import overwrites what was there and running this again changes nothing. The saved queries are the
files in queries/. Needs PyYAML.
"""

import pathlib
import sys
import uuid

import yaml

NAMESPACE = uuid.UUID("0c1f7a52-8f5e-4f0e-9a55-5a6b6f0a1d2e")
SLUG = "teller"
VERSION = {"version": "1.0.0"}
REFRESH_S = 10

TEXT, WHOLE, REAL, TIME = "TEXT", "BIGINT", "DOUBLE PRECISION", "TIMESTAMP"
INCOMPLETE = ", incomplete"  # Behind the name of an option whose bar or line lacks parts.
EVERYWHERE, ALL_METHODS = "All places", "All ways of voting"


def id_of(kind, name):
    return str(uuid.uuid5(NAMESPACE, f"{kind}/{name}"))


DATABASE = {
    "database_name": "teller",
    "sqlalchemy_uri": "${TELLER_READER_URI}",  # Put in when it is imported; it has no password: the account has a certificate.
    "expose_in_sqllab": True, "allow_run_async": False, "allow_ctas": False, "allow_cvas": False, "allow_dml": False,
    "extra": {"allows_virtual_table_explore": False},
    "uuid": id_of("database", "teller"), **VERSION,
}
# The same database as an account that reads the audit log and nothing else (stack/postgres_auditor.sql). SQL Lab has it not.
AUDIT_DATABASE = {**DATABASE, "database_name": "teller audit", "sqlalchemy_uri": "${TELLER_AUDITOR_URI}", "expose_in_sqllab": False,
                  "uuid": id_of("database", "teller audit")}


# ------------------------------------------------------------------------------------- figures in words, as SQL
# What may be said of a figure is decided by the views (docs/design/figures.md); here it is only put into words.


def grouped(number):
    return f"to_char({number}, 'FM999,999,999,999')"


def percent(share):
    return f"to_char(100 * {share}, 'FM990.00') || ' %'"


def missing_sql(how="how", withheld="withheld_in", unknown="unknown_in", of="of_reports", word="cell_word"):
    return (f"case {how} when 'number' then '' when 'not reported' then 'not reported yet' when 'partial' then "
            f"concat_ws(' and ', case when {withheld} > 0 then 'withheld in ' || {grouped(withheld)} end, "
            f"case when {unknown} > 0 then 'unknown in ' || {grouped(unknown)} end) || ' of ' || "
            f"{grouped(of)} || ' ' || {word} || case {of} when 1 then '' else 's' end else {how} end")


def missing(*names):
    """What is missing of a figure: "withheld in 1 of 3 reports", "unknown", … and '' of a number. Of a contest or
    joined with one: cell_word is the contest's."""
    return (TEXT, missing_sql(*names))


def named(name):
    """The name of a bar or a line, which says when it is not all that there is or why there is none."""
    return (TEXT, f"{name} || case how when 'number' then '' when 'partial' then '{INCOMPLETE}' "
                  f"when 'not reported' then ', not reported yet' else ', ' || how end")


def most_votes_first(votes, place):
    """To sort by, descending: what has no value comes last, equals in the order of the rules."""
    return (REAL, f"coalesce({votes}, -1) - {place} / 65536.0")


# "65.22 % of known votes", "40.95 %"; before it what is missing of the votes.
SHARE = (TEXT, f"concat_ws('; ', nullif({missing_sql()}, ''), case share_of when 'all' then {percent('share')} "
               f"when 'known' then {percent('share')} || ' of known ' || share_base end)")


def zoned(time):
    """A moment in the election's zone; `h` is pub_head."""
    return f"timezone(h.time_zone, {time})"


def said(time):
    return f"to_char({zoned(time)}, 'YYYY-MM-DD HH24:MI:SS')"


def or_in_words(sql, *instead):
    """The rows of `sql`, or one that says that there are none: a box is never empty."""
    return f"with found as ({sql}) select * from found union all select {', '.join(instead)} where not exists (select 1 from found)"


# ---------------------------------------------------------------------------------------------------- datasets


SHOWN_AS = {"line_name": "option"}  # In a pivot.


def dataset(view, columns, metrics=(), time=None, sql=None, schema="teller", database=DATABASE):
    """`columns`: name → type, or (type, SQL expression) for one that the view does not have. `sql`: read instead of the view
    where it alone does not say all."""
    def column(name, kind):
        type_, expression = kind if isinstance(kind, tuple) else (kind, None)
        # Superset keeps what an import does not name: so all of it is named.
        return {"column_name": name, "verbose_name": SHOWN_AS.get(name), "type": type_, "is_dttm": type_ == TIME, "groupby": True,
                "filterable": True, "is_active": True, "expression": expression}

    return {
        "table_name": view, "schema": schema, "sql": sql, "main_dttm_col": time, "filter_select_enabled": True,
        "columns": [column(name, kind) for name, kind in columns.items()],
        "metrics": [{"metric_name": name, "expression": expression, "verbose_name": words, "d3format": form}
                    for name, expression, words, form in metrics],
        "uuid": id_of("dataset", view), "database_uuid": database["uuid"], **VERSION,
    }


OTHER_VOTES = {"undervotes": "Undervotes", "overvotes": "Overvotes", "blank": "Blank", "invalid": "Invalid"}
COUNT = ",d"
RATE = ",.1f"


def rows_of(*rows):
    """Lines of a page as rows: what, and what is said of it. `rows`: (what, SQL…)."""
    return " union all ".join(f"select {place} as place, {', '.join(cells)} from {source}" for place, (source, *cells) in enumerate(rows))


COUNT_ROWS = rows_of(
    ("teller.pub_head h", "'Election' as what", "h.election as said"),
    ("teller.pub_head h", "'Mode'", "h.mode"),
    ("teller.pub_head h where h.label <> ''", "'Label'", "h.label"),
    ("teller.pub_head h", "'These are'",
     "case h.status when 'official' then 'OFFICIAL totals' when 'recount' then 'totals of a recount' else 'UNOFFICIAL totals' end"),
    ("teller.pub_head h", "'As of'", f"coalesce({said('h.committed_at')} || ' (' || h.time_zone || ')', 'nothing is counted yet')"),
    ("teller.pub_head h", "'Commit'", f"{grouped('h.commit_number')} || coalesce(', ' || {grouped('greatest(0, extract(epoch from now() - h.committed_at))::bigint')} || ' s ago', '')"),
    ("teller.pub_head h", "'Halted'", "case h.halted when 0 then 'no partition' else 'HALTED: ' || h.halted || ' of ' || h.partitions || ' partitions' end"),
)
CONTEST_ROWS = rows_of(
    ("teller.pub_contests c", "'Contest' as what", "c.contest_id", "c.contest_name as said", "'' as missing"),
    ("teller.pub_contests c", "'What is counted'", "c.contest_id",
     "case c.kind when 'ranked' then 'first preferences; rounds are not counted here' else 'votes' end", "''"),
    ("teller.pub_contests c", "'Votes'", "c.contest_id", grouped("c.votes"),
     missing_sql("c.votes_how", "c.votes_withheld_in", "c.votes_unknown_in", "c.of_reports", "c.cell_word")),
    ("teller.pub_contests c", "'Cards'", "c.contest_id", grouped("c.cards"),
     missing_sql("c.cards_how", "c.cards_withheld_in", "c.cards_unknown_in", "c.of_reports", "c.cell_word")),
    ("teller.pub_contests c", "'Units reporting'", "c.contest_id", f"{grouped('c.reporting')} || ' of ' || {grouped('c.units')}", "''"),
    *(("teller.pub_contests c", f"'{words}'", "c.contest_id", grouped(f"c.{name}"),
       missing_sql(f"c.{name}_how", f"c.{name}_withheld_in", f"c.{name}_unknown_in", "c.of_reports", "c.cell_word"))
      for name, words in OTHER_VOTES.items()),
    ("teller.pub_contests c", "'Shares are of its'", "c.contest_id", "c.share_base", "''"),
    ("teller.pub_contests c cross join teller.pub_head h", "'As of commit'", "c.contest_id", grouped("h.commit_number"), "''"),
)
# A name that two areas have gets their ids.
PLACES = (
    "select f.*, c.share_base, c.cell_word, o.party_names, "
    f"case when f.place_id is null then '{EVERYWHERE}' when count(*) over (partition by f.contest, f.kind, f.slot, f.method, f.place_name) > 1 "
    f"then f.place_name || ' (' || f.place_id || ')' else f.place_name end as area, coalesce(f.method_name, '{ALL_METHODS}') as method_shown "
    "from teller.pub_place_figures f join teller.pub_contests c on c.contest = f.contest "
    "left join teller.pub_options o on o.contest = f.contest and o.slot = f.slot and f.kind = 'option'"
)
TURNOUT = (
    f"select f.*, c.contest_id as of_contest, coalesce(f.place_name, '{EVERYWHERE}') as area, c.cell_word, 'unit' as unit_word "
    "from teller.pub_turnout_places f join teller.pub_contests c on c.contest = f.contest"
)
SIGNS = rows_of(
    ("teller.pub_head h", "'Counting and committing' as what",
     f"coalesce('commit ' || {grouped('h.commit_number')} || ' at ' || {said('h.committed_at')}, 'no commit yet') as said",
     "case when h.halted > 0 then 'HALTED' when h.commit_number = 0 then 'nothing counted' else 'ok' end as state"),
    ("(select max(number) as number, coalesce(max(commit_number), 0) as commit_number from teller.pub_statements) s cross join teller.pub_head h",
     "'Signing'", f"coalesce('statement ' || {grouped('s.number')} || ' of commit ' || {grouped('s.commit_number')}, 'no statement yet')",
     f"case when s.commit_number >= h.commit_number then 'ok' else {grouped('h.commit_number - s.commit_number')} || ' commits behind' end"),
    ("teller.pub_head h left join teller.pub_reconcile r on true",
     "'Reconciling'", f"coalesce('commit ' || {grouped('r.commit_number')} || ' at ' || {said('r.at')}, 'not yet')",
     "case when r.at is null then 'unknown' when r.differences > 0 then 'DIFFERS: ' || r.differs "
     "when r.not_looked_at <> '' then 'away: ' || r.not_looked_at when now() - r.at > interval '5 minutes' then 'late' else 'ok' end"),
)
OUTCOME_ROWS = rows_of(
    ("teller.pub_head", "'Entries recorded' as what", "recorded as entries", "'= the next four' as meaning"),
    ("teller.pub_head", "'Counted'", "counted", "'each exactly once'"),
    ("teller.pub_head", "'Duplicates'", "duplicate", "'the same again'"),
    ("teller.pub_head", "'Conflicts'", "conflict", "'same id, other content'"),
    ("teller.pub_head", "'Rejected'", "rejected", "'not valid here'"),
)
RATES = (
    f"select {zoned('c.at')} as at, c.commit_number, c.counted, (c.counted - lag(c.counted) over w) / "
    "nullif(extract(epoch from c.at - lag(c.at) over w), 0)::double precision as a_second "
    "from teller.pub_commits c cross join teller.pub_head h window w as (order by c.commit_number)"
)
DATASETS = {d["table_name"]: d for d in (
    dataset("pub_head", {"place": WHOLE, "what": TEXT, "said": TEXT}, sql=COUNT_ROWS),
    dataset("pub_contests", {"place": WHOLE, "what": TEXT, "contest_id": TEXT, "said": TEXT, "missing": TEXT}, sql=CONTEST_ROWS),
    dataset("pub_contest_list", {"contest": WHOLE, "contest_id": TEXT}, [("place", "MIN(contest)", "place", COUNT)],
            sql="select contest, contest_id from teller.pub_contests"),
    # A share is one of votes or of cards, and the contest says of which.
    dataset("pub_place_figures", {
        "contest": WHOLE, "contest_id": TEXT, "place": WHOLE, "area": TEXT, "method": WHOLE, "method_shown": TEXT, "kind": TEXT,
        "slot": WHOLE, "line_id": TEXT, "line_name": TEXT, "short_name": TEXT, "party_names": TEXT, "value": WHOLE, "how": TEXT,
        "withheld_in": WHOLE, "unknown_in": WHOLE, "of_reports": WHOLE, "share": REAL, "share_of": TEXT, "share_base": TEXT, "cell_word": TEXT,
        "missing": missing(), "share_and_missing": SHARE, "bar": named("line_name"), "most_votes_first": most_votes_first("value", "slot"),
    }, [
        ("value_max", "MAX(value)", "Votes", COUNT),
        ("most_votes", f"MAX({most_votes_first('value', 'slot')[1]})", "most_votes", COUNT),
        ("first_place", "MIN(place)", "first_place", COUNT), ("first_method", "MIN(method)", "first_method", COUNT),
        ("words", f"MAX(concat_ws(', ', {grouped('value')}, nullif({missing_sql()}, '')))", "Votes", COUNT),
    ], sql=PLACES),
    dataset("pub_area_figures", {
        "contest": WHOLE, "contest_id": TEXT, "unit": WHOLE, "area_id": TEXT, "area_name": TEXT, "slot": WHOLE,
        "option_id": TEXT, "option_name": TEXT, "is_option": "BOOLEAN", "value": WHOLE, "how": TEXT, "withheld_in": WHOLE,
        "unknown_in": WHOLE, "of_reports": WHOLE, "cell_word": TEXT, "reporting": WHOLE, "missing": missing(),
    }, [("value_max", "MAX(value)", "Cards", COUNT), ("first_place", "MAX(-unit)", "first_place", COUNT)],
        sql="select a.*, c.cell_word from teller.pub_area_figures a join teller.pub_contests c on c.contest = a.contest"),
    # `how`, which names the line, is that of today; a row that an older program wrote does not say how it was known, and its 0
    # may be nothing at all.
    dataset("pub_timeline", {"commit_number": WHOLE, "at": TIME, "contest_id": TEXT, "option_id": TEXT, "line_name": TEXT,
                             "short_name": TEXT, "votes": WHOLE, "how": TEXT, "bar": named("line_name")},
            [("votes_last", "(ARRAY_AGG(votes ORDER BY \"at\" DESC))[1]", "Votes known by then", COUNT)], time="at",
            sql=f"select t.commit_number, {zoned('t.at')} as at, t.contest_id, t.option_id, t.option_name as line_name, t.short_name, t.votes, o.how "
                "from teller.pub_timeline t join teller.pub_options o on o.contest_id = t.contest_id and o.option_id = t.option_id "
                "cross join teller.pub_head h where t.votes is not null and (t.how is not null or t.votes > 0)"),
    dataset("pub_turnout_places", {
        "contest": WHOLE, "contest_id": TEXT, "place": WHOLE, "area": TEXT, "reporting": WHOLE, "registered": WHOLE,
        "registered_how": TEXT, "cards": WHOLE, "cards_how": TEXT, "turnout": REAL,
        "turnout_or_why": (TEXT, f"concat_ws('; ', case when turnout is not null then {percent('turnout')} end, 'cards ' || nullif("
                           + missing_sql("cards_how", "cards_withheld_in", "cards_unknown_in")
                           + ", ''), case when cards_how <> 'not reported' then 'registered ' || nullif("
                           + missing_sql("registered_how", "registered_withheld_in", "registered_unknown_in", "registered_of_units", "unit_word")
                           + ", '') end, case registered_of when 'sheets' then 'of the units heard from' end)"),
    }, sql=TURNOUT),
    # A row a unit that votes, of all contests together.
    dataset("pub_units", {"area": TEXT, "place": WHOLE, "units": WHOLE, "heard": WHOLE, "outstanding": WHOLE},
            sql="select coalesce(top_name, unit_name) as area, min(unit) as place, count(*) as units, "
                "count(case when cards_how <> 'not reported' then 1 end) as heard, count(case when cards_how = 'not reported' then 1 end) as outstanding "
                "from teller.pub_units where is_leaf group by coalesce(top_name, unit_name), coalesce(top_id, unit_id)"),
    # A row a result sheet of the contest.
    dataset("pub_sheet_checks", {
        "contest": WHOLE, "contest_id": TEXT, "place": WHOLE, "could_be": TEXT, "sheets": WHOLE, "wrong": WHOLE,
    }, sql="select w.place, w.could_be, count(s.checked) as sheets, coalesce(sum(s.wrong), 0) as wrong, c.contest_id, c.contest from "
           "(select 0 as place, 'full' as checked, 'in full' as could_be union all select 1, 'part', 'as far as they say' "
           "union all select 2, 'not', 'not: figures withheld or not given') w cross join teller.pub_contests c "
           "left join teller.pub_sheet_checks s on s.checked = w.checked and s.contest = c.contest group by w.place, w.could_be, c.contest_id, c.contest"),
    dataset("pub_sheets_wrong", {
        "contest": WHOLE, "unit": WHOLE, "unit_name": TEXT, "contest_id": TEXT, "method_name": TEXT, "why": TEXT,
    }, sql=or_in_words(
        "select contest, unit, unit_name, contest_id, method_name, case when most > cards then 'one option has ' || "
        f"{grouped('most')} || ' of ' || {grouped('cards')} || ' cards' else {grouped('votes')} || ' votes, undervotes and overvotes on ' || "
        f"{grouped('cards')} || ' cards of ' || votes_allowed end as why from teller.pub_sheet_checks where wrong = 1",
        "null", "null", "'no sheet'", "''", "''", "''")),
    dataset("pub_signs", {"place": WHOLE, "what": TEXT, "said": TEXT, "state": TEXT}, sql=SIGNS),
    dataset("pub_recorded", {"place": WHOLE, "what": TEXT, "entries": WHOLE, "meaning": TEXT}, sql=OUTCOME_ROWS),
    dataset("pub_commits", {"at": TIME, "commit_number": WHOLE, "counted": WHOLE, "a_second": REAL},
            [("counted_max", "MAX(counted)", "Entries counted by then", COUNT), ("rate", "AVG(a_second)", "Entries counted a second", RATE)], time="at",
            sql=RATES),
    dataset("pub_outcomes", {
        "partition": WHOLE, "step": WHOLE, "position": WHOLE, "log_size": WHOLE, "counted": WHOLE, "duplicate": WHOLE,
        "conflict": WHOLE, "rejected": WHOLE, "recorded": WHOLE, "halted_because": TEXT,
        "laws": (TEXT, "case when recorded = counted + duplicate + conflict + rejected and counted = log_size "
                       "then 'hold' else 'DO NOT HOLD' end"),
        "state": (TEXT, "coalesce('HALTED: ' || halted_because, 'counting')"),
    }),
    dataset("pub_incidents", {"outcome": TEXT, "reason": TEXT, "entries": WHOLE, "replayed": WHOLE}, sql=or_in_words(
        "select outcome, coalesce(nullif(reason, ''), 'same id, other content') as reason, count(*) as entries, "
        "count(case when replayed then 1 end) as replayed from teller.pub_incidents group by outcome, reason",
        "'none'", "''", "0", "0")),
    dataset("pub_inbox_refused", {"code": TEXT, "messages": WHOLE}, sql=or_in_words(
        "select code, messages from teller.pub_inbox_refused",
        "case when exists (select 1 from teller.pub_reconcile) then 'none, as of the last reconciliation' else 'not known before a reconciliation' end",
        "case when exists (select 1 from teller.pub_reconcile) then 0 end")),
    dataset("pub_decisions", {"commit_number": WHOLE, "action": TEXT, "officers": TEXT, "reason": TEXT}, sql=or_in_words(
        "select commit_number, action || case when ballots > 0 then ' ' || ballots else '' end as action, officers, reason from teller.pub_decisions",
        "null", "'none yet'", "''", "''")),
    dataset("pub_falls", {"commit_number": WHOLE, "what": TEXT, "fell": TEXT, "reason": TEXT}, sql=or_in_words(
        "select commit_number, concat_ws(' · ', unit_id, method_id, contest_id, option_id) as what, "
        f"{grouped('before_value')} || ' → ' || {grouped('after_value')} as fell, reason from teller.pub_falls",
        "null", "'no figure fell'", "''", "''")),
    dataset("pub_statements", {"number": WHOLE, "commit_number": WHOLE}, sql=or_in_words(
        "select number, commit_number from teller.pub_statements", "null", "null")),
    dataset("audit_log", {"number": WHOLE, "at": TEXT, "actor": TEXT, "what": TEXT, "reason": TEXT},
            sql="select number, to_char(local_at, 'YYYY-MM-DD HH24:MI:SS') as at, actor || coalesce(' with ' || approver, '') as actor, "
                "action || ' · ' || subject as what, reason from ops.audit_log",
            schema="ops", database=AUDIT_DATABASE),
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


FIGURE = {"d3NumberFormat": COUNT, "horizontalAlign": "right"}


def table(name, view, columns, order, *, only=(), rows=0, limit=10000, bars=False):
    """`columns`: name → what stands over it, or (that, how it is shown)."""
    def config(words):
        words, form = words if isinstance(words, tuple) else (words, {})
        return {**form, "customColumnName": words}

    chart(name, "table", view, query_mode="raw", all_columns=list(columns), adhoc_filters=[where(sql) for sql in only],
          order_by_cols=[f'["{column}", {str(up).lower()}]' for column, up in order], show_cell_bars=bars, server_page_length=rows or 1000,
          page_length=rows, row_limit=limit, column_config={column: config(words) for column, words in columns.items()})


AXES = {"rich_tooltip": True, "truncateXAxis": False, "truncate_metric": True, "y_axis_format": COUNT,
        "y_axis_bounds": [None, None], "x_axis_title_margin": 15, "y_axis_title_margin": 15, "order_desc": True,
        "show_empty_columns": True}
IN_ZONE = {"x_axis_title": "in the election's time zone", "x_axis_title_margin": 30}


def bars(name, kind):
    chart(name, "echarts_timeseries_bar", "pub_place_figures", x_axis="bar", metrics=["value_max"], groupby=[],
          adhoc_filters=[where(f"kind = '{kind}'")], timeseries_limit_metric="most_votes", x_axis_sort="most_votes", x_axis_sort_asc=True,
          color_by_primary_axis=True, orientation="horizontal", show_value=True, xAxisForceCategorical=True, show_legend=False, **AXES)


table("The count", "pub_head", {"what": "", "said": ""}, [("place", True)])
table("The contest", "pub_contests", {"what": "", "said": ("", FIGURE), "missing": "missing"}, [("place", True)])
bars("Votes by option", "option")
bars("Votes by party", "party")
chart("Votes over time", "echarts_timeseries_line", "pub_timeline", x_axis="at", time_grain_sqla="PT5S", row_limit=50000, metrics=["votes_last"],
      groupby=["bar"], seriesType="line", markerEnabled=True, x_axis_time_format="%H:%M:%S",
      tooltipTimeFormat="%Y-%m-%d %H:%M:%S", x_axis_sort_asc=True, show_legend=True, legendType="scroll",
      legendOrientation="top", **{**AXES, **IN_ZONE})
SHARES = {"value": ("votes", FIGURE), "share_and_missing": ("share", {"horizontalAlign": "right"})}
table("Options", "pub_place_figures", {"line_name": "option", "party_names": "party", **SHARES}, [("most_votes_first", False)],
      only=["kind = 'option'"], bars=True)
table("Parties", "pub_place_figures", {"line_name": "party", **SHARES}, [("most_votes_first", False)], only=["kind = 'party'"], bars=True)
# In words: a pivot leaves out what has no value, and these always have one.
chart("Votes by area", "pivot_table_v2", "pub_place_figures", groupbyRows=["area"], groupbyColumns=["line_name"], metrics=["words"],
      aggregateFunction="First", metricsLayout="COLUMNS", adhoc_filters=[where("kind = 'option' and place_id is not null")],
      rowTotals=False, colTotals=False, rowOrder="key_a_to_z", colOrder="key_a_to_z", valueFormat=COUNT)
table("Reporting by area", "pub_area_figures",
      {"area_name": "area", "reporting": ("units reporting", FIGURE), "value": ("cards", FIGURE), "missing": "missing of the cards"},
      [("unit", True)], only=["not is_option and option_id = 'cards'"])
table("Turnout by place", "pub_turnout_places",
      {"area": "place", "cards": ("cards", FIGURE), "registered": ("registered", FIGURE),
       "turnout_or_why": ("turnout so far", {"horizontalAlign": "right"})}, [("place", True)])
chart("Cards by place", "echarts_timeseries_bar", "pub_area_figures", x_axis="area_name", metrics=["value_max"], groupby=[],
      adhoc_filters=[where("not is_option and option_id = 'cards'")], timeseries_limit_metric="first_place", x_axis_sort="first_place",
      x_axis_sort_asc=True, orientation="horizontal", show_value=True, xAxisForceCategorical=True, show_legend=False, **AXES)
table("Units not heard from", "pub_units",
      {"area": "area", "units": ("units", FIGURE), "heard": ("heard from, in any contest", FIGURE), "outstanding": ("not heard from", FIGURE)},
      [("outstanding", False), ("place", True)])
table("Signs of life", "pub_signs", {"what": "", "said": "last seen", "state": "state"}, [("place", True)])
table("Entries and what became of them", "pub_recorded", {"what": "", "entries": ("entries", FIGURE), "meaning": ""}, [("place", True)])
for name, metric, form in (("Entries counted over time", "counted_max", COUNT), ("Entries counted a second", "rate", ",.0f")):
    chart(name, "echarts_timeseries_line", "pub_commits", x_axis="at", time_grain_sqla="PT5S", row_limit=50000, metrics=[metric], groupby=[],
          seriesType="line", markerEnabled=True, x_axis_time_format="%H:%M:%S", tooltipTimeFormat="%Y-%m-%d %H:%M:%S", x_axis_sort_asc=True,
          show_legend=False, **{**AXES, **IN_ZONE, "y_axis_format": form})
table("Rejected and in conflict, by reason", "pub_incidents",
      {"outcome": "outcome", "reason": "reason", "entries": ("entries", FIGURE), "replayed": ("recorded anew", FIGURE)}, [("entries", False)])
table("What the inbox refused", "pub_inbox_refused", {"code": "code", "messages": ("messages of outside producers", FIGURE)}, [("messages", False)])
# The laws: recorded = counted + duplicates + conflicts + rejected, and counted = in the log.
table("Partitions and their laws", "pub_outcomes",
      {"partition": ("partition", FIGURE), "laws": "laws", "counted": ("counted", FIGURE), "log_size": ("in the log", FIGURE)},
      [("partition", True)])
table("Partitions: what was not counted", "pub_outcomes",
      {"partition": ("partition", FIGURE), "duplicate": ("duplicate", FIGURE), "conflict": ("conflict", FIGURE), "rejected": ("rejected", FIGURE)},
      [("partition", True)])
table("Partitions: where they are", "pub_outcomes",
      {"partition": ("partition", FIGURE), "step": ("step", FIGURE), "position": ("position", FIGURE), "state": "state"}, [("partition", True)])
table("Decisions of officers", "pub_decisions",
      {"commit_number": ("commit", FIGURE), "action": "decision", "officers": "officers", "reason": "reason"}, [("commit_number", False)])
table("Figures that fell", "pub_falls",
      {"commit_number": ("commit", FIGURE), "what": "figure", "fell": ("from → to", {"horizontalAlign": "right"}), "reason": "reason"},
      [("commit_number", False)], rows=20, limit=1000)
table("Latest signed statements", "pub_statements", {"number": ("statement", FIGURE), "commit_number": ("of commit", FIGURE)}, [("number", False)],
      limit=10)
table("Result sheets held against their cards", "pub_sheet_checks",
      {"could_be": "could be checked", "contest_id": "contest", "sheets": ("sheets", FIGURE), "wrong": ("do not go with their cards", FIGURE)},
      [("contest_id", True), ("place", True)])
table("Result sheets that do not go with their cards", "pub_sheets_wrong",
      {"unit_name": "unit", "contest_id": "contest", "method_name": "method", "why": "why"}, [("contest", True), ("unit", True)], rows=20, limit=1000)
table("Who changed what", "audit_log",
      {"number": ("line", FIGURE), "at": "at", "actor": "who", "what": "what", "reason": "why"},
      [("number", False)], rows=20, limit=1000)


# -------------------------------------------------------------------------------------------------- dashboards

# Every chart is half a page wide: on a phone the page is made twice as wide as the screen, one chart stands below the other, and each
# fills it. Height is in rows of 8 px. A chart may stand on several dashboards.
WIDTH = 6
DASHBOARDS = {
    SLUG: ("Teller: unofficial totals", [
        ("The count", "The contest", 58),
        ("Votes by option", "Votes by party", 46),
        ("Options", "Parties", 34),
        ("Votes by area", "Reporting by area", 96),
        ("Votes over time", "Entries and what became of them", 42),
    ]),
    f"{SLUG}_turnout": ("Teller: turnout", [
        ("The count", "The contest", 58),
        ("Turnout by place", "Cards by place", 100),
        ("Units not heard from", "Reporting by area", 96),
    ]),
    f"{SLUG}_operations": ("Teller: operations", [
        ("The count", "Signs of life", 46),
        ("Entries counted over time", "Entries counted a second", 44),
        ("Entries and what became of them", "Rejected and in conflict, by reason", 32),
        ("Partitions and their laws", "Partitions: what was not counted", 36),
        ("Partitions: where they are", "What the inbox refused", 36),
    ]),
    f"{SLUG}_audit": ("Teller: audit", [
        ("The count", "Decisions of officers", 46),
        ("Figures that fell", "Latest signed statements", 48),
        ("Result sheets held against their cards", "Result sheets that do not go with their cards", 32),
        ("Rejected and in conflict, by reason", "Partitions and their laws", 36),
    ]),
    # Of its own: whoever is given a dashboard sees the data of its charts, and this one is for auditors (superset_apply.py).
    f"{SLUG}_audit_log": ("Teller: audit log", [
        ("The count", "Who changed what", 100),
        ("Decisions of officers", "Latest signed statements", 46),
    ]),
}
OF_A_PLACE = {"Votes by option", "Votes by party", "Options", "Parties"}
OF_A_METHOD = {*OF_A_PLACE, "Votes by area"}
OF_A_CONTEST = {*OF_A_METHOD, "The contest", "Votes over time", "Reporting by area", "Turnout by place", "Cards by place"}
CSS = """
@media (max-width: 767px) {
  #app, #app .dashboard, #app .dashboard-content { max-width: 100vw; overflow-x: clip !important; }
  .grid-container { flex: none !important; width: calc(200vw - 48px) !important; }
  .grid-row { flex-direction: column; row-gap: 16px; }
  [data-test="metadata-bar"], [data-test="fave-unfave-icon"] { display: none; }
}
"""


def position(title, rows, numbers):
    found = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": title}},
        "GRID_ID": {"type": "GRID", "id": "GRID_ID", "children": [], "parents": ["ROOT_ID"]},
    }
    for i, (*names, height) in enumerate(rows, 1):
        row_id = f"ROW-{i}"
        found["GRID_ID"]["children"].append(row_id)
        found[row_id] = {"type": "ROW", "id": row_id, "children": [], "parents": ["ROOT_ID", "GRID_ID"],
                         "meta": {"background": "BACKGROUND_TRANSPARENT"}}
        for name in names:
            chart_id = f"CHART-{CHARTS[name]['uuid'][:8]}"
            found[row_id]["children"].append(chart_id)
            found[chart_id] = {"type": "CHART", "id": chart_id, "children": [], "parents": ["ROOT_ID", "GRID_ID", row_id],
                               "meta": {"uuid": CHARTS[name]["uuid"], "chartId": numbers[name], "sliceName": name,
                                        "width": WIDTH, "height": height}}
    return found


def select(name, view, column, first, numbers, of, default=None, cascade=(), about=""):
    chosen = {"extraFormData": {"filters": [{"col": column, "op": "IN", "val": [default]}]}, "filterState": {"value": [default], "label": default},
              "ownState": {}} if default else {"extraFormData": {}, "filterState": {}, "ownState": {}}
    return {
        "id": f"NATIVE_FILTER-{name.lower().replace(' ', '-')}", "name": name, "filterType": "filter_select", "type": "NATIVE_FILTER",
        "targets": [{"column": {"name": column}, "datasetUuid": id_of("dataset", view)}],
        "scope": {"rootPath": ["ROOT_ID"], "excluded": sorted(number for chart_name, number in numbers.items() if chart_name not in of)},
        "controlValues": {"multiSelect": False, "enableEmptyFilter": True, "defaultToFirstItem": default is None,
                          "inverseSelection": False, "searchAllOptions": False, "sortAscending": True},
        # In the order of the rules; and applied at once: without requiredFirst the page begins with all of them.
        "sortMetric": first, "requiredFirst": True, "defaultDataMask": chosen, "cascadeParentIds": list(cascade), "description": about,
    }


def dashboard(slug):
    title, rows = DASHBOARDS[slug]
    # Superset's import puts its own in their place.
    numbers = {name: i for i, name in enumerate(dict.fromkeys(name for *names, _ in rows for name in names), 1)}
    filters = []
    if OF_A_CONTEST & set(numbers):
        filters.append(select("Contest", "pub_contest_list", "contest_id", "place", numbers, OF_A_CONTEST, about="Of every chart of one contest."))
    if OF_A_PLACE & set(numbers):
        of_contest = [filters[0]["id"]]
        filters.append(select("Place", "pub_place_figures", "area", "first_place", numbers, OF_A_PLACE, EVERYWHERE, of_contest,
                              "Of bars, options and parties."))
        filters.append(select("Way of voting", "pub_place_figures", "method_shown", "first_method", numbers, OF_A_METHOD, ALL_METHODS, of_contest,
                              "Of bars, options, parties and votes by area."))
    # A click on a bar or a line chooses it in the charts that show the same.
    linked = [numbers[name] for name in ("Votes by option", "Votes over time", "Options") if name in numbers and slug == SLUG]
    others = [number for number in numbers.values() if number not in linked]
    scopes = {
        str(number): {"id": number, "crossFilters": {"scope": {"rootPath": ["ROOT_ID"], "excluded": sorted(
            {number, *(others if number in linked else numbers.values())})}, "chartsInScope": sorted(
            {*linked} - {number} if number in linked else ())}}
        for number in numbers.values()
    }
    return {
        "dashboard_title": title, "slug": slug, "published": True, "css": CSS, "description": None,
        "uuid": id_of("dashboard", slug), "position": position(title, rows, numbers),
        "metadata": {
            # Not staggered: else the charts of one page show different moments for as long as a round takes.
            "refresh_frequency": REFRESH_S, "stagger_refresh": False, "timed_refresh_immune_slices": [],
            "expanded_slices": {}, "default_filters": "{}", "cross_filters_enabled": bool(linked),
            "color_scheme": "supersetColors", "label_colors": {}, "shared_label_colors": [],  # colours.py fills them in.
            "chart_configuration": scopes if linked else {}, "native_filter_configuration": filters,
            "filter_bar_orientation": "HORIZONTAL",
        },
        **VERSION,
    }


# ----------------------------------------------------------------------------------------------- saved queries

QUERIES = pathlib.Path(__file__).parent / "queries"


def query(path):
    """A file of queries/: its first line says what it answers."""
    first, sql = path.read_text(encoding="utf-8").split("\n", 1)
    label = first.removeprefix("-- ").rstrip(".")
    return {"schema": "teller", "label": label, "description": label + ".", "sql": sql.strip() + "\n", "uuid": id_of("query", path.stem),
            "database_uuid": DATABASE["uuid"], **VERSION}


def file_name(name):
    return "".join(c if c.isalnum() else "_" for c in name.lower()).replace("__", "_") + ".yaml"


def files():
    yield "metadata.yaml", {**VERSION, "type": "assets", "timestamp": "2026-01-01T00:00:00+00:00"}
    yield "databases/teller.yaml", DATABASE
    yield "databases/teller_audit.yaml", AUDIT_DATABASE
    for name, one in DATASETS.items():
        yield f"datasets/{'teller_audit' if one['database_uuid'] == AUDIT_DATABASE['uuid'] else 'teller'}/{name}.yaml", one
    for name, one in CHARTS.items():
        yield f"charts/{file_name(name)}", one
    for slug in DASHBOARDS:
        yield f"dashboards/{slug}.yaml", dashboard(slug)
    for path in sorted(QUERIES.glob("*.sql")):
        yield f"queries/teller/{path.stem}.yaml", query(path)


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
