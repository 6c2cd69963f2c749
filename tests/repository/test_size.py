"""The guide to the size of servers multiplies what was measured, and every figure in it is that of the results it names."""

import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benches"))

import size  # noqa: E402

# What one ballot costs in a made-up run: round, so that the arithmetic can be done by hand.
COST = {f"{part}: {of}": value for part in size.PARTS for of, value in (("µs CPU", 36.0), ("bytes to the disk", 360.0), ("MiB", 100.0))}
COST |= {f"bytes kept: {what}": 150.0 for what in size.KEPT}
COST |= {"rows of PostgreSQL written": 0.5, "documents to Elasticsearch": 0.25, "bytes of PostgreSQL's WAL": 36, "bytes between processes": 1800}
COST |= {"ballots a second": 27_778, "commits a second": 2}


def results(folder):
    runs = [{"more": COST}, {"more": {name: value * 1000 for name, value in COST.items()}}, {"more": dict.fromkeys(COST, 0)}]
    path = folder / "made-up.json"
    path.write_text(json.dumps({"questions": {"service-costs": {"answers": {"teller": {"runs": runs}}}}}))
    return path


def row(rows, name):
    return next(cells for cells in rows if cells[0] == name)


def test_the_arithmetic_is_that_of_a_person_with_a_pencil(tmp_path):
    """100 million an hour: 36 µs a ballot are 3,600 s in 3,600 s, one core; 360 bytes are 10 MB/s; 150 bytes kept are 15 GB."""
    made = size.Size(results(tmp_path))
    assert row(made.parts(), "driver") == ["driver", "36.0", "1.00", "2.0", "360", "10.0", "100"]
    assert row(made.parts(), "together")[1:4] == ["288.0", "8.00", "16.0"]
    assert row(made.stays(), "segments")[1:3] == ["150", "15.0"]
    assert row(made.moves(), "rows of PostgreSQL written")[1:] == ["0.50", "13,889"]
    assert row(made.servers(), "brokers") == ["brokers", "3", "0.7 cores, 5 GB, 3.3 MB/s to the disk"]
    assert row(made.servers(), "executors")[1] == "2" and row(made.servers(), "partitions")[1] == "4"
    # 36 µs for half a row; four rows a ballot: 288 µs, eight cores, and twice that.
    assert row(made.servers(), "PostgreSQL")[2].startswith("2.0 cores (16.0 if no two ballots share a total), 15.0 GB")
    assert row(made.servers(), "network")[2].startswith("400 Mbit/s")


def test_ten_times_the_pace_is_ten_times_the_servers(tmp_path):
    made = size.Size(results(tmp_path), an_hour=1_000_000_000)
    assert row(made.parts(), "driver")[2:4] == ["10.00", "20.0"]
    assert row(made.servers(), "executors")[1] == "20" and row(made.servers(), "partitions")[1] == "40"
    assert row(made.stays(), "segments")[2] == "15.0", "what stays follows from the ballots and not from the pace"


def test_results_without_the_costs_are_not_taken(tmp_path):
    path = results(tmp_path)
    (tmp_path / "newer.json").write_text(json.dumps({"questions": {"recount": {"answers": {"teller": {"runs": [{"more": {}}]}}}}}))
    assert size.newest(tmp_path) == path


def test_the_figures_of_the_guide_are_those_of_the_results_that_it_names():
    """Nobody writes one into it by hand."""
    found = size.BLOCK.search(size.PAGE.read_text())
    assert found[0] == size.block(ROOT / "benches/results" / found[1])
