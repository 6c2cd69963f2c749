#!/usr/bin/env python3
"""Makes the two tables that src/decide/roles.cc reads of schema/roles.toml and schema/decisions.toml; the build runs it.

python3 tools/roles_source.py FOLDER     # writes FOLDER/operation_rows.inc and FOLDER/separated_rows.inc
"""

import pathlib
import sys
import tomllib

import decisions_source
from codes_source import literal, write_if_other

ROOT = decisions_source.ROOT
TABLE = ROOT / "schema" / "roles.toml"
HAND_IN = "POST /v1/officer/decisions"


def read_table():
    """The roles, the stages, the pairs of roles that are separated, and every operation: those of the file, then a decision each."""
    with TABLE.open("rb") as file:
        known = tomllib.load(file)
    decided = decisions_source.read_table()
    operations = dict(known["operations"])
    for name, one in decided["decisions"].items():
        operations[f"decide {name}"] = {
            "request": HAND_IN,
            "roles": one["roles"],
            "stages": one["stages"],
            "persons": "approvals",
            "says": one["says"],
        }
    return {"roles": decided["roles"], "stages": decided["stages"], "separated": known["separated"], "operations": operations}


def operation_rows(table):
    """A row an operation: its name, a bit for each role and stage, and whether it takes as many persons as the count file says."""
    for name, one in table["operations"].items():
        roles, stages = decisions_source.bits(one["roles"], table["roles"]), decisions_source.bits(one["stages"], table["stages"])
        yield f"{{{literal(name)}, {roles}, {stages}, {'true' if one['persons'] == 'approvals' else 'false'}}},\n"


def separated_rows(table):
    """A row a separation: the role, a bit for each role that it is kept apart from, and why."""
    for one in table["separated"]:
        role = table["roles"].index(one["role"])
        yield f"{{static_cast<OfficerRole>({role}), {decisions_source.bits(one['from'], table['roles'])}, {literal(one['because'])}}},\n"


def main(arguments):
    if len(arguments) != 1:
        sys.exit(__doc__)
    folder, table = pathlib.Path(arguments[0]), read_table()
    folder.mkdir(parents=True, exist_ok=True)
    write_if_other(folder / "operation_rows.inc", "".join(operation_rows(table)))
    write_if_other(folder / "separated_rows.inc", "".join(separated_rows(table)))


if __name__ == "__main__":
    main(sys.argv[1:])
