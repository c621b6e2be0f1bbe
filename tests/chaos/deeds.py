"""What is done to the running roles, and the seed that says when: kills, freezes, cut-off sessions, restarts, lost stores.

Each deed ends with everything running again; at most a few are under way at once. Also the echo, which repeats messages.
"""

import queue
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parent.parent / "stage"))

from broker import Broker  # noqa: E402
from servers import ECHO  # noqa: E402

# Between two deeds, and how long a process stays away.
PAUSE_S, AWAY_S = (1.0, 4.0), (0.0, 3.0)
# Frozen for longer than a lease, or than start_within: it wakes up with rights that are over.
FROZEN_S = {"scheduler": (6, 11), "worker": (11, 15), "ingest": (3, 8)}
DEEDS = {"kill scheduler": 5, "freeze scheduler": 4, "kill worker": 5, "freeze worker": 4, "kill ingest": 2, "freeze ingest": 1,
         "end sessions": 3, "restart PostgreSQL": 2, "lose NATS": 2}
# Of these only one at a time: what all others rest on.
ALONE = ("restart PostgreSQL", "lose NATS")
END_SESSIONS = """SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity
WHERE usename = 'mahnwerk_app' ORDER BY random() LIMIT {count}) AS drawn"""


class Deeds(threading.Thread):
    """Does one after the other until told to stop; then brings everything back."""

    def __init__(self, roles, postgres, nats, seed, say):
        super().__init__(daemon=True)
        self.roles, self.postgres, self.nats, self.say = roles, postgres, nats, say
        self.draw = Random(f"deeds {seed}")
        self.done, self.stop = Counter(), threading.Event()
        self.under_way, self.problem, self.ground = [], None, threading.Lock()

    def run(self):
        while not self.stop.wait(self.draw.uniform(*PAUSE_S)):
            deed = self.draw.choices(list(DEEDS), list(DEEDS.values()))[0]
            away_s, frozen_s = self.draw.uniform(*AWAY_S), FROZEN_S.get(deed.split()[-1], (0, 0))
            among = [role for role in self.roles if role.words[0] == deed.split()[-1]]
            role = self.draw.choice(among) if among else None
            thread = threading.Thread(
                target=self.act, args=(deed, role, away_s, self.draw.uniform(*frozen_s), self.draw.randint(1, 12)), daemon=True)
            thread.start()
            self.under_way.append(thread)
        for thread in self.under_way:
            thread.join()

    def act(self, deed, role, away_s, frozen_s, count):
        try:
            if deed in ALONE:
                with self.ground:
                    self.to_servers(deed, away_s)
            elif role is None:
                ended = self.postgres.ask(END_SESSIONS.format(count=count), "postgres")
                self.say(f"end {ended} sessions")
            else:
                # A role that is away or frozen is left alone.
                if not role.wanted or role.frozen:
                    return
                self.to_role(deed.split()[0], role, away_s, frozen_s)
            self.done[deed] += 1
        except Exception as error:  # noqa: BLE001
            # PostgreSQL may be starting up just then, and has nobody to end.
            if not (deed == "end sessions" and "connection to server" in str(error)):
                self.problem = f"{deed}: {error}"

    def to_role(self, deed, role, away_s, frozen_s):
        if deed == "kill":
            self.say(f"kill {role.name} for {away_s:.1f} s")
            role.kill()
            time.sleep(away_s)
            role.start()
        else:
            self.say(f"freeze {role.name} for {frozen_s:.1f} s")
            role.freeze()
            time.sleep(frozen_s)
            role.thaw()

    def to_servers(self, deed, away_s):
        if deed == "lose NATS":
            self.say(f"kill NATS for {away_s:.1f} s and delete its store")
            self.nats.kill()
            self.nats.lose_store()
            time.sleep(away_s)
            self.nats.start()
        else:
            self.say("restart PostgreSQL at once")
            self.postgres.restart_at_once()


class Echo(threading.Thread):
    """Repeats messages on the wire, at once or some seconds late: every carrier may (bus crate's invariant)."""

    SUBJECTS = ["facts.v1.*", "stops.v1.*", "outcomes.v1.*", "permits.v1.*.*", "credits.v1.*", "escalations.v1.*.*"]
    MARK = b"Chaos-Echo: 1\r\n"

    def __init__(self, nats, seed):
        super().__init__(daemon=True)
        self.nats, self.draw = nats, Random(f"echo {seed}")
        self.stop, self.repeated = threading.Event(), 0
        self.later = []

    def run(self):
        while not self.stop.is_set():
            try:
                self.listen(Broker("127.0.0.1", self.nats.port, *(ECHO if self.nats.passwords else ())))
            except (OSError, ValueError, queue.Empty):
                self.stop.wait(0.2)

    def listen(self, broker):
        for subject in self.SUBJECTS:
            broker.subscribe(subject)
        while not self.stop.is_set():
            now = time.monotonic()
            for at, message in [each for each in self.later if each[0] <= now]:
                self.later.remove((at, message))
                self.repeat(broker, message)
            try:
                message = broker.next(0.2)
            except queue.Empty:
                continue
            if message is None:
                raise OSError("the server is gone")
            if self.MARK in message.headers or self.draw.random() > 0.2:
                continue
            if self.draw.random() < 0.5:
                self.repeat(broker, message)
            else:
                self.later.append((now + self.draw.uniform(0, 14), message))
        broker.close()

    def repeat(self, broker, message):
        lines = (message.headers or b"NATS/1.0\r\n\r\n").removesuffix(b"\r\n").split(b"\r\n")
        # By its id the server would swallow it.
        kept = [line for line in lines if line and not line.lower().startswith(b"nats-msg-id")]
        headers = b"\r\n".join(kept) + b"\r\n" + self.MARK + b"\r\n"
        broker.publish(message.subject, message.body, message.reply, headers)
        self.repeated += 1
