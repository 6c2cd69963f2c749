"""Votes for all methods together that are delivered beside votes by method, or the other way round: both would be counted."""

import json

import pytest

from conftest import run
from county_night import became
from little_rill import contest, rules_of
from mappings import mapping_of

METHODS = ["Total", "Election Day", "Absentee", "Everything", "all"]
RULES = rules_of(
    methods=[{"id": method} for method in METHODS],
    units=[{"id": "Rill", "kind": "county"}, *({"id": f"Rill/P{n}", "kind": "precinct", "parent": "Rill"} for n in range(1, 9))],
    contests=[contest("Mayor", [{"id": "Ada Moss"}, {"id": "Ben Rook"}], counted_from="sheets")],
)


class Night:
    def __init__(self, folder):
        self.folder, self.home = folder, folder / "home"
        (folder / "rules.json").write_text(json.dumps(RULES))
        self.mapping("")
        run("init", "--home", self.home, "--rules", folder / "rules.json", "--mode", "test")

    def mapping(self, head):
        (self.folder / "rill.toml").write_text(mapping_of(head, method='[method]\nid = "{method}"\n'))

    def deliver(self, figures, *more, code=0):
        """{(precinct, method): (Ada, Ben)} as one file; the report."""
        lines = [
            f"Rill,{unit},Mayor,{name},{method},{votes}"
            for (unit, method), pair in figures.items()
            for name, votes in zip(("Ada Moss", "Ben Rook"), pair, strict=True)
        ]
        file = self.folder / "file.csv"
        file.write_text("county,precinct,office,candidate,method,votes\n" + "\n".join(lines) + "\n")
        out, _ = run("import", file, "--mapping", self.folder / "rill.toml", "--home", self.home, "--json", *more, code=code)
        return json.loads(out)

    def total(self):
        contests = json.loads(run("totals", "--home", self.home, "--format", "json")[0])["contests"]
        return sum(option["votes"] for option in contests[0]["by_option"])


@pytest.fixture
def night(tmp_path):
    return Night(tmp_path)


BY_METHOD = {("P1", "Election Day"): (100, 50), ("P1", "Absentee"): (50, 30)}


@pytest.mark.parametrize("whole", ["Total", "all"])
def test_votes_by_method_beside_their_total_are_refused_and_the_other_way_round(night, whole):
    night.deliver({("P1", whole): (150, 80)})
    report = night.deliver(BY_METHOD, code=1)
    assert became(report) == {"refused": 2} and {sheet["code"] for sheet in report["sheets"]} == {"delivery.other_level"}
    assert f"teller withdraw --unit Rill/P1 --method {whole}" in report["sheets"][0]["detail"] and night.total() == 230
    run("withdraw", "--home", night.home, "--unit", "Rill/P1", "--method", whole, "--reason", "these were of all methods")
    assert became(night.deliver(BY_METHOD)) == {"new": 2} and night.total() == 230
    # The total is refused now, and later figures of the methods are taken.
    assert became(night.deliver({("P1", whole): (150, 80)}, code=1)) == {"refused": 1}
    assert became(night.deliver({("P1", "Election Day"): (101, 50)})) == {"updated": 1}
    run("verify", "--home", night.home)


def test_a_method_whose_figures_are_the_sum_of_others_is_refused_by_any_name(night):
    units = {f"P{n}": ((101 + 7 * n, 53 + n), (40 + 3 * n, 31 + 5 * n)) for n in range(1, 9)}
    both = {(unit, method): pair for unit, pairs in units.items() for method, pair in zip(("Election Day", "Absentee"), pairs, strict=True)}
    whole = {(unit, "Everything"): tuple(map(sum, zip(*pairs, strict=True))) for unit, pairs in units.items()}
    night.deliver(both)
    before = night.total()
    report = night.deliver(whole, code=1)
    assert became(report) == {"refused": 8} and 'the method "Everything" is the sum of all others' in report["sheets"][0]["detail"]
    assert night.total() == before
    # Other votes by that method are others.
    assert became(night.deliver({key: (figures[0] + 11, figures[1] - 3) for key, figures in whole.items()})) == {"new": 8}


def test_the_parts_of_a_sum_that_stands_are_refused_when_the_last_one_comes(night):
    units = {f"P{n}": ((101 + 7 * n, 53 + n), (40 + 3 * n, 31 + 5 * n)) for n in range(1, 9)}
    night.deliver({(unit, "Everything"): tuple(map(sum, zip(*pairs, strict=True))) for unit, pairs in units.items()})
    night.deliver({(unit, "Election Day"): pairs[0] for unit, pairs in units.items()})
    assert became(night.deliver({(unit, "Absentee"): pairs[1] for unit, pairs in units.items()}, code=1)) == {"refused": 8}


def test_methods_of_their_own_come_one_after_the_other(night):
    night.deliver({("P1", "Total"): (150, 80)})  # All that there is of P1.
    night.deliver({("P2", "Election Day"): (100, 50)})
    assert became(night.deliver({("P2", "Absentee"): (50, 30)})) == {"new": 1} and night.total() == 460


def test_what_a_mapping_calls_no_sum_comes_in_in_one_file(night):
    night.mapping('no_sums = ["Total"]\n')
    assert became(night.deliver(BY_METHOD | {("P1", "Total"): (7, 3)})) == {"new": 3}
    assert became(night.deliver(BY_METHOD | {("P1", "Total"): (8, 3)})) == {"updated": 1, "unchanged": 2}
