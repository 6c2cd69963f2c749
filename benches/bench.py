#!/usr/bin/env python3
"""Asks each question of each rival, compares the answers, and says what they cost. See benches/README.md; `make bench` runs it.

  bench.py [--question NAME] [--size BALLOTS] [--runs N] [--rivals NAME|FILE.py …]
  bench.py --page      puts the newest results into docs/benchmarks.md

Without a name all are asked but the long ones, which take more than some minutes: those are asked once, and without a run to warm up, if no number
of runs is said.

A question about the servers of stack/ is left out, and that is said, where they do not run; asked by its name, it starts them, and stops
them afterwards.

Exit codes: 0 done (also when something got slower: times are for people to judge), 1 an engine was wrong or failed, or the one question
cannot be asked here, 2 wrong usage.
"""

import argparse
import contextlib
import datetime
import json
import pathlib
import shutil
import subprocess
import sys

import measure
import page
import report
import servers
from ballots import TREE
from one_run import asked, duty, given, load

HERE = TREE / "benches"
QUESTIONS = {path.stem.replace("_", "-"): asked(path.stem) for path in sorted((HERE / "questions").glob("*.py"))}
SIZE, RUNS = 2_000_000, 5


def rival_path(name):
    path = pathlib.Path(name) if name.endswith(".py") else HERE / f"rivals/{name}.py"
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"no such rival: {name}")
    return path.resolve()


def run_once(question, rival, ballots, folder, keep):
    """What one run cost and what is wrong with its answer."""
    if not keep:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, HERE / "one_run.py", question, rival, ballots.folder, folder]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        print(done.stderr, file=sys.stderr)
        return {"failed": done.stderr.strip().rpartition("\n")[2] or f"ended with {done.returncode}"}
    return json.loads(done.stdout)


def is_long(name):
    return getattr(QUESTIONS[name], "LONG", False)


def ask(name, rivals, size, runs, work):
    """All answers to one question: a run to warm up, then `runs` of each engine, in turns so that a bad minute hits all of them."""
    function, question = name.replace("-", "_"), QUESTIONS[name]
    able = [path for path in rivals if hasattr(load(path), function)]
    count = max(1, round((size or getattr(question, "SIZE", SIZE)) * getattr(question, "SHARE", 1)))
    warm_up, runs = not is_long(name), runs or (1 if is_long(name) else RUNS)
    print(f"{name}: {question.__doc__.splitlines()[0]}", flush=True)
    shutil.rmtree(work, ignore_errors=True)
    ballots = given(question)(work / "ballots").make(count, **getattr(question, "MADE", {}))
    with contextlib.ExitStack() as kept:
        if hasattr(question, "prepare"):
            question.prepare(ballots)
            kept.callback(question.clean, ballots)
        numbers = range(0 if warm_up else 1, runs + 1)
        answers, missing = ask_each(function, able, numbers, ballots, work, getattr(question, "KEEP", False))
    said = {"asked": " ".join(question.__doc__.split()), "ballots": count, "unit": ballots.unit, "runs": runs, "warm_up": warm_up}
    said |= {"shape": ballots.truth()["shape"], "answers": answers, "missing": missing}
    shutil.rmtree(work, ignore_errors=True)
    return said


def ask_each(function, able, numbers, ballots, work, keep):
    """(answers, {engine: why it is not here}). Of the numbers of runs, 0 is the one to warm up."""
    answers, missing = {}, {}
    for path in able:
        engine = load(path)
        if why := engine.missing():
            missing[path.stem] = why
            print(f"  {path.stem}: not here: {why}")
        else:
            answers[path.stem] = {"version": engine.version(), "duty": duty(getattr(engine, function)), "runs": []}
            if why := getattr(engine, "KNOWN_WRONG", None):
                answers[path.stem]["known_wrong"] = why
    for number in numbers:
        for path in able:
            if (answer := answers.get(path.stem)) is None:
                continue
            cost = run_once(function, path, ballots, work / path.stem, keep)
            if trouble := cost.get("failed") or cost.get("wrong"):
                answer["failed" if "failed" in cost else "wrong"] = trouble
            if number and "failed" not in cost:
                answer["runs"].append(cost)
            what = trouble or f"{cost['seconds']:.2f} s"
            print(f"  {f'run {number}' if number else 'warm-up'}  {path.stem:<12} {what}", flush=True)
    return answers, missing


def last_tests():
    """{make quick, make test: how long its last run in this tree took}, as tests/run.sh has written it down."""
    found = {}
    for name, what in (("make quick", "quick"), ("make test", "all")):
        with contextlib.suppress(FileNotFoundError):
            took, failed, ended = (TREE / f"build/test-logs/{what}.took").read_text().split()
            found[name] = {"seconds": int(took), "failed": int(failed), "time": ended}
    return found


def left_out(names):
    """{question: why it cannot be asked here}: those that need servers, where they do not run."""
    needs = {name: getattr(QUESTIONS[name], "NEEDS", ()) for name in names}
    return {name: why for name in names if needs[name] and (why := servers.missing(needs[name]))}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--question", type=lambda name: name.replace("_", "-"), choices=QUESTIONS)
    parser.add_argument("--size", type=int, help=f"ballots ({SIZE:,} if the question says nothing else); a question may take a share of them")
    parser.add_argument("--runs", type=int, help=f"{RUNS}, and of a long question 1, if left out")
    parser.add_argument("--rivals", nargs="+", type=rival_path, default=sorted((HERE / "rivals").glob("*.py")))
    parser.add_argument("--work", type=pathlib.Path, default=TREE / "build/bench", help="a folder for what the engines write; it is emptied")
    parser.add_argument("--results", type=pathlib.Path, default=HERE / "results")
    parser.add_argument("--page", action="store_true")
    options = parser.parse_args()
    if options.page:
        return page.write(options.results)
    if (options.size or SIZE) < 100 or (options.runs or 1) < 1:
        parser.error("a size of at least 100 and one run")

    machine, now = measure.machine(), datetime.datetime.now(datetime.timezone.utc)
    options.work.mkdir(parents=True, exist_ok=True)
    machine["file_system"] = measure.file_system_of(options.work)
    before = report.earlier(options.results, machine["fingerprint"])
    names = [options.question] if options.question else [name for name in QUESTIONS if not is_long(name)]
    result = {"time": now.isoformat(timespec="seconds"), "machine": machine, "building": last_tests()}
    with contextlib.ExitStack() as kept:
        if options.question and (needs := getattr(QUESTIONS[options.question], "NEEDS", ())):
            kept.callback(servers.start(needs))
        result["left_out"] = left_out(names)
        names = [name for name in names if name not in result["left_out"]]
        result["questions"] = {name: ask(name, options.rivals, options.size, options.runs, options.work / name) for name in names}
    if not result["questions"]:
        print("\n".join(f"left out: {name}: {why}" for name, why in result["left_out"].items()), file=sys.stderr)
        return 1

    options.results.mkdir(parents=True, exist_ok=True)
    to = options.results / f"{now:%Y-%m-%d-%H%M%S}-{machine['fingerprint']}.json"
    to.write_text(json.dumps(result, indent=1) + "\n")
    text = report.text(result) + report.slower(result, before)
    to.with_suffix(".txt").write_text(text)
    print(f"\n{text}")
    answers = [answer for asked in result["questions"].values() for answer in asked["answers"].values()]
    return 1 if any("failed" in answer or ("wrong" in answer) != ("known_wrong" in answer) for answer in answers) else 0


if __name__ == "__main__":
    sys.exit(main())
