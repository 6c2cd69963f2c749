#!/usr/bin/env python3
"""Makes docs/reference/errors.md of schema/events.toml.

    python3 tools/errors_page.py             # writes the page
    python3 tools/errors_page.py --check     # exit 1 if the page is not what it would write
    python3 tools/errors_page.py --missing   # prints a table for every code of the sources that events.toml lacks

Knows how codes look in C++ and Java; tests/repository/test_events.py uses the same knowledge.
"""

import pathlib
import re
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[1]
EVENTS = ROOT / "schema" / "events.toml"
PAGE = ROOT / "docs" / "reference" / "errors.md"

CODE = r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+"
FILE_ENDINGS = {
    "json",
    "toml",
    "csv",
    "gz",
    "zst",
    "zip",
    "jpg",
    "png",
    "txt",
    "md",
    "sql",
    "jsonl",
    "ndjson",
    "crt",
    "key",
    "sqlite",
    "db",
    "xz",
    "bz2",
    "html",
    "css",
    "js",
    "svg",
    "log",
    "tmp",
    "so",
    "pgpass",
    "tbat",
    "bin",
    "pem",
}
# Literals that look like a code and are none: settings of libraries.
NOT_A_CODE = re.compile(r"^(check\.crcs|batch\.(num|size)|store\.partition|partition\.(assignment|keys))")


def read_events():
    return tomllib.loads(EVENTS.read_text())


def sources():
    for folder, endings in (("src", (".cc", ".h")), ("spark", (".cc", ".h", ".java"))):
        for path in sorted((ROOT / folder).rglob("*")):
            test = re.search(r"(_test|_contract|Test)\.\w+$", path.name)
            if path.suffix in endings and not test and "target" not in path.parts:
                yield path


def codes_in_sources(families):
    """{code: [places]}: literals where an error is made, and literals of a known family anywhere."""
    found = {}
    for path in sources():
        text = re.sub(r"//[^\n]*|fail_point\([^)]*\)", "", path.read_text())
        said = set(re.findall(rf'(?:Remedy[.:]+\w+,|\bcode =|TellerException\()\s*"({CODE})"', text))
        for literal in re.findall(rf'"({CODE})"', text):
            family, ending = literal.split(".")[0], literal.rsplit(".", 1)[1]
            if path.suffix != ".java" and family in families and ending not in FILE_ENDINGS and not NOT_A_CODE.match(literal):
                said.add(literal)
        for code in said:
            found.setdefault(code, []).append(str(path.relative_to(ROOT)))
    return found


def missing():
    events = read_events()
    found = codes_in_sources({code.split(".")[0] for code in events})
    return {code: places for code, places in sorted(found.items()) if code not in events}


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


def main(arguments):
    if arguments == ["--missing"]:
        for code, places in missing().items():
            print(f'["{code}"]  # {", ".join(places)}\nremedy = ""\nsentence = ""\ndo = ""\n')
    elif arguments == ["--check"]:
        if not PAGE.exists() or PAGE.read_text() != page():
            sys.exit("docs/reference/errors.md is not up to date: run python3 tools/errors_page.py")
    elif not arguments:
        PAGE.parent.mkdir(parents=True, exist_ok=True)
        PAGE.write_text(page())
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
