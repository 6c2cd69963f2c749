"""The board's own end, in its own words: its last numbers stay, and the page goes on by itself when it is back."""

import contextlib
import datetime as dt
import os
import signal
import subprocess

import fixture
from pages import TREE, answers, free_port, wait_until


def start(home, port):
    process = subprocess.Popen(
        [TREE / "view/board/run.sh", str(home), str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    wait_until(lambda: answers(f"http://127.0.0.1:{port}/_stcore/health"), 120, "the board answers")
    return process


def stop(process):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=60)


def test_a_board_that_ends_is_told_in_its_own_words_and_goes_on_by_itself(tmp_path, open_page, shoot):
    count = fixture.small()
    count.contest("council", "Council", [("ada", "Ada", "Ada", None, None), ("bob", "Bob", "Bob", None, None)])
    count.committed_at = dt.datetime.now(dt.timezone.utc)
    fixture.write_sqlite(count, tmp_path / "store.sqlite")
    port = free_port()
    process = start(tmp_path, port)
    try:
        page = open_page(f"http://127.0.0.1:{port}/?contest=council")
        page.get_by_label("Contest").select_option("president")
        page.locator("[data-option=lai]").wait_for()
        stop(process)

        page.locator(".t-server-away").wait_for(timeout=40_000)
        said = page.evaluate("getComputedStyle(document.querySelector('.t-server-away'), '::before').content")
        assert "The board does not answer. These are its last numbers" in said
        assert page.locator("[data-option=lai] .t-votes b").inner_text() == "60"
        page.wait_for_timeout(1500)
        assert not page.get_by_text("Are you connected to the internet?").is_visible()
        shoot(page, "board-server-away", whole=False)

        process = start(tmp_path, port)
        page.locator(".t-server-away").wait_for(state="detached", timeout=60_000)
        page.locator("[data-option=lai]").wait_for()
        assert page.url.endswith("?contest=president")
        page.close()
    finally:
        stop(process)
    # What was asked of a server that was not there.
    expected = ("ERR_CONNECTION", "WebSocket", "_stcore", "when disconnected", "not responding")
    open_page.troubles[:] = [t for t in open_page.troubles if not any(e in t for e in expected)]
