"""Files of the kinds that offices really send, through `teller import`: what each must give (tests/fixtures/field)."""

import json
import subprocess

import pytest

from conftest import TELLER, TREE

FIELD = TREE / "tests/fixtures/field"
CLEAN = FIELD / "clean.csv"


class Import:
    """One file imported into a count whose rules are made of `rules` (left out: of the file itself)."""

    def __init__(self, folder, file, more="", rules=CLEAN, text=None, arguments=()):
        self.mapping = folder / "mapping.toml"
        self.mapping.write_text((text or (FIELD / "base.toml").read_text()) + more)
        files = [file] if not isinstance(file, list) else file
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

    def fault(self, line):
        return self.faults[line]["detail"]


@pytest.fixture
def imports(tmp_path):
    return lambda file, more="", **options: Import(tmp_path, FIELD / file if isinstance(file, str) else file, more, **options)


def mayor(ada, ben):
    return {"Mayor": {"Ada Moss": ada, "Ben Rook": ben}}


def test_a_clean_file_comes_in_without_a_word(imports):
    clean = imports("clean.csv")
    assert (clean.code, clean.sums, clean.held, clean.notes) == (0, mayor(130, 110), [], [])


def test_thousands_are_numbers_where_the_mapping_says_so(imports):
    said = imports("01-thousands/comma.csv", '[numbers]\nthousands = ","\n')
    assert (said.code, said.sums) == (0, mayor(2348, 1010))


def test_without_a_number_format_both_sheets_wait(imports):
    held = imports("01-thousands/comma.csv")
    assert (held.code, held.sums, held.held) == (1, mayor(0, 0), ["Rill/P1", "Rill/P2"])
    assert 'votes "1,346" has a separator' in held.said and 'thousands = [","]' in held.said
    assert "held: Rill/P1 · Mayor · all" in held.said


def test_the_mended_file_is_whole(imports):
    assert imports("01-thousands/comma-fixed.csv").sums == mayor(2348, 1010)


def test_a_comma_that_nobody_quoted_is_refused_by_line_and_holds_its_sheet(imports):
    torn = imports("01-thousands/unquoted.csv")
    assert (torn.code, torn.sums, torn.held, list(torn.faults)) == (1, mayor(0, 0), ["Rill/P1"], [2])


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
    without = imports("04-total-rows/totals.csv", '[leave_out]\nprecinct = "Total"\n')
    assert (without.code, without.sums, without.rows["passed_over"]) == (0, mayor(130, 110), 2)


def test_figures_that_are_too_large_are_refused_where_they_stand(imports):
    assert list(imports("18-overflow/big.csv", rules=None).faults) == [2, 3]


def test_a_sum_that_is_too_large_is_refused_where_it_gets_so(imports):
    large = imports("18-overflow/add.csv", 'repeated = "add"\n', rules=None)
    assert (list(large.faults), large.held) == ([3], ["Rill/P1"])


def test_a_flag_that_a_row_is_counted_decides_which_rows_are_taken(imports):
    flagged = imports("35-counted-flag/at-20h.csv", rules=FIELD / "35-counted-flag/at-21h.csv", text=(FIELD / "35-counted-flag/map.toml").read_text())
    assert (flagged.code, flagged.sums, flagged.rows["passed_over"]) == (0, mayor(120, 80), 2)
