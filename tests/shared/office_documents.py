"""What an office files, read by somebody who has the file and the count's public key, and no program of ours: the signature by the commands of
docs/guides/documents.md, the text line by line."""

import pathlib
import re
import subprocess

GUIDE = pathlib.Path(__file__).resolve().parents[2] / "docs/guides/documents.md"
CHECK = re.search(r"cat > check.sh <<'SH'\n(.*?)^SH$", GUIDE.read_text(), re.DOTALL | re.MULTILINE)[1]


def is_signed(file, key):
    """Whether the text of the file is what this key signed."""
    done = subprocess.run(["sh", "-c", CHECK, "check.sh", file, key], capture_output=True, text=True, timeout=60)
    assert (done.returncode == 0) == ("Signature Verified Successfully" in done.stdout), done.stdout + done.stderr
    return done.returncode == 0


class Document:
    """A document whose signature is good: its kind, and its lines as (word, value)."""

    def __init__(self, file, key):
        assert is_signed(file, key), file
        text, _, signature = pathlib.Path(file).read_bytes().decode().partition("\n\n")
        assert signature.startswith("— ") and signature.count("\n") == 1, signature
        self.lines = [tuple(line.split(" ", 1)) for line in text.split("\n")]
        # No reader sees more lines than were signed as lines.
        assert text.splitlines() == text.split("\n"), text
        assert all(len(line) == 2 and line[1] for line in self.lines), text
        word, kind = self.lines[0]
        assert word == "teller" and kind.endswith(" 1") and self.lines[-1] == ("key", key), (self.lines[0], self.lines[-1])
        self.kind = kind.removesuffix(" 1")

    def all(self, word):
        return [value for name, value in self.lines if name == word]

    def one(self, word):
        (value,) = self.all(word)
        return value

    def parts(self, word, until="key"):
        """The lines from each `word` up to the next one, or to the first `until`."""
        found = []
        for line in self.lines:
            if line[0] == until and found:
                break
            if line[0] == word:
                found.append([])
            if found:
                found[-1].append(line)
        return found

    def totals(self):
        """{contest: {option or counter: votes}}, of all units together."""
        found = {}
        for part in self.parts("contest"):
            votes, option = found.setdefault(part[0][1], {}), None
            for word, value in part[1:]:
                if word == "unit":
                    break
                if word == "option":
                    option = value
                elif word == "votes":
                    votes[option] = number(value)
                elif word not in ("name", "reporting", "note"):
                    votes[word] = number(value)
        return found

    def cells(self):
        """{(contest, unit): {option or counter: votes}}, as each unit reported."""
        found = {}
        for part in self.parts("contest"):
            unit = None
            for word, value in part[1:]:
                if word == "unit":
                    unit = found.setdefault((part[0][1], value), {})
                elif unit is not None and word == "votes":
                    votes, _, option = value.partition(" ")
                    unit[option] = number(votes)
                elif unit is not None and word not in ("name", "method"):
                    unit[word] = number(value)
        return found


def number(text):
    """A figure of a document; a word where there is none."""
    plain = text.replace(",", "")
    return int(plain) if plain.isdigit() else text
