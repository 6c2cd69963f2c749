"""The benchmarks compare what they time: engines that count the same are equal, and a fast one that counts a copy twice has no figures.

Nothing here looks at a time. Of the rivals only those that need nothing are asked.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
from collections import Counter

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benches"))

import ballots  # noqa: E402
import costs  # noqa: E402
import goals  # noqa: E402
import measure  # noqa: E402
import page  # noqa: E402
import picture  # noqa: E402
import report  # noqa: E402
import servers  # noqa: E402

HASTY = '''"""An engine that believes that nothing comes twice."""
from collections import Counter
from measure import Answer

def missing(): return None
def version(): return "0"

def embedded_drain(ballots, folder, clock):
    """No duty."""
    with clock:
        totals = Counter(tuple(map(int, cell)) for _, *cell in ballots.rows())
    return Answer(totals, 0)
'''


def bench(folder, *arguments, runs=("--runs", "1")):
    command = [sys.executable, ROOT / "benches/bench.py", *runs, "--work", folder / "work", "--results", folder / "results", *arguments]
    # Servers that happen to run are not asked: what is asked of them is not what is tested here.
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=os.environ | {"TELLER_STATE": str(folder / "no-servers")})
    results = list((folder / "results").glob("*.json"))
    assert len(results) == 1, done.stdout + done.stderr
    return done, json.loads(results[0].read_text())["questions"]


def test_teller_and_sqlite_give_equal_answers_to_every_question(tmp_path):
    done, questions = bench(tmp_path, "--size", "2000", "--rivals", "teller", "teller_json", "sqlite")
    assert done.returncode == 0, done.stdout + done.stderr
    assert {name: sorted(asked["answers"]) for name, asked in questions.items()} == {
        "embedded-drain": ["sqlite", "teller"],
        "embedded-http-many": ["teller", "teller_json"],
        "embedded-http-one": ["teller"],
        "embedded-sheets": ["teller"],
        "embedded-visible": ["teller"],
        "recount": ["sqlite", "teller"],
        "restart": ["teller"],
    }
    assert all(report.stands(answer) for asked in questions.values() for answer in asked["answers"].values())
    sheets = questions.pop("embedded-sheets")
    assert report.shape(sheets) == "One contest of 5 options in 100 places; 1 sheets are changed in the second file."
    assert next(report.columns(sheets))[1] == "sheets/s" and report.given(sheets) == "100 sheets"
    for asked in questions.values():
        assert asked["shape"]["options"] == 5 and asked["shape"]["overvotes"] > 0
        assert "One contest of 5 options" in report.shape(asked)


def test_an_engine_that_counts_copies_is_wrong_however_fast_it_is(tmp_path):
    hasty = tmp_path / "hasty.py"
    hasty.write_text(HASTY)
    done, questions = bench(tmp_path, "--size", "2000", "--question", "embedded-drain", "--rivals", "sqlite", str(hasty))
    assert done.returncode == 1
    answers = questions["embedded-drain"]["answers"]
    assert report.stands(answers["sqlite"]) and not report.stands(answers["hasty"])
    assert "totals differ" in answers["hasty"]["wrong"]
    row = next(line for line in done.stdout.splitlines() if line.startswith("hasty ") and "*wrong*" in line)
    assert not any(letter.isdigit() for letter in row)


def test_an_engine_that_is_known_to_count_wrong_is_shown_and_is_no_failure(tmp_path):
    """Unless it is right for once: then what is said of it is not."""
    student = tmp_path / "student.py"
    student.write_text(HASTY + 'KNOWN_WRONG = "it looks at no id"\n')
    asked = ("--size", "2000", "--question", "embedded-drain", "--rivals", str(student))
    done, questions = bench(tmp_path, *asked)
    assert done.returncode == 0 and not report.stands(questions["embedded-drain"]["answers"]["student"])
    assert "*wrong*" in done.stdout and "why: it looks at no id" in done.stdout
    right = student.read_text().replace("ballots.rows()", "set(map(tuple, ballots.rows()))").replace("totals, 0", 'totals, ballots.truth()["copies"]')
    student.write_text(right)
    done, questions = bench(tmp_path / "right", *asked)
    assert done.returncode == 1 and "wrong" not in questions["embedded-drain"]["answers"]["student"]


def test_a_long_question_is_asked_by_its_name_and_once(tmp_path):
    done, questions = bench(tmp_path, "--size", "2000", "--question", "embedded-nation", runs=())
    assert done.returncode == 0, done.stdout + done.stderr
    asked = questions["embedded-nation"]
    assert asked["runs"] == 1 and "warm-up" not in done.stdout and "2,000 ballots, 1% of them sent twice; 1 run(s), median" in done.stdout
    assert set(asked["answers"]["teller"]["runs"][0]["more"]) == {"verify s", "restart s", "load B", "serve B"}


def test_ballots_in_parts_have_the_same_truth_as_one_file_of_them(tmp_path, monkeypatch):
    """Parts bound the memory of who looks for copies; what an engine is given is one file."""
    monkeypatch.setattr(ballots, "AT_ONCE", 700)
    made = ballots.Ballots(tmp_path / "made").make(2000, tables=False)
    seen, totals = set(), Counter()
    for id, *cell in ballots.read_packed(made.packed.read_bytes()):
        totals[tuple(cell)] += id not in seen
        seen.add(id)
    assert len(seen) == 2000 and made.truth()["copies"] == made.sent() - 2000 > 10
    assert made.wrong_in(measure.Answer({cell: votes for cell, votes in totals.items() if votes}, made.truth()["copies"])) is None
    assert sorted(path.name for path in made.folder.glob("*packed*")) == ["ballots.packed"]


def result_of(seconds, **more):
    run = {"seconds": seconds, "processor": 1, "written": 1, "others": 0, "more": {}}
    answers = {"sqlite": {"version": "1", "duty": "…", "runs": [run], **more}}
    machine = {"cpu": "c", "cores": 2, "memory_gib": 4, "file_system": "ext4", "fingerprint": "f"}
    asked = {"asked": "?", "ballots": 10, "answers": answers, "missing": {}}
    return {"time": "2026-01-01T00:00:00+00:00", "machine": machine, "runs": 1, "questions": {"q": asked}}


@pytest.mark.parametrize(("now", "slower"), [(result_of(1.05), False), (result_of(1.2), True), (result_of(1.2, wrong="it is"), False)])
def test_what_is_more_than_a_tenth_slower_than_last_time_is_named(tmp_path, now, slower):
    (tmp_path / "2026-01-01-000000-f.json").write_text(json.dumps(result_of(1)))
    assert ("slower: q, sqlite: 1.20 s, 1.20 times" in report.slower(now, report.earlier(tmp_path, "f"))) is slower


def test_figures_of_another_machine_are_not_compared(tmp_path):
    (tmp_path / "2026-01-01-000000-f.json").write_text(json.dumps(result_of(1)))
    assert "Nothing to compare with" in report.slower(result_of(2), report.earlier(tmp_path, "g"))


def test_the_figures_of_the_page_are_those_of_the_results_that_it_names():
    """Nobody writes one into it by hand."""
    text, results = page.PAGE.read_text(), ROOT / "benches/results"
    found = list(page.TABLES.finditer(text))
    assert found
    for block in found:
        assert block[0] == page.tables(results / block[1], block[2].split())
    (block,) = page.GOALS.finditer(text)
    assert block[0] == page.beside_goals([results / name for name in block[1].split()])
    (block,) = page.DRAWN.finditer(text)
    assert page.PICTURE.read_text() == page.drawn([results / name for name in block[1].split()], block[2].split())


def answered(**engines):
    """A question of 1,000 ballots, with (seconds, seconds of processor, more) of each engine."""
    runs = {name: [{"seconds": took, "processor": work, "written": 1, "others": 0, "more": more}] for name, (took, work, more) in engines.items()}
    answers = {name: {"version": "1", "duty": "…", "runs": run} for name, run in runs.items()}
    return {"asked": "?", "ballots": 1000, "shape": None, "answers": answers, "missing": {}}


def results_of(**questions):
    machine = {"cpu": "c", "cores": 2, "memory_gib": 4, "file_system": "ext4", "fingerprint": "f"}
    return {"time": "2026-01-01T00:00:00+00:00", "machine": machine, "runs": 1, "questions": {n.replace("_", "-"): q for n, q in questions.items()}}


def test_a_goal_stands_beside_what_was_measured_and_one_that_was_not_has_no_line():
    """1,000 ballots in a second; each took a millisecond of work, so two cores give 2,000 at most. The best rival takes two seconds."""
    drain = answered(teller=(1, 1, {}), sqlite=(2, 1, {}), redis=(4, 1, {}))
    table = goals.table(goals.Results([results_of(embedded_drain=drain, embedded_http_one=answered(teller=(1, 1, {"p99 ms": 4.0})))]))
    assert table.splitlines()[2:] == [
        "| A file of packed ballots → committed | ≥ 4,000,000 a second | 1,000 a second | 0.00 × the goal | 2,000 a second |",
        "| … × the best rival | ≥ 20.0 × | 2.0 × | 0.10 × the goal | – |",
        "| HTTP, one ballot a request, 128 connections | ≥ 80,000 a second | 1,000 a second | 0.01 × the goal | 2,000 a second |",
        "| … p99 | ≤ 5.0 ms | 4.0 ms | reached | – |",
    ]


def test_every_goal_is_read_from_a_question_that_there_is():
    asked = set()

    class Asked(dict):
        def get(self, key, default=None):
            asked.add(key if isinstance(key, str) else key[0])

    nothing = goals.Results([])
    nothing.newest, nothing.sized = Asked(), Asked()
    assert goals.table(nothing).count("\n") == 1
    files = {path.stem.replace("_", "-") for path in (ROOT / "benches/questions").glob("*.py")}
    assert len(asked) > 8 and asked <= files


def test_a_wrong_answer_reaches_no_goal_and_is_in_no_picture():
    drain = answered(teller=(1, 1, {}), sqlite=(2, 1, {}))
    drain["answers"]["teller"]["wrong"] = "a total differs"
    result = results_of(embedded_drain=drain)
    assert "committed" not in goals.table(goals.Results([result]))
    assert "teller" not in picture.drawn(result, ["embedded-drain"])


def test_the_fastest_bar_is_the_longest_and_each_says_its_rate():
    drawn = picture.drawn(results_of(embedded_drain=answered(teller=(1, 1, {}), sqlite=(4, 1, {}))), ["embedded-drain"])
    assert f'<rect class="ours" x="{picture.LEFT}" y="48" width="{picture.BAR}"' in drawn
    assert f'<rect class="theirs" x="{picture.LEFT}" y="72" width="{round(picture.BAR / 4)}"' in drawn
    assert "embedded-drain: teller 1,000, sqlite 250." in drawn


def test_the_rate_of_a_drain_is_said_in_the_unit_of_transparency_logs():
    said = report.text(results_of(embedded_drain=answered(teller=(1, 1, {}))))
    assert "teller takes 1,000 entries a second" in said
    assert "entries a second" not in report.text(results_of(embedded_drain=answered(sqlite=(1, 1, {}))))


@pytest.mark.parametrize(("took", "said"), [(105, False), (120, True)])
def test_tests_that_take_longer_than_in_the_last_results_are_named(tmp_path, took, said):
    old, new = result_of(1), result_of(1)
    old["building"] = {"make quick": {"seconds": 100, "failed": 0, "time": "2026-01-01T00:00:00Z"}}
    new["building"] = {"make quick": {"seconds": took, "failed": 0, "time": "2026-01-02T00:00:00Z"}}
    (tmp_path / "2026-01-01-000000-f.json").write_text(json.dumps(old))
    assert ("slower: make quick: 120 s, 1.20 times" in report.slower(new, report.earlier(tmp_path, "f"))) is said
    new["questions"]["q"]["shape"] = None
    assert re.search(rf"make quick +{took} +2026-01-02T00:00:00Z  passed", report.text(new))


def test_without_servers_their_questions_are_left_out_and_that_is_said(tmp_path):
    done, _ = bench(tmp_path, "--size", "100", "--rivals", "sqlite")
    assert done.returncode == 0, done.stdout + done.stderr
    for name in ("service-drain", "service-costs", "service-gateway", "service-live", "service-visible"):
        assert f"left out: {name}: kafka, postgres, spark" in done.stdout


def test_the_memory_of_a_program_is_weighed_and_one_that_fails_is_no_answer():
    assert measure.run_and_weigh(["true"]) > 100_000
    with pytest.raises(subprocess.CalledProcessError):
        measure.run_and_weigh(["false"])
    assert measure.highest(os.getpid()) > 1_000_000


def test_a_rate_is_that_of_the_ballots_which_the_clock_has_seen():
    """An engine of the service form is under way when its clock starts."""
    asked = result_of(2)["questions"]["q"]
    asked["answers"]["sqlite"]["runs"][0]["ballots"] = 4
    head, row = list(report.columns(asked))
    assert row[head.index("ballots/s")] == "2" and row[head.index("µs CPU/ballot")] == "250000.00"


def test_more_figures_than_a_table_has_room_for_stand_below_it():
    result = result_of(1)
    answer = result["questions"]["q"]["answers"]["sqlite"]
    answer["runs"][0]["more"] = {f"figure {n}": n for n in range(report.COLUMNS + 1)}
    result["questions"]["q"]["shape"] = None
    head, _ = list(report.columns(result["questions"]["q"]))
    assert "figure 1" not in head
    assert "\n    figure 4                                    4.000\n" in report.text(result)


class Engine:
    """Counts what it is told, a commit at each look."""

    def __init__(self, folder, commits, monkeypatch):
        self.said, self.now, self.folder = iter(commits), 0, folder
        self.size = 100
        monkeypatch.setattr(servers, "pids", lambda *servers: [])
        monkeypatch.setattr(servers, "STILL", 0.3)
        monkeypatch.setattr(servers, "START", 0.3)

    def truth(self):
        return {"size": self.size}

    def begin(self):
        return servers.launch(["sleep", "60"], self.folder / "log", {})

    def counted(self):
        self.now = next(self.said, self.now)
        return self.now


def test_the_clock_of_a_drain_runs_from_a_commit_to_the_last_ballot(tmp_path, monkeypatch):
    engine, clock = Engine(tmp_path, [0, 0, 30, 30, 60, 100, 100], monkeypatch), measure.Clock()
    more = servers.drain(engine, clock, engine.begin, engine.counted)
    assert clock.costs()["ballots"] == 70, "those that were there when it started are on nobody's clock"
    assert more["first s"] > 0


def test_an_engine_that_stops_counting_ends_its_run(tmp_path, monkeypatch):
    """It has lost ballots; its totals will say so."""
    engine, clock = Engine(tmp_path, [40, 70], monkeypatch), measure.Clock()
    servers.drain(engine, clock, engine.begin, engine.counted)
    assert clock.ballots == 30


def test_an_engine_that_never_begins_fails(tmp_path, monkeypatch):
    engine = Engine(tmp_path, [], monkeypatch)
    with pytest.raises(RuntimeError, match="nothing was counted"):
        servers.drain(engine, measure.Clock(), engine.begin, engine.counted)


def test_an_engine_that_dies_fails_and_says_why(tmp_path, monkeypatch):
    engine = Engine(tmp_path, [], monkeypatch)
    engine.begin = lambda: servers.launch(["sh", "-c", "echo no broker; exit 3"], tmp_path / "log", {})
    with pytest.raises(RuntimeError, match="ended with 3: no broker"):
        servers.drain(engine, measure.Clock(), engine.begin, engine.counted)


def test_a_station_sends_each_packed_batch_of_a_file_whole(tmp_path):
    entry = bytes(range(40))
    batch = [b"TBAT\1" + bytes(16) + n.to_bytes(4, "little") + n * (len(entry).to_bytes(2, "little") + entry) + b"crc." for n in (2, 0, 3)]
    (tmp_path / "packed").write_bytes(b"".join(batch))
    assert list(costs.bodies(tmp_path / "packed")) == list(zip((2, 0, 3), batch, strict=True))
