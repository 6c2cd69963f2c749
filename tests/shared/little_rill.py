"""The rules of the smallest council that can be voted for: one contest, two options, one unit."""

RULES = {
    "teller": "rules/1",
    "election": {"name": "Council of Little Rill", "date": "2026-05-17", "time_zone": "Europe/Zurich"},
    "methods": [{"id": "in-person", "name": "In person"}],
    "units": [{"id": "rill", "name": "Little Rill", "kind": "municipality"}],
    "contests": [
        {
            "id": "council",
            "name": "Council",
            "kind": "plurality",
            "seats": 1,
            "votes_allowed": 1,
            "counted_from": "ballots",
            "unit": "rill",
            "decides": "most votes",
            "options": [{"id": "ada", "name": "Ada"}, {"id": "bell", "name": "Bell"}],
        }
    ],
    "styles": [{"id": "all", "name": "All", "cards": [["council"]]}],
}
