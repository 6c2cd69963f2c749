"""Files of the kinds that offices really send, through `teller import`: what each must give (tests/fixtures/field)."""

import json
import subprocess
import zipfile

import pytest

from conftest import TELLER, TREE
from workbooks import xlsx

FIELD = TREE / "tests/fixtures/field"
CLEAN = FIELD / "clean.csv"


class Import:
    """One file imported into a count whose rules are made of `rules` (left out: of the file itself)."""

    def __init__(self, folder, file, more="", rules=CLEAN, text=None, arguments=()):
        self.mapping = folder / "mapping.toml"
        self.mapping.write_text((text or (FIELD / "base.toml").read_text()) + more)
        files = self.files = [file] if not isinstance(file, list) else file
        made = self.teller("import", *([rules] if rules else files), "--mapping", self.mapping, "--write-rules", folder / "rules.json")
        self.refused = made.stderr if made.returncode > 1 else ""
        if self.refused:
            return
        self.teller("init", "--home", folder / "home", "--rules", folder / "rules.json", "--mode", "test", code=0)
        common = ["import", *files, "--mapping", self.mapping, "--home", folder / "home", "--out", folder / "out.tbat", *arguments]
        done = self.teller(*common, "--json")
        self.said = self.teller(*common).stderr
        self.code = done.returncode
        self.refused = done.stderr if done.returncode > 1 else ""
        report = json.loads(done.stdout) if not self.refused else {}
        self.sums = report.get("sums")
        self.held = [sheet["unit"] for sheet in report.get("held", [])]
        self.faults = {fault["line"]: fault for fault in report.get("faults", [])}
        self.notes = report.get("notes", [])
        self.rows = report.get("rows")

    @staticmethod
    def teller(*arguments, code=None):
        done = subprocess.run([TELLER, *map(str, arguments)], capture_output=True, text=True, timeout=60)
        assert code is None or done.returncode == code, done.stderr
        return done

    def sheets(self):
        """What would be sent, as JSON."""
        out = self.mapping.with_name("out.ndjson")
        self.teller("import", *self.files, "--mapping", self.mapping, "--home", self.mapping.with_name("home"), "--out", out, "--format", "ndjson")
        return [json.loads(line) for line in out.read_text().splitlines()]

    def fault(self, line):
        return self.faults[line]["detail"]


@pytest.fixture
def imports(tmp_path):
    return lambda file, more="", **options: Import(tmp_path, FIELD / file if isinstance(file, str) else file, more, **options)


def with_option(more=""):
    """The mapping base.toml with more keys in [option]."""
    return (FIELD / "base.toml").read_text().replace('id = "{candidate}"', f'id = "{{candidate}}"\n{more}')


def mayor(ada, ben):
    return {"Mayor": {"Ada Moss": ada, "Ben Rook": ben}}


def test_a_clean_file_comes_in_without_a_word(imports):
    clean = imports("clean.csv")
    assert (clean.code, clean.sums, clean.held, clean.notes) == (0, mayor(130, 110), [], [])


def test_thousands_are_numbers_where_the_mapping_says_so(imports):
    said = imports("01-thousands/comma.csv", '[numbers]\nthousands = ","\n')
    assert (said.code, said.sums) == (0, mayor(2348, 1010))


def test_without_a_number_format_both_sheets_wait_and_the_mended_file_brings_both_in(imports):
    held = imports("01-thousands/comma.csv")
    assert (held.code, held.sums, held.held) == (1, mayor(None, None), ["Rill/P1", "Rill/P2"])
    assert 'votes "1,346" has a separator' in held.said and 'thousands = [","]' in held.said
    assert "held: Rill/P1 · Mayor · all" in held.said


def test_the_mended_file_is_whole(imports):
    assert imports("01-thousands/comma-fixed.csv").sums == mayor(2348, 1010)


def test_a_comma_that_nobody_quoted_is_refused_by_line_and_holds_its_sheet(imports):
    torn = imports("01-thousands/unquoted.csv")
    assert (torn.code, torn.sums, torn.held, list(torn.faults)) == (1, mayor(None, None), ["Rill/P1"], [2])


