"""A union's election from setup to certificate, for both forms of a count (office.py): one member, one vote; ballots that are typed into a
spreadsheet; provisional ballots accepted and refused as batches; nothing told before the close; and a process that is killed after nearly
each of it.

What it must come to is added up here, paper by paper, and nowhere asked of the program.
"""

import collections
import json

from office import Office
from workbooks import xlsx

ROOM = {"North": 30, "South": 14}  # Members on the roll.
CAME = {"North": 25, "South": 6}
TABLES = {
    "contests": "contest,vote for,seats\nChair,1,1\nBoard,2,2\n",
    "options": "contest,candidate\nChair,Di Vale\nChair,Ed Lowe\nBoard,Ada Moss\nBoard,Ben Rook\nBoard,Cy Ünal\n",
    "units": "unit,parent,kind\nUnion,,union\nNorth,Union,branch\nSouth,Union,branch\n",
}
MAPPING = """teller = "mapping/1"
kind = "ballots"
[ballot]
number = "{No}"
[unit]
id = "{Place}"
[[contest]]
id = "Chair"
column = "Chair"
[[contest]]
id = "Board"
column = "Board"
"""
HEAD = ["No", "Place", "Chair", "Board"]
ALLOWED = {"Chair": 1, "Board": 2}


def paper(n, place):
    """What is on the n-th paper."""
    chair = "Ed Lowe" if n % 4 == 0 else "Di Vale"
    board = ["Ada Moss; Ben Rook", "Cy Ünal", "", "Ada Moss; Ben Rook; Cy Ünal"][n % 4]
    return [n, place, chair, board]


