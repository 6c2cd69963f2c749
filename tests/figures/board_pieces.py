"""What the board's own code (view/board) makes of a store, as JSON: of each contest the pieces of its page, as HTML.

    build/venv/board/bin/python tests/figures/board_pieces.py

The store is the one that the board itself would read: TELLER_BOARD_URL, or TELLER_CONFIG with the account that the board has on the
servers. A program of its own, for the board's packages are not the tests'. figures.py holds what it prints.
"""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "view/board"))
import bars  # noqa: E402
import tables  # noqa: E402
import tiles  # noqa: E402
from model import View  # noqa: E402
from parts import Here  # noqa: E402
from reader import Reader  # noqa: E402
from store import url_from_environment  # noqa: E402


def pieces(reader, contest):
    whole = reader.read(View(contest=contest)).snapshot
    inside = {line.id: reader.read(View(contest=contest, place=line.id)).snapshot for line in whole.lines if not whole.lines_are_units}
    return {
        "tiles": tiles.of_contest(whole),
        "options": bars.by_option(whole, Here()) + bars.the_rest(whole, Here()),
        "parties": bars.by_party(whole),
        "areas": tables.unit_table(whole, Here()),
        "units": {area: tables.unit_table(one, Here()) for area, one in inside.items()},
    }


if __name__ == "__main__":
    reader = Reader(url_from_environment())
    contests = reader.read(View()).snapshot.contests
    print(json.dumps({contest.contest_id: pieces(reader, contest.contest_id) for contest in contests}))
