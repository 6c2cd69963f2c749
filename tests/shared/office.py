"""What the offices of two scripts have in common (county_office.py, union_office.py): two officers who decide by a file that one makes and the
other reads, and the documents of the count in a folder. One script for both forms of a count; tests/embedded and tests/service each give
it a `form`:

    form.begin(rules, *options)    makes the count (live), and starts its processes
    form.home                      the folder with its key; None before form.begin, where nobody knows it yet
    form.run(*arguments, code=0)   runs `teller`, gives what it prints; form.said(...) gives what it says beside that
    form.program(*arguments)       `teller` as a command of its own
    form.where                     the count, as an option of commands that read it or make a decision about it
    form.sends                     where entries and decisions go, as options; form.clerk: where result sheets do; form.person: where
                                   persons ask, but for their token
    form.kill()                    -9 to the processes that take and count, and starts them again
    form.taken()                   something that is another as soon as the servers have taken more
    form.settle()                  until all that was sent is counted, and a signed statement has it
    form.stop()                    ends all of them in order; form.close() at the very end, whatever happened
    form.logs()                    what they said
    form.imports_ballots           whether `teller import` may send typed ballots itself; `teller load` always may
"""

import json
import os
import pathlib
import random
import subprocess
import time

from office_documents import Document, is_signed

# How long after its first trace a command is killed, at most: at once, and then somewhere in what it does.
KILLED_WITHIN_S = (0, 0.003, 0.01, 0.03, 0.1)


def files_of(place):
    """{path: when it was changed, and its size} of a file, or of a folder and all in it."""
    found, looks = {}, [pathlib.Path(place)]
    while looks:
        one = looks.pop()
        try:  # What is there now may be gone at once.
            if one.is_dir():
                looks += one.iterdir()
            found[one] = (os.stat(one).st_mtime_ns, os.stat(one).st_size)
        except OSError:
            continue
    return found


def played(script, folder, form):
    """The office, when its script has been played; for a fixture of a whole module."""
    try:
        office = script(folder, form)
        office.play()
        yield office
    except BaseException:
        print(form.logs())
        raise
    finally:
        form.close()


