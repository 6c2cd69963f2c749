"""The vectors are what their program writes, and every example in schema/entry.md is one of them."""

import json
import pathlib
import re
import subprocess
import sys

import pytest

import rfc8032

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


@pytest.mark.parametrize(
    ("seed", "key", "message", "signature"),
    [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ),
    ],
)
def test_a_signature_of_the_vectors_is_that_of_rfc_8032(seed, key, message, signature):
    """Its tests 1 and 3, section 7.1."""
    assert rfc8032.public_key(bytes.fromhex(seed)).hex() == key
    assert rfc8032.sign(bytes.fromhex(seed), bytes.fromhex(message)).hex() == signature
