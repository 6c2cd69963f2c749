"""One and two executors, one and two gateways, 1 to 12 partitions: how many ballots a second does each take and count?

For each shape a count of its own: first its gateways record all ballots (`teller load`, one for each gateway at once), then its executors
drain the topic. Clock: the drains, one after the other. All of it shares the cores of this machine, with senders, brokers and PostgreSQL, so what
a second executor or gateway brings is seen only where the first one left a core idle; that a shape of several costs nothing is what it can show.
"""

LONG = True
SIZE = 2_000_000
MADE = {"tables": False}
NEEDS = ("kafka", "postgres", "spark")
