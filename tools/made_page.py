"""What every tool that makes a page of docs/ does with its arguments: writes the page, or says that it is not up to date."""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def make_or_check(page, text, usage):
    """Without an argument writes `text` to `page`; with --check ends with a sentence when that says something else."""
    arguments = sys.argv[1:]
    if arguments == ["--check"]:
        if not page.exists() or page.read_text() != text:
            sys.exit(f"{page.relative_to(ROOT)} is not up to date: run python3 tools/{pathlib.Path(sys.argv[0]).name}")
    elif not arguments:
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text)
    else:
        sys.exit(usage)
