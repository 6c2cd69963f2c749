"""Makes what the fuzzers begin with, out of the vectors and the examples: make_seeds.py SEEDS [WORDS]

SEEDS gets a folder a target and in it a file a seed, named by its hash. WORDS gets a dictionary for each target that
reads text: the words that its source knows. Nothing of it is kept in git.
"""

import bz2
import gzip
import hashlib
import json
import lzma
import pathlib
import re
import struct
import sys

TREE = pathlib.Path(__file__).resolve().parents[2]
VECTORS = json.loads((TREE / "tests/vectors/entry.json").read_text())
CRC_BYTES = 4
INCIDENT = b'{"partition":0,"position":1,"index":2,"outcome":"conflict","code":"entry.conflict","kind":"sheet","words":"as it is"}'
OUTCOMES = b'{"counted_or_copy":1,"conflict":1,"rejected":0,"waiting":0,"halted":0,"incidents":[' + INCIDENT + b'],"ask_again":[]}'
READERS = {
    "entry_json": ["src/intake/entry_json.cc"],
    "http": ["src/intake/entry_json.cc", "src/gateway/entries_endpoint.cc", "src/outcomes/outcomes_endpoint.cc"],
    "definition": ["src/election/rules.cc", "src/election/presentation.cc", "src/election/count_file.cc"],
    "mapping": ["src/results/mapping.cc"],
    "results_file": ["src/tables/spreadsheet.cc"],
    "proof": ["src/verify/proof_file.cc", "src/publish/statement.cc"],
    "statement": ["src/publish/statement.cc", "src/publish/zero_report.cc"],
    "request": ["src/http/request_head.cc"],
    "delivery": ["src/deliver/delivery_json.cc", "src/deliver/sheet_json.cc", "src/intake/entry_json.cc"],
    "officer": ["src/decide/decision.cc", "src/decide/person_tokens.cc", "src/decide/approvals.cc"],
    "settings": ["src/settings/config.cc", "src/decide/officers_file.cc", "src/gateway/sender_limits.cc"],
    "entered": ["src/entering/entered_sheets.cc", "src/entering/sheet_fields.cc"],
    "signed_token": ["src/decide/json_web_keys.cc", "src/decide/signed_token.cc", "src/decide/provider_token.cc"],
}


