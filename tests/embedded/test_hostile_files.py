"""Files that would break a reader: those of tests/suites, and archives that grow without end. Nothing crashes, hangs or is half taken, and
nothing that a terminal obeys is printed."""

import itertools
import json
import os
import re
import sqlite3
import struct
import subprocess
import sys
import zipfile
import zlib

import pytest

from conftest import TELLER, TREE, run

SUITES = TREE / "tests/suites"
# What a terminal obeys, or what turns a line around. A tab and a line feed are ours.
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f\x80-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
MIB = 1 << 20


class Ran:
    """A run of `teller`, and what it cost."""

    def __init__(self, *arguments, timeout=60):
        with subprocess.Popen([TELLER, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            try:
                self.out, self.err = (text.decode() for text in process.communicate(timeout=timeout))
            finally:
                process.kill()
            self.code = process.returncode


# Waits for the command in a small process: a new one begins with the memory of its parent, and pytest grows with its tests.
WEIGH = """
import os, sys
_, status, used = os.wait4(os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ), 0)
with open(int(sys.argv[1]), "w") as numbers:
    print(os.waitstatus_to_exitcode(status), used.ru_maxrss / 1024, used.ru_utime + used.ru_stime, file=numbers)
"""


def cost(*arguments, log):
    """(exit code, what it said, MiB of memory, seconds of processor) of `teller ARGUMENTS`."""
    numbers, written = os.pipe()
    command = [sys.executable, "-c", WEIGH, str(written), TELLER, *map(str, arguments)]
    with open(log, "wb") as said:
        subprocess.run(command, stdout=said, stderr=said, pass_fds=(written,), check=True)
    os.close(written)
    with os.fdopen(numbers) as weighed:
        code, memory, seconds = weighed.read().split()
    return int(code), log.read_text(), float(memory), float(seconds)


MAPPING = """teller = "mapping/1"
[csv]
header = false
[election]
name = "Test"
date = "2026-05-03"
time_zone = "UTC"
[[unit]]
kind = "place"
id = "{1}"
[contest]
id = "c"
[option]
id = "{2}"
[method]
id = "all"
[votes]
column = "3"
"""


@pytest.fixture
def mapping(tmp_path):
    path = tmp_path / "mapping.toml"
    path.write_text(MAPPING)
    return path


def files_of(*patterns):
    found = [path for pattern in patterns for path in sorted(SUITES.glob(pattern))]
    assert found, patterns
    return found


def is_orderly(ran):
    assert ran.code in (0, 1, 2, 3), ran.err
    assert not OBEYED.search(ran.out + ran.err), repr((ran.out + ran.err)[-500:])
    assert ran.code == 0 or ran.err.strip(), "whoever refuses says why"


@pytest.mark.parametrize("path", files_of("csv-spectrum/csvs/*.csv", "scottish-stv-csv/*.csv"), ids=lambda path: path.name)
def test_an_odd_csv_is_read_or_refused_in_order(path, mapping):
    is_orderly(Ran("mapping", "new", path))
    is_orderly(Ran("import", path, "--mapping", mapping, "--check"))


def test_json_that_is_no_table_is_refused_in_order(tmp_path, mapping):
    # All of them in one archive, and the oddest each by itself: as a table no JSON is one.
    everything = tmp_path / "all.zip"
    with zipfile.ZipFile(everything, "w") as out:
        for i, path in enumerate(files_of("jsontestsuite/*/*.json")):
            out.write(path, f"{i}.csv")
    is_orderly(Ran("import", everything, "--mapping", mapping, "--check"))
    for path in files_of("jsontestsuite/test_parsing/n_structure_*.json")[:20]:
        is_orderly(Ran("import", path, "--mapping", mapping, "--check"))


def test_strings_that_break_programs_are_names_or_refused_and_never_obeyed(tmp_path, mapping):
    # The first row says how many columns there are: one that cannot be cut ends the file.
    strings = ["Ada", *sorted({text for text in json.loads((SUITES / "blns/blns.json").read_text()) if text.strip()})]
    rows = ['{},"{}",{}'.format(i, text.replace('"', '""'), i + 1) for i, text in enumerate(strings)]
    path = tmp_path / "names.csv"
    path.write_text("".join(row + "\n" for row in rows), encoding="utf-8", errors="replace", newline="")
    # Windows keeps NUL for itself, and in French it is an invalid vote.
    mapping.write_text(MAPPING.replace("[csv]", 'no_sums = ["NUL"]\n[csv]'))
    ran = Ran("import", path, "--mapping", mapping, "--check")
    is_orderly(ran)
    report = json.loads(Ran("import", path, "--mapping", mapping, "--check", "--json").out)
    taken = sum(report["sums"]["c"].values())
    refused = {fault["line"] for fault in report["faults"]}
    # Strings may hold line ends: a line's number is not the row's.
    lines, at = [], 1
    for i, row in enumerate(rows):
        lines.append((at, i + 1))
        at += row.count("\n") + 1
    assert taken + sum(votes for line, votes in lines if line in refused) == sum(votes for _, votes in lines)
    assert len(refused) < 30, report["faults"]
    for command in (["mapping", "new", path], ["import", path, "--mapping", mapping, "--write-rules", tmp_path / "rules.json"]):
        is_orderly(Ran(*command))


# ---- What grows without end


def zip_of(path, name, first, repeated, times, last=b"", says=None):
    """A zip with one member: `first`, `times` × `repeated`, `last`; it may say another size. It is never unpacked here: deflate lets compressed blocks be repeated."""

    def packed(data, flush):
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        return packer.compress(data) + packer.flush(flush)

    data = packed(first, zlib.Z_FULL_FLUSH) + packed(repeated, zlib.Z_FULL_FLUSH) * times + packed(last, zlib.Z_FINISH)
    size = says or len(first) + len(repeated) * times + len(last)
    with open(path, "ab") as out:
        add_member(out, name, data, size)
    return path


def add_member(out, name, data, size, directory=None):
    """Adds a member and, behind it, the list of all members; its checksum is wrong, and nobody gets that far."""
    start = out.tell()
    extra = struct.pack("<HHQQ", 1, 16, size, len(data))
    fields = struct.pack("<HHHHHIIIHH", 45, 0, 8, 0, 0, 0, 0xFFFFFFFF, 0xFFFFFFFF, len(name), len(extra))
    out.write(b"PK\x03\x04" + fields + name.encode() + extra + data)
    listed = struct.pack("<H", 45) + fields + struct.pack("<HHHII", 0, 0, 0, 0, start) + name.encode() + extra
    at = out.tell()
    out.write(b"PK\x01\x02" + listed)
    out.write(struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 1, 1, len(listed) + 4, at, 0))


def workbook(path, sheet):
    """An XLSX whose sheet is (first, repeated, times, last)."""
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    first, repeated, times, last = sheet
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(first) + packer.flush(zlib.Z_FULL_FLUSH)
    block = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed += (block.compress(repeated) + block.flush(zlib.Z_FULL_FLUSH)) * times
    end = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed += end.compress(last) + end.flush()
    size = len(first) + len(repeated) * times + len(last)
    members = [
        ("xl/workbook.xml", f'<workbook xmlns:r="{relation}"><sheets><sheet name="a" r:id="r1"/></sheets></workbook>'.encode(), None),
        ("xl/_rels/workbook.xml.rels", b'<Relationships><Relationship Id="r1" Target="worksheets/s.xml"/></Relationships>', None),
        ("xl/worksheets/s.xml", packed, size),
    ]
    listed, out = b"", b""
    for name, data, grown in members:
        method = 8 if grown else 0
        # Of what grows without end it is wrong, and nobody gets that far.
        checksum = zlib.crc32(data) if not grown else 0 if times else zlib.crc32(first + last)
        extra = struct.pack("<HHQQ", 1, 16, grown or len(data), len(data))
        fields = struct.pack("<HHHHHIIIHH", 45, 0, method, 0, 0, checksum, 0xFFFFFFFF, 0xFFFFFFFF, len(name), len(extra))
        listed += b"PK\x01\x02" + struct.pack("<H", 45) + fields + struct.pack("<HHHII", 0, 0, 0, 0, len(out)) + name.encode() + extra
        out += b"PK\x03\x04" + fields + name.encode() + extra + data
    path.write_bytes(out + listed + struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 3, 3, len(listed), len(out), 0))
    return path


