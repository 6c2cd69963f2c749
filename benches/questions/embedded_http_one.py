"""One ballot a request from 128 connections, each answered when the ballot is durable: how many a second?

One process of Python plays the stations (benches/load_generator.py). It runs on the same cores, and takes a good part of them: compare the
engines with each other, and no rate with one measured from elsewhere. The clock stops with the last answer; totals are compared afterwards.
"""

SHARE = 1 / 20
MADE = {"ndjson": True}
