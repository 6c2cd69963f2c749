#!/usr/bin/env python3
"""Makes docs/reference/checks.md of checks/default.toml.

    python3 tools/checks_page.py             # writes the page
    python3 tools/checks_page.py --check     # exit 1 if the page is not what it would write

The page is never written by hand. A key that is not explained here is an error.
"""

import pathlib
import tomllib

from made_page import make_or_check

ROOT = pathlib.Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reference" / "checks.md"
CHECKS = ROOT / "checks" / "default.toml"

# What each key means, by check where it differs.
KEYS = {
    "tolerance": "votes that may be too many or too few",
    "not_given": "counters that your sheets never give, because what they would count stands in another figure: `undervotes`, `overvotes`, `blank`, "
    "`invalid`, `exhausted`; left out of the sum then, where they are unknown",
    "cards_min": "reports of fewer cards are passed over",
    "above_percent": "told above this share of the cards, in percent",
    "from_percent": "told from this share of the cards on, in percent; `0`: it is not asked",
    "from_cards": "or from so many cards on; `0`: it is not asked",
    "contests": "ids of the contests that are held; none: nothing is",
    "contest": "id of the contest",
    "option": "id of the option in it",
    "admitted": "id of the contest whose `cards` are the voters who were admitted",
    "counted": "id of the contest whose `cards` were counted",
    "differences": "id of the contest that accounts for the difference",
    "both": "`true`: of sums over many places, in which there are more in some and fewer in others; `false`: one of the two is 0",
    "conflicts_min": "told from so many conflicts on",
    "from_hour": "from this hour on, in UTC",
    "to_hour": "and before this one; `23` to `4` is over midnight, and with both the same it is never night",
    "refusals_min": "told from so many refusals on (lines `refused` of the audit log)",
    "within_minutes": "that lie within so many minutes",
    "times_min": "told from so many times on",
    "times_others": "and above so many times the share of the contest's other reports with the same method",
    "lists": "id of the contest whose options are lists",
    "candidates": "id of the contest whose options are their candidates; a candidate is of the list that has the same parties",
    "list_given": "`true`: a list that gives no votes, and whose candidates have some, is told",
    "more": "id of its option for cards that are more",
    "fewer": "`true`: the candidates may have fewer votes than their list, where voters need not choose one",
    "votes_min": "reports of fewer votes are passed over",
    "options_min": "and those in which fewer options than this",
    "each_min": "have so many votes: a few small figures are often the same",
    "units_min": "with fewer units beside each other nothing is said",
    "points_above": "told when the share is more than so many percentage points from the median",
    "times_spread": "and more than so many times as far from it as half of the units are (the median distance from the median)",
    "reported_percent": "told once so many percent of the other units with the same parent have reported",
}
# Of one check alone, where the same key is something else.
KEYS_OF = {
    ("far_from_before", "votes_min"): "units with fewer votes, now or at the last election, are passed over",
    ("far_from_before", "points_above"): "told when the change of a share is more than so many percentage points from that in all units together",
    ("admitted_balance", "fewer"): "id of its option for cards that are fewer",
    ("blank_share", "from_percent"): "in place of `above_percent`: told from this share on; `0`: `above_percent` holds",
    ("invalid_share", "from_percent"): "in place of `above_percent`: told from this share on; `0`: `above_percent` holds",
}
PLAIN = {"says", "severity"}


def read_checks():
    return tomllib.loads(CHECKS.read_text())


def shown(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    return str(value)


def page():
    checks = read_checks()
    keys = [
        f"| `[{name}]` | `{key}` | `{shown(value)}` | {KEYS_OF.get((name, key)) or KEYS[key]} |"
        for name, check in checks.items()
        for key, value in check.items()
        if key not in PLAIN
    ]
    return "\n".join(
        [
            "# Checks of a count's figures",
            "",
            "Made by `tools/checks_page.py` of [checks/default.toml](../../checks/default.toml); change that. `teller check` makes these checks of the last",
            "commit, says what it found, and ends with 0 when there is no error and no warning, with 1 when there is one. What to do then is in",
            "[the guide](../guides/checks.md).",
            "",
            "## What is checked",
            "",
            "| Check | Severity | What it holds |",
            "|---|---|---|",
            *(f"| `{name}` | {check['severity']} | {check['says']} |" for name, check in checks.items()),
            "",
            "A *report* is what one unit says of one contest with one method. A check is made of the reports that give what it needs, and says of how many: a",
            "figure that is withheld or unknown is no 0 ([figures](../design/figures.md)).",
            "",
            "## Keys",
            "",
            'Every table may have `severity` (`"error"`, `"warning"`, `"note"`), `says` (a sentence of yours) and `source` (whose rule it is, told with what was found). Shares are whole percents.',
            "",
            "| Table | Key | Built in | Meaning |",
            "|---|---|---|---|",
            *keys,
            "",
            "A file of your own makes the checks that it has tables for, and no other; a key that it leaves out is as it is built in. A table or key that is not",
            "known is refused with its line.",
            "",
        ]
    )


if __name__ == "__main__":
    make_or_check(PAGE, page(), __doc__)
