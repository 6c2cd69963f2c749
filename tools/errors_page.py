#!/usr/bin/env python3
"""Makes docs/reference/errors.md of schema/events.toml.

    python3 tools/errors_page.py             # writes the page
    python3 tools/errors_page.py --check     # exit 1 if the page is not what it would write

The page is never written by hand.
"""

import pathlib
import tomllib

from made_page import make_or_check

ROOT = pathlib.Path(__file__).resolve().parents[1]
EVENTS = ROOT / "schema" / "events.toml"
PAGE = ROOT / "docs" / "reference" / "errors.md"


def read_events():
    return tomllib.loads(EVENTS.read_text())


def page():
    events = read_events()
    out = [
        "# Errors",
        "",
        "Made by `tools/errors_page.py` of [schema/events.toml](../../schema/events.toml); change that.",
        "",
        "Every error has a code that stays the same, a sentence with the numbers of the case, and a remedy:",
        "",
        "| Remedy | What a program does next |",
        "|---|---|",
        "| reject | The input is wrong and will stay wrong. Tell its sender. |",
        "| retry | Nothing changed. The same call may succeed later. |",
        "| abort | The outcome is unknown. Forget what is in memory, load what was committed, read on from there. |",
        "| stop | This process can no longer be trusted. Exit and be started again. |",
        "",
    ]
    families = dict.fromkeys(code.split(".")[0] for code in events)
    for family in families:
        out += [f"## {family}", ""]
        for code, event in events.items():
            if code.split(".")[0] != family:
                continue
            number = f", reason {event['number']}" if "number" in event else ""
            sentence = event["sentence"][0].upper() + event["sentence"][1:]
            out += [f"### {code}", "", f"*{event['remedy']}{number}.* {sentence}.", "", event["do"], ""]
    return "\n".join(out).rstrip("\n") + "\n"


if __name__ == "__main__":
    make_or_check(PAGE, page(), __doc__)
