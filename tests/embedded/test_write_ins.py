"""Names that voters wrote in: listed as they were written, given to an option by decision, and taken back."""

import json
import pathlib
import sys
import uuid
from collections import Counter

import pytest

import little_rill
from conftest import run, serving

TREE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TREE / "recount"))
import decisions as recount_decisions  # noqa: E402
import entry as recount_entry  # noqa: E402
import export as recount_export  # noqa: E402

ZOE = ["Zoë Ünal", "Zoe Unal", "ZOE UNAL", "zoe-ünal"]
OPTIONS = [*little_rill.ADA_AND_BELL, {"id": "zoe", "name": "Zoë Ünal"}]
# A chair and a committee of two. What is on each ballot: marks, and names in quotes.
BALLOTS = {
    1: ('"Zoë Ünal"', 'ada "Zoë Ünal"'),
    2: ('"Zoë Ünal"', 'zoe "Zoe Unal"'),  # The committee's: she is marked, and written in as well.
    3: ('"Zoë Ünal"', ""),
    4: ('"Zoe Unal"', ""),
    5: ('"Zoe Unal"', ""),
    6: ('"ZOE UNAL"', ""),
    7: ('"zoe-ünal"', ""),
    8: ('"Zoe Unnal"', ""),  # A letter too many: a suggestion, and no more.
    9: ('""', ""),  # Nobody can read it.
    10: ("ada", "ada bell"),
    11: ("bell", "ada bell"),
    12: ('zoe "Zoë Ünal"', ""),  # An overvote, unless name and mark are one vote,
    13: ('"Zoe Unal" "Zoë Ünal"', ""),  # and one unless two spellings are one person.
    14: ('bell "Zoë Ünal"', ""),  # An overvote in any case.
    15: ('"Zoë Ünal"', ""),  # Will be void.
}


def say(*arguments):
    return run(*arguments)[0]


def id_of(n):
    return str(uuid.UUID(int=n << 96 | 0x4000_8000_0000_0000_0000))


def said(text):
    """Marks and names of one contest, as JSON has them."""
    return [{"write_in": word} if at % 2 else mark for at, word in enumerate(text.split('"')) for mark in (word.split() if at % 2 == 0 else [0])]


def load(home, path, numbers):
    count = json.loads((home / "count.json").read_text())["id"]
    rows = []
    for n in numbers:
        chair, committee = BALLOTS[n]
        rows.append(little_rill.ballot(count, id_of(n), [], contests={"chair": said(chair), "committee": said(committee)}))
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    run("load", path, "--home", home)


@pytest.fixture
def home(tmp_path, officers, new_home):
    """An open count with two partitions and all of these ballots, of which one is void."""
    contests = [
        little_rill.contest("chair", OPTIONS, write_ins=True),
        little_rill.contest("committee", OPTIONS, write_ins=True, seats=2, votes_allowed=2),
    ]
    (tmp_path / "rules.json").write_text(json.dumps(little_rill.rules_of(contests=contests)))
    home = new_home(tmp_path / "rules.json", "--partitions", 2, "--officers", officers.file)
    officers.decide("open", "--home", home)
    load(home, tmp_path / "ballots", BALLOTS)
    officers.decide("void", "--home", home, "--ballot", id_of(15))
    return home


def figures(home, contest="chair"):
    """{column: figure} of what is not 0."""
    told = json.loads(say("totals", "--home", home, "--format", "json"))
    (found,) = [one for one in told["contests"] if one["contest"] == contest]
    votes = {one["option"]: one["votes"] for one in found["by_option"]}
    return Counter({name: value for name, value in (votes | {name: one["value"] for name, one in found["counters"].items()}).items() if value})


def with_pencil(ballots, contest, allowed):
    """The same, of what is written on these ballots."""
    sums = Counter(cards=len(ballots))
    for ballot in ballots:
        marks = {str(one) for one in said(ballot[contest])}
        if len(marks) > allowed:
            sums["overvotes"] += allowed
            continue
        sums["undervotes"] += allowed - len(marks)
        for mark in marks:
            sums["write_ins" if "write_in" in mark else mark] += 1
    return +sums


