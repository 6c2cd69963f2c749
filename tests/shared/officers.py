"""Two officers of a count and what they decide: through the program, as they would."""


class Officers:
    """`say(*arguments)` runs `teller ARGUMENTS` and gives what it printed. Their file goes to `teller init --officers`."""

    def __init__(self, folder, say):
        self.say = say
        self.file = folder / "officers.toml"
        self.keys = [folder / "huber.key", folder / "meier.key"]
        names = ("a.huber", "b.meier")
        self.file.write_text("".join(say("officer", "new", name, "--out", key) for name, key in zip(names, self.keys, strict=True)))

    def signed(self):
        """The options by which both of them sign."""
        return [word for key in self.keys for word in ("--sign", key)]

    def decide(self, action, *more, reason="the board of elections decided so"):
        return self.say("decide", action, "--reason", reason, *self.signed(), *more)
