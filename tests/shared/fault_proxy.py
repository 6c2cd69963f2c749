"""A network that fails when a test says so: stands before a server, passes bytes on as they are (TLS too), and disturbs them.

with FaultProxy(port_of_the_server) as network:
    ...connect to network.port...
    network.delay(0.2)     every answer comes so much later
    network.cut()          all connections end now, by a reset
    network.lose_answer()  the next answer is not passed on: its connection ends instead, and what was asked for was done
    network.silence()      everything is taken and nothing is passed on, new connections too; it comes later, when all is well
    network.forget()       the same for ever for the connections there are (half-open: nobody says that they are gone); new ones are well
    network.well()
"""

import asyncio
import contextlib
import socket
import struct
import threading


class Link:
    """A connection from both sides."""

    def __init__(self, *writers):
        self.writers, self.forgotten = writers, False

    def reset(self):
        for writer in self.writers:
            with contextlib.suppress(OSError):
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()


class FaultProxy:
    def __init__(self, server_port, host="127.0.0.1"):
        self._server = (host, server_port)
        self._links, self._tasks = set(), set()
        self._delay, self._answers_to_lose = 0.0, 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.port = None

    def __enter__(self):
        self._thread.start()
        self._do(self._open())
        return self

    def __exit__(self, *_):
        self._do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(30)
        self._loop.close()

    # What a test says.

    def delay(self, seconds):
        self._delay = seconds

    def lose_answer(self):
        self._do(self._set(answers_to_lose=1))

    def cut(self):
        self._do(self._cut())

    def silence(self):
        self._do(self._set(passing=False))

    def forget(self):
        self._do(self._forget())

    def well(self):
        self._delay = 0.0
        self._do(self._set(passing=True))

    @property
    def answers_to_lose(self):
        return self._answers_to_lose

    # In the loop's thread.

    def _do(self, coroutine):
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(30)

    async def _open(self):
        self._passing = asyncio.Event()
        self._passing.set()
        self._listening = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = self._listening.sockets[0].getsockname()[1]

    async def _close(self):
        self._listening.close()
        await self._cut()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _set(self, passing=None, answers_to_lose=0):
        self._answers_to_lose = answers_to_lose
        if passing is not None:
            self._passing.set() if passing else self._passing.clear()

    async def _cut(self):
        for link in list(self._links):
            link.reset()

    async def _forget(self):
        for link in self._links:
            link.forgotten = True

    async def _connected(self, reader, writer):
        task = asyncio.current_task()
        self._tasks.add(task)
        link = Link(writer)
        self._links.add(link)
        try:
            await self._passing.wait()
            their_reader, their_writer = await asyncio.open_connection(*self._server)
            link.writers = (writer, their_writer)
            await asyncio.gather(self._pass_on(link, reader, their_writer, False), self._pass_on(link, their_reader, writer, True))
        except (OSError, asyncio.CancelledError):
            pass  # The server is away, or one side has ended the hard way: so does the other.
        finally:
            link.reset()
            self._links.discard(link)
            self._tasks.discard(task)

    async def _pass_on(self, link, reader, writer, answers):
        while data := await reader.read(1 << 16):
            if answers and self._delay:
                await asyncio.sleep(self._delay)
            await self._passing.wait()
            if link.forgotten:
                continue
            if answers and self._answers_to_lose:
                self._answers_to_lose -= 1
                raise ConnectionResetError
            writer.write(data)
            await writer.drain()
        if not link.forgotten:
            with contextlib.suppress(OSError):
                writer.write_eof()
        else:
            await asyncio.Event().wait()  # Nobody hears that it has ended.