def as_decided(names=ZOE, leave=(), contests=(0,)):
    """What stands on the ballots once these names are given to zoe in these contests, but for the ballots that are left."""
    ballots = []
    for n, contest in BALLOTS.items():
        if n == 15:
            continue
        now = list(contest)
        for at in contests if n not in leave else ():
            marks = said(now[at])
            if any(isinstance(one, dict) and one["write_in"] in names for one in marks):
                kept = [one for one in marks if one == "zoe" or not (isinstance(one, dict) and one["write_in"] in names)]
                now[at] = " ".join(f'"{one["write_in"]}"' if isinstance(one, dict) else one for one in kept if one != "zoe") + " zoe"
        ballots.append(now)
    return ballots


def listed(home, contest="chair", *more):
    (found,) = json.loads(say("write-ins", "list", "--home", home, "--contest", contest, "--json", *more))
    return found


def by_name(told):
    """{spelling: (votes, in overvotes, on void ballots)}"""
    return {one["name"]: (one["votes"], one["in_overvotes"], one["void"]) for group in told["names"] for one in group["spellings"]}


def named(names=ZOE, contest="chair", option="zoe"):
    return ("--contest", contest, "--option", option, *(word for name in names for word in ("--name", name)))


def give(home, officers, *more, code=0, reason="Zoë Ünal is a qualified write-in"):
    done, why = run("write-ins", "give", "--home", home, "--reason", reason, *officers.signed(), *more, "--json", code=code)
    return json.loads(done) if done else None, why


def ids(*numbers):
    return sorted(map(id_of, numbers))


def recounted(home, folder):
    """What recount/ makes of the log: {(contest, column, unit, method): figure}. Without Spark, which spreads the same over tasks."""
    run("log", "export", folder, "--home", home)
    export = recount_export.Export(folder)
    rules, count, sums, found = export.rules, export.count, Counter(), {}
    for number, (size, _) in enumerate(export.partitions):
        for place, raw in enumerate(recount_export.read_entries(export.partition(number), size)):
            if recount_entry.check_head(raw, count.tag) == recount_entry.CONTROL:
                found.setdefault(number, []).append((place, recount_entry.control(rules, count, raw)))
            else:
                sums.update(recount_entry.ballot(rules, raw[recount_entry.HEAD :]))
    decided = recount_decisions.Decided(count, [size for size, _ in export.partitions], found)
    assert not decided.findings and not export.findings
    undone, void, superseded = decided.undone_totals(rules)
    sums.subtract(undone)
    named = {(rules.contest(c), rules.column(c, s), rules.units[u], rules.methods[m]): v for (c, s, u, m), v in sums.items() if v}
    return named, recount_export.read_totals(pathlib.Path(folder) / "totals.csv"), (void, superseded)


def checked(home, tmp_path, name):
    """`verify` and the recount of what stands now; gives how many ballots are void and superseded by the recount."""
    with serving(home, tmp_path / "engine.log"):
        pass  # Started again, and a statement of all of it signed.
    run("verify", "--home", home)
    mine, told, counts = recounted(home, tmp_path / name)
    assert mine == told
    run("verify", "--export", tmp_path / name, "--key", say("keys", "--home", home).strip())
    assert json.loads(say("reconcile", "--home", home, "--full", "--json"))["good"]
    return counts


