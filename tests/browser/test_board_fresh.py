"""A vote that is sent to `teller serve` appears on the open board without a reload; how long that takes is measured and printed."""

import json
import os
import pathlib
import subprocess

import pytest
import requests

import fresh
from pages import TREE, board

TELLER = pathlib.Path(os.environ.get("TELLER", TREE / "build/release/teller"))


@pytest.fixture
def engine(tmp_path):
    """A count that is served; gives its home, its address and its token."""
    home = tmp_path / "home"
    rules = TREE / "tests/vectors/rules.json"
    subprocess.run([TELLER, "init", "--home", home, "--rules", rules, "--mode", "test"], check=True, capture_output=True)
    with open(tmp_path / "log", "wb") as log:
        process = subprocess.Popen([TELLER, "serve", "--home", home, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            url = process.stdout.readline().strip()
            assert url, (tmp_path / "log").read_text()
            yield home, url, {"Authorization": "Bearer " + (home / "token").read_text().strip()}
        finally:
            process.terminate()
            process.wait(timeout=120)


def test_a_vote_appears_on_the_open_board_by_itself(engine, open_page):
    home, url, token = engine
    count = json.loads((home / "count.json").read_text())["id"]
    rules = json.loads((TREE / "tests/vectors/rules.json").read_text())

    def send():
        told = requests.post(f"{url}/v1/entries", json=fresh.ballot(count, rules), headers=token, timeout=60).json()
        assert told["recorded"] == 1, told

    with board(home) as address:
        page = open_page(f"{address}/?show=trust&lang=en")
        page.locator("[data-tile=recorded]").wait_for()

        fresh.measure(send, {"the open board": (page, "[data-tile=recorded] .t-big", 3)}, recorded=0)

        page.close()