def seeds():  # Long: a table of inputs.
    """Yields (target, bytes)."""
    valid = [bytes.fromhex(one["hex"]) for one in VECTORS["valid"]]
    texts = [json.dumps(one["json"], ensure_ascii=False).encode() for one in VECTORS["valid"] if one.get("json")]
    for entry in valid:
        yield "entry", entry
        yield "step", b"\1" + framed([entry, entry])
    for one in VECTORS["invalid"]:
        yield "entry", bytes.fromhex(one["hex"])[:400]
    yield "step", b"\3" + framed(valid)
    for text in texts:
        yield "entry_json", text
        yield "http", b"\0\0" + text
    for one in VECTORS["json_invalid"]:
        yield "entry_json", one["text"].encode()
    yield "http", b"\1\3b-1" + b"\n".join(texts)
    yield "http", b"\0\0[" + b",".join(texts[:3]) + b"]"
    yield "http", b'[{"partition":3,"position":12,"entries":5},{"partition":0,"position":0}]'
    yield "http", OUTCOMES

    for page in sorted((TREE / "tests/fixtures/http-llhttp/request").glob("*.md")):
        for request in re.findall(r"```http\n(.*?)```", page.read_text(), re.DOTALL):
            with_host = request.replace(" HTTP/1.1\n", " HTTP/1.1\nHost: x\n")
            yield "request", b"\7" + with_host.replace("\n", "\r\n").encode()

    batch = bytes.fromhex(VECTORS["batch"]["hex"])
    yield "packed_batch", batch
    yield "packed_batch", batch[:-CRC_BYTES]
    yield "packed_batch", batch[:21] + b"\xff" * 4 + b"\0" * 40_000  # As many entries as can be said, all empty.
    yield "http", b"\2\0" + batch[:-CRC_BYTES]
    record = bytes.fromhex(VECTORS["record"]["hex"])
    yield "record", record
    yield "record", record[:-CRC_BYTES]
    for step in VECTORS["count_steps"]["steps"]:
        yield "segment", bytes.fromhex(step["segment"])
        yield "change", bytes.fromhex(step["change"])
        yield "step", b"\2" + framed([bytes.fromhex(one["entry"]) for one in step["recorded"]])

    yield "definition", b"r" + (TREE / "tests/vectors" / VECTORS["rules"]).read_bytes()
    yield (
        "definition",
        b"c"
        + json.dumps(
            {
                "teller": "count/1",
                "id": VECTORS["count"],
                "mode": "test",
                "label": "",
                "rules": "00" * 32,
                "presentation": "00" * 32,
                "partitions": 2,
                "step": {"interval_ms": 250, "minimum": 1, "maximum": 200000},
                "publication": "live",
                "origin": "election.example/fuzz",
                "public_key": "k",
            }
        ).encode(),
    )
    rules = json.loads((TREE / "tests/vectors" / VECTORS["rules"]).read_text())
    option = f"{rules['contests'][0]['id']}/{rules['contests'][0]['options'][0]['id']}"
    yield (
        "definition",
        b"p"
        + json.dumps(
            {
                "teller": "presentation/1",
                "title": "T",
                "options": {option: {"colour": "#1b9431", "short_name": "A"}},
                "texts": {"de": {option: "ä"}},
                "registered": {rules["units"][0]["id"]: 7},
            }
        ).encode(),
    )
    for shape in json_shapes(20_000):
        for kind in (b"r", b"c", b"p"):
            yield "definition", kind + shape.encode()
        yield "entry_json", shape.encode()
        yield "http", b"\0\0" + shape.encode()
        yield "proof", shape.encode()
    for shape in json_shapes(2_000):  # Questions and answers about outcomes; of the answers, our server's, a large one is read slowly.
        yield "http", shape.encode()
    yield "http", b"\1\0" + b"{}\n" * 20_000
    yield "json_table", b'\0[{"a":1,"b":{"c":"x, y"}},{"a":-2.5,"d":null}]'
    yield "json_table", b'\3{"t":"8:36","a":{"k":{"a":[{"v":1e3,"w":"\\n"}]},"l":{"a":[3,true]}}}'
    for mapping in sorted([*TREE.glob("examples/*/mapping*.toml"), *TREE.glob("examples/mappings/*.toml")]):
        yield "mapping", mapping.read_bytes()
    for shape in toml_shapes(40_000):
        yield "mapping", shape.encode()

    for table in (b"a,b\n1,2\n", b'a,b\n"1\n2","x""y"\r\n', b"a\n\xff\n", b"," * 20_000 + b"\n", b'"' + b"x\n" * 20_000, b"a,b\n" * 20_000):
        yield "results_file", b"\0" + table
        for pack in (gzip.compress, bz2.compress, lzma.compress):
            yield "results_file", b"\0" + pack(table)
    yield "results_file", b"\0" + lzma.compress(b"x" * (4 << 20))  # Of 700 bytes.
    yield from suites()
    yield from workbooks()
    yield from deliveries()
    yield from of_officers()
    yield from settings()
    yield from tokens()
    yield from entered_sheets()

    yield "typed_tables", b"contest,vote for\nCouncil,2\n\foption,party\nAda,G\n\funit,parent\nRill,\nMill,Rill\n"
    yield "typed_tables", b"contest;kind\nA;ranked\nB;\n\fcontest;candidate\nA;X\nB;Y\n\funit;contests;style\nU;A;s\nV;B;t\n"
    yield "typed_tables", b"N,B,1,2\n1,x;y,x,\n2,o,o,y\n3,w: Zoe;x,-,\n1,z,,\n"
    yield "typed_tables", b"unit,parent\n" + b"A,B\nB,A\n" * 5_000

    zeros = "00" * 32
    statement = (
        f"teller statement 1\ncount {VECTORS['count']}\nnumber 12\nprevious {zeros}\ncommit 345\n"
        f"time 2024-01-13T08:00:00.000000Z\nrules {zeros}\ncount_file {zeros}\npresentation {zeros}\nmode demo\n"
        f"status unofficial\npolicy live\npartition 0 step 12 position 40 size 1000 root {zeros}\n"
        f"partition 1 step 2 position 4 size 10 root {zeros}\nsteps {zeros}\ndigest {zeros}\nrandom {'00' * 16}\n"
    )
    yield "statement", statement.encode()
    contest = "contest council\nname Council\noption ada\nname Ada\nvotes 0\nwrite_ins 0\nundervotes 0\novervotes 0\nblank 0\ninvalid 0\ncards 0\n"
    zero_report = (
        f"teller zero 1\ncount {VECTORS['count']}\nmode live\nlabel Run-off\nelection Rill\ntime 2024-01-13T08:00:00.000000Z\n"
        f"rules {zeros}\ncount_file {zeros}\npresentation {zeros}\npartition 0 recorded 0 steps 0 size 0 conflicts 0 rejected 0\n"
        f"segments 0\n{contest}key election.example+00000000+AA==\n"
    )
    yield "statement", zero_report.encode()
    checkpoint = f"election.example/fuzz\n13\n{'A' * 43}=\n".encode()
    yield "proof", valid[0]
    for kind in ("inclusion/1", "consistency/1"):
        one = {"text": statement, "index": 0, "path": [zeros]}
        yield (
            "proof",
            json.dumps(
                {
                    "teller": kind,
                    "checkpoint": checkpoint.decode(),
                    "entry": "AAAA",
                    "partition": 0,
                    "index": 0,
                    "path": [zeros],
                    "statement": one,
                    "from": one,
                    "to": one,
                    "root": zeros,
                    "partitions": [{"partition": 0, "path": [zeros]}],
                }
            ).encode(),
        )
    yield "note", checkpoint
    yield "note", b"\0\7\1" + checkpoint
    yield "note", checkpoint + "\n— election.example/fuzz ".encode() + b"A" * 91 + b"=\n"


