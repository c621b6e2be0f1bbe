"""Every role as a process of its own, on PostgreSQL and NATS that this run starts and ends.

Has the commands, the stand-in providers and their record from `Processes`; what is one process there is many here.
"""

import os
import shutil
import time
from collections import namedtuple
from pathlib import Path

from processes import Failed, Processes
from roles import Role
from servers import Nats, Postgres, tail

PARTITIONS = 16
SCHEDULERS, WORKERS = 3, 2
SETTINGS = """[log]
store = "postgres"
partitions = {partitions}

[postgres]
url = "{url}"
owner_url = "{owner_url}"
connections = 8
lease_ms = 5000

[nats]
servers = ["nats://127.0.0.1:{nats}"]

[listener]
port = 0
"""

# The folder of PostgreSQL's programs, and the program nats-server.
Programs = namedtuple("Programs", "postgres nats")


def find_programs(postgres=None, nats=None):
    """What was named, or what is installed; Failed with a sentence if something is missing."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    postgres = postgres or os.environ.get("MAHNWERK_TEST_POSTGRES_BIN") or (found[-1] if found else None)
    nats = nats or os.environ.get("MAHNWERK_TEST_NATS_SERVER_NEW") or newest_nats()
    if not postgres or not nats:
        raise Failed("PostgreSQL or nats-server is missing: run tests/with-servers --install")
    return Programs(postgres, nats)


def newest_nats():
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mahnwerk-tests"
    found = sorted(cache.glob("nats-server-*"))
    return found[-1] if found else shutil.which("nats-server", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


class Cluster(Processes):
    """Servers, roles and stand-in providers in one folder."""

    def __init__(self, binary, folder, programs, with_accounts=False):
        super().__init__(binary, folder)
        # PostgreSQL's user has to reach its own folder within.
        folder.chmod(0o711)
        self.shadow, self.roles = folder / "shadow", []
        self.postgres = self.nats = None
        self.programs, self.with_accounts = programs, with_accounts

    def start_servers(self):
        self.postgres = Postgres(self.programs.postgres, self.folder)
        self.nats = Nats(self.programs.nats, self.folder, self.with_accounts)

    def make_house(self, rulebook, change, more_settings=""):
        """Makes the shared log, and a folder of the same keys and rulebook that one process would own and nobody runs in.

        `change` gets the folder of the rulebook. The stand-in providers run by then.
        """
        self.command("init", "--dir", self.shadow, "--rulebook", rulebook)
        change(self.shadow / "rulebook")
        self.house.mkdir()
        shutil.copy(self.shadow / "keys", self.house / "keys")
        shutil.copytree(self.shadow / "rulebook", self.house / "rulebook")
        settings = SETTINGS.format(partitions=PARTITIONS, url=self.postgres.url("mahnwerk_app"),
                                   owner_url=self.postgres.url("mahnwerk_owner"), nats=self.nats.port)
        providers = (self.providers / "providers.toml").read_text()
        (self.house / "mahnwerk.toml").write_text(f"{settings}\n{more_settings}\n{providers}")
        self.command("init", "--dir", self.house, "--rulebook", rulebook)

    def start_roles(self, *counts):
        """Starts so many of each, given as (words, how many), and waits until each answers; gives them."""
        started = []
        for words, count in counts:
            started += [Role(self.binary, self.house, self.folder, number + 1, words, self.nats.login)
                        for number in range(count)]
        self.roles += started
        for role in started:
            role.start()
        for role in started:
            role.wait_until_it_answers()
        return started

    def of_kind(self, kind):
        return [role for role in self.roles if role.kind == kind]

    def those_who_should_run(self):
        """Fails if a role has ended that nobody has killed."""
        for role in self.roles:
            if role.wanted and not role.runs():
                raise Failed(f"{role.name} ended by itself with {role.process.returncode}; it said last:\n{tail(role.log)}")

    def kill_and_start_again(self, roles, away_s):
        """SIGKILL to all of them at one moment; seconds until each has come back, from when they were started again.

        Gives the moment of the kill as well, by the machine's clock.
        """
        killed_at = time.time()
        for role in roles:
            role.kill()
        time.sleep(away_s)
        began = time.monotonic()
        for role in roles:
            role.start()
        for role in roles:
            role.wait_until_it_answers()
        return killed_at, time.monotonic() - began

    def stop_roles(self):
        """Ends every role as an operator would, one after the other; the names of those that had to be killed.

        Schedulers go last: a worker that ends reports its last outcomes to them.
        """
        return [role.name for role in reversed(self.roles) if not role.stop()]

    def stop(self):
        slow = self.stop_roles()
        if slow:
            raise Failed(f"did not end when told to: {', '.join(slow)}")

    def close(self):
        for role in self.roles:
            role.wanted = False
            role.close()
        super().close()
        for server in (self.nats, self.postgres):
            if server is not None:
                server.stop()


def workers(*channels):
    """Two of each of these channels."""
    return [(["worker", channel], WORKERS) for channel in channels]


def draw_victims(cluster, draw, weights):
    """Which roles are killed together: one of a kind, such as `scheduler` or `worker`, or `all` that there are."""
    kind = draw.choices(list(weights), list(weights.values()))[0]
    if kind == "all":
        return "all", list(cluster.roles)
    victim = draw.choice([role for role in cluster.roles if role.words[0] == kind])
    return victim.name, [victim]
