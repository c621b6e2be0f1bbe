#!/usr/bin/env python3
"""Kills a working Mahnwerk at random moments and checks from outside that it kept its promises.

`run.py --bin PATH --kills N [--seed S] [--least-open M] [--keep DIR]`

Ends with 0 when all holds, with 1 and a sentence for each thing that does not.
"""

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random

import judge
import wire
from logbook import Logbook
from people import Agent, Shown, Teller, Upstream
from portfolio import LAST_DAY, Portfolio, balance_of, facts_of
from stage import Failed, Stage

# People enough that there is work left at the last kill.
DEBTORS_PER_KILL, FEWEST_DEBTORS = 30, 120
LIVE_PER_KILL, TELLERS = 40, 3
AGENTS = ["anna", "beat"]
# A kill comes after so many contacts since the last one, and a moment later; or after this long, whatever happened.
CONTACTS = (20, 280)
MOMENT_S = 0.06
PATIENCE_S = 15
# How long the rest of the run may take once nobody is killed any more.
FINISH_S = 900
COLUMNS = ["kill", "contacts", "events", "acked", "open permits", "of them left", "open before", "came back"]
ROW = "{:>4}  {:>8}  {:>6}  {:>6}  {:>12}  {:>13}  {:>12}  {:>9}"


class Trial:
    """One run with its kills."""

    def __init__(self, args, stage):
        self.kills, self.seed = args.kills, args.seed
        self.draw = Random(f"kills {args.seed}")
        debtors = max(FEWEST_DEBTORS, DEBTORS_PER_KILL * args.kills)
        self.portfolio = Portfolio(debtors, LIVE_PER_KILL * args.kills, args.seed)
        self.stage = stage
        stage.set_up(self.portfolio, args.seed)
        self.feed, live = self.caught("portfolio"), self.caught("live")
        expected = sum(map(facts_of, self.portfolio.rows))
        if len(self.feed) != expected:
            raise Failed(f"the feed has {len(self.feed)} facts in place of {expected}")
        self.upstream, self.shown, self.logbook = Upstream(live), Shown(), Logbook()
        self.workers = []
        self.hit = 0

    def caught(self, name):
        folder = self.stage.folder
        return wire.catch(self.stage.binary, self.stage.shadow, folder / f"{name}.csv", folder / f"{name}.toml")

    def start(self, facts=None):
        """Starts Mahnwerk and sends agents and upstream system to it; the seconds that it took to come back."""
        took_s, address = self.stage.start()
        token = self.stage.token()
        self.workers = [Agent(name, address, token, self.shown, self.seed) for name in AGENTS]
        if self.contacts() > 0:
            # Before the first contact the claims are not registered yet that these facts are about.
            quota = self.upstream.quota(LIVE_PER_KILL if facts is None else facts)
            self.workers += [Teller(address, token, self.upstream, quota) for _ in range(TELLERS)]
        for worker in self.workers:
            worker.start()
        return took_s

    def contacts(self):
        return len(self.stage.record()) + self.shown.count()

    def kill(self, number, came_back_s):
        """Waits for the drawn moment, kills, and counts what was open."""
        enough = self.contacts() + self.draw.randint(*CONTACTS)
        until = time.monotonic() + PATIENCE_S
        while self.contacts() < enough and time.monotonic() < until:
            if not self.stage.runs():
                raise Failed(f"the run ended before kill {number}: give it more debtors; see {self.stage.run_log.name}")
            time.sleep(0.005)
        time.sleep(self.draw.uniform(0, MOMENT_S))
        self.stage.kill()
        self.join()
        before = self.logbook.position
        self.logbook.fold(self.stage.events_from(before + 1))
        self.check_acknowledged(number)
        fresh, all_open = self.logbook.open_permits(before), self.logbook.open_permits()
        reached = {line["escalation"] for line in self.stage.record() + self.shown.lines}
        self.hit += bool(fresh)
        row = (number, self.contacts(), self.logbook.position, len(self.upstream.acknowledged), len(fresh),
               sum(attempt in reached for attempt in fresh), len(all_open) - len(fresh), f"{came_back_s:.2f} s")
        print(ROW.format(*row), flush=True)

    def check_acknowledged(self, number):
        lost = [key for key in self.upstream.acknowledged if self.logbook.keys[key] == 0]
        if lost:
            raise Failed(f"after kill {number} {len(lost)} acknowledged facts are not in the log, such as {lost[0]}")

    def join(self):
        for worker in self.workers:
            worker.go_home.set()
            worker.join(timeout=30)
            if worker.problem:
                raise Failed(worker.problem)

    def finish(self):
        """Lets the run come to its end, with calm providers and every fact told."""
        self.stage.calm()
        self.start(facts=len(self.upstream.facts))
        until = time.monotonic() + FINISH_S
        while self.stage.runs():
            if time.monotonic() > until:
                raise Failed(f"the run did not come to its end within {FINISH_S} s after the last kill")
            for worker in self.workers:
                if worker.problem:
                    raise Failed(worker.problem)
            time.sleep(0.02)
        self.join()
        if self.stage.mahnwerk.returncode != 0:
            raise Failed(f"the last run ended with {self.stage.mahnwerk.returncode}; see {self.stage.run_log.name}")
        self.logbook.fold(self.stage.events_from(self.logbook.position + 1))

    def findings(self):
        """All that is wrong, in sentences."""
        record, shown, log = self.stage.record(), self.shown.lines, self.logbook
        claims = self.stage.command("replay", "--dir", self.stage.house, "--claims").splitlines()
        yield from judge.no_escalation_twice(record, shown)
        yield from judge.every_contact_had_a_permit(record, shown, log)
        yield from judge.nothing_is_lost(log, self.feed, self.upstream.acknowledged)
        untold = len(self.upstream.facts) - len(self.upstream.acknowledged)
        if untold:
            yield f"{untold} facts were never acknowledged"
        yield from judge.every_balance_is_right(self.portfolio.owed, map(json.loads, claims))
        yield from judge.every_debtor_goes_on(log, LAST_DAY)
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
        for row, fact in zip(self.portfolio.live_rows, self.upstream.facts, strict=True):
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
              f"({self.upstream.again} of them told again after a kill and recognised); "
              f"{len(self.paid_at())} debtors paid all they owe over the listener")
        print(f"kills: {self.kills}, with an open permit: {self.hit}")


