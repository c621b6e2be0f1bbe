#!/usr/bin/env python3
"""Starts a NATS server with the accounts that operators run, and shows for each role what it may do and what it may not.

    accounts.py --server PROGRAM [--server PROGRAM…]

Each row of the tables is tried against the real server; ends with 1 and a sentence for each that comes out otherwise.
"""

import argparse
import json
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "stage"))

from broker import Broker  # noqa: E402

CONFIG = Path(__file__).parent.parent.parent / "deploy" / "nats"
CHANNELS = ["sms", "email", "social", "call"]
STREAMS = {
    "CLAIMS": ["claims.v1.*.*"], "ESCALATIONS": ["escalations.v1.*.*"], "EVENTS": ["events.v1.*.*"],
    "REFUSED": ["refused.v1.*"], "HEADS": ["heads.v1.*"],
    "ADVISORIES": [f"$JS.EVENT.ADVISORY.CONSUMER.{kind}.{stream}.*" for kind in ("MAX_DELIVERIES", "MSG_TERMINATED")
                   for stream in ("CLAIMS", "ESCALATIONS")],
}
QUEUES = ("CLAIMS", "ESCALATIONS")

# What nobody but the operator may do to any stream, and nobody at all to the claims.
FORBIDDEN_TO_ROLES = [f"$JS.API.STREAM.{verb}.{stream}" for stream in STREAMS for verb in ("DELETE", "PURGE", "UPDATE")]
CLAIMS_READ = ["$JS.API.STREAM.MSG.GET.CLAIMS", "$JS.API.DIRECT.GET.CLAIMS", "$JS.API.CONSUMER.CREATE.CLAIMS.mine.claims.v1.*.*",
               "$JS.API.CONSUMER.DURABLE.CREATE.CLAIMS.mine", "$JS.API.CONSUMER.MSG.NEXT.CLAIMS.mine"]


def worker(channel):
    others = [each for each in CHANNELS if each != channel]
    return {
        "publish": ["permits.v1.3.7", "owners.v1.3", "outcomes.v1.3", "credits.v1.3",
                    f"$JS.API.CONSUMER.CREATE.ESCALATIONS.worker-{channel}.escalations.v1.{channel}.*",
                    f"$JS.API.CONSUMER.MSG.NEXT.ESCALATIONS.worker-{channel}", f"$JS.ACK.ESCALATIONS.worker-{channel}.1.1.1.1.1",
                    "$JS.API.STREAM.INFO.ESCALATIONS"],
        "not publish": ["facts.v1.3", "stops.v1.3", "commands.v1.3", f"escalations.v1.{channel}.t", "events.v1.t.n",
                        "heads.v1.3", "epochs.v1.3", "claims.v1.t.k", "refused.v1.t", "_INBOX.scheduler.x",
                        f"recalls.v1.{channel}",
                        "$JS.API.STREAM.MSG.GET.ESCALATIONS", "$JS.API.STREAM.CREATE.CLAIMS",
                        f"$JS.API.CONSUMER.CREATE.ESCALATIONS.worker-{channel}",
                        f"$JS.API.CONSUMER.CREATE.ESCALATIONS.worker-{channel}.escalations.v1.*.*",
                        f"$JS.API.CONSUMER.DURABLE.CREATE.ESCALATIONS.worker-{channel}",
                        *[f"$JS.API.CONSUMER.MSG.NEXT.ESCALATIONS.worker-{each}" for each in others],
                        *[f"$JS.API.CONSUMER.CREATE.ESCALATIONS.worker-{each}.escalations.v1.{each}.*" for each in others],
                        *[f"$JS.ACK.ESCALATIONS.worker-{each}.1.1.1.1.1" for each in others],
                        *FORBIDDEN_TO_ROLES, *CLAIMS_READ],
        "subscribe": [f"_INBOX.worker-{channel}.>", "epochs.v1.*", *(["recalls.v1.call"] if channel == "call" else [])],
        "not subscribe": ["_INBOX.>", "_INBOX.ingest.>", "permits.v1.>", "escalations.v1.>", "facts.v1.*", "claims.v1.>",
                          "events.v1.>", "outcomes.v1.*", ">", "$JS.EVENT.>", "recalls.v1.*",
                          *([] if channel == "call" else ["recalls.v1.call"])],
    }


