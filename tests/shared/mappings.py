"""The mapping of the files of results that tests write: a row a precinct and option, with the columns county, precinct, office, candidate
and votes."""

ELECTION = """[election]
name = "Test"
date = "2026-05-03"
time_zone = "UTC"
"""
# One contest and method: a row a place and candidate.
ONE_CONTEST = """teller = "mapping/1"
election = {name = "Test", date = "2026-05-03", time_zone = "UTC"}
unit = [{kind = "county", id = "rill"}, {kind = "place", id = "{place}"}]
contest = {id = "mayor"}
option = {id = "{candidate}"}
method = {id = "all"}
votes = {column = "votes"}
"""
METHOD = '[method]\nid = "all"\n'
VOTES = '[votes]\ncolumn = "votes"\n'


def mapping_of(head="", unit="", contest="", option="", method=METHOD, votes=VOTES):
    """`head` stands before the units; `unit`, `contest` and `option` at the end of the table of each."""
    return f"""teller = "mapping/1"
{head}[[unit]]
kind = "county"
id = "{{county}}"
[[unit]]
kind = "precinct"
id = "{{precinct}}"
{unit}
[contest]
id = "{{office}}"
{contest}
[option]
id = "{{candidate}}"
{option}
{method}{votes}"""
