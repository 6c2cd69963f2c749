"""The whole stack at work, those who send included: how many ballots a second get from a station into what people are shown?

Packed bodies of 1,000 over HTTPS to a gateway, 32 at a time, as fast as they are answered; four partitions, two executors. The clock starts with
the first body and stops when all of them are committed, stated and in Elasticsearch.
"""

SHARE = 1  # of SIZE
NEEDS = ("kafka", "postgres", "spark", "elasticsearch")
