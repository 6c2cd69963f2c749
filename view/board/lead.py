"""Who leads, said together with what is still outstanding; and whether that is final.

Nobody is ever said to have won. Nobody leads while a figure is missing, nor in a ranked contest, whose rounds are not
counted here; who has as many votes is tied.
"""

from __future__ import annotations

import dataclasses

import words as w
from model import Contest, Option, Snapshot
from parts import Here, isolated, text


@dataclasses.dataclass(frozen=True)
class Standing:
    leading: tuple[Option, ...] = ()  # For a seat each, most votes first.
    tied: tuple[Option, ...] = ()  # For the last seat.
    lead: int | None = None  # Of the last that leads, before the next.
    next: Option | None = None


def standing(contest: Contest | None, options: list[Option]) -> Standing:
    able = [o for o in options if o.kind != "none_of_the_above"]
    if contest is None or contest.ranked or not able or not all(o.votes.complete for o in able):
        return Standing()
    seats = max(1, contest.seats)
    ordered = sorted(able, key=lambda o: -(o.votes.value or 0))
    if not ordered[0].votes.value:
        return Standing()
    if len(ordered) <= seats:
        return Standing()
    last, after = ordered[seats - 1].votes.value or 0, ordered[seats].votes.value or 0
    if last > after:
        return Standing(tuple(ordered[:seats]), (), last - after, ordered[seats])
    return Standing(
        tuple(o for o in ordered if (o.votes.value or 0) > last), tuple(o for o in ordered if o.votes.value == last)
    )


def is_final(snapshot: Snapshot) -> bool:
    return snapshot.head.status == "official"


def tag(option: Option, stands: Standing, contest: Contest, official: bool) -> str:
    """The word beside a name: leading while units are outstanding, most votes when every unit was heard from."""
    if option in stands.tied:
        return w.TIED
    if option not in stands.leading:
        return ""
    return w.MOST_VOTES if contest.all_heard or official else w.LEADING


def names(options: tuple[Option, ...]) -> str:
    return w.AND.join(
        filter(None, [", ".join(isolated(o.option_name) for o in options[:-1]), isolated(options[-1].option_name)])
    )


def sentence(snapshot: Snapshot) -> str:
    """Who leads, by how much, of whom."""
    contest, options = snapshot.contest, snapshot.options
    if contest is None:
        return ""
    if contest.ranked:
        return w.NOBODY_LEADS_RANKED
    stands = standing(contest, options)
    if not contest.reporting or not any(o.votes.value for o in options):
        return w.NOBODY_YET if not any(o.votes.how in ("withheld", "unknown") for o in options) else w.NOBODY_LEADS
    seats = max(1, contest.seats)
    if stands.tied:
        form = w.TIE if seats == 1 else w.SEATS_TIE
        votes = w.counted(w.NUMBER_OF_VOTES, stands.tied[0].votes.value or 0)
        return form.format(votes=votes, names=names(stands.tied), seats=w.number(seats))
    if not stands.leading or stands.next is None:
        return w.SEATS_ALL if len(options) <= seats else w.NOBODY_LEADS
    first = stands.leading[0]
    all_heard = contest.all_heard or is_final(snapshot)
    said = {
        "name": isolated(first.option_name),
        "share": f"<b>{w.percent(first.share.share)}</b>",
        "lead": f"<b>{w.counted(w.NUMBER_OF_VOTES, stands.lead or 0)}</b>",
        "next": isolated(stands.next.option_name),
        "seats": w.number(seats),
    }
    if seats > 1:
        return w.SEATS_LEAD.format(**said)
    if first.share.share is None:
        return (w.HAS_MOST_NO_SHARE if all_heard else w.LEADS_NO_SHARE).format(**said)
    return (w.HAS_MOST if all_heard else w.LEADS).format(**said)


def outstanding(snapshot: Snapshot) -> str:
    """How many units were not heard from, and how many voters are registered there, held against the lead."""
    contest, open_ = snapshot.contest, snapshot.outstanding
    if contest is not None and contest.all_heard and contest.in_parts and not is_final(snapshot):
        return w.TO_COME_BELOW
    if contest is None or open_ is None:
        return ""
    said = w.counted(w.TO_COME, open_.units)
    if open_.voters is not None:
        said += w.TO_COME_VOTERS.format(voters=w.number(open_.voters))
        lead = standing(contest, snapshot.options).lead
        if lead is not None and max(1, contest.seats) == 1:
            most = open_.voters * max(1, contest.votes_allowed)
            form = w.TO_COME_DECIDES if most > lead else w.TO_COME_EQUALS if most == lead else w.TO_COME_DECIDES_NOT
            said += form.format(lead=w.counted(w.NUMBER_OF_VOTES, lead))
    return w.TWO_SENTENCES.format(said, w.TO_COME_BELOW)


def final(snapshot: Snapshot) -> str:
    """Whether this is final, in words."""
    if is_final(snapshot):
        return w.FINAL_YES
    if snapshot.head.status == "recount":
        return w.FINAL_RECOUNT
    contest = snapshot.contest
    if contest is not None and contest.all_heard:
        return w.FINAL_NO_ALL
    left = contest.units - contest.reporting if contest is not None else 0
    why = w.A_SENTENCE.format(w.counted(w.TO_COME, left)) if left > 0 else ""
    return " ".join(w.FINAL_NO.format(why=why).split())


def block(snapshot: Snapshot, here: Here) -> str:
    """The first thing under the title."""
    contest = snapshot.contest
    if contest is None:
        return ""
    part = contest.reporting / contest.units if contest.units else 0
    form = w.HEARD_ALL if contest.all_heard else w.HEARD_FROM
    heard = form.format(reporting=w.number(contest.reporting), units=w.number(contest.units))
    more = outstanding(snapshot)
    return (
        f'<section class="t-lead{"" if contest.all_heard or is_final(snapshot) else " t-open"}">'
        f'<p class="t-says">{sentence(snapshot)}</p>'
        f'<div class="t-heard"><div class="t-progress" aria-hidden="true"><div style="width:{100 * part:.2f}%"></div></div>'
        f"<p>{heard}{f' ({w.percent(part)})' if not contest.all_heard and contest.units else ''}</p></div>"
        f"{f'<p class={chr(34)}t-to-come{chr(34)}>{text(more)}</p>' if more else ''}"
        f'<p class="t-final"><b>{w.FINAL}</b> {text(final(snapshot))}</p></section>'
    )
