"""What is searched is found however it is written, in both databases alike, and fast among all of a country's places."""

from __future__ import annotations

import time

import pytest

import fixture
import words as w
from model import View
from reader import Reader
from search import Entry, Index, fold
from support import drawn, execute, open_page, plain, reading, words_on


@pytest.mark.parametrize(
    "one, other",
    [
        ("Zoë Ñandú", "zoe nandu"),
        ("STRASSE", "Straße"),
        ("Łódź", "lodz"),
        ("臺北市", "台北市"),
        ("Station ４２", "station 42"),
        ("مركز ١٢", "مركز 12"),
        ("第三投票所", "第3投票所"),
        ("O'Brien", "OBrien"),
        ("Øst-Ærø", "ost aero"),
    ],
)
def test_what_people_take_for_the_same_is_folded_alike(one, other):
    assert fold(one) == fold(other)


def places(*names: str, where: tuple[str, ...] = ()) -> Index:
    return Index(Entry("place", f"p{i}", name, where=where, unit=i) for i, name in enumerate(names))


@pytest.mark.parametrize(
    "said, name",
    [
        ("Springfeild", "Springfield"),
        ("sprngfi", "Springfield"),
        ("Zurch", "Zürich"),
        ("介壽邨", "介壽村"),
        ("Hanna Smith", "Anna Smith"),
    ],
)
def test_a_misspelling_is_found_and_is_called_one(said, name):
    found = places("Springfield", "Zürich", "介壽村", "Anna Smith", "Havana", "Smith").find(said)

    assert [e.name for e in found.entries] == [name] and found.nearly


def test_a_number_is_never_found_for_another():
    assert places("Station 1234", "Station 1235").find("1236").entries == ()
    assert places("Ward").find("xyzzy").entries == ()
    assert places("Ward").find(" ’ ").entries == ()


def test_the_name_itself_comes_before_what_it_is_in_and_one_word_may_say_both():
    index = places("大安區 10", "大安區 1", "大安區", where=("臺灣", "臺北市"))
    larger = Index([Entry("place", "1", "大安里 1", unit=1), Entry("place", "2", "大安區")])
    assert [e.name for e in larger.find("大安").entries] == ["大安區", "大安里 1"]

    assert [e.name for e in index.find("大安區").entries] == ["大安區", "大安區 10", "大安區 1"]
    assert [e.name for e in index.find("大安區 1").entries] == ["大安區 1", "大安區 10"]
    assert len(index.find("台北市大安區").entries) == 3
    assert index.find("台北市").entries == () and len(index.units("台北市")[0]) == 3


def test_a_page_says_what_was_found_what_it_is_and_where(home):
    count = fixture.small()
    count.contest("council", "Council", [("zoe", "Zoë Ñandú", "Zoë", "kmt", None), ("bob", "Bob", "Bob", None, None)])
    fixture.write_sqlite(count, home / "store.sqlite")

    assert "1 place 介壽村 1 Reporting unit · 連江縣" in (said := words_on(open_page(show="search", q="介寿村 1"))), (
        said
    )
    assert "1 place 臺北市 county" in words_on(open_page(show="search", q="台北"))
    assert "1 option Zoë Ñandú Council" in words_on(open_page(show="search", q="nandu"))
    assert "parties, by contest 中國國民黨 President and Vice President 中國國民黨 Council" in (
        said := words_on(open_page(show="search", q="国民党"))
    ), said
    assert w.FOUND_NEARLY in words_on(open_page(q="Counsil"))
    nothing = words_on(open_page(show="search", q="<b>nothing like it"))
    assert w.FOUND_NONE.format(said="<b>nothing like it") in nothing


def test_the_table_of_units_is_searched_the_same_way(tmp_path):
    path = fixture.write_sqlite(fixture.small(), tmp_path / "store.sqlite")

    assert [line.id for line in reading(path, View(search="台北 2")).snapshot.lines] == ["tw/b/2"]
    assert [line.id for line in reading(path, View(search="介受村")).snapshot.lines] == ["tw/a/1", "tw/a/2"]
    assert w.NEARLY in plain(drawn(path, View(search="介受村")))
    assert reading(path, View(place="tw/b", search="介壽村")).snapshot.lines == []


def test_postgresql_finds_what_sqlite_finds(postgres, tmp_path):
    path = fixture.write_sqlite(fixture.small_and_reconciled(), tmp_path / "store.sqlite")
    there, here = Reader(f"postgresql+psycopg://teller_reader@/teller?host={postgres}"), Reader(f"sqlite:///{path}")

    for said in ("台北", "介受村", "國民", "賴淸德", "President", "tw/a/1", "zzz"):
        for view in (View(show="search", search=said), View(search=said)):
            assert there.read(view).snapshot == here.read(view).snapshot is not None
    assert here.read(View(show="search", search="tw/a/1")).snapshot.found.entries[0].name == "介壽村 1"


def test_a_new_name_is_found_after_half_a_minute_and_no_old_one(tmp_path):
    import datetime as dt

    now = [fixture.T0]
    path = fixture.write_sqlite(fixture.small(), tmp_path / "store.sqlite")
    reader = Reader(f"sqlite:///{path}", clock=lambda: now[0])
    view = View(show="search", search="Newtown")
    assert reader.read(view).snapshot.found.entries == ()

    execute(path, "update units set name = 'Newtown' where id = 'tw/b/2'")
    now[0] += dt.timedelta(seconds=31)

    assert [e.id for e in reader.read(view).snapshot.found.entries] == ["tw/b/2"]


def test_all_of_taiwan_is_searched_in_a_moment(tmp_path):
    path = fixture.write_sqlite(fixture.taiwan(None), tmp_path / "store.sqlite")
    reader = Reader(f"sqlite:///{path}")
    reader.read(View(show="search", search="warm"))

    slowest = 0.0
    for said in ("Village 7 8", "a", "Cuonty 3", "Vilage", "1", "zzzzzzzz", "Town 301"):
        began = time.monotonic()
        reader.read(View(show="search", search=said))
        slowest = max(slowest, time.monotonic() - began)

    print(f"slowest search among 17,795 units: {1000 * slowest:.0f} ms")
    assert slowest < 1.0
