"""Shows that each check of the kill test finds the one thing that it is there for."""

import sys
import unittest
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parent.parent / "stage"))

import judge  # noqa: E402
import many  # noqa: E402
import wire  # noqa: E402
from logbook import LONG_MS, Logbook, SharedLog  # noqa: E402
from portfolio import FIRST_DAY, Portfolio, facts_of  # noqa: E402
from processes import Failed  # noqa: E402

STREAM, CLAIM = "ab" * 16, "cd" * 16
END = "2024-12-01"


class Story:
    """A log of one debtor with one claim, event by event."""

    def __init__(self):
        self.lines = []
        self.fact("claim_registered", "key-1", claim=CLAIM)

    def add(self, kind, cause="due", key="00", **event):
        self.lines.append({"position": len(self.lines) + 1, "kind": kind, "stream": STREAM,
                           "cause": {"kind": cause, "id": key}, "event": event})
        return self

    def fact(self, kind, key, **event):
        return self.add(kind, "fact", key, **event)

    def escalated(self, number=1):
        return self.add("escalated", number=number, expires_at="2024-03-20T10:00:00Z")

    def started(self, number=1):
        legs = [{"claim": CLAIM, "step": 0}]
        return self.add("delivery_started", "permit", number=number, legs=legs, outcome_by="2024-03-21T10:00:00Z")

    def accepted(self, number=1):
        return self.add("outcome_recorded", "outcome", report={"number": number, "outcome": {"outcome": "accepted"}})

    def log(self):
        book = Logbook()
        book.fold(self.lines)
        return book


def line(number=1, **other):
    return {"escalation": f"{STREAM}-{number}", "to": "+41790000001", "wall_at": 100.0, "taken": True} | other


class Checks(unittest.TestCase):
    def says(self, findings, words):
        found = list(findings)
        self.assertEqual(len(found), 1, found)
        self.assertIn(words, found[0])

    def test_a_run_as_it_should_be_has_no_findings(self):
        log = Story().escalated().started().accepted().add("ladder_ended", claim=CLAIM).log()
        self.assertEqual(log.findings, [])
        self.assertEqual(list(judge.no_escalation_twice([line()], [line(2)])), [])
        self.assertEqual(list(judge.every_contact_had_a_permit([line()], [], log)), [])
        self.assertEqual(list(judge.every_debtor_goes_on(log, END)), [])
        self.assertEqual(list(judge.nothing_is_lost(log, [wire.Fact(b"", "key-1", STREAM)], {"key-1": 0.0})), [])

    def test_an_escalation_twice_is_found_in_either_record_and_across_both(self):
        for record, shown in (([line(), line()], []), ([], [line(), line()]), ([line()], [line()])):
            self.says(judge.no_escalation_twice(record, shown), judge.DOUBLED)
        self.says(judge.no_escalation_twice([line(taken=False), line()], []), judge.DOUBLED)

    def test_a_message_without_a_name_is_found_unless_it_was_never_handed_over(self):
        self.says(judge.no_escalation_twice([line(escalation=None)], []), "name no escalation")
        self.assertEqual(list(judge.no_escalation_twice([line(escalation=None, taken=False)], [])), [])

    def test_a_contact_without_a_permit_is_found(self):
        log = Story().escalated().log()
        self.says(judge.every_contact_had_a_permit([line()], [], log), "without a permit")

    def test_lost_and_doubled_facts_are_found(self):
        story = Story().fact("payment_received", "key-2", claim=CLAIM)
        log = story.fact("payment_received", "key-2", claim=CLAIM).log()
        self.says(judge.nothing_is_lost(log, [], {"key-3": 0.0}), "facts that were acknowledged are not in the log")
        self.says(judge.nothing_is_lost(log, [wire.Fact(b"", "key-3", STREAM)], {}), "of the feed are not in the log")
        self.says(judge.nothing_is_lost(log, [], {"key-2": 0.0}), "more than once")

    def test_a_wrong_or_missing_balance_is_found(self):
        claims = [{"claim_reference": "R1", "owed_minor": 500}]
        self.assertEqual(list(judge.every_balance_is_right({"R1": 500}, claims)), [])
        self.says(judge.every_balance_is_right({"R1": 400}, claims), "500 in place of 400")
        self.says(judge.every_balance_is_right({"R2": 400}, claims), "None in place of 400")

    def test_what_is_stuck_is_found(self):
        self.says(judge.every_debtor_goes_on(Story().log(), END), "stuck on their ladder")
        settled = Story().escalated().started().add("claim_settled", claim=CLAIM).log()
        self.says(judge.every_debtor_goes_on(settled, END), "past their time")
        self.assertEqual(list(judge.every_debtor_goes_on(settled, "2024-03-21T09:00:00Z")), [])
        quarantined = Story().add("stream_quarantined", reason="x").add("ladder_ended", claim=CLAIM).log()
        self.says(judge.every_debtor_goes_on(quarantined, END), "quarantine")

    def test_each_stop_explains_why_nothing_more_comes(self):
        reasons = {"claim_settled": "settled", "claim_withdrawn": "closed", "dispute_opened": "disputed",
                   "ladder_ended": "ladder ended", "cease_requested": "contact ceased"}
        for kind, standing in reasons.items():
            self.assertEqual(Story().add(kind, claim=CLAIM).log().standing(CLAIM), standing)
        held = Story().add("hold_placed", hold="h", claim=None)
        self.assertEqual(held.log().standing(CLAIM), "on hold")
        self.assertEqual(held.add("hold_expired", hold="h").log().standing(CLAIM), "stuck")

    def test_a_permit_twice_or_after_a_stop_is_found_in_the_log(self):
        twice = Story().escalated().started().started().log()
        self.assertIn("when it was started", twice.findings[0])
        late = Story().escalated().add("claim_settled", claim=CLAIM).started().log()
        self.assertIn("for a claim that was stopped", late.findings[0])

    def test_a_gap_in_the_log_is_found(self):
        story = Story().escalated().started()
        del story.lines[1]
        self.assertIn("position 2 of the log is missing", story.log().findings)

    def test_a_contact_after_a_payment_is_found_once_start_within_is_over(self):
        owners = {"41790000001": "P1"}
        for wall_at, late in ((100.0, False), (109.0, False), (111.5, True), ("1970-01-01T00:01:52Z", True)):
            found = list(judge.nothing_after_a_payment([line(wall_at=wall_at)], [], {"P1": 100.0}, owners))
            self.assertEqual(bool(found), late, wall_at)

    def test_open_permits_are_counted_by_when_they_were_given(self):
        log = Story().escalated().started().log()
        self.assertEqual((len(log.open_permits()), len(log.open_permits(after=3))), (1, 0))
        log.fold([story for story in Story().escalated().started().accepted().lines if story["position"] == 4])
        self.assertEqual(log.open_permits(), [])