def test_each_kind_of_separator_can_be_allowed(imports):
    kinds = '[numbers]\nthousands = [".", " ", "\\u00A0", "\\u202F", "\'", "\\u2019"]\n'
    assert imports("01-thousands/kinds.csv", kinds, rules=None).sums == mayor(3 * 1346, 3 * 1346)


def test_forms_of_numbers_are_taken_or_refused_each_in_its_own_words(imports):
    forms = imports("02-number-forms/forms.csv", rules=None)
    assert forms.held == [f"Rill/P{n}" for n in range(1, 7)] and forms.code == 1
    words = {3: "power of ten", 4: "not whole", 7: "plus", 8: "negative", 9: "brackets", 10: "percent", 12: "another script"}
    assert list(forms.faults) == list(words)
    for line, word in words.items():
        assert word in forms.fault(line)


def test_digits_of_other_scripts_are_taken_where_the_mapping_says_so(imports):
    forms = imports("02-number-forms/forms.csv", "[numbers]\nother_digits = true\n", rules=None)
    assert 12 not in forms.faults and forms.sums["Mayor"] == {"Ada Moss": 12, "Ben Rook": 12}


def test_a_row_twice_is_named_and_its_sheet_waits(imports):
    twice = imports("06-duplicate-rows/dups.csv", rules=None)
    assert (list(twice.faults), twice.held) == ([3, 5], ["Onda/G20", "Onda/BALD 1"])


def test_adding_says_that_it_cannot_tell_a_copy_from_a_second_place(imports):
    added = imports("06-duplicate-rows/dups.csv", 'repeated = "add"\n', rules=None)
    assert added.sums == {"Governor": {"Ada Moss": 506, "Ben Rook": 50}}
    assert "nothing can tell a copy" in added.notes[0]


def test_sums_left_out_by_the_mapping_are_not_counted(imports):
    without = imports("04-total-rows/totals.csv", '[leave_out]\nprecinct = "Total"\n', rules=None)
    assert (without.code, without.sums, without.rows["passed_over"]) == (0, mayor(130, 110), 2)


def test_figures_that_are_too_large_are_refused_where_they_stand(imports):
    assert list(imports("18-overflow/big.csv", rules=None).faults) == [2, 3]


def test_a_sum_that_is_too_large_is_refused_where_it_gets_so(imports):
    large = imports("18-overflow/add.csv", 'repeated = "add"\n', rules=None)
    assert (list(large.faults), large.held) == ([3], ["Rill/P1"])


def test_a_flag_that_a_row_is_counted_decides_which_rows_are_taken(imports):
    flagged = imports("35-counted-flag/at-20h.csv", rules=FIELD / "35-counted-flag/at-21h.csv", text=(FIELD / "35-counted-flag/map.toml").read_text())
    assert (flagged.code, flagged.sums, flagged.rows["passed_over"]) == (0, mayor(120, 80), 2)


def test_files_that_were_joined_lose_only_their_headers_and_marks(imports):
    joined = imports("07-concatenated/cat.csv", rules=None)
    assert (joined.code, joined.sums) == (0, {"Mayor": {"Ada Moss": 127}})
    assert any("header again" in note and "line 3" in note for note in joined.notes)


def test_a_mark_in_the_middle_is_no_part_of_a_name(imports):
    columns = '[csv]\nheader = false\n[[unit]]\nkind = "county"\nid = "{1}"\n[[unit]]\nkind = "precinct"\nid = "{2}"\n'
    base = (FIELD / "base.toml").read_text()
    head, tail = base.split("[[unit]]", 1)
    more = tail[tail.index("[contest]") :]
    for name, column in {"office": 3, "candidate": 4, "votes": 5}.items():
        more = more.replace(f"{{{name}}}", f"{{{column}}}").replace(f'column = "{name}"', f'column = "{column}"')
    whole = head + columns + more
    marked = imports("07-concatenated/cat-noheader.csv", rules=None, text=whole)
    assert marked.sums == {"Mayor": {"Ada Moss": 127}} and any("byte order marks" in note for note in marked.notes)


