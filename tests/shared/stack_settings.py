"""The settings of the real servers (stack/settings.env), as the scripts of stack/ read them: what is in the environment goes first."""

import os
import pathlib

FILE = pathlib.Path(__file__).resolve().parents[2] / "stack" / "settings.env"


def settings():
    values = {}
    for line in FILE.read_text().splitlines():
        name, equals, value = line.partition("=")
        if equals and not name.startswith("#"):
            values[name] = os.environ.get(name) or value
    return values
