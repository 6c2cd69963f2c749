"""Published results through `teller import`: what is read, refused and written, as a user meets it."""

import json

from conftest import TREE, run, serving

TAIWAN = TREE / "examples/taiwan-2024"
OFFICIAL = {"lai-hsiao": 5_586_019, "hou-jaw": 4_671_021, "ko-wu": 3_690_466}
MAPPING = """teller = "mapping/1"
[election]
name = "Mayor"
date = "2024-05-01"
[[unit]]
kind = "ward"
id = "{ward}"
[contest]
id = "mayor"
[option]
id = "{name}"
[method]
id = "all"
[votes]
column = "votes"
"""


def test_the_sheets_of_taiwan_count_to_the_official_result(tmp_path, new_home):
    home = new_home(TAIWAN / "rules-sheets.json.gz")
    said, _ = run(
        "import", TAIWAN / "president.csv.gz", "--mapping", TAIWAN / "mapping.toml", "--home", home, "--out", tmp_path / "sheets.tbat", "--json"
    )
    assert json.loads(said)["sheets"] == 17_795
    assert json.loads(said)["sums"] == {"president": OFFICIAL}

    with serving(home, tmp_path / "engine.log") as url:
        for _ in range(2):
            run("load", tmp_path / "sheets.tbat", "--to", url)

    said, _ = run("totals", "--home", home, "--format", "json")
    options = json.loads(said)["contests"][0]["by_option"]
    assert {option["option"]: option["votes"] for option in options} == OFFICIAL


def test_ballots_are_written_part_by_part(tmp_path, new_home):
    """One part begins where the one before ends, and together they are what is written at once."""
    (tmp_path / "m.toml").write_text(MAPPING)
    (tmp_path / "rows.csv").write_text("ward,name,votes\nnorth,Ada,4\nnorth,Bell,3\n")
    given = (tmp_path / "rows.csv", "--mapping", tmp_path / "m.toml", "--synthesise-ballots")
    run("import", *given, "--write-rules", tmp_path / "rules.json")
    home = new_home(tmp_path / "rules.json")

    def written(*part):
        return run("import", *given, "--home", home, "--format", "ndjson", "--out", "-", *part)[0].splitlines()

    everything = written()
    assert len(everything) == 7
    assert written("--take", 3) == everything[:3] and written("--skip", 3, "--take", 2) == everything[3:5] and written("--skip", 5) == everything[5:]
    assert written("--skip", 7) == []


def test_the_sheet_of_a_wrong_row_is_held_and_can_be_taken_in_part(tmp_path, new_home):
    mapping, good, bad = tmp_path / "m.toml", tmp_path / "good.csv", tmp_path / "bad.csv"
    mapping.write_text(MAPPING)
    good.write_text("ward,name,votes\nnorth,Ada,3\nnorth,Bell,2\n")
    bad.write_text("ward,name,votes\nnorth,Ada,3\nnorth,Bell,two\nnorth,Cruz,1\n")
    rules = tmp_path / "rules.json"
    run("import", good, "--mapping", mapping, "--write-rules", rules, "--synthesise-ballots")
    home = new_home(rules)

    said, _ = run(
        "import",
        bad,
        "--mapping",
        mapping,
        "--home",
        home,
        "--synthesise-ballots",
        "--out",
        tmp_path / "out.ndjson",
        "--format",
        "ndjson",
        "--json",
        code=1,
    )

    report = json.loads(said)
    assert [(fault["line"], fault["code"]) for fault in report["faults"]] == [(3, "import.not_a_number"), (4, "import.option_unknown")]
    assert report["ballots"] == 0
    assert [(one["unit"], one["contest"], one["method"]) for one in report["held"]] == [("north", "mayor", "all")]
    assert report["held"][0]["why"].startswith('line 3: votes "two" is not a number')
    said, _ = run(
        "import",
        bad,
        "--mapping",
        mapping,
        "--home",
        home,
        "--synthesise-ballots",
        "--partial",
        "--out",
        tmp_path / "out.ndjson",
        "--format",
        "ndjson",
        "--json",
        code=1,
    )
    assert json.loads(said)["ballots"] == 3
    ballots = [json.loads(line) for line in (tmp_path / "out.ndjson").read_text().splitlines()]
    assert [ballot["contests"] for ballot in ballots] == [{"mayor": ["Ada"]}] * 3
    assert (home / "import.key").stat().st_mode & 0o777 == 0o600


def test_a_live_count_takes_no_synthesised_ballots(tmp_path):
    mapping, results, rules = tmp_path / "m.toml", tmp_path / "r.csv", tmp_path / "rules.json"
    mapping.write_text(MAPPING)
    results.write_text("ward,name,votes\nnorth,Ada,3\n")
    run("import", results, "--mapping", mapping, "--write-rules", rules, "--synthesise-ballots")
    run("init", "--home", tmp_path / "live", "--rules", rules, "--mode", "live")

    _, events = run("import", results, "--mapping", mapping, "--home", tmp_path / "live", "--synthesise-ballots", "--out", tmp_path / "out", code=2)

    assert "import.synthesise_live" in events
    assert not (tmp_path / "out").exists()


def test_votes_for_who_was_written_in_are_told_beside_the_sums_that_leave_them_out(tmp_path, new_home):
    mapping, results, rules = tmp_path / "m.toml", tmp_path / "results.csv", tmp_path / "rules.json"
    with_write_ins = MAPPING.replace('id = "{name}"', 'id = "{name}"\nfigures = {"Write-ins" = "write_ins"}')
    mapping.write_text(with_write_ins.replace('id = "mayor"', 'id = "mayor"\nwrite_ins = true'))
    results.write_text("ward,name,votes\nnorth,Ada,3\nnorth,Write-ins,4\nsouth,Ada,1\nsouth,Write-ins,5\n")
    run("import", results, "--mapping", mapping, "--write-rules", rules)
    home = new_home(rules)
    for where in ((), ("--home", home)):
        _, said = run("import", results, "--mapping", mapping, "--check", *where)
        assert "9  mayor: write-ins, which are in none of the sums above" in said, said
        told, _ = run("import", results, "--mapping", mapping, "--check", "--json", *where)
        assert (json.loads(told)["sums"], json.loads(told)["write_ins"]) == ({"mayor": {"Ada": 4}}, {"mayor": 9})
