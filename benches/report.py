"""Results as text: tables, and what got slower."""

import json
import textwrap
from statistics import median

from ballots import COPIES

TROUBLE = {"wrong": "wrong", "known_wrong": "why", "failed": "failed"}
COLUMNS = 4  # More figures than this stand below the table.


def middle(answer, name):
    return median(run[name] for run in answer["runs"])


def rate(answer, ballots):
    """Ballots a second. A clock that started when an engine was under way knows how many it has seen."""
    return median(run.get("ballots", ballots) / run["seconds"] for run in answer["runs"])


def a_ballot(answer, name, ballots):
    return median(run[name] / run.get("ballots", ballots) for run in answer["runs"])


def figures(answer):
    """What a question wants besides, where that is too much for columns."""
    names = sorted({name for run in answer["runs"] for name in run["more"]})
    if not stands(answer) or len(names) <= COLUMNS:
        return []
    return [f"    {name:<34} {median(run['more'][name] for run in answer['runs']):>14,.3f}" for name in names]


def stands(answer):
    """Whether its figures may be shown. A fast wrong answer has none."""
    return answer["runs"] and not {"wrong", "failed"} & answer.keys()


def others(asked):
    """What other programs took of the cores: in the middle run, and in the worst."""
    shares = [run["others"] for answer in asked["answers"].values() for run in answer["runs"]] or [0]
    return median(shares), max(shares)


def busy(asked):
    return others(asked)[0] > 0.1


def columns(asked):
    """The head and a row an engine: Teller first, then the fastest."""
    ballots, answers = asked["ballots"], asked["answers"]
    teller = answers.get("teller")
    base = rate(teller, ballots) if teller and stands(teller) else None
    waits = sorted({name for answer in answers.values() for run in answer["runs"] for name in run["more"]})
    waits = waits if len(waits) <= COLUMNS else []
    unit = asked.get("unit", "ballot")
    yield ["engine", f"{unit}s/s", "× teller", "seconds (least–most)", f"µs CPU/{unit}", f"bytes/{unit}", *waits, "totals"]
    order = sorted(answers, key=lambda name: (name != "teller", -rate(answers[name], ballots) if stands(answers[name]) else 0))
    for name in order:
        answer = answers[name]
        if not stands(answer):
            yield [name, *["–"] * (5 + len(waits)), "*failed*" if "failed" in answer else "*wrong*"]
            continue
        seconds = sorted(run["seconds"] for run in answer["runs"])
        yield [
            name,
            f"{rate(answer, ballots):,.0f}",
            f"{rate(answer, ballots) / base:.2f}" if base else "–",
            f"{median(seconds):.2f} ({seconds[0]:.2f}–{seconds[-1]:.2f})",
            f"{a_ballot(answer, 'processor', ballots) * 1e6:.2f}",
            f"{a_ballot(answer, 'written', ballots):,.0f}",
            *(f"{median(run['more'][wait] for run in answer['runs']):.2f}" for wait in waits),
            "equal",
        ]


def table(rows):
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) if n in (0, len(row) - 1) else cell.rjust(width) for n, (cell, width) in enumerate(zip(row, widths, strict=True)))
        for row in rows
    ]
    return "\n".join(line.rstrip() for line in [lines[0], "─" * len(lines[0].rstrip()), *lines[1:]])


def wrap(text, indent=""):
    return textwrap.fill(text, 118, subsequent_indent=indent)


def shape(asked):
    """What the ballots are like; older results do not say."""
    if not (said := asked.get("shape")):
        return ""
    if isinstance(said, str):
        return said
    return (
        f"One contest of {said['options']} options in {said['places']:,} places and {said['totals']:,} totals; {said['undervotes']:,} undervotes, "
        f"{said['overvotes']:,} overvotes, {said['blank']:,} blank; {said['bytes']} bytes each as packed."
    )


def log_entries(asked):
    """The rate in the unit of transparency logs, where one engine is one: each counted ballot is a leaf."""
    teller = asked["answers"].get("teller")
    if not teller or not stands(teller):
        return []
    entries = rate(teller, asked["ballots"])
    return ["", wrap(f"As a transparency log (RFC 6962), teller takes {entries:,.0f} entries a second: each of them durable, and in it once.")]