def is_cheaply_refused(path, mapping, code, *, memory):
    """Both commands refuse it with this code, and cost no more than so many MiB and ten seconds of processor; no file is left behind."""
    before = set(path.parent.iterdir())
    for command in (["import", path, "--mapping", mapping, "--check"], ["mapping", "new", path]):
        log = path.parent / "said.log"
        ended, said, used, seconds = cost(*command, log=log)
        assert ended == 2 and code in said, said[-1000:]
        assert used < memory and seconds < 10, (command, used, seconds)
        log.unlink()
    assert set(path.parent.iterdir()) == before


def test_ten_gigabytes_of_zeros_in_ten_megabytes_are_refused_at_once(tmp_path, mapping):
    bomb = zip_of(tmp_path / "zeros.zip", "zeros.csv", b"", bytes(MIB), 10 * 1024)
    assert bomb.stat().st_size < 16 * MIB
    is_cheaply_refused(bomb, mapping, "file.", memory=300)


def test_ten_gigabytes_of_rows_are_refused_at_once(tmp_path, mapping):
    rows = b"P1,Ada,1\nP1,Ben,2\n" * (MIB // 18)
    is_cheaply_refused(zip_of(tmp_path / "rows.zip", "rows.csv", b"", rows, 10 * 1024), mapping, "file.too_large", memory=1200)


def test_an_archive_that_says_it_is_larger_than_a_nation_is_refused_at_once(tmp_path, mapping):
    # Rows as they might be, which grow to some times their size: no ratio tells them from results.
    rows = "".join(f"P{i},Ada,{i * 7919 % 1000}\n" for i in range(MIB // 8)).encode()
    bomb = zip_of(tmp_path / "nations.zip", "rows.csv", b"", rows, 100, says=9 << 29)
    assert bomb.stat().st_size > 24 * MIB
    is_cheaply_refused(bomb, mapping, "nations.zip: is more than 4096 MiB", memory=200)


def test_a_spreadsheet_of_ten_gigabytes_is_refused_at_once(tmp_path, mapping):
    row = b"<row><c><v>1</v></c><c><v>2</v></c><c><v>3</v></c></row>"
    rows = row * (MIB // len(row))
    bomb = workbook(tmp_path / "rows.xlsx", (b"<worksheet><sheetData>", rows, 10 * 1024, b"</sheetData></worksheet>"))
    is_cheaply_refused(bomb, mapping, "file.", memory=1200)


def test_many_small_files_that_grow_are_counted_together(tmp_path, mapping):
    bomb = tmp_path / "many.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as out:
        rows = b"".join(b"P%d,Ada,1\n" % 7 for _ in range(MIB // 9))
        for i in range(20):
            out.writestr(f"{i:03}.csv", rows)
    is_cheaply_refused(bomb, mapping, "file.too_large", memory=1200)


def test_an_archive_in_an_archive_is_not_opened(tmp_path, mapping):
    inner = zip_of(tmp_path / "inner.zip", "zeros.csv", b"", bytes(MIB), 1024)
    outer = tmp_path / "outer.zip"
    with zipfile.ZipFile(outer, "w") as out:
        out.write(inner, "results.zip")
    is_cheaply_refused(outer, mapping, "packed once more", memory=300)


def test_one_cell_far_to_the_right_of_a_long_sheet_costs_no_memory(tmp_path, mapping):
    # As CSV every row would have 16,384 columns: 5 GB of commas.
    rows = "".join(f'<row r="{i}"><c r="A{i}"><v>{i}</v></c></row>' for i in range(1, 300_001)).encode()
    last = b'<row r="300001"><c r="XFD300001"><v>1</v></c></row></sheetData></worksheet>'
    is_cheaply_refused(workbook(tmp_path / "far.xlsx", (b"<worksheet><sheetData>" + rows, b"", 0, last)), mapping, "file.member_unknown", memory=300)


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_a_billion_laughs_are_refused_before_the_first(tmp_path, mapping, kind):
    entities = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    laughs = f'<!DOCTYPE x [<!ENTITY l0 "lol">{entities}]><x>&l9;</x>'
    path = tmp_path / f"laughs.{kind}"
    with zipfile.ZipFile(path, "w") as out:
        if kind == "xlsx":
            out.writestr("xl/workbook.xml", laughs)
        else:
            out.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
            out.writestr("content.xml", laughs)
    is_cheaply_refused(path, mapping, "declares a document type", memory=200)


@pytest.mark.parametrize("attribute", ["number-columns-repeated", "number-rows-repeated"])
def test_a_cell_that_is_repeated_without_end_costs_no_memory(tmp_path, mapping, attribute):
    text = "x" * 60_000
    rows, cells = ('table:number-rows-repeated="99999999999"', "") if "rows" in attribute else ("", 'table:number-columns-repeated="16000"')
    content = f'<o:d xmlns:o="o" xmlns:table="t" xmlns:text="x"><table:table table:name="a"><table:table-row {rows}><table:table-cell {cells}><text:p>{text}</text:p></table:table-cell></table:table-row></table:table></o:d>'
    path = tmp_path / "again.ods"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        out.writestr("content.xml", content)
    is_cheaply_refused(path, mapping, "file.member_unknown", memory=900)


def test_a_hundred_thousand_lines_with_one_fault_are_one_sentence_and_three_examples(tmp_path, mapping):
    path = tmp_path / "faults.csv"
    path.write_text("P1,Ada,1\n" + "".join(f"P{i},Ada,1.5\n" for i in range(100_000)))
    ran = Ran("import", path, "--mapping", mapping, "--check")
    about = [line for line in ran.err.splitlines() if "import.not_a_number" in line or "same fault" in line]
    assert ran.code == 1 and len(about) == 4 and len(ran.err.splitlines()) < 12, ran.err
    assert f'{path}:2: import.not_a_number: 3 "1.5" is not whole' in about[0] and "in 99,997 more" in about[3]


# A sequence that a terminal obeys; and bytes that are no text at all, from somebody who writes into the file itself.
EVIL = {"a sequence": "\x1b[31mred\u202ekcab\x07".encode(), "no UTF-8": b"\x1b[31mred\xff\x1b"}
AS_JSON = {"inspect": ["--json"], "totals": ["--format", "json"], "incidents": ["--format", "json"], "deliveries": ["--json"], "verify": ["--json"],
           "reconcile": ["--json"], "reconcile --full": ["--json"], "digest": [], "check": ["--json"], "audit show": ["--json"]}  # fmt: skip


@pytest.mark.parametrize("evil", EVIL.values(), ids=EVIL)
def test_no_text_of_the_store_is_obeyed_by_a_terminal(evil, tmp_path):
    """What stands in any column of text, whoever put it there: every command prints it so that it does nothing, for people and
    for programs, and ends as it should."""
    home = tmp_path / "home"
    run("init", "--home", home, "--rules", TREE / "tests/vectors/rules.json", "--mode", "test")
    with sqlite3.connect(home / "store.sqlite") as store:
        tables = [name for (name,) in store.execute("select name from sqlite_master where type = 'table'")]
        for table in tables:
            columns = list(store.execute(f"pragma table_info({table})"))
            if not list(store.execute(f"select 1 from {table} limit 1")) and table in ("reconciliation", "inbox_refused", "deliveries"):
                cells = ["cast(? as text)" if kind.upper() == "TEXT" else "?" for _, _, kind, *_ in columns]
                values = [evil if kind.upper() == "TEXT" else 1 for _, _, kind, *_ in columns]
                store.execute(f"insert into {table} values ({','.join(cells)})", values)
            for _, name, kind, *_ in columns:
                if kind.upper() == "TEXT" and (table, name) != ("head", "status"):
                    store.execute(f"update or ignore {table} set {name} = cast(? as text)", (evil,))
        store.commit()
    printed = 0
    for command, options in AS_JSON.items():
        for form in ([], options):
            ran = subprocess.run([TELLER, *command.split(), "--home", home, *form], capture_output=True, timeout=100)
            said = (ran.stdout + ran.stderr).decode()  # All of it is UTF-8.
            assert ran.returncode in (0, 1, 3), (command, form, ran.returncode, said)
            assert not (OBEYED.search(said) if not form else re.search("[\x00-\x09\x0b-\x1f\x7f]", said)), (command, said)
            printed += "[31mred" in said
    assert printed > 0, "none of them printed any of it: the test shows nothing"


def with_evil(value):
    """An entry in JSON with something that a terminal obeys in the place of each text and of each name of a member, one at a time."""
    evil = EVIL["a sequence"].decode()
    if isinstance(value, str):
        yield evil
    for key, part in value.items() if isinstance(value, dict) else ():
        yield {evil if one == key else one: other for one, other in value.items()}
        yield from (value | {key: other} for other in with_evil(part))
    for place, part in enumerate(value) if isinstance(value, list) else ():
        yield from (value[:place] + [other] + value[place + 1 :] for other in with_evil(part))


def test_a_terminal_obeys_no_refusal_of_an_entry(tmp_path):
    """A vendor's file of entries, what is in it and what it is called: `load` says of each line why it is refused."""
    home = tmp_path / "home"
    run("init", "--home", home, "--rules", TREE / "tests/vectors/rules.json", "--mode", "test")
    entries = [
        one["json"] for one in json.loads((TREE / "tests/vectors/entry.json").read_text())["valid"] if one["json"]["kind"] in ("ballot", "sheet")
    ]
    count = json.loads((home / "count.json").read_text())["id"]
    file = tmp_path / EVIL["a sequence"].decode()
    with open(file, "wb") as out:
        for entry in itertools.chain.from_iterable(with_evil(one) for one in {one["kind"]: one | {"count": count} for one in entries}.values()):
            out.write(json.dumps(entry).encode() + b"\n")  # In the words of JSON, and as it is.
            out.write(json.dumps(entry, ensure_ascii=False).encode() + b"\n")
        out.write(EVIL["no UTF-8"] + b"\n")
    ran = Ran("load", file, "--home", home)
    is_orderly(ran)
    assert ran.code == 1 and "[31mred" in ran.err, "none of it was printed: the test shows nothing"
    is_orderly(Ran("load", str(file) + "-that-is-not-there", "--home", home))


def test_nothing_that_persons_type_turns_a_line_around(tmp_path):
    """A name or a reason with a control of direction would turn the text behind it around, wherever it is read."""
    turned, home = "meier\u202e.a", tmp_path / "home"
    run("init", "--home", home, "--rules", TREE / "tests/vectors/rules.json", "--mode", "test")
    for command in (
        ("officer", "new", turned, "--out", tmp_path / "key"),
        ("token", "new", "--home", home, "--role", "observer", "--for", turned, "--reason", "a test"),
    ):
        said = subprocess.run([TELLER, *map(str, command)], capture_output=True, text=True, timeout=60)
        assert said.returncode != 0 and "controls of direction" in said.stderr, (command, said)
