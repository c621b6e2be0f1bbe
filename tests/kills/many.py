"""The kills of many processes on PostgreSQL and NATS: the same town, told in real time; a kill ends one role, or all at once.

The database's clock is the time of a log that is shared, and nobody plays it: a day of a person's life is told within a
part of a second, people arrive as long as there are kills, and the rules are loosened so that a ladder is through within a
minute. Who is killed is drawn for each kill.
"""

import time
from collections import namedtuple
from datetime import UTC, datetime, timedelta
from random import Random

import behaviour
import judge
import rules
from cluster import SCHEDULERS, Cluster, draw_victims, find_programs, workers
from crowd import Agent, Teller, Upstream
from logbook import SharedLog
from portfolio import ARRIVAL_DAYS, FIRST_DAY, facts_of, stamp
from stage import Failed
from trial import CONTACTS, FINISH_S, MOMENT_S, PATIENCE_S, Trial

ROLES = [(["scheduler"], SCHEDULERS), (["ingest"], 1), *workers(*rules.CHANNELS)]
# Whom a kill hits.
WEIGHTS = {"scheduler": 4, "worker": 4, "ingest": 1, "all": 2}
SETTINGS = "[worker]\nrate_per_second = 400\nconcurrency = 32\n"
# Between two contacts of one person, and how long a killed role stays away.
PAUSE_S, AWAY_S = 3, (0.0, 2.0)
# A day of the tables, and how many they have at most; for how long people arrive.
DAY_S, TOLD_DAYS, ARRIVAL_S_PER_KILL = 0.35, 70, 10
TELLERS = 8
COLUMNS = ["kill", "whom", "contacts", "events", "acked", "open permits", "of them left", "came back"]
ROW = "{:>4}  {:<15}  {:>8}  {:>6}  {:>6}  {:>12}  {:>13}  {:>9}"
Debtor = namedtuple("Debtor", "reference")


def stage(args, folder):
    return Cluster(args.bin, folder, find_programs())


