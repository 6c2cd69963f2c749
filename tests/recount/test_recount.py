"""The recount agrees with a plain count of the same entries, and finds and names whatever is changed."""

import csv
import json
import pathlib
import shutil
import subprocess
import sys
import tomllib

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import small_export  # noqa: E402
from small_export import TREE, SmallExport, vectors  # noqa: E402

sys.path.insert(0, str(TREE / "recount"))
import decisions  # noqa: E402
import ed25519  # noqa: E402
import entry  # noqa: E402
import export  # noqa: E402
import tree  # noqa: E402

RECOUNT = TREE / "recount/recount.sh"
PYTHON = TREE / "build/venv/spark/bin/python"
VECTORS = json.loads((TREE / "tests/vectors/entry.json").read_text())
RULES = entry.Rules(json.loads((TREE / "tests/vectors/rules.json").read_text()))


# -------------------------------------------------------------------------------------------------- reading, no Spark


COUNT = entry.Count({"id": vectors.COUNT.hex(), "partitions": 1})
OFFICERS = entry.Count({"id": vectors.COUNT.hex()} | {name: VECTORS["decisions"][name] for name in ("partitions", "officers", "approvals")})


def read(raw, count=COUNT):
    kind = entry.check_head(raw, vectors.COUNT[:8])
    if kind == entry.CONTROL:
        return entry.control(RULES, count, raw)
    if kind == entry.BALLOT:
        return entry.ballot(RULES, raw[entry.HEAD :])
    if kind == entry.SHEET:
        return entry.sheet(RULES, raw[10:26], raw[entry.HEAD :])
    raise entry.Refused("not counted")


@pytest.mark.parametrize("case", VECTORS["valid"], ids=lambda case: case["name"])
def test_an_entry_of_the_vectors_is_read_and_has_its_hash_and_partition(case):
    raw = bytes.fromhex(case["hex"])
    read(raw)
    assert tree.leaf_hash(raw).hex() == case["leaf"]
    key = raw[26:33] if raw[1] == entry.SHEET else raw[10:26]
    for partitions, number in case["partition"].items():
        assert entry.partition_of(key, int(partitions)) == number


@pytest.mark.parametrize("case", VECTORS["invalid"], ids=lambda case: case["name"])
def test_what_is_no_entry_is_refused_with_the_code_of_the_page(case):
    raw = bytes.fromhex(case["hex"]) + bytes(case["zeros"])
    with pytest.raises(entry.Refused) as refused:
        read(raw)
    if raw[1:2] != b"\3":  # Check-ins are not read by a recount at all.
        assert str(refused.value) == case["code"]


@pytest.mark.parametrize("case", VECTORS["decisions"]["valid"], ids=lambda case: case["name"])
def test_a_decision_of_the_vectors_is_one_and_was_signed_over_these_bytes(case):
    raw = bytes.fromhex(case["hex"])
    decision = read(raw, OFFICERS)
    assert (b"teller decision 2\n" + vectors.COUNT + decision.signed).hex() == case["signed"]
    assert tree.leaf_hash(raw).hex() == case["leaf"]
    key = decision.kept[2] if decision.kept else decision.ballot and decision.ballot[10:26]
    partition = decision.partition if decision.about_stage else entry.partition_of(key, OFFICERS.partitions)
    assert partition == case["partition"]


@pytest.mark.parametrize("case", VECTORS["decisions"]["invalid"], ids=lambda case: case["name"])
def test_what_is_no_decision_of_the_officers_is_refused_with_the_code_of_the_page(case):
    with pytest.raises(entry.Refused) as refused:
        read(bytes.fromhex(case["hex"]) + bytes(case["zeros"]), OFFICERS)
    assert str(refused.value) == case["code"]


def test_a_signature_is_good_by_the_one_rule():
    """Of the cases on which implementations differ, tests/vectors/ed25519, number 3 from 0 and no other."""
    cases = json.loads((TREE / "tests/vectors/ed25519/speccheck_cases.json").read_text())
    good = [ed25519.good_signature(*(bytes.fromhex(case[name]) for name in ("pub_key", "message", "signature"))) for case in cases]
    assert [at for at, one in enumerate(good) if one] == [3]


def test_the_recount_knows_the_table_of_decisions():
    known = tomllib.loads((TREE / "schema/decisions.toml").read_text())
    assert list(entry.STAGES) == known["stages"]
    assert entry.ACTIONS == {
        one["action"]: (name, tuple(one["stages"]), tuple(one["roles"]), one.get("becomes")) for name, one in known["decisions"].items()
    }


