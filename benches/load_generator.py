"""Many connections, each with one request under way: what stations that send one ballot at a time look like to a server.

It knows no protocol: requests are bytes made beforehand, and complete(bytes) says whether an answer is there as a whole (and raises if it
is not the one that was wanted). So every engine is asked by the same program.
"""

import select
import socket
import time

CONNECTIONS = 128


def drive(address, requests, complete, greeting=(), at_once=CONNECTIONS):
    """Sends each request once, `greeting` first on each connection and on no one's clock; gives the waiting times. `address` is a path of
    a Unix socket, or host and port."""
    poll, connections = select.epoll(), {}
    for _ in range(min(at_once, len(requests))):
        connection = socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET)
        connection.connect(address)
        for request in greeting:
            connection.sendall(request)
            receive(connection, complete)
        poll.register(connection, select.EPOLLIN)
        connections[connection.fileno()] = connection
    waiting, answers, sent, times = iter(requests), {}, {}, []
    now = time.perf_counter
    try:
        for number, connection in connections.items():
            answers[number], sent[number] = b"", now()
            connection.sendall(next(waiting))
        while len(times) < len(requests):
            for number, _ in poll.poll(60):
                connection = connections[number]
                answers[number] += read(connection)
                if not complete(answers[number]):
                    continue
                times.append(now() - sent[number])
                answers[number] = b""
                if request := next(waiting, None):
                    sent[number] = now()
                    connection.sendall(request)
    finally:
        for connection in connections.values():
            connection.close()
    return waits(times)


def waits(seconds, what=""):
    """The middle one, and the one that 99 of 100 do not exceed."""
    seconds = sorted(seconds)
    return {f"{what}p{share} ms": seconds[len(seconds) * share // 100] * 1000 for share in (50, 99)}


def read(connection):
    if not (data := connection.recv(1 << 16)):
        raise ConnectionError("the server has closed a connection")
    return data


def receive(connection, complete):
    """One answer; for who sends one request at a time."""
    answer = b""
    while not complete(answer):
        answer += read(connection)
    return answer
