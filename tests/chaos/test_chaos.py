"""Shows that each check after the chaos finds what it is there for, and that the town is told whole."""

import csv
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).parent
for folder in (HERE.parent / "stage", HERE.parent / "kills", HERE):
    sys.path.insert(0, str(folder))

import judge  # noqa: E402
import town  # noqa: E402
import verdict  # noqa: E402
from crowd import Upstream  # noqa: E402
from deeds import DEEDS, FROZEN_S  # noqa: E402
from wire import Fact  # noqa: E402

STREAM, OTHER, CLAIM = "ab" * 16, "ba" * 16, "cd" * 16


def event(partition, position, kind, cause="due", key="00", stream=STREAM, **fields):
    return {"partition": partition, "position": position, "kind": kind, "stream": stream, "cause": {"kind": cause, "id": key},
            "event": fields}


def story(*more, key="key-1"):
    """A log in two partitions: one claim that was registered and written to."""
    lines = [
        event(0, 1, "claim_registered", "fact", key, claim=CLAIM),
        event(0, 2, "escalated", number=1, expires_at="2024-03-20T10:00:00Z"),
        event(0, 3, "delivery_started", number=1, legs=[{"claim": CLAIM, "step": 0}], outcome_by="2024-03-20T10:01:00Z"),
        event(1, 1, "debtor_described", "fact", "key-2", stream=OTHER),
        *more,
    ]
    log = verdict.SharedLog()
    log.fold(lines)
    return log


DONE = event(0, 4, "outcome_recorded", report={"number": 1, "outcome": {"outcome": "accepted"}})
NOBODY = town.Debtor("C1", "+41790000001", "c1@town.example", ([], []), None, (0, 0))


def line(after_s=0.0, number=1, **other):
    """A message some seconds after second 100, at which the stop was acknowledged."""
    return {"escalation": f"{STREAM}-{number}", "to": "+41790000001", "channel": "sms", "wall_at": 100.0 + after_s,
            "taken": True} | other


class Promises(unittest.TestCase):
    def says(self, findings, words):
        found = list(findings)
        self.assertEqual(len(found), 1, found)
        self.assertIn(words, found[0])

    def after(self, stop, written, late=()):
        debtor = NOBODY._replace(stop=stop)
        return verdict.nothing_after_a_stop([written], [], {"C1": 100.0}, [debtor], set(late))

    def test_a_run_as_it_should_be_has_no_findings(self):
        log = story(DONE)
        self.assertEqual(log.findings, [])
        self.assertEqual(list(verdict.nothing_waits_for_ever(log, 2e9)), [])
        self.assertEqual(list(judge.nothing_is_lost(log, [], {"key-1": 0.0, "key-2": 0.0})), [])
        self.assertEqual(list(judge.every_contact_had_a_permit([line()], [], log)), [])
        self.assertEqual(list(verdict.log_is_whole({"finding_count": 0}, {"different": 0, "decisions": 3})), [])
        self.assertEqual(list(verdict.takeovers({0: 1}, {0: 2}, 1)), [])

    def test_promise_1_a_submission_twice_is_found(self):
        self.says(judge.no_escalation_twice([line(), line()], []), judge.DOUBLED)
        self.says(judge.no_escalation_twice([line()], [line()]), judge.DOUBLED)

    def test_promise_2_a_message_after_a_stop_is_found_once_start_within_is_over(self):
        for after_s, late in ((-5, False), (9.9, False), (10.1, True)):
            findings, apart = self.after("payment", line(after_s))
            self.assertEqual((bool(findings), apart), (late, 0), after_s)

    def test_promise_2_an_opt_out_forbids_its_own_channel_alone(self):
        for channel, late in (("sms", True), ("email", False), ("call", False), ("whatsapp", False)):
            findings, _ = self.after("opt_out sms", line(11, channel=channel))
            self.assertEqual(bool(findings), late, channel)

    def test_promise_2_what_is_on_record_as_late_is_counted_apart(self):
        log = story(DONE, event(0, 5, "delivery_late", number=1))
        self.assertEqual(self.after("cease", line(12), log.late), ([], 1))
        self.assertTrue(self.after("cease", line(12, number=2), log.late)[0])

    def test_a_message_to_a_stranger_is_found(self):
        findings, _ = self.after("payment", line(to="+41790009999"))
        self.assertIn("whom the town does not have", findings[0])

    def test_promise_3_a_permit_for_a_claim_that_was_stopped_is_found(self):
        log = verdict.SharedLog()
        log.fold([event(0, 1, "claim_registered", "fact", "k", claim=CLAIM), event(0, 2, "claim_settled", claim=CLAIM),
                  event(0, 3, "escalated", number=1, expires_at="2024-03-20T10:00:00Z"),
                  event(0, 4, "delivery_started", number=1, legs=[{"claim": CLAIM, "step": 0}], outcome_by="2024-03-20T10:01:00Z")])
        self.says(log.findings, "for a claim that was stopped")

    def test_promise_3_a_contact_without_a_permit_is_found(self):
        self.says(judge.every_contact_had_a_permit([line(number=2)], [], story(DONE)), "without a permit")

    def test_promise_4_lost_and_doubled_facts_are_found(self):
        self.says(judge.nothing_is_lost(story(DONE), [], {"key-3": 0.0}), "are not in the log")
        doubled = story(DONE, event(1, 2, "payment_received", "fact", "key-1", stream=OTHER))
        self.says(judge.nothing_is_lost(doubled, [], {"key-1": 0.0}), "more than once")

    def test_promise_4_a_permit_that_nobody_ends_is_found(self):
        self.says(verdict.nothing_waits_for_ever(story(), 2e9), "past their time without an outcome")
        self.assertEqual(list(verdict.nothing_waits_for_ever(story(), 1.7e9)), [])
        quarantined = story(DONE, event(1, 2, "stream_quarantined", stream=OTHER))
        self.says(verdict.nothing_waits_for_ever(quarantined, 2e9), "quarantine")

    def test_promise_4_a_gap_in_a_partition_is_found_and_another_partition_is_none(self):
        self.says(story(DONE, event(1, 3, "debtor_described", stream=OTHER)).findings, "partition 1: position 2")

    def test_promise_5_other_decisions_and_a_broken_chain_are_found(self):
        self.says(verdict.log_is_whole({"finding_count": 0}, {"different": 2, "decisions": 3}), verdict.DIFFERENT)
        self.says(verdict.log_is_whole({"finding_count": 1, "findings": ["x"]}, {"different": 0, "decisions": 3}), "not whole")
        self.says(verdict.log_is_whole({"finding_count": 0}, {"different": 0, "decisions": 0}), "checked nothing")

    def test_kills_without_a_takeover_and_an_epoch_that_fell_are_found(self):
        self.says(verdict.takeovers({0: 1, 1: 1}, {0: 1, 1: 1}, 2), "no partition changed hands")
        self.says(verdict.takeovers({0: 2, 1: 1}, {0: 1, 1: 5}, 2), "fell")
        self.assertEqual(list(verdict.takeovers({0: 1}, {0: 1}, 0)), [])