def test_a_merge_that_nobody_finished_is_refused(imports):
    refused = imports("07-concatenated/marker.csv", rules=None).refused
    assert "file.damaged" in refused and "line 3" in refused


def test_empty_rows_are_passed_over_and_said_once(imports):
    empty = imports("27-empty-rows/commas.csv", rules=None)
    assert (empty.code, empty.sums, len(empty.notes)) == (0, {"Mayor": {"Ada Moss": 120}}, 1)
    assert empty.notes[0] == "3 empty rows were passed over, the first on line 3"


def test_a_title_above_the_header_and_a_line_below_are_passed_over(imports):
    titled = imports("15-preamble/preamble.csv", '[csv]\nheader_line = 4\nskip = "Generated by"\n', rules=None)
    assert (titled.code, titled.sums) == (0, mayor(120, 80))


def test_where_a_title_stands_the_header_is_found_for_the_message(imports):
    assert "write header_line = 4 in [csv]" in imports("15-preamble/preamble.csv", rules=None).refused


def test_columns_that_nobody_needs_may_have_one_name(imports):
    assert imports("15-preamble/two-total-columns.csv", rules=None).sums == {"Mayor": {"Ada Moss": 120}}


def test_one_comma_too_many_is_one_sentence_or_allowed(imports):
    ragged = imports("34-ragged/trailing.csv", rules=None)
    assert (list(ragged.faults), ragged.held) == ([2, 3], []) and "empty_extra_columns = true" in ragged.said
    assert ragged.sums == {"Mayor": {"Ada Moss": 10}}


def test_an_empty_column_too_many_is_passed_over_where_the_mapping_allows_it(imports):
    allowed = imports("34-ragged/trailing.csv", "[csv]\nempty_extra_columns = true\n", rules=None)
    assert (allowed.code, allowed.sums) == (0, mayor(130, 80))


def test_names_are_composed_and_trimmed(imports):
    night = imports("11-near-names/night2.csv", rules=FIELD / "11-near-names/night1.csv")
    codes = {line: fault["code"] for line, fault in night.faults.items()}
    assert codes == {3: "import.option_unknown", 5: "import.option_unknown", 6: "import.row_repeated", 7: "import.option_unknown"}
    assert '"Ron<U+00A0>Unz"' in night.fault(5) and 'looks like "Ron Unz"' in night.fault(5)
    assert 'is it "Ron Unz"?' in night.fault(7)
    assert night.held == ["Rill/P1"]


def test_no_rules_are_made_with_two_names_that_look_the_same(imports):
    refused = imports("11-near-names/night2.csv", rules=None).refused
    assert "mapping.invalid" in refused and 'two options look the same: "Ron  Unz" and "Ron Unz"' in refused


def test_a_blank_behind_the_name_of_a_column_is_nothing(imports):
    assert imports("11-near-names/header-space.csv", rules=None).sums == {"Mayor": {"Ada Moss": 120}}


def test_a_name_that_a_spreadsheet_changed_is_recognized(imports):
    changed = imports("03-excel-names/saved-by-excel.csv", rules=FIELD / "03-excel-names/night1.csv")
    assert 'is it "1-4", of which a spreadsheet made a date' in changed.fault(2)
    assert 'is it "007", whose zeros a spreadsheet dropped' in changed.fault(4)
    assert changed.sums == mayor(None, None)


def test_rules_made_of_a_changed_name_come_with_a_hint(imports):
    made = imports("03-excel-names/saved-by-excel.csv", rules=None)
    assert any('"4-Jan" looks like a date' in note for note in made.notes)


def test_a_mark_that_nobody_sees_is_no_part_of_a_hebrew_header(imports):
    hebrew = (
        'teller = "mapping/1"\n[election]\nname = "x"\ndate = "2026-05-03"\ntime_zone = "UTC"\n'
        '[[unit]]\nkind = "place"\nid = "{יישוב}"\n[[unit]]\nkind = "box"\nid = "{קלפי}"\n[contest]\nid = "c"\n'
        '[option]\nid = "{מועמד}"\n[method]\nid = "all"\n[votes]\ncolumn = "קולות"\n'
    )
    read = imports("23-rtl/rtl.csv", rules=None, text=hebrew)
    assert read.sums == {"c": {"אבי כהן": 15}} and read.code == 0


