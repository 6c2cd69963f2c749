"""Makes shapes.json out of the npm package us-atlas: where each county lies, and the borders of the states.

    npm pack us-atlas@3.0.1 && sha256sum -c packages/npm/us-atlas.sha256 && tar xzf us-atlas-3.0.1.tgz
    python3 shapes.py package/counties-albers-10m.json shapes.json

A shape is an id (county:01001, state:02), a name and one point, the middle of its largest piece: circles are drawn there, and
an outline of 3,142 counties would be forty times as large. The borders of states are drawn once each, as coarse as a screen
of 4,000 pixels allows. packages/npm/us-atlas.sha256 says what the package is for and what its bytes are.
"""

import heapq
import json
import pathlib
import sys

SCALE = 2  # Of the package's drawing, 975 by 610: whole numbers are then finer than a pixel of most screens.
WIDTH, HEIGHT = 975 * SCALE, 610 * SCALE
AREA_MIN = 6.0  # A corner that changes less of the drawing than this goes.
STATES = ("02", "09", "11")  # Those that results do not come from by county.
SOURCE = "U.S. Census Bureau, by us-atlas 3.0.1"


def arcs_of(topology):
    """Each as points of the drawing; the file has differences of whole numbers."""
    (kx, ky), (dx, dy) = topology["transform"]["scale"], topology["transform"]["translate"]
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for step_x, step_y in arc:
            x, y = x + step_x, y + step_y
            points.append(((x * kx + dx) * SCALE, (y * ky + dy) * SCALE))
        yield points


def ring(arcs, numbers):
    points = []
    for number in numbers:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        points += arc[1:] if points else arc
    return points


def doubled_area(points):
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(points, points[1:], strict=False))


def middle(arcs, geometry):
    """The centre of the largest of its pieces."""
    pieces = [geometry["arcs"]] if geometry["type"] == "Polygon" else geometry["arcs"]
    points = max((ring(arcs, piece[0]) for piece in pieces), key=lambda points: abs(doubled_area(points)))
    area, x, y = doubled_area(points), 0.0, 0.0
    if not area:  # Three cities of Virginia are so small that the file has them as a line or a point.
        return [round(sum(p[0] for p in points) / len(points)), round(sum(p[1] for p in points) / len(points))]
    for a, b in zip(points, points[1:], strict=False):
        part = a[0] * b[1] - b[0] * a[1]
        x, y = x + (a[0] + b[0]) * part, y + (a[1] + b[1]) * part
    return [round(x / (3 * area)), round(y / (3 * area))]


def simplified(points):
    """Visvalingam's: the corner that changes least goes, again and again; the ends stay, so that borders meet."""
    before, after = list(range(-1, len(points) - 1)), list(range(1, len(points) + 1))

    def change(i):
        a, b, c = points[before[i]], points[i], points[after[i]]
        return abs((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])) / 2

    area = {i: change(i) for i in range(1, len(points) - 1)}
    heap = [(value, i) for i, value in area.items()]
    heapq.heapify(heap)
    while heap and heap[0][0] < AREA_MIN:
        value, i = heapq.heappop(heap)
        if area.get(i) != value:
            continue
        del area[i]
        before[after[i]], after[before[i]] = before[i], after[i]
        for neighbour in (before[i], after[i]):
            if neighbour in area:
                area[neighbour] = max(value, change(neighbour))
                heapq.heappush(heap, (area[neighbour], neighbour))
    return [points[i] for i in (0, *sorted(area), len(points) - 1)]


def borders(topology, arcs):
    """The outline of the states, each arc once, in whole numbers from point to point."""
    used = set()
    for geometry in topology["objects"]["states"]["geometries"]:
        pieces = [geometry["arcs"]] if geometry["type"] == "Polygon" else geometry["arcs"]
        for piece in pieces:
            if abs(doubled_area(ring(arcs, piece[0]))) / 2 >= 4 * AREA_MIN:  # No islet.
                used |= {number if number >= 0 else ~number for numbers in piece for number in numbers}
    path = ""
    for points in joined([arcs[number] for number in sorted(used)]):
        whole = [(round(x), round(y)) for x, y in simplified(points)]
        path += f"M{whole[0][0]} {whole[0][1]}"
        steps = [(b[0] - a[0], b[1] - a[1]) for a, b in zip(whole, whole[1:], strict=False) if a != b]
        path += ("l" + " ".join(f"{x} {y}" for x, y in steps).replace(" -", "-")) if steps else ""
    return path


def joined(arcs):
    """Arcs that end where exactly one other begins or ends as one: counties cut the borders of states into many."""
    at = {}
    for i, arc in enumerate(arcs):
        for end in (arc[0], arc[-1]):
            at.setdefault(end, []).append(i)
    left = dict(enumerate(arcs))
    while left:
        points = left.pop(next(iter(left)))
        for _ in range(2):
            while len(found := at[points[-1]]) == 2 and (more := next((i for i in found if i in left), None)) is not None:
                arc = left.pop(more)
                points = points + (arc if arc[0] == points[-1] else arc[::-1])[1:]
            points = points[::-1]
        yield points


def main(source, to):
    topology = json.loads(pathlib.Path(source).read_text())
    arcs = list(arcs_of(topology))
    shapes = {}
    for kind, one in (("county", topology["objects"]["counties"]), ("state", topology["objects"]["states"])):
        for geometry in sorted(one["geometries"], key=lambda g: g["id"]):
            if kind == "county" or geometry["id"] in STATES:
                shapes[f"{kind}:{geometry['id']}"] = [geometry["properties"]["name"], *middle(arcs, geometry)]
    states = {g["id"]: g["properties"]["name"] for g in topology["objects"]["states"]["geometries"]}
    head = {"source": SOURCE, "width": WIDTH, "height": HEIGHT, "states": dict(sorted(states.items())), "outline": borders(topology, arcs)}
    lines = ",\n".join(f"  {json.dumps(id_)}: {json.dumps(of, ensure_ascii=False)}" for id_, of in shapes.items())
    text = json.dumps(head, indent=1, ensure_ascii=False).removesuffix("\n}") + f',\n "shapes": {{\n{lines}\n }}\n}}\n'
    json.loads(text)
    pathlib.Path(to).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:3])
