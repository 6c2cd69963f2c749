"""What officers decided about a count, from the decisions in its log: schema/entry.md, "Decisions". Pure; knows no Spark.

That each was signed by officers who may, entry.control() has seen. The log of a partition has no boundaries of steps here,
so what is asked is what holds wherever they are: numbers without a gap, each action where the stage allows it, each ballot void
and reinstated by turns, superseded by what it is said to be, each conflict kept once, and nothing counted behind a certification that stands.
"""

from collections import Counter

import entry
import tree

BY_NAME = {name: (stages, becomes) for name, stages, _, becomes in entry.ACTIONS.values()}


class Partition:
    """`found`: (place in the log, decision) in the log's order; `size`: entries of the log."""

    def __init__(self, count, number, size, found):
        self.count, self.number, self.size = count, number, size
        self.stage = entry.SETUP if count.officers else entry.OPEN
        self.certified = None  # What the certification that stands is of.
        self.void = set()  # Ids of ballots.
        self.first, self.stands = {}, {}  # Of those that were decided about, by id: the bytes in the log, and those that count now.
        self.kept = set()  # (leaf hash of what counts, of what does not)
        self.findings = []
        about_stage = sorted((one for one in found if one[1].about_stage), key=lambda one: (one[1].number, one[0]))
        for expected, (place, decision) in enumerate(about_stage, 1):
            self._stage(expected, place, decision)
        for place, decision in found:
            if not decision.about_stage:
                self._ballot(place, decision)
        if self.stage == entry.SETUP and size:
            self._find("it was never opened, and has entries")
        if self.stage == entry.CERTIFIED:
            counted = self.certified[3]
            if sum(1 for place, _ in about_stage if place >= counted) != size - counted:
                self._find("something else than its certification was counted behind what is certified")

    def _stage(self, expected, place, decision):
        stages, becomes = BY_NAME[decision.name]
        if decision.partition != self.number:
            return self._find(f"entry {place} is about another partition")
        if decision.number != expected or self.stage not in stages:
            self._find(f'entry {place}, "{decision.name}" as decision {decision.number}, could not be taken: it is {self.stage} by {expected - 1}')
        self.stage = becomes
        if becomes == entry.CERTIFIED:
            self.certified = decision.certified
        return None

    def _ballot(self, place, decision):
        """In the log's order: of one step there is at most one decision that changes what stands of a ballot."""
        if decision.kept:
            if entry.partition_of(decision.kept[2], self.count.partitions) != self.number:
                return self._find(f"entry {place} is about a conflict of another partition")
            if decision.kept[3:] in self.kept:
                return self._find(f"entry {place} keeps what is kept already")
            self.kept.add(decision.kept[3:])
            return None
        ballot_id = decision.ballot[10:26]
        if entry.partition_of(ballot_id, self.count.partitions) != self.number:
            return self._find(f"entry {place} is about a ballot of another partition")
        self.first.setdefault(ballot_id, decision.ballot)
        if self.stands.setdefault(ballot_id, decision.ballot) != decision.ballot:
            return self._find(f'entry {place}, "{decision.name}", is about a ballot that another one stands for')
        if (ballot_id in self.void) != (decision.name == "reinstate"):
            return self._find(f'entry {place}, "{decision.name}", is about a ballot that is {"not " if decision.name == "reinstate" else ""}void')
        if decision.name == "void":
            self.void.add(ballot_id)
        elif decision.name == "reinstate":
            self.void.remove(ballot_id)
        else:
            self.stands[ballot_id] = decision.other
        return None

    def _find(self, what):
        self.findings.append(f"partition {self.number}: {what}")


class Decided:
    """Of the whole count. `found`: {partition: (place, decision) in the log's order}; `sizes`: of all partitions, in order."""

    def __init__(self, count, sizes, found):
        self.partitions = [Partition(count, number, size, found.get(number, [])) for number, size in enumerate(sizes)]
        self.taken = Counter(decision.name for some in found.values() for _, decision in some)
        self.findings = [text for one in self.partitions for text in one.findings]
        self.stage = min((one.stage for one in self.partitions), key=entry.STAGES.index, default=entry.OPEN)
        self.certified = self.partitions[0].certified[:3] if self.stage == entry.CERTIFIED else None  # (statement, its hash, digest)
        self.status = "official" if self.certified else "unofficial"

    def missing_targets(self, wanted, there):
        """Finds what was decided about and is not in the log, and forgets what was decided about it."""
        for number, leaves in wanted.items():
            missing = leaves - there.get(number, set())
            if missing:
                self.findings.append(f"partition {number}: {len(missing)} decided about are not in the log with these bytes")
                one = self.partitions[number]
                one.first = {name: raw for name, raw in one.first.items() if tree.leaf_hash(raw) not in missing}
                one.void &= one.first.keys()

    def targets(self, found):
        """{partition: leaf hashes that its log must have}: of each ballot that was decided about the one that counted first, and what
        is kept of a conflict unless it is what superseded another."""
        wanted = {}
        for number, some in found.items():
            one = self.partitions[number]
            kept = {decision.kept[3] for _, decision in some if decision.kept}
            leaves = {tree.leaf_hash(raw) for raw in one.first.values()} | (kept - superseding([decision for _, decision in some]))
            if leaves:
                wanted[number] = leaves
        return wanted

    def undone_totals(self, rules):
        """Counter of what the log's ballots added and what they no longer do: {(contest, slot, unit, method): number}. And how many
        ballots are void, and how many count by the bytes of another one."""
        totals, void, superseded = Counter(), 0, 0
        for one in self.partitions:
            for name, raw in one.first.items():
                stands = None if name in one.void else one.stands[name]
                if stands == raw:
                    continue
                totals.update(entry.ballot(rules, raw[entry.HEAD :]))
                if stands is None:
                    void += 1
                else:
                    totals.subtract(entry.ballot(rules, stands[entry.HEAD :]))
                    superseded += 1
        return totals, void, superseded

    def compare(self, statements, status):
        """Finds what was certified and not stated, and a status that nobody decided. `statements`: as Export has them."""
        for one in self.partitions:
            if one.stage != entry.CERTIFIED:
                continue
            number, statement, digest, counted = one.certified
            stated = statements[number] if number < len(statements) else None
            if stated is None or stated[:2] != (statement.hex(), digest.hex()) or stated[2][one.number : one.number + 1] != [counted]:
                self.findings.append(f"partition {one.number}: it certifies statement {number}, and that says something else")
            if self.certified and one.certified[:3] != self.certified:
                self.findings.append(f"partition {one.number}: it certifies something else than partition 0")
        if status != self.status:
            self.findings.append(f"the last statement says {status}, and by the decisions in the log the count is {self.status}")


def superseding(some):
    """Leaf hashes of the ballots that were put in the place of others: they stand in no tile."""
    return {tree.leaf_hash(one.other) for one in some if one.other is not None}
