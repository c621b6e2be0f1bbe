"""What a run with kills has in common, in one process or in many: its town, its moments, what must hold afterwards."""

import json
import sys
from collections import Counter
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parent.parent / "stage"))

import judge  # noqa: E402
import wire  # noqa: E402
from crowd import Shown  # noqa: E402
from portfolio import Portfolio, balance_of  # noqa: E402

# People enough that there is work left at the last kill.
DEBTORS_PER_KILL, FEWEST_DEBTORS = 30, 120
LIVE_PER_KILL = 40
# A kill comes after so many contacts since the last one, and a moment later; or after this long, whatever happened.
CONTACTS = (20, 280)
MOMENT_S = 0.06
PATIENCE_S = 15
# How long the rest of the run may take once nobody is killed any more.
FINISH_S = 900


class Trial:
    """One run; those who inherit it say how it is started, killed and finished.

    They have a `logbook`, an `upstream` with what was `acknowledged`, the facts of the `feed`, and of what was told over
    the listener each row with its fact in `told`.
    """

    def __init__(self, args, stage):
        self.kills, self.seed, self.stage = args.kills, args.seed, stage
        self.draw = Random(f"kills {args.seed}")
        debtors = max(FEWEST_DEBTORS, DEBTORS_PER_KILL * args.kills)
        self.portfolio = Portfolio(debtors, LIVE_PER_KILL * args.kills, args.seed)
        self.shown, self.hit = Shown(), 0

    def caught(self, name):
        folder = self.stage.folder
        return wire.catch(self.stage.binary, self.stage.shadow, folder / f"{name}.csv", folder / f"{name}.toml")

    def contacts(self):
        return len(self.stage.record()) + self.shown.count()

    def findings(self, end):
        """All that is wrong, in sentences; by `end` everything had its time."""
        record, shown, log = self.stage.record(), self.shown.lines, self.logbook
        claims = self.stage.command("replay", "--dir", self.stage.house, "--claims").splitlines()
        yield from judge.no_escalation_twice(record, shown)
        yield from judge.every_contact_had_a_permit(record, shown, log)
        yield from judge.nothing_is_lost(log, self.feed, self.upstream.acknowledged)
        untold = self.upstream.count() - len(self.upstream.acknowledged)
        if untold:
            yield f"{untold} facts were never acknowledged"
        yield from judge.every_balance_is_right(self.portfolio.owed, map(json.loads, claims))
        yield from judge.every_debtor_goes_on(log, end)
        yield from judge.nothing_after_a_payment(record, shown, self.paid_at(), self.portfolio.addresses())
        yield from log.findings
        yield from self.own_checks()

    def own_checks(self):
        verified = json.loads(self.stage.command("verify", "--dir", self.stage.house, "--format", "json", codes=(0, 1)))
        if verified["findings"]:
            yield f"the log is not whole: {verified['findings'][:3]}"
        again = json.loads(self.stage.command("replay", "--dir", self.stage.house, "--check", codes=(0, 1)))
        if again["different"]:
            yield f"{again['different']} decisions come out differently when they are decided again"

    def paid_at(self):
        """When all that a debtor owes was paid and acknowledged, by our own clock; those with one claim only."""
        alone = {each.reference: each.claims[0] for each in self.portfolio.people if len(each.claims) == 1}
        paid = {}
        for row, fact in self.told:
            claim = alone.get(row["debtor"])
            if claim and -balance_of(row) == claim.amount and fact.key in self.upstream.acknowledged:
                paid.setdefault(row["debtor"], self.upstream.acknowledged[fact.key])
        return paid

    def summary(self):
        record, log = self.stage.record(), self.logbook
        verdicts = Counter(line["verdict"] for line in record)
        channels = Counter(line["channel"] for line in record + self.shown.lines)
        outcomes = Counter(outcome for state, outcome in log.attempts.values() if state == "done")
        standing = Counter(log.standing(claim) for claim in log.claims)
        print(f"contacts: {words(channels)}; the providers' answers: {words(verdicts)}")
        print(f"outcomes: {words(outcomes)}")
        print(f"claims in the end: {words(standing)}")
        print(f"facts: {len(self.feed)} of the feed, {len(self.upstream.acknowledged)} acknowledged over the listener "
              f"({self.upstream.again} of them told again and recognised); "
              f"{len(self.paid_at())} debtors paid all they owe over the listener")
        print(f"kills: {self.kills}, with an open permit: {self.hit}")


def words(counter):
    return ", ".join(f"{name} {count}" for name, count in counter.most_common()) or "none"