@pytest.mark.parametrize(
    "file, word",
    [("utf16le-bom", "UTF-16LE"), ("utf16be-bom", "UTF-16BE"), ("utf16le-nobom", "without a byte order mark"), ("cr-only", "CR alone")],
)
def test_encodings_that_show_themselves_are_read_and_said_once(imports, file, word):
    read = imports(f"08-encodings/{file}.csv")
    assert (read.code, read.sums, len(read.notes)) == (0, mayor(130, 110), 1) and word in read.notes[0]


@pytest.mark.parametrize("file", ["bom", "crlf", "blank-first-line"])
def test_what_is_usual_is_not_worth_a_word(imports, file):
    read = imports(f"08-encodings/{file}.csv")
    assert (read.code, read.sums, read.notes) == (0, mayor(130, 110), [])


def test_an_encoding_can_be_stated(imports):
    read = imports("08-encodings/cp1252.csv", '[csv]\nencoding = "WINDOWS-1252"\n', rules=None)
    assert (read.code, read.sums, read.notes) == (0, {"Mayor": {"José Muñoz": 120, "Ben Rook": 80}}, [])


def test_an_encoding_that_is_only_likely_is_said(imports):
    read = imports("08-encodings/cp1252.csv", rules=None)
    assert read.sums == {"Mayor": {"José Muñoz": 120, "Ben Rook": 80}}
    assert len(read.notes) == 1 and "it was read as WINDOWS-1252" in read.notes[0]


def test_big5_is_told_from_its_text_and_said_once(imports):
    """Of the name 許育恒 two letters end in bytes that are a backslash and a bar elsewhere, and the third came after the standard."""
    read = imports("08-encodings/big5.csv", rules=None)
    assert (read.code, read.sums, len(read.notes)) == (0, {"縣長": {"許育恒": 130, "陳本祿": 110}}, 1) and "it was read as BIG5" in read.notes[0]


def test_an_encoding_that_is_wrong_or_unknown_is_refused(imports):
    assert "file.encoding" in imports("08-encodings/cp1252.csv", '[csv]\nencoding = "SHIFT_JIS"\n', rules=None).refused
    assert "is not known here" in imports("08-encodings/cp1252.csv", '[csv]\nencoding = "KLINGON"\n', rules=None).refused


def test_damaged_letters_are_warned_of(imports):
    assert any("U+FFFD" in note for note in imports("08-encodings/replacement.csv", rules=None).notes)


def test_letters_that_were_read_in_the_wrong_encoding_are_warned_of(imports):
    assert any("look like UTF-8" in note for note in imports("08-encodings/mojibake.csv", rules=None).notes)


def test_an_empty_file_is_not_the_mapping_s_fault(imports):
    refused = imports("08-encodings/empty.csv", rules=None).refused
    assert "file.damaged" in refused and "empty.csv" in refused and "column" not in refused


def test_a_header_alone_is_nothing(imports):
    assert "mapping.invalid" in imports("08-encodings/header-only.csv", rules=None).refused


def test_a_zero_byte_is_one_fault_that_shows(imports):
    torn = imports("08-encodings/nul.csv")
    assert list(torn.faults) == [4, 5] and "P<U+0000>2" in torn.faults[4]["found"]
    assert torn.sums == mayor(120, 80)


def test_what_is_no_table_is_refused_by_name(imports):
    assert "web page" in imports("17-archives/detail.html", rules=None).refused
    assert "XLS" in imports("17-archives/old.xls", rules=None).refused


def test_a_total_among_the_precincts_stops_the_import(imports):
    refused = imports("04-total-rows/totals.csv", rules=None).refused
    assert "mapping.invalid" in refused and '"Rill/Total" is the sum of all 2 others' in refused


def test_a_total_among_the_candidates_stops_the_import(imports):
    refused = imports("31-silent-mapping/total-candidate.csv", rules=None).refused
    assert "mapping.invalid" in refused and '"TOTAL VOTES CAST" of "Mayor" is the sum of all others but "Blanks"' in refused