def test_spellings_are_listed_as_written_and_what_looks_alike_stands_together(home):
    told = listed(home)
    assert by_name(told) == {
        "Zoë Ünal": (3, 3, 1),
        "Zoe Unal": (2, 1, 0),
        "ZOE UNAL": (1, 0, 0),
        "zoe-ünal": (1, 0, 0),
        "Zoe Unnal": (1, 0, 0),
    }
    alike, nearly = told["names"]
    assert [one["name"] for one in alike["spellings"]][:2] == ["Zoë Ünal", "Zoe Unal"] and len(alike["spellings"]) == 4
    assert (alike["votes"], alike["in_overvotes"], alike["void"]) == (7, 4, 1)
    assert alike["options"] == ["zoe"] and alike["perhaps"] == [2] and nearly["perhaps"] == [1]
    assert told["unreadable"] == {"votes": 1, "in_overvotes": 0, "void": 0} and told["votes"] == figures(home)["write_ins"] == 9
    text = say("write-ins", "list", "--home", home)
    assert "11 vote(s) for names that were written in" in text and "(nobody can read it)" in text and "name 2, option zoe" in text
    assert run("write-ins", "list", "--home", home, "--contest", "mayor", code=2)[1].startswith("the rules have no contest")


def test_four_spellings_are_given_to_a_candidate_and_taken_back(home, officers, tmp_path):  # Long: a decision from its making to its undoing.
    before = {contest: figures(home, contest) for contest in ("chair", "committee")}
    assert before["chair"] == with_pencil(as_decided([]), 0, 1) and before["committee"] == with_pencil(as_decided([]), 1, 2)
    names = by_name(listed(home))

    # Whether name and mark of one person are two votes is not decided in passing: somebody says so, or nothing is made.
    found, why = give(home, officers, *named(), code=2)
    assert found["named"]["overvotes"] == ids(12, 13) and id_of(12) in why and "--overvotes give" in why
    assert figures(home) == before["chair"]

    # One officer makes it, the other one reads it and signs, and it is sent to a server that was started again.
    file = tmp_path / "give.json"
    _, why = run(
        "write-ins", "give", "--home", home, "--reason", "Qualified", "--sign", officers.keys[0], *named(), "--overvotes", "give", "--out", file
    )
    assert "chair: 10 ballot(s)" in why and "totals move by: zoe +9, overvotes -2, write_ins -7" in why, why
    assert "1 of them mark zoe too: name and mark are one vote" in why and "1 of them stay overvotes" in why and "1 on void ballots" in why
    assert "the next officer signs" in why and figures(home) == before["chair"]
    assert "supersede 10 ballots" in say("decide", "show", file) and id_of(14) in say("decide", "show", file)
    run("decide", "sign", file, "--sign", officers.keys[1])
    with serving(home, tmp_path / "engine.log") as url:
        done = json.loads(say("decide", "send", file, "--to", url, "--json"))
    assert {one["ballot"]: one["became"] for one in done["ballots"]} == dict.fromkeys(ids(*range(1, 8), 12, 13, 14), "counted")

    # To the digit: what was written on paper with her mark in place of her name, and nothing else.
    assert figures(home) == with_pencil(as_decided(), 0, 1)
    assert figures(home) == before["chair"] + Counter(zoe=9) - Counter(write_ins=7, overvotes=2)
    assert figures(home, "committee") == before["committee"]
    assert by_name(listed(home)) == {"Zoë Ünal": (0, 0, 1), "Zoe Unnal": (1, 0, 0)}
    assert checked(home, tmp_path, "given") == (1, 10)

    # What is given already is found no more, and what comes late is.
    assert "decision.no_ballot" in give(home, officers, *named(), "--overvotes", "give", code=2)[1]
    officers.decide("reinstate", "--home", home, "--ballot", id_of(15))
    done, _ = give(home, officers, *named())
    assert done["named"]["ballots"] == 1 and done["named"]["moves"] == {"write_ins": -1, "zoe": 1}
    assert figures(home)["zoe"] == 10

    # Taken back: every figure is what it was, and the names stand there as they were written.
    _, why = give(home, officers, *named(), "--undo", code=2)
    assert "2 ballot(s) that become overvotes by it" in why
    done, _ = give(home, officers, *named(), "--undo", "--overvotes", "give", reason="Her papers came too late")
    assert done["named"]["moves"] == {"overvotes": 2, "write_ins": 8, "zoe": -10} and len(done["ballots"]) == 11
    officers.decide("void", "--home", home, "--ballot", id_of(15))
    assert figures(home) == before["chair"] and by_name(listed(home)) == names
    assert "decision.no_ballot" in give(home, officers, *named(), "--undo", "--overvotes", "give", code=2)[1]
    assert checked(home, tmp_path, "taken-back") == (1, 0)


