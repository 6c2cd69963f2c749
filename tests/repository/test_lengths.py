"""What is too long to be read at once: functions over 80 lines, files over 900.

clang-tidy counts the lines of a function too, but in `make test` only of some files that changed. Here is a parser that
knows no more of C++ than what clang-format leaves of it, and reads every file in a second; Python reads its own.
"""

import ast
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILES = sorted(path for folder in ("src", "tests", "spark/jni") for path in (ROOT / folder).rglob("*") if path.suffix in {".h", ".cc"})

FUNCTION_LINES_MAX = 80  # As in .clang-tidy: from the line of `{` to that of `}`.
FILE_LINES_MAX = 900
REASON = re.compile(r"// NOLINT\(readability-function-size\): \w")
# Comments, texts and characters: their braces are none.
NO_CODE = re.compile(
    r"""//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'|^[ ]*\#(?:\\\n|[^\n])*""",
    re.DOTALL | re.MULTILINE,
)
SCOPE = re.compile(r"\b(namespace|class|struct|union|enum|extern)\b")
TEMPLATE = re.compile(r"template\s*<[^;{}]*?>(?=\s*\n|\s+(?:class|struct)\b)")


def functions(text):
    """(first line, last line) of the body of each function; what is within it is part of it."""
    code = NO_CODE.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)
    open_at, in_function, head_from = [], 0, 0
    for found in re.finditer(r"[{};]", code):
        at, mark = found.start(), found.group()
        if mark == "{":
            head = TEMPLATE.sub("", code[head_from:at])
            is_scope = bool(SCOPE.search(head)) and ")" not in head[SCOPE.search(head).start() :]
            open_at.append((at, is_scope))
            in_function += not is_scope
        elif mark == "}":
            opened, is_scope = open_at.pop()
            in_function -= not is_scope
            # Behind the braces of a value stands a sign, behind those of a function the next declaration.
            if not is_scope and not in_function and not re.match(r"\s*[;,)({.\[]", code[at + 1 : at + 200]):
                yield code.count("\n", 0, opened) + 1, code.count("\n", 0, at) + 1
        head_from = at + 1


def too_long(text):
    lines = text.split("\n")
    return [(first, last) for first, last in functions(text) if last - first > FUNCTION_LINES_MAX and not REASON.search(lines[first - 1])]


def test_the_parser_finds_the_functions_of_formatted_code():
    body = '  count("}");  // {\n' * 80
    text = f"namespace a {{\nstruct B {{\n  B() : c{{1}} {{\n{body}  }}\n}};\nconstexpr int d[]{{\n{'1,' * 3}\n}};\ntemplate <class E>\nvoid f() {{\n{body}  if (g) {{\n  }}\n}}\n}}\n"
    assert [last - first for first, last in functions(text)] == [81, 83]
    assert len(too_long(text)) == 2
    assert len(too_long(text.replace("void f() {", "void f() {  // NOLINT(readability-function-size): a table."))) == 1
    assert len(too_long(text.replace("void f() {", "void f() {  // NOLINT(readability-function-size)"))) == 2


def test_no_function_is_longer_than_eighty_lines_without_a_reason():
    found = [(path, span) for path in FILES for span in too_long(path.read_text())]
    assert not found, "\n".join(f"{path.relative_to(ROOT)}:{first}: {last - first} lines" for path, (first, last) in found)


PYTHON_FILES = sorted(path for folder in ("tests", "view", "tools", "benches", "recount", "examples") for path in (ROOT / folder).rglob("*.py"))
PYTHON_REASON = re.compile(r"# Long: \w")


def too_long_in_python(text):
    lines = text.split("\n")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno > FUNCTION_LINES_MAX:
            head = lines[node.lineno - 1 : node.body[0].lineno]
            if not any(PYTHON_REASON.search(line) for line in head):
                yield node.name, node.end_lineno - node.lineno


def test_no_function_in_python_is_longer_than_eighty_lines_without_a_reason():
    long = "def f():\n" + "    pass\n" * 81
    assert list(too_long_in_python(long)) == [("f", 81)]
    assert not list(too_long_in_python(long.replace("():", "():  # Long: a table.")))
    assert len(PYTHON_FILES) > 100
    found = [f"{path.relative_to(ROOT)}: {name}: {lines} lines" for path in PYTHON_FILES for name, lines in too_long_in_python(path.read_text())]
    assert not found, "\n".join(found)


def test_the_functions_of_the_tree_are_found():
    """A parser that finds none would find none too long."""
    assert sum(1 for path in FILES for _ in functions(path.read_text())) > 4000


def test_no_file_of_src_is_longer_than_nine_hundred_lines():
    found = {path: path.read_text().count("\n") for path in FILES if path.is_relative_to(ROOT / "src")}
    assert not [f"{path.relative_to(ROOT)}: {lines}" for path, lines in found.items() if lines > FILE_LINES_MAX]
