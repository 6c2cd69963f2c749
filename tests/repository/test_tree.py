"""What must be true of the tree itself: who includes whom, where third-party headers stand, what never stands in a file.

Reads the files that git knows (or would add). Run by pytest; needs nothing but git.
"""

import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def tracked():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return sorted({ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()})


FILES = tracked()
SOURCES = [path for path in FILES if path.suffix in {".h", ".cc"} and path.is_relative_to(ROOT / "src")]


def stages():
    """The stages of CMakeLists.txt in order, each with what it may use (itself included), and what its tests may use besides."""
    text = (ROOT / "CMakeLists.txt").read_text()
    allowed, of_tests = {}, {}
    for name, uses, tests in re.findall(r"^stage\((\w+)(?:\s+USES((?:\s+[a-z]+)+))?(?:\s+TESTS_USE((?:\s+[a-z]+)+))?", text, re.MULTILINE):
        allowed[name] = {name}.union(*(allowed[used] for used in uses.split()))  # A KeyError: an arrow that runs back.
        of_tests[name] = tests.split()
    return allowed, {name: {"testing"}.union(*(allowed[used] for used in also)) for name, also in of_tests.items()}


STAGES, USED_BY_TESTS = stages()


def stage_of(path):
    return path.relative_to(ROOT / "src").parts[0]


def includes(path):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = re.match(r'\s*#\s*include\s+(["<])([^">]+)[">]', line)
        if match:
            yield number, match.group(1), match.group(2)


def test_the_order_of_the_stages_is_the_order_of_the_flow():
    assert list(STAGES) == [
        "base",
        "http",
        "settings",
        "election",
        "intake",
        "journal",
        "log",
        "count",
        "store",
        "publish",
        "verify",
        "checks",
        "entering",
        "decide",
        "tables",
        "search",
        "voters",
        "results",
        "setup",
        "generate",
        "home",
        "outcomes",
        "gateway",
        "deliver",
        "feed",
        "engine",
        "operate",
        "host",
        "cli",
    ]


def test_count_log_and_store_know_nothing_of_intake_and_journal():
    for stage in ("count", "log", "store", "publish", "verify"):
        assert not STAGES[stage] & {"intake", "journal"}, stage


def test_every_folder_of_src_is_a_stage():
    assert {stage_of(path) for path in SOURCES} == set(STAGES) | {"testing"}


def test_the_library_for_spark_links_no_server_and_no_publisher():
    linked = re.search(r"target_link_libraries\(spark_core PUBLIC ([a-z ]+)\)", (ROOT / "spark/jni/CMakeLists.txt").read_text())
    rooms = set().union(*(STAGES[name] for name in linked.group(1).split()))
    assert rooms == {"base", "settings", "election", "journal", "log", "count", "store"}


def test_every_room_says_what_it_is_for():
    """What it turns into what, what always holds, where to begin reading: in ten lines of 120 characters."""
    for room in set(STAGES) | {"testing"}:
        text = (ROOT / "src" / room / "README.md").read_text()
        assert text.startswith(f"# {room}\n") and len(text.splitlines()) <= 10, room
        assert max(len(line) for line in text.splitlines()) <= 120, room
        assert "**What always holds.**" in text and "**Where to begin.**" in text, room
        for name in re.findall(r"`(\w+\.h)`", text):
            assert (ROOT / "src" / room / name).is_file(), f"{room}: {name}"


def test_a_stage_includes_only_what_it_may_use():
    """What tests share lies in testing/ and in the contracts; no product code includes either."""
    wrong = []
    for path in SOURCES:
        stage = stage_of(path)
        if stage == "testing":
            continue
        of_a_test = path.name.endswith(("_test.cc", "_contract.h"))
        may = STAGES[stage] | (USED_BY_TESTS.get(stage, {"testing"}) if of_a_test else set())
        for number, quote, name in includes(path):
            first = name.split("/")[0]
            known = first in STAGES or first == "testing"
            if quote == '"' and known and (first not in may or (name.endswith("_contract.h") and not of_a_test)):
                wrong.append(f"{path.relative_to(ROOT)}:{number}: {stage} uses {name}")
    assert not wrong, "\n".join(wrong)


def test_a_header_that_includes_the_whole_store_names_it():
    """Whoever needs one of its ports includes that one: so what a part of the program may do to a store can be read at its top."""
    headers = [path for path in SOURCES if path.suffix == ".h" and path.name != "store.h"]
    headers += (ROOT / "spark/jni").glob("*.h")
    texts = {path: path.read_text() for path in headers}
    whole = {path: re.sub(r"//.*", "", text) for path, text in texts.items() if '"store/store.h"' in text}
    assert whole, "nobody opens a store"
    assert not [str(path.relative_to(ROOT)) for path, code in whole.items() if not re.search(r"\bStore\b", code)]


# Where each of these may stand: in the .cc files of this place (a test beside it may play the other side), or in a header
# that only .cc files of the same folder include. No type of theirs leaves its adapter.
ADAPTERS = {
    "librdkafka/": "journal/",
    "libpq-fe.h": "store/store_postgres",
    "sqlite3.h": "store/store_sqlite",
    "jni.h": "no file of src/",  # Under spark/ only.
    "curl/": "http/http_client",
    "boost/": ("http/http_server", "http/request_body", "http/session", "http/tls"),
    "prometheus/": "http/metrics",
    "sodium.h": "base/ed25519",
    "utf8proc.h": ("cli/terminal_text", "tables/unicode"),
    "uchardet/": "tables/text_decoder",
    "iconv.h": "tables/text_decoder",
    "zlib.h": ("http/gzip", "tables/reader"),
    "expat.h": "tables/spreadsheet",
    "simdjson.h": ("intake/entry_json", "base/utf8"),
}


