"""The processes of the kill tests: a house with a made-up town, its tables, and providers who are in trouble.

What they do and what comes of it stands elsewhere.
"""

import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "stage"))

import behaviour  # noqa: E402
from listener import GONE, Listener, Refused  # noqa: E402, F401
from portfolio import LAST_DAY  # noqa: E402
from processes import Failed, Processes  # noqa: E402, F401

# Taken at most, over all channels; higher than what the stand-ins answer, so that permits are open at any time.
SETTINGS = "[listener]\nport = 0\n\n[worker]\nrate_per_second = 2000\nconcurrency = 64\n"


class Stage(Processes):
    """Everything that runs, in one folder."""

    def __init__(self, binary, folder):
        super().__init__(binary, folder)
        self.shadow = folder / "shadow"

    def set_up(self, portfolio, seed):
        """Makes the folder, a copy that nobody runs in, the tables, and starts the stand-in providers."""
        portfolio.write(self.folder)
        self.command("init", "--dir", self.house, "--rulebook", "municipality")
        (self.house / "mahnwerk.toml").write_text(SETTINGS)
        shutil.copytree(self.house, self.shadow)
        self.start_loopback(behaviour.troubled(seed))

    def start(self):
        """Starts Mahnwerk on the town's tables; seconds until it answers, and where."""
        table, mapping = self.folder / "portfolio.csv", self.folder / "portfolio.toml"
        return self.start_mahnwerk(
            "--clock", "virtual", "--until", LAST_DAY, "--feed", table, "--mapping", mapping,
            "--providers", self.providers / "providers.toml", "--wait-for-agent")
