"""checks/nl.toml: the checks of the Dutch counting software Abacus, each broken alone by one polling place, and just not by another."""

import json
import re
import tomllib

from conftest import TREE, run
from little_rill import contest, named, rules_of

NL = TREE / "checks/nl.toml"
# As Abacus numbers them.
CODES = ["F.101", "F.102", "F.111", "F.112", "F.201", "F.202", "F.203", "F.204", *(f"F.3{n:02}" for n in [*range(1, 11), 12])]
CODES += ["F.401", "F.402", "F.403", "W.001", "W.002", *(f"W.20{n}" for n in range(1, 7))]

# A record on which all is well: 500 voters of 800, and as many ballots.
GOOD = {
    "admitted": {"votes": {"poll-cards": 450, "proxies": 50, "voter-cards": 0}, "cards": 500, "registered": 800},
    "lists": {"votes": {"l1": 300, "l2": 180}, "cards": 500, "blank": 14, "invalid": 6},
    "candidates": {"votes": {"ada": 200, "bell": 100, "cruz": 180}},
    "differences": {"votes": {"more": 0, "fewer": 0}},
}


def record(**changed):
    """A good record in which these figures are others: admitted={"cards": 499}, lists={"l1": 0}; "unknown": it is not given."""
    sheets = json.loads(json.dumps(GOOD))
    for name, figures in changed.items():
        for key, value in figures.items():
            place = sheets[name]["votes"] if key in sheets[name]["votes"] else sheets[name]
            place[key] = value
    return sheets


def admitted(voters, **more):
    return {"poll-cards": voters - 50, "cards": voters} | more