def test_blanks_among_the_candidates_stop_the_making_of_rules(imports):
    refused = imports("31-silent-mapping/total-candidate.csv", rules=None, text=with_option('skip = "TOTAL VOTES CAST"')).refused
    assert "mapping.invalid" in refused and '"Blanks" = "blank" in [option.figures]' in refused


def test_totals_and_blanks_that_the_mapping_names_are_what_they_are(imports):
    named = imports("31-silent-mapping/total-candidate.csv", rules=None, text=with_option('skip = "TOTAL VOTES CAST"\nfigures = {Blanks = "blank"}'))
    assert (named.code, named.sums) == (0, mayor(120, 80))


def test_a_key_that_fits_no_row_is_an_error(imports):
    refused = imports("clean.csv", text=with_option('skip = "TOTAL"')).refused
    assert "mapping.invalid" in refused and '[option] skip "TOTAL"' in refused


def test_keys_may_fit_no_row_where_files_come_in_parts(imports):
    text = with_option('skip = "TOTAL"').replace('"mapping/1"\n', '"mapping/1"\nunused = "allow"\n')
    assert imports("clean.csv", text=text).sums == mayor(130, 110)


def test_a_mapping_that_takes_nothing_is_an_error(imports):
    assert "mapping.invalid" in imports("clean.csv", '[leave_out]\ncounty = "Rill"\n').refused


def test_masks_are_withheld_also_those_with_a_number_in_them(imports):
    masked = imports("09-masks/masks.csv", 'withheld = ["***", "<#"]\nunknown = "N/A"\n', rules=None)
    assert (masked.code, masked.held, masked.sums) == (0, [], mayor(1500, 800))
    kinds = [[value for option, value in sorted(sheet["votes"].items())] for sheet in sorted(masked.sheets(), key=lambda sheet: sheet["unit"])]
    assert kinds == [[1200, 800], ["withheld", "withheld"], [300]]


def test_x_is_not_on_this_ballot(imports):
    crossed = imports("22-x/x.csv", 'not_on_ballot = ["X", "x"]\n', rules=None)
    assert (crossed.code, crossed.sums) == (0, {"Senate 3": {"Ada Moss": 12}})


def test_options_beside_each_other_are_read_with_what_stands_beside_them(imports):
    wide = with_option().replace('id = "{candidate}"', 'id = "{header}"').replace('id = "{office}"', 'id = "Mayor"')
    wide = wide.replace('column = "votes"', 'columns = ["A", "B", "C"]\n[sheet]\nregistered = "registered"\ninvalid = "invalid"')
    read = imports("16-wide/wide.csv", rules=None, text=wide)
    assert (read.code, read.sums) == (0, {"Mayor": {"A": 130, "B": 110, "C": 8}})
    figures = {"registered": 590, "invalid": 3}
    assert {name: sum(sheet[name] for sheet in read.sheets()) for name in figures} == figures


def test_two_rows_of_a_header_name_contest_and_option(imports):
    wide = with_option().replace('id = "{candidate}"', 'id = "{header 2}"').replace('id = "{office}"', 'id = "{header 1}"')
    wide = wide.replace('column = "votes"', 'columns_from = "Ada Moss"\n[csv]\nheader_rows = 2')
    read = imports("15-preamble/merged.csv", rules=None, text=wide)
    assert (read.code, read.sums) == (0, {"Mayor": {"Ada Moss": 130, "Ben Rook": 110}, "Council": {"Cy Vale": 65, "Di Wren": 96}})


def test_one_mapping_has_one_president_and_a_sheriff_for_each_county(imports):
    local = with_option().replace('id = "{office}"', 'id = "{office}"\neach = {Sheriff = "{county} Sheriff"}')
    read = imports("21-local-contest/sheriff.csv", rules=None, text=local)
    assert read.sums == {"President": {"Ada Moss": 127}, "Rill Sheriff": {"Cy Vale": 100}, "Dale Sheriff": {"Di Wren": 5}}


