"""RFC 6962 trees and the files of C2SP tlog-tiles: as much of them as a recount needs. Pure."""

import hashlib

BUNDLE = 256  # Entries a bundle, hashes a tile.


def leaf_hash(entry):
    return hashlib.sha256(b"\0" + entry).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def grow(peaks, hashes, height=0):
    """Adds subtrees of 2^height leaves each, from left to right, to `peaks`: (height, hash) of perfect subtrees, falling."""
    for value in hashes:
        at = height
        while peaks and peaks[-1][0] == at:
            value = node_hash(peaks.pop()[1], value)
            at += 1
        peaks.append((at, value))


def root(peaks):
    """The root of the tree that these perfect subtrees are; of none, SHA-256 of nothing."""
    if not peaks:
        return hashlib.sha256(b"").digest()
    value = peaks[-1][1]
    for _, left in reversed(peaks[:-1]):
        value = node_hash(left, value)
    return value


def tile_path(level, number, size):
    """Where tile or bundle `number` lies, of `size` hashes or entries: tile/0/x001/067, tile/entries/000.p/12."""
    digits = [f"{number % 1000:03}"]
    while number := number // 1000:
        digits.insert(0, f"x{number % 1000:03}")
    return f"tile/{level}/{'/'.join(digits)}" + ("" if size == BUNDLE else f".p/{size}")


def unbundle(raw):
    """The entries of a bundle: 16 bits of length, big-endian, and the bytes. ValueError if it does not end with one."""
    entries, at, end = [], 0, len(raw)
    while at < end:
        start = at + 2
        at = start + (raw[start - 2] << 8 | raw[start - 1] if start <= end else end)
        if at > end:
            raise ValueError("the bundle ends within an entry")
        entries.append(raw[start:at])
    return entries
