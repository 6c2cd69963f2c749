"""A county's election from setup to certificate, for both forms of a count (office.py): six precincts, a sheriff counted from result sheets
and a mayor from ballots; everything that an office does in between, and a process that is killed after nearly each of it.

What it must come to is added up here, paper by paper, and nowhere asked of the program.
"""

import collections
import json
import time
import uuid

from mappings import mapping_of
from office import Office

PRECINCTS = [f"P{n}" for n in range(1, 7)]
TABLES = {
    "contests": "contest,counted from,write ins\nSheriff,sheets,no\nMayor,ballots,yes\n",
    "options": "contest,candidate\nSheriff,Ada Moss\nSheriff,Ben Rook\nMayor,Di Vale\nMayor,Ed Lowe\nMayor,Flo Hart\n",
    "units": "unit,parent,kind\nRill,,county\n" + "".join(f"{name},Rill,precinct\n" for name in PRECINCTS),
}
MAPPING = mapping_of(option='[option.figures]\n"Cards" = "cards"\n"Blank" = "blank"\n')
# The office's own checks: a precinct here has some twenty papers.
CHECKS = """[votes_above_cards]

[above_check_ins]

[blank_share]
cards_min = 10
above_percent = 10
"""
WHY_BLANK = "Three blank papers in P4 were counted twice by hand"


def came(n):
    """How many come to the n-th precinct; two of them vote by mail."""
    return 20 + n


def paper(n):
    return str(uuid.UUID(int=n << 96 | 0x4000_8000_0000_0000_0000))


def sheet(n, **other):
    """What the n-th precinct says of the sheriff."""
    blank = 3 if n == 4 else 0
    return {"Ada Moss": 8 + n, "Ben Rook": 12 - blank, "Cards": came(n), "Blank": blank} | other


def rows_of(sheets):
    lines = [f"Rill,{unit},Sheriff,{name},{figure}" for unit, figures in sheets.items() for name, figure in figures.items()]
    return "county,precinct,office,candidate,votes\n" + "\n".join(lines) + "\n"


