"""Reads entries and says what each adds to the totals: schema/entry.md once more, in plain Python.

Written from that page and nothing else, so that this count and the one of the C++ can only agree by both being right.
Strict: a byte string that is not exactly one entry of these rules is refused, with the code of the page's list of reasons.
Pure: no files, no clock, no Spark. An entry's votes reach the caller only as sums.
"""

import hashlib
import struct
from typing import NamedTuple

import ed25519

CARDS, UNDERVOTES, OVERVOTES, BLANK, INVALID, WRITE_INS, EXHAUSTED, REGISTERED, SHEETS = range(65280, 65289)
COUNTERS = {
    CARDS: "cards",
    UNDERVOTES: "undervotes",
    OVERVOTES: "overvotes",
    BLANK: "blank",
    INVALID: "invalid",
    WRITE_INS: "write_ins",
    EXHAUSTED: "exhausted",
    REGISTERED: "registered",
    SHEETS: "sheets",
}
WHOLE_UNIT = 65535  # The contest that is none: counters of the unit itself.
UNKNOWN, WITHHELD = 2**64 - 1, 2**64 - 2
HEAD = 26  # Bytes before the body: version, kind, count tag, id.
BALLOT, SHEET, CHECK_IN, CONTROL = 1, 2, 3, 4


class Refused(ValueError):
    """These bytes are no entry of these rules; the text is a code of schema/entry.md, "Reasons"."""


class Contest:
    def __init__(self, said, methods):
        self.ranked = said["kind"] == "ranked"
        self.votes_allowed = said.get("votes_allowed", 1)
        self.write_ins = said.get("write_ins", False)
        self.options = [option["id"] for option in said["options"]]
        source = said.get("counted_from", "ballots")
        self.from_sheets = [(source if isinstance(source, str) else source[method]) == "sheets" for method in methods]


class Rules:
    """What is voted on, as numbers: places in the lists of rules.json, from 0."""

    def __init__(self, said):
        self.units = [unit["id"] for unit in said["units"]]
        self.methods = [method["id"] for method in said["methods"]]
        self.contest_ids = [contest["id"] for contest in said["contests"]]
        self.contests = [Contest(contest, self.methods) for contest in said["contests"]]
        number = {name: at for at, name in enumerate(self.contest_ids)}
        self.styles = [[sorted(number[name] for name in card) for card in style["cards"]] for style in said.get("styles", [])]

    def column(self, contest, slot):
        """The name of a slot: an option's id, or a counter's name."""
        return COUNTERS[slot] if slot in COUNTERS else self.contests[contest].options[slot]

    def contest(self, number):
        return "" if number == WHOLE_UNIT else self.contest_ids[number]


class Bytes:
    """Reads on and never past the end."""

    def __init__(self, raw, at=0):
        self.raw, self.at = raw, at

    def take(self, length):
        end = self.at + length
        if end > len(self.raw):
            raise Refused("entry.truncated")
        piece, self.at = self.raw[self.at : end], end
        return piece

    def u8(self):
        return self.take(1)[0]

    def number(self, length):
        return int.from_bytes(self.take(length), "little")

    def figure(self):
        value = self.number(8)
        if 2**53 <= value < WITHHELD:
            raise Refused("entry.figure.too_large")
        return value

    def end(self):
        if self.at != len(self.raw):
            raise Refused("entry.trailing_bytes")


def clean(raw):
    """Well-formed UTF-8 without control characters, at most 2,000 bytes."""
    if len(raw) > 2000:
        return False
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return False
    return not any(letter < " " or "\x7f" <= letter <= "\x9f" for letter in text)


def check_head(entry, tag):
    """The first 26 bytes; returns the kind."""
    if len(entry) > 60_000:
        raise Refused("entry.too_long")
    if not entry:
        raise Refused("entry.truncated")
    if entry[0] != 1 and not (entry[0] == 2 and entry[1:2] == b"\4"):
        raise Refused("entry.version.unknown")
    if len(entry) < HEAD:
        raise Refused("entry.truncated")
    if not BALLOT <= entry[1] <= CONTROL:
        raise Refused("entry.kind.unknown")
    if entry[2:10] != tag:
        raise Refused("entry.count.other")
    if not is_uuid(entry[10:HEAD]):
        raise Refused("entry.id.not_uuid")
    return entry[1]