def test_a_mark_and_a_name_of_one_person_are_one_vote_and_other_contests_stay(home, officers, tmp_path):
    (tmp_path / "names").write_text("Zoë Ünal\nZoe Unal\r\n\n")
    asked = ("--contest", "committee", "--option", "zoe", "--names", tmp_path / "names")
    done, why = give(home, officers, *asked)
    # Two votes of ballot 2, a mark and a name, are one vote and an undervote.
    assert done["named"]["marked_too"] == [id_of(2)] and id_of(2) in why
    assert done["named"]["moves"] == {"undervotes": 1, "write_ins": -2, "zoe": 1}
    assert done["named"]["names"] == [{"name": "Zoe Unal", "ballots": 1}, {"name": "Zoë Ünal", "ballots": 1}]
    assert figures(home, "committee") == with_pencil(as_decided(contests=(1,)), 1, 2)
    assert figures(home) == with_pencil(as_decided([]), 0, 1)

    # A decision about the other contest comes between, and taking the first one back leaves it.
    give(home, officers, *named(), "--overvotes", "leave")
    assert figures(home) == with_pencil(as_decided(leave=(12, 13)), 0, 1)
    assert give(home, officers, *named(), "--overvotes", "leave", code=2)[1].count(id_of(12)) == 1
    give(home, officers, *asked, "--undo")
    assert figures(home, "committee") == with_pencil(as_decided([]), 1, 2)
    assert figures(home) == with_pencil(as_decided(leave=(12, 13)), 0, 1)
    checked(home, tmp_path, "both")


def test_what_was_decided_once_more_since_is_left_and_said(home, officers):
    give(home, officers, *named(["Zoe Unal"]), "--overvotes", "leave")
    give(home, officers, *named(["ZOE UNAL"], option="bell"))
    # To bell nobody gave "Zoe Unal": those who had it are named, and nothing is made.
    _, why = give(home, officers, *named(["Zoe Unal"], option="bell"), "--undo", code=2)
    assert "3 left: more names were given there, or the contest was decided about since" in why and "decision.no_ballot" in why
    give(home, officers, *named(["ZOE UNAL"], option="bell"), "--undo")
    assert figures(home) == with_pencil(as_decided(["Zoe Unal"], leave=(13,)), 0, 1)
    # What was given in two decisions is taken back in one: on ballot 13 stood both spellings.
    give(home, officers, *named(["Zoë Ünal"]), "--overvotes", "give")
    assert figures(home) == with_pencil(as_decided(["Zoe Unal", "Zoë Ünal"]), 0, 1)
    both = named(["Zoë Ünal", "Zoe Unal"])
    give(home, officers, *both, "--undo", "--overvotes", "give")
    assert figures(home) == with_pencil(as_decided([]), 0, 1)
    # And what was given in one is taken back of some names where no other was given beside them.
    give(home, officers, *both, "--overvotes", "give")
    assert "1 left: more names were given there" in give(home, officers, *named(["Zoe Unal"]), "--undo")[1]
    assert figures(home) == with_pencil(as_decided(["Zoë Ünal"]), 0, 1) + Counter(zoe=1) - Counter(overvotes=1)
    give(home, officers, *both, "--undo", "--overvotes", "give")
    assert figures(home) == with_pencil(as_decided([]), 0, 1)


