"""Random files of results in the manner of real counties, each with what it truly says.

A county's file has totals among its precincts, registered voters among its offices, blanks among its candidates, `x` and `NA` among its
figures, titles above and notes below, and figures written in any way: County(seed) makes one of all that, by chance. County(seed, trap)
makes one in which votes stand twice in the manner of `trap`, and nothing else is wrong.
"""

import random

PLACES = ["Rill", "Dale", "Onda", "Moor", "Fenn", "Vale", "Brook", "Holt"]
PEOPLE = ["Ada Moss", "Ben Rook", "Cy Vale", "Di Wren", "Eve Lark", "Flo Marsh", "Gil Thorn", "Hal Birch", "Ida Finch", "Jo Reed"]
OFFICES = ["President", "Sheriff", "Clerk", "Senate", "Mayor"]
TOTALS = ["Total", "TOTAL", "Totals", "County Total", "Grand Total"]
TRAPS = [
    "a sum of some options",
    "a sum of some methods",
    "a method total beside methods",
    "a total and a precinct that is kept back",
    "a total that is none",
    "sums without a precinct's name",
    "votes without a precinct's name",
]
MODES = ["Election Day", "Early Voting", "Absentee"]


class County:
    """`text`: the file; `truth`: {contest: {option: votes, or None where nothing says how many}}; `planted`: what is wrong in it and must not pass unnoticed, or None."""

    def __init__(self, seed, trap=None):
        chance = self.chance = random.Random(seed)
        self.trap = trap
        self.precincts = [f"{chance.choice(PLACES)} {i}" for i in range(1, chance.randint(3, 9))]
        offices = chance.sample(OFFICES, chance.randint(1, 3))
        people = chance.sample(PEOPLE, len(PEOPLE))
        self.contests = {office: [people.pop() for _ in range(chance.randint(2, 3))] for office in offices}
        self.votes = {
            (precinct, office, person): chance.randint(0, 3000)
            for precinct in self.precincts
            for office in offices
            for person in self.contests[office]
        }
        self.masked = set()
        self.planted = chance.choice([None, None, None, "a row twice", "no figure", "a torn row"])
        self.wide = chance.random() < 0.3 and self.planted is None
        self.delimiter = chance.choice([",", ",", ";", "\t"])
        self.thousands = chance.choice(["", "", "", ",", ".", " "])
        if trap:
            self.planted, self.wide, self.delimiter, self.thousands = None, False, ",", ""
            for office, persons in self.contests.items():
                while len(persons) < 3:
                    persons.append(people.pop())
                self.votes |= {(p, office, person): chance.randint(50, 3000) for p in self.precincts for person in persons}
        rows = self.wide_rows() if self.wide else self.long_rows()
        if trap:
            self.spring(rows)
        self.truth = {office: {person: self.sum_of(office, person) for person in self.contests[office]} for office in offices}
        self.text = self.written(rows)

    def sum_of(self, office, person):
        """None where no precinct has a figure."""
        cells = [(precinct, office, person) for precinct in self.precincts]
        return None if self.masked.issuperset(cells) else sum(self.votes[cell] for cell in cells)

    def figure(self, value):
        digits = f"{value:,}".replace(",", self.thousands) if self.thousands else str(value)
        return digits

    def long_rows(self):
        chance = self.chance
        total, figures = chance.random() < 0.5 and not self.trap, chance.random() < 0.5
        registered, cast = chance.random() < 0.4, chance.random() < 0.3
        total_name = chance.choice(TOTALS)
        rows = [["county", "precinct", "office", "district", "party", "candidate", "votes"]]
        sums = {}
        for precinct in self.precincts:
            for name, is_there in (("Registered Voters", registered), ("Ballots Cast", cast)):
                if is_there:
                    value = chance.randint(3000, 9000)
                    sums[name, ""] = sums.get((name, ""), 0) + value
                    rows.append(["Rill", precinct, name, "", "", "", self.figure(value)])
            for office, people in self.contests.items():
                for person in people:
                    value = self.votes[precinct, office, person]
                    sums[office, person] = sums.get((office, person), 0) + value
                    rows.append(["Rill", precinct, office, "", "", person, self.figure(value)])
                if figures:
                    for name in ("Under Votes", "Over Votes"):
                        value = chance.randint(0, 40)
                        sums[office, name] = sums.get((office, name), 0) + value
                        rows.append(["Rill", precinct, office, "", "", name, self.figure(value)])
        for row in rows[1:]:
            if row[5] in PEOPLE and not self.trap and chance.random() < 0.04:
                # Not on this ballot, or not there: it has no votes here.
                del_votes = self.votes[row[1], row[2], row[5]]
                sums[row[2], row[5]] -= del_votes
                self.votes[row[1], row[2], row[5]] = 0
                self.masked.add((row[1], row[2], row[5]))
                row[6] = chance.choice(["x", "NA", "", "X"])
        if total:
            rows += [["Rill", total_name, office, "", "", person, self.figure(value)] for (office, person), value in sums.items()]
        votes = [row for row in rows[1:] if row[5] in PEOPLE and row[1] != total_name and row[6] not in ("x", "X", "NA", "")]
        if self.planted == "a row twice" and votes:
            rows.append(list(chance.choice(votes)))
        if self.planted == "no figure" and votes:
            chance.choice(votes)[6] = "12.5"
        if self.planted == "a torn row" and votes:
            chance.choice(votes).insert(3, "one too many")
        return rows

    def spring(self, rows):
        """Puts the trap into rows of a long table."""
        chance = self.chance
        if self.trap == "a sum of some options":
            name = chance.choice(["All for the North", "Greens list", "Cast Votes", "Both of them", "Subtotal"])
            for precinct in self.precincts:
                for office, people in self.contests.items():
                    both = sum(self.votes[precinct, office, person] for person in people[:2])
                    rows.append(["Rill", precinct, office, "", "", name, str(both)])
        elif self.trap in ("a sum of some methods", "a method total beside methods"):
            self.split_by_method(rows)
        elif self.trap.startswith("a total"):
            self.add_total(rows)
        else:
            exact = self.trap == "sums without a precinct's name"
            for office, people in self.contests.items():
                for person in people:
                    whole = sum(self.votes[precinct, office, person] for precinct in self.precincts)
                    rows.append(["Rill", "", office, "", "", person, str(whole if exact else whole + chance.randint(1, 900))])

    def split_by_method(self, rows):
        chance = self.chance
        off = chance.choice([0, 0, 7])  # A method that is called a total need not be one.
        split = [[*rows[0][:6], "mode", "votes"]]
        for row in rows[1:]:
            if row[5] not in PEOPLE:
                continue
            votes = int(row[6])
            early = chance.randint(0, votes)
            mail = chance.randint(0, votes - early)
            figures = dict(zip(MODES, (votes - early - mail, early, mail), strict=True))
            if self.trap == "a sum of some methods":
                figures["In Person"] = figures["Election Day"] + figures["Early Voting"]
            else:
                figures["Total"] = votes * (10 + off) // 10
            split += [[*row[:6], mode, str(figure)] for mode, figure in figures.items()]
        rows[:] = split

    def add_total(self, rows):
        """The county's total: of all precincts, one of which is kept back, or of something else."""
        chance, name = self.chance, self.chance.choice(TOTALS)
        hidden = chance.choice(self.precincts) if self.trap == "a total and a precinct that is kept back" else None
        for office, people in self.contests.items():
            for person in people:
                whole = sum(self.votes[precinct, office, person] for precinct in self.precincts)
                rows.append(["Rill", name, office, "", "", person, str(whole if hidden else whole * 14 // 10)])
        for row in rows[1:]:
            if row[1] == hidden and row[5] in PEOPLE:
                row[6] = "*"
                self.votes[row[1], row[2], row[5]] = 0

    def wide_rows(self):
        names = [(office, person) for office, people in self.contests.items() for person in people]
        registered = self.chance.random() < 0.5
        head = ["precinct", *(["registered voters"] if registered else []), *(person for _, person in names)]
        rows = [["", *([""] if registered else []), *(office for office, _ in names)]] if len(self.contests) > 1 else []
        rows.append(head)
        for precinct in self.precincts:
            more = [self.figure(self.chance.randint(3000, 9000))] if registered else []
            rows.append([precinct, *more, *(self.figure(self.votes[precinct, office, person]) for office, person in names)])
        if self.chance.random() < 0.5:
            more = ["99999"] if registered else []
            rows.append(["Total", *more, *(self.figure(sum(self.votes[p, office, person] for p in self.precincts)) for office, person in names)])
        return rows

    def written(self, rows):
        chance = self.chance
        width = max(len(row) for row in rows[:2])
        lines = [self.delimiter.join(f'"{cell}"' if self.delimiter in cell else cell for cell in row) for row in rows]
        if chance.random() < 0.3:
            lines[:0] = ["Official results", ""]
        if chance.random() < 0.3:
            lines.insert(chance.randint(len(lines) - 1, len(lines)), self.delimiter * (width - 1))
        if chance.random() < 0.2:
            lines.append("Generated by ENR 3.1")
        end = chance.choice(["\n", "\r\n"])
        return end.join(lines) + end