def suites():
    """What others wrote to break readers (tests/suites)."""
    for path in sorted((TREE / "tests/suites").rglob("*.csv")) + sorted((TREE / "tests/fixtures/field").rglob("*.csv")):
        yield "results_file", b"\0" + path.read_bytes()
    for path in sorted((TREE / "tests/suites/jsontestsuite").rglob("*.json")):
        text = path.read_bytes()
        yield "entry_json", text
        yield "results_file", b"\0" + text
        for kind in (b"r", b"c", b"p"):
            yield "definition", kind + text
    strings = json.loads((TREE / "tests/suites/blns/blns.json").read_text())
    rows = "".join('"{}","{}",{}\n'.format(text.replace('"', '""'), text.replace('"', '""'), i) for i, text in enumerate(strings))
    yield "results_file", b"\0" + rows.encode(errors="replace")
    for text in strings:
        yield "results_file", b"\4" + text.encode(errors="replace")
        yield "mapping", f'teller = "mapping/1"\n[option]\nid = {json.dumps(text)}\n'.encode(errors="replace")


def tokens():
    """Tokens of a provider of identities and its keys: first byte 0 keys, 1 a token, 2 what it says, 3 its header (signed_token.cc)."""
    for name in ("json_web_signature_test.json", "json_web_key_test.json"):
        for group in json.loads((TREE / "tests/suites/wycheproof" / name).read_text())["testGroups"]:
            public = group.get("public", group["private"])
            yield "signed_token", b"\0" + json.dumps(public if "keys" in public else {"keys": [public]}).encode()
            for test in group["tests"][:20]:
                yield "signed_token", b"\1" + test["jws"].encode()
    good = {"iss": "https://a.example", "aud": ["teller"], "sub": "a", "preferred_username": "b", "iat": 1_800_000_000, "exp": 1_800_000_300}
    yield "signed_token", b"\2" + json.dumps(good | {"nbf": 1.8e9, "typ": "Bearer", "realm_access": {"roles": ["count"]}}).encode()
    yield "signed_token", b"\3" + json.dumps({"alg": "EdDSA", "kid": "k", "typ": "at+jwt"}).encode()
    yield "signed_token", b"\3" + json.dumps({"alg": "none", "kid": "k", "crit": ["b64"], "b64": False}).encode()
    for shape in json_shapes(2_000):
        for kind in (b"\0", b"\2", b"\3"):
            yield "signed_token", kind + shape.encode()
    for token in (b"A" * 17_000, b"." * 3, b"a.b." + b"C" * 17_000, b"A" * 6_000 + b"." + b"B" * 6_000 + b"." + b"C" * 6_000, b"a=.b+.c/"):
        yield "signed_token", b"\1" + token


