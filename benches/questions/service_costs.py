"""Ballots come at the pace of 100 million an hour: what does one cost in each process, in rows, documents and bytes?

27,778 a second in packed bodies of 1,000, over HTTPS to a gateway, from a program that is not part of what is measured; four partitions, two
executors. The clock starts with the first body and stops when all of them are committed, stated and in Elasticsearch. The pace is the
question: the seconds say only whether it was kept. docs/guides/size.md does its arithmetic with these figures.
"""

SHARE = 1 / 2  # of SIZE
NEEDS = ("kafka", "postgres", "spark", "elasticsearch")
