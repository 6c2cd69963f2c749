"""One run of one engine, in a process of its own: one_run.py QUESTION RIVAL.py BALLOTS FOLDER. Prints what it cost and what is wrong, as JSON."""

import importlib.util
import inspect
import json
import pathlib
import sys

from ballots import Ballots
from measure import Clock


def load(path):
    """The module in a file, whatever its name: rivals are called like the libraries that they use."""
    spec = importlib.util.spec_from_file_location(f"bench_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def asked(name):
    """The question of this name."""
    return load(pathlib.Path(__file__).parent / f"questions/{name.replace('-', '_')}.py")


def given(question):
    """What engines are given: ballots, if the question names nothing else."""
    return getattr(question, "GIVEN", Ballots)


def duty(function):
    return " ".join(inspect.getdoc(function).split())


if __name__ == "__main__":
    question, rival, ballots, folder = sys.argv[1:]
    ballots, clock = given(asked(question))(ballots), Clock()
    answer = getattr(load(pathlib.Path(rival)), question)(ballots, pathlib.Path(folder), clock)
    print(json.dumps(clock.costs() | {"more": answer.more, "wrong": ballots.wrong_in(answer)}))
