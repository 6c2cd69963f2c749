"""What the board's own code (view/board) makes of a store, as JSON: of each contest the pieces of its page, and
of the pages of its options and of these places, as HTML.

    build/venv/board/bin/python tests/figures/board_pieces.py PLACE…

The store is the one that the board itself would read: TELLER_BOARD_URL, or TELLER_CONFIG with the account that the board has on the
servers. A program of its own, for the board's packages are not the tests'. figures.py holds what it prints.
"""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "view/board"))
import bars  # noqa: E402
import pages  # noqa: E402
import tables  # noqa: E402
import tiles  # noqa: E402
from model import View  # noqa: E402
from parts import Here  # noqa: E402
from reader import Reader  # noqa: E402
from store import url_from_environment  # noqa: E402


def page_of_a_place(snapshot):
    return {"tiles": pages.place_tiles(snapshot), "options": pages.place_options(snapshot, Here()), "below": tables.unit_table(snapshot, Here())}


def pieces(reader, contest, places):
    whole = reader.read(View(contest=contest)).snapshot
    inside = {line.id: reader.read(View(contest=contest, place=line.id)).snapshot for line in whole.lines if not whole.lines_are_units}
    of_options = {option.option_id: reader.read(View(contest=contest, option=option.option_id)).snapshot for option in whole.options}
    return {
        "tiles": tiles.of_contest(whole),
        "options": bars.by_option(whole, Here()) + bars.the_rest(whole, Here()),
        "parties": bars.by_party(whole),
        "areas": tables.unit_table(whole, Here()),
        "units": {area: tables.unit_table(one, Here()) for area, one in inside.items()},
        "option pages": {option: tables.unit_table(one, Here()) for option, one in of_options.items()},
        "place pages": {place: page_of_a_place(reader.read(View(contest=contest, place=place)).snapshot) for place in places},
    }


if __name__ == "__main__":
    reader = Reader(url_from_environment())
    contests = [contest.contest_id for contest in reader.read(View()).snapshot.contests]
    print(json.dumps({contest: pieces(reader, contest, sys.argv[1:]) for contest in contests}))
