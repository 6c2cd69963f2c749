"""Writes tests/vectors/entry.json: entries in JSON and in canonical bytes, with leaf hashes and partitions.

Written from schema/entry.md (and schema/decisions.toml) alone and not from the C++, so that the two check each other. Uses nothing but
Python's library. Run it after a change of the format, and say in the commit why the bytes changed:

    python3 tests/vectors/make_entry_vectors.py            # writes entry.json
    python3 tests/vectors/make_entry_vectors.py --check    # exit 1 if entry.json is not what it would write
"""

import copy
import hashlib
import json
import pathlib
import re
import struct
import sys
import tomllib

import rfc8032

HERE = pathlib.Path(__file__).resolve().parent
SCHEMA = HERE.parents[1] / "schema"
RULES = json.loads((HERE / "rules.json").read_text())
COUNT = bytes.fromhex("8f3a6c0152de47b9a1c4e2f70b9d5e63")
PARTITIONS = (1, 2, 7, 64, 4096)

UNKNOWN, WITHHELD = 2**64 - 1, 2**64 - 2


# ------------------------------------------------------------------------------------------- numbers, hashes, names


def u8(value):
    return struct.pack("<B", value)


def u16(value):
    return struct.pack("<H", value)


def u32(value):
    return struct.pack("<I", value)


def u64(value):
    return struct.pack("<Q", value)


def text8(text):
    raw = text.encode()
    return u8(len(raw)) + raw


def text16(text):
    raw = text.encode()
    return u16(len(raw)) + raw


def leaf_hash(entry):
    return hashlib.sha256(b"\0" + entry).digest()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def murmur2(data):
    """As in org.apache.kafka.common.utils.Utils."""
    mask, m = 0xFFFFFFFF, 0x5BD1E995
    h = (0x9747B28C ^ len(data)) & mask
    whole = len(data) // 4 * 4
    for at in range(0, whole, 4):
        k = int.from_bytes(data[at : at + 4], "little") * m & mask
        k = (k ^ (k >> 24)) * m & mask
        h = (h * m & mask) ^ k
    tail = data[whole:]
    if tail:
        h = ((h ^ int.from_bytes(tail, "little")) * m) & mask
    h = (h ^ (h >> 13)) * m & mask
    return h ^ (h >> 15)


def partition(key, partitions):
    return (murmur2(key) & 0x7FFFFFFF) % partitions


def uuid_bytes(text):
    return bytes.fromhex(text.replace("-", ""))


def uuid_text(raw):
    digits = raw.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def place(items, name):
    return next(at for at, item in enumerate(items) if item["id"] == name)


UNITS, METHODS, CONTESTS, STYLES = (RULES[name] for name in ("units", "methods", "contests", "styles"))


# --------------------------------------------------------------------------------------------------- the four kinds


def head(kind, entry_id, version=1):
    return u8(version) + u8(kind) + COUNT[:8] + entry_id


def options_bytes(contest, names):
    places = sorted(place(contest["options"], name) for name in names)
    return u8(len(places)) + b"".join(map(u16, places))


def written_in(names):
    """A name stands once, however often it is written in; those that nobody can read stay as many."""
    return [name for name in names if not name] + sorted({name for name in names if name})


def selection_bytes(contest_id, said):
    contest = CONTESTS[place(CONTESTS, contest_id)]
    out = u16(place(CONTESTS, contest_id))
    if isinstance(said, list):
        marks = [name for name in said if isinstance(name, str)]
        write_ins = written_in([name["write_in"].encode() for name in said if not isinstance(name, str)])
        out += u8(0) + options_bytes(contest, marks) + u8(len(write_ins))
        return out + b"".join(u8(len(raw)) + raw for raw in write_ins)
    if "ranking" in said:
        ranks = said["ranking"]
        return out + u8(1) + u8(len(ranks)) + b"".join(options_bytes(contest, rank) for rank in ranks)
    return out + (u8(2) if "blank" in said else u8(3))


def ballot_bytes(entry):
    body = u32(place(UNITS, entry["unit"])) + u16(place(STYLES, entry["style"])) + u8(entry["card"])
    body += u8(place(METHODS, entry["method"])) + u8(len(entry["contests"]))
    for name in sorted(entry["contests"], key=lambda name: place(CONTESTS, name)):
        body += selection_bytes(name, entry["contests"][name])
    return head(1, uuid_bytes(entry["id"])) + body


FIGURES = ("cards", "undervotes", "overvotes", "blank", "invalid", "write_ins", "registered")


def figure(value):
    return u64(UNKNOWN if value in (None, "unknown") else WITHHELD if value == "withheld" else value)


def sheet_key(entry):
    return u32(place(UNITS, entry["unit"])) + u8(place(METHODS, entry["method"])) + u16(place(CONTESTS, entry["contest"]))


def version_8(digest):
    raw = bytearray(digest[:16])
    raw[6] = raw[6] & 0x0F | 0x80
    raw[8] = raw[8] & 0x3F | 0x80
    return bytes(raw)


def sheet_id(entry):
    return version_8(hashlib.sha256(b"teller sheet 1\n" + sheet_key(entry) + u32(entry["version"])).digest())


def sheet_bytes(entry):
    contest = CONTESTS[place(CONTESTS, entry["contest"])]
    body = sheet_key(entry) + u32(entry["version"])
    body += u8({"update": 0, "correction": 1, "withdrawal": 2}[entry.get("act", "update")]) + text16(entry.get("reason", ""))
    body += b"".join(figure(entry.get(name)) for name in FIGURES)
    votes = sorted((place(contest["options"], name), value) for name, value in entry.get("votes", {}).items() if value != "unknown")
    body += u16(len(votes)) + b"".join(u16(option) + figure(value) for option, value in votes)
    return head(2, sheet_id(entry)) + body


def check_in_bytes(entry_id, unit, method, age_band, gender):
    return head(3, uuid_bytes(entry_id)) + u32(place(UNITS, unit)) + u8(place(METHODS, method)) + u8(age_band) + u8(gender)


DECISIONS = tomllib.loads((SCHEMA / "decisions.toml").read_text())["decisions"]


def officer_seed(name):
    return hashlib.sha256(b"teller vectors officer " + name.encode()).digest()


OFFICERS = [
    {"name": name, "role": role, "key": rfc8032.public_key(officer_seed(name)).hex(), "seed": officer_seed(name).hex()}
    for name, role in (("b.meier", "tabulation"), ("a.huber", "tabulation"), ("c.roth", "auditor"))
]
APPROVALS, OFFICERS_PARTITIONS = 2, 2
TWO = ("a.huber", "b.meier")


def about_stage(entry):
    return entry["action"] not in ("void", "reinstate", "supersede", "keep")


def ballot_of(entry, member="ballot"):
    """The bytes of the ballot that a decision is about, or that is to stand in its place."""
    return entry[member] if isinstance(entry[member], bytes) else ballot_bytes(entry[member])


def target_of(entry):
    """The id and leaf hash of what a decision says that counts."""
    if entry["action"] == "keep":
        return uuid_bytes(entry["of"]), entry["counted"]
    return ballot_of(entry)[10:26], leaf_hash(ballot_of(entry))


def unsigned_control(entry):
    body = u8(DECISIONS[entry["action"]]["action"]) + text16(entry["reason"])
    if about_stage(entry):
        body += u16(entry["partition"]) + u32(entry["number"])
        if entry["action"] == "certify":
            statement, statement_hash, digest_stated, counted_before = entry["certified"]
            body += u64(statement) + statement_hash + digest_stated + u64(counted_before)
    elif entry["action"] == "keep":
        body += u8(entry["kept"]) + uuid_bytes(entry["of"]) + entry.get("key", b"") + entry["counted"] + entry["other"]
    else:
        body += u16(len(ballot_of(entry))) + ballot_of(entry)
        if entry["action"] == "supersede":
            body += u16(len(ballot_of(entry, "other"))) + ballot_of(entry, "other")
    return head(4, uuid_bytes(entry["id"]), version=2) + body


def signed_text(entry):
    return b"teller decision 2\n" + COUNT + unsigned_control(entry)


def with_signatures(raw, signatures):
    return raw + u8(len(signatures)) + b"".join(text8(name) + signature for name, signature in signatures)


def control_bytes(entry, signers=TWO):
    signatures = [(name, rfc8032.sign(officer_seed(name), signed_text(entry))) for name in signers]
    return with_signatures(unsigned_control(entry), signatures)


# ------------------------------------------------------------------------------------------------------- containers


def batch_bytes(entries):
    out = b"TBAT" + u8(1) + COUNT + u32(len(entries))
    out += b"".join(u16(len(entry)) + entry for entry in entries)
    return out + u32(crc32c(out))


