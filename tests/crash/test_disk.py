"""A disk that is full, or that fails: what senders are told, what the engine says and does, and that nothing is lost.

The disk is disk_fault.c. docs/guides/failures.md tells people what is tested here.
"""

import random
import re
import signal
import time

import pytest

import client_ledger as client
from engine import LONG, Engine, disk_fault_library, out, teller


@pytest.fixture
def count(tmp_path):
    """An engine that runs on a disk that obeys, and a sender with its ledger."""
    home, count_id = client.make_home(out, tmp_path)
    engine = Engine(home, tmp_path / "engine.log", disk_fault_library(tmp_path))
    ledger = client.Ledger(count_id)
    assert engine.start()
    yield Count(home, engine, ledger, client.Client(engine, ledger), random.Random(1), tmp_path)
    if engine.process.poll() is None:
        engine.kill()


class Count:
    def __init__(self, home, engine, ledger, sender, rng, folder):
        self.home, self.engine, self.ledger, self.sender, self.rng, self.folder = home, engine, ledger, sender, rng, folder

    def ballots(self, n=20):
        return [client.draw(self.rng) for _ in range(n)]

    def send(self, ballots=None, form="packed"):
        assert self.sender.send(ballots or self.ballots(), form)

    def post(self, ballots, form="packed"):
        """One try."""
        return self.sender.post(*client.body_of(ballots, self.ledger.count, form))

    def until_said(self, words):
        end = time.monotonic() + LONG
        while words not in self.engine.said():
            assert self.engine.process.poll() is None and time.monotonic() < end, self.engine.said()[-3000:]
            time.sleep(0.02)

    def must_end_well(self):
        self.engine.stop()
        client.must_hold(self.home, self.ledger)
        assert out("digest", "--home", self.home) == client.undisturbed_digest(out, self.folder, self.ledger)
        verified = teller("verify", "--home", self.home)
        assert verified.returncode == 0, verified.stdout


@pytest.mark.parametrize("form", ["packed", "json"])
def test_a_full_disk_of_the_journal_is_told_to_senders_and_nothing_is_lost(count, form):
    count.send()
    count.engine.disk("write .journal full")
    refused = count.ballots()

    status, headers, answer = count.post(refused, form)

    assert status == 503 and int(headers["Retry-After"]) >= 1
    assert answer["error"]["code"] == "journal.full" and "No space left" in answer["error"]["detail"]
    assert answer["recorded"] == 0 and answer["not_recorded"] == len(refused) and answer["unknown"] == 0
    assert count.engine.process.poll() is None

    count.engine.disk()  # Somebody made room.
    count.send(refused, form)
    count.send()
    count.must_end_well()


@pytest.mark.parametrize("full", ["write .segment full", "write store.sqlite full"])
def test_on_a_full_disk_it_still_ends_when_it_is_told_to(count, full):
    count.send()
    count.engine.disk(full)
    count.send()
    count.until_said("full")
    count.engine.process.send_signal(signal.SIGTERM)

    assert count.engine.process.wait(timeout=60) == 3

    assert "engine.not_drained" in count.engine.said()
    count.engine.wait()
    count.engine.disk()
    assert count.engine.start(), count.engine.said()[-3000:]
    count.send()
    count.must_end_well()


def test_on_a_disk_with_no_room_for_anything_it_ends_when_it_is_told_to_and_says_each_trouble_once(count):
    """All that it writes is refused: journal, segments, store, published files and the public log. Senders try again all the time."""
    count.send()
    count.engine.disk(f"write {count.home}/ full")
    refused = count.ballots()
    for _ in range(40):
        status, _, answer = count.post(refused)
        assert (status, answer["error"]["code"]) == (503, "journal.full")
    told = re.findall(r' warning (\S+ code="\S+)', count.engine.said())
    assert told and all(told.count(kind) <= 2 for kind in told), told  # Two when a minute has passed.
    count.engine.process.send_signal(signal.SIGTERM)

    assert count.engine.process.wait(timeout=60) in (0, 3)  # What was acknowledged is counted, or is after the next start.

    count.engine.wait()
    count.engine.disk()
    assert count.engine.start(), count.engine.said()[-3000:]
    count.send(refused)
    count.must_end_well()


