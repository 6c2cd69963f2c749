"""Looks for words that must not stand where people can read: as they are, and as programs spell them.

Used for the files of the embedded form here; a test of the servers passes it the rows of tables and the messages of topics.
"""

import base64
import binascii
import gzip
import json
import urllib.parse
import zlib


def spellings(word):
    """The bytes of a word (a text, or bytes) as a log, a JSON text, a dump or an address would have them."""
    raw = word if isinstance(word, bytes) else word.encode()
    yield raw
    if isinstance(word, str):
        yield json.dumps(word)[1:-1].encode()
        yield urllib.parse.quote(word).encode()
    yield binascii.hexlify(raw)
    yield binascii.hexlify(raw).upper()
    for before in range(3):  # Where it begins within three bytes: the characters that only the word decides.
        text = base64.b64encode(b"\0" * before + raw).rstrip(b"=")
        yield text[(0, 2, 3)[before] : len(text) - 1]


class Words:
    def __init__(self, words):
        self.words = {word: set(spellings(word)) for word in words}
        assert all(len(word) >= 6 for word in self.words), "a short word is found by chance"

    def within(self, name, data):
        """[(name, word)] for each word that the bytes hold, whatever the case of ASCII letters; looks into gzip too."""
        if data[:2] == b"\x1f\x8b":
            try:
                data += gzip.decompress(data)
            except (OSError, EOFError, zlib.error):
                pass
        lower = data.lower()
        return [(str(name), word) for word, forms in self.words.items() if any(form in data or form.lower() in lower for form in forms)]

    def within_files(self, folder, leave_out=()):
        """The same over every file below a folder; `leave_out`: paths relative to it, with all that lies below."""
        found, files = [], 0
        for path in sorted(folder.rglob("*")):
            inside = path.relative_to(folder)
            if path.is_file() and not any(inside.is_relative_to(left) for left in leave_out):
                files += 1
                found += self.within(inside, path.read_bytes()) + self.within(inside, str(inside).encode())
        assert files, f"nothing was searched in {folder}"
        return found

    def within_rows(self, name, rows):
        """The same over rows of a table, or documents of an index: any nesting of texts, bytes and numbers."""
        return [each for row in rows for each in self.within(name, flat(row))]


def flat(value):
    if isinstance(value, (bytes, memoryview)):
        return bytes(value)
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, dict):
        return b"\n".join(flat(key) + b"\n" + flat(each) for key, each in value.items())
    if isinstance(value, (list, tuple)):
        return b"\n".join(map(flat, value))
    return str(value).encode()
