#!/usr/bin/env python3
"""Kills between a webhook's arrival and its answer: the sender repeats, and nothing is lost or doubled.

A provider of our own (provider.py) signs webhooks and repeats each until it is answered with 2xx, while Mahnwerk is
killed (SIGKILL) at random moments with webhooks under way and started again: one process that has all roles, or with
`--many` an ingest, a scheduler or all roles at once. In the end the log must show each message that came in exactly once
and each delivery exactly once, and be whole.

    kill.py --bin target/release/mahnwerk [--many] [--kills 20] [--webhooks 12000]

Ends with 0 if all of it holds.
"""

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections import Counter, deque
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parent.parent / "stage"))

import town  # noqa: E402
from processes import Failed  # noqa: E402
from provider import PUBLIC_URL, Line, Webhook  # noqa: E402
from stages import stage_of  # noqa: E402

CONNECTIONS = 24
TEXTS = ["Wie viel ist es?", "Ich habe schon bezahlt", "STOPP", "ich kann nicht zahlen", "Das bestreite ich", "hm"]

ROW = "{:>4}  {:<11}  {:>8}  {:>9}  {:>7}  {:>9}"


class Trial:
    def __init__(self, args, stage):
        self.args, self.stage = args, stage
        self.draw = Random(args.seed)

    def prepare(self):
        # Each person is written to once, and then rests for an hour.
        self.stage.prepare(self.args.people, 1, 3600, told=f'\n[webhooks]\npublic_url = "{PUBLIC_URL}"\n')
        self.secret = (self.stage.providers / "stand-in-secret").read_text().strip()

    def webhooks(self):
        """Deliveries of what was sent, and messages from everybody, mixed; some deliveries twice, as providers do."""
        until = time.monotonic() + 120
        while len(self.stage.record()) < self.args.people:
            if time.monotonic() > until:
                raise Failed("the town was not written to")
            time.sleep(0.25)
        self.sent = self.stage.record()
        status, inbound = (f"/hooks/twilio/{town.TENANT}/{word}" for word in ("status", "inbound"))
        hooks = []
        for line in self.sent:
            fields = {"MessageSid": line["provider_message"], "MessageStatus": "delivered", "To": line["to"]}
            path = f"{status}?escalation={line['escalation']}" if self.draw.random() < 0.5 else status
            hooks += [Webhook(path, fields) for _ in range(1 + (self.draw.random() < 0.1))]
        self.inbound = []
        while len(hooks) < self.args.webhooks:
            number = self.draw.randrange(self.args.people)
            fields = {"MessageSid": f"SMin{len(self.inbound):08}", "From": town.phone(number), "To": "+41795550100",
                      "Body": self.draw.choice(TEXTS)}
            self.inbound.append(Webhook(inbound, fields))
            hooks.append(self.inbound[-1])
        self.draw.shuffle(hooks)
        return hooks

    def run(self):
        self.prepare()
        self.stage.start()
        hooks = self.webhooks()
        waiting, doors = deque(hooks), self.stage.doors()
        lines = [Line(waiting, self.secret, doors[number % len(doors)].address) for number in range(CONNECTIONS)]
        for line in lines:
            line.start()
        print(ROW.format("kill", "whom", "answered", "under way", "cut off", "came back"))
        for number in range(1, self.args.kills + 1):
            self.kill(number, hooks, lines)
        for line in lines:
            line.join()
            if line.problem:
                raise Failed(line.problem)
        self.stage.stop()
        return hooks

    def kill(self, number, hooks, lines):
        share = number / (self.args.kills + 1)
        answered = lambda: sum(hook.answered is not None and hook.answered < 300 for hook in hooks)  # noqa: E731
        while answered() < share * len(hooks):
            if not self.stage.must_run():
                raise Failed(f"the run ended before kill {number}; see {self.stage.run_log.name}")
            if any(line.problem for line in lines):
                raise Failed(next(line.problem for line in lines if line.problem))
            time.sleep(0.002)
        time.sleep(self.draw.random() * 0.02)
        under_way = sum(line.under_way is not None for line in lines)
        before = sum(hook.cut_off for hook in hooks)
        whom, took_s = self.stage.kill_somebody(self.draw)
        cut_off = sum(hook.cut_off for hook in hooks) - before
        print(ROW.format(number, whom, answered(), under_way, cut_off, f"{took_s:.2f} s"), flush=True)

    def judge(self, hooks):
        """What is wrong, in sentences."""
        events = self.stage.events_from(1)
        wrong = []
        of_kind = lambda kind: [event for event in events if event["kind"] == kind]  # noqa: E731
        streams = {line["to"]: line["escalation"].rsplit("-", 1)[0] for line in self.sent}
        told = Counter(streams[hook.fields["From"]] for hook in self.inbound)
        heard = Counter(event["stream"] for event in of_kind("message_received"))
        lost = sum((told - heard).values())
        doubled = sum((heard - told).values())
        if lost or doubled:
            wrong.append(f"of {sum(told.values())} messages {lost} are missing and {doubled} are there twice")
        delivered = Counter((event["stream"], event["event"]["report"]["number"]) for event in of_kind("outcome_recorded")
                            if event["event"]["report"]["outcome"]["outcome"] == "delivered")
        expected = Counter({tuple([e.rsplit("-", 1)[0], int(e.rsplit("-", 1)[1])]): 1
                            for e in (line["escalation"] for line in self.sent)})
        if delivered != expected:
            missing, more = sum((expected - delivered).values()), sum((delivered - expected).values())
            wrong.append(f"of {len(expected)} deliveries {missing} are missing and {more} are there twice")
        verified = json.loads(self.stage.command("verify", "--dir", self.stage.house, "--format", "json", codes=(0, 1)))
        if verified["finding_count"]:
            wrong.append(f"the log is not whole: {verified}")
        again = json.loads(self.stage.command("replay", "--dir", self.stage.house, "--check", codes=(0, 1)))
        if again["different"]:
            wrong.append(f"{again['different']} decisions come out otherwise")
        cut = sum(hook.cut_off > 0 for hook in hooks)
        print(f"{len(hooks)} webhooks in {sum(hook.tries for hook in hooks)} tries; {cut} of them were cut off by a kill and "
              f"repeated; {sum(heard.values())} messages and {sum(delivered.values())} deliveries in the log, "
              f"{again['decisions']} decisions decided again")
        if cut < self.args.kills // 2:
            wrong.append(f"only {cut} webhooks were cut off: the kills hit nothing")
        return wrong


def arguments():
    read = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    read.add_argument("--bin", type=lambda path: Path(path).resolve(), required=True)
    read.add_argument("--many", action="store_true", help="every role as processes, on PostgreSQL and NATS")
    read.add_argument("--kills", type=int, default=20)
    read.add_argument("--webhooks", type=int, default=12_000)
    read.add_argument("--people", type=int, default=2_000)
    read.add_argument("--seed", type=int, default=1)
    return read.parse_args()


def main():
    args = arguments()
    folder = Path(tempfile.mkdtemp(prefix="mahnwerk-doors-", dir="/tmp"))
    stage = stage_of(args, folder)
    print(f"{args.people} people, {args.webhooks} webhooks, {args.kills} kills, in {folder}", flush=True)
    trial = Trial(args, stage)
    try:
        wrong = trial.judge(trial.run())
    except Failed as failed:
        wrong = [str(failed)]
    finally:
        stage.close()
    if not wrong:
        # What was written is evidence, and of no use where nothing is wrong.
        shutil.rmtree(folder, ignore_errors=True)
    for sentence in wrong:
        print(f"kill: {sentence}")
    print("kill: something was lost or doubled" if wrong else "kill: nothing was lost or doubled")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