def run_bytes(sender, batch, inbox_partition, items):
    """One run of a journal record: items that share an envelope but for their number."""
    out = text8(sender) + text8(batch) + u32(inbox_partition & 0xFFFFFFFF) + u32(len(items))
    return out + b"".join(u64(number) + u16(len(entry)) + entry for number, entry in items)


def record_bytes(partition_number, entries, runs):
    out = b"TREC" + u8(1) + COUNT + u16(partition_number) + u32(entries) + b"".join(runs)
    return out + u32(crc32c(out))


# ------------------------------------------------------------------------------------------------- what is recorded

ID = "6a1f0e2b-3c4d-4e5f-8a9b-0c1d2e3f4a5b"
ID_8 = "0d2c7c55-91ab-8e13-b4f0-6b3f2a1c9d77"

BALLOT = {
    "kind": "ballot",
    "count": COUNT.hex(),
    "id": ID,
    "unit": "city/north",
    "style": "full",
    "card": 1,
    "method": "in-person",
    "contests": {"mayor": ["ada"], "council": ["cruz", "emil"]},
}
SHEET = {
    "kind": "sheet",
    "count": COUNT.hex(),
    "unit": "city/süd",
    "method": "postal",
    "contest": "senate",
    "version": 1,
    "act": "update",
    "reason": "",
    "cards": 120,
    "undervotes": 0,
    "overvotes": 0,
    "blank": 1,
    "invalid": 2,
    "write_ins": 3,
    "registered": "withheld",
    "votes": {"ines": 64, "jan": 50},
}


WITHDRAWAL = {name: SHEET[name] for name in ("kind", "count", "unit", "method", "contest")} | {
    "version": 2,
    "act": "withdrawal",
    "reason": "Keyed to the wrong precinct.",
}


def changed(entry, **members):
    result = copy.deepcopy(entry)
    for name, value in members.items():
        if value is Ellipsis:
            result.pop(name)
        else:
            result[name] = value
    return result


def with_contests(**contests):
    return changed(BALLOT, contests=contests)


VALID = [
    ("a ballot with two contests", BALLOT),
    ("a derived id", changed(BALLOT, id=ID_8)),
    ("an id in capitals", changed(BALLOT, id=ID.upper())),
    ("nothing marked", with_contests(mayor=[], council=[])),
    ("more marks than votes allowed", with_contests(mayor=["ada", "bell", "nota"], council=[])),
    ("marks in another order than the rules", with_contests(mayor=[], council=["emil", "cruz"])),
    ("contests in another order than the rules", changed(BALLOT, contests={"council": ["dora"], "mayor": ["bell"]})),
    ("a write-in beside a mark", with_contests(mayor=["bell"], council=["dora", {"write_in": "Zoë Ünal"}])),
    ("two write-ins, one of them not read", with_contests(mayor=[], council=[{"write_in": "Bob"}, {"write_in": ""}])),
    ("a name written in twice", with_contests(mayor=[], council=[{"write_in": "Bob"}, "dora", {"write_in": "Bob"}])),
    ("two write-ins, neither of them read", with_contests(mayor=[], council=[{"write_in": ""}, {"write_in": ""}])),
    ("two spellings, which nobody has said are one name", with_contests(mayor=[], council=[{"write_in": "bob"}, {"write_in": "Bob"}])),
    ("a contest blank as a whole", with_contests(mayor={"blank": True}, council=[])),
    ("a contest invalid as a whole", with_contests(mayor=["nota"], council={"invalid": True})),
    ("a ranking", changed(BALLOT, card=2, contests={"judge": {"ranking": [["gita"], ["finn"], ["hugo"]]}})),
    ("a ranking with a skipped rank and two at one rank", changed(BALLOT, card=2, contests={"judge": {"ranking": [["gita"], [], ["finn", "hugo"]]}})),
    ("one option at two ranks", changed(BALLOT, card=2, contests={"judge": {"ranking": [["gita"], ["gita"]]}})),
    ("an empty ranking", changed(BALLOT, card=2, contests={"judge": {"ranking": []}})),
    ("a contest that counts ballots of this method only", changed(BALLOT, style="bond", contests={"bond": ["yes"]})),
    ("a result sheet", SHEET),
    ("a result sheet with its own id", changed(SHEET, id=uuid_text(sheet_id(SHEET)))),
    (
        "a correction with unknown figures",
        changed(
            SHEET, version=2, act="correction", reason="Two piles were swapped.", cards=119, undervotes=..., blank=..., votes={"jan": "withheld"}
        ),
    ),
    (
        "a sheet of one method only",
        {
            "kind": "sheet",
            "count": COUNT.hex(),
            "unit": "city",
            "method": "postal",
            "contest": "bond",
            "version": 4294967295,
            "votes": {"yes": 9007199254740991},
        },
    ),
    ("a withdrawal", WITHDRAWAL),
    ("a withdrawal that says of each figure that it is unknown", changed(WITHDRAWAL, version=3, votes={"ines": "unknown"}, cards="unknown")),
]


