"""What many pages cost that only look: viewers.py HOME_OR_URL [PAGES [SECONDS]]

Starts the board, opens so many pages over Streamlit's own protocol, without a browser, and prints what of a core the
server takes, and after how long one page more is there. Each page asks again as a browser does: when the server said how
often.
"""

from __future__ import annotations

import asyncio
import os
import pathlib
import socket
import subprocess
import sys
import time
import urllib.request

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

BOARD = pathlib.Path(__file__).resolve().parents[1]
sent = {"messages": 0, "bytes": 0}


def cpu_seconds(process: int) -> float:
    fields = pathlib.Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def viewer(port: int, drawn: asyncio.Event) -> None:
    address = f"ws://127.0.0.1:{port}/_stcore/stream"
    asking: dict[str, asyncio.Task[None]] = {}
    async with websockets.connect(address, subprotocols=["streamlit"], max_size=None) as socket_:

        async def ask(fragment: str = "") -> None:
            message = BackMsg()
            message.rerun_script.query_string = ""
            if fragment:
                message.rerun_script.fragment_id = fragment
                message.rerun_script.is_auto_rerun = True
            await socket_.send(message.SerializeToString())

        async def ask_again(fragment: str, every: float) -> None:
            while True:
                await asyncio.sleep(every)
                await ask(fragment)

        await ask()
        async for data in socket_:
            message = ForwardMsg.FromString(data)
            sent["messages"] += 1
            sent["bytes"] += len(data)
            kind = message.WhichOneof("type")
            if kind == "auto_rerun" and message.auto_rerun.fragment_id not in asking:
                fragment = message.auto_rerun.fragment_id
                asking[fragment] = asyncio.create_task(ask_again(fragment, message.auto_rerun.interval))
            if kind == "script_finished":
                drawn.set()


async def look(port: int, process: int, pages: int, seconds: float) -> None:
    viewers: list[asyncio.Task[None]] = []

    async def opens() -> float:
        """One more, and how long until it was there."""
        began, drawn = time.monotonic(), asyncio.Event()
        viewers.append(asyncio.create_task(viewer(port, drawn)))
        await asyncio.wait_for(drawn.wait(), 120)
        return time.monotonic() - began

    opened = sum([await opens() for _ in range(pages)])
    await asyncio.sleep(4)
    before, began, sent_before = cpu_seconds(process), time.monotonic(), dict(sent)
    await asyncio.sleep(seconds)
    took = time.monotonic() - began
    share = 100 * (cpu_seconds(process) - before) / took
    told = (sent["bytes"] - sent_before["bytes"]) / took / pages
    print(
        f"{pages} pages opened in {opened:.1f} s; then {share:.1f} % of a core, {share / pages:.2f} % each,"
        f" {told:.0f} bytes a second each; one more is there after {await opens():.2f} s"
    )
    for one in viewers:
        one.cancel()


def main(home_or_url: str, pages: str = "20", seconds: str = "20") -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    store = home_or_url if "://" in home_or_url else str(pathlib.Path(home_or_url).absolute())
    board = subprocess.Popen(
        command, cwd=BOARD, env={**os.environ, "TELLER_BOARD_URL": store}, stdout=subprocess.DEVNULL
    )
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1).close()
                break
            except OSError:
                time.sleep(0.2)
        asyncio.run(look(port, board.pid, int(pages), float(seconds)))
    finally:
        board.terminate()
        board.wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
