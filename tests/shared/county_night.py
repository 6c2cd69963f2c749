"""A county's night of result sheets: 40 precincts, two clerks, 30 deliveries: figures that grow, corrections, figures of the wrong
precinct that are withdrawn, a torn file, a stale one, a client and a server that are killed in the middle. One script for both forms of
a count; tests/embedded and tests/service each give it a `form`:

    form.run(*arguments, code=0)   runs `teller`, gives what it prints
    form.to(clerk)                 where that clerk delivers to, as options of `teller import`
    form.where                     the count, as an option of commands that read it
    form.kill(clerk)               -9 to the process that this clerk delivers to, and starts it again
    form.program(*arguments)       `teller` as a command of its own
"""

import concurrent.futures
import csv
import io
import json
import subprocess
import threading
import time

from little_rill import contest, rules_of
from mappings import mapping_of

PRECINCTS = range(1, 41)
RULES = rules_of(
    methods=[{"id": "all"}],
    units=[{"id": "Rill", "kind": "county"}, *({"id": f"Rill/P{n}", "kind": "precinct", "parent": "Rill"} for n in PRECINCTS)],
    contests=[contest("Mayor", [{"id": "Ada Moss"}, {"id": "Ben Rook"}], counted_from="sheets")],
)
MAPPING = mapping_of()


def rows_of(figures):
    """CSV of {"P1": (Ada, Ben)}."""
    lines = [
        f"Rill,{unit},Mayor,{name},{votes}" for unit, pair in figures.items() for name, votes in zip(("Ada Moss", "Ben Rook"), pair, strict=True)
    ]
    return "county,precinct,office,candidate,votes\n" + "\n".join(lines) + "\n"


def became(report):
    return {word: number for word, number in report["became"].items() if number}


