"""From a station into three brokers: how many ballots a second does a gateway acknowledge?

Packed bodies of 1,000 over HTTPS, 32 at a time; TLS on, three copies, an answer when two of them are there at least. The clock starts with the second body and stops
with the last answer. Nothing counts meanwhile: totals are made and compared afterwards.
"""

SHARE = 1  # of SIZE
NEEDS = ("kafka", "postgres", "spark")