ROLES = {
    "scheduler": {
        "publish": ["escalations.v1.sms.t", "events.v1.t.n", "heads.v1.3", "epochs.v1.3", "stops.v1.3", "recalls.v1.call",
                    *[f"$JS.API.STREAM.CREATE.{stream}" for stream in STREAMS],
                    *[f"$JS.API.STREAM.INFO.{stream}" for stream in STREAMS], "$JS.API.STREAM.MSG.GET.HEADS",
                    "$JS.API.CONSUMER.INFO.CLAIMS.ingest", "$JS.API.CONSUMER.INFO.ESCALATIONS.worker-sms"],
        "not publish": ["claims.v1.t.k", "outcomes.v1.3", "permits.v1.3.7", "commands.v1.3", "credits.v1.3", "refused.v1.t",
                        "_INBOX.worker-sms.unasked", "_INBOX.ingest.unasked", *FORBIDDEN_TO_ROLES, *CLAIMS_READ],
        "subscribe": ["facts.v1.3", "stops.v1.3", "commands.v1.3", "outcomes.v1.3", "credits.v1.3", "permits.v1.3.7",
                      "owners.v1.3", "epochs.v1.*", "_INBOX.scheduler.>"],
        "not subscribe": ["claims.v1.>", "_INBOX.>", "_INBOX.ingest.>", "escalations.v1.>", "events.v1.>", ">", "recalls.v1.*"],
    },
    "ingest": {
        "publish": ["facts.v1.3", "stops.v1.3", "commands.v1.3", "outcomes.v1.3", "refused.v1.t", "receipts.v1.a",
                    "_INBOX.upstream.x", "$JS.API.STREAM.CREATE.CLAIMS", "$JS.API.STREAM.CREATE.REFUSED",
                    "$JS.API.CONSUMER.CREATE.CLAIMS.ingest.claims.v1.*.*", "$JS.API.CONSUMER.MSG.NEXT.CLAIMS.ingest",
                    "$JS.ACK.CLAIMS.ingest.1.1.1.1.1"],
        "not publish": ["claims.v1.t.k", "permits.v1.3.7", "escalations.v1.sms.t", "events.v1.t.n", "heads.v1.3",
                        "epochs.v1.3", "credits.v1.3", "_INBOX.scheduler.x", "recalls.v1.call", "$JS.API.STREAM.CREATE.ESCALATIONS",
                        "$JS.API.CONSUMER.MSG.NEXT.ESCALATIONS.worker-sms", *FORBIDDEN_TO_ROLES, *CLAIMS_READ],
        "subscribe": ["_INBOX.ingest.>", "epochs.v1.*"],
        "not subscribe": ["claims.v1.>", "facts.v1.*", "permits.v1.>", "_INBOX.>", "_INBOX.scheduler.>", ">"],
    },
    **{f"worker-{channel}": worker(channel) for channel in CHANNELS},
    "upstream": {
        "publish": ["claims.v1.t.k"],
        "not publish": ["facts.v1.3", "stops.v1.3", "permits.v1.3.7", "receipts.v1.a", "recalls.v1.call", "$JS.API.STREAM.INFO.CLAIMS",
                        *FORBIDDEN_TO_ROLES, *CLAIMS_READ],
        "subscribe": ["_INBOX.upstream.>", "receipts.v1.a"],
        "not subscribe": ["claims.v1.>", "events.v1.>", "_INBOX.>", "_INBOX.ingest.>"],
    },
    "analyst": {
        "publish": ["$JS.API.STREAM.INFO.EVENTS", "$JS.API.CONSUMER.CREATE.EVENTS", "$JS.API.CONSUMER.CREATE.EVENTS.a.events.v1.t.*",
                    "$JS.API.CONSUMER.MSG.NEXT.EVENTS.a", "$JS.ACK.EVENTS.a.1.1.1.1.1"],
        "not publish": ["events.v1.t.n", "claims.v1.t.k", "facts.v1.3", "permits.v1.3.7", "$JS.API.STREAM.INFO.CLAIMS",
                        "$JS.API.CONSUMER.CREATE.HEADS.a.heads.v1.*", *FORBIDDEN_TO_ROLES, *CLAIMS_READ],
        "subscribe": ["_INBOX.analyst.>", "events.v1.>"],
        "not subscribe": ["claims.v1.>", "escalations.v1.>", "facts.v1.*", "_INBOX.>"],
    },
    "operator": {
        "publish": ["$JS.API.STREAM.LIST", "$JS.API.STREAM.INFO.CLAIMS", "$JS.API.STREAM.MSG.GET.ADVISORIES",
                    "heads.v1.3", "$JS.API.CONSUMER.CREATE.EVENTS"],
        "not publish": ["facts.v1.3", "permits.v1.3.7", "claims.v1.t.k", "escalations.v1.sms.t",
                        "$JS.API.STREAM.CREATE.COPY", "$JS.API.STREAM.UPDATE.EVENTS", *CLAIMS_READ],
        "subscribe": ["_INBOX.operator.>", "epochs.v1.*", "refused.v1.*", "$JS.EVENT.ADVISORY.>"],
        "not subscribe": ["claims.v1.>", "_INBOX.>", "permits.v1.>"],
    },
}


