"""The map says what the tables say: each place once, as large as its votes, in nobody's colour where nobody has most of them;
and what is not on it is said."""

from __future__ import annotations

import math
import re

import pytest

import fixture
import geography
import words as w
from model import Figure, Line, Option, Share, View
from support import drawn, execute, go, open_page, plain, reading, words_on


def stored(count, tmp_path):
    return fixture.write_sqlite(count, tmp_path / "store.sqlite")


def map_on(html):
    begin = html.find('<section class="t-map"')
    return html[begin : html.find("</section>", begin)] if begin >= 0 else ""


def circles(html):
    return {name: float(r) for r, name in re.findall(r'r="([\d.]+)"><title>([^:]+):', map_on(html))}


def option(slot, kind="candidate"):
    name = f"Option {slot}"
    return Option(slot, f"o{slot}", name, name, kind, None, None, None, Figure(), Share())


def line(*votes, reporting=1, units=1, id_="u"):
    figures = {slot: f if isinstance(f, Figure) else Figure(f, "number", of=1) for slot, f in enumerate(votes)}
    return Line(id_, "U", units, 1, reporting, votes=figures)


def test_a_count_whose_presentation_has_no_map_has_none(tmp_path):
    assert map_on(drawn(stored(fixture.small_in_languages(), tmp_path))) == ""


def test_each_place_is_a_circle_and_stands_in_sentence_and_tables(tmp_path):
    html = drawn(stored(fixture.small_on_a_map(), tmp_path))
    said = plain(re.sub(r"<svg.*?</svg>", "", map_on(html)))

    assert circles(html).keys() == {"Lienchiang County", "Taipei City"}
    assert "2 places are on the map. Most votes: Lai Ching-te / Hsiao Bi-khim in 2." in said
    # Of Taipei's two polling places one has not reported: its circle is lighter, and how much of it is known is said.
    assert "Half-transparent circles: not every unit there has been heard from." in said
    assert map_on(html).count('<circle class="t-m0 t-some"') == map_on(html).count('<circle class="t-m0"') == 1
    assert "Most votes Places Votes there Lai Ching-te / Hsiao Bi-khim 2 100" in said
    assert (
        "Unit Most votes Votes Ahead by Lienchiang County Lai / Hsiao 50 10 Taipei City 1 / 2 Lai / Hsiao 50 10" in said
    )


def test_the_page_of_the_program_shows_it(home):
    stored(fixture.small_on_a_map(), home)

    assert "2 places are on the map" in words_on(open_page(contest="president", lang="en"))
    assert "地圖上有 2 個地區" in words_on(open_page(contest="president", lang="zh-Hant"))
    assert "2 Orte sind auf der Karte" in words_on(go(open_page(contest="president"), lang="de"))


def test_what_has_no_place_on_the_map_and_which_shape_is_no_units_is_said(tmp_path):
    said = plain(map_on(drawn(stored(fixture.small_on_a_map(), tmp_path))))

    assert "1 unit has no place on it: votes from abroad" in said
    assert "1 place of the map belongs to no reporting unit: nobody lives there" in said
    assert "Borders: Made up <b>here</b>" in said


@pytest.mark.parametrize(
    "language, largest",
    [
        ("en", "the largest circle is Lienchiang County: 50 votes"),
        ("de", "der größte Kreis ist 連江縣: 50 Stimmen"),
        ("zh-Hant", "最大的圓是連江縣：50 票"),
    ],
)
def test_the_largest_circle_is_not_said_to_have_most_votes(tmp_path, language, largest):
    """Of Taipei's two polling places one has not reported; it may have more than the fifty of the other area."""
    with w.speaking(language):
        said = plain(map_on(drawn(stored(fixture.small_on_a_map(), tmp_path))))

    assert largest in said


@pytest.mark.parametrize("change", [{"units": None}, {"width": 0}, {"height": "x"}, {"shapes": {"north": [1]}}, None])
def test_a_map_that_cannot_be_drawn_takes_nothing_else_with_it(tmp_path, change):
    count = fixture.small_on_a_map()
    given = count.presentation["map"]
    count.presentation["map"] = [] if change is None else {k: v for k, v in (given | change).items() if v is not None}
    html = drawn(stored(count, tmp_path))

    assert map_on(html) == "" and "<h1><bdi>President 2024</bdi></h1>" in html
    assert "Lai Ching-te / Hsiao Bi-khim leads with" in plain(html)


