"""What must hold after the chaos: promises 1 to 5, each check with a sentence for what is wrong, or none.

Judges from records that Mahnwerk does not write (providers, agents, upstream) and from `mahnwerk replay`, read by no code of
Mahnwerk's. The checks that a killed single process has to pass as well are those of tests/kills.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "kills"))

import judge  # noqa: E402
from logbook import SharedLog  # noqa: E402
from town import STOPS  # noqa: E402

START_WITHIN_S = judge.START_WITHIN_S
DIFFERENT = "decisions come out differently when they are decided again"


def nothing_after_a_stop(record, shown, stopped, debtors, late):
    """Nothing that a stop forbids leaves later than `start_within` after its acknowledgement (promise 2).

    A submission by a process that was frozen between its last check and the write stands in the log as `DeliveryLate`
    (permits, 7): it is counted apart. Gives findings, and how many of those there were.
    """
    owners = {address.lstrip("+"): each for each in debtors for address in (each.phone, each.email)}
    apart, findings = 0, []
    for line in record + shown:
        debtor = owners.get(line["to"].lstrip("+"))
        if debtor is None:
            findings.append(f"escalation {line['escalation']} went to somebody whom the town does not have")
            continue
        at = stopped.get(debtor.reference)
        if at is None or channel_of(line) not in STOPS[debtor.stop]:
            continue
        after_s = judge.seconds(line["wall_at"]) - at
        if after_s <= START_WITHIN_S:
            continue
        if line["escalation"] in late:
            apart += 1
        else:
            findings.append(f"escalation {line['escalation']} left {after_s:.1f} s after {debtor.stop} was acknowledged")
    return findings, apart


def channel_of(line):
    return "social" if line["channel"] == "whatsapp" else line["channel"]


def nothing_waits_for_ever(log, end):
    """No attempt is past its time and not ended, and nobody is in quarantine (promise 4)."""
    overdue = [attempt for attempt, (state, until) in log.attempts.items()
               if state == "started" and judge.instant(until).timestamp() < end]
    if overdue:
        yield f"{len(overdue)} permits are past their time without an outcome, such as {overdue[0]}"
    if log.quarantined:
        yield f"{len(log.quarantined)} debtors are in quarantine"


def log_is_whole(verified, again):
    """The chain, and promise 5."""
    if verified["finding_count"]:
        yield f"the log is not whole: {verified['findings'][:3]}"
    if again["different"]:
        yield f"{again['different']} {DIFFERENT}"
    if not again["decisions"]:
        yield "nothing was decided again: the check checked nothing"


def takeovers(before, after, kills):
    """Partitions changed hands: an epoch rises with each owner."""
    seen = sum(after.values()) - sum(before.values())
    fallen = [partition for partition, epoch in before.items() if after.get(partition, -1) < epoch]
    if fallen:
        yield f"the epoch of partition {fallen[0]} fell from {before[fallen[0]]} to {after.get(fallen[0])}"
    if kills and not seen:
        yield f"{kills} schedulers were killed or frozen and no partition changed hands"
