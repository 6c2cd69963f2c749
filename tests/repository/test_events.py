"""What no compiler checks of the codes of schema/events.toml: that each is said somewhere and is whole, what Java says, the remedies,
and that the documents made of it are up to date. That C++ says no other code, src/base/code.h sees to."""

import pathlib
import re
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import checks_page  # noqa: E402
import decisions_page  # noqa: E402
import errors_page  # noqa: E402
import roles_page  # noqa: E402

EVENTS = errors_page.read_events()
REMEDIES = {"reject", "retry", "abort", "stop"}
CODE = r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+"


def sources():
    """(path, text without comments) of what is no test."""
    for folder, endings in (("src", (".cc", ".h")), ("spark", (".cc", ".h", ".java"))):
        for path in sorted((ROOT / folder).rglob("*")):
            test = re.search(r"(_test|_contract|Test)\.\w+$", path.name)
            if path.suffix in endings and not test and "target" not in path.parts:
                yield path, re.sub(r"//[^\n]*", "", path.read_text())


SOURCES = list(sources())


def test_java_says_only_codes_that_are_listed():
    said = [
        (code, path.name)
        for path, text in SOURCES
        if path.suffix == ".java"
        for code in re.findall(rf'(?:TellerException\(|\bcode\(\)\.equals\()\s*"({CODE})"', text)
    ]
    assert len(said) > 10  # Or the expression above no longer knows how Java says a code.
    assert not [(code, name) for code, name in said if code not in EVENTS]


def test_what_is_compared_with_a_code_is_looked_up_by_the_compiler():
    """`error.code == Code("file.missing")`: with a bare literal a slip of the pen would never be equal, and nobody would know."""
    bare = [(str(path.relative_to(ROOT)), found) for path, text in SOURCES for found in re.findall(rf'\bcode\s*[!=]=\s*"{CODE}"', text)]
    assert not bare


def test_every_listed_code_is_in_the_sources():
    literals = {literal for _, text in SOURCES for literal in re.findall(rf'"({CODE})"', text)}
    unused = [code for code, event in EVENTS.items() if code not in literals and "number" not in event]
    assert not unused, unused


@pytest.mark.parametrize("code", EVENTS)
def test_a_listed_code_says_what_happened_and_what_to_do(code):
    event = EVENTS[code]
    assert set(event) <= {"remedy", "sentence", "do", "number"}
    assert set(event["remedy"].split(", ")) <= REMEDIES
    assert event["sentence"] and not event["sentence"].endswith(".")
    assert event["do"].endswith((".", "?"))


def test_an_error_is_made_with_a_remedy_that_is_listed():
    wrong, found = [], 0
    for path, text in SOURCES:
        made = re.findall(rf'Remedy[.:]+(\w+),\s*"({CODE})"', text)
        made += [(remedy, code) for code, remedy in re.findall(rf'TellerException\(\s*"({CODE})",\s*Remedy\.(\w+)', text)]
        found += len(made)
        for remedy, code in made:
            if remedy.lower() not in EVENTS[code]["remedy"].split(", "):
                wrong.append(f"{path.relative_to(ROOT)}: {remedy} {code}")
    assert not wrong, "\n".join(wrong)
    assert found > len(EVENTS) / 2  # Or the expressions above no longer know how an error is made.


def test_every_line_for_the_operator_is_explained():
    """The names of C++ and Java are those of docs/reference/events.md, and none is a code, which would say what went wrong."""
    made = r'\b(?:Event|Event::info|Event::warning|Events\.info|Events\.warn|Events\.error)\(\s*"([^"]+)"'
    said = {name for _, text in SOURCES for name in re.findall(made, text)}
    explained = re.findall(r"^\| `([a-z_.]+)` \|", (ROOT / "docs/reference/events.md").read_text(), re.MULTILINE)
    assert len(explained) == len(set(explained)) and set(explained) == said
    assert not said & set(EVENTS)


def listed_reasons():
    return sorted((event["number"], code, event["sentence"]) for code, event in EVENTS.items() if "number" in event)


def test_the_reasons_of_entries_have_the_numbers_and_the_names_of_their_codes():
    reasons = re.findall(r"^\s+((?:entry|control|count)_\w+) = (\d+),", (ROOT / "src/election/entry.h").read_text(), re.MULTILINE)
    listed = [(number, code.replace(".", "_")) for number, code, _ in listed_reasons()]
    assert listed == sorted((int(number), reason) for reason, number in reasons)


def test_the_document_of_the_formats_has_the_same_table_of_reasons():
    rows = re.findall(r"^\| (\d+) \| `((?:entry|control|count)\.[^`]+)` \| (.+) \|$", (ROOT / "schema/entry.md").read_text(), re.MULTILINE)
    assert [(int(number), code, sentence) for number, code, sentence in rows] == listed_reasons()


def test_the_page_of_errors_is_up_to_date():
    assert errors_page.PAGE.read_text() == errors_page.page()


def test_the_page_of_decisions_is_up_to_date():
    assert decisions_page.PAGE.read_text() == decisions_page.page(), "run tools/decisions_page.py"


def test_the_page_of_roles_is_up_to_date():
    assert roles_page.PAGE.read_text() == roles_page.page(), "run tools/roles_page.py"


def test_the_page_of_checks_is_up_to_date():
    assert checks_page.PAGE.read_text() == checks_page.page(), "run tools/checks_page.py"


def test_the_page_of_entries_has_the_numbers_of_the_decisions():
    known = decisions_page.decisions_source.read_table()["decisions"]
    row = re.search(r"^\| action \| `u8` \| ([^;]+);", (ROOT / "schema/entry.md").read_text(), re.MULTILINE).group(1)
    assert row == ", ".join(f"{one['action']} {name}" for name, one in sorted(known.items(), key=lambda item: item[1]["action"]))
