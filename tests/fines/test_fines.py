#!/usr/bin/env python3
"""Tests the scripts beside it: `python3 -m unittest discover tests/fines`.

A run that did everything right is made up from the table; check.py must pass it, and must find each single thing that is
then made wrong in it.
"""

import contextlib
import io
import json
import shutil
import subprocess
import sys
import tempfile
import tomllib
import unittest
from datetime import datetime, timedelta, timezone
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import check  # noqa: E402
import many  # noqa: E402
from fines import fold, read_rows  # noqa: E402

LADDER = ["call", "sms", "email", "social"]


def make(folder):
    """The small table and its contacts."""
    fines, contacts = folder / "fines.csv", folder / "contacts.csv"
    subprocess.run([sys.executable, HERE / "make_small.py", fines], check=True)
    subprocess.run([sys.executable, HERE / "make_contacts.py", fines, contacts], check=True)
    return fines, contacts


def perfect_export(cases):
    """What a run says that did everything right."""
    return [
        {
            "debtor_reference": case.reference,
            "claim_reference": case.reference,
            "owed_minor": max(case.owed, 0),
            "overpaid_minor": max(-case.owed, 0),
            "settled": case.owed <= 0,
            "closed": "withdrawn" if case.dismissed else "handed_over" if case.handed_over else None,
        }
        for case in cases.values()
    ]


def perfect_record(cases, contacts):
    """What providers and agents record of such a run: each rung a week after the one before, on a working day at six in the evening."""
    record = []
    for row in read_rows(contacts):
        case = cases[row["case"]]
        has = {"call": row["phone"], "sms": row["phone"], "email": row["email"],
               "social": row["messenger"] if row["messenger_consent"] == "yes" else ""}
        at = working_day(case.first_instant.astimezone(timezone.utc) + timedelta(days=65))
        for number, channel in enumerate((channel for channel in LADDER if has[channel]), 1):
            stops = [reason for instant, reason in case.stops if instant <= at]
            if stops[-1] is not None or any(instant > at and reason is None for instant, reason in case.stops[-1:]):
                break
            to = has[channel].removeprefix("+") if channel == "social" else has[channel]
            record.append({"received_at": at.isoformat().replace("+00:00", "Z"), "channel": channel, "to": to,
                           "escalation": f"{case.reference}-{number}", "taken": True, "verdict": "accept"})
            at = working_day(at + timedelta(days=7))
    return record


def working_day(at):
    """Six in the evening in summer, five in winter, on the same day or the next one that is open."""
    at = at.replace(hour=16, minute=0, second=0)
    while at.weekday() > 4 or f"{at:%m-%d}" in check.CLOSED.split(","):
        at += timedelta(days=1)
    return at


