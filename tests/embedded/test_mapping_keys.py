"""Every key of a mapping that has nothing to do in a file is said: it is an error where it names something, a note where it allows something."""

import json
import re
import subprocess

import pytest

from conftest import TELLER, TREE, run
from workbooks import xlsx

FILE = "county,precinct,office,candidate,votes,empty\n" + "".join(
    f"Rill,{place},Mayor,{name},{votes},\n" for place, name, votes in [("P1", "Ada", 12), ("P1", "Ben", 8), ("P2", "Ada", 5), ("P2", "Ben", 7)]
)
MAPPING = {
    "teller": "mapping/1",
    "election": {"name": "Test", "date": "2026-05-03", "time_zone": "UTC"},
    "unit": [{"kind": "county", "id": "{county}"}, {"kind": "precinct", "id": "{precinct}"}],
    "contest": {"id": "{office}"},
    "option": {"id": "{candidate}"},
    "method": {"id": "all"},
    "votes": {"column": "votes"},
}
# Of each key: what is written, by table, and a piece of what must be said. `None` takes a table out.
NOTHING = {
    "no_sums": ({"no_sums": ["Nobody"]}, 'is called "Nobody", as no_sums says'),
    "unit_separator": ({"unit": [{"kind": "place", "id": "{county} {precinct}"}], "unit_separator": "·"}, "unit_separator"),
    "[csv] encoding": ({"csv": {"encoding": "WINDOWS-1252"}}, "[csv] encoding"),
    "[csv] header_line": ({"csv": {"header_line": 9}}, "no rows at all"),
    "[csv] last_line": ({"csv": {"last_line": 99}}, "[csv] last_line"),
    "[csv] header_rows": ({"csv": {"header_rows": 2}}, "has no column"),
    "[csv] skip_rows": ({"csv": {"skip_rows": 9}}, "a header and no rows"),
    "[csv] skip": ({"csv": {"skip": ["Generated"]}}, "[csv] skip"),
    "[csv] fill_down": ({"csv": {"fill_down": ["county"]}}, '[csv] fill_down "county"'),
    "[csv] empty_extra_columns": ({"csv": {"empty_extra_columns": True}}, "[csv] empty_extra_columns"),
    "[csv] quotes": ({"csv": {"quotes": False}}, "[csv] quotes"),
    "[csv] sheet": ({"csv": {"sheet": "Votes"}}, "[csv] sheets"),
    "[csv] sheets": ({"csv": {"sheets": "*"}}, "[csv] sheets"),
    "[csv] hidden": ({"csv": {"hidden": "read"}}, "[csv] hidden"),
    "[csv] header": ({"csv": {"header": False}}, "has no column"),
    "[json] records": ({"json": {"records": "Data"}}, "file.damaged"),
    "[figures_at] column": ({"figures_at": {"column": "time"}}, "has no column time"),
    "[figures_at] form": ({"figures_at": {"column": "office", "form": "{unix}"}}, "is no time"),
    "[figures_at] file_name": ({"figures_at": {"file_name": "at-{YYYY}{MM}{DD}-{hh}{mm}*", "zone": "Z"}}, "has no time in its name"),
    "[where] any column": ({"where": {"office": ["Mayor", "Clerk"]}}, '[where] office "Clerk"'),
    "[leave_out] any column": ({"leave_out": {"precinct": "Total"}}, '[leave_out] precinct "Total"'),
    "[expect] any column": ({"expect": {"precinct": "Total"}}, '[expect] precinct "Total"'),
    "[groups] from": ({"groups": {"from": "Panel", "to": "votes"}}, "has no column Panel"),
    "[groups] to": ({"groups": {"from": "candidate", "to": "Votes"}}, "has no column Votes"),
    "[numbers] thousands": ({"numbers": {"thousands": [","]}}, '[numbers] thousands ","'),
    "[numbers] grouping": ({"numbers": {"thousands": [","], "grouping": "indian"}}, "[numbers] grouping"),
    "[numbers] other_digits": ({"numbers": {"other_digits": True}}, "[numbers] other_digits"),
    "[[unit]] id": ({"unit": [{"kind": "place", "id": "{town}"}]}, "has no column town"),
    "[[unit]] name": ({"unit": [{"kind": "place", "id": "{precinct}", "name": "{town}"}]}, "has no column town"),
    "[[unit]] empty": ({"unit": [MAPPING["unit"][0], MAPPING["unit"][1] | {"empty": ["absentee"]}]}, '[[unit]] precinct empty "absentee"'),
    "[contest] id": ({"contest": {"id": "{contest}"}}, "has no column contest"),
    "[contest] name": ({"contest": {"name": "{contest}"}}, "has no column contest"),
    "[contest] ids": ({"contest": {"ids": {"MAYOR": "mayor"}}}, '[contest.ids] "MAYOR"'),
    "[contest] names": ({"contest": {"names": {"M": "Mayor"}}}, '[contest.names] "M"'),
    "[contest] each": ({"contest": {"each": {"Sheriff": "{county} sheriff"}}}, '[contest.each] "Sheriff"'),
    "[contest] figures": ({"contest": {"figures": {"Registered": "registered"}}}, '[contest.figures] "Registered"'),
    "[contest] seats_column": ({"contest": {"seats_column": "empty"}}, "[contest] seats_column"),
    "[contest] votes_allowed_column": ({"contest": {"votes_allowed_column": "empty"}}, "[contest] votes_allowed_column"),
    "[contest] elsewhere": ({"contest": {"elsewhere": "allow"}}, "[contest] elsewhere"),
    "[option] id": ({"option": {"id": "{name}"}}, "has no column name"),
    "[option] name": ({"option": {"name": "{title}"}}, "has no column title"),
    "[option] ids": ({"option": {"ids": {"ada": "A"}}}, '[option.ids] "ada"'),
    "[option] names": ({"option": {"names": {"D1": "Ada"}}}, '[option.names] "D1"'),
    "[option] kinds": ({"option": {"kinds": {"Blank": "none_of_the_above"}}}, '[option.kinds] "Blank"'),
    "[option] figures": ({"option": {"figures": {"UNDER": "undervotes"}}}, '[option.figures] "UNDER"'),
    "[option] skip": ({"option": {"skip": "TOTAL"}}, '[option] skip "TOTAL"'),
    "[option] candidates": ({"option": {"candidates": {"Cy": ["cy"]}}}, '[option.candidates] "Cy"'),
    "[party] id": ({"party": {"id": "{empty}"}}, "[party]"),
    "[party] name": ({"party": {"id": "x", "name": "{party}"}}, "has no column party"),
    "[party] ids": ({"party": {"id": "x", "ids": {"DEM": "d"}}}, '[party.ids] "DEM"'),
    "[party] names": ({"party": {"id": "x", "names": {"DEM": "D"}}}, '[party.names] "DEM"'),
    "[method] id": ({"method": {"id": "{type}"}}, "has no column type"),
    "[method] name": ({"method": {"name": "{type}"}}, "has no column type"),
    "[method] ids": ({"method": {"ids": {"Mail": "mail"}}}, '[method.ids] "Mail"'),
    "[method] names": ({"method": {"names": {"mail": "Mail"}}}, '[method.names] "mail"'),
    "[votes] column": ({"votes": {"column": "Votes"}}, "has no column Votes"),
    "[votes] columns": ({"votes": {"columns": ["Ada"]}}, "has no column Ada"),
    "[votes] columns_from": ({"votes": {"columns_from": "Ada"}}, "has no column Ada"),
    "[votes] columns_to": ({"votes": {"columns_to": "votes"}}, "columns_to is for columns_from"),
    "[votes] columns_except": ({"votes": {"columns_from": "votes", "columns_to": "votes", "columns_except": ["Sum"]}}, "has no column Sum"),
    "[votes] header_form": (
        {"votes": {"columns_from": "votes", "columns_to": "votes", "header_form": ["{contest}: {name}", "v{rest}"]}},
        '[votes] header_form "{contest}: {name}"',
    ),
    "[votes] name_columns": ({"votes": {"name_columns": ["candidate"]}}, "name_columns must be as many as columns"),
    "[votes] sum_column": ({"votes": {"column": "votes", "sum_column": "empty"}}, "[votes] sum_column"),
    "[votes] withheld": ({"votes": {"column": "votes", "withheld": ["<#"]}}, '[votes] withheld "<#"'),
    "[votes] unknown": ({"votes": {"column": "votes", "unknown": ["-"]}}, '[votes] unknown "-"'),
    "[votes] not_on_ballot": ({"votes": {"column": "votes", "not_on_ballot": "X"}}, '[votes] not_on_ballot "X"'),
    "[votes] zero": ({"votes": {"column": "votes", "zero": "-"}}, '[votes] zero "-"'),
    "[votes] missing_rows": ({"votes": {"column": "votes", "missing_rows": "zero"}}, "[votes] missing_rows"),
    "[votes] repeated": ({"votes": {"column": "votes", "repeated": "add"}}, "[votes] repeated"),
    "[[votes]] method": ({"votes": [{"column": "votes", "method": "mail"}, {"column": "mail", "method": "mail"}]}, "has no column mail"),
    "[[votes]] method_name": ({"votes": {"column": "votes", "method_name": "By post"}}, "method_name is the name of a method"),
    "[sheet] a figure": ({"sheet": {"cards": "empty"}, "votes": {"column": "votes", "unknown": ""}}, "[sheet] cards"),
    "[sheet] method": ({"sheet": {"method": "all"}}, "method says whose sheet the figures here are of"),
}
# They are about no row: the form of the file itself, rules that are made, and what is always of use.
OF_NO_ROW = {
    *("teller", "kind", "unused", "[election] name", "[election] date", "[election] time_zone"),
    *("[[unit]] kind", "[contest] seats", "[contest] votes_allowed", "[contest] write_ins", "[contest] share_base", "[contest] decides"),
    "[option] candidate_separator",  # A name without it is one candidate.
    "[figures_at] zone",  # Of times without one; TimeForm has a test.
    "[csv] delimiter",  # Below, with a workbook.
}