def raw_cases():  # Long: a table of cases.
    """Bytes that must be refused, with the code; what JSON cannot say."""
    ballot, sheet = ballot_bytes(BALLOT), sheet_bytes(SHEET)
    body = 26
    yield "nothing", b"", "entry.truncated"
    yield "a head without a body", ballot[:body], "entry.truncated"
    yield "version 2", b"\x02" + ballot[1:], "entry.version.unknown"
    yield "version 2 of a sheet", b"\x02" + sheet[1:], "entry.version.unknown"
    yield "version 2 and nothing else", b"\x02", "entry.version.unknown"
    yield "version 2 of kind 5", b"\x02\5" + ballot[2:], "entry.version.unknown"
    yield "version 3 of a control", b"\x03\4" + ballot[2:], "entry.version.unknown"
    yield "kind 0", ballot[:1] + b"\0" + ballot[2:], "entry.kind.unknown"
    yield "kind 5", ballot[:1] + b"\5" + ballot[2:], "entry.kind.unknown"
    yield "another count", ballot[:2] + bytes(8) + ballot[10:], "entry.count.other"
    yield "a UUID of version 1", ballot[:16] + b"\x1e" + ballot[17:], "entry.id.not_uuid"
    yield "a UUID of another variant", ballot[:18] + b"\xca" + ballot[19:], "entry.id.not_uuid"
    for end in range(body, len(ballot)):
        yield f"a ballot of {end} bytes", ballot[:end], "entry.truncated"
    yield "a byte too many", ballot + b"\0", "entry.trailing_bytes"
    yield "60,001 bytes", ballot + bytes(60_001 - len(ballot)), "entry.too_long"
    yield "60,000 bytes", ballot + bytes(60_000 - len(ballot)), "entry.trailing_bytes"
    yield "unit 3 of 3", ballot[:body] + u32(3) + ballot[body + 4 :], "entry.unit.unknown"
    yield "style 3 of 3", ballot[: body + 4] + u16(3) + ballot[body + 6 :], "entry.style.unknown"
    yield "card 0", ballot[: body + 6] + u8(0) + ballot[body + 7 :], "entry.card.unknown"
    yield "card 3 of 2", ballot[: body + 6] + u8(3) + ballot[body + 7 :], "entry.card.unknown"
    yield "method 2 of 2", ballot[: body + 7] + u8(2) + ballot[body + 8 :], "entry.method.unknown"

    front = ballot[: body + 8]  # Up to the number of contests.
    mayor, council = u16(0) + u8(0) + u8(1) + u16(0) + u8(0), u16(1) + u8(0) + u8(2) + u16(0) + u16(2) + u8(0)
    assert front + u8(2) + mayor + council == ballot
    yield "contest 5 of 5", front + u8(1) + u16(5) + mayor[2:], "entry.contest.unknown"
    yield "contests in descending order", front + u8(2) + mayor + mayor, "entry.contest.order"
    yield "a contest of another card", front + u8(2) + mayor + u16(2) + u8(1) + u8(0), "entry.contest.not_on_card"
    yield "the first contest left out", front + u8(1) + council, "entry.contest.missing"
    yield "the last contest left out", front + u8(1) + mayor, "entry.contest.missing"
    yield "form 4", front + u8(2) + u16(0) + u8(4) + council, "entry.form.unknown"
    yield "a ranking in a plurality contest", front + u8(2) + u16(0) + u8(1) + u8(0) + council, "entry.form.not_of_kind"
    yield "option 3 of 3", front + u8(2) + u16(0) + u8(0) + u8(1) + u16(3) + u8(0) + council, "entry.option.unknown"
    yield "marks in descending order", front + u8(2) + mayor + u16(1) + u8(0) + u8(2) + u16(2) + u16(0) + u8(0), "entry.marks.unsorted"
    yield "a mark twice", front + u8(2) + mayor + u16(1) + u8(0) + u8(2) + u16(2) + u16(2) + u8(0), "entry.marks.repeated"
    yield "a write-in where there are none", front + u8(2) + mayor[:-1] + u8(1) + text8("x") + council, "entry.write_in.not_allowed"
    write_ins = front + u8(2) + mayor + u16(1) + u8(0) + u8(0)
    yield "write-ins in descending order", write_ins + u8(2) + text8("b") + text8("a"), "entry.write_in.invalid"
    yield "a write-in twice", write_ins + u8(2) + text8("a") + text8("a"), "entry.write_in.repeated"
    yield "a write-in twice that is not UTF-8", write_ins + u8(2) + (u8(2) + b"\xc0\xaf") * 2, "entry.write_in.invalid"
    yield "a write-in that is not UTF-8", write_ins + u8(1) + u8(2) + b"\xc0\xaf", "entry.write_in.invalid"
    yield "a write-in with a control character", write_ins + u8(1) + text8("a\nb"), "entry.write_in.invalid"
    ranked = ballot[: body + 6] + u8(2) + u8(0) + u8(1) + u16(2) + u8(1)
    one = u8(1) + u16(0)
    yield "marks in a ranked contest", ranked[:-1] + u8(0) + u8(0) + u8(0), "entry.form.not_of_kind"
    yield "four ranks of three", ranked + u8(4) + one * 4, "entry.ranking.too_long"
    yield "a ranking that ends with an empty rank", ranked + u8(2) + one + u8(0), "entry.ranking.trailing"
    yield "a rank in descending order", ranked + u8(1) + u8(2) + u16(1) + u16(0), "entry.marks.unsorted"
    bond = ballot_bytes(changed(BALLOT, style="bond", contests={"bond": ["yes"]}))
    yield "a ballot where sheets are counted", bond[: body + 7] + u8(1) + bond[body + 8 :], "entry.kind_not_counted_here"

    yield (
        "a sheet where ballots are counted",
        head(2, bytes.fromhex("00" * 6 + "80008000" + "00" * 6)) + u32(0) + u8(0) + u16(3) + sheet[body + 7 :],
        "entry.kind_not_counted_here",
    )
    yield "a sheet of version 0", sheet[: body + 7] + u32(0) + sheet[body + 11 :], "entry.sheet.version_zero"
    yield "a sheet with act 3", sheet[: body + 11] + u8(3) + sheet[body + 12 :], "entry.sheet.act_unknown"
    yield "a correction without a reason", sheet[: body + 11] + u8(1) + sheet[body + 12 :], "entry.sheet.reason_missing"
    yield "a reason with a control character", sheet[: body + 12] + text16("a\tb") + sheet[body + 14 :], "entry.text.invalid"
    yield "a reason of 2,001 bytes", sheet[: body + 12] + text16("a" * 2001) + sheet[body + 14 :], "entry.text.invalid"
    yield "a sheet with an id of its own", sheet[:10] + uuid_bytes(ID) + sheet[body:], "entry.id.not_derived"
    yield "a figure of 2^53", sheet[: body + 14] + u64(2**53) + sheet[body + 22 :], "entry.figure.too_large"
    votes = body + 14 + 7 * 8
    yield "an unknown figure for an option", sheet[:votes] + u16(1) + u16(0) + u64(UNKNOWN), "entry.figure.too_large"
    yield "figures of an option twice", sheet[:votes] + u16(2) + (u16(0) + u64(1)) * 2, "entry.marks.repeated"
    yield "figures in descending order", sheet[:votes] + u16(2) + u16(1) + u64(1) + u16(0) + u64(1), "entry.marks.unsorted"
    yield "figures of option 2 of 2", sheet[:votes] + u16(1) + u16(2) + u64(1), "entry.option.unknown"
    yield "a sheet without a figure", sheet[: body + 14] + u64(UNKNOWN) * 7 + u16(0), "entry.sheet.empty"
    for end in (body + 6, body + 11, body + 13, body + 20, votes + 1, len(sheet) - 1):
        yield f"a sheet of {end} bytes", sheet[:end], "entry.truncated"

    withdrawal = sheet_bytes(WITHDRAWAL)
    figures, reason = len(withdrawal) - 2 - 7 * 8, len(text16(WITHDRAWAL["reason"]))
    yield "a withdrawal without a reason", withdrawal[: figures - reason] + u16(0) + withdrawal[figures:], "entry.sheet.reason_missing"
    for at, name in enumerate(FIGURES):
        for words, value in (("of no", 0), ("of withheld", WITHHELD)):
            changed_figures = withdrawal[: figures + 8 * at] + u64(value) + withdrawal[figures + 8 * at + 8 :]
            yield f"a withdrawal {words} {name}", changed_figures, "entry.sheet.withdrawal_has_figures"
    yield "a withdrawal with votes", withdrawal[:-2] + u16(1) + u16(0) + u64(64), "entry.sheet.withdrawal_has_figures"
    yield "a withdrawal as version 1", sheet_bytes(changed(WITHDRAWAL, version=1)), "entry.sheet.withdrawal_first"
    for end in (figures, figures + 9, len(withdrawal) - 1):
        yield f"a withdrawal of {end} bytes", withdrawal[:end], "entry.truncated"
    yield "a withdrawal with a byte too many", withdrawal + b"\0", "entry.trailing_bytes"

    check_in = check_in_bytes(ID_8, "city/north", "in-person", 3, 0)
    yield "a check-in", check_in, "entry.check_in.unsupported"
    yield "a check-in with a byte too many", check_in + b"\0", "entry.trailing_bytes"
    yield "a check-in cut short", check_in[:-1], "entry.truncated"
    old = head(4, uuid_bytes(ID))
    yield "a control of version 1", old + u8(1) + text8("a.huber") + text16("Polls are open.") + text8("b.meier"), "entry.control.unsupported"
    yield "the head of a control of version 1", old, "entry.control.unsupported"
    yield "a control of version 1, cut short", old[:-1], "entry.truncated"
    yield "a control of version 1 of another count", old[:2] + bytes(8) + old[10:], "entry.count.other"
    yield "a decision about a count without officers", control_bytes(OPEN), "control.no_officers"
    yield "a decision without officers, about a partition that is not there", control_bytes(changed(OPEN, partition=9)), "control.no_officers"


STATEMENT_HASH, STATED_DIGEST = hashlib.sha256(b"statement").digest(), hashlib.sha256(b"digest").digest()
OPEN = {"kind": "control", "id": ID, "action": "open", "reason": "The polls are open.", "partition": 0, "number": 1}
CLOSE = changed(OPEN, action="close", reason="The polls are closed.", number=2)
CERTIFY = changed(OPEN, action="certify", reason="Canvass of 19 May.", number=3, certified=(12, STATEMENT_HASH, STATED_DIGEST, 1000))
REOPEN = changed(OPEN, action="reopen", reason="A recount was ordered.", number=4)
VOID = {"kind": "control", "id": ID_8, "action": "void", "reason": "Batch 12 was scanned twice.", "ballot": BALLOT}
REINSTATE = changed(VOID, action="reinstate", reason="It was scanned once.")
OTHER = changed(BALLOT, contests={"mayor": ["bell"], "council": []})
SUPERSEDE = changed(VOID, action="supersede", reason="The paper says Bell.", other=OTHER)
KEEP = {
    "kind": "control",
    "id": ID_8,
    "action": "keep",
    "reason": "The paper says Ada.",
    "kept": 1,
    "of": ID,
    "counted": leaf_hash(ballot_bytes(BALLOT)),
    "other": leaf_hash(ballot_bytes(OTHER)),
}

DECISIONS_VALID = [
    ("open", OPEN),
    ("close", CLOSE),
    ("certify", CERTIFY),
    ("reopen", REOPEN),
    ("void", VOID),
    ("reinstate", REINSTATE),
    ("supersede", SUPERSEDE),
    (
        "supersede by a ballot of another unit and style",
        changed(SUPERSEDE, other=changed(BALLOT, unit="city/süd", style="short", contests={"mayor": []})),
    ),
    ("keep", KEEP),
    ("keep of an id of version 8", changed(KEEP, of=ID_8)),
    ("keep a sheet", changed(KEEP, kept=2, of=uuid_text(sheet_id(SHEET)), key=sheet_key(SHEET), counted=leaf_hash(sheet_bytes(SHEET)))),
    ("a decision about the last partition", changed(OPEN, partition=1)),
    ("the last number that there is", changed(OPEN, number=2**32 - 1)),
    ("a reason of 2,000 bytes", changed(OPEN, reason="ü" * 1000)),
]


