"""The kills of one process that owns its log: the town is played to it by a virtual clock, and each kill ends everything."""

import time

import behaviour
from logbook import Logbook
from people import Agent, Teller, Upstream
from portfolio import LAST_DAY, facts_of
from stage import Failed, Stage
from trial import CONTACTS, FINISH_S, LIVE_PER_KILL, MOMENT_S, PATIENCE_S, Trial

TELLERS = 3
AGENTS = ["anna", "beat"]
COLUMNS = ["kill", "contacts", "events", "acked", "open permits", "of them left", "open before", "came back"]
ROW = "{:>4}  {:>8}  {:>6}  {:>6}  {:>12}  {:>13}  {:>12}  {:>9}"


def stage(args, folder):
    return Stage(args.bin, folder)


class One(Trial):
    """One run with its kills."""

    def __init__(self, args, stage):
        super().__init__(args, stage)
        stage.set_up(self.portfolio, args.seed)
        self.feed, live = self.caught("portfolio"), self.caught("live")
        expected = sum(map(facts_of, self.portfolio.rows))
        if len(self.feed) != expected:
            raise Failed(f"the feed has {len(self.feed)} facts in place of {expected}")
        self.upstream, self.logbook = Upstream(live), Logbook()
        self.told = list(zip(self.portfolio.live_rows, live, strict=True))
        self.workers = []

    def run(self):
        print(ROW.format(*COLUMNS))
        for number in range(1, self.kills + 1):
            self.kill(number, self.start())
        self.finish()
        self.summary()
        return list(self.findings(LAST_DAY))

    def start(self, facts=None):
        """Starts Mahnwerk and sends agents and upstream system to it; the seconds that it took to come back."""
        took_s, address = self.stage.start()
        token = self.stage.token()
        self.workers = [Agent(name, address, token, self.shown, self.seed) for name in AGENTS]
        if self.contacts() > 0:
            # Before the first contact the claims are not registered yet that these facts are about.
            quota = self.upstream.quota(LIVE_PER_KILL if facts is None else facts)
            self.workers += [Teller(address, token, self.upstream, quota) for _ in range(TELLERS)]
        for worker in self.workers:
            worker.start()
        return took_s

    def kill(self, number, came_back_s):
        """Waits for the drawn moment, kills, and counts what was open."""
        enough = self.contacts() + self.draw.randint(*CONTACTS)
        until = time.monotonic() + PATIENCE_S
        while self.contacts() < enough and time.monotonic() < until:
            if not self.stage.runs():
                raise Failed(f"the run ended before kill {number}: give it more debtors; see {self.stage.run_log.name}")
            time.sleep(0.005)
        time.sleep(self.draw.uniform(0, MOMENT_S))
        self.stage.kill()
        self.join()
        before = self.logbook.position
        self.logbook.fold(self.stage.events_from(before + 1))
        self.check_acknowledged(number)
        fresh, all_open = self.logbook.open_permits(before), self.logbook.open_permits()
        reached = {line["escalation"] for line in self.stage.record() + self.shown.lines}
        self.hit += bool(fresh)
        row = (number, self.contacts(), self.logbook.position, len(self.upstream.acknowledged), len(fresh),
               sum(attempt in reached for attempt in fresh), len(all_open) - len(fresh), f"{came_back_s:.2f} s")
        print(ROW.format(*row), flush=True)

    def check_acknowledged(self, number):
        lost = [key for key in self.upstream.acknowledged if self.logbook.keys[key] == 0]
        if lost:
            raise Failed(f"after kill {number} {len(lost)} acknowledged facts are not in the log, such as {lost[0]}")

    def join(self):
        for worker in self.workers:
            worker.go_home.set()
            worker.join(timeout=30)
            if worker.problem:
                raise Failed(worker.problem)

    def finish(self):
        """Lets the run come to its end, with calm providers and every fact told."""
        behaviour.calm(self.stage.control)
        self.start(facts=len(self.upstream.facts))
        until = time.monotonic() + FINISH_S
        while self.stage.runs():
            if time.monotonic() > until:
                raise Failed(f"the run did not come to its end within {FINISH_S} s after the last kill")
            for worker in self.workers:
                if worker.problem:
                    raise Failed(worker.problem)
            time.sleep(0.02)
        self.join()
        if self.stage.mahnwerk.returncode != 0:
            raise Failed(f"the last run ended with {self.stage.mahnwerk.returncode}; see {self.stage.run_log.name}")
        self.logbook.fold(self.stage.events_from(self.logbook.position + 1))
