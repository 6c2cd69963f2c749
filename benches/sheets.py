"""Result sheets as an office publishes them: a file of all polling places, and an hour later another one, in which a hundredth is changed.

Votes are made up here, and the truth is known without Teller.
"""

import csv
import json
import pathlib
import random

from ballots import OPTIONS, Ballots, teller

PLACES = 200  # a region
CHANGED = 100  # Each hundredth.
MAPPING = """
teller = "mapping/1"
election = {name = "Benchmark", date = "2026-01-01", time_zone = "UTC"}
unit = [{kind = "country", id = "land"}, {kind = "region", id = "{region}"}, {kind = "place", id = "{place}"}]
contest = {id = "contest-1"}
option = {id = "{option}"}
method = {id = "all"}
votes = {column = "votes"}
"""


class Sheets(Ballots):
    """One contest, one method: a sheet a place. What an engine calls copies are the sheets of the second file that say nothing new."""

    unit = "sheet"

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.home = self.folder / "home"  # An empty count, to be copied.
        self.mapping = self.folder / "mapping.toml"
        self.files = {f"2026-01-01T{hour}:00Z": self.folder / f"at-{hour}h.csv" for hour in (20, 21)}

    def make(self, size):
        self.folder.mkdir(parents=True)
        self.mapping.write_text(MAPPING)
        chance = random.Random(1)
        votes = [[chance.randrange(400) for _ in range(OPTIONS)] for _ in range(size)]
        for number, path in enumerate(self.files.values()):
            for place in range(0, size, CHANGED):
                votes[place][0] += number
            with open(path, "w", newline="") as file:
                rows = csv.writer(file, lineterminator="\n")
                rows.writerow(("region", "place", "option", "votes"))
                for place, figures in enumerate(votes):
                    rows.writerows(
                        (f"region {place // PLACES}", f"place {place}", f"option {option}", figure) for option, figure in enumerate(figures)
                    )
        rules = self.folder / "rules.json"
        teller("rules", "new", path, "--mapping", self.mapping, "--counted-from", "sheets", "--out", rules)
        teller("init", "--home", self.home, "--rules", rules, "--mode", "test", "--label", "benchmark")
        units, _, options = self.names()
        units, options = ({id: number for number, id in enumerate(ids)} for ids in (units, options))
        totals = []
        for place, figures in enumerate(votes):
            unit = units[f"land/region {place // PLACES}/place {place}"]
            totals += [[unit, 0, options[f"option {option}"], figure] for option, figure in enumerate(figures) if figure]
        shape = f"One contest of {OPTIONS} options in {size:,} places; {len(range(0, size, CHANGED)):,} sheets are changed in the second file."
        truth = {"size": size, "copies": size - len(range(0, size, CHANGED)), "totals": totals, "shape": shape}
        (self.folder / "truth.json").write_text(json.dumps(truth))
        return self