def test_a_control_total_is_compared_and_not_counted(imports):
    held_against = imports("04-total-rows/totals.csv", '[expect]\nprecinct = "Total"\n', rules=None)
    assert (held_against.code, held_against.sums) == (0, mayor(130, 110))


def test_a_control_total_that_differs_is_said(imports, tmp_path):
    wrong = tmp_path / "wrong.csv"
    wrong.write_text((FIELD / "04-total-rows/totals.csv").read_text().replace("Ben Rook,110", "Ben Rook,111"))
    compared = imports(wrong, '[expect]\nprecinct = "Total"\n', rules=None)
    assert compared.code == 1 and [fault["code"] for fault in compared.faults.values()] == ["import.figure_differs"]
    assert 'the control total is 111, and its rows add up to 110: "Rill", "Mayor", "Ben Rook"' in compared.fault(7)


# A column of kinds tells sums from places; the row of a sum has a number of its own where a place has its number.
KINDS_MAPPING = """teller = "mapping/1"
[election]
name = "Rill"
date = "2030-05-05"
[expect]
kind = ["land", "town"]
[[unit]]
kind = "town"
id = "{town}"
[[unit]]
kind = "place"
id = "{number}"
[contest]
id = "Mayor"
[option]
id = "{header}"
[method]
id = "all"
[votes]
columns = ["Ada Moss", "Ben Rook"]
"""
KINDS = (
    "kind,town,number,Ada Moss,Ben Rook\nland,,900,9,5\ntown,Rill,910,5,4\nplace,Rill,1,3,2\nplace,Rill,2,2,2\ntown,Dale,920,4,1\nplace,Dale,1,4,1\n"
)


def test_control_totals_of_each_level_are_compared_with_what_lies_below(imports, tmp_path):
    wide = tmp_path / "wide.csv"
    wide.write_text(KINDS)
    compared = imports(wide, rules=None, text=KINDS_MAPPING)
    assert (compared.code, compared.sums) == (0, mayor(9, 5))


def test_a_control_total_that_differs_names_unit_contest_option_and_column(imports, tmp_path):
    wide = tmp_path / "wide.csv"
    wide.write_text(KINDS.replace("Rill,910,5,4", "Rill,910,5,3") + "town,Holm,930,7,7\n")
    compared = imports(wide, rules=None, text=KINDS_MAPPING)
    assert (compared.code, compared.faults[3]["column"]) == (1, "Ben Rook")
    assert 'the control total is 3, and its rows add up to 4: "Rill", "Mayor", "Ben Rook"' in compared.fault(3)
    assert 'the control total 7 is of "Holm", of which no other row is' in compared.fault(8)


def test_a_total_of_options_is_compared(imports):
    text = with_option('figures = {Blanks = "blank"}') + '[expect]\ncandidate = "TOTAL VOTES CAST"\n'
    compared = imports("31-silent-mapping/total-candidate.csv", rules=None, text=text)
    assert (compared.code, compared.sums) == (0, mayor(120, 80))


@pytest.mark.parametrize("archive, sums", [("mac", mayor(130, 110)), ("one-in-folder", mayor(130, 110))])
def test_a_zip_of_one_file_is_that_file(imports, archive, sums):
    assert imports(f"17-archives/{archive}.zip").sums == sums


@pytest.mark.parametrize("archive", ["counties", "folders"])
def test_all_files_in_a_zip_are_one_delivery(imports, archive):
    joined = imports(f"17-archives/{archive}.zip", rules=None)
    counties = {sheet["unit"].split("/")[0] for sheet in joined.sheets()}
    assert (joined.code, joined.sums, counties) == (0, mayor(260, 220), {"Rill", "Dale"})
    assert any("readme.txt" in note for note in joined.notes) == (archive == "counties")


def test_a_fault_in_a_zip_names_its_file(imports, tmp_path):
    path = tmp_path / "night.zip"
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("a.csv", CLEAN.read_text())
        out.writestr("b.csv", CLEAN.read_text().replace("Rill", "Dale").replace("30", "x"))
    faulty = imports(path, rules=None)
    assert f"{path}:b.csv:5: import.not_a_number" in faulty.said and faulty.held == ["Dale/P2"]