# ------------------------------------------------------------------------------------------------- decisions, no Spark


def log_of(steps, vector="decision_steps"):
    """The decisions of the vectors' log as far as `steps` steps, as the recount has them, and its size."""
    leaves = []
    for step in VECTORS[vector]["steps"][:steps]:
        segment, at = bytes.fromhex(step["segment"]), 107
        while at < len(segment):
            length = int.from_bytes(segment[at : at + 2], "little")
            leaves.append(segment[at + 2 : at + 2 + length])
            at += 2 + length
    return [(place, read(raw, OFFICERS)) for place, raw in enumerate(leaves) if raw[1] == entry.CONTROL], len(leaves)


def judged(found, size):
    return decisions.Partition(OFFICERS, 0, size, found)


@pytest.mark.parametrize(
    ("steps", "stage", "void"),
    [(1, "setup", []), (2, "open", []), (3, "open", [2]), (4, "open", []), (5, "closed", [2, 3]), (7, "certified", [2, 3]), (9, "closed", [2, 3])]
    + [(11, "closed", [2, 3]), (12, "certified", [2, 3])],
)
def test_decisions_lead_to_the_stage_and_to_the_ballots_that_are_void(steps, stage, void):
    found = judged(*log_of(steps))
    assert not found.findings
    assert found.stage == stage
    assert sorted(int.from_bytes(name[:4], "big") for name in found.void) == void


@pytest.mark.parametrize(
    ("steps", "void", "superseded"),
    [(1, [], []), (2, [], [1]), (3, [1], [1]), (5, [], [1]), (6, [], [1]), (7, [], [3]), (8, [1, 3], [3]), (10, [1, 3], [3])],
)
def test_conflicts_that_were_settled_lead_to_what_counts(steps, void, superseded):
    found = judged(*log_of(steps, "resolution_steps"))
    assert not found.findings
    assert sorted(int.from_bytes(name[:4], "big") for name in found.void) == void
    assert sorted(int.from_bytes(name[:4], "big") for name, raw in found.first.items() if found.stands[name] != raw) == superseded


def test_what_was_superseded_is_looked_for_in_the_log_and_what_superseded_it_is_not():
    found, size = log_of(11, "resolution_steps")
    (wanted,) = decisions.Decided(OFFICERS, [size, 0], {0: found}).targets({0: found}).values()

    def card(number, option):
        said = {"mayor": [option], "council": []}
        return tree.leaf_hash(vectors.ballot_bytes(vectors.changed(vectors.BALLOT, id=f"{number:08x}-0000-4000-8000-000000000000", contests=said)))

    # Ballots 1 and 3 were superseded, 2 and a sheet kept; 1 was kept as well, by what had superseded it.
    assert wanted == {
        card(1, "ada"),
        card(2, "ada"),
        card(3, "ada"),
        tree.leaf_hash(vectors.sheet_bytes(vectors.changed(vectors.SHEET, unit="city"))),
    }


def test_the_certification_that_stands_is_the_last_one():
    assert [judged(*log_of(steps)).certified[0] for steps in (7, 12)] == [27, 32]


def test_a_conflict_that_is_kept_twice_is_found():
    found, size = log_of(11, "resolution_steps")
    kept = next(one for one in found if one[1].kept)
    assert any("keeps what is kept already" in text for text in judged([*found, kept], size).findings)


def without(found, *names):
    return [(place, one) for place, one in found if one.name not in names]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda found: without(found, "open"), '"close" as decision 2, could not be taken: it is setup by 0'),
        (lambda found: without(found, "close"), '"certify" as decision 3, could not be taken: it is open by 1'),
        (lambda found: [*found, found[0]], '"open" as decision 1, could not be taken'),
        (lambda found: without(found, "reinstate"), '"void", is about a ballot that is void'),
        (lambda found: without(found, "void"), '"reinstate", is about a ballot that is not void'),
        (
            lambda found: [(place, one._replace(ballot=one.ballot + b"x") if one.name == "reinstate" else one) for place, one in found],
            '"reinstate", is about a ballot that another one stands for',
        ),
        (
            lambda found: [(place, one._replace(partition=1)) if one.name == "close" else (place, one) for place, one in found],
            "is about another partition",
        ),
    ],
)
def test_decisions_that_cannot_have_been_taken_are_named(change, words):
    found, size = log_of(7)
    assert any(words in text for text in judged(change(found), size).findings), judged(change(found), size).findings