# What breaks one check, what is told of it, and what comes as near to it as it may.
CASES = {
    "F.201": (
        record(admitted={"poll-cards": 449}),
        "balance",
        "Admitted: 499 votes = 499, and 500 cards of 1 vote each are 500: 1 too few",
        record(admitted={"poll-cards": 449, "proxies": 51}),
    ),
    "F.203": (
        record(lists={"invalid": 7}),
        "balance",
        "Lists: 480 votes + 14 blank + 7 invalid = 501, and 500 cards of 1 vote each are 500: 1 too many",
        record(lists={"invalid": 7, "blank": 13}),
    ),
    "F.305": (
        record(differences={"more": 1}),
        "admitted_balance",
        "Lists: 500 voters admitted, and 500 cards: More 1, Fewer 0; should be 0 and 0",
        record(differences={"more": "unknown", "fewer": "unknown"}),
    ),
    "F.306": (
        record(admitted=admitted(497), differences={"more": 2}),
        "admitted_balance",
        "Lists: 497 voters admitted, and 500 cards: More 2, Fewer 0; should be 3 and 0",
        record(admitted=admitted(497), differences={"more": 3}),
    ),
    "F.307": (
        record(admitted=admitted(497), differences={"more": 3, "fewer": 1}),
        "admitted_balance",
        "Lists: 497 voters admitted, and 500 cards: More 3, Fewer 1; should be 3 and 0",
        record(admitted=admitted(497), differences={"more": 3, "fewer": "unknown"}),
    ),
    "F.308": (
        record(admitted=admitted(503), differences={"fewer": 4}),
        "admitted_balance",
        "Lists: 503 voters admitted, and 500 cards: More 0, Fewer 4; should be 0 and 3",
        record(admitted=admitted(503), differences={"fewer": 3}),
    ),
    "F.309": (
        record(admitted=admitted(503), differences={"more": 1, "fewer": 3}),
        "admitted_balance",
        "Lists: 503 voters admitted, and 500 cards: More 1, Fewer 3; should be 0 and 3",
        record(admitted=admitted(503), differences={"more": "unknown", "fewer": 3}),
    ),
    # Two places on one list, so that E is what it was.
    "F.401": (
        record(lists={"l1": 0, "l2": 480}, candidates={"cruz": 480}),
        "list_total",
        "Lists: List 1 has 0 votes, and its 2 candidates together 300",
        record(lists={"l1": 0, "l2": 480}, candidates={"ada": 0, "bell": 0, "cruz": 480}),
    ),
    "F.402": (
        record(candidates={"ada": 199}),
        "list_total",
        "Lists: List 1 has 300 votes, and its 2 candidates together 299",
        record(candidates={"ada": 199, "bell": 101}),
    ),
    "W.201": (
        record(lists={"l1": 299, "blank": 15}, candidates={"ada": 199}),
        "blank_share",
        "Lists: 15 of 500 cards are blank, 3.00 %",
        record(lists={"l1": 300, "blank": 14}),
    ),
    "W.202": (
        record(lists={"l1": 291, "invalid": 15}, candidates={"ada": 191}),
        "invalid_share",
        "Lists: 15 of 500 cards are invalid, 3.00 %",
        record(lists={"l1": 292, "invalid": 14}, candidates={"ada": 192}),
    ),
    "W.203 in percent": (
        record(admitted=admitted(490), differences={"more": 10}),
        "admitted_difference",
        "Lists: 490 voters admitted, and 500 cards: 10 more, 2.00 % of them",
        record(admitted=admitted(491), differences={"more": 9}),
    ),
    "W.203 in ballots": (
        record(
            admitted=admitted(1015, registered=1500),
            lists={"l1": 800, "cards": 1000},
            candidates={"ada": 700},
            differences={"fewer": 15},
        ),
        "admitted_difference",
        "Lists: 1,015 voters admitted, and 1,000 cards: 15 fewer, 1.50 % of them",
        record(
            admitted=admitted(1014, registered=1500),
            lists={"l1": 800, "cards": 1000},
            candidates={"ada": 700},
            differences={"fewer": 14},
        ),
    ),
    "W.204": (
        record(
            admitted={"poll-cards": 0, "proxies": 0, "cards": 0},
            lists={"l1": 0, "l2": 0, "blank": 0, "invalid": 0, "cards": 0},
            candidates={"ada": 0, "bell": 0, "cruz": 0},
        ),
        "no_cards",
        "Lists: 0 cards",
        record(
            admitted={"poll-cards": 1, "proxies": 0, "cards": 1},
            lists={"l1": 1, "l2": 0, "blank": 0, "invalid": 0, "cards": 1},
            candidates={"ada": 1, "bell": 0, "cruz": 0},
        ),
    ),
    "W.205": (record(admitted={"registered": "unknown"}), "no_registered", "Admitted: nothing says how many voters are registered", record()),
    "W.205 with 0": (record(admitted={"registered": 0}), "no_registered", "Admitted: 0 registered voters", record(admitted={"registered": 450})),
    "W.206": (
        record(admitted={"registered": 449}),
        "option_above_registered",
        "Admitted: Poll cards 450, and 449 registered voters",
        record(admitted={"registered": 450}),
    ),
}
RULES = rules_of(
    methods=[{"id": "all", "name": "All"}],
    units=[{"id": "rill", "name": "Rill", "kind": "municipality"}]
    + [
        {"id": f"{kind}{n}", "name": f"Place {kind}{n}", "kind": "polling-place", "parent": "rill"}
        for kind in ("broken", "near")
        for n in range(len(CASES))
    ],
    contests=[
        contest(
            "admitted",
            [{"id": "poll-cards", "name": "Poll cards"}, *named("Proxies"), {"id": "voter-cards", "name": "Voter cards"}],
            counted_from="sheets",
        ),
        contest(
            "lists",
            [{"id": "l1", "name": "List 1", "parties": ["p1"]}, {"id": "l2", "name": "List 2", "parties": ["p2"]}],
            counted_from="sheets",
        ),
        contest(
            "candidates",
            [{"id": one.lower(), "name": one, "parties": [party]} for one, party in (("Ada", "p1"), ("Bell", "p1"), ("Cruz", "p2"))],
            counted_from="sheets",
        ),
        contest("differences", named("More", "Fewer"), counted_from="sheets"),
    ],
) | {"parties": [{"id": "p1", "name": "One"}, {"id": "p2", "name": "Two"}]}


