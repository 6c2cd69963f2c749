"""How long a vote takes from the hand of its sender to a page that somebody looks at: measured in the page, and printed.

A page is watched from inside, twenty times a second, so that nothing that drives the browser is measured. Goals are goals of a machine
that does nothing else; a test asks only that votes arrive without a reload.
"""

import statistics
import time
import uuid

WATCH = """([selector, said]) => { const began = Date.now(); window.arrived_ = null;
  const look = setInterval(() => { if (![...document.querySelectorAll(selector)].some(e => e.innerText.includes(said))) return;
    window.arrived_ = Date.now(); clearInterval(look); }, 50); }"""
ARRIVES_WITHIN_S = 120


def ballot(count, rules):
    """A new one, for the first option of the first contest, in the first unit that has none below it."""
    parents = {unit.get("parent") for unit in rules["units"]}
    unit = next(unit["id"] for unit in rules["units"] if unit["id"] not in parents)
    style = rules["styles"][0]
    contests = {contest: [] for contest in style["cards"][0]}
    first = next(contest for contest in rules["contests"] if contest["id"] in contests)
    contests[first["id"]] = [first["options"][0]["id"]]
    where = {"unit": unit, "style": style["id"], "card": 1, "method": rules["methods"][0]["id"]}
    return {"kind": "ballot", "count": count, "id": str(uuid.uuid4()), **where, "contests": contests}


def measure(send, pages, recorded, times=5):
    """Sends one vote after the other; `pages`: by name, a page, what of it says how many entries are recorded, and the goal in
    seconds. Gives the seconds by name, and prints them."""
    took = {name: [] for name in pages}
    for page, _, _ in pages.values():
        page.evaluate("window.notLoadedAgain = true")
    for _ in range(times):
        recorded += 1
        for page, selector, _ in pages.values():
            page.evaluate(WATCH, [selector, f"{recorded:,}"])
        sent = time.time()
        send()
        for name, (page, _, _) in pages.items():
            # Asked from here: a page whose policy forbids eval is not waited for by a function of Playwright's.
            while (arrived := page.evaluate("window.arrived_")) is None:
                assert time.time() < sent + ARRIVES_WITHIN_S, f"{name} does not show the vote"
                page.wait_for_timeout(100)
            took[name].append(arrived / 1000 - sent)
    for name, (page, _, goal) in pages.items():
        assert page.evaluate("window.notLoadedAgain") is True, f"{name} was loaded again"
        middle, longest = statistics.median(took[name]), max(took[name])
        print(f"\nfrom the sender to {name}: median {middle:.2f} s, longest {longest:.2f} s of {times} votes (goal: {goal} s)", end="")
    return took
