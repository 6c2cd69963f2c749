"""All ballots are counted and kept: how long does it take to count them again from what was kept?

What is kept was written before the clock starts. The duties differ more than in other questions: read them.
"""

SHARE = 1
KEEP = True  # What a run leaves in its folder is there in the next.