def test_nothing_of_a_map_becomes_markup_or_asks_another_host(tmp_path):
    html = map_on(drawn(stored(fixture.small_on_a_map(), tmp_path)))

    assert "Made up &lt;b&gt;here" in html and "http" not in html and "url(" not in html and "<image" not in html
    count = fixture.small_on_a_map()
    count.presentation["map"]["outline"] = 'M0 0"/><script>alert(1)</script>'
    (tmp_path / "other").mkdir()
    assert "<script" not in drawn(stored(count, tmp_path / "other"))


def test_units_of_several_levels_are_summed_as_their_areas_are(tmp_path):
    count = fixture.small_on_a_map()
    count.presentation["map"]["shapes"] |= {"one": [10, 10], "two": [20, 20]}
    count.presentation["map"]["units"] = {"tw/a/1": "one", "tw/a/2": "two", "tw/b": "south"}
    path = stored(count, tmp_path)

    lines = {line.id: line for line in reading(path).snapshot.on_map}
    assert {id_: (line.votes[0].value, line.votes[1].value) for id_, line in lines.items()} == {
        "tw/a/1": (10, 5),
        "tw/a/2": (20, 15),
        "tw/b": (30, 20),
    }
    assert (lines["tw/b"].reporting, lines["tw/b"].units) == (1, 2)
    of_area = next(area for area in reading(path).snapshot.areas if area.id == "tw/b")
    assert (lines["tw/b"].votes, lines["tw/b"].reporting) == (of_area.votes, of_area.reporting)


def test_the_page_of_an_area_shows_its_part_of_the_map_and_that_of_a_unit_none(tmp_path):
    count = fixture.small_on_a_map()
    count.presentation["map"]["shapes"] |= {"one": [10, 10], "two": [20, 20]}
    count.presentation["map"]["units"] = {"tw/a/1": "one", "tw/a/2": "two", "tw/b": "south"}
    path = stored(count, tmp_path)

    area, unit, whole = (drawn(path, View(place=place)) for place in ("tw/a", "tw/a/1", "tw"))
    # Two places may have one name: each says what it is in.
    assert (
        circles(area).keys() == {"介壽村 1, Lienchiang County", "介壽村 2, Lienchiang County"}
        and circles(whole).keys() > circles(area).keys()
    )
    assert 'viewBox="0 0 1600 1200"' in map_on(whole) and 'viewBox="0 0 ' not in map_on(area)
    assert map_on(unit) == map_on(drawn(path, View(place="tw/b"))) == ""  # Of one place a map says nothing.


def below_three_areas():
    """Three areas of three places, all of them on the map; a place of the first has votes, and one of the second."""
    count = fixture.Count()
    areas = [(f"r/{a}", f"Area {a}", "area", "r") for a in "abc"]
    places = [(f"r/{a}/{i}", f"Place {a}{i}", "place", f"r/{a}") for a in "abc" for i in "123"]
    count.units([("r", "R", "country", None), *areas, *places])
    contest = count.contest("c", "C", [("x", "X", "X", None, None), ("y", "Y", "Y", None, None)])
    for unit in ("r/a/1", "r/b/1"):
        count.total(contest, 0, unit, 30)
        count.total(contest, 1, unit, 20)
        count.total(contest, fixture.CARDS, unit, 50)
        count.cards(unit, 50)
    shapes = {unit: [100 * i, 100 * i] for i, (unit, *_) in enumerate(places)}
    count.presentation = {
        "map": {"source": "S", "width": 1000, "height": 1000, "shapes": shapes, "units": {u: u for u in shapes}}
    }
    return count


def of_areas(count):
    areas = {f"r/{a}": f"r/{a}/1" for a in "abc"}
    count.presentation["map"]["units"] = areas
    count.presentation["map"]["shapes_without"] = {f"r/{a}/{i}": "of its area" for a in "abc" for i in "23"}
    return count


@pytest.mark.parametrize("mapped", [below_three_areas, lambda: of_areas(below_three_areas())], ids=["places", "areas"])
def test_a_place_that_cannot_vote_on_the_contest_is_not_on_the_map(tmp_path, mapped):
    path = stored(mapped(), tmp_path)
    everywhere = reading(path).snapshot
    assert {line.id[:3] for line in everywhere.on_map} == {"r/a", "r/b", "r/c"}
    assert "not reported yet" in plain(map_on(drawn(path)))  # All of it votes on this contest.

    # Decided in the first area; the second was heard from all the same.
    execute(path, "update contests set unit = 1, leaf_units = 3")
    here = reading(path).snapshot

    assert {line.id: line.reporting for line in here.on_map} in (
        {"r/a": 1, "r/b": 1},
        {"r/a/1": 1, "r/a/2": 0, "r/a/3": 0, "r/b/1": 1},
    )
    assert {line.id[:3] for line in here.on_map} == {line.id for line in here.lines}  # As in the table of units.
    html = map_on(drawn(path))
    assert ("not reported yet 2" in plain(html)) == ("Place a2" in html)
    assert "Place c" not in html and "Area c" not in html