def test_what_was_counted_behind_a_certification_is_found():
    found, size = log_of(7)
    assert judged(found, size + 1).findings == ["partition 0: something else than its certification was counted behind what is certified"]


def test_a_log_that_was_never_opened_has_no_entries():
    assert judged([], 0).findings == []
    assert judged([], 1).findings == ["partition 0: it was never opened, and has entries"]


def test_a_statement_that_says_something_else_than_what_was_certified_is_found():
    found, size = log_of(7)
    one = entry.Count({"id": vectors.COUNT.hex(), "partitions": 1, "officers": VECTORS["decisions"]["officers"]})
    good = (vectors.STATEMENT_HASH.hex(), vectors.STATED_DIGEST.hex(), [13])

    def findings(stated, status="official"):
        done = decisions.Decided(one, [size], {0: found})
        done.compare([None] * 27 + stated, status)
        return done.findings

    assert findings([good]) == []
    for other in ([], [("00" * 32, *good[1:])], [(good[0], "00" * 32, [13])], [(*good[:2], [14])], [(*good[:2], [])]):
        assert "partition 0: it certifies statement 27, and that says something else" in findings(other)
    assert any("says unofficial, and by the decisions in the log the count is official" in text for text in findings([good], "unofficial"))


@pytest.mark.parametrize("size", [0, 1, 2, 3, 5, 8, 13, 256, 511])
def test_peaks_give_the_root_of_the_document(size):
    leaves = [tree.leaf_hash(bytes([at & 255, at >> 8])) for at in range(size)]
    peaks = []
    tree.grow(peaks, leaves)
    assert tree.root(peaks) == vectors.merkle_root(leaves)


def test_a_tile_lies_where_the_format_says():
    assert tree.tile_path("entries", 1234067, 256) == "tile/entries/x001/x234/067"
    assert tree.tile_path(0, 7, 12) == "tile/0/007.p/12"


# --------------------------------------------------------------------------------------------- exports and what they say


def one_byte(folder, name, at, mask=1):
    path = folder / name
    raw = bytearray(path.read_bytes())
    raw[at] ^= mask
    path.write_bytes(raw)


def another_vote(partition, raws):
    """A ballot for Ada becomes one for Bell; hashes and tiles are made anew, as an insider would."""
    if partition != 1:
        return raws
    ada, bell = (vectors.selection_bytes("mayor", [name]) for name in ("ada", "bell"))
    at = next(at for at, raw in enumerate(raws) if ada in raw and raw[26:30] == vectors.u32(1) and raw[33] == 0)
    return [*raws[:at], raws[at].replace(ada, bell), *raws[at + 1 :]]


def first_again(partition, raws):
    return [*raws[:-1], raws[0]] if partition == 0 else raws


def in_another_partition(partition, raws):
    stray = next(
        raw
        for number in range(10**6)
        if vectors.partition((raw := vectors.ballot_bytes(vectors.changed(vectors.BALLOT, id=f"00000000-0000-4000-8000-{number:012}")))[10:26], 3)
        == 0
    )
    return [*raws[:-1], stray] if partition == 2 else raws


def first_void(raws):
    return next(at for at, raw in enumerate(raws) if raw[1] == entry.CONTROL and raw[26] == 5)


def forged_signature(partition, raws):
    """Somebody who has no officer's key puts another reason into a void."""
    if partition != 0:
        return raws
    at = first_void(raws)
    return [*raws[:at], raws[at].replace(b"twice", b"never"), *raws[at + 1 :]]


def void_of_another_ballot(partition, raws):
    """Two officers who have agreed to it void a ballot that was not counted with these bytes."""
    if partition != 0:
        return raws
    at = first_void(raws)
    decision = entry.read_decision(raws[at])
    ballot = next(one for one in small_export.entries(1500) if one["kind"] == "ballot" and small_export.raw_of(one) == decision.ballot)
    other = vectors.changed(ballot, contests=dict.fromkeys(ballot["contests"], {"invalid": True}))
    return [*raws[:at], vectors.control_bytes(vectors.changed(vectors.VOID, ballot=other)), *raws[at + 1 :]]


def with_totals(folder, change):
    with open(folder / "totals.csv", newline="") as file:
        head, *rows = csv.reader(file)
    with open(folder / "totals.csv", "w", newline="") as file:
        csv.writer(file).writerows([head, *change(rows)])


