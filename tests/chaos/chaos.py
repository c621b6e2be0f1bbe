#!/usr/bin/env python3
"""Every role as processes on PostgreSQL and NATS, killed, frozen and cut off at random, and judged from outside.

    run MINUTES [--bin PROGRAM] [--seed S] [--keep FOLDER] [--debtors N] [--accounts]

Ends with 0 when promises 1 to 5 held, with 1 and the evidence when one did not. The folder is kept then.
"""

import argparse
import json
import os
import shutil
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

import judge  # noqa: E402
import town  # noqa: E402
import verdict  # noqa: E402
import wire  # noqa: E402
from deeds import Deeds, Echo  # noqa: E402
from crowd import Agent, Shown, Teller, Upstream  # noqa: E402
from processes import Failed, Processes  # noqa: E402
from roles import Role  # noqa: E402
from servers import Nats, Postgres  # noqa: E402

PARTITIONS = 16
# How many of each: one more worker than needed, so that two race for the same escalations.
ROLES = [(["scheduler"], 3), (["ingest"], 2), *[(["worker", channel], 2) for channel in town.CHANNELS]]
TELLERS = 4
# Debtors for each minute, so that there is work left at the last deed; ladders go on for a while.
DEBTORS_PER_MINUTE, FEWEST_DEBTORS, MOST_DEBTORS = 120, 200, 3000
PAUSE_S = 4
# After the last deed: until every fact is acknowledged, and until no permit is open.
TELL_S, QUIET_S = 120, 120
TROUBLED = {"delay_ms": 150, "throttle_per_mille": 30, "reject_per_mille": 10, "server_error_per_mille": 10,
            "accept_then_drop_per_mille": 10, "accept_then_hang_per_mille": 3}
SETTINGS = """[log]
store = "postgres"
partitions = {partitions}

[postgres]
url = "{url}"
owner_url = "{owner_url}"
connections = 8
lease_ms = 5000

[nats]
servers = ["nats://127.0.0.1:{nats}"]

[listener]
port = 0

[worker]
rate_per_second = 200
concurrency = 16
"""


class Chaos:
    """One run."""

    def __init__(self, args, folder):
        self.args, self.folder = args, folder
        self.seconds = args.minutes * 60
        self.stage = Processes(args.bin, folder)
        self.postgres = self.nats = self.deeds = self.echo = None
        self.roles, self.threads, self.shown = [], [], Shown()
        self.began = time.monotonic()
        self.watching = threading.Event()

    def say(self, text):
        print(f"{time.monotonic() - self.began:7.1f} s  {text}", flush=True)

    def prepare(self):
        args, stage = self.args, self.stage
        self.postgres = Postgres(args.postgres, self.folder)
        self.nats = Nats(args.nats, self.folder, args.accounts)
        # The facts are made by a log of the same keys that one process would own; it never gets any.
        shadow = self.folder / "shadow"
        stage.command("init", "--dir", shadow, "--rulebook", "municipality")
        town.loosen_rules(shadow / "rulebook", PAUSE_S)
        stage.house.mkdir()
        shutil.copy(shadow / "keys", stage.house / "keys")
        shutil.copytree(shadow / "rulebook", stage.house / "rulebook")
        settings = SETTINGS.format(partitions=PARTITIONS, url=self.postgres.url("mahnwerk_app"),
                                   owner_url=self.postgres.url("mahnwerk_owner"), nats=self.nats.port)
        (stage.house / "mahnwerk.toml").write_text(settings)
        stage.command("init", "--dir", stage.house, "--rulebook", "municipality")
        self.place = town.Town(args.debtors, self.seconds, args.seed)
        self.place.write(self.folder)
        begin, stop = (wire.catch(stage.binary, shadow, self.folder / f"{name}.csv", self.folder / f"{name}.toml")
                       for name in ("begin", "stop"))
        self.upstream = Upstream(town.shared_out(self.place, begin, stop))
        shares = "".join(f"{name} = {value}\n" for name, value in TROUBLED.items())
        stage.start_loopback(f"seed = {args.seed}\n" + "".join(
            f"[behaviours.{name}]\n{shares}" for name in ("sms", "email", "whatsapp")))
        providers = (stage.providers / "providers.toml").read_text()
        (stage.house / "mahnwerk.toml").write_text(f"{settings}\n{providers}")

    def start(self):
        for words, count in ROLES:
            self.roles += [Role(self.args.bin, self.stage.house, self.folder, number + 1, words, self.nats.login)
                           for number in range(count)]
        for role in self.roles:
            role.start()
        for role in self.roles:
            role.wait_until_it_answers()
        self.began = time.monotonic()
        self.epochs = self.epochs_now()
        threading.Thread(target=self.watch, daemon=True).start()
        ingests = [role for role in self.roles if role.kind == "ingest"]
        desks = [role for role in self.roles if role.kind == "worker-call"]
        self.tellers = [Teller(self.upstream, ingests, self.began, number) for number in range(TELLERS)]
        self.agents = [Agent(f"agent-{number}", desk, self.shown, self.args.seed) for number, desk in enumerate(desks)]
        self.echo = Echo(self.nats, self.args.seed)
        self.deeds = Deeds(self.roles, self.postgres, self.nats, self.args.seed, self.say)
        for thread in (*self.tellers, *self.agents, self.echo, self.deeds):
            thread.start()

    def watch(self):
        while not self.watching.wait(0.5):
            for role in self.roles:
                role.watch()

    def epochs_now(self):
        lines = self.postgres.ask("SELECT partition, epoch FROM mahnwerk.heads").splitlines()
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
                told = sum(len(telling[2]) for telling in self.upstream.tellings)
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
        for role in self.roles:
            role.watch()
        slow = [role.name for role in self.roles if not role.stop()]
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
        for role in self.roles:
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
            ("ends that nobody asked for", sum(len(role.unasked) for role in self.roles)),
        ]
        print()
        for name, value in rows:
            print(f"{name:34} {value}")
        for role in self.roles:
            for _, code, last in role.unasked:
                print(f"{role.name} ended by itself with {code}; it said last:\n{last}")

    def close(self):
        self.watching.set()
        for thread in (self.deeds, self.echo):
            if thread is not None:
                thread.stop.set()
        for role in self.roles:
            role.wanted = False
            role.close()
        if self.deeds is not None:
            # A deed that is under way may still start a role again.
            self.deeds.join(timeout=60)
            for role in self.roles:
                role.close()
        self.stage.close()
        for server in (self.nats, self.postgres):
            if server is not None:
                server.stop()


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
        for role in run.roles:
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
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    args.postgres = args.postgres or os.environ.get("MAHNWERK_TEST_POSTGRES_BIN") or (found[-1] if found else None)
    args.nats = args.nats or os.environ.get("MAHNWERK_TEST_NATS_SERVER_NEW") or newest_nats()
    if not args.postgres or not args.nats:
        read.error("PostgreSQL or nats-server is missing: run tests/with-servers --install")
    return args


def newest_nats():
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mahnwerk-tests"
    found = sorted(cache.glob("nats-server-*"))
    return found[-1] if found else shutil.which("nats-server", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


def main():
    args = arguments()
    if args.keep:
        args.keep.mkdir(parents=True)
    folder = args.keep.resolve() if args.keep else Path(tempfile.mkdtemp(prefix="mahnwerk-chaos-", dir="/tmp"))
    # PostgreSQL's user has to reach its own folder within.
    folder.chmod(0o711)
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
