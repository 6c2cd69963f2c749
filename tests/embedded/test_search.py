"""`GET /v1/search` finds contests, options, parties and places however they are written, and finds of each question what the board finds:
in Taiwan with its 17,795 polling stations and names in two languages, and in a small election of accents and alliances."""

import gzip
import json
import re
import subprocess
import sys
import time
import urllib.parse

import pytest

from conftest import TREE, run, serving
from http_api import Answers

TAIWAN = (
    # Written without the form of a character, across a space, in another language, with the last letters left out.
    [
        "台北",
        "臺北市",
        "台北市大安區",
        "大安",
        "中正區 12",
        "花蓮縣",
        "花莲",
        "桃園",
        "國民黨",
        "国民党",
        "賴清德",
        "赖清德",
        "柯文哲",
        "Lai",
        "lai ching",
        "Taipei",
    ]
    # Misspelt; of numbers none is found for another.
    + ["Taipeh", "Tapei", "Ko Wen-jee", "大安邨", "台北巿", "99999", "第９９９９９"]
    # Ids, single letters and nothing.
    + ["tw", "TW", "1", "a", "ZZZ", "President", "總統", "xyzzy", "’", "%", "投開票所 0001", "里"]
)
SMALL = ["nandu", "NANDÚ", "Nandù", "ost", "Øst", "lodz", "Lodzz", "council", "Counsil", "greens", "green", "green+blue", "blue", "Blues Greens"] + [
    *[
        "Zoë N",
        "obrien",
        "O’Brien",
        "O Brien",
        "district 3",
        "第3",
        "第三",
        "district 4",
        "Nord",
        "Nrod",
        "strasse",
        "STRASSE 7",
        "same",
        "kg",
        "한국",
    ],
    *["city/nord", "nord/1", "b-1", "Rat", "Conseil", "Zoé", "x" * 400, "a " * 16],
]


def candidate(id_, name, *parties):
    return {"id": id_, "name": name, "kind": "candidate", "candidates": [{"id": id_, "name": name}], "parties": list(parties)}


def contest(id_, name, *options):
    rest = {"kind": "plurality", "seats": 1, "votes_allowed": 1, "write_ins": False, "share_base": "votes", "decides": "most votes"}
    return {"id": id_, "name": name, **rest, "unit": "city", "counted_from": "ballots", "options": list(options)}


def small(folder):
    """The rules and the presentation of an election that is spelt awkwardly."""
    units = [("city", "Łódź"), ("city/nord", "Øst-Nord"), ("city/süd", "Große Straße 7")]
    places = [
        ("nord/1", "第三投票所", "city/nord"),
        ("nord/2", "District 3", "city/nord"),
        ("b-1", "District 13", "city/süd"),
        ("kr", "한국 ㎏", "city/süd"),
    ]
    rules = json.loads((TREE / "tests/vectors/rules.json").read_text())
    rules["units"] = [{"id": id_, "name": name, "kind": "area"} | ({"parent": "city"} if id_ != "city" else {}) for id_, name in units]
    rules["units"] += [{"id": id_, "name": name, "kind": "station", "parent": parent} for id_, name, parent in places]
    rules["contests"] = [
        contest("council", "Council", candidate("zoe", "Zoë Ñandú", "green", "blue"), candidate("pat", "Pat O'Brien", "blue")),
        contest("other", "Same name", candidate("zoe", "Zoé", "green"), candidate("same", "Same name")),
    ]
    rules["styles"] = [{"id": "full", "name": "Full", "cards": [["council", "other"]]}]
    texts = {"de": {"council": "Rat", "city/nord": "Norden"}, "fr": {"council": "Conseil", "green": "Verts"}}
    presentation = {"teller": "presentation/1", "texts": texts, "options": {"council/zoe": {"short_name": "Ñ."}}}
    (folder / "rules.json").write_text(json.dumps(rules))
    (folder / "presentation.json").write_text(json.dumps(presentation))


def taiwan(folder):
    (folder / "rules.json").write_bytes(gzip.decompress((TREE / "examples/taiwan-2024/rules.json.gz").read_bytes()))
    (folder / "presentation.json").write_bytes((TREE / "examples/taiwan-2024/presentation.json").read_bytes())


@pytest.fixture(scope="module", params=[(taiwan, TAIWAN), (small, SMALL)], ids=["taiwan", "small"])
def asked(request, tmp_path_factory):
    """(a server's answers, what the board says to each question, the questions)."""
    make, questions = request.param
    folder = tmp_path_factory.mktemp("search")
    make(folder)
    home = folder / "home"
    run("init", "--home", home, "--rules", folder / "rules.json", "--presentation", folder / "presentation.json", "--mode", "test")
    with serving(home, folder / "log") as url:
        command = [TREE / "build/venv/board/bin/python", TREE / "tests/embedded/board_search.py", home / "store.sqlite"]
        said = subprocess.run(command, input=json.dumps(questions), capture_output=True, text=True, timeout=300)
        assert said.returncode == 0, said.stderr[-2000:]
        yield Answers(url, set()), json.loads(said.stdout), questions


def search(answers, said, status=200):
    return answers.ask("GET", "/v1/search", status, path=f"/v1/search?q={urllib.parse.quote(said)}").json()


def test_it_finds_what_the_board_finds(asked):
    answers, of_the_board, questions = asked
    something = 0
    for said, board in zip(questions, of_the_board, strict=True):
        told = search(answers, said)
        hits = [{"contest": None} | {name: hit[name] for name in ("kind", "id", "contest", "within") if name in hit} for hit in told["hits"]]
        assert (told["nearly"], told["found"], hits) == (board["nearly"], board["found"], board["hits"]), said
        something += bool(hits)
    assert something > len(questions) * 2 / 3


def test_both_know_the_same_forms_of_characters():
    """And no others: a form that one of them knew alone would be found in one place and not in the other."""
    sys.path.insert(0, str(TREE / "view/board"))
    import search as board

    ours = re.findall(r"constexpr std::string_view (?:character|letter)_forms =([^;]+);", (TREE / "src/search/folded.cc").read_text())
    pairs = [word for text in ours for word in "".join(re.findall(r'"([^"]*)"', text)).split()]
    assert len(ours) == 2 and {pair[0]: pair[1:] for pair in pairs} == board._form | board._LETTERS


def test_a_question_is_answered_in_words_where_it_is_none(asked):
    answers, _, _ = asked
    for query in ("", "?q=", "?q=a&kind=place", "?p=a", "?q=%FF", "?q=a%0Ab", "?q=" + "x" * 401, "?q=" + "a+" * 17):
        error = answers.ask("GET", "/v1/search", 400, path=f"/v1/search{query}").json()["error"]
        assert error["code"] == "http.query_invalid" and len(error["detail"]) > 15, query


def test_a_nation_is_searched_in_a_moment(asked):
    answers, _, questions = asked
    search(answers, "warm")
    for said in questions:
        began = time.perf_counter()
        search(answers, said)
        assert time.perf_counter() - began < 1.0, said
