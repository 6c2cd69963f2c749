"""A voters' roll beside a count: one member one vote, turnout that names nobody, and no path from a voter to a ballot. In a file of a home, and
in PostgreSQL (one that is thrown away; tests/service/test_voters.py has the whole service)."""

import datetime
import hashlib
import hmac
import json
import re
import secrets
import sqlite3
import stat
import subprocess
import types

import psycopg
import pytest

from conftest import TELLER, TREE, run, serving
from little_rill import contest, rules_of
from officers import Officers
from private_postgres import new_database, private_postgres, sql, write_config
from private_words import Words
from test_corruption_postgres import Server, move

UNITS = ["north", "south"]
RULES = rules_of(
    methods=[{"id": "desk", "name": "At the desk"}, {"id": "post", "name": "By post"}],
    units=[{"id": "rill", "name": "Rill", "kind": "union"}]
    + [{"id": unit, "name": unit.title(), "kind": "branch", "parent": "rill"} for unit in UNITS],
    contests=[contest("chair")],
    styles=[
        {"id": "member", "name": "Member", "cards": [["chair"]]},
        {"id": "student", "name": "Student", "cards": [["chair"]], "units": ["south"]},
    ],
)
MEMBERS = [f"M-{number:05}" for number in range(400)]


@pytest.fixture
def rules(tmp_path):
    path = tmp_path / "rules.json"
    path.write_text(json.dumps(RULES))
    return path


def unit_of(number):
    return UNITS[number % 4 == 0]


def write_roll(path, members=MEMBERS):
    lines = ["id,unit,style,age,sex,name"]
    for number, member in enumerate(members):
        age = "80+" if number % 60 == 0 else ("18-29", "30-79")[number % 2]
        lines.append(f"{member},{unit_of(number)},member,{age},{'mf'[number % 2]},Person {number}")
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module")
def server():
    with private_postgres("voters") as folder:
        yield Server(folder)


@pytest.fixture
def on_servers(server, tmp_path):
    """on_servers(home) gives the same count with an empty database; with `counted` one that holds what was counted."""

    def make(home, counted=False):
        database = f"voters_{secrets.token_hex(4)}"
        config = write_config(tmp_path / f"{database}.toml", server.folder, database, home)
        if counted:
            move(server, home, database, config)
        else:
            new_database(server.folder, database)
            run("init", "--config", config, "--rules", home / "rules.json")
        with psycopg.connect(server.conninfo(database), autocommit=True) as superuser:
            superuser.execute((TREE / "stack/postgres_voters.sql").read_text())
        return types.SimpleNamespace(home=home, where=("--config", config), database=database)

    return make


@pytest.fixture(params=["home", "servers"])
def new_kept(request, new_home):
    """new_kept(rules) makes a count without a roll: its home, and how commands name it."""

    def make(rules, *more):
        home = new_home(rules, *more)
        if request.param == "home":
            return types.SimpleNamespace(home=home, where=("--home", home))
        return request.getfixturevalue("on_servers")(home)

    return make


@pytest.fixture
def kept(tmp_path, rules, new_kept):
    made = new_kept(rules)
    run("voters", "load", write_roll(tmp_path / "roll.csv"), *made.where)
    return made


@pytest.fixture
def home(tmp_path, rules, new_home):
    home = new_home(rules)
    run("voters", "load", write_roll(tmp_path / "roll.csv"), "--home", home)
    return home


def where_of(place):
    return place.where if hasattr(place, "where") else ("--home", place)


def come(place, *members, code=0, method="desk"):
    return run("voters", "check-in", *members, "--method", method, *where_of(place), code=code)[0]


def come_all(place, tmp_path, members, method="desk"):
    (tmp_path / "came").write_text("\n".join(members))
    run("voters", "check-in", "--from", tmp_path / "came", "--method", method, *where_of(place))


def ballot(number, count, unit, option="ada"):
    # An id that somebody drew: the third group begins with the version, the fourth with the variant.
    return json.dumps(
        {
            "kind": "ballot",
            "count": count,
            "id": f"{number:08x}-0000-4000-8000-00000000face",
            "unit": unit,
            "style": "member",
            "card": 1,
            "method": "desk",
            "contests": {"chair": [option]},
        }
    )


