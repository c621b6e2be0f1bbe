"""What must hold after all kills: each check gives sentences about what is wrong, or none.

Each looks at records that Mahnwerk does not write (the providers', the agent's, the upstream system's) beside the log.
"""

from collections import Counter
from datetime import datetime

# Promise 2: nothing about a payment leaves later than this after it was acknowledged.
START_WITHIN_S = 10
# The sentence that a run without permits must end with; `with-permit-out.sh` looks for it.
DOUBLED = "escalations reached a person or a provider twice"


def no_escalation_twice(record, shown):
    """One escalation is one submission, whatever the provider then said of it (promise 1)."""
    named, nameless = by_name(record + shown)
    if nameless:
        yield f"{nameless} messages were taken that name no escalation"
    times = Counter(line["escalation"] for line in named)
    twice = {escalation: count for escalation, count in times.items() if count > 1}
    if twice:
        worst = ", ".join(f"{escalation} {count} times" for escalation, count in sorted(twice.items())[:5])
        yield f"{len(twice)} {DOUBLED}: {worst}"


def by_name(lines):
    """Lines with an escalation, and how many messages without one were taken.

    A mail that is refused by its recipient alone never shows its headers, and no mail was handed over then.
    """
    named = [line for line in lines if line["escalation"] is not None]
    return named, sum(line["escalation"] is None and line.get("taken", True) for line in lines)


def every_contact_had_a_permit(record, shown, logbook):
    """What left stands in the log, from before it left (promise 6)."""
    named, _ = by_name(record + shown)
    without = sorted({line["escalation"] for line in named} - set(logbook.started))
    if without:
        yield f"{len(without)} contacts were made without a permit in the log, such as {without[0]}"


def nothing_is_lost(logbook, feed, upstream):
    """Each fact of the feed, and each that was acknowledged, is in the log exactly once (promise 4)."""
    for name, keys in (("of the feed", [fact.key for fact in feed]), ("that were acknowledged", list(upstream))):
        lost = [key for key in keys if logbook.keys[key] == 0]
        if lost:
            yield f"{len(lost)} of {len(keys)} facts {name} are not in the log, such as {lost[0]}"
        doubled = [key for key in keys if logbook.keys[key] > 1]
        if doubled:
            yield f"{len(doubled)} of {len(keys)} facts {name} are in the log more than once, such as {doubled[0]}"


def every_balance_is_right(owed, claims):
    """What each claim owes in the end, by the tables and by `replay --claims`."""
    stated = {line["claim_reference"]: line["owed_minor"] for line in claims}
    wrong = [reference for reference, amount in owed.items() if stated.get(reference) != amount]
    if wrong:
        first = wrong[0]
        yield (f"{len(wrong)} of {len(owed)} claims owe something else than the tables say, such as {first}: "
               f"{stated.get(first)} in place of {owed[first]}")


def every_debtor_goes_on(logbook, end):
    """Nothing waits for what will never come: no attempt is past its time, no claim stands still on its ladder."""
    late = [attempt for attempt, (state, until) in logbook.attempts.items()
            if state in ("started", "emitted") and instant(until) <= instant(end)]
    if late:
        yield f"{len(late)} attempts are past their time and not ended, such as {late[0]}"
    if logbook.quarantined:
        yield f"{len(logbook.quarantined)} debtors are in quarantine"
    stuck = [claim for claim in logbook.claims if logbook.standing(claim) == "stuck"]
    if stuck:
        stream = logbook.claims[stuck[0]]["stream"]
        yield f"{len(stuck)} of {len(logbook.claims)} claims are stuck on their ladder, such as one of debtor {stream}"


def nothing_after_a_payment(record, shown, paid_at, owners):
    """Nobody hears from us later than `start_within` after all they owe was paid and acknowledged (promise 2)."""
    for line in record + shown:
        paid = paid_at.get(owners.get(line["to"].lstrip("+")))
        late_s = seconds(line["wall_at"]) - paid if paid is not None else 0
        if late_s > START_WITHIN_S:
            yield f"escalation {line['escalation']} left {late_s:.1f} s after all was paid and acknowledged"


def seconds(wall_at):
    return wall_at if isinstance(wall_at, float) else instant(wall_at).timestamp()


def instant(text):
    return datetime.fromisoformat(text if "T" in text else f"{text}T00:00:00Z")
