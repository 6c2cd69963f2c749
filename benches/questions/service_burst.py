"""For five minutes ten times as many ballots come as before: how far is the count behind, and how soon has it caught up?

Packed bodies of 1,000 over HTTPS to a gateway: a minute at a pace ("calm/s"), five at ten times of it, one more at the pace. "lag" is how many are acknowledged and not counted: at most
before the burst, and at most at all. "drained s" is how long after the burst it was higher than before it. SIZE makes the pace: 3,120 ballots for each a second.
"""

LONG = True
SIZE = 9_360_000
MADE = {"tables": False}
NEEDS = ("kafka", "postgres", "spark", "elasticsearch")