def toml(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {toml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def written(change):
    mapping = dict(MAPPING)
    for table, keys in change.items():
        # The columns of votes are said in one way; of other tables the key is one more.
        is_more = isinstance(keys, dict) and isinstance(mapping.get(table), dict) and table != "votes"
        mapping[table] = mapping[table] | keys if is_more else keys
    return "".join(f"{key} = {toml(value)}\n" for key, value in mapping.items())


@pytest.fixture
def home(tmp_path):
    (tmp_path / "file.csv").write_text(FILE)
    (tmp_path / "plain.toml").write_text(written({}))
    run("import", tmp_path / "file.csv", "--mapping", tmp_path / "plain.toml", "--write-rules", tmp_path / "rules.json")
    run("init", "--home", tmp_path / "home", "--rules", tmp_path / "rules.json", "--mode", "test")
    return tmp_path / "home"


def said(home, change, file=None):
    mapping = home.with_name("mapping.toml")
    mapping.write_text(written(change))
    done = subprocess.run(
        [TELLER, "import", file or home.with_name("file.csv"), "--mapping", mapping, "--check", "--home", home],
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("key", NOTHING)
def test_a_key_that_has_nothing_to_do_is_said(home, key):
    change, piece = NOTHING[key]
    assert piece in said(home, change)


def test_what_is_of_use_is_not_said(home):
    assert "needed" not in said(home, {}) and "fits no row" not in said(home, {})
    used = {"numbers": {"thousands": [","], "other_digits": True}, "votes": {"column": "votes", "withheld": ["<#"], "unknown": ["-"], "zero": [""]}}
    file = home.with_name("forms.csv")
    file.write_text(FILE.replace(",12,", ',"1,346",').replace(",8,", ",<10,").replace(",5,", ",-,").replace(",7,", ",٢٠,"))
    told = said(home, used, file)
    assert told.count("needed: ") == 1 and '[votes] zero ""' in told


def test_a_key_of_text_files_has_nothing_to_do_in_a_workbook(home):
    book = xlsx(home.with_name("night.xlsx"), {"Votes": [line.split(",") for line in FILE.splitlines()]})
    change = {"csv": {"delimiter": ";", "encoding": "WINDOWS-1252", "quotes": False}}
    assert "[csv] delimiter, [csv] encoding, [csv] quotes" in said(home, change, book)


def test_keys_that_only_allow_are_not_said_where_files_come_in_parts(home):
    assert "needed" not in said(home, {"unused": "allow", "votes": {"column": "votes", "unknown": "-"}})


def documented_keys():
    text = (TREE / "docs/reference/mapping.md").read_text().partition("\n## Keys\n")[2].partition("\n## ")[0]
    table = ""
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) < 3 or cells[1] in ("Key", "---"):
            continue
        table = cells[0].strip("`") or table
        names = re.findall(r"`([^`]+)`", cells[1]) or [cells[1]]
        for name in names:
            yield f"{table} {name}".strip()


def test_no_key_of_the_reference_was_forgotten():
    documented = set(documented_keys())
    known = set(NOTHING) | OF_NO_ROW
    assert documented - known == set() and known - documented == set()