def test_what_was_settled_on_paper_is_not_taken_back_as_a_name(home, officers, tmp_path):
    """A conflict that was settled by a mark where the name stood looks like a giving; the paper was read for it, and `resolve` takes it back."""

    def second_scan(n, chair, committee=""):
        count = json.loads((home / "count.json").read_text())["id"]
        contests = {"chair": said(chair), "committee": said(committee)}
        (tmp_path / "second").write_text(json.dumps(little_rill.ballot(count, id_of(n), [], contests=contests)) + "\n")
        run("load", tmp_path / "second", "--home", home, code=1)
        return next(one["conflict"] for one in json.loads(say("resolve", "--home", home, "--json")) if one["id"] == id_of(n))

    def resolve(place, how):
        run("resolve", "--home", home, "--conflict", place, how, "--reason", "The paper says so", *officers.signed())

    zoe, undo = named(["Zoë Ünal"]), (*named(["Zoë Ünal"]), "--undo")
    before = figures(home)
    third = second_scan(3, "zoe")
    resolve(third, "--supersede")
    settled = before + Counter(zoe=1) - Counter(write_ins=1)
    assert figures(home) == settled
    found, why = give(home, officers, *undo, code=2)
    assert found is None and "1 left: no name was given there, a conflict was settled" in why and id_of(3) in why and "decision.no_ballot" in why

    # Beside it what was given is taken back, and nothing else.
    give(home, officers, *zoe, "--overvotes", "leave")
    done, _ = give(home, officers, *undo)
    assert done["named"]["settled"] == [id_of(3)] and {one["ballot"] for one in done["ballots"]}.isdisjoint([id_of(3)])
    assert figures(home) == settled

    # A name that was given, and then the paper: what stands on the paper stays.
    give(home, officers, *named(["Zoe Unal"]), "--overvotes", "leave")
    resolve(second_scan(4, "zoe", "ada"), "--supersede")
    done, _ = give(home, officers, *named(["Zoe Unal"]), "--undo")
    assert done["named"]["settled"] == [id_of(4)] and figures(home) == settled + Counter(zoe=1) - Counter(write_ins=1)

    # What the paper says can be a name too, which is given and taken back like any other.
    resolve(second_scan(11, '"Zoë Ünal"'), "--supersede")
    on_paper = figures(home)
    give(home, officers, *zoe, "--overvotes", "leave")
    done, _ = give(home, officers, *undo)
    assert id_of(11) in {one["ballot"] for one in done["ballots"]} and figures(home) == on_paper

    # Once the conflict is taken back the name stands there again.
    resolve(third, "--undo")
    done, _ = give(home, officers, *zoe, "--overvotes", "leave")
    assert id_of(3) in {one["ballot"] for one in done["ballots"]}
    checked(home, tmp_path, "settled")


def test_who_may_not_decide_gives_nothing(home, officers, tmp_path):
    before = figures(home)
    clerk = tmp_path / "clerk.key"
    say("officer", "new", "c.clerk", "--role", "clerk", "--out", clerk)
    asked = ("write-ins", "give", "--home", home, "--reason", "x", *named(["ZOE UNAL"]))
    assert "control.role" in run(*asked, "--sign", officers.keys[0], "--sign", clerk, code=2)[1]
    assert "decision.not_signed" in run(*asked, "--sign", officers.keys[0], code=2)[1]
    # Somebody who is no officer of this count signs in an officer's name.
    other = tmp_path / "other.key"
    say("officer", "new", "b.meier", "--out", other)
    assert "a signature is not that of the officer" in run(*asked, "--sign", officers.keys[0], "--sign", other, code=2)[1]
    assert figures(home) == before
    # What is not there, what nobody can read, and a decision where none is possible.
    for wrong, words in (
        (named(["Nobody"]), "decision.no_ballot"),
        (named([""]), "nobody can read"),
        (named(contest="mayor"), "no contest"),
        (named(option="cruz"), "no option"),
        (named([]), "give --name or --names"),
        (("--contest", "chair", "--option", "zoe", "--names", tmp_path / "none"), "file."),
    ):
        assert words in give(home, officers, *wrong, code=2)[1]
    officers.decide("close", "--home", home)
    give(home, officers, *named(["ZOE UNAL"]))  # While it is closed they still may.
    with serving(home, tmp_path / "engine.log"):
        pass
    officers.decide("certify", "--home", home, "--accept-open")
    assert "control.stage" in give(home, officers, *named(["zoe-ünal"]), code=2)[1]
