"""Everything is counted, and the machine starts again: how long until somebody who asks for the totals has them?

The clock starts with the program and stops with the first answer that holds every ballot. Only engines that must make something of what
they kept are asked: a file that is opened is there at once.
"""

SHARE = 1
KEEP = True  # What a run leaves in its folder is there in the next.