def moved_vote(rows):
    for row in rows:
        if row[:4] == ["mayor", "ada", "city/north", "in-person"]:
            row[5] = str(int(row[5]) - 1)
    return rows


def ragged(folder):
    path = folder / "partitions/0000/tile/entries/000"
    path.write_bytes(path.read_bytes()[:-1])


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    return SmallExport(tmp_path_factory.mktemp("good") / "export")


@pytest.fixture(scope="module")
def decided(tmp_path_factory):
    return SmallExport(tmp_path_factory.mktemp("decided") / "export", officers=True)


@pytest.fixture(scope="module")
def results(good, decided, tmp_path_factory):
    """name -> what the recount said of that export; all in one Spark session."""
    folder = tmp_path_factory.mktemp("exports")
    cases = {"as it is": good.folder}
    for name, change in {"another vote": another_vote, "an entry twice": first_again, "a stray": in_another_partition}.items():
        cases[name] = SmallExport(folder / name, change=change).folder
    cases["with officers"] = decided.folder
    for name, change in {"a forged signature": forged_signature, "a void of another ballot": void_of_another_ballot}.items():
        cases[name] = SmallExport(folder / name, change=change, officers=True).folder
    spoiled = {
        "a changed total": lambda copy: with_totals(copy, moved_vote),
        "a total left out": lambda copy: with_totals(copy, lambda rows: rows[1:]),
        "a total too many": lambda copy: with_totals(copy, lambda rows: [*rows, ["senate", "jan", "city/north", "postal2", "number", "3"]]),
        "a total no longer withheld": lambda copy: with_totals(
            copy, lambda rows: [[*row[:4], "number", "0"] if row[4] == "withheld" else row for row in rows]
        ),
        "a flipped bit": lambda copy: one_byte(copy, "partitions/0002/tile/entries/001", 300),
        "a tile of another hash": lambda copy: one_byte(copy, "partitions/0001/tile/0/000", 64),
        "a bundle cut short": ragged,
        "a bundle missing": lambda copy: (copy / "partitions/0000/tile/entries/000").unlink(),
        "other rules": lambda copy: (copy / "rules.json").write_text((copy / "rules.json").read_text().replace("Vectors", "Vektors")),
        "a statement changed": lambda copy: one_byte(copy, "statements/tile/entries/000.p/2", 400, 2),
        "no statement": lambda copy: (copy / "statements/checkpoint").unlink(),
    }
    for name, change in spoiled.items():
        cases[name] = shutil.copytree(good.folder, folder / name)
        change(cases[name])
    ran = subprocess.run([PYTHON, pathlib.Path(__file__).parent / "recount_many.py", *cases.values()], capture_output=True, text=True, timeout=900)
    assert ran.returncode == 0, ran.stderr[-4000:]
    return dict(zip(cases, json.loads(ran.stdout), strict=True))


def test_an_export_as_it_is_is_equal_to_the_plain_count(good, results):
    result = results["as it is"]
    assert result["equal"], result
    assert result["digest"] == {"recounted": good.digest(), "stated": good.digest()}
    assert (result["entries"], result["ballots"], result["sheets"]) == (1513, 1500, 13)
    slots = {slot for _, slot, *_ in good.totals()}
    assert slots >= set(entry.COUNTERS), "the small export should use every counter"
    assert any(total[6] for total in good.totals()), "and hold a withheld figure"
    assert result["totals"]["compared"] == sum(1 for total in good.totals() if total[4] or total[6]) > 100


def test_a_count_with_officers_is_equal_to_the_plain_count(decided, good, results):
    result = results["with officers"]
    assert result["equal"], result
    assert result["digest"] == {"recounted": decided.digest(), "stated": decided.digest()}
    assert decided.digest() != good.digest()
    assert result["decisions"] == {
        "taken": {"open": 3, "void": 41, "supersede": 4, "reinstate": 1, "keep": 1, "close": 3, "certify": 3},
        "void": 40,
        "superseded": 1,
        "stage": "certified",
        "certified": {"statement": 1, "digest": decided.digest()},
    }
    assert results["as it is"]["decisions"] is None
    text = "\n".join(result["text"])
    assert "40 ballots are void. The count is certified, which makes it official." in text
    assert "1 ballots count by the content that superseded the first one." in text
    assert f"Certified         {decided.digest()}  (statement 1)" in text