def given(asked):
    unit = asked.get("unit", "ballot")
    return f"{asked['ballots']:,} {unit}s" + (f", {COPIES:.0%} of them sent twice" if unit == "ballot" else "")


def runs(asked, result):
    """Older results say one number for all questions."""
    return f"{asked['runs'] if 'runs' in asked else result['runs']} run(s)" + (" after one to warm up" if asked.get("warm_up", True) else "")


def text(result):
    machine = result["machine"]
    said = [f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB, {machine['file_system']} · {result['time']}"]
    for name, asked in result["questions"].items():
        answers = asked["answers"]
        counted = f"{given(asked)}; {runs(asked, result)}, median"
        noise = "Other programs took {:.0%} of the cores in the middle run, {:.0%} in the worst.".format(*others(asked))
        noise = f"Taken on busy cores. {noise}" if busy(asked) else noise
        about = [wrap(line) for line in (counted, shape(asked), noise) if line]
        said += ["", name, wrap(asked["asked"]), "", *about, "", table(list(columns(asked)))]
        said += [*(log_entries(asked) if name == "embedded-drain" else []), ""]
        for engine in sorted(answers, key=lambda name: (name != "teller", name)):
            answer = answers[engine]
            said.append(wrap(f"{engine} {answer['version']}: {answer['duty']}", "  "))
            said += [wrap(f"  {what}: {answer[kind]}", "    ") for kind, what in TROUBLE.items() if kind in answer]
            said += figures(answer)
        said += [f"{engine}: not here ({why})" for engine, why in asked["missing"].items()]
    said += building(result.get("building", {}))
    said += ["", *(f"left out: {name}: {why}" for name, why in result["left_out"].items())] if result.get("left_out") else []
    return "\n".join(said) + "\n"


def building(runs):
    """What it takes to test this tree, as its last runs said."""
    if not runs:
        return []
    rows = [["tests", "seconds", "ended", ""]]
    rows += [[name, f"{run['seconds']:,}", run["time"], f"{run['failed']} failed" if run["failed"] else "passed"] for name, run in runs.items()]
    return ["", "The last runs of this tree's tests:", "", table(rows)]


def files(folder):
    return sorted(folder.glob("*.json"))


def earlier(folder, fingerprint):
    """{(question, ballots): what was last said to it on such a machine, and make quick or make test: its run of then}."""
    found = {}
    for path in files(folder):
        old = json.loads(path.read_text())
        if old["machine"]["fingerprint"] == fingerprint:
            found |= {(name, asked["ballots"]): asked | {"time": old["time"]} for name, asked in old["questions"].items()}
            found |= old.get("building", {})
    return found


def slower(result, before):
    """What takes more than a tenth longer than last time."""
    said, compared = [], 0
    for name, asked in result["questions"].items():
        old = before.get((name, asked["ballots"]))
        for engine, answer in asked["answers"].items():
            was = old and old["answers"].get(engine)
            if not was or not stands(was) or not stands(answer):
                continue
            compared += 1
            if (ratio := rate(was, old["ballots"]) / rate(answer, asked["ballots"])) > 1.1:
                noise = ", on busy cores" if busy(old) or busy(asked) else ""
                said.append(
                    f"slower: {name}, {engine}: {middle(answer, 'seconds'):.2f} s, {ratio:.2f} times that of {old['time']} ({was['version']}){noise}"
                )
    for name, run in result.get("building", {}).items():
        was = before.get(name)
        if was and not was["failed"] and not run["failed"]:
            compared += 1
            if (ratio := run["seconds"] / was["seconds"]) > 1.1:
                said.append(f"slower: {name}: {run['seconds']:,} s, {ratio:.2f} times the run of {was['time']}")
    if not compared:
        return "\nNothing to compare with: no earlier results of such a machine and as many ballots.\n"
    return "\n" + "\n".join(said or ["Nothing is more than a tenth slower than last time."]) + "\n"