class Union(Office):
    ELECTION = "Union of Rill"

    def __init__(self, folder, form):
        super().__init__(folder, form)
        self.papers = []  # Those that stand in the end.

    def play(self):
        self.rules_and_test_deck()
        self.the_morning()
        self.the_hall()
        self.ballots_from_a_spreadsheet()
        self.nothing_is_told_before_the_close()
        self.close()
        self.provisional_ballots()
        self.canvass_and_certificate()

    def rules_and_test_deck(self):
        book = xlsx(self.folder / "rules.xlsx", {name: [line.split(",") for line in text.splitlines()] for name, text in TABLES.items()})
        self.form.run("rules", "new", book, "--name", self.ELECTION, "--date", "2026-05-17", "--out", self.folder / "rules.json")
        self.write("union.toml", MAPPING)
        self.test_deck()

    def the_morning(self):
        self.form.begin(self.folder / "rules.json", "--officers", self.officers, "--publication", "after_close")
        self.form.run("zero", *self.form.where, "--reason", "Before the hall opens", "--out", self.filed / "zero.txt")
        roll = [f"M-{name}-{i},Union/{name},{'18-39' if i % 2 else '40+'}" for name, members in ROOM.items() for i in range(members)]
        file = self.write("roll.csv", "id,unit,age\n" + "\n".join(roll) + "\n")
        self.killed("voters", "load", file, *self.form.where)
        self.form.run("voters", "load", file, *self.form.where)
        file = self.makes("decide", "open", reason="The hall is open")
        self.form.kill()
        self.agrees(file, "open the count")

    def the_hall(self):
        """Each member gets one ballot, whatever happens to the desk's machine; who comes again gets none."""
        handed_out = 0
        for name, number in CAME.items():
            file = self.write("came.txt", "".join(f"M-{name}-{i}\n" for i in range(number)))
            check_in = ("voters", "check-in", "--unit", f"Union/{name}", *self.form.where)
            told = self.form.run(*check_in, "--from", file).splitlines()
            handed_out += sum("hand out one ballot" in line for line in told)
            self.killed(*check_in, f"M-{name}-0")
            assert "NOT checked in" in self.form.run(*check_in, f"M-{name}-0", code=1)
            assert "NOT checked in" in self.form.run(*check_in, "M-Nobody-1", code=1)
        assert handed_out == sum(CAME.values())
        shown = self.form.run("voters", "show", *self.form.where)
        assert str(sum(CAME.values())) in shown, shown

    def ballots_from_a_spreadsheet(self):
        """Of North three voters took their paper home. The server dies while they are sent, and the sender goes on by itself."""
        typed = [paper(n, "North") for n in range(1, CAME["North"] - 2)] + [paper(n, "South") for n in range(101, 101 + CAME["South"])]
        book = xlsx(self.folder / "ballots.xlsx", {"ballots": [HEAD, *typed]})
        entries = self.entries_of(book)
        self.loads_though_they_die(entries, *self.form.sends)
        if self.form.imports_ballots:  # The same file once more, as it is: all of them copies.
            mapping = ("--mapping", self.folder / "union.toml", "--import-key", self.form.import_key)
            self.form.run("import", book, *mapping, *self.form.sends)
        self.papers += typed

    def entries_of(self, book):
        entries = book.with_suffix(".ndjson")
        made = ("--mapping", self.folder / "union.toml", "--home", self.form.import_key.parent, "--out", entries)
        self.form.run("import", book, *made)
        return entries

    def nothing_is_told_before_the_close(self):
        for command in (("totals",), ("verify",), ("report", "canvass"), ("report", "decisions"), ("log", "export", self.folder / "early")):
            said = self.form.said(*command, *self.form.where, code=2)
            assert "publication.before_close" in said, (command, said)
        assert not list((self.form.home / "published").glob("totals*"))

    def close(self):
        file = self.makes("decide", "close", reason="The hall is closed")
        self.form.kill()
        self.agrees(file, "close the count")
        self.form.run("voters", "close", *self.form.where, "--reason", "The hall is closed")

    def provisional_ballots(self):
        """Who was in doubt voted into an envelope. Both boxes wait, void; one is accepted as it is, and the other one is not."""
        boxes = {"envelopes A": [paper(n, "North") for n in (201, 202)], "envelopes B": [paper(n, "South") for n in (301, 302, 303)]}
        for box, typed in boxes.items():
            book = xlsx(self.folder / f"{box}.xlsx", {"ballots": [HEAD, *typed]})
            self.form.run("load", self.entries_of(book), *self.form.sends, "--batch", box)
            self.form.settle()
            self.decide("decide", "void", "--batch", box, reason=f"{box}: in doubt", shows=f"void {len(typed)} ballots")
        file = self.makes("decide", "reinstate", "--batch", "envelopes A", reason="envelopes A: both are members")
        self.form.kill()
        self.agrees(file, "reinstate 2 ballots")
        self.papers += boxes["envelopes A"]

    def canvass_and_certificate(self):
        self.files("canvass")
        self.form.run("check", *self.form.where)  # Neither an error nor a warning.
        self.certify(reason="The board has looked")
        self.turnout = json.loads(self.form.run("voters", "turnout", "--format", "json", *self.form.where))
        self.form.stop()
        self.form.run("retire", *self.form.where, "--reason", "four weeks after the result stood")

    # ------------------------------------------------------------------------------------------------------- afterwards

    def expected(self):
        """{(contest, branch): {option or counter: votes}}, added up from the papers."""
        cells = collections.defaultdict(collections.Counter)
        for _, place, *marked in self.papers:
            for (contest, allowed), cell in zip(ALLOWED.items(), marked, strict=True):
                marks = [mark.strip() for mark in cell.split(";") if mark.strip()]
                over = len(marks) > allowed
                cells[contest, place] += collections.Counter(dict.fromkeys(() if over else marks, 1) | {"cards": 1})
                cells[contest, place] += collections.Counter(overvotes=allowed if over else 0, undervotes=0 if over else allowed - len(marks))
        return cells

    def must_have_ended_in_the_expected_totals(self):
        cells, sums = self.expected(), collections.defaultdict(collections.Counter)
        for (contest, _), figures in cells.items():
            sums[contest] += figures
        assert sums["Chair"]["cards"] == CAME["North"] - 3 + CAME["South"] + 2
        for document in (self.document("canvass"), self.document("certificate")):
            told = {contest: {word: figure for word, figure in figures.items() if figure} for contest, figures in document.totals().items()}
            assert told == {contest: dict(figures) for contest, figures in sums.items()}, document.kind
        told = {(contest, unit.removeprefix("Union/")): figures for (contest, unit), figures in self.document("canvass").cells().items()}
        assert {place: {word: figure for word, figure in figures.items() if figure} for place, figures in told.items()} == {
            place: dict(figures) for place, figures in cells.items()
        }

    def must_have_filed_every_document(self):
        self.must_have_filed("test-deck", "zero", "decisions", "canvass", "certificate")  # No sheets: all of it is from ballots.
        canvass, certificate = self.document("canvass"), self.document("certificate")
        assert (canvass.one("stage"), canvass.all("errors"), canvass.all("warnings")) == ("closed", ["0"], ["0"])
        assert {"void 5", "reinstate 2"} <= set(canvass.all("decided"))
        assert certificate.all("certified_by") == ["a.huber", "b.meier"] and certificate.one("status") == "official"
        assert set(certificate.all("certified_digest")) == {canvass.one("digest")}
        acts = collections.Counter(dict(part)["action"] for part in self.document("decisions").parts("decision", until="audit"))
        partitions = json.loads((self.form.home / "count.json").read_text())["partitions"]
        assert acts == dict.fromkeys(("open", "close", "certify"), partitions) | {"void": 5, "reinstate": 2}, acts

    def must_not_have_told_small_numbers(self):
        """Six of South came, and eight did not: neither is said, and North is not either, of which they could be worked out."""
        turnout = self.turnout
        assert (turnout["registered"], turnout["checked_in"]) == (sum(ROOM.values()), sum(CAME.values()))
        assert {row["checked_in"] for row in turnout["by"]["place"]} == {"<10*"}, turnout
        kept = json.loads((self.form.home / "turnout.json").read_text())
        assert kept == turnout and not [path for path in self.form.home.iterdir() if path.name.startswith("voters")]
