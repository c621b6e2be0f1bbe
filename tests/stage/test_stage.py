"""Shows that what the suites share does what they count on."""

import shutil
import sys
import tempfile
import tomllib
import unittest
from collections import Counter
from pathlib import Path
from random import Random

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import behaviour  # noqa: E402
import rules  # noqa: E402
from cluster import Cluster, draw_victims, workers  # noqa: E402
from processes import Failed  # noqa: E402

RULEBOOK = HERE.parent.parent / "rulebook" / "municipality"


class Role:
    """A role without a process."""

    def __init__(self, name, *words, wanted=True, runs=True):
        self.name, self.words, self.wanted, self.alive = name, words, wanted, runs
        self.log = Path("/nonexistent")
        self.process = type("Process", (), {"returncode": 1})

    def runs(self):
        return self.alive

    def stop(self):
        self.alive = False
        return True


def cluster(*roles):
    return type("Stage", (), {"roles": list(roles)})


class Victims(unittest.TestCase):
    def test_a_kill_hits_one_of_a_kind_or_all(self):
        stage = cluster(Role("scheduler-1", "scheduler"), Role("scheduler-2", "scheduler"), Role("worker-sms-1", "worker", "sms"))
        draw, seen = Random(1), Counter()
        for _ in range(200):
            whom, victims = draw_victims(stage, draw, {"scheduler": 2, "worker": 1, "all": 1})
            self.assertEqual(len(victims), 3 if whom == "all" else 1)
            seen[whom] += 1
        self.assertEqual(set(seen), {"scheduler-1", "scheduler-2", "worker-sms-1", "all"})

    def test_an_end_that_nobody_asked_for_is_found_and_a_kill_is_not(self):
        killed, ended = Role("ingest-1", "ingest", wanted=False, runs=False), Role("ingest-2", "ingest", runs=False)
        Cluster.those_who_should_run(cluster(killed, Role("ingest-3", "ingest")))
        with self.assertRaisesRegex(Failed, "ingest-2 ended by itself"):
            Cluster.those_who_should_run(cluster(killed, ended))

    def test_schedulers_end_last(self):
        roles = [Role("scheduler-1", "scheduler"), Role("worker-sms-1", "worker", "sms")]
        roles[1].stop = lambda: roles[0].runs()
        self.assertEqual(Cluster.stop_roles(cluster(*roles)), [])
        roles[1].stop = lambda: not roles[0].runs()
        roles[0].alive = True
        self.assertEqual(Cluster.stop_roles(cluster(*roles)), ["worker-sms-1"])

    def test_each_channel_has_two_workers(self):
        self.assertEqual(workers("sms", "call"), [(["worker", "sms"], 2), (["worker", "call"], 2)])


class Files(unittest.TestCase):
    def test_the_rules_are_loosened_and_the_ladder_goes_round_once(self):
        with tempfile.TemporaryDirectory() as folder:
            rulebook = Path(folder) / "rulebook"
            shutil.copytree(RULEBOOK, rulebook)
            rules.loosen(rulebook, 3)
            policy = tomllib.loads((rulebook / "mahnwerk.toml").read_text())["tenant"][0]["policy"]
            self.assertEqual([window["name"] for window in policy["window"]], ["any-hour"])
            self.assertNotIn("cap", policy)
            steps = tomllib.loads((rulebook / "scenarios.toml").read_text())["scenario"][0]["step"]
            self.assertEqual([step["channel"] for step in steps], rules.CHANNELS)

    def test_every_stand_in_is_in_trouble(self):
        told = tomllib.loads(behaviour.troubled(7))
        self.assertEqual((told["seed"], set(told["behaviours"])), (7, set(behaviour.PROVIDERS)))


if __name__ == "__main__":
    unittest.main()
