#!/usr/bin/env python3
"""Payments against contacts: nobody who paid is written to later than `start_within` after the acknowledgement.

A town is written to around the clock, as fast as the providers take it, while payments come in over HTTP.
Each payment's acknowledgement is timed here; each message stands in the stand-in providers' own record, timed there.
Both are on one machine and read one clock.

    race.py --bin target/release/mahnwerk [--many] [--payments 10000] [--people 24000] [--pause 12]

With `--many` every role is a process of its own, and the payments are spread over two ingests.

Ends with 0 if no submission came too late, 1 if one did or the load was not what it should be.
"""

import argparse
import json
import shutil
import sys
import tempfile
import threading
import time
from collections import deque
from datetime import datetime
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parent.parent / "stage"))

import town  # noqa: E402
from listener import Listener  # noqa: E402
from processes import Failed  # noqa: E402
from stages import stage_of  # noqa: E402

START_WITHIN_S = 10
CONNECTIONS = 8
SETTINGS = """
[worker]
rate_per_second = {rate}
concurrency = 256
capacity = 20000
"""


class Payers(threading.Thread):
    """One connection over which people pay, one after the other, at an even pace."""

    def __init__(self, door, waiting, pause_s, acknowledged):
        super().__init__(daemon=True)
        self.listener = Listener(door.address(), door.token)
        self.waiting, self.pause_s, self.acknowledged = waiting, pause_s, acknowledged
        self.problem = None

    def run(self):
        next_at = time.monotonic()
        while self.waiting and not self.problem:
            number = self.waiting.popleft()
            self.pay(number)
            next_at += self.pause_s
            time.sleep(max(0, next_at - time.monotonic()))

    def pay(self, number):
        fact = {"tenant": town.TENANT, "source": "bank", "id": f"payment-{number}", "kind": "payment_received",
                "debtor": town.reference(number), "claim": town.claim(number), "amount": town.OWED, "currency": "CHF"}
        sent = time.time()
        status, text = self.listener.send("POST", "/v1/facts", json.dumps(fact), "application/json")
        answered = time.time()
        if status != 200 or b'"recorded"' not in text:
            self.problem = f"a payment was answered with {status} {text[:300]!r}"
            return
        self.acknowledged[town.phone(number)] = (sent, answered)


def race(stage, args):
    """Lets the load come up, then lets people pay; gives who was acknowledged when, and how long it took."""
    stage.prepare(args.people, args.pause, args.pause, SETTINGS.format(rate=args.rate))
    stage.start()
    wait_for(lambda: len(stage.record()) >= args.people // 4, 120, "the town is not written to")
    people = list(range(args.people))
    Random(args.seed).shuffle(people)
    waiting, acknowledged = deque(people[:args.payments]), {}
    pause_s = args.seconds * CONNECTIONS / args.payments
    doors = stage.doors()
    payers = [Payers(doors[number % len(doors)], waiting, pause_s, acknowledged) for number in range(CONNECTIONS)]
    began = time.time()
    for payer in payers:
        payer.start()
    for payer in payers:
        payer.join()
        if payer.problem:
            raise Failed(payer.problem)
    ended = time.time()
    # Whoever paid last may be written to for as long again.
    time.sleep(START_WITHIN_S + 2)
    stage.stop()
    return acknowledged, began, ended


def wait_for(condition, seconds, otherwise):
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise Failed(otherwise)
        time.sleep(0.25)


def judge(record, acknowledged, began, ended):
    """Prints what was seen; gives what is wrong."""
    sent_at = [(line["to"], datetime.fromisoformat(line["wall_at"]).timestamp()) for line in record]
    during = sum(began <= at <= ended for _, at in sent_at)
    rate = during / (ended - began)
    later = [at - acknowledged[to][1] for to, at in sent_at if to in acknowledged and at > acknowledged[to][1]]
    since_sent = [at - acknowledged[to][0] for to, at in sent_at if to in acknowledged and at > acknowledged[to][0]]
    before = {to for to, at in sent_at if to in acknowledged and at < acknowledged[to][0]}
    waits = sorted(answered - sent for sent, answered in acknowledged.values())
    print(f"{len(acknowledged)} payments acknowledged in {ended - began:.0f} s, "
          f"half within {waits[len(waits) // 2] * 1000:.0f} ms, 99 % within {waits[len(waits) * 99 // 100] * 1000:.0f} ms; "
          f"{len(before)} of those who paid had been written to before")
    print(f"{len(sent_at)} messages in all; {rate:.0f} permits used a second while people paid")
    print(f"written to after the acknowledgement: {len(later)}, at most {max(later, default=0) * 1000:.0f} ms later; "
          f"after the payment was sent: {len(since_sent)}, at most {max(since_sent, default=0) * 1000:.0f} ms later")
    wrong = [f"{sum(late > START_WITHIN_S for late in later)} people were written to too late"
             ] if any(late > START_WITHIN_S for late in later) else []
    return wrong, rate


def arguments():
    read = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    read.add_argument("--bin", type=lambda path: Path(path).resolve(), required=True)
    read.add_argument("--many", action="store_true", help="every role as processes, on PostgreSQL and NATS")
    read.add_argument("--payments", type=int, default=10_000)
    read.add_argument("--people", type=int, default=24_000)
    read.add_argument("--seconds", type=float, default=80, help="for how long people pay")
    read.add_argument("--pause", type=int, default=12, help="seconds between two messages to one person")
    read.add_argument("--rate", type=int, default=4000)
    read.add_argument("--least-rate", type=float, default=1000, help="permits a second that there must be")
    read.add_argument("--seed", type=int, default=1)
    return read.parse_args()


def main():
    args = arguments()
    folder = Path(tempfile.mkdtemp(prefix="mahnwerk-race-", dir="/tmp"))
    stage = stage_of(args, folder)
    print(f"{args.people} people, {args.payments} payments, in {folder}", flush=True)
    try:
        acknowledged, began, ended = race(stage, args)
        wrong, rate = judge(stage.record(), acknowledged, began, ended)
        if len(acknowledged) != args.payments:
            wrong.append(f"{args.payments - len(acknowledged)} payments were not acknowledged")
        if rate < args.least_rate:
            wrong.append(f"{rate:.0f} permits a second are fewer than {args.least_rate:.0f}")
    except Failed as failed:
        wrong = [str(failed)]
    finally:
        stage.close()
    if not wrong:
        # What was written is evidence, and of no use where nothing is wrong.
        shutil.rmtree(folder, ignore_errors=True)
    for sentence in wrong:
        print(f"race: {sentence}")
    print("race: lost" if wrong else "race: nobody was written to too late")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
