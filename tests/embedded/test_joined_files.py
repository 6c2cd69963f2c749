"""Files that were put together of several: a header that comes once more, with its columns in another order or of other names, and the
marks of a merge that nobody finished. Nothing of them goes in under a wrong name."""

import json
import subprocess

import pytest

from conftest import TELLER
from mappings import ONE_CONTEST as LONG

WIDE = LONG.replace("{candidate}", "{header}").replace('column = "votes"', 'columns_from = "Ada", columns_to = "Cy"')
FIRST = "place,Ada,Ben,Cy\nP1,10,20,30\n"
SUMS = {"mayor": {"Ada": 11, "Ben": 22, "Cy": 33}}


@pytest.fixture
def check(tmp_path):
    def run_it(text, mapping=LONG, code=0, more=()):
        file, written = tmp_path / "file.csv", tmp_path / "mapping.toml"
        file.write_text(text)
        written.write_text(mapping)
        done = subprocess.run([TELLER, "import", file, "--mapping", written, "--check", "--json", *more], capture_output=True, text=True, timeout=60)
        assert done.returncode == code, done.stderr + done.stdout
        return json.loads(done.stdout) if code < 2 and not more else done.stderr + done.stdout

    return run_it


def test_a_header_with_its_columns_in_another_order_is_read_as_it_says(check):
    report = check(FIRST + "place,Ben,Cy,Ada\nP2,2,3,1\n", WIDE)
    assert (report["sums"], report["rows"]["refused"], report["sheets"]) == (SUMS, 0, 2)
    assert report["notes"] == [
        "line 3 is a header once more, with its columns in another order or of other names: from there on they were read as it says"
    ]
    told = check(FIRST + "place,Ben,Cy,Ada\nP2,2,3,1\n", WIDE, more=("--unit", "rill/P2"))
    assert '"column":"Ben (B)","text":"2"' in told and '"column":"Ada (D)","text":"1"' in told
    report = check("place,candidate,votes,cards\nP1,Ada,10,99\nplace,candidate,cards,votes\nP2,Ada,99,1\n", LONG + 'sheet = {cards = "cards"}\n')
    assert report["sums"] == {"mayor": {"Ada": 11}}


def test_options_that_are_called_by_numbers_may_change_their_places_too(check):
    numbered = WIDE.replace('"Ada"', '"1"').replace('"Cy"', '"3"')
    report = check("place,1,2,3\nP1,10,20,30\nplace,2,3,1\nP2,2,3,1\n", numbered)
    assert (report["sums"], report["sheets"]) == ({"mayor": {"1": 11, "2": 22, "3": 33}}, 2)


@pytest.mark.parametrize("to", [', columns_to = "Cy"', ""])
def test_a_header_with_other_options_ends_the_file(check, to):
    wide = WIDE.replace(', columns_to = "Cy"', to)
    refused = check(FIRST + "place,Ada,Ben,Di\nP2,1,2,3\n", wide, code=2)
    assert "file.damaged" in refused and "line 3 looks like a header once more, and it is another one" in refused
    assert "(place, Ada, Ben, Di)" in refused and "deliver each of them by itself" in refused
    assert check(FIRST + "place,Ben,Cy,Ada\nP2,2,3,1\n", wide)["sums"] == SUMS


def test_two_rows_of_a_header_come_again_as_they_were_or_in_another_order(check):
    two = LONG.replace('"mayor"', '"{header 1}"').replace("{candidate}", "{header 2}").replace('column = "votes"', 'columns_from = "Ada"')
    two += "csv = {header_rows = 2}\n"
    head, rows = ",Mayor,,Clerk,\nplace,Ada,Ben,Yes,No\n", "P1,1,2,3,4\n"
    both = {"Mayor": {"Ada": 2, "Ben": 4}, "Clerk": {"Yes": 6, "No": 8}}
    assert check(head + rows + head + "P2,1,2,3,4\n", two)["sums"] == both
    assert check(head + rows + ",Clerk,,Mayor,\nplace,Yes,No,Ada,Ben\nP2,3,4,1,2\n", two)["sums"] == both
    for above in (",Sheriff,,Clerk,", ",Coroner,,Sheriff,"):
        refused = check(head + rows + above + "\nplace,Ada,Ben,Yes,No\nP2,1,2,3,4\n", two, code=2)
        assert "looks like a header once more, and it is another one" in refused


def test_a_time_line_of_two_headers_is_taken_apart_by_a_person(check):
    timed = LONG + 'figures_at = {column = "at"}\n'
    text = "at,place,candidate,votes\n2026-05-03T20:00Z,P1,Ada,1\nplace,at,candidate,votes\nP1,2026-05-03T21:00Z,Ada,2\n"
    assert "holds several headers: take it apart" in check(text, timed, code=2)


def test_a_guessed_mapping_takes_no_name_of_a_column_for_a_mask(tmp_path, check):
    text = FIRST + "P2,5,6,7\nplace,Ben,Cy,Ada\nP3,2,3,1\nP4,8,9,4\n"
    (tmp_path / "a.csv").write_text(text)
    made = subprocess.run(
        [TELLER, "mapping", "new", tmp_path / "a.csv", "--name", "T", "--date", "2026-05-03", "--time-zone", "UTC", "--answer", "contest name="],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert made.returncode == 0 and "mask" not in made.stdout, made.stdout + made.stderr
    assert check(text, made.stdout)["sums"] == {"contest": {"Ada": 20, "Ben": 36, "Cy": 49}}


MERGED = "place,candidate,votes\n<<<<<<< HEAD\nP1,Ada,1\n=======\nP2,Ada,2\n>>>>>>> night\n"


def test_a_merge_that_nobody_finished_is_refused_whatever_is_skipped(check, tmp_path):
    refused = check(MERGED, LONG + 'csv = {skip = ["<<<<<<< HEAD", "=======", ">>>>>>> night"]}\n', code=2)
    assert "file.damaged" in refused and 'line 2: "<<<<<<< HEAD" is the mark of a merge' in refused
    (tmp_path / "merged.csv").write_text(MERGED)
    made = subprocess.run([TELLER, "mapping", "new", tmp_path / "merged.csv"], capture_output=True, text=True, timeout=60)
    assert made.returncode == 2 and "the mark of a merge" in made.stderr
    # A line that somebody drew below a title is none.
    assert check("place,candidate,votes\n=======\nP1,Ada,1\n", LONG + 'csv = {skip = "==="}\n')["sums"] == {"mayor": {"Ada": 1}}


def test_the_text_of_a_ballot_measure_is_mapped_where_it_is_too_long_for_an_id(check):
    measure = "Shall the City of Rill raise the levy for parks and libraries" + " and streets" * 20
    text = f"place,contest,candidate,votes\nP1,{measure},Yes,3\nP1,{measure},No,4\n"
    mapping = LONG.replace('"mayor"', '"{contest}"')
    first, _ = check(text, mapping, code=1)["faults"]
    assert (first["column"], first["found"]) == ("contest", '"Shall the City of Rill raise the levy for parks and librarie…"')
    assert first["detail"].startswith("is longer than the 200 bytes of an id") and "a shorter id in [contest.ids]" in first["detail"]
    report = check(text, mapping.replace('id = "{contest}"', f'id = "{{contest}}", ids = {{"{measure}" = "levy"}}'))
    assert report["sums"] == {"levy": {"Yes": 3, "No": 4}}
