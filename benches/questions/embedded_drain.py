"""A file of ballots, all of them there: how long until the last one is committed?

The clock stops when every ballot is in totals that survive a power failure (fsync) and that anybody who asks is shown, each counted
once. An engine may commit in groups of at most 200,000 ballots, so that totals move while it counts.
"""

SHARE = 1  # of SIZE
