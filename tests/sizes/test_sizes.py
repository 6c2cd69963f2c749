"""What the largest counts cost: a nation of a million units, a thousand options in each of a thousand units, the sheets of a nation in one
delivery, files that say too much.

CPU seconds and memory are those that the system counts for the process, so that a busy machine does not fail it. A new process begins
with the memory of its parent: what is large is made and read by processes of their own. Part of `make test-long`.
"""

import gzip
import io
import json
import lzma
import os
import pathlib
import signal
import subprocess
import sys

import pytest

TREE = pathlib.Path(__file__).resolve().parents[2]
TELLER = TREE / "build/release/teller"
CPU_SECONDS, MEGABYTES = 10, 1024


class Cost:
    def __init__(self, process):
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.code, self.cpu, self.megabytes = process.returncode, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024

    def __repr__(self):
        return f"exit {self.code}, {self.cpu:.2f} CPU seconds, {self.megabytes:.0f} MB"


def cost_of(folder, *arguments):
    """What `teller ARGUMENTS` costs, and what it tells; what it says is in the file `said`."""
    told = folder / "told"
    with (folder / "said").open("wb") as out, told.open("wb") as err:
        cost = Cost(subprocess.Popen([TELLER, *map(str, arguments)], stdout=out, stderr=err))
    print(arguments[0], *arguments[-4:], cost)
    return cost, told.read_text()


def write_nation(file, units, contests):
    with file.open("wb") as rules:
        subprocess.run([sys.executable, TREE / "tests/shared/nation.py", str(units), str(contests)], stdout=rules, check=True)


def must_be_small(cost, said, code=0):
    assert cost.code == code, said[-2000:]
    assert cost.cpu < CPU_SECONDS, cost
    assert cost.megabytes < MEGABYTES, cost


@pytest.fixture(scope="module")
def land(tmp_path_factory):
    """The home of a nation with 1,000,000 units and 2,000 contests in which a thousand ballots were counted."""
    folder = tmp_path_factory.mktemp("nation")
    write_nation(folder / "rules.json", 1_000_000, 2_000)
    must_be_small(*cost_of(folder, "init", "--home", folder / "home", "--rules", folder / "rules.json", "--mode", "test"))
    count = json.loads((folder / "home/count.json").read_text())["id"]
    with (folder / "ballots.ndjson").open("w") as ballots:
        for n in range(1_000):
            county = f"r{n % 50:02}-c{n % 30:03}"
            marks = {f"seat-{unit}": [f"o{n % 8}"] for unit in ("land", county[:3], county)}
            ballot = {"kind": "ballot", "count": count, "id": f"00000000-0000-4000-8000-{n:012}", "unit": f"{county}-00001", "method": "in-person"}
            ballots.write(json.dumps(ballot | {"style": county, "card": 1, "contests": marks}) + "\n")
    must_be_small(*cost_of(folder, "load", folder / "ballots.ndjson", "--home", folder / "home"))
    return folder


@pytest.mark.parametrize(
    "command", [["totals"], ["totals", "--by", "unit", "--format", "csv"], ["verify"], ["digest"], ["inspect"], ["audit", "show"]]
)
def test_a_command_on_a_nation(land, command):
    must_be_small(*cost_of(land, *command, "--home", land / "home"))


@pytest.mark.parametrize("command", [["digest"], ["keys"], ["audit", "show"]])
def test_a_command_that_says_no_name_reads_no_rules(land, command):
    whole, _ = cost_of(land, "totals", "--home", land / "home")
    cost, said = cost_of(land, *command, "--home", land / "home")
    assert cost.code == 0, said
    assert cost.cpu < whole.cpu / 4 and cost.megabytes < whole.megabytes / 2, (cost, whole)


