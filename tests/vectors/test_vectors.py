"""The vectors are what their program writes, and every example in schema/entry.md is one of them."""

import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def test_the_vectors_are_what_their_program_writes():
    ran = subprocess.run([sys.executable, "tests/vectors/make_entry_vectors.py", "--check"], cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


def hex_strings(value):
    if isinstance(value, dict):
        for member in value.values():
            yield from hex_strings(member)
    elif isinstance(value, list):
        for member in value:
            yield from hex_strings(member)
    elif isinstance(value, str):
        yield value


def test_every_example_of_the_document_is_a_vector():
    """An example is a block fenced with ```hex: hexadecimal digits, and words after two spaces."""
    vectors = set(hex_strings(json.loads((ROOT / "tests" / "vectors" / "entry.json").read_text())))
    examples = re.findall(r"```hex\n(.*?)```", (ROOT / "schema" / "entry.md").read_text(), flags=re.DOTALL)
    assert len(examples) >= 6
    for example in examples:
        digits = "".join(re.split(r" {2,}", line)[0].replace(" ", "") for line in example.splitlines())
        assert re.fullmatch(r"[0-9a-f]+", digits), example
        assert digits in vectors, f"not a vector:\n{example}\n{digits}"
