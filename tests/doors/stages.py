"""Where the doors stand: in one process that has all roles, or in an `ingest` of many on PostgreSQL and NATS.

What goes through them, and what must come of it, is the same. Leaves out who is written to and who pays.
"""

import sys
import time
from collections import namedtuple
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "stage"))

import town  # noqa: E402
from cluster import SCHEDULERS, Cluster, draw_victims, find_programs, workers  # noqa: E402
from processes import Processes  # noqa: E402

INGESTS = 2
# Whom a kill hits: mostly what stands between a webhook's arrival and its answer.
WEIGHTS = {"ingest": 4, "scheduler": 3, "all": 2}
AWAY_S = (0.0, 2.0)
# A way in: where it listens while it runs, else None; and what its folder's token is.
Door = namedtuple("Door", "address token")


def stage_of(args, folder):
    """One process, or many if `--many` was said."""
    if args.many:
        return Many(args.bin, folder, find_programs())
    return One(args.bin, folder)


class One(Processes):
    """One process that owns its log."""

    def prepare(self, people, spread_s, pause_s, settings="", told=""):
        """Makes the town and starts the stand-in providers; `told` is what the process is told of them besides."""
        self.command("init", "--dir", self.house, "--rulebook", "municipality")
        (self.house / "mahnwerk.toml").write_text(f"[listener]\nport = 0\n{settings}")
        town.loosen_rules(self.house / "rulebook", pause_s)
        take_in(self, people, spread_s)
        self.start_loopback("seed = 1\n")
        self.told = self.folder / "providers.toml"
        self.told.write_text((self.providers / "providers.toml").read_text() + told)

    def start(self):
        took_s, self.address = self.start_mahnwerk("--providers", self.told)
        return took_s

    def doors(self):
        return [Door(lambda: self.address, self.token())]

    def must_run(self):
        return self.runs()

    def kill_somebody(self, _draw):
        """Kills it and starts it again; who that was, and how long it took to come back."""
        self.address = None
        self.kill()
        time.sleep(0.3)
        return "all", self.start()


class Many(Cluster):
    """Three schedulers, two ingests, two workers of the channel that the town is written to on."""

    def prepare(self, people, spread_s, pause_s, settings="", told=""):
        self.start_servers()
        self.start_loopback("seed = 1\n")
        self.make_house("municipality", lambda rulebook: town.loosen_rules(rulebook, pause_s), settings + told)
        # Facts go through roles that run; nobody is written to before the workers are there.
        self.start_roles((["scheduler"], SCHEDULERS), (["ingest"], INGESTS))
        take_in(self, people, spread_s)

    def start(self):
        self.start_roles(*workers("sms"))

    def doors(self):
        return [Door(lambda role=role: role.address() if role.runs() else None, role.token())
                for role in self.of_kind("ingest")]

    def must_run(self):
        self.those_who_should_run()
        return True

    def kill_somebody(self, draw):
        whom, victims = draw_victims(self, draw, WEIGHTS)
        _, came_back_s = self.kill_and_start_again(victims, draw.uniform(*AWAY_S))
        return whom, came_back_s


def take_in(stage, people, spread_s):
    """Everybody in the town owes something, falling due evenly over `spread_s`."""
    table, mapping = town.write_tables(stage.folder, people, spread_s)
    stage.command("import", "--dir", stage.house, table, "--mapping", mapping)
