"""CRC-32C (Castagnoli) as schema/entry.md has it, for the tests that write bytes of their own.

tests/vectors/make_entry_vectors.py has one of its own: it stands alone, so that it can be held against everything else.
"""


def _row(byte):
    for _ in range(8):
        byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
    return byte


TABLE = [_row(byte) for byte in range(256)]


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF
