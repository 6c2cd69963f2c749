"""The settings of the real servers, as the scripts of stack/ read them: what is in the environment goes first, then the file that STACK_SETTINGS
names, then stack/settings.env."""

import os
import pathlib

FILE = pathlib.Path(__file__).resolve().parents[2] / "stack" / "settings.env"


def read(file):
    lines = (line.partition("=") for line in file.read_text().splitlines() if not line.startswith("#"))
    return {name: value for name, equals, value in lines if equals}


def settings():
    named = os.environ.get("STACK_SETTINGS")
    values = read(FILE) | (read(pathlib.Path(named)) if named else {})
    return {name: os.environ.get(name) or value for name, value in values.items()}
