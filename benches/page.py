"""What docs/benchmarks.md shows of the results: tables as they were printed, the goals of the design beside them, and a picture.

Each block names the files that it is made of; tests/repository/test_benches.py makes it again from them, so nobody writes a figure by hand.
"""

import json
import re

import goals
import picture
import report
from ballots import TREE

PAGE, PICTURE = TREE / "docs/benchmarks.md", TREE / "docs/benchmarks.svg"
TABLES = re.compile(r"<!-- results: (\S+) of (\S+(?: \S+)*) -->.*?<!-- end -->", re.DOTALL)
GOALS = re.compile(r"<!-- goals: (\S+(?: \S+)*) -->.*?<!-- end -->", re.DOTALL)
DRAWN = re.compile(r"<!-- picture: (\S+(?: \S+)*) of (\S+(?: \S+)*) -->")


def tables(path, names):
    """What a file of results says of these questions; of questions that nobody has asked there is none, and nothing is said."""
    if not path.exists():
        return f"<!-- results: {path.name} of {' '.join(names)} -->\n\n<!-- end -->"
    result = json.loads(path.read_text())
    result["questions"] = {name: asked for name, asked in result["questions"].items() if name in names}
    said = report.text(result | {"left_out": {}, "building": {}})
    return f"<!-- results: {path.name} of {' '.join(names)} -->\n\n```text\n{said}```\n\n<!-- end -->"


def beside_goals(paths):
    table = goals.table(goals.Results(json.loads(path.read_text()) for path in paths))
    return f"<!-- goals: {' '.join(path.name for path in paths)} -->\n\n{table}\n\n<!-- end -->"


def drawn(paths, names):
    """Of these questions; a file beside another one that has the same says it anew."""
    questions = {}
    for path in paths:
        questions |= json.loads(path.read_text())["questions"]
    return picture.drawn({"questions": questions}, [name for name in names if name in questions])


def write(folder):
    """Puts the newest results into the page; of the goals, all that are of the same machine."""
    paths = report.files(folder)
    results = {path: json.loads(path.read_text()) for path in paths}

    def newest(names):
        return max((path for path in paths if names[0] in results[path]["questions"]), default=folder / "none")

    def of_goals(_):
        machine, found = results[paths[-1]]["machine"]["fingerprint"], {}
        for path in paths:
            if results[path]["machine"]["fingerprint"] == machine:
                found |= {(name, asked["ballots"]): path for name, asked in results[path]["questions"].items()}
        return beside_goals(sorted(set(found.values())))

    def of_tables(match):
        return tables(newest(match[2].split()), match[2].split())

    def of_picture(match):
        shown = sorted({path for name in match[2].split() if (path := newest([name])) in results})
        PICTURE.write_text(drawn(shown, match[2].split()))
        return f"<!-- picture: {' '.join(path.name for path in shown)} of {match[2]} -->"

    PAGE.write_text(DRAWN.sub(of_picture, GOALS.sub(of_goals, TABLES.sub(of_tables, PAGE.read_text()))))
