"""Redis of Debian, with a script in Lua that counts a ballot once, and appendfsync always."""

import contextlib
import shutil
import socket
import subprocess
import time

import load_generator
from measure import Answer

# Of the package redis-tools: the same program as redis-server, which takes its part from its name. The package redis-server
# would start a server of its own on this machine.
PROGRAM, NAME = shutil.which("redis-check-rdb"), "redis-server"
GROUP = 1000  # ballots a call
UNDER_WAY = 8  # calls
# The ballot is kept under its id, as another engine keeps a row; totals of a group are added once.
SCRIPT = b"""
local new, copies = {}, 0
for i = 1, #ARGV, 2 do
  if redis.call('HSETNX', 'ballots', ARGV[i], ARGV[i + 1]) == 1 then
    new[ARGV[i + 1]] = (new[ARGV[i + 1]] or 0) + 1
  else
    copies = copies + 1
  end
end
for cell, votes in pairs(new) do redis.call('HINCRBY', 'totals', cell, votes) end
if copies > 0 then redis.call('INCRBY', 'copies', copies) end
return copies
"""


def missing():
    return None if PROGRAM else "packages/install.sh bench"


def version():
    said = subprocess.run([NAME, "--version"], executable=PROGRAM, capture_output=True, text=True).stdout
    return said.partition("v=")[2].split()[0]


def command(*words):
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)


def calls(ballots, sha, group):
    """The requests that send all ballots, `group` at a time."""
    words, requests = [], []
    for id, unit, method, slot in ballots.rows():
        words += (bytes.fromhex(id.replace("-", "")), f"{unit},{method},{slot}".encode())
        if len(words) == 2 * group:
            requests.append(command(b"EVALSHA", sha, b"0", *words))
            words = []
    return requests + ([command(b"EVALSHA", sha, b"0", *words)] if words else [])


@contextlib.contextmanager
def serving(folder):
    """Gives the path of its socket, and asks(*words): one command, one answer."""
    path = str(folder / "socket")
    settings = {"port": "0", "unixsocket": path, "dir": str(folder), "save": "", "appendonly": "yes", "appendfsync": "always"}
    command_line = [NAME, *(word for name, value in settings.items() for word in (f"--{name}", value))]
    with subprocess.Popen(command_line, executable=PROGRAM, stdout=subprocess.DEVNULL) as server:
        try:
            connection = socket.socket(socket.AF_UNIX)
            while connection.connect_ex(path):
                if server.poll() is not None:
                    raise RuntimeError(f"redis-server has ended with {server.returncode}")
                time.sleep(0.02)
            with connection, connection.makefile("rb") as answers:

                def asks(*words):
                    connection.sendall(command(*words))
                    return answer(answers)

                yield path, asks
        finally:
            server.terminate()


def answer(stream):
    line = stream.readline().rstrip()
    kind, rest = line[:1], line[1:]
    if kind == b"-":
        raise RuntimeError(line.decode())
    if kind == b"*":
        return [answer(stream) for _ in range(int(rest))]
    return stream.read(int(rest) + 2)[:-2] if kind == b"$" else rest


def counted(asks):
    words = asks(b"HGETALL", b"totals")
    totals = {tuple(map(int, cell.split(b","))): int(votes) for cell, votes in zip(words[::2], words[1::2], strict=True)}
    return Answer(totals, int(asks(b"INCRBY", b"copies", b"0")))


def whole(answer):
    if answer.startswith(b"-"):
        raise RuntimeError(answer.decode())
    return answer.endswith(b"\r\n")


def embedded_drain(ballots, folder, clock):
    """Exact copies (a hash by id); the ballots and the totals in memory and in its append-only file, with fsync. No checks of entries,
    no proof; one core. Clock: from requests of 1,000 ballots made beforehand."""
    with serving(folder) as (path, asks):
        requests = calls(ballots, asks(b"SCRIPT", b"LOAD", SCRIPT), GROUP)
        with clock, socket.socket(socket.AF_UNIX) as connection:
            connection.connect(path)
            answers = connection.makefile("rb")
            for number, request in enumerate(requests):
                if number >= UNDER_WAY:
                    answer(answers)
                connection.sendall(request)
            for _ in requests[-UNDER_WAY:]:
                answer(answers)
        return counted(asks)


def embedded_http_one(ballots, folder, clock):
    """No HTTP: its own protocol over a Unix socket. Exact copies; answers when the ballot is in the append-only file (fsync, one for
    all that wait). No checks of entries, no proof."""
    with serving(folder) as (path, asks):
        requests = calls(ballots, asks(b"SCRIPT", b"LOAD", SCRIPT), 1)
        with clock:
            more = load_generator.drive(path, requests, whole)
        found = counted(asks)
    found.more = more
    return found
