"""Result sheets of all polling places are delivered, and an hour later once more, a hundredth of them changed: how long does each take?

The file is CSV, a row an option, five to a sheet. The clock is that of the first delivery, from the file to totals on the disk; "again s" is the second one, in
which each sheet is compared with what stands. "MiB" is the memory of each at its highest. Totals are compared after the second.
"""

from sheets import Sheets as GIVEN

__all__ = ["GIVEN", "SHARE"]

SHARE = 1 / 20  # of SIZE
