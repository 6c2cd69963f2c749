"""The public log of a count (schema/export.md), for the tests of both forms."""

import pathlib


def must_hold_what_the_export_holds(log, export):
    """An export of the same moment, without entries: its logs are there, byte for byte."""
    files = [file.relative_to(export) for part in ("statements", "partitions") for file in (export / part).rglob("*") if file.is_file()]
    assert len(files) > 4
    for name in files:
        here = pathlib.Path(*name.parts[name.parts[0] == "statements" :])
        assert (log / here).read_bytes() == (export / name).read_bytes(), name
