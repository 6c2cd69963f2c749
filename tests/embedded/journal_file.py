"""The embedded journal's file, read and written from schema/entry.md alone: for tests that damage it, mend it, or put in what intake would refuse."""

import struct

from crc32c import crc32c

FILE_HEAD, GROUP_HEAD = 21, 20


def group(number, payload):
    head = struct.pack("<IQ", len(payload), number)
    return b"TGRP" + head + struct.pack("<I", crc32c(head + struct.pack("<I", crc32c(payload)))) + payload


def groups(data):
    """(offset, number, payload) of each group."""
    at = FILE_HEAD
    while at < len(data):
        length, number, _ = struct.unpack_from("<IQI", data, at + 4)
        yield at, number, data[at + GROUP_HEAD : at + GROUP_HEAD + length]
        at += GROUP_HEAD + length


def records(data):
    """(group's offset, group's number, group's payload, offset in the payload, partition, position, bytes) of each record."""
    for at, number, payload in groups(data):
        inside = 0
        while inside < len(payload):
            partition, position, length = struct.unpack_from("<HQI", payload, inside)
            yield at, number, payload, inside + 14, partition, position, payload[inside + 14 : inside + 14 + length]
            inside += 14 + length


def damaged(data, partition, position, byte):
    """The file with one byte of a record changed and all checksums around the record made good again: as a broken program or
    memory would have written it. The journal opens; the record cannot be read."""
    for at, number, payload, inside, its_partition, its_position, _ in records(data):
        if (its_partition, its_position) == (partition, position):
            changed = bytearray(payload)
            changed[inside + byte] ^= 0xFF
            return data[:at] + group(number, bytes(changed)) + data[at + GROUP_HEAD + len(payload) :]
    raise AssertionError(f"no record {position} of partition {partition}")


def last_damaged(data):
    """The same with the record that was written last."""
    *_, last = records(data)
    return damaged(data, last[4], last[5], len(last[6]) - 1)


def record(count, partition, entries, sender, batch):
    """A record of entries in one envelope."""
    run = bytes([len(sender)]) + sender.encode() + bytes([len(batch)]) + batch.encode()
    run += struct.pack("<II", 0xFFFFFFFF, len(entries))
    for number, entry in enumerate(entries):
        run += struct.pack("<QH", number, len(entry)) + entry
    text = b"TREC\x01" + count + struct.pack("<HI", partition, len(entries)) + run
    return text + struct.pack("<I", crc32c(text))


def appended(data, partition, bytes_of_record):
    """The file with one more group that holds this record."""
    last = max((number for _, number, _ in groups(data)), default=0)
    position = sum(1 for each in records(data) if each[4] == partition)
    payload = struct.pack("<HQI", partition, position, len(bytes_of_record)) + bytes_of_record
    return data + group(last + 1, payload)
