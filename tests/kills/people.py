"""Those who act on a running Mahnwerk: an agent who works the call list, and an upstream system that states facts.

Both keep a record of their own, which outlives every kill: what was shown, what was acknowledged and when.
"""

import threading
import time
from collections import deque
from datetime import datetime
from random import Random

import wire
from stage import GONE, Listener, Refused

# Calls opened at once, so that some permits are open at any time.
PAGE = 12
TALK_S = (0.02, 0.15)
# Between two facts on one connection, at most.
PAUSE_S = 0.1


class Worker(threading.Thread):
    """Works against one life of the process and ends with it."""

    def __init__(self, address, token):
        super().__init__(daemon=True)
        self.listener = Listener(address, token)
        self.problem = None
        self.go_home = threading.Event()

    def run(self):
        try:
            self.work()
        except GONE:
            pass
        except Refused as refused:
            self.problem = str(refused)


class Agent(Worker):
    """Mostly reaches nobody; sometimes the right person, who promises, disputes or says nothing of use."""

    def __init__(self, name, address, token, shown, seed):
        super().__init__(address, token)
        self.agent, self.shown, self.seed = name, shown, seed

    def work(self):
        self.listener.json("POST", "/v1/calls/shift", {"agent": self.agent, "seconds": 3600})
        while not self.go_home.is_set():
            waiting = self.listener.json("GET", f"/v1/calls?state=waiting&limit={PAGE}&wait_s=1")
            if waiting:
                self.page({task["task"]: task["expires_at"] for task in waiting})

    def page(self, expiries):
        taken = self.listener.json("POST", "/v1/calls/take", {"agent": self.agent, "count": PAGE})
        ids = [lease["task"] for lease in taken]
        opened = self.listener.json("POST", "/v1/calls/open", {"agent": self.agent, "tasks": ids})
        calls = []
        for each in opened:
            call = (each.get("result") or {}).get("call")
            if call:
                self.shown.add(call["task"], call["number"])
                calls.append({"task": call["task"], **self.says(call["task"], expiries)})
        # The talk: permits are open meanwhile.
        time.sleep(Random(f"{self.seed} {ids}").uniform(*TALK_S))
        if calls:
            self.listener.json("POST", "/v1/calls/done", {"agent": self.agent, "calls": calls})

    def says(self, task, expiries):
        draw = Random(f"{self.seed} {task}")
        reach = draw.choices(["no_answer", "busy", "voicemail", "wrong_number", "right_party"], [70, 8, 8, 2, 12])[0]
        if reach != "right_party":
            return {"reach": reach}
        said = draw.choices(["promise", "nothing", "disputes", "opts_out"], [60, 25, 10, 5])[0]
        if said == "promise" and task in expiries:
            by = int(datetime.fromisoformat(expiries[task]).timestamp() * 1000)
            said = {"promise": {"amount_minor": 5_000, "due_at_ms": by}}
        return {"reach": reach, "said": "nothing" if said == "promise" else said}


class Upstream:
    """States facts until each is acknowledged, over as many lives of the process as that takes."""

    def __init__(self, facts):
        self.facts = facts
        self.lock = threading.Lock()
        self.waiting = deque(facts)
        self.acknowledged = {}
        self.again = 0

    def count(self):
        """Facts that there are to tell."""
        return len(self.facts)

    def quota(self, most):
        """How many may be told in one life, so that every kill meets some on their way."""
        return threading.Semaphore(most)


class Teller(Worker):
    """One connection of the upstream system in one life of the process."""

    def __init__(self, address, token, upstream, quota):
        super().__init__(address, token)
        self.upstream, self.quota = upstream, quota

    def work(self):
        mine = self.upstream
        while mine.waiting and not self.go_home.is_set() and self.quota.acquire(blocking=False):
            fact = mine.waiting.popleft()
            try:
                self.tell(fact)
            except GONE:
                # Nobody knows whether it was recorded: it is told again, first of all.
                mine.waiting.appendleft(fact)
                raise
            time.sleep(Random(fact.key).uniform(0, PAUSE_S))

    def tell(self, fact):
        status, answer = self.listener.facts(fact.entry)
        while status == 503:
            time.sleep(0.05)
            status, answer = self.listener.facts(fact.entry)
        became = wire.receipts(answer) if status == 200 else [f"{status} {answer!r}"]
        if became not in (["recorded"], ["duplicate"]):
            raise Refused(f"a fact that is right was answered with {became}")
        with self.upstream.lock:
            # Recorded before a kill, and the receipt not heard: told again, and recognised.
            self.upstream.again += became == ["duplicate"]
            self.upstream.acknowledged[fact.key] = time.time()
