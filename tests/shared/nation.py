"""Rules of a nation that nobody lives in, of any size: nation.py UNITS CONTESTS [OPTIONS] > rules.json

A country, its regions, their counties, and the precincts in them: UNITS altogether. One contest is of the whole country, one is of
each region and the others are of counties; each county has a ballot style with the contests that its voters get.
"""

import json
import sys

REGIONS = 50
COUNTIES_OF_A_REGION = 60


def lists(units, contests, options):
    """Yields (name, items) of each list of the rules."""
    counties = [f"r{i % REGIONS:02}-c{i // REGIONS:03}" for i in range(min(REGIONS * COUNTIES_OF_A_REGION, max(1, (units - REGIONS - 1) // 2)))]
    regions = [f"r{i:02}" for i in range(REGIONS)]
    yield "methods", [{"id": "in-person", "name": "In person"}, {"id": "postal", "name": "By post"}]
    made = [{"id": "land", "name": "The land", "kind": "country"}]
    made += [{"id": region, "name": f"Region {region}", "kind": "region", "parent": "land"} for region in regions]
    made += [{"id": county, "name": f"County {county}", "kind": "county", "parent": county[:3]} for county in counties]
    for i in range(units - len(made)):
        county = counties[i % len(counties)]
        name = f"{i // len(counties):05}"
        made.append({"id": f"{county}-{name}", "name": f"Precinct {name} of {county}", "kind": "precinct", "parent": county})
    yield "units", made
    where = (["land"] + regions + counties)[:contests]
    yield (
        "contests",
        [
            {
                "id": f"seat-{unit}",
                "name": f"Seat of {unit}",
                "kind": "plurality",
                "unit": unit,
                "options": [{"id": f"o{k}", "name": f"Candidate {k} of {unit}"} for k in range(options)],
            }
            for unit in where
        ],
    )
    held = set(where)
    yield (
        "styles",
        [
            {"id": county, "name": f"Ballot of {county}", "cards": [[f"seat-{unit}" for unit in ("land", county[:3], county) if unit in held]]}
            for county in counties
        ],
    )


def write(out, units, contests, options=8):
    out.write('{\n "teller": "rules/1",\n "election": {"name": "A nation", "date": "2026-01-01", "time_zone": "UTC"}')
    for name, items in lists(units, contests, options):
        out.write(f',\n "{name}": [\n  ' + ",\n  ".join(json.dumps(item) for item in items) + "\n ]")
    out.write("\n}\n")


if __name__ == "__main__":
    write(sys.stdout, *(int(argument) for argument in sys.argv[1:]))