def entered_sheets():
    """Files of sheets that two people type."""
    sheet = next(one["json"] for one in VECTORS["valid"] if one.get("json", {}).get("kind") == "sheet" and one["json"].get("votes"))
    at = "2026-05-03T21:00:00.000000Z"
    place = {"teller": "entered sheet/1", "changes": 3, "correction": ""} | {name: sheet[name] for name in ("unit", "method", "contest")}
    first = {"by": "c.clerk", "at": at, "figures": sheet["votes"] | {"cards": 120, "blank": "withheld", "invalid": "unknown"}}
    second = first | {"by": "d.clerk", "figures": first["figures"] | {"cards": 121}}
    done = {"by": "e.chair", "reason": "not legible", "at": at}
    retyped = [done | {"field": "cards", "figure": 121}]
    explained = [done | {"check": "blank_share", "what": "much is blank"}]
    brought = {"delivery": 3, "became": "new", "detail": "", "stands": True, "at": at}
    seen = ["e.chair"]
    for more in (
        {"first": first},
        {"first": first, "second": first | {"by": "d.clerk"}, "ready": done, "brought": brought},
        {"first": first, "second": second, "retyped": retyped, "explained": explained, "seen": seen},
    ):
        yield "entered", json.dumps(place | more, ensure_ascii=False).encode()
    yield "entered", json.dumps(place | {"first": first, "second": second, "retyped": retyped * 5_000}).encode()
    for shape in json_shapes(5_000):
        yield "entered", shape.encode()


def workbooks():
    """The parts of small spreadsheets, as the target puts them together."""
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    book = [
        f'<workbook xmlns:r="{relation}"><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
        '<Relationships><Relationship Id="r1" Type="x" Target="worksheets/s.xml"/></Relationships>',
        "<sst><si><t>place</t></si><si><r><t>Ada</t></r></si></sst>",
        '<styleSheet><numFmts><numFmt numFmtId="164" formatCode="d.m.yy"/></numFmts><cellXfs><xf numFmtId="164"/></cellXfs></styleSheet>',
        '<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1"><v>1.5E3</v></c></row>'
        '<row r="9"><c t="inlineStr"><is><t>x</t></is></c><c s="0"><v>46026</v></c><c t="b"><v>1</v></c></row></sheetData></worksheet>',
    ]
    yield "results_file", b"\1" + "\0".join(book).encode()
    laughs = '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><workbook>&b;</workbook>'
    yield "results_file", b"\1" + "\0".join([laughs, *book[1:]]).encode()
    far = '<worksheet><sheetData><row r="1048576"><c r="XFD1048576"><v>1</v></c></row><row r="99999999999999"><c r="ZZZZ1"><v>1</v></c></row></sheetData></worksheet>'
    yield "results_file", b"\1" + "\0".join([*book[:4], far]).encode()
    cell = '<table:table-cell office:value-type="string" table:number-columns-repeated="3"><text:p>a<text:s text:c="9"/></text:p></table:table-cell>'
    ods = f'<o:d xmlns:o="o" xmlns:table="t" xmlns:office="f" xmlns:text="x"><table:table table:name="a"><table:table-row table:number-rows-repeated="9">{cell}</table:table-row></table:table></o:d>'
    yield "results_file", b"\2" + ods.encode()
    yield "results_file", b"\2" + ods.replace('"3"', '"99999999999999999999"').replace('"9"', '"18446744073709551615"').encode()
    yield "results_file", b"\20" + "a,b\n1,ü\n".encode("utf-16-le")
    yield "results_file", b"\22" + "a,b\n1,ü\n".encode("cp1252")


