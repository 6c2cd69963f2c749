"""What documents name is there: types of the glossary, files and folders of ARCHITECTURE.md, make targets and commands of the README."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENTS = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "docs/README.md",
    "docs/style.md",
    "docs/guides/first-count.md",
    "docs/decisions/README.md",
]
COMMENT_OR_STRING = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.DOTALL)
HEADERS = "\n".join(COMMENT_OR_STRING.sub('""', path.read_text()) for path in sorted((ROOT / "src").rglob("*.h")))


def words(cell):
    return re.findall(r"`([^`]+)`", cell)


def glossary_types():
    text = (ROOT / "docs" / "glossary.md").read_text()
    for row in re.findall(r"^\|(.+)\|$", text, re.MULTILINE):
        cells = row.split("|")
        yield from words(cells[2] if len(cells) == 4 else cells[1])


def bodies(name):
    """What stands between the braces of every definition of a type or a namespace of this name; "" for an alias."""
    for start in re.finditer(rf"\b(?:class|struct|enum|namespace)\s+(?:class\s+)?{name}\b[^;{{}}()]*\{{", HEADERS):
        depth, at = 1, start.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(HEADERS[at], 0)
            at += 1
        yield HEADERS[start.end() : at - 1]
    for _ in re.finditer(rf"\busing\s+{name}\s*=", HEADERS):
        yield ""


def is_declared(word):
    """Type, Type::member, namespace:: or function(), in the code of a header and not in its comments."""
    if word.endswith("()"):
        return re.search(rf"[\w>&*]\s+{word.removesuffix('()')}\(", HEADERS)
    outer, _, member = word.partition("::")
    return any(re.search(rf"\b{member}\b\s*(?:[(;={{,]|$)", body) if member else True for body in bodies(outer))


@pytest.mark.parametrize("word", sorted(set(glossary_types())))
def test_a_type_of_the_glossary_is_in_a_header(word):
    assert (ROOT / word).exists() if "/" in word else is_declared(word)


def test_a_word_that_no_header_declares_is_noticed():
    assert len(set(glossary_types())) > 50
    # In order: in comments only; in a parameter only; of another type; a type that is called as if it were a function.
    for word in ("officer", "entry", "Unit::votes_allowed", "Contest()", "no_such_thing()", "slot::no_such_thing"):
        assert not is_declared(word), word


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


PAGES = sorted(path for path in ROOT.rglob("*.md") if not {"build", ".stack", "node_modules"} & set(path.relative_to(ROOT).parts))


def anchors_of(page):
    """As GitHub makes them of headings: small letters, no punctuation, a hyphen for each space."""
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}


def broken_links_of(page):
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(), flags=re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (anchor and there.suffix == ".md" and anchor not in anchors_of(there)):
            yield link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_link_of_a_page_leads_somewhere(page):
    assert list(broken_links_of(page)) == []


def test_a_broken_link_is_noticed(tmp_path):
    (tmp_path / "page.md").write_text("# A `heading`, here\n[a](#a-heading-here) [b](page.md) [c](#none) [d](none.md) [e](page.md#none)")
    assert list(broken_links_of(tmp_path / "page.md")) == ["#none", "none.md", "page.md#none"]
    assert len(PAGES) > 40


def test_every_page_that_a_reader_may_want_is_named_where_docs_begin():
    said = (ROOT / "docs/README.md").read_text()
    for page in sorted((ROOT / "docs").glob("[gdr]*/*.md")):
        name = str(page.relative_to(ROOT / "docs"))
        assert name in said or (name.startswith("decisions/") and "decisions/README.md" in said), name


def lines_wider_than(text, columns):
    """Lines of text and tables; an image is one line whatever its words."""
    return [line for line in text.splitlines() if len(line) > columns and not line.startswith("![")]


def test_the_readme_fits_a_terminal_of_100_columns():
    assert lines_wider_than((ROOT / "README.md").read_text(), 100) == []


def make_targets_of(name):
    text = (ROOT / name).read_text()
    commands = words(text) + re.findall(r"^    (make .*)$", text, re.MULTILINE)
    return set(re.findall(r"(?:^|[`\s])make ([a-z][a-z-]+)", "\n".join(commands)))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_make_target_in_a_document_is_in_the_makefile(name):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert make_targets_of(name) <= targets, make_targets_of(name) - targets


def test_documents_name_paths_and_targets():
    """Or the two tests above would pass because they see nothing."""
    assert len(list(paths_of("ARCHITECTURE.md"))) > 20
    assert {"demo", "stack", "test"} <= make_targets_of("README.md") | make_targets_of("CONTRIBUTING.md")


SIZES = {"GiB": 1 << 30, "MiB": 1 << 20, "KiB": 1 << 10, "bytes": 1, "": 1}


def limit_rows():
    """(what is said, the constant, its file) of each row of the page of limits."""
    text = (ROOT / "docs/reference/limits.md").read_text()
    for row in re.findall(r"^\|(.+)\|$", text, re.MULTILINE)[2:]:
        _, said, constant, path, _ = (cell.strip() for cell in row.split("|"))
        number, _, unit = said.partition(" ")
        yield int(number.replace(",", "")) * SIZES[unit], words(constant)[0], words(path)[0]


def constant_in(text, name):
    """What `name = 16U << 20`, `.name = std::size_t{16} << 20` or `name = 60'000` gives it."""
    number, shift = re.search(rf"(?<!\w){re.escape(name.split('::')[-1])} = (?:[\w:]+\{{)?([\d']+)U?\}}?(?: << (\d+))?[;,)}}]", text).groups()
    return int(number.replace("'", "")) << int(shift or 0)


@pytest.mark.parametrize(("said", "name", "path"), list(limit_rows()))
def test_a_limit_is_what_the_page_of_limits_says(said, name, path):
    assert constant_in((ROOT / path).read_text(), name) == said