def test_a_roll_is_loaded_row_by_row(tmp_path, rules, new_kept):
    kept = new_kept(rules)
    assert "voters.none" in run("voters", "turnout", *kept.where, code=2)[1]
    roll = tmp_path / "bad.csv"
    roll.write_text("id,unit,style\n1,north,member\n2,west,member\n3,north,student\n4,south,student\n1,south,member\n,south,member\n")
    told, faults = run("voters", "load", roll, *kept.where, code=1)
    assert told == "2 added, 0 changed, 0 as before, 4 refused\n"
    assert [line.split(":")[0] for line in faults.splitlines() if line.startswith("line")] == ["line 3", "line 4", "line 6", "line 7"]
    assert (
        'no reporting unit "west"' in faults and 'ballot style "student" is not given in "north"' in faults and "stands on line 2 already" in faults
    )
    good = write_roll(tmp_path / "roll.csv")
    told, notes = run("voters", "load", good, *kept.where)
    assert told == "400 added, 0 changed, 0 as before, 0 refused; 2 on the roll and not in this file: they stay\n"
    assert "nothing is kept of these columns: name" in notes
    told, _ = run("voters", "load", good, *kept.where)
    assert told.startswith("0 added, 0 changed, 400 as before")
    files = sorted(path for path in kept.home.iterdir() if path.name.startswith("voters"))
    assert [path.name for path in files] == ["voters.key", "voters.sqlite"][: 1 + (kept.where[0] == "--home")]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    lines = [line for line in json.loads(run("audit", "show", *kept.where, "--json")[0]) if line["action"] == "voters-load"]
    assert [line["subject"] for line in lines] == ["the voters' roll: 2 added, 0 changed", "the voters' roll: 400 added, 0 changed"]


def test_one_member_has_one_vote(kept):
    assert come(kept, MEMBERS[1]) == '1: checked in; hand out one ballot of style "member" (1 card)\n'
    told = come(kept, MEMBERS[1], MEMBERS[2], "nobody", code=1)
    assert [line.split(":")[1].strip() for line in told.splitlines()] == [
        "NOT checked in",
        'checked in; hand out one ballot of style "member" (1 card)',
        "NOT checked in",
    ]
    assert 'checked in already (checked in at "north", At the desk). Hand out no ballot' in told and "nobody on the roll has this id" in told
    assert not any(member in told for member in MEMBERS)
    assert "voters.method" in run("voters", "check-in", MEMBERS[3], *kept.where, code=2)[1]
    told = run("voters", "check-in", MEMBERS[3], "--method", "desk", "--unit", "south", *kept.where, code=1)[0]
    assert "the roll of another place" in told and 'on the roll of "north", North' in told
    assert "checked in, At the desk" in run("voters", "show", "--id", MEMBERS[1], *kept.where)[0]
    assert "not checked in" in run("voters", "show", "--id", MEMBERS[3], *kept.where)[0]
    # A desk with a scanner: an answer for each line, and a program that reads them.
    desk = subprocess.run(
        [TELLER, "voters", "check-in", "--from", "-", "--method", "post", "--json", *kept.where],
        input=f"{MEMBERS[7]}\n{MEMBERS[7]}\n",
        capture_output=True,
        text=True,
        timeout=60,
    )
    answers = [json.loads(line) for line in desk.stdout.splitlines()]
    assert desk.returncode == 1 and [one["checked_in"] for one in answers] == [True, False]
    assert (answers[0]["style"], answers[0]["unit"], answers[0]["method"], answers[1]["code"]) == ("member", "north", "post", "voters.checked_in")
    run("voters", "close", "--reason", "the hall is closed", *kept.where)
    assert "voters.closed" in run("voters", "check-in", MEMBERS[9], "--method", "desk", *kept.where, code=2)[1]


