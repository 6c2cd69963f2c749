"""One of two executors is killed when nearly all ballots are counted: how long until the rest is counted too?

The clock starts with the kill. Then a thousandth of the ballots comes, some for each partition, and it stops when those are committed: so all that the lost executor
had in memory is there again. Ask with SIZE=20000000.
"""

LONG = True
SIZE = 20_000_000
MADE = {"tables": False}
NEEDS = ("kafka", "postgres", "spark")