class Checks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.fines, cls.contacts = make(Path(cls.folder.name))
        cls.cases = fold(cls.fines)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def setUp(self):
        self.export = perfect_export(self.cases)
        self.record = perfect_record(self.cases, self.contacts)

    def run_check(self, *more):
        """Exit code and output of check.py over the export and the record as they are now."""
        folder = Path(self.folder.name)
        for name, entries in (("export", self.export), ("record", self.record)):
            text = "".join(json.dumps(entry) + "\n" for entry in entries)
            (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
        arguments = ["--fines", self.fines, "--contacts", self.contacts, "--log-export", folder / "export.jsonl",
                     "--record", folder / "record.jsonl", "--oddities", *more]
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            code = check.main([str(argument) for argument in arguments])
        return code, out.getvalue()

    def expect(self, finding, *more):
        code, out = self.run_check(*more)
        self.assertEqual(code, 1, out)
        self.assertIn(finding, out)

    def first_of(self, channel):
        return next(entry for entry in self.record if entry["channel"] == channel)

    def test_a_run_without_fault_passes(self):
        code, out = self.run_check()
        self.assertEqual(code, 0, out)
        self.assertNotRegex(out, r"(call|sms|email|social) 0\b")

    def test_the_table_is_the_same_for_a_seed_and_another_for_another(self):
        again = Path(self.folder.name) / "again.csv"
        for seed, same in (("1", True), ("2", False)):
            subprocess.run([sys.executable, HERE / "make_small.py", again, "--seed", seed], check=True)
            self.assertEqual(again.read_bytes() == self.fines.read_bytes(), same)

    def test_a_wrong_balance_is_found(self):
        self.export[0]["owed_minor"] += 1
        self.expect("WRONG: balance: 1")

    def test_a_wrong_overpayment_is_found(self):
        next(claim for claim in self.export if claim["overpaid_minor"])["overpaid_minor"] = 0
        self.expect("WRONG: balance: 1")

    def test_a_missing_and_a_strange_claim_are_found(self):
        self.export[0]["claim_reference"] = "Q1"
        self.expect("WRONG: case that is not in the run: 1")
        self.expect("WRONG: claim that is not in the table, or twice in the run: 1")

    def test_a_wrong_closure_is_found(self):
        next(claim for claim in self.export if claim["closed"] == "handed_over")["closed"] = None
        self.expect("WRONG: closure: 1")

    def test_a_settled_case_that_is_told_open_is_found(self):
        next(claim for claim in self.export if claim["settled"])["settled"] = False
        self.expect("WRONG: settled or not: 1")

    def contact_case(self, wanted, at_of):
        """Moves the first call of a case that will be stopped for a reason to a moment behind that stop."""
        for case in self.cases.values():
            stops = [instant for instant, reason in case.stops if reason == wanted]
            row = next(row for row in read_rows(self.contacts) if row["case"] == case.reference)
            if stops and case.stops[-1][1] == wanted and row["phone"]:
                at = working_day(at_of(stops[-1]).astimezone(timezone.utc))
                self.record.append({"received_at": at.isoformat(), "channel": "call", "to": row["phone"],
                                    "escalation": "x-1"})
                return
        self.fail(f"no case that ends {wanted}")

    def test_a_contact_behind_each_kind_of_stop_is_found(self):
        for wanted in ("settled", "dismissed", "handed over", "disputed"):
            with self.subTest(wanted):
                self.record = []
                self.contact_case(wanted, lambda stop: stop + timedelta(days=3))
                self.expect(f"WRONG: contact while {wanted}: 1")

    def test_a_contact_within_seconds_of_a_stop_is_let_pass_and_a_later_one_is_not(self):
        case = next(case for case in self.cases.values() if case.stops[-1][1] == "settled" and len(case.stops) > 1
                    and case.stops[-2][1] is None)
        findings = check.Findings()
        contact = type("Contact", (), {"at": case.stops[-1][0] + timedelta(seconds=9)})
        check.check_stops(case, [contact], findings)
        self.assertFalse(findings.counts)
        contact.at += timedelta(seconds=2)
        check.check_stops(case, [contact], findings)
        self.assertEqual(findings.counts["contact while settled"], 1)

    def test_a_contact_at_night_or_on_a_sunday_is_found(self):
        entry = self.first_of("sms")
        for clock in ("T05:29:00Z", "T19:00:00Z"):
            entry["received_at"] = entry["received_at"][:10] + clock
            self.expect("WRONG: contact outside the window: 1")
        self.setUp()
        self.expect("WRONG: contact outside the window", "--window", "sms=sun 08:00-20:00;mon-sat 08:00-20:00")

    def test_a_call_in_office_hours_and_a_message_on_a_holiday_are_found(self):
        call, sms = self.first_of("call"), self.first_of("sms")
        call["received_at"] = call["received_at"][:10] + "T10:00:00Z"
        self.expect("WRONG: contact outside the window: 1")
        sms["received_at"] = "2010-12-08T16:00:00Z"  # a Wednesday
        self.expect("WRONG: contact outside the window: 2")

    def test_the_window_is_the_zone_s_across_the_change_of_clocks(self):
        window = check.Window("mon-sat 08:00-20:00", "Europe/Rome")
        for at, is_open in [("2010-03-27T06:30:00Z", False), ("2010-03-29T06:30:00Z", True),
                            ("2010-03-29T05:59:59Z", False), ("2010-03-29T17:59:59Z", True),
                            ("2010-03-29T18:00:00Z", False), ("2010-03-28T10:00:00Z", False)]:
            contact = type("Contact", (), {"at": datetime.fromisoformat(at), "channel": "sms"})
            self.assertEqual(window.is_open(contact), is_open, at)

    def test_a_passed_cap_is_found(self):
        self.expect("WRONG: cap 1/8d passed", "--cap", "1/8d")
        self.expect("WRONG: cap 3/30d passed", "--cap", "3/30d")
        self.assertEqual(self.run_check("--cap", "sms=1/30d")[0], 0)

    def test_a_wrong_order_of_rungs_is_found(self):
        call, sms = (next(entry for entry in self.record if entry["channel"] == channel
                          and entry["to"] == self.first_of("sms")["to"]) for channel in ("call", "sms"))
        call["channel"], sms["channel"] = "sms", "call"
        self.expect("WRONG: rung taken before a lower one: 1")
        self.expect("WRONG: rung taken after a higher one: 1")
        code, out = self.run_check("--may-skip", "call")
        self.assertNotIn("before a lower one", out)

    def test_an_escalation_that_came_twice_is_found(self):
        self.record.append(dict(self.record[0]))
        self.expect("WRONG: escalation that was submitted twice: 1")

    def test_a_rung_without_contacts_is_found(self):
        self.record = [entry for entry in self.record if entry["channel"] != "social"]
        self.expect("WRONG: rung on which nobody was contacted: 1")

    def test_an_address_that_nobody_has_is_found(self):
        self.record[0]["to"] = "+390000000"
        self.expect("WRONG: submission to an address that nobody has: 1")

    def all_rungs(self):
        """A record of a run in which everything was due from the beginning, with three contacts at most."""
        _, points = check.read_contacts(self.contacts)
        rows = {row["case"]: row for row in read_rows(self.contacts)}
        column = {"call": "phone", "sms": "phone", "email": "email", "social": "messenger"}
        at = datetime(2030, 1, 1, tzinfo=timezone.utc)
        return [
            {"received_at": (at + timedelta(seconds=number)).isoformat(), "channel": channel, "to": rows[case.reference][column[channel]],
             "escalation": f"{case.reference}-{number}"}
            for case in self.cases.values() for number, channel in enumerate(check.rungs_of(case, points, LADDER, many.CAP))
        ]

    def test_where_all_was_due_at_once_a_missing_and_a_needless_contact_are_found(self):
        self.record = self.all_rungs()
        code, out = self.run_check(*many.RULES)
        self.assertEqual(code, 0, out)
        last = self.record.pop()
        self.expect("WRONG: other rungs than those that there are: 1", *many.RULES)
        self.record += [last, last | {"escalation": "another"}]
        self.expect("WRONG: other rungs than those that there are: 1", *many.RULES)
        self.assertTrue(any(case.stops[-1][1] for case in self.cases.values()))

    def test_the_rulebook_is_hurried_and_keeps_its_ladder_and_the_cap_of_a_week(self):
        with tempfile.TemporaryDirectory() as folder:
            rulebook = Path(folder) / "rulebook"
            shutil.copytree(HERE.parent.parent / "rulebook" / "fines", rulebook)
            many.hurry(rulebook)
            policy = tomllib.loads((rulebook / "mahnwerk.toml").read_text())["tenant"][0]["policy"]
            self.assertEqual([window["name"] for window in policy["window"]], ["any-hour"])
            self.assertEqual([(cap["max"], cap["within"]) for cap in policy["cap"]], [(many.CAP, "7d")])
            steps = tomllib.loads((rulebook / "scenarios.toml").read_text())["scenario"][0]["step"]
            self.assertEqual([(step["channel"], step["tries"], step["then_wait"]) for step in steps],
                             [(channel, 1, "1s") for channel in LADDER])

    def test_other_figures_are_found(self):
        self.expect("WRONG: figure of the table", "--figures", HERE / "figures.json")


if __name__ == "__main__":
    unittest.main()