def deliveries():
    """Bodies of POST /v1/deliveries."""
    head = b'{"delivery":{"source":"Rill","file":"at-21h.csv","figures_at":"2026-05-03T21:00:00Z","act":"correction","reason":"typed wrongly"}}\n'
    sheets = [one["json"] for one in VECTORS["valid"] if one.get("json", {}).get("kind") == "sheet"]
    cells = []
    for sheet in sheets:
        text = json.dumps({name: value for name, value in sheet.items() if name not in ("count", "version", "act", "reason")}, ensure_ascii=False)
        yield "delivery", head + text.encode() + b"\n"
        cells.append({name: sheet[name] for name in ("unit", "method", "contest")})
    lines = [
        {"held": cells[0] | {"why": "line 7: it is no number"}},
        {"unknown": cells[0] | {"options": list(sheets[0]["votes"]), "figures": ["cards", "blank"]}},
        {"cut": cells[0]},
    ]
    yield "delivery", head + b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in lines)
    yield "delivery", head + b"{}\n" * 20_000
    yield "delivery", head + b"\n" * 20_000
    yield "delivery", head[:-2] + b',"source":"' + b"x" * 70_000 + b'"}}\n'
    for shape in json_shapes(20_000):
        yield "delivery", shape.encode()
        yield "delivery", head + shape.encode() + b"\n"
        yield "delivery", head + b'{"held":' + shape.encode() + b"}\n"
        yield "delivery", b'{"delivery":' + shape.encode() + b"}\n"


def of_officers():
    """Decisions (d), persons' tokens (t), decisions that wait (w)."""
    zeros, id_ = "00" * 32, "6a1f0e2b-3c4d-4e5f-8a9b-0c1d2e3f4a5b"
    signature = {"officer": "a.huber", "of": ["00" * 64]}
    made = {"teller": "decision/1", "count": VECTORS["count"], "reason": "Polls open"}
    decisions = [
        made | {"action": "open", "entries": [{"id": id_, "partition": 0, "number": 1}], "signatures": [signature]},
        made
        | {"action": "certify", "statement": 3, "statement_hash": zeros, "digest": zeros}
        | {"entries": [{"id": id_, "partition": 1, "number": 3, "counted": 7}], "signatures": [signature, signature | {"officer": "b.meier"}]},
        made | {"action": "void", "entries": [{"id": id_, "ballot": VECTORS["valid"][0]["hex"]}], "signatures": []},
        made | {"action": "supersede", "entries": [{"id": id_, "ballot": VECTORS["valid"][0]["hex"], "other": "00"}], "signatures": []},
        made | {"action": "keep", "entries": [{"id": id_, "of": id_, "sheet": "00" * 7, "kept": zeros, "not_counted": zeros}], "signatures": []},
    ]
    waits = b'{"by":"a.huber","came_us":1770000000000000,"expires_us":1770086400000000}\n'
    for decision in decisions:
        yield "officer", b"d" + json.dumps(decision).encode()
        yield "officer", b"w" + waits + json.dumps(decision).encode()
    yield "officer", b"d" + json.dumps(decisions[0] | {"entries": decisions[0]["entries"] * 5_000}).encode()
    times = "2026-05-03T21:00:00.000000Z 2026-06-02T21:00:00.000000Z"
    tokens = (
        f"teller officer tokens 1\n0123abcd tabulation {'ab' * 32} {times} - a.huber\n4567abcd observer {'cd' * 32} {times} {times[:27]} Eva Moss\n"
    )
    yield "officer", b"t" + tokens.encode()
    yield "officer", b"t" + tokens.encode()[:24] + b"\n" * 40_000
    yield "officer", b"t" + tokens.encode()[:24] + tokens.encode()[24:] * 400
    for shape in json_shapes(5_000):
        yield "officer", b"d" + shape.encode()
        yield "officer", b"w" + shape.encode() + b"\n" + json.dumps(decisions[0]).encode()
        yield "officer", b"w" + waits + shape.encode()


