#!/usr/bin/env python3
"""Every role as processes on PostgreSQL and NATS, killed, frozen and cut off at random, and judged from outside.

    run MINUTES [--bin PROGRAM] [--seed S] [--keep FOLDER] [--debtors N] [--accounts]

Ends with 0 when promises 1 to 5 held, with 1 and the evidence when one did not. The folder is kept then.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
for folder in ("stage", "kills"):
    sys.path.insert(0, str(HERE.parent / folder))

import behaviour  # noqa: E402
import judge  # noqa: E402
import rules  # noqa: E402
import town  # noqa: E402
import verdict  # noqa: E402
import wire  # noqa: E402
from cluster import SCHEDULERS, Cluster, find_programs, workers  # noqa: E402
from crowd import Agent, Shown, Teller, Upstream  # noqa: E402
from deeds import Deeds, Echo  # noqa: E402
from processes import Failed  # noqa: E402

# How many of each: one more worker than needed, so that two race for the same escalations.
ROLES = [(["scheduler"], SCHEDULERS), (["ingest"], 2), *workers(*rules.CHANNELS)]
TELLERS = 4
# Debtors for each minute, so that there is work left at the last deed; ladders go on for a while.
DEBTORS_PER_MINUTE, FEWEST_DEBTORS, MOST_DEBTORS = 120, 200, 3000
PAUSE_S = 4
# After the last deed: until every fact is acknowledged, and until no permit is open.
TELL_S, QUIET_S = 120, 120
SETTINGS = "[worker]\nrate_per_second = 200\nconcurrency = 16\n"


class Chaos:
    """One run."""

    def __init__(self, args, folder):
        self.args, self.folder = args, folder
        self.seconds = args.minutes * 60
        self.stage = Cluster(args.bin, folder, args.programs, args.accounts)
        self.deeds = self.echo = None
        self.threads, self.shown = [], Shown()
        self.began = time.monotonic()
        self.watching = threading.Event()

    def say(self, text):
        print(f"{time.monotonic() - self.began:7.1f} s  {text}", flush=True)

    def prepare(self):
        args, stage = self.args, self.stage
        stage.start_servers()
        stage.start_loopback(behaviour.troubled(args.seed))
        stage.make_house("municipality", lambda rulebook: rules.loosen(rulebook, PAUSE_S), SETTINGS)
        self.place = town.Town(args.debtors, self.seconds, args.seed)
        self.place.write(self.folder)
        begin, stop = (wire.catch(stage.binary, stage.shadow, self.folder / f"{name}.csv", self.folder / f"{name}.toml")
                       for name in ("begin", "stop"))
        self.upstream = Upstream(town.shared_out(self.place, begin, stop))

    def start(self):
        self.stage.start_roles(*ROLES)
        self.began = time.monotonic()
        self.epochs = self.epochs_now()
        threading.Thread(target=self.watch, daemon=True).start()
        ingests, desks = self.stage.of_kind("ingest"), self.stage.of_kind("worker-call")
        self.tellers = [Teller(self.upstream, ingests, self.began, number) for number in range(TELLERS)]
        self.agents = [Agent(f"agent-{number}", desk, self.shown, self.args.seed) for number, desk in enumerate(desks)]
        self.echo = Echo(self.stage.nats, self.args.seed)
        self.deeds = Deeds(self.stage.roles, self.stage.postgres, self.stage.nats, self.args.seed, self.say)
        for thread in (*self.tellers, *self.agents, self.echo, self.deeds):
            thread.start()

    def watch(self):
        while not self.watching.wait(0.5):
            for role in self.stage.roles:
                role.watch()

    def epochs_now(self):
        lines = self.stage.postgres.ask("SELECT partition, epoch FROM mahnwerk.heads").splitlines()
        return {int(line.split("|")[0]): int(line.split("|")[1]) for line in lines}

    def run(self):
        until = self.began + self.seconds
        while time.monotonic() < until:
            time.sleep(0.5)
            self.check_threads()
        self.say("no more deeds; what is under way ends")
        self.deeds.stop.set()
        self.deeds.join(timeout=60)
        self.echo.stop.set()
        self.check_threads()

    def check_threads(self):
        problem = next((thread.problem for thread in (*self.tellers, self.deeds) if thread.problem), None)
        if problem:
            raise Failed(problem)

    def settle(self):
        until = time.monotonic() + TELL_S
        while not all(not teller.is_alive() for teller in self.tellers):
            if time.monotonic() > until:
                told = self.upstream.count()
                raise Failed(f"{len(self.upstream.acknowledged)} of {told} facts were acknowledged {TELL_S} s after the last deed")
            self.check_threads()
            time.sleep(0.2)
        self.say("every fact is acknowledged")
        # Whatever a stop forbids has until now to leave wrongly.
        time.sleep(verdict.START_WITHIN_S + 2)
        until = time.monotonic() + QUIET_S
        while (still_open := self.read_log().open_permits()) and time.monotonic() < until:
            time.sleep(3)
        if still_open:
            self.say(f"{len(still_open)} permits are still open")
        self.watching.set()
        for agent in self.agents:
            agent.go_home.set()
        for role in self.stage.roles:
            role.watch()
        slow = self.stage.stop_roles()
        if slow:
            self.say(f"did not end when told to: {', '.join(slow)}")

    def read_log(self):
        log = verdict.SharedLog()
        log.fold(json.loads(line) for line in self.stage.command("replay", "--dir", self.stage.house).splitlines())
        return log

    def findings(self):
        """All that is wrong, in sentences."""
        self.log, self.record = self.read_log(), self.stage.record()
        record, shown, log = self.record, self.shown.lines, self.log
        yield from judge.no_escalation_twice(record, shown)
        yield from judge.every_contact_had_a_permit(record, shown, log)
        self.stopped_late, self.apart = verdict.nothing_after_a_stop(
            [line for line in record if line["escalation"]], shown, self.upstream.stopped, self.place.debtors, log.late)
        yield from self.stopped_late
        yield from judge.nothing_is_lost(log, [], self.upstream.acknowledged)
        yield from verdict.nothing_waits_for_ever(log, time.time())
        yield from log.findings
        whole = json.loads(self.stage.command("verify", "--dir", self.stage.house, "--format", "json", codes=(0, 1)))
        self.again = json.loads(self.stage.command("replay", "--dir", self.stage.house, "--check", codes=(0, 1)))
        yield from verdict.log_is_whole(whole, self.again)
        self.after = self.epochs_now()
        hit = self.deeds.done["kill scheduler"] + self.deeds.done["freeze scheduler"]
        yield from verdict.takeovers(self.epochs, self.after, hit)
        for role in self.stage.roles:
            for _, code, words in role.unasked:
                if "panicked at" in words:
                    yield f"{role.name} panicked:\n{words}"
        if not record:
            yield "no provider was ever written to: the run checked nothing"

    def summary(self):
        log = self.log
        channels = Counter(verdict.channel_of(line) for line in self.record + self.shown.lines)
        outcomes = Counter(outcome for state, outcome in log.attempts.values() if state == "done")
        rows = [
            ("deeds", words(self.deeds.done)),
            ("messages repeated on the wire", self.echo.repeated),
            ("contacts", words(channels)),
            ("outcomes", words(outcomes)),
            ("events", f"{log.events} in {len(log.partitions)} partitions"),
            ("facts acknowledged", f"{len(self.upstream.acknowledged)} ({words(self.upstream.answers)})"),
            ("debtors with a stop acknowledged", len(self.upstream.stopped)),
            ("left late, and on record as such", f"{self.apart} (DeliveryLate in the log: {len(log.late)})"),
            ("partitions changed hands", sum(self.after.values()) - sum(self.epochs.values())),
            ("decisions decided again", self.again["decisions"]),
            ("agents were refused", words(sum((agent.refusals for agent in self.agents), Counter()))),
            ("ends that nobody asked for", sum(len(role.unasked) for role in self.stage.roles)),
        ]
        print()
        for name, value in rows:
            print(f"{name:34} {value}")
        for role in self.stage.roles:
            for _, code, last in role.unasked:
                print(f"{role.name} ended by itself with {code}; it said last:\n{last}")

    def close(self):
        self.watching.set()
        for thread in (self.deeds, self.echo):
            if thread is not None:
                thread.stop.set()
        for role in self.stage.roles:
            role.wanted = False
            role.close()
        if self.deeds is not None:
            # A deed that is under way may still start a role again.
            self.deeds.join(timeout=60)
        self.stage.close()


def words(counter):
    return ", ".join(f"{name} {count}" for name, count in counter.most_common()) or "none"


def trial(args, folder):
    run = Chaos(args, folder)
    findings = []
    try:
        run.prepare()
        print(f"{args.debtors} debtors, {args.minutes} minutes, seed {args.seed}, in {folder}", flush=True)
        run.start()
        run.run()
        run.settle()
        findings = list(run.findings())
        run.summary()
    except Failed as failed:
        findings.append(str(failed))
        for role in run.stage.roles:
            for _, code, last in role.unasked:
                findings.append(f"{role.name} ended by itself with {code}; it said last:\n{last}")
    finally:
        run.close()
    return findings


def arguments():
    read = argparse.ArgumentParser(prog="run", description=__doc__.splitlines()[0])
    read.add_argument("minutes", type=float, metavar="MINUTES")
    read.add_argument("--bin", type=Path, default=ROOT / "target" / "debug" / "mahnwerk", help="the program")
    read.add_argument("--seed", type=int, default=1)
    read.add_argument("--debtors", type=int)
    read.add_argument("--accounts", action="store_true", help="each role logs in to NATS as its own user (deploy/nats)")
    read.add_argument("--keep", type=Path, help="a new folder for everything that is written, which stays")
    read.add_argument("--postgres", type=Path, help="the folder of PostgreSQL's programs")
    read.add_argument("--nats", type=Path, help="the program nats-server")
    args = read.parse_args()
    args.bin = args.bin.resolve()
    if not args.bin.exists():
        read.error(f"{args.bin} is not there: build it, or name another with --bin")
    if args.debtors is None:
        args.debtors = int(min(MOST_DEBTORS, max(FEWEST_DEBTORS, DEBTORS_PER_MINUTE * args.minutes)))
    try:
        args.programs = find_programs(args.postgres, args.nats)
    except Failed as failed:
        read.error(str(failed))
    return args


def main():
    args = arguments()
    if args.keep:
        args.keep.mkdir(parents=True)
    folder = args.keep.resolve() if args.keep else Path(tempfile.mkdtemp(prefix="mahnwerk-chaos-", dir="/tmp"))
    findings = trial(args, folder)
    for finding in findings:
        print(f"chaos: {finding}")
    if findings:
        print(f"chaos: FAILED; what was written is in {folder}")
    else:
        print("chaos: promises 1 to 5 held")
        if not args.keep:
            subprocess.run(["rm", "-rf", folder], check=False)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