class Many(Trial):
    """One run with its kills."""

    def __init__(self, args, stage):
        super().__init__(args, stage)
        stage.start_servers()
        stage.start_loopback(behaviour.troubled(args.seed))
        stage.make_house("municipality", loosen, SETTINGS)
        draw = Random(f"told {args.seed}")
        starts = {each.reference: draw.uniform(0, ARRIVAL_S_PER_KILL * args.kills) for each in self.portfolio.people}
        tellings_at = told_at(self.portfolio, starts, draw)
        into_real_time(self.portfolio, starts, datetime.now(UTC))
        self.portfolio.write(stage.folder)
        self.feed, self.logbook = [], SharedLog()
        rows = self.portfolio.rows + self.portfolio.live_rows
        tellings = shared_out(rows, tellings_at, self.caught("portfolio") + self.caught("live"))
        self.upstream = Upstream([telling for _, telling in tellings])
        self.told = [(row, telling[2][0]) for row, telling in tellings if len(telling[2]) == 1]
        self.open_before = set()

    def run(self):
        stage = self.stage
        stage.start_roles(*ROLES)
        self.began = time.monotonic()
        self.tellers = [Teller(self.upstream, stage.of_kind("ingest"), self.began, number) for number in range(TELLERS)]
        self.agents = [Agent(f"agent-{number}", desk, self.shown, self.seed)
                       for number, desk in enumerate(stage.of_kind("worker-call"))]
        for thread in (*self.tellers, *self.agents):
            thread.start()
        print(ROW.format(*COLUMNS))
        for number in range(1, self.kills + 1):
            self.kill(number)
        self.finish()
        self.summary()
        return list(self.findings(datetime.now(UTC).isoformat()))

    def kill(self, number):
        """Waits for the drawn moment, kills whoever was drawn, and counts what was open."""
        enough = self.contacts() + self.draw.randint(*CONTACTS)
        until = time.monotonic() + PATIENCE_S
        while self.contacts() < enough and time.monotonic() < until:
            self.check()
            time.sleep(0.02)
        time.sleep(self.draw.uniform(0, MOMENT_S))
        whom, victims = draw_victims(self.stage, self.draw, WEIGHTS)
        acknowledged = list(self.upstream.acknowledged)
        killed_at, came_back_s = self.stage.kill_and_start_again(victims, self.draw.uniform(*AWAY_S))
        then = self.read_log(killed_at)
        lost = [key for key in acknowledged if self.logbook.keys[key] == 0]
        if lost:
            raise Failed(f"after kill {number} {len(lost)} acknowledged facts are not in the log, such as {lost[0]}")
        still_open = set(then.open_permits())
        fresh = still_open - self.open_before
        self.open_before |= still_open
        self.hit += bool(fresh)
        reached = {line["escalation"] for line in self.stage.record() + self.shown.lines}
        row = (number, whom, self.contacts(), self.logbook.events, len(acknowledged), len(fresh), len(fresh & reached),
               f"{came_back_s:.2f} s")
        print(ROW.format(*row), flush=True)
        self.hold_back(number)

    def hold_back(self, number):
        """On a slow machine nobody arrives ahead of the kills: there is work left at the last one."""
        ahead_s = time.monotonic() - self.began - number * ARRIVAL_S_PER_KILL
        if ahead_s > 0:
            self.began += ahead_s
            for teller in self.tellers:
                teller.began = self.began

    def read_log(self, until=0):
        """Reads the log as it stands; gives what of it was decided by an instant."""
        lines = self.stage.events_from(1)
        self.logbook, then = SharedLog(), SharedLog()
        self.logbook.fold(lines)
        then.fold(line for line in lines if judge.seconds(line["at"]) <= until)
        return then

    def check(self):
        self.stage.those_who_should_run()
        problem = next((teller.problem for teller in self.tellers if teller.problem), None)
        if problem:
            raise Failed(problem)

    def finish(self):
        """Lets the run come to its end, with calm providers and every fact told, and ends the roles."""
        behaviour.calm(self.stage.control)
        until = time.monotonic() + FINISH_S
        while any(teller.is_alive() for teller in self.tellers) or self.goes_on():
            if time.monotonic() > until:
                raise Failed(f"the run did not come to its end within {FINISH_S} s after the last kill: {self.goes_on()}")
            self.check()
            time.sleep(1)
        for agent in self.agents:
            agent.go_home.set()
        self.stage.stop()
        self.read_log()

    def goes_on(self):
        """What is under way by the log, in a sentence; None if everybody is at an end or at a stop."""
        self.read_log()
        log = self.logbook
        under_way = sum(state in ("emitted", "started") for state, _ in log.attempts.values())
        stuck = sum(log.standing(claim) == "stuck" for claim in log.claims)
        return f"{under_way} attempts are under way, {stuck} claims on their ladder" if under_way or stuck else None


def loosen(rulebook):
    # A permit whose worker is gone is open for a minute, the shortest time that a rulebook may name.
    rules.loosen(rulebook, PAUSE_S, patience="1m", outcome_within="1m")


def after_s(instant, start_s):
    """When that is in the run of somebody who starts so late, in seconds from its beginning."""
    return start_s + (datetime.fromisoformat(instant) - FIRST_DAY) / timedelta(days=1) * DAY_S


def told_at(portfolio, starts, draw):
    """After how many seconds each row is told; payments that come in over the listener come at any time of a life."""
    told = [after_s(row["at"], starts[row["debtor"]]) for row in portfolio.rows]
    return told + [starts[row["debtor"]] + draw.uniform(1, TOLD_DAYS - ARRIVAL_DAYS) * DAY_S for row in portfolio.live_rows]


def into_real_time(portfolio, starts, now):
    """Moves every instant of both tables into the run that begins now."""
    for row in portfolio.rows + portfolio.live_rows:
        for name in {"at", "due", "until"} & row.keys():
            row[name] = stamp(now + timedelta(seconds=after_s(row[name], starts[row["debtor"]])))


def shared_out(rows, seconds, facts):
    """Each row with its telling, in the order in which they are told: (when, debtor, facts, whether it is a stop)."""
    facts, tellings = iter(facts), []
    for row, at in zip(rows, seconds, strict=True):
        tellings.append((row, (at, Debtor(row["debtor"]), [next(facts) for _ in range(facts_of(row))], False)))
    left = sum(1 for _ in facts)
    if left:
        raise Failed(f"the tables make {left} facts more than was thought")
    return sorted(tellings, key=lambda each: each[1][0])