def test_turnout_leaves_nothing_to_subtract(kept, tmp_path):
    come_all(kept, tmp_path, MEMBERS[:203])
    come_all(kept, tmp_path, MEMBERS[203:206], method="post")
    while_open, _ = run("voters", "turnout", *kept.where)
    assert re.search(r"^Registered 400 · at least (0|200) checked in, up to the last quarter of an hour$", while_open, re.MULTILINE)
    assert "Place" not in while_open
    run("voters", "close", "--reason", "the hall is closed", *kept.where)
    told, _ = run("voters", "turnout", *kept.where)
    assert "Registered 400 · checked in 206 · 51.50 %" in told
    lines = {" ".join(line.split()) for line in told.splitlines()}
    # Seven are 80 and older: another group is withheld with them. Three came by post.
    assert {"North 300 154 51.33 %", "South 100 52 52.00 %", "80+ <10* <10*", "By post <10*", "At the desk <10*"} <= lines, told
    as_json = json.loads(run("voters", "turnout", "--format", "json", *kept.where)[0])
    assert as_json["by"]["place"][0] == {"id": "north", "name": "North", "registered": 300, "checked_in": 154}
    assert [row["checked_in"] for row in as_json["by"]["age"]].count("<10*") >= 2
    assert "place,south,South,100,52\n" in run("voters", "turnout", "--format", "csv", *kept.where)[0]


def test_more_cards_than_voters_who_came_are_an_error(home, tmp_path):
    count = json.loads((home / "count.json").read_text())["id"]
    come_all(home, tmp_path, [member for number, member in enumerate(MEMBERS) if unit_of(number) == "north"][:12])
    ballots = tmp_path / "ballots.ndjson"
    ballots.write_text("".join(ballot(number, count, "north") + "\n" for number in range(12)))
    run("load", ballots, "--home", home)
    assert "0 errors" in run("check", "--home", home)[0]
    ballots.write_text(ballot(12, count, "north") + "\n" + ballot(13, count, "south") + "\n")
    run("load", ballots, "--home", home)
    told, _ = run("check", "--home", home, code=1)
    assert "error: North, Chair: 13 cards, and 12 voters checked in (above_check_ins; north)" in told
    assert "error: South, Chair: 1 cards, and fewer than 10 voters checked in (above_check_ins; south)" in told


def all_rows(file):
    with sqlite3.connect(file) as voters:
        tables = [name for (name,) in voters.execute("select name from sqlite_master where type = 'table' order by 1")]
        return {name: voters.execute(f'select * from "{name}"').fetchall() for name in tables}


def test_a_backup_has_the_roll_and_a_restored_home_goes_on(home, tmp_path):
    come(home, MEMBERS[1])
    run("backup", tmp_path / "backup", "--home", home)
    run("restore", tmp_path / "backup", "--home", tmp_path / "again")
    assert all_rows(tmp_path / "again/voters.sqlite") == all_rows(home / "voters.sqlite")
    assert "checked in already" in come(tmp_path / "again", MEMBERS[1], code=1)
    assert "hand out one ballot" in come(tmp_path / "again", MEMBERS[2])
    (tmp_path / "again/voters.key").unlink()
    assert "voters.key" in run("voters", "show", "--home", tmp_path / "again", code=3)[1]


def test_retiring_a_count_deletes_its_roll(tmp_path, rules, new_home):
    officers = Officers(tmp_path, lambda *arguments: run(*arguments)[0])
    home = new_home(rules, "--officers", officers.file)
    run("voters", "load", write_roll(tmp_path / "roll.csv"), "--home", home)
    come_all(home, tmp_path, MEMBERS[:206])
    officers.decide("open", "--home", home)
    count = json.loads((home / "count.json").read_text())["id"]
    ballots = tmp_path / "ballots.ndjson"
    ballots.write_text("".join(ballot(number, count, "north") + "\n" for number in range(155)))
    run("load", ballots, "--home", home)
    officers.decide("close", "--home", home)
    with serving(home, tmp_path / "engine.log"):
        pass
    certify = ("decide", "certify", "--home", home, "--reason", "canvass", *officers.signed())
    assert "decision.open: 1 error of checks are left" in run(*certify, code=2)[1]
    officers.decide("certify", "--home", home, "--accept-open")
    with serving(home, tmp_path / "engine.log"):
        pass
    run("retire", "--home", home, "--reason", "four weeks later")
    assert not [path.name for path in home.iterdir() if path.name.startswith("voters")]
    said = json.loads(run("voters", "turnout", "--format", "json", "--home", home)[0])
    assert said["checked_in"] == 206 and said == json.loads((home / "turnout.json").read_text())
    assert "voters.retired" in run("voters", "load", tmp_path / "roll.csv", "--home", home, code=2)[1]


