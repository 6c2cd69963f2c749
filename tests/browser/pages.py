"""What the tests of this folder share: where things are, what goes wrong on a page, and how a board is started."""

import contextlib
import os
import pathlib
import signal
import subprocess
import time
import urllib.request

from axe_playwright_python.sync_playwright import Axe

from ports import free_port

TREE = pathlib.Path(__file__).resolve().parents[2]
STATE = pathlib.Path(os.environ.get("TELLER_STATE", TREE / ".stack"))
SECRETS = STATE / "secrets"
SHOTS = TREE / "build" / "screens"
CHROMIUM = os.environ.get("TELLER_CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
if hasattr(os, "geteuid") and os.geteuid() == 0:
    FLAGS.append("--no-sandbox")  # Chromium refuses to run as root with one.


def trust(home, certificate):
    store = f"sql:{home}/.pki/nssdb"
    (home / ".pki/nssdb").mkdir(parents=True)
    subprocess.run(["certutil", "-d", store, "-N", "--empty-password"], check=True)
    subprocess.run(["certutil", "-d", store, "-A", "-t", "C,,", "-n", "teller", "-i", certificate], check=True)


class Troubles(list):
    """What went wrong on a page while a test looked at it."""

    def watch(self, page):
        page.on("response", lambda r: r.status >= 400 and self.append(f"{r.status} {r.request.method} {r.url}"))
        page.on("requestfailed", lambda r: r.failure != "net::ERR_ABORTED" and self.append(f"{r.failure} {r.url[:200]}"))
        page.on("console", lambda m: m.type == "error" and self.append(f"console: {m.text[:300]}"))
        page.on("pageerror", lambda e: self.append(f"script: {e}"))


def wait_until(true, seconds, what):
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, f"not within {seconds} s: {what}"
        time.sleep(0.1)


def go(page, search):
    """Goes to the page of the board with this address as a click on a link does; comes back when it is shown."""
    page.evaluate(
        """search => {
          const link = document.createElement('a');
          link.setAttribute('href', search);
          document.querySelector('.t-page').parentElement.append(link);
          link.click();
          link.remove();
        }""",
        search,
    )
    page.wait_for_function("search => location.search === search && !document.querySelector('.t-asked')", arg="" if search == "?" else search)


def rest(page):
    """Waits until nothing on the page moves."""
    page.evaluate(
        """() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))
          .then(() => Promise.all(document.querySelector('.t-page').getAnimations({subtree: true}).map(one => one.finished.catch(() => null))))
          .then(() => null)"""
    )


def look_at(page, width, height, scheme):
    """Makes the window so large, and its system light or dark."""
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function("dark => document.documentElement.classList.contains('t-dark') === dark", arg=scheme == "dark")


def found_by_axe(page):
    """What keeps people from reading the page, by axe: each rule, and the elements that break it."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    return page.evaluate(
        """() => axe.run({resultTypes: ['violations']})
          .then(found => found.violations.map(one => `${one.id}: ${one.help}: ${one.nodes.map(node => node.html.slice(0, 200)).join(' ')}`))"""
    )


def answers(url):
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return response.status == 200
    except OSError:
        return False


@contextlib.contextmanager
def board(home_or_url):
    """Starts view/board/run.sh and yields its address; ends it again."""
    port = free_port()
    SHOTS.mkdir(parents=True, exist_ok=True)
    with open(SHOTS / f"board-{port}.log", "w+") as log:
        process = subprocess.Popen(
            [TREE / "view/board/run.sh", str(home_or_url), str(port)],
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            wait_until(lambda: answers(f"{url}/_stcore/health") or process.poll() is not None, 180, "the board answers")
            assert process.poll() is None, f"ended with {process.returncode}: " + (SHOTS / f"board-{port}.log").read_text()
            yield url
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=30)
                os.killpg(process.pid, signal.SIGKILL)  # On a machine with too much to do.
            process.wait(timeout=60)
            log.seek(0)
            said = log.read()
    assert "Traceback" not in said, said
    (SHOTS / f"board-{port}.log").unlink()