def decisions_invalid():  # Long: a table of cases.
    """Bytes of decisions that must be refused by a count with OFFICERS, with the code: a fault each, and where two meet, the earlier one."""
    body, nobody, zeros = 26, (), bytes(64)
    stage, void = control_bytes(OPEN), control_bytes(VOID)
    reason = len(text16(OPEN["reason"]))
    stage_end, void_end = len(unsigned_control(OPEN)), len(unsigned_control(VOID))
    end_of_reason = body + 1 + reason

    # The bytes, from the first to the last.
    yield "the head of a decision", stage[:body], "entry.truncated"
    for action in (0, 10, 255):
        yield f"action {action}", stage[:body] + u8(action) + stage[body + 1 :], "entry.kind.unknown"
        yield f"action {action} and nothing else", stage[:body] + u8(action), "entry.kind.unknown"
    yield "complete", stage[:body] + u8(4) + stage[body + 1 :], "entry.control.unsupported"
    yield "complete and nothing else", stage[:body] + u8(4), "entry.control.unsupported"
    places = (body + 1, body + 2, end_of_reason - 1, end_of_reason, end_of_reason + 2, stage_end - 1, stage_end, stage_end + 1, stage_end + 9)
    for end in (*places, stage_end + 72, stage_end + 73, stage_end + 74, len(stage) - 1):
        yield f"open, {end} bytes of it", stage[:end], "entry.truncated"
    for end in (body + 1, end_of_reason, void_end - 1, void_end, void_end + 1, len(void) - 1):
        yield f"void, {end} bytes of it", void[:end], "entry.truncated"
    certify = control_bytes(CERTIFY)
    for end in (len(unsigned_control(CERTIFY)) - by for by in (8, 40, 72, 80, 84)):
        yield f"certify, {end} bytes of it", certify[:end], "entry.truncated"
    no_reason = changed(OPEN, reason="")
    yield "no reason", control_bytes(no_reason), "control.reason_missing"
    yield "no reason, cut short behind it", unsigned_control(no_reason)[:-1], "entry.truncated"
    yield "no reason, cut short before the signatures", unsigned_control(no_reason), "control.reason_missing"
    yield "no reason and no signature", control_bytes(no_reason, nobody), "control.reason_missing"
    yield "a reason of 2,001 bytes", control_bytes(changed(OPEN, reason="a" * 2001)), "entry.text.invalid"
    yield "a reason with a control character and no signature", control_bytes(changed(OPEN, reason="a\tb"), nobody), "entry.text.invalid"
    unsigned = unsigned_control(OPEN)
    yield "no signature", control_bytes(OPEN, nobody), "control.approvals"
    yield "no signature and a byte too many", control_bytes(OPEN, nobody) + b"\0", "control.approvals"
    yield "nine signatures, and none of them there", unsigned + u8(9), "control.approvals"
    yield "nine signatures", with_signatures(unsigned, [(f"officer {n}", zeros) for n in range(9)]), "control.approvals"
    yield "eight signatures", with_signatures(unsigned, [(f"officer {n}", zeros) for n in range(8)]), "control.officer_unknown"
    yield "signatures in descending order", control_bytes(OPEN, ("b.meier", "a.huber")), "control.approvals"
    yield "an officer twice", control_bytes(OPEN, ("a.huber", "a.huber")), "control.approvals"
    yield "descending order, cut short behind it", control_bytes(OPEN, ("b.meier", "a.huber", "c.roth"))[:-1], "control.approvals"
    yield "an officer with a control character", with_signatures(unsigned, [("a\n", zeros)]), "entry.text.invalid"
    yield "an officer without a name", with_signatures(unsigned, [("", zeros), ("a.huber", zeros)]), "entry.text.invalid"
    yield "an officer twice, the name with a control character", with_signatures(unsigned, [("a\n", zeros)] * 2), "entry.text.invalid"
    yield (
        "a name that is not UTF-8, behind a good one",
        unsigned + u8(2) + text8("b") + zeros + u8(1) + b"\xc0" + zeros,
        "entry.text.invalid",
    )
    yield (
        "descending order, and behind it a name with a control character",
        with_signatures(unsigned, [("b", zeros), ("a", zeros), ("c\n", zeros)]),
        "control.approvals",
    )
    yield "a byte too many", stage + b"\0", "entry.trailing_bytes"
    yield "60,000 bytes", stage + bytes(60_000 - len(stage)), "entry.trailing_bytes"
    yield "60,001 bytes", stage + bytes(60_001 - len(stage)), "entry.too_long"

    # The ballot.
    sheet, ballot = sheet_bytes(SHEET), ballot_bytes(BALLOT)
    for name, target in (
        ("nothing", b""),
        ("a sheet", sheet),
        ("a decision", stage),
        ("a ballot of another count", ballot[:2] + bytes(8) + ballot[10:]),
        ("a ballot with a byte too many", ballot + b"\0"),
        ("a ballot for an option that is not there", ballot.replace(u16(2) + u8(0), u16(3) + u8(0))),
        ("a ballot where sheets are counted", ballot_bytes(changed(BALLOT, style="bond", method="postal", contests={"bond": ["yes"]}))),
    ):
        yield f"void of {name}", control_bytes(changed(VOID, ballot=target)), "control.target"
    yield "void of a sheet, and a byte too many", control_bytes(changed(VOID, ballot=sheet)) + b"\0", "entry.trailing_bytes"
    yield (
        "void of a sheet, by an officer that is not there",
        with_signatures(unsigned_control(changed(VOID, ballot=sheet)), [("x", zeros)]),
        "control.target",
    )

    # The two sides of a conflict.
    supersede, supersede_end, void_fields = control_bytes(SUPERSEDE), len(unsigned_control(SUPERSEDE)), end_of_fields(SUPERSEDE)
    for end in (void_fields - 1, void_fields, void_fields + 1, supersede_end - 1, supersede_end, len(supersede) - 1):
        yield f"supersede, {end} bytes of it", supersede[:end], "entry.truncated"
    for name, members in (
        ("nothing", {"other": b""}),
        ("itself", {"other": BALLOT}),
        ("a ballot with another id", {"other": changed(OTHER, id=ID_8)}),
        ("a ballot of another count", {"other": ballot_bytes(OTHER)[:2] + bytes(8) + ballot_bytes(OTHER)[10:]}),
        ("a ballot with a byte too many", {"other": ballot_bytes(OTHER) + b"\0"}),
        ("a sheet", {"other": sheet}),
        ("a decision", {"other": stage}),
    ):
        yield f"supersede by {name}", control_bytes(changed(SUPERSEDE, **members)), "control.target"
    yield "supersede a sheet", control_bytes(changed(SUPERSEDE, ballot=sheet)), "control.target"
    yield (
        "supersede a sheet by another one",
        control_bytes(changed(SUPERSEDE, ballot=sheet, other=sheet_bytes(changed(SHEET, cards=7)))),
        "control.target",
    )
    yield "supersede by itself, and a byte too many", control_bytes(changed(SUPERSEDE, other=BALLOT)) + b"\0", "entry.trailing_bytes"
    keep, keep_end = control_bytes(KEEP), len(unsigned_control(KEEP))
    for end in (*(keep_end - by for by in (81, 80, 79, 64, 63, 32, 1, 0)), keep_end + 1, len(keep) - 1):
        yield f"keep, {end} bytes of it", keep[:end], "entry.truncated"
    of_sheet = changed(KEEP, kept=2, key=sheet_key(SHEET))
    for end in (len(unsigned_control(of_sheet)) - by for by in (71, 65, 64, 63, 1)):
        yield f"keep a sheet, {end} bytes of it", control_bytes(of_sheet)[:end], "entry.truncated"
    yield "keep and a byte too many", keep + b"\0", "entry.trailing_bytes"
    for name, members in (
        ("nothing else", {"other": KEEP["counted"]}),
        ("what has no id", {"of": ID[:14] + "7" + ID[15:]}),
        ("nothing that there is", {"kept": 0}),
        ("a check-in", {"kept": 3}),
        ("a decision", {"kept": 4}),
    ):
        yield f"keep {name}", control_bytes(changed(KEEP, **members)), "control.target"
    yield "keep nothing else, and a byte too many", control_bytes(changed(KEEP, other=KEEP["counted"])) + b"\0", "entry.trailing_bytes"
    for name, entry in (("supersede", SUPERSEDE), ("keep", KEEP)):
        yield f"{name} by one officer of two", control_bytes(entry, ("a.huber",)), "control.approvals"
        yield f"{name} by an auditor", control_bytes(entry, ("a.huber", "c.roth")), "control.role"
        signed_before = [(officer, rfc8032.sign(officer_seed(officer), signed_text(changed(entry, reason="Because.")))) for officer in TWO]
        yield f"{name}, signed for another reason", with_signatures(unsigned_control(entry), signed_before), "control.signature"

    # The officers of the count file.
    other = changed(OPEN, partition=OFFICERS_PARTITIONS)
    yield "a partition that is not there", control_bytes(other), "control.partition"
    yield (
        "a partition that is not there, by an officer that is not there",
        with_signatures(unsigned_control(other), [("x", zeros)]),
        "control.partition",
    )
    yield "an officer that is not there", with_signatures(unsigned, [("a.huber", zeros), ("x", zeros)]), "control.officer_unknown"
    yield "an auditor", control_bytes(OPEN, ("a.huber", "c.roth")), "control.role"
    yield "an auditor besides two who may", control_bytes(OPEN, ("a.huber", "b.meier", "c.roth")), "control.role"
    yield "an auditor, and behind an officer that is not there", with_signatures(unsigned, [("c.roth", zeros), ("x", zeros)]), "control.role"
    yield (
        "an officer that is not there, and behind an auditor",
        with_signatures(unsigned, [("b.x", zeros), ("c.roth", zeros)]),
        "control.officer_unknown",
    )
    yield "one officer of two", control_bytes(OPEN, ("a.huber",)), "control.approvals"
    yield "one officer of two, with a signature of zeros", with_signatures(unsigned_control(CLOSE), [("a.huber", zeros)]), "control.approvals"
    good = [(name, rfc8032.sign(officer_seed(name), signed_text(OPEN))) for name in TWO]
    for name, signatures in (
        ("zeros for the first signature", [(TWO[0], zeros), good[1]]),
        ("zeros for the second signature", [good[0], (TWO[1], zeros)]),
        ("signatures exchanged", [(TWO[0], good[1][1]), (TWO[1], good[0][1])]),
        ("a signature of another decision", [good[0], (TWO[1], rfc8032.sign(officer_seed(TWO[1]), signed_text(CLOSE)))]),
        ("a signature without the count", [good[0], (TWO[1], rfc8032.sign(officer_seed(TWO[1]), b"teller decision 2\n" + unsigned))]),
        ("a signature of the bytes alone", [good[0], (TWO[1], rfc8032.sign(officer_seed(TWO[1]), unsigned))]),
        ("S above the order of the group", [good[0], (TWO[1], good[1][1][:32] + above_order(good[1][1][32:]))]),
    ):
        yield name, with_signatures(unsigned, signatures), "control.signature"