def test_there_is_no_path_from_a_voter_to_a_ballot(home, tmp_path):
    """Voters come and ballots are counted, one after the other and turn and turn about; then every byte that is kept or said of ballots is
    searched for what is known of voters, and the other way round."""
    count = json.loads((home / "count.json").read_text())["id"]
    log, said = tmp_path / "log", {}
    log.mkdir()
    with serving(home, log / "engine.log") as url:
        for number in (31, 5, 17):
            said[f"check-in {number}"] = come(home, MEMBERS[number])
            (tmp_path / "ballot.ndjson").write_text(ballot(number, count, "north") + "\n")
            run("load", tmp_path / "ballot.ndjson", "--to", url)
        said["metrics"] = subprocess.run(
            ["curl", "-s", "-H", f"Authorization: {url.headers['Authorization']}", f"{url}/metrics"], capture_output=True, text=True, check=True
        ).stdout
    for name, arguments in {
        "audit": ("audit", "show", "--json"),
        "inspect": ("inspect", "--incidents", "--json"),
        "incidents": ("incidents", "--format", "json"),
        "show": ("voters", "show"),
        "turnout": ("voters", "turnout"),
        "check": ("check", "--json"),
        "totals": ("totals", "--by", "unit"),
    }.items():
        said[name] = "".join(run(*arguments, "--home", home))
    export = tmp_path / "export"
    run("log", "export", export, "--home", home)

    with sqlite3.connect(home / "voters.sqlite") as voters:
        tables = {
            name: voters.execute(f'select * from "{name}"').fetchall()
            for (name,) in voters.execute("select name from sqlite_master where type = 'table'")
        }
    assert set(tables) == {"voters", "voter_groups", "voters_about"}
    came = [row for row in tables["voters"] if row[-1][0] != 0]
    assert len(came) == 3
    hashes = [row[0] for row in tables["voters"]]
    key = (home / "voters.key").read_bytes()
    voters_side = Words([*(MEMBERS[number] for number in (31, 5, 17)), *(row[0] for row in came), key])

    # Of ballots: journal, segments, store, statements, logs, export, and all that was said.
    own = ("voters.sqlite", "voters.key")
    assert voters_side.within_files(home, leave_out=own) == []
    assert voters_side.within_files(export) == [] and voters_side.within_files(log) == []
    for name, text in said.items():
        assert voters_side.within(name, text.encode()) == [], name
    # And what there is of them is where it must be, or nothing was searched for.
    assert {name for name, _ in voters_side.within_files(home)} == set(own)

    # Of voters: no id, hash or moment of a ballot.
    file = (home / "voters.sqlite").read_bytes()
    with sqlite3.connect(home / "store.sqlite") as store:
        leaves = [bytes(value) for row in store.execute("select root, segment from steps") for value in row if value is not None]
        moments = [datetime.datetime.fromisoformat(value).timestamp() for (value,) in store.execute("select committed_at from head")]
    ids = [bytes.fromhex(f"{number:08x}000040008000000000" + "00face") for number in (31, 5, 17)]
    assert Words([*leaves, *ids]).within("voters.sqlite", file) == []
    # The only moment is the number of a quarter of an hour, which is that of all three; no row of a voter has any number but
    # place, style and groups.
    (about,) = tables["voters_about"]
    quarter = about[6]
    assert moments and all(abs(moment // 900 - quarter) <= 1 for moment in moments)
    assert all(max(row[1:5]) <= 12 for row in tables["voters"])
    # Rows stand in the order of their hashes, and nothing else beside the file remembers who came.
    assert hashes == sorted(hashes) and not (home / "voters.sqlite-wal").exists() and not (home / "voters.sqlite-journal").exists()
    # The audit log has the loading of the roll, and no check-in.
    assert [line["action"] for line in json.loads(said["audit"])] == ["init", "voters-load"]


def test_it_does_not_matter_in_which_order_people_came(home, tmp_path):
    before = (home / "voters.sqlite").read_bytes()
    after = []
    for members in (MEMBERS[:40], MEMBERS[:40][::-1]):
        (home / "voters.sqlite").write_bytes(before)
        for member in members:
            come(home, member)
        with sqlite3.connect(home / "voters.sqlite") as voters:
            quarter = voters.execute("select quarter from voters_about").fetchone()[0]
        after.append((quarter, (home / "voters.sqlite").read_bytes()))
    if after[0][0] == after[1][0]:  # Not across the end of a quarter of an hour.
        assert after[0][1] == after[1][1]


def test_a_roll_that_is_as_before_changes_no_byte(home, tmp_path):
    before = (home / "voters.sqlite").read_bytes()
    run("voters", "load", write_roll(tmp_path / "roll.csv"), "--home", home)
    assert (home / "voters.sqlite").read_bytes() == before


# ------------------------------------------------------------------------------------------------------------- on servers


def test_a_home_and_the_servers_say_the_same(rules, new_home, on_servers, tmp_path):
    said = []
    for place in (new_home(rules), on_servers(new_home(rules))):
        where, told = where_of(place), []
        (tmp_path / "bad.csv").write_text("id,unit,style\n1,north,member\n2,west,member\n")
        for command, code in (
            (("voters", "turnout"), 2),
            (("voters", "load", tmp_path / "bad.csv"), 1),
            (("voters", "load", write_roll(tmp_path / "roll.csv")), 0),
            (("voters", "check-in", *MEMBERS[:206], "--method", "desk", "--json"), 0),
            (("voters", "check-in", MEMBERS[1], MEMBERS[300], "nobody", "--method", "post", "--unit", "south"), 1),
            (("voters", "load", write_roll(tmp_path / "moved.csv", MEMBERS[1:])), 1),
            (("voters", "show", "--id", MEMBERS[1]), 0),
            (("voters", "show"), 0),
            (("voters", "close", "--reason", "the hall is closed"), 0),
            (("voters", "close", "--reason", "once more"), 2),
            *((("voters", "turnout", "--format", form), 0) for form in ("table", "csv", "json")),
        ):
            out, notes = run(*command, *where, code=code)
            count = json.loads(((place.home if hasattr(place, "where") else place) / "count.json").read_text())["id"]
            told.append((out.replace(count, "COUNT"), notes if code != 2 else notes.split(":")[0]))
        said.append(told)
    assert said[0] == said[1]
    assert any("checked in already, with another unit" in notes for _, notes in said[0])


@pytest.fixture
def counted(tmp_path, rules, new_home, on_servers):
    """A closed count of two officers on servers, with 155 ballots of North, and a roll."""
    officers = Officers(tmp_path, lambda *arguments: run(*arguments)[0])
    home = new_home(rules, "--officers", officers.file)
    officers.decide("open", "--home", home)
    count = json.loads((home / "count.json").read_text())["id"]
    (tmp_path / "ballots.ndjson").write_text("".join(ballot(number, count, "north") + "\n" for number in range(155)))
    run("load", tmp_path / "ballots.ndjson", "--home", home)
    officers.decide("close", "--home", home)
    with serving(home, tmp_path / "engine.log"):
        pass
    kept = on_servers(home, counted=True)
    run("voters", "load", write_roll(tmp_path / "roll.csv"), *kept.where)
    kept.officers, kept.count = officers, count
    return kept


def test_cards_on_servers_are_held_against_who_came_before_anything_is_certified(counted, server, tmp_path):
    come_all(counted, tmp_path, MEMBERS[:206])  # 154 of North.
    told, _ = run("check", *counted.where, code=1)
    assert "error: North, Chair: 155 cards, and 154 voters checked in (above_check_ins; north)" in told
    certify = ("decide", "certify", *counted.where, "--reason", "canvass", *counted.officers.signed())
    assert "decision.open: 1 error of checks are left" in run(*certify, code=2)[1]
    canvass = run("report", "canvass", *counted.where, "--reason", "for the files")[0]
    assert "above_check_ins" in canvass
    come(counted, MEMBERS[207])
    assert "0 errors" in run("check", *counted.where)[0]
    # A second schema is no fault of the count's own tables.
    for command in (("verify",), ("audit", "verify")):
        run(*command, *counted.where)
    # Figures without the roll would be figures of which something is missing.
    with psycopg.connect(server.conninfo(counted.database), autocommit=True) as superuser:
        superuser.execute("alter role teller_registrar nologin")
    try:
        assert "teller_registrar alone reads" in run("check", *counted.where, code=3)[1]
    finally:
        sql(server.folder, counted.database, "alter role teller_registrar login")


def voter(home, member):
    """The hash of a member, as nobody makes it who has not the key."""
    return hmac.new((home / "voters.key").read_bytes(), b"teller/voter/1\n" + member.encode(), hashlib.sha256).digest()


def test_of_two_desks_at_once_the_second_is_told(rules, new_home, on_servers, server, tmp_path):
    kept = on_servers(new_home(rules))
    run("voters", "load", write_roll(tmp_path / "roll.csv"), *kept.where)
    come(kept, MEMBERS[50])  # The quarter of an hour has begun.
    with (
        psycopg.connect(server.conninfo(kept.database, "teller_registrar")) as first,
        psycopg.connect(server.conninfo(kept.database), autocommit=True) as superuser,
    ):
        first.execute("insert into teller_voters.check_ins values (%s, 0)", [voter(kept.home, MEMBERS[1])])  # And is not yet told that it is done.
        second = subprocess.Popen(
            [TELLER, "voters", "check-in", MEMBERS[1], MEMBERS[2], "--method", "post", *map(str, kept.where)], stdout=subprocess.PIPE, text=True
        )
        waits = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        while superuser.execute(waits).fetchone()[0] == 0:
            assert second.poll() is None, second.stdout.read()
        first.commit()
        told, _ = second.communicate(timeout=60)
    assert second.returncode == 1
    assert "NOT checked in" in told.splitlines()[0] and "At the desk" in told.splitlines()[0]
    assert "hand out one ballot" in told.splitlines()[1]
    assert "3 checked in" in run("voters", "show", *kept.where)[0]


ACCOUNTS = ("teller_owner", "teller_writer", "teller_publisher", "teller_deliverer", "teller_reader", "teller_auditor")


def test_nobody_but_the_registrar_reads_the_roll_or_counts_check_ins(rules, new_home, on_servers, server, tmp_path):
    kept = on_servers(new_home(rules))
    run("voters", "load", write_roll(tmp_path / "roll.csv"), *kept.where)
    come(kept, MEMBERS[1])
    for account in ACCOUNTS:
        for query in (
            "select * from teller_voters.check_ins",
            "select count(*) from teller_voters.voters",
            "select let_out from teller_voters.about",
            "drop schema teller_voters cascade",
            "alter schema teller_voters owner to teller_owner",
            "grant usage on schema teller_voters to teller_reader",
            "set role teller_registrar",
            "select sum(n_tup_ins) from pg_stat_all_tables",
            "select * from pg_locks",
            "select pg_relation_size(oid) from pg_class where relname = 'check_ins'",
        ):
            with psycopg.connect(server.conninfo(kept.database, account), autocommit=True) as session:
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    session.execute(query)
                    pytest.fail(f"{account} may say {query}")
        with psycopg.connect(server.conninfo(kept.database, account), autocommit=True) as session:
            # What the catalog says of how many rows there are is not brought up to date while people come.
            assert session.execute("select reltuples from pg_class where relname = 'check_ins'").fetchone()[0] <= 0
            assert session.execute("select count(*) from pg_stats where schemaname = 'teller_voters'").fetchone() == (0,)
    with psycopg.connect(server.conninfo(kept.database, "teller_registrar"), autocommit=True) as session:
        for query in ("select * from teller.head", "select * from teller.pub_head", "select * from teller.audit", "create schema more"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                session.execute(query)


def rows_of(server, database):
    """Schema and table -> its rows."""
    with psycopg.connect(server.conninfo(database), autocommit=True) as superuser:
        tables = superuser.execute(
            "select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " where c.relkind in ('r', 'p', 'm', 'v') and n.nspname !~ '^(pg_|information_schema$)'"
        ).fetchall()
        return {(schema, table): superuser.execute(f'select * from {schema}."{table}"').fetchall() for schema, table in tables}


def test_on_servers_there_is_no_path_from_a_voter_to_a_ballot_either(counted, server, tmp_path):
    """Every table and view of the database, the server's log, the home and all that is said is searched for who came."""
    came = (31, 5, 17)
    said = {f"check-in {number}": come(counted, MEMBERS[number]) for number in came}
    hashes = [voter(counted.home, MEMBERS[number]) for number in came]
    key = (counted.home / "voters.key").read_bytes()
    for name, arguments in {
        "audit": ("audit", "show", "--json"),
        "inspect": ("inspect", "--incidents", "--json"),
        "incidents": ("incidents", "--format", "json"),
        "show": ("voters", "show"),
        "turnout": ("voters", "turnout"),
        "totals": ("totals", "--by", "unit"),
    }.items():
        said[name] = "".join(run(*arguments, *counted.where))
    run("log", "export", tmp_path / "export", *counted.where)
    voters_side = Words([*(MEMBERS[number] for number in came), *hashes, key])
    rows = rows_of(server, counted.database)
    ours = {("teller_voters", table) for table in ("voters", "check_ins", "voter_groups", "about")}
    assert ours < set(rows)
    for table, lines in rows.items():
        found = {word for _, word in voters_side.within_rows(table, lines)}
        assert found == (set(hashes) if table in {("teller_voters", "voters"), ("teller_voters", "check_ins")} else set()), table
    assert {name for name, _ in voters_side.within_files(counted.home)} == {"voters.key"}
    assert voters_side.within_files(tmp_path / "export") == []
    assert voters_side.within("log", (server.folder / "log").read_bytes()) == []
    for name, text in said.items():
        assert voters_side.within(name, text.encode()) == [], name
    assert [line["action"] for line in json.loads(said["audit"]) if "voters" in line["action"]] == ["voters-load"]

    # Of voters: nothing of a ballot, and no moment but the number of a quarter of an hour.
    leaves = [bytes(value) for row in rows["teller", "steps"] for value in row if isinstance(value, bytes) and len(value) >= 16]
    ids = [bytes.fromhex(f"{number:08x}00004000800000000000face") for number in range(155)]
    for table in ours:
        assert Words([*leaves, *ids]).within_rows(table, rows[table]) == [], table
        for row in rows[table]:
            assert not any(isinstance(value, (datetime.date, datetime.time)) for value in row), table
    assert sorted(bytes(row[0]) for row in rows["teller_voters", "check_ins"]) == sorted(hashes)


def test_a_dump_of_the_registrar_after_the_close_says_nothing_of_an_order(rules, new_home, on_servers, server, tmp_path):
    kept = on_servers(new_home(rules))
    run("voters", "load", write_roll(tmp_path / "roll.csv"), *kept.where)
    for member in (MEMBERS[9], MEMBERS[3], MEMBERS[7], MEMBERS[1]):
        come(kept, member)
    run("voters", "close", "--reason", "the hall is closed", *kept.where)
    dump = subprocess.run(
        ["pg_dump", "--data-only", "--schema=teller_voters", "--dbname", server.conninfo(kept.database, "teller_registrar")],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    lines = dump[dump.index("COPY teller_voters.check_ins") :].splitlines()[1:5]
    assert [line.split("\t")[0] for line in lines] == sorted("\\\\x" + voter(kept.home, MEMBERS[number]).hex() for number in (1, 3, 7, 9))


def test_a_backup_of_the_servers_has_the_roll_and_its_restored_count_goes_on(rules, new_home, on_servers, server, tmp_path):
    kept = on_servers(new_home(rules))
    run("voters", "load", write_roll(tmp_path / "roll.csv"), *kept.where)
    come(kept, MEMBERS[1])
    run("backup", tmp_path / "backup", *kept.where)
    assert stat.S_IMODE((tmp_path / "backup/voters.dump").stat().st_mode) == 0o600
    database = f"voters_{secrets.token_hex(4)}"
    new_database(server.folder, database)
    with psycopg.connect(server.conninfo(database), autocommit=True) as superuser:
        superuser.execute((TREE / "stack/postgres_voters.sql").read_text())
    config = write_config(tmp_path / "again.toml", server.folder, database, tmp_path / "again")
    run("restore", tmp_path / "backup", "--config", config)
    again = types.SimpleNamespace(where=("--config", config))
    assert "checked in already" in come(again, MEMBERS[1], code=1)
    assert "hand out one ballot" in come(again, MEMBERS[2])
    for account in ACCOUNTS:
        with psycopg.connect(server.conninfo(database, account), autocommit=True) as session, pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.execute("select * from teller_voters.check_ins")
