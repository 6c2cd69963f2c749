"""A vote that is sent to the gateway of the servers appears on the open board and on Superset's dashboard without a reload; how long
that takes is measured and printed. It adds votes to the demo that stands on the servers, and so comes after all else that looks at it."""

import json
import os

import pytest
import requests

import fresh
from pages import SECRETS, STATE
from test_stack_pages import HOLDER, PORTS, count, only_the_blocked_pixel, open_dashboard  # noqa: F401


@pytest.fixture
def gateway():
    with requests.Session() as session:
        session.trust_env, session.verify = False, str(SECRETS / "ca.crt")
        session.cert = (str(SECRETS / "station.crt"), str(SECRETS / "station.key"))
        try:
            session.get(f"https://localhost:{PORTS['GATEWAY_PORT']}/v1/health", timeout=10).raise_for_status()
        except requests.RequestException as error:
            if os.environ.get("TELLER_NEEDS_STACK"):
                pytest.fail(f"no gateway answers: {error}")
            pytest.skip("no gateway answers")
        yield session


def test_a_vote_appears_on_the_open_board_and_on_superset_by_itself(count, gateway, open_page, open_dashboard):  # noqa: F811
    home = STATE / "count"
    id_ = json.loads((home / "count.json").read_text())["id"]
    rules = json.loads((home / "rules.json").read_text())
    head, _, _ = count

    def send():
        told = gateway.post(f"https://localhost:{PORTS['GATEWAY_PORT']}/v1/entries", json=fresh.ballot(id_, rules), timeout=60).json()
        assert told["recorded"] == 1, told

    board = open_page(f"https://localhost:{PORTS['BOARD_PORT']}/?show=trust&lang=en")
    board.locator("[data-tile=recorded]").wait_for()
    dashboard = open_dashboard("teller")

    fresh.measure(
        send,
        {
            "the open board": (board, "[data-tile=recorded] .t-big", 3),
            "the open dashboard": (dashboard, f"{HOLDER} td", 12),
        },
        recorded=head["recorded"],
        times=3,
    )