def is_uuid(name):
    """Of version 4 or 8."""
    return name[6] >> 4 in (4, 8) and name[8] >> 6 == 2


# ------------------------------------------------------------------------------------------------------------ ballots


def ballot(rules, body):
    """What a ballot with this body adds: a list of (contest, slot, unit, method)-keys with numbers."""
    read = Bytes(body)
    unit = read.number(4)
    if unit >= len(rules.units):
        raise Refused("entry.unit.unknown")
    style = read.number(2)
    if style >= len(rules.styles):
        raise Refused("entry.style.unknown")
    card = read.u8()
    if not 1 <= card <= len(rules.styles[style]):
        raise Refused("entry.card.unknown")
    method = read.u8()
    if method >= len(rules.methods):
        raise Refused("entry.method.unknown")
    wanted = rules.styles[style][card - 1]
    adds = {(WHOLE_UNIT, CARDS, unit, method): 1}
    before = -1
    position = 0
    for _ in range(read.u8()):
        number = read.number(2)
        if number >= len(rules.contests):
            raise Refused("entry.contest.unknown")
        if number <= before:
            raise Refused("entry.contest.order")
        before = number
        if number not in wanted:
            raise Refused("entry.contest.not_on_card")
        if wanted[position] != number:
            raise Refused("entry.contest.missing")
        position += 1
        contest = rules.contests[number]
        if contest.from_sheets[method]:
            raise Refused("entry.kind_not_counted_here")
        for slot, value in selection(read, contest):
            if value:
                adds[(number, slot, unit, method)] = value
    if position != len(wanted):
        raise Refused("entry.contest.missing")
    read.end()
    return adds


def selection(read, contest):
    """(slot, number) pairs that one contest of a ballot adds."""
    form = read.u8()
    if form > 3:
        raise Refused("entry.form.unknown")
    if (form == 0 and contest.ranked) or (form == 1 and not contest.ranked):
        raise Refused("entry.form.not_of_kind")
    added = [(CARDS, 1)]
    if form == 2:
        return [*added, (BLANK, 1)]
    if form == 3:
        return [*added, (INVALID, 1)]
    if form == 1:
        return added + ranking(read, contest)
    marks = options(read, contest)
    written = read_write_ins(read, contest)
    left = contest.votes_allowed - len(marks) - written
    if left < 0:
        return [*added, (OVERVOTES, contest.votes_allowed)]
    return added + [(mark, 1) for mark in marks] + [(WRITE_INS, written), (UNDERVOTES, left)]


def options(read, contest):
    """A list of options, strictly ascending."""
    found = []
    for _ in range(read.u8()):
        option = read.number(2)
        if option >= len(contest.options):
            raise Refused("entry.option.unknown")
        if found and option <= found[-1]:
            raise Refused("entry.marks.repeated" if option == found[-1] else "entry.marks.unsorted")
        found.append(option)
    return found


def read_write_ins(read, contest):
    """How many there are. Ascending by bytes, no name twice; only the empty one may be repeated."""
    count = read.u8()
    if count and not contest.write_ins:
        raise Refused("entry.write_in.not_allowed")
    last = None
    for _ in range(count):
        text = read.take(read.u8())
        if not clean(text) or (last is not None and text < last):
            raise Refused("entry.write_in.invalid")
        if text and text == last:
            raise Refused("entry.write_in.repeated")
        last = text
    return count


def ranking(read, contest):
    """The first rank that is not empty decides."""
    ranks = read.u8()
    if ranks > contest.votes_allowed:
        raise Refused("entry.ranking.too_long")
    first, rank = None, None
    for _ in range(ranks):
        rank = options(read, contest)
        first = first or rank
    if rank == []:
        raise Refused("entry.ranking.trailing")
    if not first:
        return [(EXHAUSTED, 1)]
    return [(OVERVOTES, 1)] if len(first) > 1 else [(first[0], 1)]


# ------------------------------------------------------------------------------------------------------ result sheets

UPDATE, CORRECTION, WITHDRAWAL = range(3)
SHEET_FIGURES = (CARDS, UNDERVOTES, OVERVOTES, BLANK, INVALID, WRITE_INS, REGISTERED)