class Tables(unittest.TestCase):
    def test_the_same_seed_makes_the_same_town(self):
        one, same, other = Portfolio(40, 10, 3), Portfolio(40, 10, 3), Portfolio(40, 10, 4)
        self.assertEqual((one.rows, one.live_rows, one.owed), (same.rows, same.live_rows, same.owed))
        self.assertNotEqual(one.rows, other.rows)

    def test_what_is_owed_is_what_the_rows_say(self):
        town = Portfolio(40, 10, 3)
        self.assertEqual(sum(row["kind"] == "claim" for row in town.rows), len(town.owed))
        self.assertEqual(len(town.live_rows), 10)
        self.assertGreater(sum(map(facts_of, town.rows)), len(town.rows))


class Many(unittest.TestCase):
    """The same town, told in real time."""

    def told(self):
        town = Portfolio(40, 30, 3)
        self.starts = {each.reference: number for number, each in enumerate(town.people)}
        return town, many.told_at(town, self.starts, Random(3))

    def test_each_row_is_told_with_its_own_facts_and_in_the_order_of_its_time(self):
        town, seconds = self.told()
        rows = town.rows + town.live_rows
        facts = [f"{number}-{index}" for number, row in enumerate(rows) for index in range(facts_of(row))]
        tellings = many.shared_out(rows, seconds, facts)
        self.assertEqual(sorted(fact for _, telling in tellings for fact in telling[2]), sorted(facts))
        times = [telling[0] for _, telling in tellings]
        self.assertEqual(times, sorted(times))
        self.assertTrue(all(row["debtor"] == telling[1].reference for row, telling in tellings))
        with self.assertRaises(Failed):
            many.shared_out(rows, seconds, [*facts, "one more"])

    def test_nobody_pays_before_they_owe_and_all_is_told_within_the_days(self):
        town, seconds = self.told()
        claims = {row["claim"]: at for row, at in zip(town.rows, seconds) if row["kind"] == "claim"}
        for row, at in zip(town.rows + town.live_rows, seconds, strict=True):
            self.assertGreaterEqual(at, claims.get(row.get("claim"), 0))
            self.assertLess(at - self.starts[row["debtor"]], many.TOLD_DAYS * many.DAY_S)

    def test_every_instant_is_moved_to_where_its_person_is_in_the_run(self):
        town, _ = self.told()
        now = datetime(2026, 5, 1, tzinfo=UTC)
        before = [dict(row) for row in town.rows]
        many.into_real_time(town, self.starts, now)
        for row, old in zip(town.rows, before, strict=True):
            for name in {"at", "due", "until"} & row.keys():
                days = (datetime.fromisoformat(old[name]) - FIRST_DAY) / timedelta(days=1)
                moved_s = (datetime.fromisoformat(row[name]) - now).total_seconds()
                self.assertAlmostEqual(moved_s, self.starts[row["debtor"]] + days * many.DAY_S, delta=1)

    def test_who_is_put_off_for_long_is_not_stuck_and_who_is_put_off_for_a_moment_is(self):
        for delay_ms, standing in ((LONG_MS, "put off by a provider"), (1000, "stuck")):
            story = Story().escalated().started()
            story.add("outcome_recorded", report={"number": 1, "outcome": {"outcome": "deferred", "delay_ms": delay_ms}})
            log = SharedLog()
            log.fold({"partition": 3} | line for line in story.lines)
            self.assertEqual((log.standing(CLAIM), log.findings), (standing, []))


class Wire(unittest.TestCase):
    def test_a_batch_is_cut_into_facts_that_can_be_sent_alone(self):
        message = b"\x0a\x01t" + b"\x12\x10" + bytes([0xAB] * 16) + b"\x22\x10" + bytes([0xEF] * 16) + b"\x30\xac\x02"
        batch = b"\x0a" + wire.varint(len(message)) + message
        facts = wire.split(batch + batch)
        self.assertEqual([(fact.entry, fact.key, fact.stream) for fact in facts], [(batch, "ef" * 16, "ab" * 16)] * 2)

    def test_long_lengths_are_written_as_they_are_read(self):
        for value in (0, 127, 128, 300, 70_000):
            self.assertEqual(wire.read_varint(wire.varint(value), 0)[0], value)

    def test_receipts_are_read_in_order(self):
        self.assertEqual(wire.receipts(b"\x0a\x02\x08\x01\x0a\x02\x08\x02\x0a\x05\x08\x04\x12\x01x"),
                         ["recorded", "duplicate", "refused"])


if __name__ == "__main__":
    unittest.main()
