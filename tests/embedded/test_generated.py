"""Generated entries with duplicates, conflicts and invalid ones: the count is what SQL alone makes of the list of what was sent."""

import csv
import json
import sqlite3
import subprocess

import pytest

from conftest import TREE, run, serving

BALLOTS = 20_000


def truth_of(path):
    """What tests/truth.sh says of the list: ({(outcome, code): n}, {(contest, slot, unit, method): n})."""
    counted = subprocess.run([TREE / "tests/truth.sh", path], capture_output=True, text=True, timeout=600)
    assert counted.returncode == 0, counted.stderr + counted.stdout[:2000]
    outcomes, cells = {}, {}
    for row in csv.reader(counted.stdout.splitlines()):
        if row[0] == "outcome":
            outcomes[row[1], row[2]] = int(row[3])
        elif row[0] == "cell":
            cells[tuple(row[1:5])] = int(row[5])
    return outcomes, cells


def count_of(home):
    """What is committed in the home, in the same form."""
    with sqlite3.connect(f"file:{home / 'store.sqlite'}?mode=ro", uri=True) as store:
        outcomes = dict(
            zip(
                ("counted", "duplicate", "conflict", "rejected"),
                store.execute("select sum(counted), sum(duplicate), sum(conflict), sum(rejected) from pub_outcomes").fetchone(),
                strict=True,
            )
        )
        cells = {
            (contest, option if is_option else "#" + option, unit, method): value
            for contest, option, is_option, unit, method, value in store.execute(
                "select contest_id, option_id, is_option, unit_id, method_id, value from pub_totals where value <> 0"
            )
        }
    return outcomes, cells


@pytest.mark.parametrize("form", ["packed", "ndjson"])
def test_the_count_is_what_sql_makes_of_the_list(tmp_path, new_home, form):
    rules = tmp_path / "rules.json"
    run("generate", "--write-rules", rules, "--contests", 4, "--ranked", 1, "--units", 30, "--seed", 5)
    home = new_home(rules, "--partitions", 3)
    parts, truth = 2, tmp_path / "sent.csv"
    shares = "--duplicates 0.02 --conflicts 0.01 --invalid 0.01 --overvotes 0.05 --undervotes 0.05 --blank 0.02 --write-ins 0.05".split()
    out = ("--parts", parts, "--format", form, "--out", tmp_path / f"sent.{form}", "--truth", truth)
    run("generate", "--home", home, "--ballots", BALLOTS, "--seed", 5, *shares, *out)

    refused, recorded = {}, 0
    with serving(home, tmp_path / "engine.log") as url:
        for part in range(1, parts + 1):
            # In order: the second copy must come after the first was acknowledged.
            said, _ = run("load", tmp_path / f"sent.{part}.{form}", "--to", url, "--in-order", "--json", code=1)
            summary = json.loads(said)
            recorded += summary["recorded"]
            for code, n in summary["refused"].items():
                refused[code] = refused.get(code, 0) + n

    expected, cells = truth_of(truth)
    outcomes, totals = count_of(home)
    assert refused == {code: n for (outcome, code), n in expected.items() if outcome == "refused"}
    assert outcomes == {"counted": BALLOTS, "duplicate": expected["duplicate", ""], "conflict": expected["conflict", ""], "rejected": 0}
    assert recorded == sum(outcomes.values())
    assert totals == cells
    run("verify", "--home", home)


def test_made_up_rules_have_the_shape_that_was_asked_for(tmp_path, new_home):
    rules = tmp_path / "rules.json"
    shape = ("--contests", 3, "--units", 7, "--options", 4, "--parties", 2, "--methods", 3)
    run("generate", "--write-rules", rules, *shape)
    made = json.loads(rules.read_text())
    assert [len(contest["options"]) for contest in made["contests"]] == [4, 4, 4]
    assert (len(made["parties"]), len(made["methods"])) == (2, 3)
    new_home(rules)
    run("generate", "--write-rules", rules, "--options", 2, "--parties", 0, "--methods", 1)
    made = json.loads(rules.read_text())
    assert not made.get("parties") and not any("parties" in option for contest in made["contests"] for option in contest["options"])


def test_without_skew_options_are_about_equal_and_with_much_one_has_most(tmp_path, new_home):
    rules = tmp_path / "rules.json"
    run("generate", "--write-rules", rules, "--contests", 1, "--units", 3, "--options", 5)
    home = new_home(rules)

    def largest_share(skew):
        run("generate", "--home", home, "--ballots", 2000, "--skew", skew, "--format", "ndjson", "--out", tmp_path / "ballots.ndjson")
        marks = [
            mark
            for line in open(tmp_path / "ballots.ndjson")
            for said in json.loads(line)["contests"].values()
            for mark in said
            if isinstance(said, list)
        ]
        counts = [marks.count(mark) for mark in {mark for mark in marks if isinstance(mark, str)}]
        return max(counts) / sum(counts)

    # Five options: 0.2 each, from which 2,000 ballots of any seed stray by 0.05 less than once in a million times.
    assert largest_share(0) < 0.25 and largest_share(5) > 0.9


def test_the_same_seed_gives_the_same_bytes(tmp_path, new_home):
    rules = tmp_path / "rules.json"
    run("generate", "--write-rules", rules)
    home = new_home(rules)
    for name in ("one", "two"):
        run("generate", "--home", home, "--ballots", 2_000, "--seed", 9, "--duplicates", 0.1, "--out", tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_list_that_contradicts_itself_is_seen(tmp_path, new_home):
    rules, truth = tmp_path / "rules.json", tmp_path / "sent.csv"
    run("generate", "--write-rules", rules)
    run("generate", "--home", new_home(rules), "--ballots", 100, "--out", tmp_path / "sent", "--truth", truth)
    lines = truth.read_text().splitlines()
    truth.write_text("\n".join([*lines, lines[1]]) + "\n")  # The first line again, as a "first".
    assert subprocess.run([TREE / "tests/truth.sh", truth], capture_output=True).returncode == 1
