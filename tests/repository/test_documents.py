"""What documents name is there: types of the glossary, files and folders of ARCHITECTURE.md, make targets and commands of the README."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEADERS = "\n".join(path.read_text() for path in sorted((ROOT / "src").rglob("*.h")))
DOCUMENTS = [
    name
    for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "docs/style.md", "docs/guides/first-count.md", "docs/decisions/README.md")
    if (ROOT / name).exists()
]


def words(cell):
    return re.findall(r"`([^`]+)`", cell)


def glossary_types():
    text = (ROOT / "docs" / "glossary.md").read_text()
    for row in re.findall(r"^\|(.+)\|$", text, re.MULTILINE):
        cells = row.split("|")
        yield from words(cells[2] if len(cells) == 4 else cells[1])


@pytest.mark.parametrize("word", sorted(set(glossary_types())))
def test_a_type_of_the_glossary_is_in_a_header(word):
    if "/" in word:
        assert (ROOT / word).exists()
        return
    for part in word.removesuffix("()").rstrip(":").split("::"):
        assert re.search(rf"\b{part}\b", HEADERS), word


def paths_of(name):
    text = (ROOT / name).read_text()
    for word in words(re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
        if re.match(r"(src|schema|tests|tools|docs|spark|stack|view|packages|examples|benches|recount)/[\w./*-]*$", word):
            yield word


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_path_in_a_document_leads_somewhere(name):
    missing = []
    for word in paths_of(name):
        if not list(ROOT.glob(word.rstrip("/"))):
            missing.append(word)
    assert not missing, missing


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_make_target_in_a_document_is_in_the_makefile(name):
    makefile = ROOT / "Makefile"
    targets = set(re.findall(r"^([a-z-]+):", makefile.read_text(), re.MULTILINE)) if makefile.exists() else set()
    named = set(
        re.findall(
            r"(?:^|[`\s])make ([a-z][a-z-]+)",
            "\n".join(words((ROOT / name).read_text()) + re.findall(r"^    (make .*)$", (ROOT / name).read_text(), re.MULTILINE)),
        )
    )
    assert named <= targets, named - targets
