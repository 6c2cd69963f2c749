"""Every program that a script calls is one that each Debian has, or stands in packages/apt.txt under the purpose that needs it.

What a script calls is read from shfmt's syntax tree. Seen are words that stand there as they are: `curl -s …`, `exec mvn`,
`env X=1 ninja`. Not seen is what comes out of a variable ("$python" …, "$bin/psql" …), what a string holds (bash -c '…'),
and what an argument of one of our own functions names (part NAME COMMAND …).
"""

import ast
import functools
import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
INSTALL = "packages/install.sh"


def output_of(*command, text=None):
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, input=text).stdout


FILES = [name for name in output_of("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z").split("\0") if (ROOT / name).is_file()]
SCRIPTS = sorted(name for name in FILES if name.endswith(".sh") or name == ".ci/run")


def rows():
    """(purposes, package, programs) of each line of apt.txt."""
    for line in (ROOT / "packages/apt.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            purposes, package, programs, why = line.split(maxsplit=3)
            yield purposes.split(","), package, [] if programs == "-" else programs.split(","), why


def programs_for(purposes):
    return {program for of, _, programs, _ in rows() if set(of) & set(purposes) for program in programs}


PURPOSES = {purpose for purposes, *_ in rows() for purpose in purposes}


@functools.cache
def of_every_debian():
    """Commands of the packages without which there is no Debian, and the shell's own."""
    packages = [
        name
        for name, priority, essential in (
            line.split(":") for line in output_of("dpkg-query", "-W", "-f", "${Package}:${Priority}:${Essential}\n").splitlines()
        )
        if priority == "required" or essential == "yes"
    ]
    files = output_of("dpkg-query", "-L", *packages).splitlines()
    found = {path.rsplit("/", 1)[1] for path in files if re.fullmatch(r"(/usr)?/s?bin/[^/]+", path)}
    # mawk's name is a link that dpkg does not list. Keywords and what is built in: bash knows.
    return found | {"awk"} | set(output_of("bash", "-c", "compgen -bk").split())


# ------------------------------------------------------------------------------------------------- reading scripts


def literal(word):
    """The word as it stands, or None when something is put into it."""
    text = ""
    for part in word.get("Parts", []):
        match part["Type"]:
            case "Lit" | "SglQuoted":
                text += part.get("Value", "")
            case "DblQuoted" if all(inner["Type"] == "Lit" for inner in part.get("Parts", [])):
                text += "".join(inner["Value"] for inner in part.get("Parts", []))
            case _:
                return None
    return text


def nodes(tree, kind):
    if isinstance(tree, dict):
        if tree.get("Type") == kind:
            yield tree
        tree = list(tree.values())
    if isinstance(tree, list):
        for branch in tree:
            yield from nodes(branch, kind)


# These run the program that their arguments name.
RUNNERS = {"command", "env", "exec", "nice", "nohup", "setsid", "sudo", "timeout", "xargs"}


class Shell:
    """What a piece of shell calls, defines, asks for and installs."""

    def __init__(self, text):
        tree = json.loads(output_of("shfmt", "--to-json", text=text))
        self.functions = {node["Name"]["Value"] for node in nodes(tree, "FuncDecl")}
        self.called, self.asked, self.installed, self.may_lack = set(), set(), set(), set()
        for node in nodes(tree, "CallExpr"):
            words = [literal(word) for word in node.get("Args") or []]
            if words and words[0]:
                self.call(words[0], words[1:])

    def call(self, word, arguments):
        if word == "command" and arguments[:1] == ["-v"]:
            self.may_lack.update(argument for argument in arguments[1:] if argument)
        elif word == "need":
            self.asked.add((arguments[0], *arguments[1:]))
            return
        elif any((argument or "").endswith(INSTALL) for argument in (word, *arguments)):
            self.installed.update(argument for argument in arguments if argument in PURPOSES)
        self.called.add(word)
        if word in RUNNERS:
            while arguments and arguments[0] is not None and not re.fullmatch(r"[a-z][\w.+-]*", arguments[0]):
                arguments = arguments[1:]  # Options, numbers, A=1.
            if arguments and arguments[0]:
                self.call(arguments[0], arguments[1:])

    def lacks(self, known):
        """Programs that are called, and that nothing promises to be there."""
        promised = of_every_debian() | self.functions | self.may_lack | known | programs_for(self.installed)
        promised.update(program for purpose, *programs in self.asked for program in programs)
        return sorted(word for word in self.called - promised if "/" not in word)


@functools.cache
def script(name):
    return Shell((ROOT / name).read_text())


def functions_sourced_by(name):
    """As shellcheck is told: `# shellcheck source=` before the line that sources."""
    found = set()
    for source in re.findall(r"^\s*# shellcheck source=(\S+)", (ROOT / name).read_text(), re.MULTILINE):
        found |= script(source).functions | functions_sourced_by(source)
    return found


def recipes():
    """(target, its recipe as shell) of the Makefile."""
    target, found = None, {}
    for line in (ROOT / "Makefile").read_text().splitlines():
        if match := re.match(r"([a-z-]+):(?!=)", line):
            target = match.group(1)
        elif line.startswith("\t"):
            shell = re.sub(r"\$\((\w+)[^()]*(\([^()]*\)[^()]*)*\)", r"\1", line.lstrip("\t@-").replace("$(MAKE)", "make"))
            found[target] = found.get(target, "") + shell.replace("$$", "$") + "\n"
    return found


# ------------------------------------------------------------------------------------------------- tests


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_asks_for_what_not_every_debian_has(name):
    everything = programs_for(PURPOSES) if name == INSTALL else set()  # It brings what it calls.
    assert not script(name).lacks(everything | functions_sourced_by(name)), "installed by no purpose that this script names; see packages/need.sh"


@pytest.mark.parametrize("name", SCRIPTS)
def test_what_a_script_asks_for_is_in_the_list_under_that_purpose(name):
    for purpose, *programs in script(name).asked:
        assert not set(programs) - programs_for([purpose]), f"not in packages/apt.txt under {purpose}"


@pytest.mark.parametrize("target", recipes())
def test_a_line_of_the_menu_installs_what_it_calls(target):
    assert not Shell(recipes()[target]).lacks({"make"})


def test_the_readers_above_see_what_they_are_meant_to_see():
    shell = Shell('f() { curl -s "$1" | gzip; }\nexec env A=1 ninja all\nif x=$(mvn -q); then "$b/psql" -c 1; f "$(ps)"; fi\n')
    assert shell.lacks(set()) == ["curl", "mvn", "ninja", "ps"]
    assert Shell("need stack curl ps\npackages/install.sh build java\ncurl; ps; ninja; mvn; go").lacks(set()) == ["go"]
    assert "demo" in recipes() and "stack" in recipes() and "cmake" in Shell(recipes()["fuzz"]).called


def test_what_cmake_runs_in_tests_is_in_the_list():
    files = {name: (ROOT / name).read_text() for name in FILES if name.endswith(".cmake") or name.endswith("CMakeLists.txt")}
    ours = set(re.findall(r"add_executable\((\w+)", "\n".join(files.values())))
    called = {word for text in files.values() for word in re.findall(r"\bCOMMAND ([a-z][\w.-]*)\s", text)} - ours
    assert "python3" in called
    assert not called - of_every_debian() - programs_for(["build", "unit"])


def called_in(source):
    """Programs that Python starts: run(["go", …]), Popen(["java", …]), our own run("curl", …)."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        first = node.args[0]
        listed = isinstance(first, ast.List) and first.elts
        word = getattr(first.elts[0] if listed else first, "value", None)
        # A word alone may be one of teller's own: run("init", …).
        if name in {"run", "Popen", "output_of"} and isinstance(word, str) and (listed or word in programs_for(PURPOSES)):
            yield word


PYTHON = {name: set(called_in((ROOT / name).read_text())) for name in FILES if name.endswith(".py")}


def test_what_a_python_test_starts_is_in_the_list():
    assert {"certutil", "curl", "git", "go", "openssl"} <= set().union(*PYTHON.values())
    known = of_every_debian() | programs_for(PURPOSES)
    assert not {name: wrong for name, called in PYTHON.items() if (wrong := called - known)}


def test_a_program_in_the_list_is_called_somewhere():
    """Anywhere but in a comment or in what a script asks for: an array may hold it."""
    lines = [line for name in [*SCRIPTS, "Makefile", "tests/fuzz/CMakeLists.txt"] for line in (ROOT / name).read_text().splitlines()]
    text = "\n".join(line for line in lines if not re.match(r"\s*(#|need )", line))
    called = set().union(*PYTHON.values())
    assert not {program for program in programs_for(PURPOSES) - called if not re.search(rf"(?<![\w./-]){re.escape(program)}(?![\w./-])", text)}


def test_the_list_names_each_package_of_a_purpose_once_and_says_why():
    seen = [(purpose, package) for purposes, package, _, why in rows() for purpose in purposes if why]
    assert len(seen) == len(set(seen))
    offered = set(re.findall(r"^#   ([a-z]+)   ", (ROOT / INSTALL).read_text(), re.MULTILINE)) | {"python"}
    assert not PURPOSES - offered, "no word of packages/install.sh"


def test_a_program_comes_with_the_package_that_the_list_names():
    """Or with what that package depends on. For those that are installed here, and not otherwise than from Debian."""
    wrong = []
    for (program, package), owners in owners_of_programs().items():
        if owners and package in INSTALLED and not owners & (INSTALLED[package] | {package}):
            wrong.append(f"{program} is of {owners}, not of {package}")
    assert not wrong


def test_what_is_fetched_with_maven_has_a_folder_and_a_cost():
    """shfmt takes a key with a hyphen for a subtraction, and writes blanks around it, where it is not quoted: no purpose has that name."""
    text = (ROOT / INSTALL).read_text()
    names = {name for line in re.findall(r"[^_]jars\+=\(([^)]*)\)", text) for name in line.split()}
    assert {"kafka", "kafka-streams"} <= names
    for table in ("jar_folder", "jar_cost"):
        said = re.search(rf"^declare -A {table}=\((.*?)\)$", text, re.MULTILINE | re.DOTALL)[1]
        assert names == {key.strip('"') for key in re.findall(r"\[([^]]+)\]=", said)}, table


# Each installed package with what it depends on.
INSTALLED = {
    name: set(re.findall(r"(?:^|[,|])\s*([a-z0-9][a-z0-9.+-]*)", needs))
    for name, needs in (line.split("=", 1) for line in output_of("dpkg-query", "-W", "-f", "${Package}=${Depends}, ${Pre-Depends}\n").splitlines())
}


def owners_of_programs():
    """{(program, package of the list): Debian's packages that hold it}."""
    places = {}
    for _, package, programs, _ in rows():
        for program in programs:
            path = shutil.which(program)
            real = {path, os.path.realpath(path)} if path else set()
            places[program, package] = real | {name.removeprefix("/usr") for name in real}
    said = subprocess.run(["dpkg-query", "-S", *set().union(*places.values())], capture_output=True, text=True).stdout
    owners = {}
    for line in said.splitlines():
        names, _, path = line.rpartition(": ")
        owners.setdefault(path, set()).update(re.findall(r"([a-z0-9][a-z0-9.+-]*)(?::\w+)?(?:,|$)", names))
    return {key: set().union(*(owners.get(path, set()) for path in paths)) for key, paths in places.items()}


def test_each_mutant_of_the_simulation_still_applies():
    patches = sorted((ROOT / "tests/simulation/mutants").glob("*.patch"))
    assert len(patches) >= 10
    stale = [patch.name for patch in patches if subprocess.run(["git", "apply", "--check", patch], cwd=ROOT, capture_output=True).returncode]
    assert not stale, f"make them anew: {stale}"


def test_every_part_of_the_long_tests_can_be_asked_for():
    """What long.sh runs, what it takes as a word, and what its head says of itself are the same."""
    text = (ROOT / "tests/long.sh").read_text()
    taken = re.search(r"^parts=\((.*)\)$", text, re.M)[1].split()
    assert taken == re.findall(r"^part (\S+)", text, re.M)
    assert sorted(taken) == sorted(re.findall(r"^#   (\S+) +\w", text, re.M))
