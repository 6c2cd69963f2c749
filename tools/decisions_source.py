#!/usr/bin/env python3
"""Makes the table that src/election/decisions.cc reads of schema/decisions.toml; the build runs it.

python3 tools/decisions_source.py FOLDER     # writes FOLDER/decision_rows.inc
"""

import pathlib
import sys
import tomllib

from codes_source import write_if_other

ROOT = pathlib.Path(__file__).resolve().parent.parent
TABLE = ROOT / "schema" / "decisions.toml"


def read_table():
    with TABLE.open("rb") as file:
        return tomllib.load(file)


def bits(names, known):
    return sum(1 << known.index(name) for name in names)


def rows(table):
    """A row a decision: its name, its action, a bit for each role and stage, and where the count stands afterwards."""
    for name, decision in table["decisions"].items():
        becomes = table["stages"].index(decision["becomes"]) if "becomes" in decision else -1
        action = f"static_cast<Control::Action>({decision['action']})"
        yield f'{{"{name}", {action}, {bits(decision["roles"], table["roles"])}, {bits(decision["stages"], table["stages"])}, {becomes}}},\n'


def main(arguments):
    if len(arguments) != 1:
        sys.exit(__doc__)
    folder = pathlib.Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    write_if_other(folder / "decision_rows.inc", "".join(rows(read_table())))


if __name__ == "__main__":
    main(sys.argv[1:])
