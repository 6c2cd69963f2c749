"""A topic full of ballots, on three brokers: how long until the last one is committed in PostgreSQL?

The servers of stack/ on this machine, TLS on, two executors or threads; a topic of four partitions, each in three copies, which each engine
reads from the beginning. The clock starts with one of the engine's first commits, so that no engine pays for a JVM that comes up ("first s"
says how long that took, and the first ballots), and stops with the commit that holds the last ballot; the rate is that of the ballots
between. An engine may commit in groups of about 250,000 ballots, or an eighth of all. The work of brokers and of PostgreSQL is in "µs CPU/ballot", and beside it.
"""

from servers import empty as clean
from servers import fill as prepare

__all__ = ["NEEDS", "SHARE", "clean", "prepare"]

SHARE = 1  # of SIZE
NEEDS = ("kafka", "postgres", "spark")
