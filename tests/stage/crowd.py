"""Those who act on the running roles: an upstream system that states facts until each is acknowledged, and agents.

Both outlive every kill, and keep records of their own: what was acknowledged and when, and every number that was shown.
"""

import threading
import time
from collections import Counter
from random import Random

import wire
from listener import GONE, Listener, Refused

# A frozen process answers nobody; whoever asks gives up and asks another one, with the same fact.
ANSWER_S = 8
PAUSE_S = 0.1
PAGE = 6
SETTLED = ("recorded", "duplicate")


class Upstream:
    """What is told, and what was acknowledged when, by our own clock."""

    def __init__(self, tellings):
        self.tellings, self.waiting, self.lock = tellings, list(tellings), threading.Lock()
        self.under_way, self.acknowledged, self.stopped = set(), {}, {}
        self.answers = Counter()
        self.done = threading.Event()

    def take(self, elapsed_s):
        """The next telling whose time has come; None if there is none yet.

        Of one debtor nothing is told before all that was earlier is acknowledged: nobody pays before they owe.
        """
        with self.lock:
            if not self.waiting:
                self.done.set()
            for place, (at, debtor, *_) in enumerate(self.waiting):
                if at > elapsed_s:
                    return None
                if debtor.reference not in self.under_way:
                    self.under_way.add(debtor.reference)
                    return self.waiting.pop(place)
            return None

    def noted(self, debtor, facts, is_stop, answer):
        now = time.time()
        with self.lock:
            for fact, became in zip(facts, answer, strict=True):
                self.answers[became] += 1
                if became in SETTLED:
                    self.acknowledged.setdefault(fact.key, now)
            if is_stop:
                self.stopped.setdefault(debtor.reference, now)

    def told(self, debtor):
        """All of a telling is acknowledged, and the debtor's next may go."""
        with self.lock:
            self.under_way.discard(debtor.reference)

    def count(self):
        """Facts that there are to tell."""
        return sum(len(telling[2]) for telling in self.tellings)

    @property
    def again(self):
        """Facts that were recognised, after an answer that nobody heard or since they were told twice."""
        return self.answers["duplicate"]


class Teller(threading.Thread):
    """One connection of the upstream system: to whichever ingest answers."""

    def __init__(self, upstream, ingests, began, seed):
        super().__init__(daemon=True)
        self.upstream, self.ingests, self.began, self.draw = upstream, ingests, began, Random(f"teller {seed}")
        self.go_home, self.problem = threading.Event(), None

    def run(self):
        while not self.go_home.is_set() and not self.problem:
            telling = self.upstream.take(time.monotonic() - self.began)
            if telling is None:
                if self.upstream.done.is_set():
                    return
                self.go_home.wait(PAUSE_S)
                continue
            if not self.tell(*telling[1:]):
                return
            self.upstream.told(telling[1])

    def tell(self, debtor, facts, is_stop):
        """Tells until all of it is acknowledged, and sometimes once more, as upstream systems do."""
        again = self.draw.random() < 0.1
        while not self.go_home.is_set():
            answer = self.once(b"".join(fact.entry for fact in facts))
            if answer is not None:
                wrong = [became for became in answer if became not in SETTLED]
                if wrong:
                    self.problem = f"a fact that is right was answered with {wrong[0]}"
                    return False
                self.upstream.noted(debtor, facts, is_stop, answer)
                if not again:
                    return True
                again = False
            else:
                self.go_home.wait(PAUSE_S)
        return False

    def once(self, batch):
        """The receipts, or None where nobody knows what became of it."""
        role = self.draw.choice(self.ingests)
        try:
            address = role.address()
            if address is None:
                return None
            listener = Listener(address, role.token())
            listener.connection.timeout = ANSWER_S
            status, text = listener.facts(batch)
            listener.connection.close()
        except (*GONE, ValueError):
            return None
        if status == 200:
            return wire.receipts(text)
        if status < 500 and status != 429:
            self.problem = f"a request that is right was answered with {status} {text[:200]!r}"
        return None


class Shown:
    """Every number that an agent was shown: the record of calls, as the providers' record is that of messages."""

    def __init__(self):
        self.lock, self.lines = threading.Lock(), []

    def add(self, task, number):
        with self.lock:
            self.lines.append({"escalation": task, "to": number, "channel": "call", "wall_at": time.time()})

    def count(self):
        with self.lock:
            return len(self.lines)


class Agent(threading.Thread):
    """Works one call desk, over as many lives of it as there are; reaches nobody most of the time."""

    def __init__(self, name, role, shown, seed):
        super().__init__(daemon=True)
        self.agent, self.role, self.shown, self.draw = name, role, shown, Random(f"agent {name} {seed}")
        self.go_home = threading.Event()
        self.refusals = Counter()

    def run(self):
        while not self.go_home.is_set():
            try:
                self.work()
            except (*GONE, ValueError):
                pass
            except Refused as refused:
                self.refusals[str(refused)[:120]] += 1
            self.go_home.wait(0.5)

    def work(self):
        address = self.role.address()
        if address is None:
            return
        desk = Listener(address, self.role.token())
        desk.connection.timeout = 30
        desk.json("POST", "/v1/calls/shift", {"agent": self.agent, "seconds": 3600})
        while not self.go_home.is_set():
            if desk.json("GET", f"/v1/calls?state=waiting&limit={PAGE}&wait_s=1"):
                self.page(desk)

    def page(self, desk):
        leases = desk.json("POST", "/v1/calls/take", {"agent": self.agent, "count": PAGE})
        opened = desk.json("POST", "/v1/calls/open", {"agent": self.agent, "tasks": [lease["task"] for lease in leases]})
        calls = []
        for each in opened:
            call = (each.get("result") or {}).get("call")
            if call:
                self.shown.add(call["task"], call["number"])
                calls.append({"task": call["task"], "reach": self.draw.choice(["no_answer", "busy", "voicemail"])})
        self.go_home.wait(self.draw.uniform(0.02, 0.3))
        if calls:
            desk.json("POST", "/v1/calls/done", {"agent": self.agent, "calls": calls})
