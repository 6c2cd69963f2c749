"""A county's night (tests/shared/county_night.py) in the embedded form: two clerks deliver to one `teller serve`, which is killed."""

import json
import os
import signal

import pytest

from conftest import TELLER, run, serve_again
from county_night import RULES, Night


class Embedded:
    def __init__(self, folder):
        self.folder, self.home = folder, folder / "home"
        (folder / "rules.json").write_text(json.dumps(RULES))
        run("init", "--home", self.home, "--rules", folder / "rules.json", "--mode", "test")
        self.where = ("--home", self.home)
        self.process, self.url = None, None
        self.start()

    def start(self):
        self.process, self.url = serve_again(self.home, self.folder / "serve.log", self.url)

    def kill(self, _):
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.start()

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=60) == 0

    def to(self, _):
        return ("--to", self.url, "--token-file", self.home / "token")

    @staticmethod
    def program(*arguments):
        return [TELLER, *arguments]

    @staticmethod
    def run(*arguments, code=0):
        return run(*arguments, code=code)[0]


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    folder = tmp_path_factory.mktemp("night")
    form = Embedded(folder)
    try:
        night = Night(folder, form)
        night.play()
        form.close()
        yield night
    finally:
        form.process.kill()
        form.process.wait()


def test_it_ends_in_the_figures_of_the_last_deliveries(night):
    night.must_have_ended_in_the_last_figures()
    night.form.run("verify", *night.form.where)


def test_the_history_of_every_sheet_can_be_read(night):
    night.must_tell_the_history_of_every_sheet()