def settings():
    """teller.toml (c), the officers of a count (o), what each sender may send (s)."""
    config = """[count]
home = "count"
name = "rill"
[kafka]
brokers = "localhost:9093"
ca = "ca.crt"
identities = "."
replication = 3
min_in_sync = 2
[postgres]
conninfo = "host=localhost dbname=teller"
identities = "."
[elasticsearch]
url = "https://localhost:9200"
ca = "ca.crt"
user = "publisher"
password_file = "password"
[gateway]
listen = "127.0.0.1:18443"
certificate = "server.crt"
key = "server.key"
client_ca = "ca.crt"
tokens = "tokens"
senders = ["station", "office"]
sender_limits = "senders.toml"
[segments]
directory = "/segments"
[published]
directory = "/published"
"""
    names = ("a.huber", 'b \\"meier\\\\')
    officers = "approvals = 2\n" + "".join(
        f'[[officer]]\nname = "{name}"\nrole = "tabulation"\nkey = "{key * 32}"\n' for name, key in zip(names, ("ab", "cd"), strict=True)
    )
    unit = json.loads((TREE / "tests/vectors" / VECTORS["rules"]).read_text())["units"][-1]["id"]
    limits = f"""teller = "senders/1"
others = "nothing"
[[sender]]
name = "station-7"
units = ["{unit}"]
entries_per_s = 20
burst = 200
voting_place = true
[[sender]]
name = "inbox"
entries_per_s = 1
"""
    for kind, text in ((b"c", config), (b"o", officers), (b"s", limits)):
        yield "settings", kind + text.encode()
        for shape in toml_shapes(40_000):
            yield "settings", kind + shape.encode()
            yield "settings", kind + text.encode() + shape.encode()
        yield "settings", kind + b"x = [" + b"1," * 250_000 + b"]\n"  # Of half a megabyte.
        yield "settings", kind + text.encode() + b"".join(b"[[%s]]\n" % (b"officer" if kind == b"o" else b"sender") for _ in range(20_000))


def toml_shapes(times):
    """What is small as text and deep as a tree: toml++ goes down a call for each part of a key and each bracket."""
    for key in ("a." * times + "a", "'a'." * (times // 2) + "a"):
        yield f"{key} = 1\n"
        yield f"[{key}]\n"
        yield f"[[{key}]]\n"
        yield f"x = {{{key} = 1}}\n"
    yield "x = " + "[" * times + "]" * times + "\n"
    yield "x = " + "{a = " * times + "1" + "}" * times + "\n"
    # A string or a comment that hides where it ends.
    for before in ('"""\n\\"""" # "', "'''\n\\''''' # ", '"\\\\" # ', "'\\' # \""):
        yield f"x = {before}\n{'a.' * times}a = 1\n"


def json_shapes(times):
    """What is small as text and large or deep as a tree."""
    yield "[" * times + "]" * times
    yield '{"a":' * times + "1" + "}" * times
    yield "[" + "0," * times + "0]"
    yield "[" + "{}," * times + "{}]"
    yield '{"teller": "rules/1", "units": [' + "{}," * times + "{}]}"
    yield "{" + "".join(f'"{i}": [],' for i in range(times)) + '"teller": "presentation/1"}'
    yield '{"teller": "' + "x" * times + '"}'


def words(target):
    found = {word for path in READERS[target] for word in re.findall(r'"([a-z_/0-9]{2,})"', (TREE / path).read_text())}
    rules = json.loads((TREE / "tests/vectors" / VECTORS["rules"]).read_text())
    for name in ("units", "methods", "contests", "styles"):
        found.update(one["id"] for one in rules[name] if one["id"].isascii())
    found.update(option["id"] for contest in rules["contests"] for option in contest["options"])
    return "".join(f'"{word}"\n' for word in sorted(found) if word.isascii())


def framed(entries):
    return b"".join(struct.pack("<H", len(entry)) + entry for entry in entries)


def main():
    folder = pathlib.Path(sys.argv[1])
    made = 0
    for target, seed in seeds():
        (folder / target).mkdir(parents=True, exist_ok=True)
        (folder / target / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
        made += 1
    print(f"{made} seeds in {folder}")
    if len(sys.argv) > 2:
        dictionaries = pathlib.Path(sys.argv[2])
        dictionaries.mkdir(parents=True, exist_ok=True)
        for target in READERS:
            (dictionaries / f"{target}.dict").write_text(words(target))


main()