class Office:
    def __init__(self, folder, form):
        self.folder, self.form = folder, form
        self.filed = folder / "filed"
        self.filed.mkdir()
        self.keys = [folder / "huber.key", folder / "meier.key"]
        self.officers = folder / "officers.toml"
        made = (form.run("officer", "new", name, "--out", key) for name, key in zip(("a.huber", "b.meier"), self.keys, strict=True))
        self.officers.write_text("".join(made))
        self.made = 0

    def write(self, name, text):
        (self.folder / name).write_text(text)
        return self.folder / name

    def json(self, *arguments, code=0):
        return json.loads(self.form.run(*arguments, "--json", code=code))

    # ------------------------------------------------------------------------------------------------------- decisions

    def makes(self, *command, reason):
        """One officer makes a decision and signs it; gives its file."""
        self.made += 1
        file = self.folder / f"decision-{self.made}.json"
        self.form.run(*command, *self.form.where, "--reason", reason, "--sign", self.keys[0], "--out", file)
        return file

    def agrees(self, file, shows):
        """The other one reads it, signs it, and sends it."""
        assert shows in self.form.run("decide", "show", file)
        self.form.run("decide", "sign", file, "--sign", self.keys[1])
        self.form.run("decide", "send", file, *self.form.sends)
        self.form.settle()

    def decide(self, *command, reason, shows):
        self.agrees(self.makes(*command, reason=reason), shows)

    def stage(self):
        told = self.json("decide", "list", *self.form.where)
        return told["stage"], told["status"]

    def conflicts(self):
        """{id of the entry: its place}, of those that are open."""
        return {one["id"]: one["conflict"] for one in self.json("resolve", *self.form.where) if not one["settled"]}

    def certify(self, *options, reason):
        """Both officers, on what the canvass report says; between the two signatures everything dies."""
        file = self.makes("decide", "certify", *options, reason=reason)
        self.form.kill()
        self.agrees(file, self.document("canvass").one("digest"))  # What was looked at is what is signed.
        assert self.stage() == ("certified", "official")
        self.files("certificate")
        self.files("decisions")
        self.form.run("verify", *self.form.where)

    # ------------------------------------------------------------------------------------------------------- documents

    def key(self):
        return self.form.run("keys", "--home", self.form.home).strip()

    def test_deck(self):
        """A deck for these rules, in a test count of its own: every figure as expected, and the signed report of it filed."""
        deck = self.folder / "deck"
        self.form.run("test-deck", "--rules", self.folder / "rules.json", "--out", deck)
        entries = [file for file in (deck / "ballots.ndjson", deck / "sheets.ndjson") if file.exists()]
        self.killed("load", *entries, "--home", deck / "count")
        self.form.run("load", *entries, "--home", deck / "count")
        assert self.form.run("test-deck", "--check", deck, "--home", deck / "count").startswith("All ")
        (report,) = deck.glob("report-*.txt")
        (self.filed / "test-deck.txt").write_bytes(report.read_bytes())
        self.deck_key = self.form.run("keys", "--home", deck / "count").strip()

    def seen_of(self, command):
        """What can be seen of a command's work: files of the count and those that it writes, and what the servers have taken."""
        words = [*map(str, command)]
        places = {words[at + 1] for at, word in enumerate(words[:-1]) if word in ("--home", "--out")} | {str(self.form.home or "")} - {""}
        return self.form.taken(), [files_of(place) for place in sorted(places)]

    def at_work(self, command, **options):
        """A command, begun; of its work something can be seen when this returns, or it has ended."""
        before = self.seen_of(command)
        begun = subprocess.Popen([*map(str, self.form.program(*command))], **options)
        while begun.poll() is None and self.seen_of(command) == before:
            pass
        return begun

    def killed(self, *command, makes=None):
        """A command that dies at its work, or as it ends; some times, each a bit further on. `makes`: the file without which it begins."""
        for within in KILLED_WITHIN_S:
            if makes:
                makes.unlink(missing_ok=True)
            begun = self.at_work(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(random.uniform(0, within))
            begun.kill()
            begun.wait()

    def loads_though_they_die(self, *command):
        """`teller load`, of which something was taken when the processes that it sends to die. It goes on by itself."""
        begun = self.at_work(("load", *command), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.form.kill()
        told, _ = begun.communicate(timeout=300)
        assert begun.returncode == 0, told
        self.form.settle()

    def files(self, kind, *more):
        """`teller report`, which is killed, and then is not."""
        file = self.folder / f"killed-{kind}.txt"
        self.killed("report", kind, *self.form.where, "--out", file, *more, makes=file)
        if file.exists():  # Then all of it.
            self.form.run("report", "check", file, "--key", self.key())
        self.form.run("report", kind, *self.form.where, "--out", self.filed / f"{kind}.txt", "--reason", "for the files", *more)

    def document(self, kind):
        document = Document(self.filed / f"{kind}.txt", self.deck_key if kind == "test-deck" else self.key())
        assert document.kind == kind
        return document

    def must_have_filed(self, *kinds):
        """Each of them, signed: with the public key alone a byte that was changed is found."""
        assert {file.stem for file in self.filed.iterdir()} == set(kinds)
        for kind in kinds:
            document, file = self.document(kind), self.filed / f"{kind}.txt"
            assert document.one("election") == self.ELECTION and document.all("mode") == ["test" if kind == "test-deck" else "live"]
            changed = self.write("changed.txt", file.read_text().replace(self.ELECTION, self.ELECTION[:-1] + "x", 1))
            assert not is_signed(changed, document.one("key")), kind
            assert self.ELECTION in self.form.run("report", "check", file, "--key", document.one("key"))
        # Every one that was made is in the audit log by its hash.
        audited = {line["action"] for line in self.json("audit", "show", *self.form.where)}
        assert {"zero", "report"} <= audited, audited
