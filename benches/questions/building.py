"""Somebody clones the tree and has nothing built: how long until the totals of a first count are shown?

The clock starts with the clone and stops with the totals. What `make quick` and `make test` took in this tree stands below the results of every question.
"""

LONG = True
SIZE = 20_000
MADE = {"tables": False}
