#!/usr/bin/env python3
"""Takes a table of fines into a log that many processes share, lets everybody be contacted, and has check.py judge it.

    many.py FINES --bin target/debug/mahnwerk [--keep FOLDER] [--seconds 600] [check.py's options]

The time of a shared log is the database's, so years can't be played: all rows are in before the first worker starts, and
then all that is due is due now. The rulebook is that of the fines, with its waits shortened and its windows open.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "stage"))

import check  # noqa: E402
from cluster import SCHEDULERS, Cluster, find_programs, workers  # noqa: E402
from fines import fold  # noqa: E402
from processes import Failed  # noqa: E402

SETTINGS = "[worker]\nrate_per_second = 100000\ncapacity = 10000\ncall_capacity = 20000\n"
LADDER = ["call", "sms", "email", "social"]
WINDOW = '[[tenant.policy.window]]\nname = "any-hour"\nsource = "test"\nhours = { mon-sun = "00:00-24:00" }\n\n'
# The cap that stays: so nobody hears from us on every rung.
CAP = 3
# What is checked of the rules, stated anew as in check.py.
RULES = ["--window", "mon-sun 00:00-24:00", "--closed", "", "--cap", f"{CAP}/7d", "--rungs", str(CAP)]
# Whoever is contacted once too often would be within this time.
QUIET_S = 8


def hurry(rulebook):
    """Waits of seconds, one call for each person, contact at every hour; of the caps, that of a week stays."""
    policy = rulebook / "mahnwerk.toml"
    head, *parts = re.split(r"(?=\[\[tenant\.policy\.)", policy.read_text())
    kept = [part for part in parts if 'name = "three-a-week"' in part]
    policy.write_text(head + WINDOW + "".join(kept))
    scenarios = rulebook / "scenarios.toml"
    text = re.sub(r'(retry_after|then_wait) = ".*"', r'\1 = "1s"', scenarios.read_text())
    scenarios.write_text(text.replace("tries = 2", "tries = 1"))


class Play:
    """One run in a folder."""

    def __init__(self, args, folder):
        self.args, self.folder = args, folder
        self.stage = Cluster(args.bin, folder, find_programs())
        self.contacts, self.agents, self.records = folder / "contacts.csv", [], []

    def run(self):
        stage = self.stage
        self.script("make_contacts.py", self.args.fines, self.contacts)
        stage.start_servers()
        stage.start_loopback("seed = 1\n")
        stage.make_house("fines", hurry, SETTINGS)
        stage.start_roles((["scheduler"], SCHEDULERS), (["ingest"], 1))
        for table, mapping in ((self.contacts, "contacts-mapping.toml"), (self.args.fines, "mapping.toml")):
            self.take_in(table, HERE / mapping)
        began = time.monotonic()
        stage.start_roles(*workers(*LADDER))
        self.start_agents()
        expected = self.wait_until_all_are_contacted()
        print(f"{expected} contacts in {time.monotonic() - began - QUIET_S:.0f} s", flush=True)
        stage.stop()
        return self.judge()

    def script(self, name, *words):
        subprocess.run([sys.executable, HERE / name, *words], check=True)

    def take_in(self, table, mapping):
        began = time.monotonic()
        said = self.stage.command("import", "--dir", self.stage.house, table, "--mapping", mapping)
        print(f"{said.splitlines()[0]}; {time.monotonic() - began:.0f} s", flush=True)

    def start_agents(self):
        for desk in self.stage.of_kind("worker-call"):
            self.records.append(self.folder / f"{desk.name}.jsonl")
            with open(self.folder / f"{desk.name}-agent.log", "wb") as log:
                self.agents.append(subprocess.Popen(
                    [sys.executable, HERE / "agent.py", "--dir", desk.house, "--record", self.records[-1], "--agent", desk.name],
                    stdout=log, stderr=log))

    def wait_until_all_are_contacted(self):
        """Until there are as many contacts as the tables say, and a while longer; how many that is."""
        cases = fold(self.args.fines)
        _, points = check.read_contacts(self.contacts)
        expected = sum(len(check.rungs_of(case, points, LADDER, CAP)) for case in cases.values())
        until = time.monotonic() + self.args.seconds
        while (there := self.count()) < expected:
            if time.monotonic() > until:
                raise Failed(f"{there} of {expected} contacts were made within {self.args.seconds} s")
            self.stage.those_who_should_run()
            time.sleep(0.5)
        time.sleep(QUIET_S)
        return expected

    def count(self):
        return sum(path.read_bytes().count(b"\n") for path in self.all_records() if path.exists())

    def all_records(self):
        return [self.stage.providers / "record.jsonl", *self.records]

    def judge(self):
        stage = self.stage
        whole = json.loads(stage.command("verify", "--dir", stage.house, "--format", "json", codes=(0, 1)))
        again = json.loads(stage.command("replay", "--dir", stage.house, "--check", codes=(0, 1)))
        claims = self.folder / "claims.jsonl"
        claims.write_text(stage.command("replay", "--dir", stage.house, "--claims"))
        print(f"{again['decisions']} decisions decided again, {again['different']} of them differently; "
              f"{whole['finding_count']} findings about the log", flush=True)
        records = [word for path in self.all_records() for word in ("--record", str(path))]
        wrong = check.main(["--fines", str(self.args.fines), "--contacts", str(self.contacts), "--log-export", str(claims),
                            *records, *RULES, *self.args.more])
        return wrong or int(bool(whole["finding_count"] or again["different"]))

    def close(self):
        for agent in self.agents:
            agent.kill()
            agent.wait()
        self.stage.close()


def arguments():
    read = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    read.add_argument("fines", type=lambda path: Path(path).resolve(), help="the table, plain or gzipped")
    read.add_argument("--bin", type=lambda path: Path(path).resolve(), required=True, help="the program")
    read.add_argument("--seconds", type=int, default=600, help="until everybody was contacted (default: %(default)s)")
    read.add_argument("--keep", type=Path, help="a new folder for everything that is written, which stays")
    args, args.more = read.parse_known_args()
    return args


def play(args, folder):
    run = None
    try:
        run = Play(args, folder)
        return run.run()
    except Failed as failed:
        print(f"fines: {failed}")
        return 1
    finally:
        if run is not None:
            run.close()


def main():
    args = arguments()
    if args.keep:
        args.keep.mkdir(parents=True)
        return play(args, args.keep.resolve())
    with tempfile.TemporaryDirectory(prefix="mahnwerk-fines-", dir="/tmp") as folder:
        return play(args, Path(folder))


if __name__ == "__main__":
    sys.exit(main())
