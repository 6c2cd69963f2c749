"""The sample election of the tests: a council with one contest. A test says what it needs otherwise: other contests, units, ways of
voting or ballot styles."""

IN_PERSON = [{"id": "in-person", "name": "In person"}]
HALL = [{"id": "rill", "name": "Little Rill", "kind": "municipality"}]


def named(*names):
    """Options, or anything else that has an id and a name."""
    return [{"id": name.lower(), "name": name} for name in names]


ADA_AND_BELL = named("Ada", "Bell")


def contest(id_="council", options=ADA_AND_BELL, **more):
    """Vote for one, counted from ballots, of the whole town; the name is that of the id."""
    return {"id": id_, "name": id_.capitalize(), "kind": "plurality", "counted_from": "ballots", "options": options} | more


def rules_of(options=ADA_AND_BELL, units=HALL, seats=1, write_ins=False, contests=None, methods=IN_PERSON, styles=None):
    """`contests` instead of the one of `options`, `seats` and `write_ins`. Without `styles` there is one, with a card of all contests that
    are counted from ballots."""
    if contests is None:
        contests = [contest(options=options, seats=seats, votes_allowed=seats, write_ins=write_ins, decides="most votes")]
    contests = [{"unit": units[0]["id"]} | each for each in contests]
    on_cards = [each["id"] for each in contests if each["counted_from"] != "sheets"]
    return {
        "teller": "rules/1",
        "election": {"name": "Council of Little Rill", "date": "2026-05-17", "time_zone": "Europe/Zurich"},
        "methods": methods,
        "units": units,
        "contests": contests,
        "styles": styles or ([{"id": "all", "name": "All", "cards": [on_cards]}] if on_cards else []),
    }


RULES = rules_of()


def ballot(count, id_, marks, **other):
    """A ballot of that election, as a station sends it."""
    return {
        "kind": "ballot",
        "count": count,
        "id": id_,
        "unit": "rill",
        "style": "all",
        "method": "in-person",
        "contests": {"council": marks},
    } | other
