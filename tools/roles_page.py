#!/usr/bin/env python3
"""Makes docs/reference/roles.md of schema/roles.toml and schema/decisions.toml.

    python3 tools/roles_page.py             # writes the page
    python3 tools/roles_page.py --check     # exit 1 if the page is not what it would write

The page is never written by hand.
"""

import roles_source
from decisions_page import listed, table
from made_page import make_or_check

PAGE = roles_source.ROOT / "docs" / "reference" / "roles.md"


def cell(one, role, stages):
    """At which stages a role may do one operation."""
    if role not in one["roles"]:
        return "–"
    return "always" if set(one["stages"]) == set(stages) else listed(one["stages"])


def page():
    known = roles_source.read_table()
    operations, stages = known["operations"], known["stages"]
    of_roles = [[name, *(cell(one, role, stages) for role in known["roles"])] for name, one in operations.items()]
    each = [[f"**{name}**", f"`{one['request']}`", str(one["persons"]), one["says"]] for name, one in operations.items()]
    apart = [[f"*{one['role']}*", listed([f"*{role}*" for role in one["from"]]), one["because"]] for one in known["separated"]]
    return "\n".join(
        [
            "# Roles of persons",
            "",
            "Made by `tools/roles_page.py` of [schema/roles.toml](../../schema/roles.toml) and [schema/decisions.toml](../../schema/decisions.toml); change those.",
            "How a person comes to a role and what is done with it is in [the guide](../guides/persons.md).",
            "",
            "## Who may do what, and at which stages",
            "",
            "A line an operation, a column a role, in a cell the stages of the count at which the role may. Where it may not, the answer is 403",
            "(`officer.not_allowed`), and a line of the audit log says who asked for what.",
            "",
            *table(["Operation", *known["roles"]], of_roles),
            "",
            "## What each is",
            "",
            "*Persons*: how many it takes; *approvals* is the number in the count file, 2 if it says nothing. Until so many have signed a decision",
            "that was sent, it waits, and is listed.",
            "",
            *table(["Operation", "Request", "Persons", ""], each),
            "",
            "## Roles that are kept apart",
            "",
            "One person does not hold two roles that stand in one line. `teller token new` refuses it (`officer.separated`), also when the other role",
            "is the one that the count file gives an officer of that name.",
            "",
            *table(["Role", "Not with", "Because"], apart),
            "",
        ]
    )


if __name__ == "__main__":
    make_or_check(PAGE, page(), __doc__)
