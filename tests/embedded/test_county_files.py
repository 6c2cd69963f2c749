"""Files in the manner of real counties (tests/shared/county_files.py), each through the mapping that `teller mapping new` makes: right to the digit,
or stopped with a fault that has a name. None has a doubled sum, a contest that nobody held or a row that was dropped and not said."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

from conftest import TELLER, TREE
from mappings import ELECTION, METHOD, mapping_of

sys.path.insert(0, str(TREE / "tests/shared"))
from county_files import TRAPS, County  # noqa: E402

SEEDS = int(os.environ.get("TELLER_COUNTIES", "60"))
FIRST = int(os.environ.get("TELLER_COUNTY_SEED", "1"))


def outcome(county, folder):
    """("right" | "stopped" | what is wrong, the mapping)."""
    file, mapping = pathlib.Path(folder, "county.csv"), pathlib.Path(folder, "mapping.toml")
    file.write_text(county.text, newline="")
    mapping.unlink(missing_ok=True)
    contest = next(iter(county.truth)) if len(county.truth) == 1 else "Contest"
    known = ["--name", "Test", "--date", "2026-05-03", "--time-zone", "UTC"]
    command = [TELLER, "mapping", "new", file, "--out", mapping, *known]
    made = subprocess.run([*command, "--answer", f"contest name={contest}"], capture_output=True, text=True, timeout=60)
    if "nothing was asked that is called contest name" in made.stderr:
        made = subprocess.run(command, capture_output=True, text=True, timeout=60)
    if not mapping.exists():
        return ("stopped" if made.returncode == 2 and "teller: " in made.stderr else f"no mapping: {made.stderr}"), ""
    done = subprocess.run([TELLER, "import", file, "--mapping", mapping, "--check", "--json"], capture_output=True, text=True, timeout=60)
    if done.returncode == 2:
        return ("stopped" if "mapping.invalid" in done.stderr else done.stderr), mapping.read_text()
    report = json.loads(done.stdout)
    if done.returncode == 1:
        return ("stopped" if report["faults"] and report["rows"]["refused"] else "exit 1 without a fault"), mapping.read_text()
    sums = {(contest if name == "contest" else name): options for name, options in report["sums"].items()}
    for name, options in county.truth.items():
        for option, votes in options.items():
            # A heading may look like this: it is asked, and left out until somebody says that it is none.
            if votes is None and f'# ? option "{option}"' in mapping.read_text():
                sums.get(name, {}).setdefault(option, None)
    if sums == county.truth and county.planted is None:
        return "right", mapping.read_text()
    if county.planted:
        return f"{county.planted} passed unnoticed", mapping.read_text()
    return f"{sums} for {county.truth}", mapping.read_text()


@pytest.mark.parametrize("first", range(FIRST, FIRST + SEEDS, 20))
def test_a_county_s_file_is_right_to_the_digit_or_stopped_by_name(first, tmp_path):
    ends = {"right": 0, "stopped": 0}
    for seed in range(first, min(first + 20, FIRST + SEEDS)):
        county = County(seed)
        end, mapping = outcome(county, tmp_path)
        assert end in ends, f"seed {seed}: {end}\n{county.text}\n{mapping}"
        ends[end] += 1
        # A file in which nothing is wrong needs nobody.
        assert end == "right" or county.planted, f"seed {seed} was stopped\n{county.text}\n{mapping}"
    assert ends["right"] >= 2, ends  # Of 20 about half have nothing planted.


# Files that went wrong once: a figure that could not be read stood beside an option that has no other, and was left out with it.
@pytest.mark.parametrize("seed", [1796062919, 1796064712])
def test_what_went_wrong_once_is_right(seed, tmp_path):
    county = County(seed)
    end, mapping = outcome(county, tmp_path)
    assert end == "stopped" and county.planted, f"{end}\n{county.text}\n{mapping}"


# Of somebody who knows the columns and nothing of what stands in them.
BY_HAND = mapping_of(
    head='unused = "allow"\n' + ELECTION,
    contest='[contest.figures]\n"Registered Voters" = "registered"\n"Ballots Cast" = "cards"\n',
    option='[option.figures]\n"Under Votes" = "undervotes"\n"Over Votes" = "overvotes"\n',
    votes='[votes]\ncolumn = "votes"\nwithheld = "*"\n',
)


def stops_by_hand(county, folder):
    """Whether the file stops through a mapping by hand, alone or while rules are made of it."""
    file, mapping = pathlib.Path(folder, "county.csv"), pathlib.Path(folder, "hand.toml")
    lines = county.text.replace("\r\n", "\n").split("\n")
    start = next(i for i, line in enumerate(lines) if line.startswith("county,"))
    end = next((i for i, line in enumerate(lines) if line.startswith("Generated")), len(lines))
    file.write_text("\n".join(lines[start:end]) + "\n")
    mapping.write_text(BY_HAND.replace(METHOD, '[method]\nid = "{mode}"\n') if ",mode," in lines[start] else BY_HAND)
    done = subprocess.run(
        [TELLER, "import", file, "--mapping", mapping, "--write-rules", pathlib.Path(folder, "rules.json")],
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode in (1, 2) and ("mapping.invalid" in done.stderr or "import." in done.stderr)


@pytest.mark.parametrize("trap", TRAPS)
def test_votes_that_stand_twice_in_a_county_s_file_are_never_counted_twice(trap, tmp_path):
    for seed in range(FIRST, FIRST + 10):
        county = County(seed, trap)
        assert stops_by_hand(county, tmp_path), f"seed {seed}: {trap} passed unnoticed\n{county.text}"
        end, mapping = outcome(county, tmp_path)
        assert end in ("right", "stopped"), f"seed {seed}: {end}\n{county.text}\n{mapping}"
