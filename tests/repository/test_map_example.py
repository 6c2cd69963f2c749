"""examples/us-2024 joins units with shapes by state, code and name together, and leaves nothing over in silence."""

import csv
import json
import pathlib
import sys

import pytest

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples/us-2024"
sys.path.insert(0, str(EXAMPLE))

import join  # noqa: E402

SHAPES = json.loads((EXAMPLE / "shapes.json").read_text(encoding="utf-8"))


def rules(*counties):
    """Rules with these units; a county as (state, code, name)."""
    units = [{"id": "us", "name": "United States", "kind": "country"}]
    for state in dict.fromkeys(state for state, _, _ in counties):
        units.append({"id": f"us/{state}", "name": state, "kind": "state", "parent": "us"})
    units += [{"id": f"us/{state}/{code}", "name": name, "kind": "county", "parent": f"us/{state}"} for state, code, name in counties]
    return {"units": units}


DELAWARE = (("Delaware", "10001", "Kent County"), ("Delaware", "10003", "New Castle County"), ("Delaware", "10005", "Sussex County"))


def joined(*counties, said=None):
    return join.Join(rules(*counties), SHAPES, join.exceptions() if said is None else said)


def test_every_shape_lies_within_the_drawing_and_has_a_name_and_a_state():
    assert len(SHAPES["shapes"]) == 3_145 and len(SHAPES["states"]) == 51
    for id_, (name, x, y) in SHAPES["shapes"].items():
        assert name and 0 <= x <= SHAPES["width"] and 0 <= y <= SHAPES["height"], id_
        assert id_.split(":")[1][:2] in SHAPES["states"], id_
    assert set(SHAPES["outline"]) <= set("MLHVZmlhvz0123456789.,- ")


def test_counties_are_joined_when_state_code_and_name_agree():
    made = joined(*DELAWARE)
    assert made.faults() == []
    assert made.mapped == {f"us/Delaware/{code}": f"county:{code}" for code in ("10001", "10003", "10005")}
    assert "Alaska" in made.left_out() and "Delaware" not in made.left_out()
    assert made.map(SHAPES)["shapes"]["county:10001"] == SHAPES["shapes"]["county:10001"][1:]


@pytest.mark.parametrize(
    "unit, found",
    [
        (("Delaware", "10001", "Sussex County"), "the shape of its code is Kent, Delaware"),
        (("Nevada", "10001", "Kent County"), "the shape of its code is Kent, Delaware"),
        (("Delaware", "10002", "Kent County"), "no shape has its code"),
        (("Alaska", "02020", "State House District 20"), ""),  # Joined as a whole state, by exceptions.csv.
    ],
)
def test_a_code_alone_joins_nothing(unit, found):
    faults = joined(unit).faults()
    assert any(found in fault for fault in faults) if found else faults == []


def test_a_code_that_means_another_place_would_be_found_without_the_exceptions():
    assert any(
        "the shape of its code is Anchorage, Alaska" in fault for fault in joined(("Alaska", "02020", "State House District 20"), said=[]).faults()
    )


def test_a_shape_without_a_unit_is_named():
    assert joined(*DELAWARE[:2]).faults() == ["county:10005 (Sussex): no unit has this shape"]


def test_nothing_is_made_while_anything_is_left_over(tmp_path):
    (tmp_path / "rules.json").write_text(json.dumps(rules(*DELAWARE[:2])))
    assert "1 units or shapes are not joined" in join.main(tmp_path / "rules.json", EXAMPLE / "presentation.json", tmp_path / "to.json")
    assert not (tmp_path / "to.json").exists()


def test_every_exception_has_its_reason_and_is_used():
    with (EXAMPLE / "exceptions.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert all(line["why"] for line in lines)
    for line in lines:
        start = line["shape"].removesuffix("*")
        assert any(id_.startswith(start) for id_ in SHAPES["shapes"]), line


@pytest.mark.parametrize(
    "one, other", [("DeKalb", "De Kalb County"), ("Doña Ana", "Dona Ana County"), ("Richmond", "Richmond city"), ("Carson City", "Carson City")]
)
def test_names_that_two_publishers_write_otherwise_are_one(one, other):
    assert join.same_name(one, other)


def test_other_names_are_not():
    assert not join.same_name("Kent", "Kenton County") and not join.same_name("Anchorage", "State House District 20")
