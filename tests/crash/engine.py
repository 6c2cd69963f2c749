"""A `teller serve` that a test kills and starts again, and a disk that fails when the test says so."""

import os
import pathlib
import signal
import subprocess
import threading

TREE = pathlib.Path(__file__).resolve().parents[2]
TELLER = pathlib.Path(os.environ.get("TELLER", TREE / "build/release/teller"))
SHIM = TREE / "tests/crash/disk_fault.c"
LONG = 300  # Seconds that nothing here takes, even on a machine with too much to do.


def teller(*arguments, **options):
    return subprocess.run([TELLER, *map(str, arguments)], capture_output=True, text=True, timeout=LONG, **options)


def out(*arguments):
    done = teller(*arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def disk_fault_library(folder):
    """Compiles disk_fault.c; give the result to Engine(library=…)."""
    library = folder / "disk_fault.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", SHIM, "-o", library, "-ldl"], check=True)
    return library


class Engine:
    """A `teller serve` that comes back at the same address."""

    def __init__(self, home, log, library=None):
        self.home, self.log, self.library = home, log, library
        self.url, self.process = None, None
        self.up = threading.Event()
        self.rules = home.parent / f"{home.name}-disk-faults"
        self.disk()

    def disk(self, *rules):
        """What the disk does from now on (disk_fault.c has the words); nothing: it is well."""
        fresh = self.rules.with_suffix(".new")
        fresh.write_text("".join(rule + "\n" for rule in rules))
        fresh.rename(self.rules)

    def start(self, fail_point=None):
        """False: it ended before it was ready."""
        environment = dict(os.environ)
        if fail_point:
            environment["TELLER_FAIL_POINT"] = fail_point
        if self.library:
            environment |= {"LD_PRELOAD": str(self.library), "TELLER_DISK_FAULT": str(self.rules)}
        listen = self.url.removeprefix("http://") if self.url else "127.0.0.1:0"
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [TELLER, "serve", "--home", self.home, "--listen", listen], stdout=subprocess.PIPE, stderr=log, env=environment, text=True
            )
        line = self.process.stdout.readline().strip()
        self.url = line or self.url
        if line:
            self.up.set()
        return bool(line)

    def headers(self):
        """What every request needs."""
        return {"Authorization": f"Bearer {(self.home / 'token').read_text().strip()}"}

    def said(self):
        return pathlib.Path(self.log).read_text(errors="replace")

    def wait(self):
        """Waits until it ended by itself; gives its exit code."""
        code = self.process.wait(timeout=LONG)
        self.up.clear()
        self.process.stdout.close()
        return code

    def kill(self):
        self.process.kill()
        return self.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.wait()
        assert code == 0, self.said()[-3000:]