def test_a_disk_full_of_segments_lets_counting_wait_and_senders_go_on(count):
    count.send()
    count.engine.disk("write .segment full")
    count.send()
    count.until_said("segments.full")
    count.send()
    count.engine.disk()
    count.must_end_well()


def test_a_full_disk_of_the_store_lets_counting_wait_and_senders_go_on(count):
    count.send()
    count.engine.disk("write store.sqlite full")
    count.send()
    count.until_said("store.unavailable")
    count.send()
    count.engine.disk()
    count.must_end_well()


def test_a_full_disk_of_published_files_delays_readers_and_not_the_count(count):
    count.send()
    count.engine.disk("write /published/ full")
    count.send()
    count.until_said("sink.unavailable")
    count.send()
    count.engine.disk()
    count.must_end_well()


# What a disk holds after a failed fsync is unknown, and asking again proves nothing: the process must end.
@pytest.mark.parametrize(
    "where, says",
    [
        (".journal", "journal.io"),
        (".segment", "segments.io"),
        ("store.sqlite", "store.io"),
    ],
)
def test_a_failing_fsync_ends_the_process_with_3_and_a_sentence_and_a_restart_is_fine(count, where, says):
    count.send()
    count.engine.disk(f"sync {where} broken")
    unsure = count.ballots()
    answer = count.post(unsure)
    if where == ".journal":
        # Not acknowledged: of these it is not known whether the disk has them.
        assert answer is None or (answer[0] == 500 and answer[2]["recorded"] == 0 and answer[2]["error"]["code"] == "engine.failed")
    elif answer is not None and answer[0] == 200:
        count.ledger.note(unsure)

    assert count.engine.wait() == 3
    assert f'error serve.stopping code="{says}" remedy="stop" detail="' in count.engine.said()

    count.engine.disk()
    assert count.engine.start()
    count.send(unsure)
    count.must_end_well()


def test_a_disk_that_reports_full_only_when_it_syncs_is_a_failing_disk(count):
    count.send()
    count.engine.disk("sync .journal full")
    unsure = count.ballots()
    answer = count.post(unsure)
    assert answer is None or answer[0] == 500
    assert count.engine.wait() == 3
    count.engine.disk()
    assert count.engine.start()
    count.send(unsure)
    count.must_end_well()


def test_what_cannot_be_cut_off_again_stops_the_process(count):
    count.engine.disk("write .journal full", "truncate .journal broken")
    unsure = count.ballots()
    answer = count.post(unsure)
    assert answer is None or answer[0] == 500
    assert count.engine.wait() == 3
    count.engine.disk()
    assert count.engine.start()
    count.send(unsure)
    count.must_end_well()


def damage(path, at):
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def test_a_damaged_journal_with_sound_groups_behind_it_is_not_opened(count):
    for _ in range(3):
        count.send()
    count.engine.stop()
    journal = count.home / "journal/00000001.journal"
    before = journal.read_bytes()
    damage(journal, 60)

    assert not count.engine.start()

    assert count.engine.wait() == 3
    assert "journal.corrupt" in count.engine.said() and "restore the file" in count.engine.said()
    journal.write_bytes(before)
    assert count.engine.start()
    count.must_end_well()


def test_a_journal_that_ends_in_the_middle_of_a_group_loses_nothing_that_was_acknowledged(count):
    count.send()
    count.engine.kill()
    journal = count.home / "journal/00000001.journal"
    with open(journal, "ab") as file:
        file.write(b"TGRP\xff\0\0\0half of a group")
    assert count.engine.start()
    count.send()
    count.must_end_well()