def test_serving_a_nation_begins(land):
    with (land / "events").open("wb") as events:
        server = subprocess.Popen(
            [TELLER, "serve", "--home", land / "home", "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=events, text=True
        )
        assert server.stdout.readline().startswith("http")
        server.send_signal(signal.SIGTERM)
        cost = Cost(server)
    print("serve", cost)
    must_be_small(cost, (land / "events").read_text())


@pytest.fixture(scope="module")
def many_options(tmp_path_factory):
    """The home of a count of 1,000 options in 1,000 units: a million figures."""
    folder = tmp_path_factory.mktemp("options")
    units = [{"id": "land", "kind": "country"}] + [{"id": f"u{i}", "name": f"Unit {i}", "kind": "precinct", "parent": "land"} for i in range(1_000)]
    contest = {
        "id": "c",
        "name": "C",
        "kind": "plurality",
        "counted_from": "sheets",
        "options": [{"id": f"o{k}", "name": f"Option {k}"} for k in range(1_000)],
    }
    rules = {"teller": "rules/1", "election": {"name": "E", "date": "2026-01-01", "time_zone": "UTC"}, "methods": [{"id": "m"}]}
    (folder / "rules.json").write_text(json.dumps(rules | {"units": units, "contests": [contest]}))
    assert cost_of(folder, "init", "--home", folder / "home", "--rules", folder / "rules.json", "--mode", "test")[0].code == 0
    count = json.loads((folder / "home/count.json").read_text())["id"]
    with (folder / "sheets.ndjson").open("w") as sheets:
        for i in range(1_000):
            sheet = {"kind": "sheet", "count": count, "unit": f"u{i}", "method": "m", "contest": "c", "cards": 1_000_000}
            sheets.write(json.dumps(sheet | {"votes": {f"o{k}": (i * k) % 700 for k in range(1_000)}}) + "\n")
    assert cost_of(folder, "load", folder / "sheets.ndjson", "--home", folder / "home")[0].code == 0
    return folder


@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_a_million_figures_are_printed_as_they_are_read(many_options, form):
    cost, told = cost_of(many_options, "totals", "--home", many_options / "home", "--by", "unit", "--format", form)
    assert cost.code == 0, told
    assert cost.megabytes < 200, cost
    with (many_options / "said").open("rb") as said:
        if form == "json":
            count = "import json, sys; print(len(json.load(sys.stdin)['contests'][0]['by_unit']))"
            assert subprocess.check_output([sys.executable, "-c", count], stdin=said, text=True) == "1000000\n"
        else:
            assert sum(1 for _ in said) > 1_000_000


@pytest.mark.parametrize("times", [1, 4])
def test_a_nation_in_one_delivery_costs_kilobytes_a_sheet(tmp_path, times):
    """Every polling station of Taiwan, and four Taiwans: delivered, and delivered again with other figures in a hundredth of the sheets."""
    example = TREE / "examples/taiwan-2024"
    head, *rows = gzip.decompress((example / "president.csv.gz").read_bytes()).decode().splitlines()
    rows = [row if n == 0 else row.replace(",", f" {n},", 1) for n in range(times) for row in rows]  # A county is the first column.
    (tmp_path / "first.csv").write_text("\n".join([head, *rows]) + "\n")
    (tmp_path / "next.csv").write_text("\n".join([head, *(row + "0" if n % 300 == 0 else row for n, row in enumerate(rows))]) + "\n")
    mapping, home = example / "mapping.toml", tmp_path / "home"
    cost, told = cost_of(tmp_path, "import", tmp_path / "first.csv", "--mapping", mapping, "--write-rules", tmp_path / "rules.json")
    assert cost.code == 0, told
    assert cost_of(tmp_path, "init", "--home", home, "--rules", tmp_path / "rules.json", "--mode", "test")[0].code == 0
    for name in ("first", "next"):
        cost, told = cost_of(tmp_path, "import", tmp_path / f"{name}.csv", "--mapping", mapping, "--home", home)
        assert cost.code == 0, told
        sheets = 17_795 * times
        assert cost.megabytes < 60 + sheets * 0.008, cost  # Measured: 127 and 391 MB.
        assert cost.cpu < 2 + sheets / 3_000, cost  # Measured: about 10,000 sheets a CPU second.


def packed(pieces):
    """xz of what the pieces say, without holding it."""
    out = io.BytesIO()
    packer = lzma.LZMACompressor()
    for piece in pieces:
        out.write(packer.compress(piece))
    out.write(packer.flush())
    return out.getvalue()


MEBIBYTE = 1 << 20
LARGE = 190  # Mebibytes: just below what rules may have.
BOMBS = {
    "spaces": lambda: (b" " * MEBIBYTE for _ in range(1_000)),
    "zeros": lambda: (piece for part in ([b"["], [b"0," * (MEBIBYTE // 2)] * LARGE, [b"0]"]) for piece in part),
    "objects": lambda: (piece for part in ([b'{"units":['], [b"{},{}," * (MEBIBYTE // 6)] * LARGE, [b"{}]}"]) for piece in part),
    "brackets": lambda: (b"[" * MEBIBYTE for _ in range(LARGE)),
    "text": lambda: (piece for part in ([b'["'], [b"x" * MEBIBYTE] * LARGE, [b'"]']) for piece in part),
}


@pytest.mark.parametrize("shape", BOMBS)
@pytest.mark.parametrize("which", ["rules", "presentation"])
def test_a_small_file_that_says_too_much_is_refused(tmp_path, shape, which):
    file = tmp_path / f"{which}.json.xz"
    file.write_bytes(packed(BOMBS[shape]()))
    assert file.stat().st_size < MEBIBYTE
    good = tmp_path / "rules.json"
    write_nation(good, 200, 2)
    arguments = ["--rules", file] if which == "rules" else ["--rules", good, "--presentation", file]
    cost, said = cost_of(tmp_path, "init", "--home", tmp_path / "home", *arguments)
    must_be_small(cost, said, code=2)
    assert not (tmp_path / "home").exists()
