#!/usr/bin/env python3
"""Makes the two files that src/base/code.* reads of schema/events.toml; the build runs it.

    python3 tools/codes_source.py FOLDER     # writes FOLDER/code_rows.inc and FOLDER/code_texts.inc

Two files, so that a sentence that is written better compiles one file again and not all of them.
"""

import pathlib
import sys

import errors_page


def literal(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def rows(events):
    """The codes, sorted by their bytes, with their numbers."""
    made = (f"{{{{{literal(code)}, {len(code)}}}, {events[code].get('number', 0)}}},\n" for code in sorted(events, key=str.encode))
    return "".join(made)


def texts(events):
    """The sentence and the advice of each, in the same order."""
    made = (f"{{{literal(events[code]['sentence'])}, {literal(events[code]['do'])}}},\n" for code in sorted(events, key=str.encode))
    return "".join(made)


def write_if_other(path, text):
    """An older file that says the same stays as old as it is: nothing is compiled again."""
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def main(arguments):
    if len(arguments) != 1:
        sys.exit(__doc__)
    folder, events = pathlib.Path(arguments[0]), errors_page.read_events()
    folder.mkdir(parents=True, exist_ok=True)
    write_if_other(folder / "code_rows.inc", rows(events))
    write_if_other(folder / "code_texts.inc", texts(events))


if __name__ == "__main__":
    main(sys.argv[1:])