def test_a_third_party_header_stands_in_its_one_adapter():
    included_by = {}
    for path in SOURCES:
        for _, quote, name in includes(path):
            if quote == '"':
                included_by.setdefault(name, []).append(path.relative_to(ROOT / "src"))
    wrong = []
    for path in SOURCES:
        place = path.relative_to(ROOT / "src")
        for number, _, name in includes(path):
            for header, owner in ADAPTERS.items():
                if not name.startswith(header):
                    continue
                if not str(place).startswith(owner):
                    wrong.append(f"src/{place}:{number}: {name} belongs to {owner}")
                elif path.suffix == ".h":
                    wrong += [
                        f"src/{user}: includes {place}, which brings {name} along"
                        for user in included_by.get(str(place), [])
                        if user.suffix != ".cc" or user.parent != place.parent
                    ]
    assert not wrong, "\n".join(wrong)


# `"a" + std::to_string(n)`, and `std::to_string(f(n)) + "b"` with up to two pairs of brackets in it.
CHAIN = re.compile(r"\+\s*std::to_string\(|std::to_string\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)\s*\+(?!\+)")


def test_numbers_come_into_text_by_fmt():
    """`fmt::format("{} of {}", a, b)` can be read as the sentence it becomes; a chain of pluses cannot."""
    assert CHAIN.search('"a" +\n    std::to_string(n)') and CHAIN.search('std::to_string(f(g(n))) + "b"')
    assert not CHAIN.search("text += std::to_string(n); ++n")
    wrong = []
    for path in SOURCES:
        text = path.read_text()
        wrong += [f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, found.start()) + 1}" for found in CHAIN.finditer(text)]
    assert not wrong, "\n".join(wrong)


COMMENT = {
    ".h": "//",
    ".cc": "//",
    ".java": ("//", "/*"),
    ".sh": "#",
    ".py": ('"""', "#"),
    ".sql": "--",
    ".cmake": "#",
    ".deck": "#",
}
FIRST_TYPE = re.compile(r"^(?:template .*|public |final |abstract |sealed )*(?:class|struct|enum|interface|record) ", re.MULTILINE)


def test_nothing_is_sorted_by_what_clang_calls_deprecated():
    """libstdc++ 12 sorts stably with a function that C++17 deprecates; clang says so, and the sanitized build ends there."""
    found = [
        f"{path.relative_to(ROOT)}"
        for path in (*SOURCES, *(ROOT / "tests").rglob("*.cc"))
        if re.search(r"\b(stable_sort|inplace_merge|stable_partition)\(", path.read_text())
    ]
    assert not found, f"give the key what makes it unique, and use sort or merge: {found}"


def test_every_source_file_opens_with_what_it_is_for():
    """With a comment, or, where there is one type in it, with the comment of that type."""
    wrong = []
    for path in FILES:
        mark = COMMENT.get(path.suffix)
        if not mark or path.name == "__init__.py" or path.name.endswith("Test.java"):
            continue
        if path.suffix == ".cc" and path.with_name(path.name.replace("_test.cc", ".cc")).with_suffix(".h").exists():
            continue  # Its header says it.
        text = re.sub(r"\A#!.*\n", "", path.read_text()).lstrip()
        first = FIRST_TYPE.search(text)
        opening = text[: first.start() if first else None] if path.suffix in {".h", ".java"} else ""
        marks = mark if isinstance(mark, tuple) else (mark,)
        if not text.startswith(marks) and not any(mark in opening for mark in marks):
            wrong.append(str(path.relative_to(ROOT)))
    assert not wrong, "\n".join(wrong)


# Written apart so that this file does not find itself.
FORBIDDEN = {
    "a folder of somebody's machine": re.compile(r"(?<![\w.}/-])/(wo" + r"rk|ho" + r"me/\w+|ro" + r"ot)/"),
    "a registry or mirror by address": re.compile(
        r"(py" + r"pi\.(org|python)|files\.python" + r"hosted|repo1?\.ma" + r"ven\.(apache\.)?org|"
        r"registry\.npm" + r"js|prox" + r"y\.golang|deb\.deb" + r"ian\.org|crat" + r"es\.io)",
        re.IGNORECASE,
    ),
    "a token or a private key": re.compile(r"(BEGIN (EC |RSA |OPENSSH |ENCRYPTED )?PRIVATE " + r"KEY|gh[pousr]_[A-Za-z0-9]{30})"),
}
BINARY = {".png", ".jpg", ".gz", ".zst", ".ico", ".woff2", ".pdf", ".bin"}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_names(what):
    wrong = []
    for path in FILES:
        if path.suffix in BINARY:
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if FORBIDDEN[what].search(line):
                wrong.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}")
    assert not wrong, "\n".join(wrong)


def test_no_file_is_larger_than_a_megabyte_outside_examples():
    wrong = [
        f"{path.relative_to(ROOT)}: {path.stat().st_size}"
        for path in FILES
        if path.stat().st_size > 1_000_000 and not path.is_relative_to(ROOT / "examples")
    ]
    assert not wrong, "\n".join(wrong)


def test_links_between_documents_lead_somewhere():
    wrong = []
    for path in FILES:
        if path.suffix != ".md":
            continue
        text = re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL)
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if re.match(r"[a-z]+:|#", target):
                continue
            if not (path.parent / target.split("#")[0]).exists():
                wrong.append(f"{path.relative_to(ROOT)}: {target}")
    assert not wrong, "\n".join(wrong)