def test_the_page_of_an_area_says_what_of_it_is_not_on_the_map(tmp_path):
    count = below_three_areas()
    drawing = count.presentation["map"]
    without = {"r/a/3": "votes from abroad", "r/b/3": "votes from ships", "r/c/3": "votes from abroad"}
    drawing["units"] = {unit: shape for unit, shape in drawing["units"].items() if unit not in without}
    drawing |= {"units_without": without, "shapes_without": dict.fromkeys(without, "a lake")}
    path = stored(count, tmp_path)

    area, whole = (plain(map_on(drawn(path, View(place=place)))) for place in ("r/a", "r"))

    assert "2 places are on the map." in area and "1 unit has no place on it: votes from abroad" in area
    assert "ships" not in area and "a lake" not in area  # Those are of other areas, or of nobody knows which.
    assert "2 units have no place on it: votes from abroad 1 unit has no place on it: votes from ships" in whole
    assert "3 places of the map belong to no reporting unit: a lake" in whole
    assert plain(map_on(drawn(path))) == whole


@pytest.mark.parametrize("side", [1, 62, 1_000, 100_000])
@pytest.mark.parametrize("place", [None, "r/b"])
def test_a_circle_and_a_drawing_of_whatever_size_are_larger_than_nothing(tmp_path, side, place):
    count = below_three_areas()
    for unit, votes in (("r/b/2", 5_000_000), ("r/b/3", 1)):
        count.total(0, 0, unit, votes)
        count.total(0, 1, unit, 0)
        count.total(0, fixture.CARDS, unit, votes)
    drawing = count.presentation["map"]
    drawing |= {"width": side, "height": side, "outline": f"M0 0L{side} {side}"}
    drawing["shapes"] = {
        unit: [i % 2 * side, side // 2 if "b" in unit else 0] for i, unit in enumerate(drawing["shapes"])
    }

    html = map_on(drawn(stored(count, tmp_path), View(place=place)))

    radius = circles(html)
    assert len(radius) >= 3 and 0 < min(radius.values()) < max(radius.values())
    box = re.search(r'viewBox="(-?\d+) (-?\d+) (\d+) (\d+)" role="img"', html)
    left, top, width, height = (int(number) for number in box.groups())
    assert width >= geography.FINE and height >= geography.FINE
    scale = re.search(r'class="t-borders" transform="scale\((\d+)\)"', html)
    across = side * (int(scale[1]) if scale else 1)  # Circles and outline are multiplied by the same.
    assert {int(x) for x in re.findall(r'cx="(\d+)"', html)} == {0, across}
    assert left <= 0 and across <= left + width


@pytest.mark.parametrize(
    "votes, state",
    [
        ((7, 5), "most"),
        ((6, 6), "tied"),
        ((0, 0), "no votes"),
        ((7, Figure(None, "withheld", withheld_in=1, of=1)), "withheld"),
        ((7, Figure(5, "partial", withheld_in=1, of=2)), "withheld"),
        ((7, Figure(None, "unknown", unknown_in=1, of=1)), "unknown"),
        ((7, Figure()), "unknown"),
        ((Figure(), Figure()), "not reported"),
    ],
)
def test_nobody_has_most_votes_where_a_figure_is_missing_and_each_state_has_its_own_sign(votes, state):
    spot = geography.spot_of(line(*votes), [option(0), option(1)])

    assert (spot.state, spot.option is not None) == (state, state == "most")
    assert spot.votes == (sum(votes) if state in ("most", "tied") else 0)


def test_none_of_the_above_has_most_votes_of_nobody():
    spot = geography.spot_of(line(5, 7), [option(0), option(1, "none_of_the_above")])

    assert (spot.option.slot, spot.votes, spot.ahead) == (0, 12, 5)


def test_a_place_that_is_silent_withheld_or_unknown_is_a_sign_that_its_words_stand_beside(tmp_path):
    count = fixture.Count()
    count.units([("r", "R", "country", None), *((f"r/{x}", f"Place {x}", "place", "r") for x in "abcdef")])
    contest = count.contest("c", "C", [("x", "X", "X", None, None), ("y", "Y", "Y", None, None)], sheets=True)
    for unit, x, y in (("r/a", 90, 10), ("r/b", 5, 5), ("r/e", 20, 30)):
        count.total(contest, 0, unit, x, known=1)
        count.total(contest, 1, unit, y, known=1)
    for unit in ("r/c", "r/d"):
        count.total(contest, 0, unit, 3, known=1)
    count.total(contest, 1, "r/c", 0, withheld=1)
    for unit in ("r/a", "r/b", "r/c", "r/d", "r/e"):
        count.total(contest, fixture.CARDS, unit, 100, known=1)
        count.cards(unit, 100)
    places = {f"s{x}": [10 * i, 10 * i] for i, x in enumerate("abcdef")}
    units = {f"r/{x}": f"s{x}" for x in "abcdef"}
    count.presentation = {"map": {"source": "S", "width": 100, "height": 100, "shapes": places, "units": units}}

    html = drawn(stored(count, tmp_path))
    said = plain(re.sub(r"<svg.*?</svg>", "", map_on(html)))

    assert "Most votes: X in 1; Y in 1; tied 1; not reported yet 1; withheld 1; unknown 1." in said
    assert "X 1 100 Y 1 50 tied 1 10 not reported yet 1 – withheld 1 – unknown 1 –" in said
    assert circles(html).keys() == {"Place a", "Place b", "Place e"}
    picture = re.search(r"<svg class=\"t-places-drawn\".*?</svg>", map_on(html))[0]
    assert {f"t-sign t-{state}" for state in ("not-reported", "withheld", "unknown")} == set(
        re.findall(r"t-sign t-[\w-]+", picture)
    )


def test_the_area_of_a_circle_is_as_large_as_its_votes(tmp_path):
    count = fixture.small_on_a_map()
    count.total(0, 0, "tw/b/2", 150)
    count.total(0, 1, "tw/b/2", 0)
    html = drawn(stored(count, tmp_path))

    radius = circles(html)
    assert math.isclose(radius["Taipei City"] ** 2 / radius["Lienchiang County"] ** 2, 200 / 50, rel_tol=0.05)
    assert "the largest circle is Taipei City: 200 votes" in plain(html)


def test_of_thousands_of_places_none_is_left_out_and_the_page_stays_small(tmp_path):
    many = 3_000
    count = fixture.Count()
    count.units([("r", "R", "country", None), *((f"r/{i}", f"Place {i}", "place", "r") for i in range(many))])
    contest = count.contest("c", "C", [("x", "X", "X", None, None), ("y", "Y", "Y", None, None)])
    for i in range(many):
        count.total(contest, 0, f"r/{i}", i % 700 + 1)
        count.total(contest, 1, f"r/{i}", i % 90)
        count.total(contest, fixture.CARDS, f"r/{i}", 800)
        count.cards(f"r/{i}", 800)
    places = {str(i): [i % 60 * 30, i // 60 * 20] for i in range(many)}
    units = {f"r/{i}": str(i) for i in range(many)}
    count.presentation = {"map": {"source": "S", "width": 1800, "height": 1000, "shapes": places, "units": units}}

    html = map_on(drawn(stored(count, tmp_path)))
    picture = re.search(r"<svg class=\"t-places-drawn\".*?</svg>", html)[0]

    assert picture.count("<circle") == geography.NAMED_MAX
    assert picture.count("<circle") + len(re.findall(r"M\d+ \d+h0", picture)) == many
    assert len(html) < 130_000


def test_options_beyond_the_colours_of_the_looks_bring_their_own():
    assert (
        "--light:"
        in geography._class(geography.Spot(line(1), "most", 1, option(9)), {9: 9}, [("#111111", "#eeeeee")] * 10)[1]
    )


@pytest.mark.parametrize("path", geography.SIGNS.values())
def test_a_sign_twice_as_large_has_every_number_twice(path):
    numbers = [float(n) for n in re.findall(r"-?\d+", path)]
    larger = geography._scaled(path, 2)

    assert [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", larger)] == [2 * n for n in numbers]


def test_the_words_of_a_state_are_those_of_the_rest_of_the_board():
    assert [geography._called(state) for state in geography.SIGNS] == [
        w.NOT_REPORTED,
        "withheld",
        "unknown",
        "no votes",
    ]