class County(Office):
    ELECTION = "County of Rill"

    def __init__(self, folder, form):
        super().__init__(folder, form)
        self.papers = {}  # What stands in the end: number -> (precinct, mark or name).
        self.sheets = {name: sheet(n) for n, name in enumerate(PRECINCTS, 1)}

    def play(self):
        self.rules_and_test_deck()
        self.the_morning()
        self.the_day()
        self.the_sheets()
        self.conflicts_and_a_batch_that_was_scanned_twice()
        self.names_that_were_written_in()
        self.findings()
        self.close_and_late_mail()
        self.canvass_and_certificate()

    # --------------------------------------------------------------------------------------------------------- before

    def rules_and_test_deck(self):
        options = [word for name, text in TABLES.items() for word in (f"--{name}", self.write(f"{name}.csv", text))]
        self.form.run("rules", "new", *options, "--name", self.ELECTION, "--date", "2026-05-17", "--out", self.folder / "rules.json")
        self.form.run("rules", "check", self.folder / "rules.json")
        self.write("rill.toml", MAPPING)
        self.write("county.toml", CHECKS)
        self.test_deck()

    def the_morning(self):
        self.form.begin(self.folder / "rules.json", "--officers", self.officers)
        roll = [f"V-{name}-{i},Rill/{name}" for n, name in enumerate(PRECINCTS, 1) for i in range(40)]
        self.form.run("voters", "load", self.write("roll.csv", "id,unit\n" + "\n".join(roll) + "\n"), *self.form.where)
        self.form.run("zero", *self.form.where, "--reason", "Morning of 17 May", "--out", self.filed / "zero.txt")
        file = self.makes("decide", "open", reason="Polls open")
        self.form.kill()
        assert self.stage() == ("setup", "unofficial")
        self.agrees(file, "open the count")
        assert self.stage() == ("open", "unofficial")

    # ------------------------------------------------------------------------------------------------------- the day

    def ballots(self, name, papers):
        """A file of ballots: {number: (precinct, mark, or a name in quotes)}."""
        count = json.loads((self.form.home / "count.json").read_text())["id"]
        lines = []
        for n, (precinct, mark) in papers.items():
            marks = [{"write_in": mark.strip('"')}] if mark.startswith('"') else [mark]
            entry = {"kind": "ballot", "count": count, "id": paper(n), "unit": f"Rill/{precinct}", "style": "all", "method": "all"}
            lines.append(json.dumps(entry | {"contests": {"Mayor": marks}}))
        return self.write(name, "\n".join(lines) + "\n")

    def load(self, file, *more, code=0):
        self.form.run("load", file, *self.form.sends, *more, code=code)
        self.form.settle()

    def the_day(self):
        """Voters come, each once; what was checked in when the desk's machine died is there, and no voter is lost or there twice."""
        coming = [f"V-{name}-{i}" for n, name in enumerate(PRECINCTS, 1) for i in range(came(n))]
        file = self.write("came.txt", "\n".join(coming) + "\n")
        check_in = ("voters", "check-in", "--from", file, *self.form.where)
        self.killed(*check_in)
        first = self.form.run(*check_in, code=None).splitlines()
        again = self.form.run(*check_in, code=1).splitlines()
        assert len(first) == len(again) == len(coming) and all("NOT checked in" in line and "checked in already" in line for line in again)
        assert {line.split(":")[1].strip() for line in first} <= {'checked in; hand out one ballot of style "all" (2 cards)', "NOT checked in"}
        # Of each precinct a scanner's batch; the server dies while they are loaded, and the sender goes on by itself.
        for n, name in enumerate(PRECINCTS, 1):
            marks = {100 * n + i: (name, "Ed Lowe" if i % 3 == 0 else "Di Vale") for i in range(came(n) - 2)}
            if name == "P1":
                marks |= {105: (name, '"Flo Hart"'), 106: (name, '"Flo Hart"'), 107: (name, '"flo hart"'), 108: (name, '"Mia Frei"')}
            self.papers |= marks
            file = self.ballots(f"scanner-{n}.ndjson", marks)
            if name == "P3":
                self.loads_though_they_die(file, *self.form.sends, "--batch", f"scanner {n}/1")
            else:
                self.load(file, "--batch", f"scanner {n}/1")

    # ------------------------------------------------------------------------------------------------------ the sheets

    def deliver(self, name, sheets, *more):
        command = ["import", self.write(name, rows_of(sheets)), "--mapping", self.folder / "rill.toml", "--source", "north"]
        told = self.json(*command, *self.form.clerk, *more)
        assert told["all_stand"], told
        return {word: number for word, number in told["became"].items() if number}

    def the_sheets(self):
        first = {name: self.sheets[name] for name in ("P1", "P4", "P5")}
        command = ["import", self.write("first.csv", rows_of(first)), "--mapping", self.folder / "rill.toml", "--source", "north"]
        self.killed(*command, *self.form.clerk)
        told = self.json(*command, *self.form.clerk)
        assert told["all_stand"] and {word for word, number in told["became"].items() if number} <= {"new", "unchanged"}, told
        # Two digits were exchanged, which only the check of the figures tells (findings()).
        assert self.deliver("p2.csv", {"P2": sheet(2, **{"Ada Moss": 91})}) == {"new": 1}
        # The figures of P3 are those of another county, and go away again.
        assert self.deliver("p3.csv", {"P3": sheet(3, **{"Ada Moss": 9, "Ben Rook": 9})}) == {"new": 1}
        told = self.json("withdraw", "--unit", "P3", "--reason", "these are of another county", *self.form.clerk)
        assert told["became"]["withdrawn"] == 1, told
        self.form.kill()
        assert self.deliver("p3-right.csv", {"P3": self.sheets["P3"]}) == {"new": 1}
        self.a_sheet_that_two_people_type("P6")
        self.form.settle()

    def a_sheet_that_two_people_type(self, precinct):
        tokens = {}
        for name, role in (("c.one", "clerk"), ("c.two", "clerk"), ("b.meier", "tabulation")):
            tokens[name] = self.write(f"{name}.token", self.form.run("token", "new", *self.form.where, "--role", role, "--for", name))
        figures = self.sheets[precinct]

        def types(name, **other):
            fields = {"Ada Moss": figures["Ada Moss"], "Ben Rook": figures["Ben Rook"], "cards": figures["Cards"], "blank": 0} | other
            asks = (*self.form.person, "--token-file", tokens[name])
            return self.form.run("enter", "sheet", precinct, *(f"{field}={figure}" for field, figure in fields.items()), *asks, code=None)

        assert types("c.one", **{"Ada Moss": figures["Ada Moss"] + 1, "Ben Rook": figures["Ben Rook"] - 1}).endswith("once\n")
        self.form.kill()
        assert types("c.two").endswith("different\n")
        asks = (*self.form.person, "--token-file", tokens["b.meier"])
        assert "DIFFERS" in self.form.run("enter", "show", precinct, *asks)
        told = self.form.run("enter", "keep", precinct, "--of", "c.two", "--reason", "12 on the paper", *asks)
        deadline = time.monotonic() + 300
        while "delivered" not in told:  # Whoever counts may have to begin first.
            assert time.monotonic() < deadline, (told, self.form.logs())
            time.sleep(0.2)
            told = self.form.run("enter", "status", "--unit", precinct, *asks)

    # ------------------------------------------------------------------------------------------------------- decisions

    def conflicts_and_a_batch_that_was_scanned_twice(self):
        """Two papers come back with other marks: of one the paper says so. A batch is scanned twice, under new numbers."""
        assert self.papers[101][1] == "Di Vale" and self.papers[201][1] == "Di Vale"
        self.load(self.ballots("again.ndjson", {101: ("P1", "Ed Lowe"), 201: ("P2", "Ed Lowe")}), code=self.form.conflicts_end_with)
        open_ones = self.conflicts()
        assert set(open_ones) == {paper(101), paper(201)}
        supersede = ("resolve", "--conflict", open_ones[paper(101)], "--supersede")
        file = self.makes(*supersede, reason="The paper says Lowe")
        self.form.kill()
        self.agrees(file, "supersede 1 ballot")
        self.papers[101] = ("P1", "Ed Lowe")
        self.decide("resolve", "--conflict", open_ones[paper(201)], "--keep", reason="The paper says Vale", shows="keep 1 side")
        assert self.conflicts() == {}

        twice = {9000 + n: at for n, at in list(self.papers.items()) if at[0] == "P5"}
        self.load(self.ballots("twice.ndjson", dict(list(twice.items())[:6])), "--batch", "scanner 5/2")
        assert "above_check_ins" in self.form.run("check", *self.form.where, code=1)  # The roll tells.
        void = ("decide", "void", "--batch", "scanner 5/2")
        self.decide(*void, reason="Batch 5/1 was scanned a second time", shows="void 6 ballots")

    def names_that_were_written_in(self):
        (listed,) = self.json("write-ins", "list", *self.form.where, "--contest", "Mayor")
        names = {one["name"]: one["votes"] for group in listed["names"] for one in group["spellings"]}
        assert names == {"Flo Hart": 2, "flo hart": 1, "Mia Frei": 1}, names
        give = ("write-ins", "give", "--contest", "Mayor", "--name", "Flo Hart", "--name", "flo hart", "--option", "Flo Hart")
        self.decide(*give, reason="Qualified on 3 May", shows="supersede 3 ballots")
        for n in (105, 106, 107):
            self.papers[n] = ("P1", "Flo Hart")

    def findings(self):
        """More votes than cards in P2: the sheet is corrected. Many blank papers in P4: they are, and that is said when it is certified."""
        checks = ("--checks", self.folder / "county.toml")
        found = self.json("check", *self.form.where, *checks, code=1)["findings"]
        assert [(one["check"], one["units"][0]) for one in found] == [("votes_above_cards", "Rill/P2"), ("blank_share", "Rill/P4")], found
        told = self.deliver("p2-right.csv", {"P2": self.sheets["P2"]}, "--correct", "--reason", "10 on the paper, not 91")
        assert told == {"corrected": 1}
        self.form.settle()
        found = self.json("check", *self.form.where, *checks, code=1)["findings"]
        assert [(one["check"], one["units"][0]) for one in found] == [("blank_share", "Rill/P4")], found

    # --------------------------------------------------------------------------------------------------------- the end

    def close_and_late_mail(self):
        file = self.makes("decide", "close", reason="Polls closed")
        self.form.kill()
        self.agrees(file, "close the count")
        mail = {100 * n + 90 + i: (name, "Di Vale") for n, name in enumerate(PRECINCTS, 1) for i in range(2)}
        self.papers |= mail
        self.load(self.ballots("mail.ndjson", mail))
        self.form.kill()
        self.form.run("voters", "close", *self.form.where, "--reason", "The polls are closed")

    def canvass_and_certificate(self):
        checks = ("--checks", self.folder / "county.toml")
        self.form.settle()
        self.files("canvass", *checks)
        self.files("sheets")
        self.certify(*checks, "--accept-open", reason=WHY_BLANK)
        self.form.run("log", "export", self.folder / "export", *self.form.where)
        self.form.run("verify", "--export", self.folder / "export", "--key", self.key())
        self.form.stop()
        self.killed("retire", *self.form.where, "--reason", "§ 73: four weeks after")
        self.form.run("retire", *self.form.where, "--reason", "§ 73: four weeks after the result stood", code=None)
        said = self.form.said("retire", *self.form.where, "--reason", "again", code=2)
        assert "journal.retired" in said, said

    # ------------------------------------------------------------------------------------------------------- afterwards

    def expected(self):
        """{(contest, precinct): {option or counter: votes}}, added up from papers and sheets."""
        cells = collections.defaultdict(collections.Counter)
        for name, figures in self.sheets.items():
            cells["Sheriff", name] = collections.Counter({word.lower() if word in ("Cards", "Blank") else word: figures[word] for word in figures})
        for name, mark in self.papers.values():
            cells["Mayor", name] += collections.Counter({"write_ins" if mark.startswith('"') else mark: 1, "cards": 1})
        return cells

    def must_have_ended_in_the_expected_totals(self):
        cells, sums = self.expected(), collections.defaultdict(collections.Counter)
        for (contest, _), figures in cells.items():
            sums[contest] += figures
        assert sums["Sheriff"]["Ada Moss"] == sum(8 + n for n in range(1, 7)) and sums["Mayor"]["cards"] == sum(came(n) for n in range(1, 7))
        for document in (self.document("canvass"), self.document("certificate")):
            told = document.totals()
            assert {contest: {word: figure for word, figure in figures.items() if figure} for contest, figures in told.items()} == {
                contest: {word: figure for word, figure in figures.items() if figure} for contest, figures in sums.items()
            }
        told = {(contest, unit.removeprefix("Rill/")): figures for (contest, unit), figures in self.document("canvass").cells().items()}
        assert told.keys() == cells.keys()
        for place, figures in told.items():
            assert {word: figure for word, figure in figures.items() if figure} == {word: figure for word, figure in cells[place].items() if figure}
        contests = json.loads(self.form.run("totals", *self.form.where, "--format", "json"))["contests"]
        for contest in contests:
            for one in contest["by_option"]:
                assert one["votes"] == sums[contest["contest"]][one["option"]], (contest["contest"], one)

    def must_have_filed_every_document(self):
        self.must_have_filed("test-deck", "zero", "sheets", "decisions", "canvass", "certificate")
        assert self.document("test-deck").one("result") == "every figure is as expected"
        assert set(self.document("zero").all("votes")) == {"0"}
        canvass, certificate = self.document("canvass"), self.document("certificate")
        assert (canvass.one("stage"), canvass.one("status")) == ("closed", "unofficial")
        assert (canvass.one("open_conflicts"), canvass.one("settled_conflicts"), canvass.one("open_rejected")) == ("0", "2", "0")
        assert canvass.all("errors") == ["0"] and canvass.all("warnings") == ["1"]
        (finding,) = canvass.all("finding")
        assert finding.startswith("warning blank_share: P4, Sheriff: 3 of 24 cards are blank")
        assert (certificate.one("stage"), certificate.one("status")) == ("certified", "official")
        assert certificate.all("certified_by") == ["a.huber", "b.meier"]
        assert set(certificate.all("certified_digest")) == {canvass.one("digest")} == {certificate.one("digest")}
        assert all(reason.startswith(f"{WHY_BLANK} [left open: 1 warning of checks]") for reason in certificate.all("reason"))

    def must_have_filed_the_history_of_each_sheet(self):
        document = self.document("sheets")
        versions = {part[0][1].removeprefix("Rill/"): part for part in document.parts("sheet")}
        assert versions.keys() == self.sheets.keys()

        def acts(precinct):
            return [value for word, value in versions[precinct] if word == "act"]

        assert acts("P1") == ["update"] and acts("P2") == ["update", "correction"]
        assert acts("P3") == ["update", "withdrawal", "update"]
        assert ("reason", "these are of another county") in versions["P3"] and ("reason", "10 on the paper, not 91") in versions["P2"]
        assert ("votes", "91 Ada Moss") in versions["P2"] and ("votes", "10 Ada Moss") in versions["P2"]
        assert all([value for word, value in part if word == "now"][-1] == "stands" for part in versions.values())
        files = {precinct: [value for word, value in part if word == "file"][-1] for precinct, part in versions.items()}
        assert files == dict.fromkeys(("P1", "P4", "P5"), "first.csv") | {"P2": "p2-right.csv", "P3": "p3-right.csv", "P6": "entered twice"}, files

    def must_have_filed_every_decision(self):
        document = self.document("decisions")
        partitions = json.loads((self.form.home / "count.json").read_text())["partitions"]
        decisions = [dict(part) for part in document.parts("decision", until="audit")]
        signers = [[value for word, value in part if word == "officer"] for part in document.parts("decision", until="audit")]
        assert all(names[:2] == ["a.huber", "b.meier"] for names in signers)
        acts = collections.Counter(decision["action"] for decision in decisions)
        stages = dict.fromkeys(("open", "close", "certify"), partitions)
        audited = {value for part in document.parts("audit") for word, value in part if word == "action"}
        assert {"zero", "report", "voters-load", "voters-close", "sheet-typed", "sheet-kept", "sheet-delivered"} <= audited, audited
        assert acts == stages | {"void": 6, "supersede": 4, "keep": 1}, acts
        reasons = {decision["reason"] for decision in decisions}
        assert {"Polls open", "The paper says Lowe", "Batch 5/1 was scanned a second time", "Qualified on 3 May"} <= reasons