def sheet_id(key, version):
    """A sheet's id follows from what it is a sheet of: a UUID of version 8."""
    raw = bytearray(hashlib.sha256(b"teller sheet 1\n" + key + struct.pack("<I", version)).digest()[:16])
    raw[6] = raw[6] & 0x0F | 0x80
    raw[8] = raw[8] & 0x3F | 0x80
    return bytes(raw)


def sheet(rules, entry_id, body):
    """(unit, method, contest, version, {slot: figure}) of a result sheet; unknown figures are left out. A withdrawal has none."""
    read = Bytes(body)
    unit = read.number(4)
    if unit >= len(rules.units):
        raise Refused("entry.unit.unknown")
    method = read.u8()
    if method >= len(rules.methods):
        raise Refused("entry.method.unknown")
    number = read.number(2)
    if number >= len(rules.contests):
        raise Refused("entry.contest.unknown")
    contest = rules.contests[number]
    if not contest.from_sheets[method]:
        raise Refused("entry.kind_not_counted_here")
    version = read.number(4)
    if version == 0:
        raise Refused("entry.sheet.version_zero")
    if entry_id != sheet_id(body[:7], version):
        raise Refused("entry.id.not_derived")
    act = read.u8()
    if act > WITHDRAWAL:
        raise Refused("entry.sheet.act_unknown")
    reason = read.take(read.number(2))
    if not clean(reason):
        raise Refused("entry.text.invalid")
    if act != UPDATE and not reason:
        raise Refused("entry.sheet.reason_missing")
    if act == WITHDRAWAL and version == 1:
        raise Refused("entry.sheet.withdrawal_first")
    figures = {slot: read.figure() for slot in SHEET_FIGURES}
    last = -1
    for _ in range(read.number(2)):
        option = read.number(2)
        if option >= len(contest.options):
            raise Refused("entry.option.unknown")
        if option <= last:
            raise Refused("entry.marks.repeated" if option == last else "entry.marks.unsorted")
        last = option
        figures[option] = read.figure()
        if figures[option] == UNKNOWN:
            raise Refused("entry.figure.too_large")
    known = {slot: value for slot, value in figures.items() if value != UNKNOWN}
    if act == WITHDRAWAL and known:
        raise Refused("entry.sheet.withdrawal_has_figures")
    if act != WITHDRAWAL and not known:
        raise Refused("entry.sheet.empty")
    read.end()
    return unit, method, number, version, known


# ---------------------------------------------------------------------------------------------- decisions of officers

# schema/decisions.toml: of each action its name, at which stages, whose signatures, and where the count stands afterwards.
SETUP, OPEN, CLOSED, CERTIFIED = STAGES = ("setup", "open", "closed", "certified")
ACTIONS = {
    1: ("open", (SETUP,), ("tabulation",), OPEN),
    2: ("close", (OPEN,), ("tabulation",), CLOSED),
    3: ("certify", (CLOSED,), ("tabulation",), CERTIFIED),
    5: ("void", (OPEN, CLOSED), ("tabulation",), None),
    7: ("reopen", (CERTIFIED,), ("tabulation",), CLOSED),
    6: ("supersede", (OPEN, CLOSED), ("tabulation",), None),
    8: ("reinstate", (OPEN, CLOSED), ("tabulation",), None),
    9: ("keep", (OPEN, CLOSED), ("tabulation",), None),
}
NOT_BUILT = (4,)


class Count:
    """What a recount takes of count.json. `officers`: {name: (role, public key)}; none: nobody decides anything."""

    def __init__(self, said):
        self.id, self.partitions = bytes.fromhex(said["id"]), int(said["partitions"])
        self.officers = {one["name"].encode(): (one["role"], bytes.fromhex(one["key"])) for one in said.get("officers", [])}
        self.approvals = int(said.get("approvals", 2))
        self.tag = self.id[:8]


class Decision(NamedTuple):
    name: str
    reason: str
    partition: int | None  # About the stage: whose, and which decision of it.
    number: int | None
    certified: tuple | None  # (statement, its hash, digest, entries counted)
    ballot: bytes | None  # About a ballot: all its bytes.
    other: bytes | None  # Those of the ballot that is to stand in its place.
    kept: tuple | None  # Of a conflict: (kind, id, key of its partition, leaf hash of what counts, leaf hash of the other entry).
    signatures: list  # (officer, signature)
    signed: bytes  # What they are over, behind the words and the count id.

    @property
    def about_stage(self):
        return self.ballot is None and self.kept is None


