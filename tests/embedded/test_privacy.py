"""Nothing that people see ties a voter to a choice: every file but the private ones, every answer and every metric is searched for
what stood on the ballots and around them."""

import hashlib
import json
import sqlite3
import urllib.error
import urllib.request

import journal_file
from conftest import run, serving
from planted import BATCH, CANDIDATE, CANDIDATE_ID, CHOICES, PRIVATE, RAW_IDS, RULES, SENDER, TOKEN, WRITE_IN, ballot, raw_ballot, refused_bodies
from private_words import Words, spellings


def post(url, body, token=TOKEN):
    request = urllib.request.Request(
        url + "/v1/entries", body.encode(), {"Content-Type": "application/x-ndjson", "Teller-Batch": BATCH, "Authorization": f"Bearer {token}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def get(url, path):
    with urllib.request.urlopen(urllib.request.Request(url + path, headers={"Authorization": f"Bearer {TOKEN}"}), timeout=60) as answer:
        return answer.read()


def test_the_search_finds_a_word_however_it_is_spelt():
    words = Words([WRITE_IN])
    for form in spellings(WRITE_IN):
        assert words.within("x", b"..." + form + b"..."), form
    assert words.within("x", WRITE_IN.upper().encode())
    assert not words.within("x", WRITE_IN[1:].encode())
    assert words.within_rows("x", [{"a": [1, (2, WRITE_IN)]}]) and not words.within_rows("x", [{"a": [1, (2, "")]}])


def test_nothing_that_people_see_holds_a_voters_side(new_home, tmp_path):  # Long: every way out is asked of one count.
    rules, tokens, log = tmp_path / "rules.json", tmp_path / "tokens", tmp_path / "log/engine.log"
    log.parent.mkdir()
    rules.write_text(json.dumps(RULES))
    tokens.write_text(f"{hashlib.sha256(TOKEN.encode()).hexdigest()} {SENDER}\n")
    home = new_home(rules, "--partitions", 1, "--actor", "a.huber", "--reason", "council election of May")
    count = json.loads((home / "count.json").read_text())["id"]
    seen = {}

    def look(name, *arguments, code=0):
        stdout, stderr = run(*arguments, code=code)
        seen[name] = (stdout + stderr).encode()

    with serving(home, log, "--tokens", tokens) as url:
        status, said = post(
            url,
            "\n".join(
                [ballot(count, 0, [CANDIDATE_ID]), ballot(count, 1, [{"write_in": WRITE_IN}]), ballot(count, 2, []), ballot(count, 3, ["bell"])]
            ),
        )
        assert status == 200, said
        # A duplicate, a conflict, and a conflict of write-ins.
        status, said = post(
            url, "\n".join([ballot(count, 0, [CANDIDATE_ID]), ballot(count, 3, [CANDIDATE_ID]), ballot(count, 2, [{"write_in": WRITE_IN}])])
        )
        assert status == 200, said
        refusals = list(refused_bodies(count))
        for number, body in enumerate(refusals):
            status, seen[f"refusal {number}"] = post(url, body)
            assert status >= 400 or json.loads(seen[f"refusal {number}"])["refused_total"] == 1, (number, status, seen[f"refusal {number}"])
        assert post(url, ballot(count, 5, [CANDIDATE_ID]), token=TOKEN + WRITE_IN.split()[0])[0] == 401
        for path in ("/metrics", "/v1/head", "/v1/health"):
            seen[path] = get(url, path)

    # Past intake: one that can be read and one that cannot; and a record that is none.
    path = home / "journal/00000001.journal"
    key = bytes.fromhex(count)
    record = journal_file.record(key, 0, [raw_ballot(key, 6, 0), raw_ballot(key, 7, 9)], SENDER, BATCH)
    path.write_bytes(journal_file.appended(path.read_bytes(), 0, record))
    with serving(home, log, "--tokens", tokens):
        pass
    good = path.read_bytes()
    path.write_bytes(journal_file.appended(good, 0, record[:-1] + bytes([record[-1] ^ 1])))
    with serving(home, log, "--tokens", tokens):
        pass

    look("inspect", "inspect", "--home", home, "--incidents", "--record", "--json")
    look("inspect text", "inspect", "--home", home, "--incidents", "--record")
    for form in ("table", "json", "csv"):
        look(f"incidents {form}", "incidents", "--home", home, "--format", form)
    look("replay", "replay-rejected", "--home", home, "--reason", "another try", code=1)
    look("resume", "resume", "--home", home, "--partition", 0, "--reason", "looked at it")
    look("audit", "audit", "show", "--home", home, "--json")
    look("audit verify", "audit", "verify", "--home", home)
    look("verify", "verify", "--home", home)
    look("digest", "digest", "--home", home)
    outcomes = json.loads(seen["inspect"])
    assert (outcomes["counted"], outcomes["duplicate"], outcomes["conflict"], outcomes["rejected"]) == (5, 1, 2, 1)
    assert outcomes["partitions"][0]["halted"] != ""
    assert b"looked at it" in seen["audit"]

    # The words are where they must be, or nothing was searched for.
    private = ("journal", "segments", "store.sqlite", "store.sqlite-wal", "store.sqlite-shm")
    kept = PRIVATE.within_files(home / "journal") + PRIVATE.within_files(home / "segments")
    assert {word for _, word in kept} >= {SENDER, BATCH, WRITE_IN, *RAW_IDS[:4]}
    public = CHOICES.within_files(home, leave_out=private)
    assert ("rules.json", CANDIDATE) in public and any(name.startswith("published/") for name, _ in public)

    assert PRIVATE.within_files(home, leave_out=private) == []
    assert PRIVATE.within_files(log.parent) + CHOICES.within_files(log.parent) == []
    # A sender may be told which member of its own body was wrong, and the id by which it knows the entry; nobody else is.
    own = Words([SENDER, TOKEN, BATCH, WRITE_IN])
    for name, text in seen.items():
        assert text, name
        assert CHOICES.within(name, text) == [], text
        assert (own if name.startswith("refusal") else PRIVATE).within(name, text) == [], text
    # Nor does the store hold who sent what, or how a ballot was marked.
    with sqlite3.connect(home / "store.sqlite") as store:
        tables = [name for (name,) in store.execute("select name from sqlite_master where type = 'table'")]
        for table in tables:
            rows = store.execute(f'select * from "{table}"').fetchall()
            assert Words([SENDER, TOKEN, BATCH, WRITE_IN]).within_rows(table, rows) == []
            if table in ("incidents", "audit", "falls", "steps", "statements", "partitions", "replays"):
                assert CHOICES.within_rows(table, rows) == []