class Server:
    """A server with the operators' accounts, on a free port, in a folder of its own."""

    def __init__(self, program, folder):
        self.folder, self.passwords = folder, {}
        (folder / "accounts.conf").write_text((CONFIG / "accounts.conf").read_text())
        example = (CONFIG / "passwords.example.conf").read_text()
        (folder / "passwords.conf").write_text(example)
        for name, password in re.findall(r'^(\w+)_PASSWORD: "(.*)"$', example, re.M):
            self.passwords[name.lower().replace("_", "-")] = password
        text = (CONFIG / "nats-server.conf").read_text()
        for was, now in [("listen: 127.0.0.1:4222", "listen: 127.0.0.1:-1"), ("http: 127.0.0.1:8222", "http: 127.0.0.1:-1"),
                         ('"/var/lib/nats"', f'"{folder}/store"')]:
            if was not in text:
                raise SystemExit(f"accounts: nats-server.conf has no line with {was}; adapt this test")
            text = text.replace(was, now)
        (folder / "nats-server.conf").write_text(f'{text}\nports_file_dir: "{folder}"\n')
        subprocess.run([program, "-t", "-c", folder / "nats-server.conf"], check=True, capture_output=True)
        with open(folder / "log", "wb") as log:
            self.process = subprocess.Popen([program, "-c", folder / "nats-server.conf"], stdout=log, stderr=log)
        self.port = self.listening()

    def listening(self):
        until = time.monotonic() + 20
        while time.monotonic() < until and self.process.poll() is None:
            for file in self.folder.glob("*.ports"):
                try:
                    port = int(json.loads(file.read_text())["nats"][0].rsplit(":", 1)[1])
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    return port
                except (ValueError, OSError):
                    pass
            time.sleep(0.05)
        raise SystemExit(f"accounts: the server did not start:\n{(self.folder / 'log').read_text()}")

    def user(self, name):
        return Broker("127.0.0.1", self.port, name, self.passwords[name])

    def stop(self):
        self.process.terminate()
        self.process.wait()


def rights(server):
    """Every row of the tables, one by one."""
    for name, role in ROLES.items():
        for kind, subjects in role.items():
            for subject in subjects:
                connection = server.user(name)
                if kind.endswith("publish"):
                    # An empty request changes nothing, wherever it is let through.
                    connection.publish(subject, b"{}")
                    objections = connection.settled()
                else:
                    objections = connection.subscribe(subject)
                connection.close()
                if bool(objections) != kind.startswith("not"):
                    yield f"{name}: {kind} {subject}: {objections or 'let through'}"


def strangers(server):
    for user, password in (("scheduler", "wrong"), ("nobody", "x"), (None, None)):
        try:
            Broker("127.0.0.1", server.port, user, password)
            yield f"{user or 'somebody without a name'} is let in with a wrong password or none"
        except ConnectionError:
            pass