def count_of_records(tmp_path, new_home, records):
    """A count of these records, by unit."""
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps(RULES))
    home = new_home(rules)
    count = json.loads((home / "count.json").read_text())["id"]
    lines = [
        {"kind": "sheet", "count": count, "unit": unit, "method": "all", "contest": name} | sheet
        for unit, sheets in records.items()
        for name, sheet in sheets.items()
        if set(sheet["votes"].values()) != {"unknown"}  # A sheet that gives nothing does not come.
    ]
    sheets = tmp_path / "sheets.ndjson"
    sheets.write_text("".join(json.dumps(line) + "\n" for line in lines))
    run("load", sheets, "--home", home)
    return home


def test_each_dutch_check_finds_what_breaks_it_alone_and_no_more(tmp_path, new_home):
    records = {}
    for n, (broken, _, _, near) in enumerate(CASES.values()):
        records |= {f"broken{n}": broken, f"near{n}": near}
    home = count_of_records(tmp_path, new_home, records)
    told = json.loads(run("check", "--home", home, "--checks", NL, "--json", code=1)[0])
    found = {}
    for one in told["findings"]:
        # A share is told with that of all other records beside it.
        what = re.sub("; in the other reports of this contest .*", "", one["what"])
        found.setdefault(one["units"][0], []).append((one["check"], what))
    assert found == {f"broken{n}": [(check, f"Place broken{n}, {what}")] for n, (_, check, what, _) in enumerate(CASES.values())}
    # With the number that a Dutch official knows.
    for case, (_, check, _, _) in CASES.items():
        numbers = told["checks"][check]["source"]
        assert case[:5] in numbers or "F.305 to F.309" in numbers, case
    lines = run("check", "--home", home, "--checks", NL, code=1)[0]
    assert "warning: Place broken9, Lists: 15 of 500 cards are blank, 3.00 %; in the other reports of this contest" in lines
    assert "(blank_share, W.201; broken9)" in lines


def test_the_sums_of_a_central_committee_may_have_more_and_fewer(tmp_path, new_home):
    own = tmp_path / "central.toml"
    own.write_text(NL.read_text().replace("both = false", "both = true"))
    records = {
        "near0": record(admitted=admitted(497), differences={"more": 5, "fewer": 2}),
        "broken0": record(admitted=admitted(497), differences={"more": 5, "fewer": 3}),
    }
    home = count_of_records(tmp_path, new_home, records)
    told = json.loads(run("check", "--home", home, "--checks", own, "--json", code=1)[0])
    assert [one["what"] for one in told["findings"]] == ["Place broken0, Lists: 500 cards - 5 (More) + 3 (Fewer) = 498, and 497 voters admitted"]


def test_every_number_of_abacus_is_a_check_or_has_its_reason():
    text = NL.read_text()
    sources = " ".join(table["source"] for table in tomllib.loads(text).values())
    made = set(re.findall(r"[FW]\.\d{3}", sources)) | {f"F.30{n}" for n in (6, 7, 8)}
    without = text[text.index("What has no table here") :]
    reasons = set(re.findall(r"^# {3}((?:[FW]\.\d{3}(?:, )?)+) {2,}\S", without, re.MULTILINE))
    reasons = {code for codes in reasons for code in codes.split(", ")}
    assert not made & reasons
    assert sorted(made | reasons) == sorted(CODES)
    # What refuses them is there.
    codes = tomllib.loads((TREE / "schema/events.toml").read_text())
    for code in re.findall(r"\b(?:entering|decision)\.[a-z_]+\b", without):
        assert code in codes, code
    for page in re.findall(r"docs/[\w/-]+\.md", text):
        assert (TREE / page).exists()
