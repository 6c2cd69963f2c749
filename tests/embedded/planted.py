"""What the privacy tests of both forms plant: names that nobody else uses, and ballots full of them."""

import json

import little_rill
from private_words import Words

SENDER, TOKEN, BATCH, WRITE_IN = "Wahllokal Kirchhalde", "tok-Ginsterkatze-4711", "Stapel-Kellerschrank", "Zebulon Wraithmoor"
CANDIDATE, CANDIDATE_ID = "Adalind Quirrelwright", "option-quirrelwright"
IDS = [f"{n:08x}-feed-4bad-8bee-{n:012x}" for n in range(0xC0FFEE00, 0xC0FFEE0A)]
RAW_IDS = [bytes.fromhex(one.replace("-", "")) for one in IDS]

# Never outside journal, segments and store.
PRIVATE = Words([SENDER, TOKEN, BATCH, WRITE_IN, *IDS, *RAW_IDS])
# Whom one may vote for is public; in logs, metrics, refusals and incidents it would be somebody's choice.
CHOICES = Words([CANDIDATE, CANDIDATE_ID])

RULES = little_rill.rules_of(options=[{"id": CANDIDATE_ID, "name": CANDIDATE}, {"id": "bell", "name": "Bell"}], write_ins=True)


def ballot(count, n, marks, **other):
    return json.dumps(little_rill.ballot(count, IDS[n], marks, **other), ensure_ascii=n % 2 == 0)


def refused_bodies(count):
    """Each is refused for another reason; all of them are full of what must not be repeated."""
    mine, theirs = [CANDIDATE_ID], [{"write_in": WRITE_IN}]
    yield ballot(count, 4, mine + mine)
    yield ballot(count, 4, [{"write_in": WRITE_IN, "party": CANDIDATE}])
    yield ballot(count, 4, [CANDIDATE_ID + "x"])
    yield ballot(count, 4, [{"write_in": WRITE_IN + "\u0007"}])
    yield ballot(count, 4, mine, style="none")
    yield ballot(count, 4, mine, unit="nowhere")
    yield ballot("0" * 32, 4, mine)
    yield ballot(count, 4, {"ranking": [mine]})
    yield ballot(count, 4, mine)[:-9]
    yield ballot(count, 4, mine).replace("8bee", "0bee")
    yield ballot(count, 4, mine, contests={"council": mine, "mayor": theirs})
    yield ballot(count, 4, {CANDIDATE_ID: 1})
    yield ballot(count, 4, [{"write_in": WRITE_IN, CANDIDATE_ID: 1}])
    yield ballot(count, 4, mine, contests={"council": mine, CANDIDATE_ID: []})


def raw_ballot(count, n, style):
    """In bytes: a write-in, and a style that the rules may not have."""
    name = WRITE_IN.encode()
    return (
        b"\x01\x01"
        + count[:8]
        + RAW_IDS[n]
        + bytes(4)
        + style.to_bytes(2, "little")
        + b"\x01\x00\x01"
        + b"\x00\x00\x00"
        + b"\x00\x01"
        + bytes([len(name)])
        + name
    )