def test_a_colon_in_a_name_is_part_of_the_name(imports, tmp_path):
    path = tmp_path / "results 20:15.csv"
    path.write_bytes(CLEAN.read_bytes())
    assert imports(path).sums == mayor(130, 110)


def test_a_spreadsheet_is_read(imports):
    assert imports("17-archives/results.xlsx").sums == mayor(130, 110)


def test_a_spreadsheet_without_a_sheet_is_refused(imports):
    assert "file.member_unknown" in imports("17-archives/results.ods", rules=None).refused


def row(number, *cells):
    """Texts by their place among the shared ones, numbers as Excel writes them."""
    return f'<row r="{number}">' + "".join(cell.replace("?", str(number)) for cell in cells) + "</row>"


def test_a_sheet_of_a_spreadsheet_has_texts_numbers_gaps_and_dates(imports, tmp_path):
    shared = ["county", "precinct", "office", "candidate", "votes", "Rill", "P1", "Mayor", "Ada Moss", "Ben &amp; Rook"]
    head = row(3, *(f'<c r="{letter}?" t="s"><v>{i}</v></c>' for i, letter in enumerate("ABCDE")))
    names = '<c r="A?" t="s"><v>5</v></c><c r="B?" t="s"><v>6</v></c><c r="C?" t="s"><v>7</v></c>'
    votes = row(4, names, '<c r="D?" t="s"><v>8</v></c><c r="E?"><v>1.346E3</v></c>')
    more = row(6, names, '<c r="D?" t="s"><v>9</v></c><c r="E?"><f>1+1</f><v>980</v></c>')
    dated = row(7, names.replace('t="s"><v>6</v>', 's="1"><v>46026</v>'), '<c r="D?" t="s"><v>8</v></c><c r="E?"><v>5</v></c>')
    styles = '<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="16"/></cellXfs></styleSheet>'
    title = '<row r="1"><c r="A1" t="inlineStr"><is><t>Results</t></is></c></row>'
    path = xlsx(tmp_path / "night.xlsx", {"Notes": "", "Votes": title + head + votes + more + dated}, shared, styles)
    read = imports(path, '[csv]\nsheet = "Votes"\nheader_line = 3\n', rules=None)
    assert read.sums == {"Mayor": {"Ada Moss": 1351, "Ben & Rook": 980}}
    assert any('"2026-01-04" looks like a date' in note for note in read.notes)
    assert "has several sheets; it has Notes, Votes" in imports(path, rules=None).refused


def test_an_open_document_is_read(imports, tmp_path):
    def cell(text, again=1):
        return f'<table:table-cell office:value-type="string" table:number-columns-repeated="{again}"><text:p>{text}</text:p></table:table-cell>'

    def line(precinct, name, votes):
        number = f'<table:table-cell office:value-type="float" office:value="{votes}"><text:p>{votes:,}</text:p></table:table-cell>'
        empty = '<table:table-cell table:number-columns-repeated="16379"/>'
        return f"<table:table-row>{cell('Rill')}{cell(precinct)}{cell('Mayor')}{cell(name)}{number}{empty}</table:table-row>"

    names = "".join(map(cell, ["county", "precinct", "office", "candidate", "votes"]))
    rows = f"<table:table-row>{names}</table:table-row>" + line("P1", "Ada Moss", 1346) + line("P1", "Ben Rook", 980)
    rows += '<table:table-row table:number-rows-repeated="1048573"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    spaces = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ["office", "table", "text"])
    with zipfile.ZipFile(tmp_path / "night.ods", "w") as out:
        out.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        out.writestr("content.xml", f'<office:document-content {spaces}><table:table table:name="a">{rows}</table:table></office:document-content>')
    assert imports(tmp_path / "night.ods", rules=None).sums == mayor(1346, 980)


def test_a_spreadsheet_that_grows_without_end_is_refused(imports, tmp_path):
    entities = '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    with zipfile.ZipFile(tmp_path / "laughs.xlsx", "w") as out:
        out.writestr("xl/workbook.xml", entities + "<workbook>&b;</workbook>")
    assert "declares a document type" in imports(tmp_path / "laughs.xlsx", rules=None).refused
