"""Every code that the sources say is in schema/events.toml and the reverse, and the page of errors is up to date."""

import pathlib
import re
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import errors_page  # noqa: E402

EVENTS = errors_page.read_events()
FAMILIES = {code.split(".")[0] for code in EVENTS}
IN_SOURCES = errors_page.codes_in_sources(FAMILIES)
REMEDIES = {"reject", "retry", "abort", "stop"}


def test_every_code_in_the_sources_is_listed():
    missing = errors_page.missing()
    assert not missing, "\n".join(f"{code}: {places}" for code, places in missing.items())


def test_every_listed_code_is_in_the_sources():
    unused = sorted(set(EVENTS) - set(IN_SOURCES))
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
    for path in errors_page.sources():
        text = re.sub(r"//[^\n]*", "", path.read_text())
        made = re.findall(rf'Remedy[.:]+(\w+),\s*"({errors_page.CODE})"', text)
        made += [(remedy, code) for code, remedy in re.findall(rf'TellerException\(\s*"({errors_page.CODE})",\s*Remedy\.(\w+)', text)]
        found += len(made)
        for remedy, code in made:
            if code in EVENTS and remedy.lower() not in EVENTS[code]["remedy"].split(", "):
                wrong.append(f"{path.relative_to(ROOT)}: {remedy} {code}")
    assert not wrong, "\n".join(wrong)
    assert found > len(EVENTS) / 2  # Or the expressions above no longer know how an error is made.


def reasons():
    numbers = dict(re.findall(r"^\s+(entry_\w+) = (\d+),", (ROOT / "src/election/entry.h").read_text(), re.MULTILINE))
    texts = re.findall(r'\{Reason::(\w+),\s*"([^"]+)",\s*"([^"]+)"\}', (ROOT / "src/election/entry.cc").read_text())
    assert len(texts) == len(numbers)
    return [(int(numbers[reason]), code, sentence) for reason, code, sentence in texts]


def test_the_reasons_of_entries_have_their_numbers_and_sentences():
    listed = sorted((event["number"], code, event["sentence"]) for code, event in EVENTS.items() if "number" in event)
    assert listed == sorted(reasons())


def test_the_document_of_the_formats_has_the_same_table_of_reasons():
    rows = re.findall(r"^\| (\d+) \| `(entry\.[^`]+)` \| (.+) \|$", (ROOT / "schema/entry.md").read_text(), re.MULTILINE)
    assert [(int(number), code, sentence) for number, code, sentence in rows] == sorted(reasons())


def test_the_page_of_errors_is_up_to_date():
    assert errors_page.PAGE.read_text() == errors_page.page()
