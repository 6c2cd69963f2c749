"""20,000 ballots a second come in bodies of 100: how long from the answer until they are in GET /v1/totals?

The pace is the question: ballots/s says only whether it was kept. Somebody asks for the totals two hundred times a second, on the same cores. The
n-th ballot that was answered is taken for visible when the totals hold n. The count makes a step every 20 ms (`teller init
--step-interval-ms`; 250 if nobody says). PostgreSQL and Redis answer when a ballot is in their totals: there it is nothing.
"""

SHARE = 1 / 10  # of SIZE
MADE = {"ndjson": True, "init": ("--step-interval-ms", 20)}
