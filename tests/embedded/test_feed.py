"""`teller feed`: a night of snapshots as counties and newsrooms publish them. Eight come, two of them stale, one shorter, one empty, one
broken, one with a row that is refused; figures fall. What stands at the end are the newest figures of each sheet, each fall was told, and a
feed that was killed in the middle repeats nothing and loses nothing."""

import contextlib
import csv
import datetime
import gzip
import http.server
import json
import os
import pathlib
import signal
import sqlite3
import ssl
import subprocess
import threading
import time
import zlib

import pytest

from certificates import authority, signed
from conftest import run, serving
from feed_night import Feeding, Night, put, snapshot, until

EIGHT = snapshot("8:36:34 PM", ada=100, ben=90, mayor=4, yes=50, no=60)
NINE = snapshot("9:04:16 PM", ada=130, ben=85, mayor=3, yes=70, no=60)  # ben and the overvotes fall.
TEN = snapshot("10:14:08 PM", ada=150, ben=95, mayor=3, yes=71, no=61)
SHORTER = snapshot("11:19:00 PM", yes=80, no=66)
LAST = snapshot("11:53:28 PM", ada=160, ben=101, mayor=2, yes=82, no=67)  # The overvotes fall.
ARRIVALS = {
    "1.json": EIGHT,
    "2.json": NINE,
    "3.json": EIGHT,  # The server served an older one: stale.
    "4.json": TEN,
    "5.json": '{"Data": [], "TimeStamp": "5/3/2026 10:30:00 PM"}',
    "6.json": SHORTER,
    "7.json": TEN[:200],  # Broken.
    "8.json": NINE,  # Stale.
    "9.json": LAST.replace("101", '"many"'),  # The mayor's sheet is held.
}
AT_THE_END = {"ada": 150, "ben": 95, "yes": 82, "no": 67}
FALLS = [("mayor", "ben", 90, 85), ("mayor", "overvotes", 4, 3)]


@pytest.fixture
def night(tmp_path):
    return Night(tmp_path)


def falls_of(told):
    """(contest, option or figure, from, to) of all that fell."""
    return [
        (sheet["contest"], change.get("option", change.get("figure")), change["before"], change["after"])
        for line in told
        for sheet in line.get("report", {}).get("sheets", [])
        for change in sheet["changes"]
        if "version" in sheet and isinstance(change["before"], int) and change["after"] < change["before"]
    ]


def deliveries_of(home):
    with contextlib.closing(sqlite3.connect(home / "store.sqlite")) as store:
        return store.execute("select number, file, settled_at from deliveries order by number").fetchall()


def test_snapshots_that_come_one_by_one_end_in_the_newest_figures(night):
    feeding = night.feed()
    said = 0
    for name, text in ARRIVALS.items():
        night.put(name, text)
        if name in ("5.json", "7.json"):
            feeding.wait_event("feed.trouble", name)
        else:
            said += 1
            assert feeding.wait_told(said)["file"] == name
    assert feeding.end() == 1, feeding.said()
    kinds = {line["file"]: line["kind"] for line in feeding.told[:-1]}
    assert kinds == {n: "came_late" if n in ("3.json", "8.json") else "delivered" for n in ARRIVALS if n not in ("5.json", "7.json")}
    assert falls_of(feeding.told) == FALLS
    shorter = next(line for line in feeding.told if line.get("file") == "6.json")
    assert [sheet["contest"] for sheet in shorter["report"]["missing"]] == ["mayor"]
    assert (feeding.summary["came_late"], feeding.summary["falls"], feeding.summary["all_well"]) == (2, 2, False)
    assert set(feeding.summary["not_whole"]) == {"5.json", "7.json", "9.json"}
    assert night.totals() == AT_THE_END

    # Whoever mends the files and starts it again has all of it.
    night.put("9.json", LAST)
    (night.incoming / "5.json").unlink()
    (night.incoming / "7.json").unlink()
    again, code = night.once()
    assert code == 0, again.said()
    assert falls_of(again.told) == [("mayor", "overvotes", 3, 2)]
    assert night.totals() == {"ada": 160, "ben": 101, "yes": 82, "no": 67}
    run("verify", "--home", night.home)


