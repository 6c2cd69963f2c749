"""What the tests run `teller` with, as far as their sources say: which test uses which option of which command.

A command is run where its words begin the arguments of a call that runs the program (`run("init", …)`), or stand behind TELLER. An
option that stands in such a list is of that command. One that stands in a list of its own (`given = ("--home", home)`, an argument
of a helper) is of every command that this test runs. Commands of benches, of shell scripts and of guides whose commands a test runs
count too.
"""

import ast
import functools
import pathlib
import re

TREE = pathlib.Path(__file__).resolve().parents[2]


class Unit:
    """What stands at the top of a module (a function, a class, a constant): its lists of words, and the names that it speaks of."""

    def __init__(self, node):
        self.lists = [(words_of(each), called(each)) for each in ast.walk(node) if isinstance(each, ast.Call | ast.List | ast.Tuple)]
        self.commands = None  # Of these lists; Sources makes it once.
        self.names = {getattr(each, "id", None) or getattr(each, "attr", None) or getattr(each, "arg", None) for each in ast.walk(node)}
        # Functions in it, itself among them, and to whom they hand their arguments on ("TELLER": to the program).
        self.hands_on = {}
        for each in ast.walk(node):
            if not isinstance(getattr(each, "value", each), ast.FunctionDef | ast.ClassDef | ast.Lambda):
                continue
            for name in names_of(each):
                given = [call for call in ast.walk(each) if isinstance(call, ast.Call | ast.List) and any(map(starred, elements(call)))]
                self.hands_on[name] = {called(call) for call in given} | {word for call in given for word in words_of(call) if word == "TELLER"}


def called(node):
    return "" if not isinstance(node, ast.Call) else getattr(node.func, "id", None) or getattr(node.func, "attr", None) or ""


def elements(node):
    return node.args if isinstance(node, ast.Call) else node.elts


def starred(node):
    return isinstance(node, ast.Starred)


def words_of(node):
    """Strings as they are, "TELLER" for the program, "" for what only a run would tell."""
    if called(node) == "split" and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Constant):
        return node.func.value.value.split()
    found = []
    for each in elements(node):
        each = each.value if starred(each) else each
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            found.append(each.value)
        elif isinstance(each, ast.JoinedStr) and isinstance(each.values[0], ast.Constant):
            found.append(each.values[0].value.partition("=")[0])
        elif isinstance(each, ast.List | ast.Tuple | ast.Call):
            found += words_of(each) or [""]
        else:
            found.append("TELLER" if getattr(each, "id", "") == "TELLER" else "")
    return found


class Sources:
    def __init__(self, commands):
        self.commands = sorted(commands, key=len, reverse=True)
        self.files, self.helpers = {}, {}
        for file in sorted([*(TREE / "tests").rglob("*.py"), *(TREE / "benches").glob("*.py")]):
            units = self.files.setdefault(file, {})
            for node in ast.parse(file.read_text()).body:
                for name in names_of(node):
                    units[name] = Unit(node)
                    if not file.name.startswith("test_"):
                        self.helpers.setdefault(name, []).append(units[name])
        # Whoever hands its arguments on to the program, or to who does, runs it too; `say` is what tests call such a one that they give.
        hands_on = [one for units in self.files.values() for unit in units.values() for one in unit.hands_on.items()]
        self.runners = {"TELLER", "say"}
        while more := {name for name, to in hands_on if to & self.runners} - self.runners - {"__init__"}:
            self.runners |= more

    def reach(self, units, name):
        """The unit, and those that it speaks of: of its file, or of the helpers."""
        found, open_ = {}, [units[name]]
        while open_:
            unit = open_.pop()
            if id(unit) not in found:
                found[id(unit)] = unit
                open_ += [one for each in unit.names for one in ([units[each]] if each in units else self.helpers.get(each, []))]
        return list(found.values())

    def command_of(self, words):
        return next((command for command in self.commands if tuple(words[: len(command)]) == command), None)

    @functools.cached_property
    def used(self):
        """{(command, option)}, and (command, None) for each that is run at all."""
        found = set()
        for units in self.files.values():
            for name in units:
                found |= self.used_by(self.reach(units, name))
        for text in shell_texts():
            for line in text.replace("\\\n", " ").splitlines():
                for words in re.findall(r"(?:^|[\s/\"'}$])teller[\"']? +([^|;&#]*)", line):
                    if command := self.command_of(words.split()):
                        found |= {(command, None), *((command, option) for option in re.findall(r"(?<!\S)--[a-z-]+", words))}
        return found

    def used_by(self, units):
        run, options, of_any = set(), set(), set()
        # A list of commands is run where the test hands on what stands in it.
        hands_on = any(to & self.runners for to in units[0].hands_on.values())
        for command, said, to in (each for unit in units for each in self.commands_in(unit)):
            if command is None:
                of_any |= said
            elif to in self.runners or (hands_on and not to):
                run.add(command)
                options |= {(command, option) for option in said}
        return options | {(command, option) for command in run for option in (None, *of_any)}

    def commands_in(self, unit):
        """Of each list: the command that it begins with, its options, and to whom it is given."""
        if unit.commands is None:
            unit.commands = []
            for words, to in unit.lists:
                if "TELLER" in words:
                    words, to = words[words.index("TELLER") + 1 :], "TELLER"
                said = frozenset(word for word in words if word.startswith("--"))
                command = self.command_of(words)
                if command or said:
                    unit.commands.append((command, said, to))
        return unit.commands


def names_of(node):
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    return [target.id for target in getattr(node, "targets", []) if isinstance(target, ast.Name)]


def shell_texts():
    for folder in ("tests", "examples", "stack"):
        yield from (file.read_text() for file in sorted((TREE / folder).rglob("*.sh")))
    for page in {name for test in (TREE / "tests/guides").glob("*.py") for name in re.findall(r'Page\("([^"]+)"', test.read_text())}:
        yield from re.findall(r"```sh\n(.*?)```", (TREE / page).read_text(), flags=re.DOTALL)
