"""A count of invented places whose county publishes JSON as newsrooms get it, and `teller feed` as a process."""

import json
import os
import signal
import subprocess
import threading
import time

from conftest import TELLER, run
from little_rill import contest, rules_of

CONTESTS = {"mayor": ["ada", "ben"], "park": ["yes", "no"]}
RULES = rules_of(
    methods=[{"id": "all"}],
    units=[{"id": "rill", "kind": "county"}],
    contests=[contest(name, [{"id": one} for one in options], counted_from="sheets") for name, options in CONTESTS.items()],
)
IDS = "\n".join(
    f'"{kind} {at}" = "{contest}"'
    for contest, kind, at in [*((c, "CAND", o) for c in CONTESTS for o in CONTESTS[c]), *((c, "OVER", c) for c in CONTESTS)]
)
MAPPING = f"""teller = "mapping/1"
unused = "allow"
[json]
records = "Data"
[figures_at]
column = "/TimeStamp"
form = "{{M}}/{{D}}/{{YYYY}} {{h}}:{{mm}}:{{ss}} {{AM}}"
zone = "-08:00"
[where]
Kind = ["CAND", "OVER"]
[[unit]]
kind = "county"
id = "rill"
[contest]
id = "{{Kind}} {{ID}}"
[contest.ids]
{IDS}
[option]
id = "{{Kind}} {{ID}}"
[option.ids]
"CAND ada" = "ada"
"CAND ben" = "ben"
"CAND yes" = "yes"
"CAND no" = "no"
[option.figures]
"OVER mayor" = "overvotes"
"OVER park" = "overvotes"
[method]
id = "all"
[votes]
column = "Value"
"""


def snapshot(stamp, **figures):
    """A county's file: snapshot("8:36:34 PM", ada=3, mayor=1) — mayor are its overvotes."""
    data = [{"ID": name, "Kind": "OVER" if name in CONTESTS else "CAND", "Value": value} for name, value in figures.items()]
    data.append({"ID": "all", "Kind": "BALLOTS", "Value": 99})
    return json.dumps({"Data": data, "TimeStamp": f"5/3/2026 {stamp}"})


def put(path, text):
    """As a careful writer does it: whole, under its name only when it is whole; and it was last changed a while ago."""
    part = path.with_name(path.name + ".part")
    part.write_text(text)
    long_ago = time.time() - 60
    os.utime(part, (long_ago, long_ago))
    part.rename(path)


def until(condition, what, seconds=120):
    """Waits for a condition; asks it often."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, what() if callable(what) else what
        time.sleep(0.01)
    return value


class Feeding:
    """A `teller feed` that runs. `told` are its lines of JSON, `events` what it writes for the operator."""

    def __init__(self, *arguments):
        command = [TELLER, "feed", *map(str, arguments), "--json"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.told, self.events = [], []
        self.readers = [
            threading.Thread(target=lambda: self.told.extend(map(json.loads, self.process.stdout))),
            threading.Thread(target=lambda: self.events.extend(self.process.stderr)),
        ]
        for reader in self.readers:
            reader.start()

    def said(self):
        return f"{self.told[-3:]} {self.events[-5:]}"

    def wait_told(self, number):
        """Until so many lines were told."""
        until(lambda: len(self.told) >= number or self.process.poll() is not None, self.said)
        assert len(self.told) >= number, self.said()
        return self.told[number - 1]

    def wait_event(self, *words):
        """Until a line for the operator has all of these words."""
        return until(lambda: [line for line in self.events if all(word in line for word in words)], self.said)

    def end(self, how=signal.SIGTERM):
        """Tells it to end; gives its exit code. Its summary is then the last that it told."""
        if how is not None:
            self.process.send_signal(how)
        code = self.process.wait(timeout=120)
        for reader in self.readers:
            reader.join()
        self.process.stdout.close()
        self.process.stderr.close()
        return code

    @property
    def summary(self):
        return self.told[-1]["summary"]


class Night:
    def __init__(self, folder):
        self.folder, self.home, self.incoming = folder, folder / "home", folder / "incoming"
        self.incoming.mkdir()
        (folder / "rules.json").write_text(json.dumps(RULES))
        self.mapping = folder / "rill.toml"
        self.mapping.write_text(MAPPING)
        run("init", "--home", self.home, "--rules", folder / "rules.json", "--mode", "test")

    def put(self, name, text):
        put(self.incoming / name, text)

    def feed(self, *more, source=None, to=None):
        where = ("--to", to, "--token-file", to.token_file) if to else ("--home", self.home)
        return Feeding(source or self.incoming, "--mapping", self.mapping, *where, "--every", "0.05", *more)

    def once(self, *more):
        feeding = self.feed("--once", *more)
        return feeding, feeding.end(None)

    def totals(self):
        out, _ = run("totals", "--home", self.home, "--format", "json")
        return {option["option"]: option["votes"] for contest in json.loads(out)["contests"] for option in contest["by_option"]}

    def head(self):
        return json.loads(run("inspect", "--home", self.home, "--json")[0])
