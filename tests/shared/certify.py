"""What certification will write, once it is built: the line of the audit log by which a count is official."""

import hashlib


def certify_line(count, number, last):
    """The line `number` of the count with this id, after the bytes `last` of the line before."""
    line = {
        "count": count,
        "number": number,
        "previous": hashlib.sha256(last).hexdigest(),
        "time": "2026-11-28T08:00:00.000000Z",
        "actor": "a.huber",
        "action": "certify",
        "subject": "official",
        "reason": "the board of elections decided so",
        "before": "0" * 64,
        "after": "0" * 64,
        "approver": "-",
        "random": "5a" * 16,
    }
    return ("teller audit 1\n" + "".join(f"{word} {value}\n" for word, value in line.items())).encode()