def end_of_fields(entry):
    """Where the second ballot of a supersede begins, behind the first."""
    return len(unsigned_control(entry)) - 2 - len(ballot_of(entry, "other"))


def above_order(half):
    """The same number modulo the group's order, written in a second way."""
    return (int.from_bytes(half, "little") + rfc8032.ORDER).to_bytes(32, "little")


JSON_INVALID = [
    ("not JSON", '{"kind":"ballot"', "entry.json.syntax"),
    ("a list inside", "[1]", "entry.json.type"),
    ("a member that is not known", changed(BALLOT, voter="17"), "entry.json.member_unknown"),
    ("no kind", changed(BALLOT, kind=...), "entry.json.member_missing"),
    ("no count", changed(BALLOT, count=...), "entry.json.member_missing"),
    ("no id", changed(BALLOT, id=...), "entry.json.member_missing"),
    ("no contests", changed(BALLOT, contests=...), "entry.json.member_missing"),
    ("a number for a unit", changed(BALLOT, unit=1), "entry.json.type"),
    ("a text for a card", changed(BALLOT, card="1"), "entry.json.type"),
    ("an unheard-of kind", changed(BALLOT, kind="vote"), "entry.kind.unknown"),
    ("a check-in", {"kind": "check_in", "count": COUNT.hex(), "id": ID_8}, "entry.check_in.unsupported"),
    ("a control", {"kind": "control", "count": COUNT.hex(), "id": ID}, "entry.control.unsupported"),
    ("another count", changed(BALLOT, count="00" * 16), "entry.count.other"),
    ("an id without dashes", changed(BALLOT, id=ID.replace("-", "")), "entry.id.not_uuid"),
    ("an id of version 7", changed(BALLOT, id=ID[:14] + "7" + ID[15:]), "entry.id.not_uuid"),
    ("an unheard-of unit", changed(BALLOT, unit="city/west"), "entry.unit.unknown"),
    ("an unheard-of style", changed(BALLOT, style="long"), "entry.style.unknown"),
    ("a card that the style has not", changed(BALLOT, card=3), "entry.card.unknown"),
    ("an unheard-of method", changed(BALLOT, method="fax"), "entry.method.unknown"),
    ("an unheard-of contest", with_contests(mayor=[], council=[], king=[]), "entry.contest.unknown"),
    ("a contest of another card", with_contests(mayor=[], council=[], judge={"ranking": []}), "entry.contest.not_on_card"),
    ("a contest missing", with_contests(mayor=[]), "entry.contest.missing"),
    ("an unheard-of option", with_contests(mayor=["zoe"], council=[]), "entry.option.unknown"),
    ("an option twice", with_contests(mayor=["ada", "ada"], council=[]), "entry.marks.repeated"),
    ("a write-in where there are none", with_contests(mayor=[{"write_in": "Zoe"}], council=[]), "entry.write_in.not_allowed"),
    ("a ranking in a plurality contest", with_contests(mayor={"ranking": [["ada"]]}, council=[]), "entry.form.not_of_kind"),
    ("four ranks of three", changed(BALLOT, card=2, contests={"judge": {"ranking": [["finn"], [], [], ["gita"]]}}), "entry.ranking.too_long"),
    ("a ballot where sheets are counted", changed(BALLOT, style="bond", method="postal", contests={"bond": ["yes"]}), "entry.kind_not_counted_here"),
    ("a sheet where ballots are counted", changed(SHEET, contest="mayor", votes={"ada": 1}), "entry.kind_not_counted_here"),
    ("a sheet of version 0", changed(SHEET, version=0), "entry.sheet.version_zero"),
    ("an unheard-of act", changed(SHEET, act="guess"), "entry.sheet.act_unknown"),
    ("a correction without a reason", changed(SHEET, act="correction"), "entry.sheet.reason_missing"),
    ("a figure of 2^53", changed(SHEET, cards=2**53), "entry.figure.too_large"),
    ("a negative figure", changed(SHEET, cards=-1), "entry.json.type"),
    ("another word for a figure", changed(SHEET, cards="many"), "entry.json.type"),
    ("another id than the derived one", changed(SHEET, id=ID), "entry.id.not_derived"),
    ("a withdrawal without a reason", changed(WITHDRAWAL, reason=...), "entry.sheet.reason_missing"),
    ("a withdrawal with cards", changed(WITHDRAWAL, cards=120), "entry.sheet.withdrawal_has_figures"),
    ("a withdrawal of a withheld figure", changed(WITHDRAWAL, registered="withheld"), "entry.sheet.withdrawal_has_figures"),
    ("a withdrawal with votes", changed(WITHDRAWAL, votes={"ines": 0}), "entry.sheet.withdrawal_has_figures"),
    ("a withdrawal that does not say its version", changed(WITHDRAWAL, version=...), "entry.sheet.withdrawal_first"),
    (
        "a sheet without a figure",
        {"kind": "sheet", "count": COUNT.hex(), "unit": "city", "method": "postal", "contest": "senate", "version": 1},
        "entry.sheet.empty",
    ),
]


def record():
    """A journal record: two cards of one scanner batch, and one that came through the inbox."""
    cards = [ballot_bytes(BALLOT), ballot_bytes(changed(BALLOT, id=ID_8)), ballot_bytes(changed(BALLOT, id="11111111-2222-4333-8444-555555555555"))]
    runs = [("scanner-3", "batch-12", -1, [(0, cards[0]), (1, cards[1])]), ("producer", "", 7, [(4711, cards[2])])]
    return {
        "partition": 5,
        "hex": record_bytes(5, 3, [run_bytes(*run) for run in runs]).hex(),
        "items": [
            {"sender": sender, "batch": batch, "inbox_partition": inbox, "number": number, "entry": entry.hex()}
            for sender, batch, inbox, items in runs
            for number, entry in items
        ],
    }


# ---------------------------------------------------------------------------------------------------------- counting

