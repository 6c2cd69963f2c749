#!/usr/bin/env python3
"""Makes docs/reference/decisions.md of schema/decisions.toml.

    python3 tools/decisions_page.py             # writes the page
    python3 tools/decisions_page.py --check     # exit 1 if the page is not what it would write

The page is never written by hand.
"""

import decisions_source
from made_page import make_or_check

ROOT = decisions_source.ROOT
PAGE = ROOT / "docs" / "reference" / "decisions.md"


def listed(names):
    return ", ".join(names) if names else "–"


def table(head, rows):
    return [f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows)]


def page():
    known = decisions_source.read_table()
    decisions, stages = known["decisions"], known["stages"]
    of_roles = [
        [f"*{role}*", *(listed([name for name, one in decisions.items() if role in one["roles"] and stage in one["stages"]]) for stage in stages)]
        for role in known["roles"]
    ]
    each = [
        [f"**{name}**", str(one["action"]), listed(one["stages"]), one.get("becomes", "–"), listed(one["roles"]), one["says"]]
        for name, one in decisions.items()
    ]
    return "\n".join(
        [
            "# Decisions of officers",
            "",
            "Made by `tools/decisions_page.py` of [schema/decisions.toml](../../schema/decisions.toml); change that. How it is done, from the first key to",
            "the certificate, is in [the guide](../guides/decisions.md); the bytes are in [entries](../../schema/entry.md).",
            "",
            "## Who may decide what, and when",
            "",
            "A line a role, a column a stage of the count. A decision takes as many officers as the count file says (`approvals`, 2 if it says nothing),",
            "each in a role that may.",
            "",
            *table(["Role", *stages], of_roles),
            "",
            "## What each does",
            "",
            *table(["Decision", "Number", "At", "Then the count is", "Roles", ""], each),
            "",
            "The number is the action in an entry, and frozen; 4 belongs to a decision that is not built.",
            "",
        ]
    )


if __name__ == "__main__":
    make_or_check(PAGE, page(), __doc__)
