"""What officers decided about a count, from the decisions in its log: schema/entry.md, "Decisions". Pure; knows no Spark.

That each was signed by officers who may, entry.control() has seen. The log of a partition has no boundaries of steps here,
so what is asked is what holds wherever they are: numbers without a gap, each action where the stage allows it, each ballot void
and reinstated by turns, and nothing counted behind a certification that stands.
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
        self.void = {}  # id of a ballot: its bytes
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
        ballot_id = decision.ballot[10:26]
        if entry.partition_of(ballot_id, self.count.partitions) != self.number:
            return self._find(f"entry {place} is about a ballot of another partition")
        if (decision.name == "void") == (ballot_id in self.void):
            return self._find(f'entry {place}, "{decision.name}", is about a ballot that is {"" if decision.name == "void" else "not "}void')
        if decision.name == "void":
            self.void[ballot_id] = decision.ballot
        else:
            del self.void[ballot_id]
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
        """Finds ballots that were decided about and are not in the log, and takes them out of those that are void."""
        for number, leaves in wanted.items():
            missing = leaves - there.get(number, set())
            if missing:
                self.findings.append(f"partition {number}: {len(missing)} decided about are not in the log with these bytes")
                void = self.partitions[number].void
                self.partitions[number].void = {name: raw for name, raw in void.items() if tree.leaf_hash(raw) not in missing}

    def void_totals(self, rules):
        """Counter of what the ballots that are void had added: {(contest, slot, unit, method): number}; and how many they are."""
        totals, ballots = Counter(), 0
        for one in self.partitions:
            for raw in one.void.values():
                totals.update(entry.ballot(rules, raw[entry.HEAD :]))
                ballots += 1
        return totals, ballots

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


def targets(found):
    """{partition: leaf hashes of all ballots that were decided about}: each must be in its log."""
    wanted = {}
    for number, some in found.items():
        for _, decision in some:
            if not decision.about_stage:
                wanted.setdefault(number, set()).add(tree.leaf_hash(decision.ballot))
    return wanted