def the_whole_way(server):
    """Streams are made, a claim goes in and is taken, an escalation reaches its channel alone, a question is answered."""
    users = {name: server.user(name) for name in ROLES}
    for name, user in users.items():
        user.subscribe(f"_INBOX.{name}.>")

    def ask(name, subject, body=None):
        answer = users[name].request(subject, json.dumps(body or {}).encode(), f"_INBOX.{name}")
        if "error" in answer:
            raise AssertionError(f"{name}: {subject}: {answer['error']}")
        return answer

    def take(name, stream, consumer):
        users[name].publish(f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}", b'{"batch":1,"expires":3000000000}',
                            f"_INBOX.{name}.pull")
        message = users[name].next()
        users[name].publish(message.reply, b"+ACK", f"_INBOX.{name}.ack")
        users[name].next()
        return message

    def consumer(name, stream, durable, subject):
        config = {"durable_name": durable, "name": durable, "ack_policy": "explicit", "filter_subject": subject}
        ask(name, f"$JS.API.CONSUMER.CREATE.{stream}.{durable}.{subject}", {"stream_name": stream, "config": config})

    for stream, subjects in STREAMS.items():
        config = {"name": stream, "subjects": subjects, "storage": "file", "max_bytes": 1 << 20,
                  "retention": "workqueue" if stream in QUEUES else "limits"}
        ask("scheduler", f"$JS.API.STREAM.CREATE.{stream}", config)
    consumer("ingest", "CLAIMS", "ingest", "claims.v1.*.*")
    for channel in CHANNELS:
        consumer(f"worker-{channel}", "ESCALATIONS", f"worker-{channel}", f"escalations.v1.{channel}.*")

    ask("upstream", "claims.v1.t.payment", {"claim": 1})
    if take("ingest", "CLAIMS", "ingest").subject != "claims.v1.t.payment":
        yield "ingest did not take the claim"
    left = ask("scheduler", "$JS.API.STREAM.INFO.CLAIMS")["state"]["messages"]
    if left:
        yield f"{left} claims are left though ingest has acknowledged the only one"
    for channel in CHANNELS:
        ask("scheduler", f"escalations.v1.{channel}.t")
    for channel in CHANNELS:
        if take(f"worker-{channel}", "ESCALATIONS", f"worker-{channel}").subject != f"escalations.v1.{channel}.t":
            yield f"worker-{channel} took another channel's escalation"

    scheduler, worker_sms = users["scheduler"], users["worker-sms"]
    lists = [users["worker-call"], server.user("worker-call")]
    if any(each.subscribe("recalls.v1.call") for each in lists):
        yield "a call list may not hear of calls that are over"
    scheduler.publish("recalls.v1.call", b"over")
    if any(each.next().body != b"over" for each in lists):
        yield "a call list does not hear of calls that are over"
    lists.pop().close()
    scheduler.subscribe("permits.v1.3.7")
    worker_sms.publish("permits.v1.3.7", b"may I", "_INBOX.worker-sms.q1")
    question = scheduler.next()
    scheduler.publish(question.reply, b"yes")
    if scheduler.settled() or worker_sms.next().body != b"yes":
        yield "the scheduler can't answer what it is asked"
    scheduler.publish(question.reply, b"and another thing")
    if not scheduler.settled():
        yield "the scheduler may answer one question more than once"
    ask("scheduler", "heads.v1.3")
    if not ask("scheduler", "$JS.API.STREAM.MSG.GET.HEADS", {"last_by_subj": "heads.v1.3"}).get("message"):
        yield "the scheduler can't read a head"
    for user in users.values():
        user.close()


def main():
    read = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    read.add_argument("--server", type=Path, action="append", required=True, help="a nats-server; may be given again")
    wrong = []
    for program in read.parse_args().server:
        with tempfile.TemporaryDirectory(prefix="mahnwerk-accounts-") as folder:
            server = Server(program, Path(folder))
            try:
                version = server.user("system").info["version"]
                found = [*strangers(server), *the_whole_way(server), *rights(server)]
            finally:
                server.stop()
                shutil.rmtree(Path(folder) / "store", ignore_errors=True)
        rows = sum(len(subjects) for role in ROLES.values() for subjects in role.values())
        print(f"nats-server {version}: {rows} rights of {len(ROLES)} users tried, {len(found)} wrong")
        wrong += found
    for sentence in wrong:
        print(f"accounts: {sentence}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