def test_a_folder_that_is_there_is_taken_in_the_order_of_its_figures(night):
    for name, text in sorted(ARRIVALS.items(), reverse=True):
        night.put(name, text)
    feeding, code = night.once()
    assert code == 1
    assert [line["file"] for line in feeding.told[:-1]] == ["1.json", "3.json", "2.json", "8.json", "4.json", "6.json", "9.json"]
    assert feeding.summary["came_late"] == 0 and feeding.summary["again"] == 2
    assert falls_of(feeding.told) == FALLS
    assert night.totals() == AT_THE_END
    before = deliveries_of(night.home)
    again, code = night.once()
    assert code == 1 and again.summary["deliveries"] == 0 and again.summary["again"] == 7
    assert deliveries_of(night.home) == before


def test_what_became_of_a_night_is_told_in_words(night):
    night.put("1.json", EIGHT)
    night.put("2.json", NINE)
    night.put("7.json", TEN[:200])
    arguments = ["feed", night.incoming, "--mapping", night.mapping, "--home", night.home, "--once"]
    told, events = run(*arguments, code=1)
    assert "2.json, figures of 2026-05-04T05:04:16.000000Z, delivery 2: 2 updated\n" in told
    assert "  fell: rill, all, Mayor, version 2: ben 90 -> 85\n" in told
    assert "  fell: rill, all, Mayor, version 2: overvotes 4 -> 3\n" in told
    assert "deliveries: 2; sheets: 2 new, 2 updated\nfigures that fell, each told above: 2\n" in told
    assert "not taken whole: 7.json: file.damaged" in told or "not taken whole: file.damaged: 7.json" in told
    assert " error feed.trouble code=" in events and 'file="7.json"' in events
    (night.incoming / "7.json").unlink()
    told, _ = run(*arguments, code=0)
    assert told == "deliveries: 0\ndelivered before, and nothing new: 2\neverything that was taken is counted\n"


def test_a_file_without_a_time_is_as_old_as_its_folder_says(night):
    """And the same bytes copied once more are as old as they were."""
    night.mapping.write_text(night.mapping.read_text().replace('[figures_at]\ncolumn = "/TimeStamp"', '[ignored]\ncolumn = "x"'))
    text = night.mapping.read_text()
    night.mapping.write_text(text[: text.index("[ignored]")] + text[text.index("[where]") :])
    now = time.time()
    for name, age, body in (("b.json", 300, EIGHT), ("a.json", 200, TEN), ("c.json", 100, EIGHT)):
        (night.incoming / name).write_text(body)
        os.utime(night.incoming / name, (now - age, now - age))
    feeding, code = night.once()
    assert [(line["file"], line["kind"]) for line in feeding.told[:-1]] == [("b.json", "delivered"), ("a.json", "delivered"), ("c.json", "came_late")]
    assert code == 0 and night.totals()["ada"] == 150


@pytest.mark.parametrize("moment", range(6))
def test_a_feed_that_was_killed_repeats_nothing_and_loses_nothing(night, moment):
    stamps = [f"{hour}:{minute:02}:00 PM" for hour in (8, 9, 10) for minute in (0, 20, 40)]
    for number, stamp in enumerate(stamps):
        night.put(f"{number}.json", snapshot(stamp, ada=100 + number, ben=200 - number, mayor=1, yes=number, no=3))
    feeding = night.feed()
    # When it has told of so many, or a moment after it began.
    if moment > 0:
        feeding.wait_told(moment)
    feeding.end(signal.SIGKILL)
    again, code = night.once()
    assert code == 0, again.said()
    # Each once: what was told before the kill is told again at most as known.
    assert [number for number, _, _ in deliveries_of(night.home)] == list(range(1, 10))
    assert sorted(file for _, file, _ in deliveries_of(night.home)) == [f"{n}.json" for n in range(9)]
    assert all(settled for _, _, settled in deliveries_of(night.home))
    assert night.totals() == {"ada": 108, "ben": 192, "yes": 8, "no": 3}
    head = night.head()
    assert (head["conflict"], head["rejected"]) == (0, 0), head
    run("verify", "--home", night.home)


