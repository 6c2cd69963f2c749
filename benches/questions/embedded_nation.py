"""A nation's ballots: how fast are they counted, checked, and there again after a start, and how much memory does one take?

The clock is that of the drain, as in `embedded-drain`. "verify s": then every entry is read, checked and counted again (`teller verify --home`). "restart s": then
the program starts anew, up to its first answer of /v1/totals. "load B" and "serve B" are the memory of the drain and of the server at their highest, divided by
ballots. Ask with SIZE=10000000, 20000000 and 100000000: from ten million to a hundred a rate should not fall by more than two fifths.
"""

LONG = True
SIZE = 10_000_000
MADE = {"tables": False}