def words(counter):
    return ", ".join(f"{name} {count}" for name, count in counter.most_common()) or "none"


def trial(args, folder):
    stage = Stage(args.bin, folder)
    try:
        run = Trial(args, stage)
        print(f"{len(run.portfolio.people)} debtors, {len(run.portfolio.owed)} claims, seed {args.seed}, in {folder}")
        print(ROW.format(*COLUMNS))
        for number in range(1, args.kills + 1):
            run.kill(number, run.start())
        run.finish()
        run.summary()
        findings = list(run.findings())
        if run.hit < args.least_open:
            findings.append(f"only {run.hit} kills hit an open permit, and {args.least_open} must")
        return findings
    except Failed as failed:
        return [str(failed)]
    finally:
        stage.close()


def main():
    parser = argparse.ArgumentParser(description="Kills a working Mahnwerk and checks what is left.")
    parser.add_argument("--bin", type=Path, required=True, help="the program")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--least-open", type=int, help="how many kills must hit an open permit; else 3 of 4")
    parser.add_argument("--keep", type=Path, help="a new folder for everything that is written, which stays")
    args = parser.parse_args()
    args.bin = args.bin.resolve()
    if args.least_open is None:
        args.least_open = args.kills * 3 // 4
    if args.keep:
        args.keep.mkdir(parents=True)
        findings = trial(args, args.keep.resolve())
    else:
        with tempfile.TemporaryDirectory(prefix="mahnwerk-kills-") as folder:
            findings = trial(args, Path(folder))
    for finding in findings:
        print(f"kills: {finding}")
    print("kills: FAILED" if findings else "kills: all promises held")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