def read_decision(raw):
    """A control whose head is good, without a look at its ballot or its officers."""
    if raw[0] == 1:
        raise Refused("entry.control.unsupported")
    read = Bytes(raw, HEAD)
    action = read.u8()
    if action in NOT_BUILT:
        raise Refused("entry.control.unsupported")
    if action not in ACTIONS:
        raise Refused("entry.kind.unknown")
    reason = read.take(read.number(2))
    partition = number = certified = ballot = other = kept = None
    name, *_, becomes = ACTIONS[action]
    if becomes:
        partition, number = read.number(2), read.number(4)
        if name == "certify":
            certified = (read.number(8), read.take(32), read.take(32), read.number(8))
    elif name == "keep":
        kind, name_kept = read.u8(), read.take(16)
        kept = (kind, name_kept, read.take(7) if kind == SHEET else name_kept, read.take(32), read.take(32))
    else:
        ballot = read.take(read.number(2))
        if name == "supersede":
            other = read.take(read.number(2))
    end = read.at
    if not reason:
        raise Refused("control.reason_missing")
    if not clean(reason):
        raise Refused("entry.text.invalid")
    signatures = read.u8()
    if not 1 <= signatures <= 8:
        raise Refused("control.approvals")
    found = []
    for _ in range(signatures):
        officer, signature = read.take(read.u8()), read.take(64)
        if not officer or not clean(officer):
            raise Refused("entry.text.invalid")
        if found and officer <= found[-1][0]:
            raise Refused("control.approvals")
        found.append((officer, signature))
    read.end()
    return Decision(name, reason.decode(), partition, number, certified, ballot, other, kept, found, raw[:end])


def check_target(rules, count, decision):
    """Whether what a decision is about can be what it is meant to be: one ballot; two with one id; an id and two hashes."""
    if decision.kept:
        kind, name, _, counted, other = decision.kept
        if kind not in (BALLOT, SHEET) or not is_uuid(name) or counted == other:
            raise Refused("control.target")
    for raw in (decision.ballot, decision.other):
        if raw is None:
            continue
        try:
            if check_head(raw, count.tag) != BALLOT:
                raise Refused("control.target")
            ballot(rules, raw[HEAD:])
        except Refused:
            raise Refused("control.target") from None
    if decision.other is not None and (decision.other == decision.ballot or decision.other[10:HEAD] != decision.ballot[10:HEAD]):
        raise Refused("control.target")


def control(rules, count, raw):
    """A decision that the officers of `count` may have taken; whether the stage allowed it, decisions.py says."""
    decision = read_decision(raw)
    check_target(rules, count, decision)
    if not count.officers:
        raise Refused("control.no_officers")
    if decision.about_stage and decision.partition >= count.partitions:
        raise Refused("control.partition")
    roles = next(roles for name, _, roles, _ in ACTIONS.values() if name == decision.name)
    for officer, _ in decision.signatures:
        if officer not in count.officers:
            raise Refused("control.officer_unknown")
        if count.officers[officer][0] not in roles:
            raise Refused("control.role")
    if len(decision.signatures) < count.approvals:
        raise Refused("control.approvals")
    text = b"teller decision 2\n" + count.id + decision.signed
    if not all(ed25519.good_signature(count.officers[officer][1], text, signature) for officer, signature in decision.signatures):
        raise Refused("control.signature")
    return decision


# ---------------------------------------------------------------------------------------------------------- partition


def murmur2(key):
    """Kafka's: seed 0x9747b28c, 32 bits."""
    mask, m = 0xFFFFFFFF, 0x5BD1E995
    value = 0x9747B28C ^ len(key)
    whole = len(key) & ~3
    for (k,) in struct.iter_unpack("<I", key[:whole]):
        k = k * m & mask
        value = value * m & mask ^ (k ^ k >> 24) * m & mask
    if whole < len(key):
        value = (value ^ int.from_bytes(key[whole:], "little")) * m & mask
    value = (value ^ value >> 13) * m & mask
    return value ^ value >> 15


def partition_of(key, partitions):
    """`key` is a ballot's id, or the first 7 bytes of a sheet's body."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions
