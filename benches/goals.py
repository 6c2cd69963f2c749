"""What the design wants, beside what was measured: the table of docs/benchmarks.md. A goal that nothing has measured has no row."""

import dataclasses
import functools
from collections.abc import Callable

import report


class Results:
    """What was said last to each question, and to each at a size."""

    def __init__(self, results):
        self.newest, self.sized = {}, {}
        for result in sorted(results, key=lambda result: result["time"]):
            for name, asked in result["questions"].items():
                said = asked | {"cores": result["machine"]["cores"]}
                self.newest[name] = self.sized[name, asked["ballots"]] = said


def measured(function):
    """Of an asked question and an answer that stands; None where there is none."""

    @functools.wraps(function)
    def of(results, question, engine="teller"):
        asked = results.newest.get(question)
        answer = asked and asked["answers"].get(engine)
        return function(asked, answer) if answer and report.stands(answer) else None

    return of


@measured
def rate(asked, answer):
    return report.rate(answer, asked["ballots"])


@measured
def limit(asked, answer):
    """Ballots a second, if all cores did nothing but what they did for one."""
    work = report.a_ballot(answer, "processor", asked["ballots"])
    return asked["cores"] / work if work else None


def times_the_best(results, question):
    ours, asked = rate(results, question), results.newest.get(question)
    rivals = [rate(results, question, engine) for engine in asked["answers"] if not engine.startswith("teller")] if asked else []
    return ours and max(filter(None, rivals), default=0) and ours / max(filter(None, rivals))


def times(results, question, engine):
    ours, theirs = rate(results, question), rate(results, question, engine)
    return ours and theirs and ours / theirs


def figure(name, question, ballots=None):
    """A figure that a question gives besides; of the newest answer, or of that at a size."""

    def of(results):
        asked = results.newest.get(question) if ballots is None else results.sized.get((question, ballots))
        answer = asked and asked["answers"].get("teller")
        runs = answer["runs"] if answer and report.stands(answer) else []
        return report.median(run["more"][name] for run in runs) if runs else None

    return of


def seconds(results, question):
    asked = results.newest.get(question)
    answer = asked and asked["answers"].get("teller")
    return report.middle(answer, "seconds") if answer and report.stands(answer) else None


def of_ten_million(results):
    """The rate of 100 million, as a share of that of 10 million."""
    rates = []
    for ballots in (10_000_000, 100_000_000):
        asked = results.sized.get(("embedded-nation", ballots))
        answer = asked and asked["answers"].get("teller")
        rates.append(report.rate(answer, ballots) if answer and report.stands(answer) else None)
    return rates[1] / rates[0] if all(rates) else None


@dataclasses.dataclass
class Goal:
    what: str
    goal: float
    value: Callable  # of Results
    unit: str = "a second"
    at_most: bool = False
    limit: Callable = lambda results: None
    digits: int = 0


def a_rate(what, goal, question, engine="teller"):
    return Goal(what, goal, lambda results: rate(results, question, engine), limit=lambda results: limit(results, question, engine))


def at_most(what, goal, unit, value, digits=0):
    return Goal(what, goal, value, unit, True, digits=digits)


MEMORY = 300e6 / 10_000_000 + 32 / 0.75  # Bytes a ballot, of ten million: 300 MB, and 32 bytes a ballot in tables that are three quarters full.
GOALS = [
    a_rate("A file of packed ballots → committed", 4_000_000, "embedded-drain"),
    Goal("… × the best rival", 20, lambda results: times_the_best(results, "embedded-drain"), "×", digits=1),
    Goal("100 million: share of the rate of 10 million", 0.6, of_ten_million, "", digits=2),
    at_most("… `teller verify` of 100 million", 40, "s", figure("verify s", "embedded-nation", 100_000_000), 1),
    at_most("A start with 20 million counted", 5, "s", figure("restart s", "embedded-nation", 20_000_000), 1),
    at_most("Memory a ballot, of 10 million", MEMORY, "bytes", figure("load B", "embedded-nation", 10_000_000), 1),
    a_rate("HTTP, one ballot a request, 128 connections", 80_000, "embedded-http-one"),
    at_most("… p99", 5, "ms", figure("p99 ms", "embedded-http-one"), 1),
    a_rate("HTTP, packed, to the commit", 4_000_000, "embedded-http-many"),
    a_rate("HTTP, JSON × 1,000, to the commit", 1_500_000, "embedded-http-many", "teller_json"),
    at_most("Answered → in `/v1/totals` at 20,000 a second, p99", 50, "ms", figure("visible p99 ms", "embedded-visible"), 1),
    a_rate("A gateway → three brokers", 600_000, "service-gateway"),
    a_rate("A topic → Spark → PostgreSQL", 1_000_000, "service-drain"),
    Goal("… × plain Spark", 10, lambda results: times(results, "service-drain", "spark"), "×", digits=1),
    a_rate("The whole stack, senders included", 400_000, "service-live"),
    at_most("Acknowledged → in PostgreSQL at 20,000 a second, p50", 250, "ms", figure("PostgreSQL p50 ms", "service-visible")),
    at_most("… p99", 600, "ms", figure("PostgreSQL p99 ms", "service-visible")),
    at_most("… in Elasticsearch, p99", 2000, "ms", figure("Elasticsearch p99 ms", "service-visible")),
    at_most("Counting again after an executor was lost", 20, "s", lambda results: seconds(results, "service-executor-lost"), 1),
]


def said(number, goal):
    return f"{number:,.{goal.digits}f} {goal.unit}".strip()


def table(results):
    """Lines of Markdown."""
    lines = ["| | Goal | Measured | | Limit here |", "|---|---|---|---|---|"]
    for goal in GOALS:
        if not (value := goal.value(results)):
            continue
        reached = "reached" if (value <= goal.goal if goal.at_most else value >= goal.goal) else f"{value / goal.goal:.2f} × the goal"
        most = goal.limit(results)
        lines.append(
            f"| {goal.what} | {'≤' if goal.at_most else '≥'} {said(goal.goal, goal)} | {said(value, goal)} | {reached} | {said(most, goal) if most else '–'} |"
        )
    return "\n".join(lines)