class Towns(unittest.TestCase):
    def test_every_fact_is_told_once_and_in_order(self):
        place = town.Town(80, 60, 3)
        begin = [f"b{number}" for number in range(sum(town.facts_of_row(row) for each in place.debtors for row in each.rows[0]))]
        stop = [f"s{number}" for number in range(sum(len(each.rows[1]) for each in place.debtors))]
        tellings = town.shared_out(place, begin, stop)
        self.assertEqual(sorted(fact for telling in tellings for fact in telling[2]), sorted(begin + stop))
        for each in place.debtors:
            mine = [telling for telling in tellings if telling[1] is each]
            self.assertEqual([telling[3] for telling in mine], [False, True][:len(mine)])
        with self.assertRaises(ValueError):
            town.shared_out(place, [*begin, "one more"], stop)

    def test_the_same_seed_makes_the_same_town_and_every_stop_comes(self):
        one, same = town.Town(80, 60, 3), town.Town(80, 60, 3)
        self.assertEqual([each.at for each in one.debtors], [each.at for each in same.debtors])
        self.assertEqual({each.stop for each in town.Town(400, 60, 3).debtors}, {None, *town.STOPS})

    def test_what_is_written_is_what_the_mapping_reads(self):
        with tempfile.TemporaryDirectory() as folder:
            town.Town(20, 60, 3).write(Path(folder))
            with open(Path(folder) / "begin.csv", encoding="utf-8") as file:
                self.assertEqual(sum(row["kind"] == "claim" for row in csv.DictReader(file)), 20)
            self.assertIn('source = "stop"', (Path(folder) / "stop.toml").read_text())


class Acknowledgements(unittest.TestCase):
    def test_only_what_was_recorded_counts_and_the_first_time_stays(self):
        upstream = Upstream([(0, NOBODY, [], False)])
        facts = [Fact(b"", "a", STREAM), Fact(b"", "b", STREAM)]
        upstream.noted(NOBODY, facts, True, ["recorded", "parked"])
        first = dict(upstream.acknowledged)
        upstream.noted(NOBODY, facts[:1], True, ["duplicate"])
        self.assertEqual(upstream.acknowledged, first)
        self.assertEqual(list(first), ["a"])

    def test_nothing_is_told_before_its_time(self):
        upstream = Upstream([(5, NOBODY, [], False)])
        self.assertIsNone(upstream.take(4))
        self.assertFalse(upstream.done.is_set())
        self.assertIsNotNone(upstream.take(6))
        self.assertIsNone(upstream.take(6))
        self.assertTrue(upstream.done.is_set())


    def test_nobody_pays_before_it_is_acknowledged_that_they_owe(self):
        upstream = Upstream([(1, NOBODY, ["owes"], False), (2, NOBODY, ["pays"], True)])
        self.assertEqual(upstream.take(9)[2], ["owes"])
        self.assertIsNone(upstream.take(9))
        upstream.told(NOBODY)
        self.assertEqual(upstream.take(9)[2], ["pays"])


class Seeds(unittest.TestCase):
    def test_who_is_frozen_wakes_up_with_rights_that_are_over(self):
        self.assertGreater(FROZEN_S["scheduler"][0], 5)
        self.assertGreater(FROZEN_S["worker"][0], verdict.START_WITHIN_S)
        self.assertTrue(all(share > 0 for share in DEEDS.values()))


if __name__ == "__main__":
    unittest.main()
