"""What the board finds: `python board_search.py STORE` reads questions as a JSON list and writes a list of answers, each {"nearly", "found",
"hits"} as GET /v1/search has them. Run by test_search.py with the board's own Python.
"""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "view/board"))

from model import View  # noqa: E402
from reader import Reader  # noqa: E402
from search import Index  # noqa: E402


def hit(entry):
    """The members that both tell. Of parties that stand together the board has the ids in another spelling."""
    id_ = entry.id.replace(", ", "+") if entry.kind == "party" else entry.id
    return {"kind": entry.kind, "id": id_, "contest": entry.contest, "within": list(entry.where)}


def main():
    reader, answers = Reader(f"sqlite:///{sys.argv[1]}"), []
    for said in json.load(sys.stdin):
        found = reader.read(View(show="search", search=said)).snapshot.found
        many = dict.fromkeys(Index.KINDS, 0) | dict(found.of_kind)
        answers.append({"nearly": found.nearly, "found": many, "hits": [hit(entry) for entry in found.entries]})
    json.dump(answers, sys.stdout)


main()