CARDS, UNDERVOTES, OVERVOTES, BLANK, INVALID, WRITE_INS, EXHAUSTED, REGISTERED, SHEETS = range(0xFF00, 0xFF09)
WHOLE_UNIT = 0xFFFF
COUNTER = {
    "cards": CARDS,
    "undervotes": UNDERVOTES,
    "overvotes": OVERVOTES,
    "blank": BLANK,
    "invalid": INVALID,
    "write_ins": WRITE_INS,
    "registered": REGISTERED,
}
REASON = {code: int(number) for number, code in re.findall(r"^\| (\d+) \| `([a-z_.]+)` \|", (SCHEMA / "entry.md").read_text(), flags=re.MULTILINE)}


def merkle_root(leaves):
    """RFC 6962, section 2.1, over leaf hashes."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\1" + merkle_root(leaves[:split]) + merkle_root(leaves[split:])).digest()


class Count:
    """One partition, counted in the plainest way: lists, dictionaries and the document."""

    def __init__(self, number, officers=False):
        self.number, self.step, self.position = number, 0, 0
        self.leaves, self.seen, self.sheets, self.totals = [], {}, {}, {}
        self.officers, self.stage, self.decided = officers, "setup" if officers else "open", 0
        self.texts = {}  # Of decisions that were counted, what was signed.
        self.void, self.stands = set(), {}  # Ids; of those that were superseded the leaf hash of what stands.
        self.kept = set()  # Of conflicts that were settled by what counts: the leaf hashes of both.

    def add(self, deltas, contest, slot, unit, method, value, known=0, withheld=0):
        cell = deltas.setdefault((contest, slot, unit, method), [0, 0, 0])
        for at, by in enumerate((value, known, withheld)):
            cell[at] += by

    def ballot(self, entry, deltas):
        unit, method = place(UNITS, entry["unit"]), place(METHODS, entry["method"])
        self.add(deltas, WHOLE_UNIT, CARDS, unit, method, 1)
        for name, said in entry["contests"].items():
            at = place(CONTESTS, name)
            contest = CONTESTS[at]

            def add(slot, by, at=at):
                self.add(deltas, at, slot, unit, method, by)

            add(CARDS, 1)
            if isinstance(said, list):
                left = contest["votes_allowed"] - len(said)
                if left < 0:
                    add(OVERVOTES, contest["votes_allowed"])
                    continue
                for mark in said:
                    add(place(contest["options"], mark) if isinstance(mark, str) else WRITE_INS, 1)
                add(UNDERVOTES, left)
            elif "ranking" in said:
                first = next((rank for rank in said["ranking"] if rank), None)
                if first is None:
                    add(EXHAUSTED, 1)
                elif len(first) > 1:
                    add(OVERVOTES, 1)
                else:
                    add(place(contest["options"], first[0]), 1)
            else:
                add(BLANK if "blank" in said else INVALID, 1)

    def undo(self, entry, deltas):
        """A void takes away what its ballot added, a reinstatement adds it again; what supersedes it adds what it says itself."""
        signs = {"void": [("ballot", -1)], "reinstate": [("ballot", 1)], "supersede": [("ballot", -1), ("other", 1)], "keep": []}
        for member, sign in signs[entry["action"]]:
            added = {}
            self.ballot(entry[member], added)
            for key, (value, _, _) in added.items():
                self.add(deltas, *key, sign * value)

    def sheet(self, entry, deltas, falls):
        key = sheet_key(entry)
        unit, method, at = (place(UNITS, entry["unit"]), place(METHODS, entry["method"]), place(CONTESTS, entry["contest"]))
        figures = {COUNTER[name]: entry[name] for name in COUNTER if entry.get(name) is not None}
        figures |= {place(CONTESTS[at]["options"], name): value for name, value in entry.get("votes", {}).items()}
        version, before = self.sheets.get(key, (0, None))
        if entry["version"] < version:
            return
        if bool(figures) != bool(before):  # A withdrawal has none, and nothing else has none.
            self.add(deltas, WHOLE_UNIT, SHEETS, unit, method, 1 if figures else -1)
        for sign, side in ((-1, before or {}), (1, figures)):
            for slot, value in side.items():
                number = 0 if value == "withheld" else value
                self.add(deltas, at, slot, unit, method, sign * number, sign * (value != "withheld"), sign * (value == "withheld"))
        if before and entry.get("act", "update") == "update":
            for slot in sorted(before):
                was, now = before[slot], figures.get(slot)
                if isinstance(was, int) and isinstance(now, int) and now < was:
                    falls.append(((at, slot, unit, method), was, now, entry.get("reason", "")))
        self.sheets[key] = (entry["version"], figures)

    def not_now(self, entry, settled):
        """Why what is new and can be read is not counted all the same; or takes the decision. `settled`: ballots that the step decided about."""
        if entry["kind"] != "control":
            return {"setup": "count.not_open", "certified": "count.certified"}.get(self.stage)
        if not self.officers:
            return "control.no_officers"
        action = entry["action"]
        if about_stage(entry):
            if entry["partition"] != self.number:
                return "control.partition"
            if entry["number"] != self.decided + 1 or self.stage not in DECISIONS[action]["stages"]:
                return "control.stage"
            if action == "certify" and entry["certified"][3] != len(self.leaves):
                return "control.certified_other"
            self.decided, self.stage = entry["number"], DECISIONS[action].get("becomes", self.stage)
            return None
        if self.stage not in DECISIONS[action]["stages"]:
            return "control.stage"
        target, leaf = target_of(entry)
        if self.stood.get(target, self.seen.get(target)) != leaf:
            return "control.target"
        if action == "keep":
            sides = (leaf, entry["other"])
            if sides in self.kept:
                return "control.target_settled"
            self.kept.add(sides)
            return None
        if (target in self.void) != (action == "reinstate") or target in settled:
            return "control.target_settled"
        settled.add(target)
        if action == "supersede":
            self.stands[target] = leaf_hash(ballot_of(entry, "other"))
        else:
            (self.void.add if action == "void" else self.void.remove)(target)
        return None

    def run(self, to, recorded):
        """recorded: (position, index, JSON or None, bytes, code of a rejection or None) in the journal's order."""
        outcomes, deltas, incidents, falls, fresh = [0, 0, 0, 0], {}, [], [], {}
        stages, ballots, settled, self.stood = [], [], set(), dict(self.stands)
        for position, index, entry, raw, code in in_order(recorded):
            leaf, entry_id = leaf_hash(raw), raw[10:26]
            where = u64(position) + u32(index) + entry_id + leaf
            if not code and entry_id in self.seen:
                is_decision = entry["kind"] == "control"
                if self.seen[entry_id] == leaf or (is_decision and self.texts.get(entry_id) == unsigned_control(entry)):
                    outcomes[1] += 1
                    continue
                if not is_decision:
                    outcomes[2] += 1
                    incidents.append((position, index, u8(2) + u16(REASON["entry.conflict"]) + where + self.seen[entry_id][:16]))
                    continue
                code = "entry.conflict" if self.officers else "control.no_officers"
            code = code or self.not_now(entry, settled)
            if code:
                outcomes[3] += 1
                incidents.append((position, index, u8(3) + u16(REASON[code]) + where + bytes(16)))
                continue
            outcomes[0] += 1
            self.seen[entry_id], fresh[leaf] = leaf, raw
            if entry["kind"] == "ballot":
                self.ballot(entry, deltas)
            elif entry["kind"] == "sheet":
                self.sheet(entry, deltas, falls)
            elif about_stage(entry):
                stages.append(raw)
                self.texts[entry_id] = unsigned_control(entry)
            else:
                ballots.append(raw)
                self.texts[entry_id] = unsigned_control(entry)
                self.undo(entry, deltas)
        decisions = stages + sorted(ballots, key=leaf_hash)
        incidents = [bytes_of for *_, bytes_of in sorted(incidents)]
        before, first = merkle_root(self.leaves), len(self.leaves)
        added = sorted(fresh)
        self.leaves += added
        self.step += 1
        after = merkle_root(self.leaves)
        segment = b"TSEG" + u8(1) + COUNT + u16(self.number) + u64(self.step) + u64(first) + u32(len(added)) + before + after
        segment += b"".join(u16(len(fresh[leaf])) + fresh[leaf] for leaf in added)

        def key_bytes(key):
            contest, slot, unit, method = key
            return u16(contest) + u16(slot) + u32(unit) + u8(method)

        change = b"TCHG" + u8(2 if decisions else 1) + COUNT + u16(self.number) + u64(self.step) + u64(self.position) + u64(to)
        change += b"".join(map(u64, outcomes)) + u64(len(self.leaves)) + after + hashlib.sha256(segment).digest()
        touched = sorted((key, cell) for key, cell in deltas.items() if any(cell))
        change += u32(len(touched)) + b"".join(key_bytes(key) + struct.pack("<qbb", *cell) for key, cell in touched)
        change += u32(len(incidents)) + b"".join(incidents)
        change += u32(len(falls)) + b"".join(key_bytes(key) + u64(was) + u64(now) + text16(why) for key, was, now, why in falls)
        if decisions:
            change += u32(len(decisions)) + b"".join(u16(len(raw)) + raw for raw in decisions)
        for key, cell in touched:
            total = self.totals.setdefault(key, [0, 0, 0])
            for at, by in enumerate(cell):
                total[at] += by
        self.position = to
        return segment, change


