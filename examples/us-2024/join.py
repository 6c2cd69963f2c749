"""Gives the units of rules their shapes, and puts both into a presentation as its `map`.

    python3 join.py rules.json presentation.json TO.json

A unit has the shape of its code only if state and name say the same: a code alone is no proof. In 2024 the code 02013 is a
district of Alaska's house, and in the borders a borough a thousand miles away. All else stands in exceptions.csv, each line
with its reason: a unit and the shape that it has, a unit that has none, shapes that no unit has (a * stands for any end).
Whatever is neither joined nor named there ends this with a list, and makes nothing. `teller init` checks the result again.
"""

import csv
import json
import pathlib
import re
import sys
import unicodedata

HERE = pathlib.Path(__file__).resolve().parent
KINDS = r" (county|parish|city and borough|borough|census area|municipality|city)$"


def folded(name):
    """As two publishers may write one name: De Kalb County, DeKalb."""
    letters = unicodedata.normalize("NFD", name.lower())
    return re.sub(r"[^a-z]", "", re.sub(KINDS, "", letters)), re.sub(r"[^a-z]", "", letters)


def same_name(one, other):
    return bool(set(folded(one)) & set(folded(other)))


def exceptions():
    with (HERE / "exceptions.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Join:
    """Of the units of `rules` with `shapes` (shapes.json); faults() are what is left open."""

    def __init__(self, rules, shapes, said):
        self.units = {unit["id"]: unit for unit in rules["units"]}
        self.states, self.shapes = shapes["states"], shapes["shapes"]
        self.mapped, self.units_without, self.shapes_without, self.unfit = {}, {}, {}, []
        parents = {unit.get("parent") for unit in rules["units"]}
        self.leaves = [id_ for id_ in self.units if id_ not in parents]
        for line in said:
            if line["unit"] in self.units and line["shape"]:
                self.mapped[line["unit"]] = line["shape"]
            elif line["unit"] in self.units:
                self.units_without[line["unit"]] = line["why"]
            elif not line["unit"]:
                start = line["shape"].removesuffix("*")
                same = [id_ for id_ in self.shapes if id_ == start or (start != line["shape"] and id_.startswith(start))]
                self.shapes_without |= dict.fromkeys(same, line["why"])
        for leaf in self.leaves:
            if not self.above(leaf) & (self.mapped.keys() | self.units_without.keys()):
                self.by_code_and_name(leaf)

    def above(self, id_):
        """With itself."""
        found = set()
        while id_ is not None:
            found.add(id_)
            id_ = self.units[id_].get("parent")
        return found

    def by_code_and_name(self, leaf):
        unit = self.units[leaf]
        code, state = leaf.rsplit("/", 1)[-1], self.units.get(unit.get("parent"), {}).get("name")
        name = self.shapes.get(f"county:{code}", [None])[0]
        if name is None:
            self.unfit.append(f"{leaf} ({unit['name']}): no shape has its code")
        elif self.states.get(code[:2]) != state or not same_name(name, unit["name"]):
            self.unfit.append(f"{leaf} ({unit['name']}): the shape of its code is {name}, {self.states.get(code[:2])}")
        else:
            self.mapped[leaf] = f"county:{code}"

    def in_these_rules(self, shape):
        """A table of some states is joined with the shapes of those."""
        return self.states[shape.split(":")[1][:2]] in {unit["name"] for unit in self.units.values()}

    def faults(self):
        used = set(self.mapped.values())
        found = [*self.unfit, *(f"{shape}: exceptions.csv names it, and there is no such shape" for shape in used - self.shapes.keys())]
        open_ = [shape for shape in self.shapes if shape not in used and shape not in self.shapes_without and self.in_these_rules(shape)]
        return found + [f"{shape} ({self.shapes[shape][0]}): no unit has this shape" for shape in open_]

    def left_out(self):
        """States of which the rules have nothing."""
        return sorted({self.states[shape.split(":")[1][:2]] for shape in self.shapes if not self.in_these_rules(shape)})

    def map(self, shapes):
        kept = {id_: shapes["shapes"][id_][1:] for id_ in sorted({*self.mapped.values(), *filter(self.in_these_rules, self.shapes_without)})}
        return {
            "source": shapes["source"],
            "width": shapes["width"],
            "height": shapes["height"],
            "outline": shapes["outline"],
            "shapes": kept,
            "units": self.mapped,
            "units_without": self.units_without,
            "shapes_without": {id_: why for id_, why in self.shapes_without.items() if id_ in kept and id_ not in self.mapped.values()},
        }


def main(rules, presentation, to):
    shapes = json.loads((HERE / "shapes.json").read_text(encoding="utf-8"))
    join = Join(json.loads(pathlib.Path(rules).read_text(encoding="utf-8")), shapes, exceptions())
    if faults := join.faults():
        return f"{len(faults)} units or shapes are not joined; say in exceptions.csv what they are:\n" + "\n".join(faults[:50])
    made = json.loads(pathlib.Path(presentation).read_text(encoding="utf-8")) | {"map": join.map(shapes)}
    pathlib.Path(to).write_text(json.dumps(made, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    one = made["map"]
    print(
        f"{len(one['units'])} units have a shape (for {len(join.leaves)} that report), {len(one['units_without'])} have none, "
        f"{len(one['shapes_without'])} shapes have no unit; nothing of {len(join.left_out())} states is in these rules"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
