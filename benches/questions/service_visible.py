"""20,000 ballots a second come in bodies of 100: how long from a gateway's answer until they are in PostgreSQL, and until Elasticsearch shows them?

The pace is the question: ballots/s says only whether it was kept. The n-th ballot that was answered is taken for visible when n are counted there; somebody looks a
hundred times a second into PostgreSQL and twenty times into Elasticsearch, on the same cores. The count makes a step every 250 ms. Before the clock starts two thirds
have come at the same pace: machines of Java that have just begun spend both cores on translating themselves, and a night is longer than that.
"""

SHARE = 3 / 10  # of SIZE
MADE = {"ndjson": True}
NEEDS = ("kafka", "postgres", "spark", "elasticsearch")