def in_order(recorded):
    """Decisions about the stage, by number; then all else; then decisions about ballots. The journal's order within each."""

    def place_of(one):
        entry = one[2]
        if entry is None or entry["kind"] != "control":
            return 1, 0
        return (0, entry["number"]) if about_stage(entry) else (2, 0)

    return sorted(recorded, key=place_of)


def one_sheet(entry=SHEET, **members):
    entry = changed(entry, **members)
    return entry, sheet_bytes(entry), None


def steps():
    """Two steps of one partition with every outcome in them."""
    uuid = "{:08x}-0000-4000-8000-000000000000".format

    def ballot(number, **members):
        entry = changed(BALLOT, id=uuid(number), **members)
        return entry, ballot_bytes(entry), None

    first = [
        (0, 0, *ballot(1)),
        (0, 1, *ballot(2, contests={"mayor": ["ada", "bell"], "council": ["dora", {"write_in": "Zoë"}]})),
        (1, 0, *ballot(1)),  # duplicate
        (1, 1, *ballot(2, contests={"mayor": ["bell"], "council": []})),  # conflict
        (1, 2, None, ballot_bytes(changed(BALLOT, id=uuid(3))) + b"\0", "entry.trailing_bytes"),
        (2, 0, *ballot(4, card=2, contests={"judge": {"ranking": [[], ["gita"], ["finn"]]}})),
        (2, 1, *ballot(5, card=2, contests={"judge": {"ranking": [["gita", "hugo"]]}})),
        (2, 2, *ballot(6, card=2, contests={"judge": {"ranking": []}})),
        (2, 3, *ballot(9, contests={"mayor": ["nota"], "council": ["cruz", "dora", "emil"]})),
        (2, 4, *ballot(7, contests={"mayor": {"blank": True}, "council": {"invalid": True}})),
        (3, 0, *one_sheet(version=2)),
        (3, 1, *one_sheet(version=1, cards=90)),  # stale
    ]
    second = [
        (4, 0, *ballot(1)),
        (4, 1, *one_sheet(version=3, cards=110, blank=..., votes={"ines": "withheld", "jan": 50})),
        (4, 2, *ballot(8, unit="city/süd", style="short", contests={"mayor": []})),
        (5, 0, *one_sheet(version=4, act="correction", reason="Counted again.", cards=100, votes={"ines": "withheld", "jan": 40})),
    ]
    return counted((4, first), (6, second), (7, []))


def withdrawal_steps():
    """One sheet withdrawn and brought back, one whose withdrawal comes before it, and both in one step or in several."""
    south, north = WITHDRAWAL, changed(WITHDRAWAL, unit="city/north", reason="This is the sheet of another unit.")
    return counted(
        (2, [(0, 0, *one_sheet()), (0, 1, *one_sheet(north)), (1, 0, *one_sheet(method="in-person"))]),
        (4, [(2, 0, *one_sheet(unit="city/north")), (3, 0, *one_sheet(south)), (3, 1, *one_sheet(south, reason="Another reason."))]),
        (5, [(4, 0, *one_sheet(version=4, cards=90, votes={"ines": 40, "jan": 50})), (4, 1, *one_sheet(south, version=3))]),
        (6, [(5, 0, *one_sheet(south, version=5)), (5, 1, *one_sheet(version=6, registered=900)), (5, 2, *one_sheet(south, version=7))]),
        (7, [(6, 0, *one_sheet(north, version=3)), (6, 1, *one_sheet(unit="city/north", version=4, act="correction", reason="Its own figures."))]),
    )


def decision_steps():  # Long: a table of cases.
    """A count with officers, from its opening to its second certification, with every rejection by name."""
    uuid = "{:08x}-0000-4000-8000-000000000000".format

    def card(number, **members):
        return changed(BALLOT, id=uuid(number), **members)

    def ballot(number, **members):
        return card(number, **members), ballot_bytes(card(number, **members)), None

    def decision(serial, entry, code=None, signers=TWO, **members):
        entry = changed(entry, id=uuid(0xD0000000 + serial), **members)
        return entry, control_bytes(entry, signers), code

    def of(number, **members):
        return {"ballot": card(number, **members)}

    def certify(serial, counted_before, **members):
        return decision(serial, CERTIFY, certified=(serial, STATEMENT_HASH, STATED_DIGEST, counted_before), **members)

    two_marks = {"contests": {"mayor": ["ada", "bell"], "council": ["dora", {"write_in": "Zoë"}]}}
    ranking = {"card": 2, "contests": {"judge": {"ranking": [[], ["gita"], ["finn"]]}}}
    forged = changed(OPEN, id=uuid(0xD0000004))
    return counted(
        # Before it is open.
        (2, [(0, 0, *ballot(1)), (0, 1, *one_sheet()), (1, 0, *decision(1, VOID, **of(1))), (1, 1, *decision(2, CLOSE, number=1))]),
        # What stands before the opening in its step is counted.
        (
            4,
            [
                (2, 0, *ballot(1)),
                (2, 1, *decision(3, OPEN, signers=("a.huber",), code="control.approvals")),
                (2, 2, forged, with_signatures(unsigned_control(forged), [(name, bytes(64)) for name in TWO]), "control.signature"),
                (2, 3, *decision(5, OPEN, partition=1)),
                (2, 4, *decision(6, OPEN, partition=2, code="control.partition")),
                (3, 0, *certify(7, 0, number=2)),
                (3, 1, *decision(8, OPEN)),
                (3, 2, *decision(9, OPEN)),
                (3, 3, *decision(8, OPEN)),  # duplicate
                (3, 4, *decision(8, OPEN, reason="The polls are open again.")),  # Another one under its id: rejected.
                (3, 5, *one_sheet()),
            ],
        ),
        # A ballot is voided in the step in which it is counted, and once.
        (
            6,
            [
                (4, 0, *decision(10, VOID, **of(2, **two_marks))),
                (4, 1, *ballot(2, **two_marks)),
                (5, 0, *decision(11, VOID, **of(2, **two_marks))),
                (5, 1, *decision(12, REINSTATE, **of(2, **two_marks))),
                (5, 2, *ballot(3, **ranking)),
                (5, 3, *ballot(4)),
            ],
        ),
        (
            8,
            [
                (6, 0, *decision(13, REINSTATE, **of(2, **two_marks))),
                (6, 1, *decision(13, REINSTATE, **of(2, **two_marks))),  # duplicate
                (6, 2, *decision(14, VOID, **of(3))),  # It was counted with other bytes.
                (6, 3, *decision(15, VOID, **of(99))),
                (7, 0, *decision(16, REINSTATE, **of(4))),
                (7, 1, *decision(17, VOID, signers=("a.huber", "c.roth"), code="control.role", **of(4))),
                (7, 2, *decision(18, VOID, code="control.target", ballot=sheet_bytes(SHEET))),
            ],
        ),
        # Closing, and two voids in one step: they are told by leaf hash.
        (
            10,
            [
                (8, 0, *decision(20, VOID, **of(2, **two_marks))),
                (8, 1, *decision(21, VOID, **of(3, **ranking))),
                (8, 2, *decision(22, CLOSE)),
                (9, 0, *one_sheet(version=2, cards=121)),
                (9, 1, *ballot(2, **two_marks)),  # It is void, and still a duplicate.
            ],
        ),
        (12, [(10, 0, *ballot(5)), (11, 0, *certify(23, 0))]),
        # The certification holds for the whole step.
        (
            14,
            [
                (12, 0, *ballot(6)),
                (12, 1, *decision(24, VOID, **of(4))),
                (12, 2, *decision(25, VOID, **of(99))),
                (13, 0, *certify(26, 12)),
                (13, 1, *certify(27, 13)),
                (13, 2, *certify(33, 13)),
            ],
        ),
        (16, [(14, 0, *ballot(7)), (14, 1, *ballot(1)), (15, 0, *ballot(1, method="postal")), (15, 1, *one_sheet(version=3))]),
        (18, [(16, 0, *ballot(7)), (17, 0, *decision(28, CLOSE, number=4)), (17, 1, *decision(29, REOPEN))]),
        (19, []),
        # Two decisions about the stage in one step, the later one recorded first.
        (21, [(19, 0, *decision(30, REOPEN, number=6)), (20, 0, *certify(31, 16, number=5)), (20, 1, *ballot(8))]),
        (22, [(21, 0, *certify(32, 19, number=7))]),
        officers=True,
    )


