"""What a run costs: time, processor and bytes written, of this process and of all that it has started."""

import dataclasses
import hashlib
import os
import pathlib
import platform
import subprocess
import time

TICKS = os.sysconf("SC_CLK_TCK")


def processes(roots=()):
    """These processes and their descendants; none named: this one, and what it has started."""
    children = {}
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue  # It has ended meanwhile.
        children.setdefault(parent, []).append(int(path.parent.name))
    found = list(roots) or [os.getpid()]
    for pid in found:
        found += children.get(pid, [])
    return found


def cost_so_far(roots=()):
    """(seconds of processor, bytes to the disk). A process that has ended and been waited for is in the figures of its parent."""
    ticks = written = 0
    for pid in processes(roots):
        try:
            ticks += sum(map(int, pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]))
            lines = pathlib.Path(f"/proc/{pid}/io").read_text().splitlines()
        except (FileNotFoundError, ProcessLookupError):
            continue
        written += int(dict(line.split(": ") for line in lines)["write_bytes"])
    return ticks / TICKS, written


def cores_so_far():
    """(seconds in which a core of the machine worked for anybody or was taken by its host, seconds of all cores)."""
    user, nice, system, idle, wait, *rest = map(int, pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9])
    worked = user + nice + system + sum(rest)
    return worked / TICKS, (worked + idle + wait) / TICKS


class Clock:
    """`with clock:` around what is measured. What earlier work left to be written is written before it starts."""

    def __init__(self):
        self.servers = []  # Processes that work for the engine and were started by somebody else.
        self.starts_under_way = False  # The engine works already: it would go on while we wait for the disk.
        self.ballots = None  # How many were counted while it ran, if not all.

    def __enter__(self):
        if not self.starts_under_way:
            os.sync()
        self.before = self.so_far()
        self.begin = time.perf_counter()

    def so_far(self):
        return (*cost_so_far([os.getpid(), *self.servers]), *cores_so_far())

    def __exit__(self, *failure):
        self.seconds = time.perf_counter() - self.begin
        after = self.so_far()
        self.processor, self.written, worked, cores = (now - then for now, then in zip(after, self.before, strict=True))
        # What others did on these cores meanwhile: a run is worth less when it is much.
        self.others = max(0, worked - self.processor) / max(cores, 1 / TICKS)

    def add_up(self, clocks):
        """It says what these have said together."""
        for name in ("seconds", "processor", "written", "ballots"):
            setattr(self, name, sum(getattr(clock, name) for clock in clocks))
        self.others = sum(clock.others * clock.seconds for clock in clocks) / self.seconds

    def costs(self):
        costs = {name: getattr(self, name) for name in ("seconds", "processor", "written", "others")}
        return costs if self.ballots is None else costs | {"ballots": self.ballots}


def run_and_weigh(command):
    """Bytes of memory of a program at its highest, when it has ended well."""
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return usage.ru_maxrss * 1024


def highest(pid):
    """Bytes of memory of a program that runs, at its highest until now."""
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM:"))) * 1024


@dataclasses.dataclass
class Answer:
    """What an engine says when the clock has stopped."""

    totals: dict  # {(unit, method, slot): votes}, all of them numbers
    copies: int  # sent again and not counted
    more: dict = dataclasses.field(default_factory=dict)  # {name: figure} that a question wants besides


def machine():
    """Of this machine, what figures depend on. No name and no folder of it."""
    cpu = [line.partition(":")[2].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    kibibytes = int(pathlib.Path("/proc/meminfo").read_text().split()[1])
    said = {"cpu": cpu[0] if cpu else platform.machine(), "cores": len(os.sched_getaffinity(0)), "memory_gib": round(kibibytes / 2**20)}
    return said | {"fingerprint": hashlib.sha256(repr(said).encode()).hexdigest()[:8]}


def file_system_of(folder):
    """Its type, as what an fsync costs depends on it."""
    mounts = [line.split() for line in pathlib.Path("/proc/mounts").read_text().splitlines()]
    holding = [(len(mount[1]), mount[2]) for mount in mounts if pathlib.Path(folder).resolve().is_relative_to(mount[1])]
    return max(holding)[1]