class Server:
    """A newsroom's server. It answers what `body` says (a path has one body): bytes, a status, or a body that is cut off."""

    def __init__(self, certificate=None, key=None):
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):  # noqa: N802 (the name is the library's)
                outer.asked.append(dict(self.headers))
                body, status, cut = outer.answer
                tag = f'"{zlib.crc32(body)}"'
                if status == 200 and self.headers.get("If-None-Match") == tag:
                    outer.not_modified += 1
                    status, body = 304, b""
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                if status in (200, 304):
                    self.send_header("ETag", tag)
                self.end_headers()
                self.wfile.write(body[: len(body) // 2] if cut else body)
                if cut:
                    self.close_connection = True

            def log_message(self, *_):
                pass

        self.asked, self.not_modified = [], 0
        self.answer = (b"", 404, False)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if certificate:
            secured = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            secured.load_cert_chain(certificate, key)
            self.server.socket = secured.wrap_socket(self.server.socket, server_side=True)
        self.url = f"http{'s' if certificate else ''}://127.0.0.1:{self.server.server_port}/night/all.json?x=1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def says(self, text, status=200, cut=False):
        self.answer = (text.encode(), status, cut)


def test_an_address_is_asked_all_night_and_its_faults_end_nothing(night):
    server = Server()
    server.says(EIGHT)
    feeding = night.feed(source=server.url)
    assert feeding.wait_told(1)["file"] == "all.json"
    until(lambda: server.not_modified >= 3, "what has not changed is not sent")
    assert "If-None-Match" in server.asked[-1]
    server.says("busy", status=503)
    feeding.wait_event("feed.no_results", "answer 503")
    server.says(NINE, cut=True)
    feeding.wait_event("http.unknown")
    server.says(NINE)
    assert feeding.wait_told(2)["report"]["became"]["updated"] == 2
    feeding.wait_event("feed.goes_on")
    server.says("<!DOCTYPE html><html><body>Please log in</body></html>")
    feeding.wait_event("feed.trouble", "all.json", "file.damaged")
    server.says("")
    until(lambda: sum("file.damaged" in line for line in feeding.events) >= 2, feeding.said)
    server.says(EIGHT)  # An older one, as a cache has it.
    assert feeding.wait_told(3)["kind"] == "came_late"
    server.says(TEN)
    assert feeding.wait_told(4)["report"]["became"]["updated"] == 2
    assert feeding.end() == 0, feeding.said()
    assert feeding.summary["came_late"] == 1 and feeding.summary["all_well"]
    assert night.totals() == {"ada": 150, "ben": 95, "yes": 71, "no": 61}


def test_an_address_that_is_away_is_said_once_and_taken_when_it_is_there(night):
    server = Server()
    server.says(EIGHT)
    server.server.shutdown()
    server.server.server_close()  # Nobody listens.
    feeding = night.feed(source=server.url)
    feeding.wait_event("http.unreachable")
    once = Feeding(server.url, "--mapping", night.mapping, "--home", night.home, "--once")
    assert once.end(None) != 0  # The home is taken; a second feed does not wait for it.
    assert feeding.end() == 1
    assert sum("http.unreachable" in line for line in feeding.events) == 1, feeding.events


def test_an_address_is_believed_only_by_an_authority_that_is_named(night):
    ca = authority(night.folder)
    server = Server(*signed(ca, "newsroom"))
    server.says(EIGHT)
    once = Feeding(server.url, "--mapping", night.mapping, "--home", night.home, "--once", "--from-ca", authority(night.folder, "another"))
    assert once.end(None) != 0 and server.asked == [] and night.totals()["ada"] is None
    once = Feeding(server.url, "--mapping", night.mapping, "--home", night.home, "--once", "--from-ca", ca)
    assert once.end(None) == 0, once.said()
    assert night.totals() == {"ada": 100, "ben": 90, "yes": 50, "no": 60}


def test_it_delivers_to_a_server_and_goes_on_when_that_was_away(night):
    night.put("1.json", EIGHT)
    night.put("3.json", EIGHT.replace("8:36:34", "8:36:35"))
    with serving(night.home, night.folder / "log") as url:
        feeding = night.feed(to=url)
        feeding.wait_told(2)
        night.put("2.json", NINE)
        assert feeding.wait_told(3)["report"]["became"]["updated"] == 2
        assert feeding.end(signal.SIGINT) == 0, feeding.said()
        again = night.feed("--once", to=url)
        assert again.end(None) == 0 and again.summary["again"] == 3, again.said()
    assert night.totals() == {"ada": 130, "ben": 85, "yes": 70, "no": 60}


def test_a_file_that_is_written_anew_is_taken_each_time(night):
    file = night.folder / "all.json"
    put(file, EIGHT)
    feeding = night.feed(source=file)
    feeding.wait_told(1)
    put(file, NINE)
    assert feeding.wait_told(2)["report"]["became"]["updated"] == 2
    assert feeding.end() == 0


def test_import_knows_the_time_that_stands_in_a_file(night):
    for name, text, code in (("9.json", NINE, 0), ("8.json", EIGHT, 1)):
        night.put(name, text)
        run("import", night.incoming / name, "--mapping", night.mapping, "--home", night.home, code=code)
    assert night.totals()["ada"] == 130, "the file of eight came later and is older"
    line = night.folder / "line.csv"
    line.write_text("at,id,votes\n2026-05-03T21:00Z,ada,3\n2026-05-03T22:00Z,ada,4\n")
    refused = run("import", line, "--mapping", csv_mapping(night.folder), "--home", night.home, code=2)[1]
    assert "feed.no_time" in refused and "`teller feed line.csv`" in refused


def csv_mapping(folder):
    mapping = folder / "line.toml"
    mapping.write_text(
        'teller = "mapping/1"\nunused = "allow"\nunit = [{kind = "county", id = "rill"}]\ncontest = {id = "mayor"}\noption = {id = "{id}"}\n'
        'method = {id = "all"}\nvotes = {column = "votes"}\nfigures_at = {column = "at"}\n'
    )
    return mapping


def test_a_time_line_is_a_delivery_for_each_of_its_times(night):
    line = night.folder / "line.csv"
    rows = [
        f"2026-05-03T2{hour}:00Z,{name},{votes}"
        for hour, pair in ((3, (7, 9)), (1, (5, 10)), (2, (6, 8)))
        for name, votes in zip(("ada", "ben"), pair, strict=True)
    ]
    line.write_text("at,id,votes\n" + "\n".join(rows) + "\n")
    feeding = Feeding(line, "--mapping", csv_mapping(night.folder), "--home", night.home, "--once")
    assert feeding.end(None) == 0, feeding.said()
    assert falls_of(feeding.told) == [("mayor", "ben", 10, 8)]
    assert [number for number, _, _ in deliveries_of(night.home)] == [1, 2, 3]
    assert night.totals() == {"ada": 7, "ben": 9, "yes": None, "no": None}


def test_what_cannot_begin_says_so(night):
    arguments = ["--mapping", night.mapping, "--home", night.home]
    assert "file.not_found" in run("feed", night.folder / "none", *arguments, code=2)[1]
    assert "http.client_invalid" in run("feed", "http://", *arguments, code=2)[1]
    assert "one of --home and --to" in run("feed", night.incoming, "--mapping", night.mapping, code=2)[1]


# ---- Two real nights, where TELLER_DATA points (their licence files lie beside them; too large for this tree).

DATA = pathlib.Path(os.environ.get("TELLER_DATA", "/nowhere"))
LA, NYT = DATA / "timeline-la-2024", DATA / "timeline-nyt-2020"
FIGURES_OF_LA = {"COV": "overvotes", "CBLT": "cards"}


@pytest.fixture(scope="module")
def la(tmp_path_factory):
    """(folder with rules and mapping, snapshots as the county served them, in the order of their arrival)."""
    if not LA.exists():
        pytest.skip("TELLER_DATA has no timeline-la-2024")
    folder = tmp_path_factory.mktemp("la")
    lines = subprocess.run(["zstd", "-dc", LA / "counter_data_snapshots.jsonl.zst"], check=True, capture_output=True).stdout.splitlines()
    snapshots = [{"Data": one["Data"], "TimeStamp": one["TimeStamp"]} for one in map(json.loads, lines)]
    groups = json.loads(gzip.decompress((LA / "election_data.json.gz").read_bytes()))["Data"]["ContestGroups"]
    all_contests = {contest["ID"]: contest for group in groups for contest in group["Contests"]}
    contests = {at: contest for at, contest in all_contests.items() if contest["Candidates"]}
    # Figures of contests that nobody stands in.
    skipped = [f"{kind} {at}" for kind in FIGURES_OF_LA for at in all_contests if at not in contests]
    rules = {
        "teller": "rules/1",
        "election": {"name": "General", "date": "2024-11-05", "time_zone": "America/Los_Angeles"},
        "methods": [{"id": "all"}],
        "units": [{"id": "la", "kind": "county"}],
        "contests": [
            {
                "id": str(at),
                "name": contest["Title"],
                "kind": "plurality",
                "counted_from": "sheets",
                "unit": "la",
                "options": [{"id": str(one["ID"]), "name": one["Name"]} for one in contest["Candidates"]],
            }
            for at, contest in contests.items()
        ],
        "styles": [],
    }
    (folder / "rules.json").write_text(json.dumps(rules))
    of_contest = {f"CAND {one['ID']}": at for at, contest in contests.items() for one in contest["Candidates"]}
    of_contest |= {f"{kind} {at}": at for kind in FIGURES_OF_LA for at in contests}

    def table(name, pairs):
        return f"[{name}]\n" + "\n".join(f'"{a}" = "{b}"' for a, b in pairs.items()) + "\n"

    (folder / "la.toml").write_text(
        'teller = "mapping/1"\n[json]\nrecords = "Data"\n[figures_at]\ncolumn = "/TimeStamp"\nzone = "-08:00"\n'
        'form = "{M}/{D}/{YYYY} {h}:{mm}:{ss} {AM}"\n[where]\nReferenceType = ["CAND", "COV", "CBLT"]\n'
        '[[unit]]\nkind = "county"\nid = "la"\n[contest]\nid = "{ReferenceType} {ReferenceID}"\n'
        + table("contest.ids", of_contest)
        + f'[option]\nid = "{{ReferenceType}} {{ReferenceID}}"\nskip = {json.dumps(skipped)}\n'
        + table("option.ids", {f"CAND {one['ID']}": one["ID"] for contest in contests.values() for one in contest["Candidates"]})
        + table("option.figures", {f"{kind} {at}": word for kind, word in FIGURES_OF_LA.items() for at in contests})
        + '[method]\nid = "all"\n[votes]\ncolumn = "Value"\n'
    )
    return folder, snapshots


def expected_falls(snapshots):
    """How many figures fall from a snapshot to the next one, by the times that stand in them."""
    at = {datetime.datetime.strptime(one["TimeStamp"], "%m/%d/%Y %I:%M:%S %p"): one for one in snapshots}
    before, falls = {}, 0
    for _, one in sorted(at.items()):
        now = {(row["ReferenceType"], row["ReferenceID"]): row["Value"] for row in one["Data"] if row["ReferenceType"] in {"CAND", *FIGURES_OF_LA}}
        falls += sum(value < before.get(key, 0) for key, value in now.items())
        before = now
    return falls


def totals_of(home):
    out, _ = run("totals", "--home", home, "--format", "json")
    return {(contest["contest"], option["option"]): option["votes"] for contest in json.loads(out)["contests"] for option in contest["by_option"]}


def test_the_night_of_los_angeles_ends_in_its_totals(la, tmp_path):
    """46 snapshots, 8 of them stale, by their arrival: sums as its SOURCE.md has them."""
    folder, snapshots = la
    home, incoming = tmp_path / "home", tmp_path / "incoming"
    incoming.mkdir()
    run("init", "--home", home, "--rules", folder / "rules.json", "--mode", "test")
    feeding = Feeding(incoming, "--mapping", folder / "la.toml", "--home", home, "--every", "0.05")
    for number, one in enumerate(snapshots):
        put(incoming / f"{number:02}.json", json.dumps(one))
        feeding.wait_told(number + 1)
    assert feeding.end() == 0, feeding.said()
    summary = feeding.summary
    assert (len(snapshots), summary["deliveries"], summary["came_late"], summary["again"]) == (46, 32, 8, 6)
    assert summary["falls"] == len(falls_of(feeding.told)) == expected_falls(snapshots) > 0
    totals = totals_of(home)
    assert sum(totals.values()) == 101_980_581
    assert (totals["9857", "24469"], totals["9857", "24470"]) == (2_417_109, 1_189_862)
    again = Feeding(incoming, "--mapping", folder / "la.toml", "--home", home, "--once")
    assert again.end(None) == 0 and again.summary["deliveries"] == 0 and again.summary["again"] == 46


def test_the_time_line_of_2020_ends_in_its_totals(tmp_path):
    """3,406 changes of 51 states, the newest first, 152 of them negative: each fall was told, and the totals are those of SOURCE.md."""
    if not NYT.exists():
        pytest.skip("TELLER_DATA has no timeline-nyt-2020")
    line = NYT / "all-state-changes.csv.gz"
    with gzip.open(line, "rt") as text:
        rows = sorted(csv.DictReader(text), key=lambda row: row["timestamp"])
    before, falls, negative = {}, 0, 0
    for row in rows:
        now = {row[f"{side}_candidate_name"]: int(row[f"{side}_candidate_votes"]) for side in ("leading", "trailing")}
        now["cards"] = int(row["total_votes_count"])
        was = before.get(row["state"], {})
        falls += sum(value < was.get(name, 0) for name, value in now.items())
        negative += now["cards"] < was.get("cards", 0)
        before[row["state"]] = now
    assert negative == sum(int(row["new_votes"]) < 0 for row in rows) == 152
    mapping = tmp_path / "nyt.toml"
    mapping.write_text(
        'teller = "mapping/1"\nelection = {name = "President", date = "2020-11-03", time_zone = "America/New_York"}\n'
        'figures_at = {column = "timestamp", zone = "-05:00"}\nunit = [{kind = "state", id = "{state}"}]\ncontest = {id = "president"}\n'
        'option = {id = "{header}"}\nmethod = {id = "all"}\nsheet = {cards = "total_votes_count"}\n[votes]\n'
        'columns = ["leading_candidate_votes", "trailing_candidate_votes"]\nname_columns = ["leading_candidate_name", "trailing_candidate_name"]\n'
    )
    home = tmp_path / "home"
    run("import", line, "--mapping", mapping, "--write-rules", tmp_path / "rules.json")
    run("init", "--home", home, "--rules", tmp_path / "rules.json", "--mode", "test")
    feeding = Feeding(line, "--mapping", mapping, "--home", home, "--once")
    assert feeding.end(None) == 0, feeding.said()
    told = falls_of(feeding.told)
    assert len(told) == falls and sum(what == "cards" for _, what, _, _ in told) == negative
    totals = totals_of(home)
    assert (totals["president", "Biden"], totals["president", "Trump"]) == (81_283_077, 74_222_964)