def resolution_steps():
    """Conflicts of ballots and sheets that officers settle: kept, superseded, back again, with every rejection by name."""
    uuid = "{:08x}-0000-4000-8000-000000000000".format
    ada, bell, cruz = ({"mayor": ["ada"], "council": []}, {"mayor": ["bell"], "council": ["cruz"]}, {"mayor": [], "council": ["cruz", "dora"]})

    def card(number, says):
        return changed(BALLOT, id=uuid(number), contests=says)

    def ballot(number, says):
        return card(number, says), ballot_bytes(card(number, says)), None

    def decision(serial, entry, **members):
        entry = changed(entry, id=uuid(0xD0000000 + serial), **members)
        return entry, control_bytes(entry), None

    def supersede(serial, number, says, by):
        return decision(serial, SUPERSEDE, ballot=card(number, says), other=card(number, by))

    def keep(serial, stands, other, **members):
        raw = [one if isinstance(one, bytes) else ballot_bytes(one) for one in (stands, other)]
        if raw[0][1] == 2:
            members |= {"kept": 2, "key": raw[0][26:33]}
        return decision(serial, KEEP, of=uuid_text(raw[0][10:26]), counted=leaf_hash(raw[0]), other=leaf_hash(raw[1]), **members)

    sheet, changed_sheet = one_sheet(unit="city"), one_sheet(unit="city", cards=99)
    return counted(
        (2, [(0, 0, *decision(1, OPEN)), (0, 1, *ballot(1, ada)), (0, 2, *ballot(2, ada)), (0, 3, *sheet), (1, 0, *ballot(1, bell))]),
        # One conflict is kept, one superseded; a keep of a sheet; and each rejection.
        (
            4,
            [
                (2, 0, *ballot(2, bell)),  # conflict
                (2, 1, *changed_sheet),  # conflict
                (2, 2, *supersede(2, 1, ada, bell)),
                (2, 3, *keep(3, card(2, ada), card(2, bell))),
                (2, 4, *keep(4, sheet[1], changed_sheet[1])),
                (3, 0, *keep(5, card(99, ada), card(99, bell))),
                (3, 1, *keep(6, card(2, bell), card(2, ada))),  # That is not what counts.
                (3, 2, *keep(7, card(1, bell), card(1, ada))),  # It does not stand before this step.
                (3, 3, *supersede(8, 2, bell, ada)),
                (3, 4, *supersede(9, 99, ada, bell)),
                (3, 5, *supersede(10, 1, ada, cruz)),  # A second one in the step.
                (3, 6, *decision(11, VOID, ballot=card(1, ada))),
                (3, 7, *decision(12, VOID, ballot=card(1, bell))),
                (3, 8, *keep(28, card(2, ada), card(2, bell))),  # It is kept already, by this step.
            ],
        ),
        # What stands can be voided, reinstated and superseded; what stood cannot.
        (5, [(4, 0, *decision(13, VOID, ballot=card(1, ada))), (4, 1, *decision(14, VOID, ballot=card(1, bell)))]),
        (6, [(5, 0, *supersede(15, 1, bell, cruz)), (5, 1, *keep(16, card(1, bell), card(1, cruz))), (5, 2, *keep(29, sheet[1], changed_sheet[1]))]),
        (7, [(6, 0, *decision(17, REINSTATE, ballot=card(1, ada))), (6, 1, *decision(18, REINSTATE, ballot=card(1, bell)))]),
        # Copies are what they were: of the first content duplicates, of every other one conflicts.
        (8, [(7, 0, *ballot(1, ada)), (7, 1, *ballot(1, bell)), (7, 2, *supersede(19, 1, bell, cruz)), (7, 3, *decision(20, CLOSE))]),
        # Counted, conflict and superseded in one step; and back to what was first.
        (9, [(8, 0, *supersede(21, 3, ada, bell)), (8, 1, *ballot(3, ada)), (8, 2, *ballot(3, bell)), (8, 3, *supersede(22, 1, cruz, ada))]),
        (10, [(9, 0, *decision(23, VOID, ballot=card(1, ada))), (9, 1, *decision(24, VOID, ballot=card(3, bell)))]),
        (11, [(10, 0, *decision(25, CERTIFY, certified=(1, STATEMENT_HASH, STATED_DIGEST, 17)))]),
        (12, [(11, 0, *supersede(26, 2, ada, bell)), (11, 1, *keep(27, card(2, ada), card(2, bell)))]),
        officers=True,
    )


def counted(*parts, officers=False):
    """The steps of one partition: of each where it ends, and what was recorded."""
    count, result = Count(0, officers), []
    for to, recorded in parts:
        segment, change = count.run(to, recorded)
        result.append(
            {
                "to": to,
                "recorded": [{"position": position, "index": index, "entry": raw.hex()} for position, index, _, raw, _ in recorded],
                "segment": segment.hex(),
                "change": change.hex(),
            }
        )
    totals = [[*key, *cell] for key, cell in sorted(count.totals.items()) if any(cell)]
    return {"partition": 0, "steps": result, "totals": totals, "digest": digest(totals)}


def digest(totals):
    out = b"teller digest 1\n" + hashlib.sha256((HERE / "rules.json").read_bytes()).digest()
    for contest, slot, unit, method, value, _, withheld in totals:
        if withheld or value:
            out += u16(contest) + u16(slot) + u32(unit) + u8(method) + u64(WITHHELD if withheld else value)
    return hashlib.sha256(out).hexdigest()


def decisions():
    """A count with officers, decisions that it takes, and bytes that it refuses."""
    return {
        "officers": OFFICERS,
        "approvals": APPROVALS,
        "partitions": OFFICERS_PARTITIONS,
        "valid": [
            {
                "name": name,
                "hex": control_bytes(entry).hex(),
                "signed": signed_text(entry).hex(),
                "leaf": leaf_hash(control_bytes(entry)).hex(),
                "partition": entry["partition"] if about_stage(entry) else partition(entry.get("key", target_of(entry)[0]), OFFICERS_PARTITIONS),
            }
            for name, entry in DECISIONS_VALID
        ],
        "invalid": [invalid(name, raw, code) for name, raw, code in decisions_invalid()],
    }


def invalid(name, raw, code):
    kept = raw.rstrip(b"\0") if len(raw) > 10_000 else raw  # A long tail of zeros is told by its length.
    return {"name": name, "hex": kept.hex(), "zeros": len(raw) - len(kept), "code": code}


def make():
    valid = []
    for name, entry in VALID:
        sheet = entry["kind"] == "sheet"
        raw = sheet_bytes(entry) if sheet else ballot_bytes(entry)
        key = sheet_key(entry) if sheet else raw[10:26]
        valid.append(
            {
                "name": name,
                "json": entry,
                "hex": raw.hex(),
                "id": uuid_text(raw[10:26]),
                "leaf": leaf_hash(raw).hex(),
                "partition": {str(partitions): partition(key, partitions) for partitions in PARTITIONS},
            }
        )
    two = [ballot_bytes(BALLOT), sheet_bytes(SHEET)]
    return {
        "what": "Vectors of schema/entry.md, written by make_entry_vectors.py.",
        "rules": "rules.json",
        "rules_hash": hashlib.sha256((HERE / "rules.json").read_bytes()).hexdigest(),
        "count": COUNT.hex(),
        "valid": valid,
        "invalid": [invalid(name, raw, code) for name, raw, code in raw_cases()],
        "json_invalid": [
            {"name": name, "text": entry if isinstance(entry, str) else json.dumps(entry, ensure_ascii=False), "code": code}
            for name, entry, code in JSON_INVALID
        ],
        "record": record(),
        "count_steps": steps(),
        "withdrawal_steps": withdrawal_steps(),
        "decisions": decisions(),
        "decision_steps": decision_steps(),
        "resolution_steps": resolution_steps(),
        "batch": {"hex": batch_bytes(two).hex(), "entries": [raw.hex() for raw in two]},
    }


def main():
    text = json.dumps(make(), ensure_ascii=False, indent=1) + "\n"
    target = HERE / "entry.json"
    if sys.argv[1:] == ["--check"]:
        if target.read_text() != text:
            sys.exit("tests/vectors/entry.json is not what make_entry_vectors.py writes")
        return
    target.write_text(text)


if __name__ == "__main__":
    main()