def test_a_decision_that_nobody_signed_is_found(results):
    result = results["a forged signature"]
    assert [text for text in result["findings"] if text.endswith("is none of these rules: control.signature")]
    assert result["digest"]["recounted"] != result["digest"]["stated"]


def test_a_void_of_what_was_not_counted_takes_nothing_out(results):
    result = results["a void of another ballot"]
    assert "partition 0: 1 decided about are not in the log with these bytes" in result["findings"]
    assert result["decisions"]["void"] == 39
    assert "the digest that was certified is not the one of the log" in result["findings"]


def test_one_changed_vote_is_found_and_its_unit_named(results):
    result = results["another vote"]
    assert not result["equal"]
    assert [text for text in result["findings"] if text.startswith("partition 1: the entries do not have the root")]
    assert result["digest"]["recounted"] != result["digest"]["stated"]
    assert {
        (one["contest"], one["column"], one["unit"], one["method"], one["recounted"] - one["told"]) for one in result["totals"]["differences"]
    } == {("mayor", "ada", "city/north", "in-person", -1), ("mayor", "bell", "city/north", "in-person", 1)}
    assert any("mayor" in line and "city/north" in line and line.endswith("-1") for line in result["text"])


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("an entry twice", "is in the log 2 times"),
        ("a stray", "belongs to another partition"),
        ("a flipped bit", "does not have the hash"),
        ("a tile of another hash", "partition 1: entry 2 does not have the hash"),
        ("a bundle cut short", "tile/entries/000: the bundle ends within an entry"),
        ("other rules", "speaks of another rules"),
        ("a statement changed", "the checkpoint's root is not the root of the statements"),
    ],
)
def test_what_is_wrong_with_the_log_is_named(results, name, words):
    assert not results[name]["equal"]
    assert [text for text in results[name]["findings"] if words in text], results[name]


@pytest.mark.parametrize(
    ("name", "difference"),
    [
        ("a changed total", {"contest": "mayor", "column": "ada", "unit": "city/north", "method": "in-person", "by": 1}),
        ("a total left out", {"told": 0}),
        ("a total too many", {"unit": "city/north", "method": "postal2", "recounted": 0, "told": 3}),
        ("a total no longer withheld", {"contest": "senate", "recounted": "withheld", "told": 0}),
    ],
)
def test_a_difference_in_the_totals_is_named_and_nothing_else(results, name, difference):
    result = results[name]
    assert not result["equal"] and not result["findings"]
    assert result["digest"]["recounted"] == result["digest"]["stated"]
    assert result["totals"]["differences"]
    for one in result["totals"]["differences"]:
        by = {"by": one["recounted"] - one["told"]} if isinstance(one["recounted"], int) else {}
        assert {key: value for key, value in (one | by).items() if key in difference} == difference


@pytest.mark.parametrize("name", ["a bundle missing", "no statement"])
def test_what_is_not_there_is_no_recount(results, name):
    assert "Is the export complete" in results[name]["unreadable"]


# ------------------------------------------------------------------------------------------------------- the command


@pytest.mark.parametrize("spoiled", [False, True])
def test_the_command_ends_with_0_for_equal_and_1_for_different(good, tmp_path, spoiled):
    folder = shutil.copytree(good.folder, tmp_path / "export")
    totals = shutil.move(folder / "totals.csv", tmp_path / "elsewhere.csv")
    if spoiled:
        text = pathlib.Path(totals).read_text()
        pathlib.Path(totals).write_text(text.replace("mayor,ada,city/north,in-person,number,", "mayor,ada,city/north,in-person,number,1"))
    ran = subprocess.run([RECOUNT, folder, "--totals", totals, "--json"], capture_output=True, text=True, timeout=600)
    assert ran.returncode == (1 if spoiled else 0), ran.stderr
    assert len(json.loads(ran.stdout)["totals"]["differences"]) == (1 if spoiled else 0)


def test_the_command_ends_with_3_when_there_is_no_export(tmp_path):
    ran = subprocess.run([RECOUNT, tmp_path], capture_output=True, text=True, timeout=600)
    assert ran.returncode == 3
    assert "Is the export complete" in ran.stderr


def test_totals_with_a_row_twice_are_refused(tmp_path):
    (tmp_path / "totals.csv").write_text("contest,column,unit,method,known,value\n" + "mayor,ada,city,postal,number,1\n" * 2)
    with pytest.raises(export.Unreadable):
        export.read_totals(tmp_path / "totals.csv")
