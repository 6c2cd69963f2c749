"""The benchmarks compare what they time: engines that count the same are equal, and a fast one that counts a copy twice has no figures.

Nothing here looks at a time. Of the rivals only those that need nothing are asked.
"""

import json
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benches"))

import report  # noqa: E402

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


def bench(folder, *arguments):
    command = [sys.executable, ROOT / "benches/bench.py", "--runs", "1", "--work", folder / "work", "--results", folder / "results", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    results = list((folder / "results").glob("*.json"))
    assert len(results) == 1, done.stdout + done.stderr
    return done, json.loads(results[0].read_text())["questions"]


def test_teller_and_sqlite_give_equal_answers_to_every_question(tmp_path):
    done, questions = bench(tmp_path, "--size", "2000", "--rivals", "teller", "sqlite")
    assert done.returncode == 0, done.stdout + done.stderr
    assert {name: sorted(asked["answers"]) for name, asked in questions.items()} == {
        "embedded-drain": ["sqlite", "teller"],
        "embedded-http-one": ["teller"],
        "recount": ["sqlite", "teller"],
        "restart": ["teller"],
    }
    for asked in questions.values():
        assert all(report.stands(answer) for answer in asked["answers"].values())
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
    found = report.BLOCK.search(report.PAGE.read_text())
    assert found[0] == report.block(ROOT / "benches/results" / found[1])
