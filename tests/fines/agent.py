#!/usr/bin/env python3
"""A scripted call agent: takes every call of a running Mahnwerk, reaches nobody, and keeps a record of its own.

`agent.py --dir FOLDER --record FILE [--agent NAME]`

Talks to the listener of the process that runs in FOLDER, and ends when that process is gone for good.
The record has a line for each number that was shown, in the form that `check.py` reads.
"""

import argparse
import http.client
import json
import sys
import time
from pathlib import Path

# Calls worked at once; the listener takes at most a thousand.
PAGE = 500
# How long a run may be away, as between a kill and a restart, before the agent goes home.
PATIENCE_S = 20


class Listener:
    """One connection to the process, made anew when it breaks."""

    def __init__(self, folder, token):
        self.folder, self.token, self.connection = folder, token, None

    def address(self):
        """A call list of its own has a note of another name than a process with all roles."""
        note = next(self.folder.glob("*.address"), self.folder / "listener.address")
        return note.read_text().strip()

    def call(self, method, path, body=None):
        if self.connection is None:
            host, port = self.address().rsplit(":", 1)
            self.connection = http.client.HTTPConnection(host, int(port), timeout=120)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        try:
            self.connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = self.connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            self.connection = None
            raise
        if answer.status >= 300:
            raise OSError(f"{path}: {answer.status} {text[:300]!r}")
        return json.loads(text) if text else None


def work(listener, agent, record):
    """One page of the list; how many numbers were dialled."""
    tasks = listener.call("POST", "/v1/calls/take", {"agent": agent, "count": PAGE})
    if not tasks:
        listener.call("GET", "/v1/calls?limit=1&wait_s=2")
        return 0
    ids = [task["task"] for task in tasks]
    done = []
    for opened in listener.call("POST", "/v1/calls/open", {"agent": agent, "tasks": ids}):
        call = (opened.get("result") or {}).get("call")
        if call is None:
            continue
        line = {"received_at": call["opened_at"], "channel": "call", "to": call["number"], "escalation": call["task"]}
        record.write(json.dumps(line) + "\n")
        done.append({"task": call["task"], "reach": "no_answer"})
    record.flush()
    if done:
        listener.call("POST", "/v1/calls/done", {"agent": agent, "calls": done})
    return len(done)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dir", type=Path, required=True, help="the folder that the process owns")
    parser.add_argument("--record", type=Path, required=True, help="where to write what was dialled")
    parser.add_argument("--agent", default="scripted-agent")
    args = parser.parse_args()
    calls, last_heard, on_shift = 0, time.monotonic(), False
    listener = None
    with args.record.open("a", encoding="utf-8") as record:
        while time.monotonic() - last_heard < PATIENCE_S:
            try:
                if listener is None:
                    listener, on_shift = Listener(args.dir, (args.dir / "token").read_text().strip()), False
                if not on_shift:
                    listener.call("POST", "/v1/calls/shift", {"agent": args.agent, "seconds": 86_400})
                    on_shift = True
                calls += work(listener, args.agent, record)
                last_heard = time.monotonic()
            except OSError:
                listener = None
                time.sleep(0.2)
    print(f"{calls} calls, nobody reached")
    return 0


if __name__ == "__main__":
    sys.exit(main())
