"""The sample election of the tests: a council with one contest, of which a test may change the options, the units and the marks that count."""

HALL = [{"id": "rill", "name": "Little Rill", "kind": "municipality"}]
ADA_AND_BELL = [{"id": "ada", "name": "Ada"}, {"id": "bell", "name": "Bell"}]


def rules_of(options=ADA_AND_BELL, units=HALL, seats=1, write_ins=False):
    return {
        "teller": "rules/1",
        "election": {"name": "Council of Little Rill", "date": "2026-05-17", "time_zone": "Europe/Zurich"},
        "methods": [{"id": "in-person", "name": "In person"}],
        "units": units,
        "contests": [
            {
                "id": "council",
                "name": "Council",
                "kind": "plurality",
                "seats": seats,
                "votes_allowed": seats,
                "write_ins": write_ins,
                "counted_from": "ballots",
                "unit": units[0]["id"],
                "decides": "most votes",
                "options": options,
            }
        ],
        "styles": [{"id": "all", "name": "All", "cards": [["council"]]}],
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
