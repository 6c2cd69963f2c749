"""A thousand ballots a request from 32 connections: how long until the last one is in the totals that anybody is shown?

Packed and as a list in JSON (teller_json). Answers say that ballots are durable; the clock goes on after the last of them, until GET /v1/totals
shows every ballot. One process of Python plays the stations, on the same cores. Who has no HTTP is not asked: `embedded-drain` sends Redis
a thousand ballots a call, and PostgreSQL more.
"""

SHARE = 1  # of SIZE
MADE = {"ndjson": True}
