"""stack/haproxy.cfg, run as its first lines say, before two servers of a test's own."""

import contextlib
import os
import pathlib
import shutil
import socket
import subprocess

CONFIG = pathlib.Path(__file__).resolve().parents[2] / "stack/haproxy.cfg"


@contextlib.contextmanager
def balanced(log, first, second):
    """Before these two (host:port); gives the port. HAProxy is handed a socket that listens already, so nobody has to wait for it."""
    program = shutil.which("haproxy", path=f"{os.environ['PATH']}:/usr/sbin")  # Where Debian has it, and not everybody looks.
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening, open(log, "ab") as events:
        places = {"LISTEN": f"fd@{listening.fileno()}", "GATEWAY_1": first, "GATEWAY_2": second}
        given = {"env": os.environ | places, "pass_fds": [listening.fileno()], "stdout": events, "stderr": events}
        process = subprocess.Popen(["haproxy", "-db", "-f", CONFIG], executable=program, **given)
        try:
            yield listening.getsockname()[1]
            assert process.poll() is None, pathlib.Path(log).read_text()
        finally:
            process.terminate()
            process.wait()