class Night:
    """What is delivered, and what must stand because of it: of each precinct its figures, version by version."""

    def __init__(self, folder, form):
        self.folder, self.form = folder, form
        (folder / "rill.toml").write_text(MAPPING)
        self.history = {f"P{n}": [] for n in PRECINCTS}  # Precinct -> [(file, figures)]; figures None: withdrawn.
        self.deliveries, self.counting = 0, threading.Lock()

    def command(self, clerk, name, *options):
        return ["import", self.folder / name, "--mapping", self.folder / "rill.toml", "--source", clerk, *options, *self.form.to(clerk), "--json"]

    def file(self, name, figures):
        (self.folder / name).write_text(rows_of(figures))

    def note(self, name, figures):
        for unit, pair in figures.items():
            self.history[unit].append((name, pair))

    def deliver(self, clerk, name, *options, code=0):
        with self.counting:
            self.deliveries += 1
        return json.loads(self.form.run(*self.command(clerk, name, *options), code=code))

    def brings(self, clerk, name, figures, *options):
        """A file that is delivered, and all of it is taken."""
        self.file(name, figures)
        report = self.deliver(clerk, name, *options)
        assert report["all_stand"] and not became(report).get("unchanged"), report
        self.note(name, figures)
        return report

    def begin(self, clerk, name, figures):
        """The same, and it is being delivered when this returns, or was just now. Gives the process."""
        before = len(self.listed())
        self.file(name, figures)
        self.deliveries += 1
        begun = subprocess.Popen([*map(str, self.form.program(*self.command(clerk, name)))], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while len(self.listed()) == before and begun.poll() is None:
            assert time.monotonic() < deadline
        self.note(name, figures)
        return begun

    def read(self, *arguments):
        return json.loads(self.form.run("deliveries", *arguments, *self.form.where, "--json"))

    def listed(self):
        return self.read()["deliveries"]

    # ------------------------------------------------------------------------------------------------------- the script

    def play(self):
        self.two_clerks_at_once()
        self.corrections()
        self.a_wrong_precinct()
        self.a_torn_file()
        self.kills()
        self.an_old_file()
        assert self.deliveries == 30, self.deliveries

    def two_clerks_at_once(self):
        """Each delivers its own precincts, more of them each hour, and both P1, which a last delivery settles."""

        together, began = threading.Barrier(2, timeout=300), time.time() - 60

        def clerk(name, precincts):
            for hour in range(1, 8):
                together.wait()  # What one has of an hour before would be stale.
                at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(began + hour))
                figures = {f"P{n}": (10 * hour + n, hour) for n in precincts[: 3 * hour]}
                shared = {"P1": (1000 * hour + len(name), hour)}
                self.file(f"{name}-{hour}.csv", figures | shared)
                report = self.deliver(name, f"{name}-{hour}.csv", "--at", at)
                assert report["all_stand"], report
                self.note(f"{name}-{hour}.csv", figures)

        with concurrent.futures.ThreadPoolExecutor(2) as clerks:
            for done in [clerks.submit(clerk, "north", range(2, 21)), clerks.submit(clerk, "southern", range(21, 41))]:
                done.result()
        versions = self.versions_of("P1")
        assert [v["version"] for v in versions] == list(range(1, 15)), versions
        assert {v["brought_by"]["file"] for v in versions} == {f"{name}-{hour}.csv" for name in ("north", "southern") for hour in range(1, 8)}
        self.history["P1"] = [(v["brought_by"]["file"], self.figures_of(v)) for v in versions]

    def corrections(self):
        for n, reason in ((2, "two digits exchanged"), (21, "counted again"), (22, "a bundle was forgotten"), (23, "counted again"), (5, "misread")):
            clerk = "north" if n < 21 else "southern"
            report = self.brings(clerk, f"mended-{n}.csv", {f"P{n}": (500 + n, 9)}, "--correct", "--reason", reason)
            assert became(report) == {"corrected": 1}, report

    def a_wrong_precinct(self):
        """Figures of P40 that are another county's, taken away again; then the right ones."""
        self.brings("southern", "wrong.csv", {"P40": (999, 999)})
        report = self.deliver("southern", "wrong.csv", "--withdraw", "--reason", "these are of another county")
        assert became(report) == {"withdrawn": 1}, report
        self.history["P40"].append(("wrong.csv", None))
        assert became(self.brings("southern", "right.csv", {"P40": (61, 62)})) == {"new": 1}

    def a_torn_file(self):
        """A row of P3 cannot be read: its sheet waits, and P4's goes in; mended, the same command brings it."""
        figures = {"P3": (303, 30), "P4": (304, 40)}
        text = rows_of(figures)
        (self.folder / "torn.csv").write_text(text.replace(",303\n", ",3o3\n"))
        report = self.deliver("north", "torn.csv", code=1)
        assert became(report) == {"updated": 1, "held": 1}, report
        self.note("torn.csv", {"P4": figures["P4"]})
        (self.folder / "torn.csv").write_text(text)
        assert became(self.deliver("north", "torn.csv")) == {"updated": 1, "unchanged": 1}
        self.note("torn.csv", {"P3": figures["P3"]})
        held = [one for one in self.sheet("P3")["not_taken"] if one["became"] == "held"]
        assert len(held) == 1 and "line 2" in held[0]["detail"] and "3o3" in held[0]["detail"], held

    def kills(self):
        """Whoever delivers is killed in the middle, and delivers again; then the process that is delivered to."""
        begun = self.begin("north", "cut-1.csv", {f"P{n}": (2000 + n, 20) for n in range(2, 21)})
        begun.kill()
        begun.communicate()
        report = json.loads(self.form.run(*self.command("north", "cut-1.csv")))
        assert report["all_stand"], report
        begun = self.begin("southern", "cut-2.csv", {f"P{n}": (2000 + n, 20) for n in range(21, 41)})
        self.form.kill("southern")
        told, _ = begun.communicate(timeout=120)  # It goes on by itself.
        assert begun.returncode == 0 and json.loads(told)["all_stand"], told

    def an_old_file(self):
        """The first file of the evening once more: nothing of it is taken. The last one brings what stands in the morning."""
        report = self.deliver("north", "north-1.csv", code=1)
        assert became(report) == {"stale": 4}, report
        # Most figures of these are smaller, so that their time is said.
        later = ("--at", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 1)))
        last = {f"P{n}": (3000 + n, n) for n in PRECINCTS}
        self.brings("north", "last-north.csv", {unit: pair for unit, pair in last.items() if int(unit[1:]) <= 20}, *later)
        self.brings("southern", "last-southern.csv", {unit: pair for unit, pair in last.items() if int(unit[1:]) > 20}, *later)
        self.brings("north", "morning.csv", {"P1": (4001, 1)}, *later)

    # -------------------------------------------------------------------------------------------------------- the morning

    def sheet(self, precinct):
        sheets = self.read("--unit", f"Rill/{precinct}", "--contest", "Mayor")["sheets"]
        assert len(sheets) == 1, sheets
        return sheets[0]

    def versions_of(self, precinct):
        return self.sheet(precinct)["versions"]

    @staticmethod
    def figures_of(version):
        values = {figure["option"]: figure["value"] for figure in version["figures"]}
        return (values["Ada Moss"], values["Ben Rook"]) if values else None

    def must_have_ended_in_the_last_figures(self):
        out = self.form.run("totals", *self.form.where, "--by", "unit", "--format", "csv")
        told = {}
        for row in csv.DictReader(io.StringIO(out)):
            if row.get("unit", "").startswith("Rill/") and row.get("option"):
                told.setdefault(row["unit"][5:], {})[row["option"]] = row["votes"]
        wanted = {unit: versions[-1][1] for unit, versions in self.history.items()}
        assert {unit: (int(votes["Ada Moss"]), int(votes["Ben Rook"])) for unit, votes in told.items()} == wanted
        numbers = json.loads(self.form.run("inspect", *self.form.where, "--json"))
        assert (numbers["conflict"], numbers["rejected"]) == (0, 0), numbers

    def must_tell_the_history_of_every_sheet(self):
        sheets = {sheet["unit"][5:]: sheet for sheet in self.read("--contest", "Mayor")["sheets"]}
        assert sheets.keys() == self.history.keys()
        for precinct, history in self.history.items():
            versions = sheets[precinct]["versions"]
            assert [(v["brought_by"]["file"], self.figures_of(v)) for v in versions] == history, precinct
            assert [v["version"] for v in versions] == list(range(1, len(history) + 1))
            assert [v["now"] for v in versions[:-1]] == [
                f"{'withdrawn' if figures is None else 'replaced'} by version {n}" for n, (_, figures) in enumerate(history[1:], start=2)
            ]
            assert versions[-1]["now"] == "stands"
        assert {v["reason"] for v in sheets["P21"]["versions"] if v["act"] == "correction"} == {"counted again"}, sheets["P21"]
        assert [one for one in self.listed() if not one["settled"]] == []
