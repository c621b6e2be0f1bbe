"""A town for the tests at the doors: many debtors with a phone, who are written to again and again around the clock.

Rules as an operator would never have them, so that permits are given at every moment. Everything is made up.
"""

import csv
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "stage"))

import rules  # noqa: E402

TENANT = "gemeinde-musterwil"
OWED = "100.00"
MAPPING = f"""tenant = "{TENANT}"
source = "town"
id = ["reference"]
instant = "now"
currency = "CHF"
debtor = {{ column = "reference" }}
claim = {{ column = "claim" }}

[[fact]]
kind = "debtor_described"
name = {{ column = "name" }}
zones = "Europe/Zurich"
language = "de"

[[fact]]
kind = "contact_point_added"
point_kind = "phone"
value = {{ column = "phone" }}
confidence = 90

[[fact]]
kind = "claim_registered"
creditor = "steueramt"
principal = {{ column = "owed" }}
due_after = {{ column = "due_after" }}
"""
STEP = """
[[scenario.step]]
name = "sms-{number}"
channel = "sms"
template = "sms-callback"
priority = 20
tries = 20
retry_after = "{pause_s}s"
then_wait = "{pause_s}s"
patience = "1d"
outcome_within = "5m"
cost = "0.10"
"""


def reference(number):
    return f"T-{number:06}"


def claim(number):
    return f"C-{number:06}"


def phone(number):
    """Swiss numbers of a range that is not given out."""
    return f"+41790{number:06}"


def write_tables(folder, people, spread_s, phones=phone):
    """The table and its mapping; claims fall due evenly over `spread_s` seconds, `phones` says who has which number."""
    with open(folder / "town.csv", "w", newline="") as table:
        rows = csv.writer(table)
        rows.writerow(["reference", "claim", "name", "phone", "owed", "due_after"])
        for number in range(people):
            due_after = f"{number * spread_s // people}s"
            rows.writerow([reference(number), claim(number), f"Person {number}", phones(number), OWED, due_after])
    (folder / "town.toml").write_text(MAPPING)
    return folder / "town.csv", folder / "town.toml"


def loosen_rules(rulebook, pause_s):
    """Text messages around the clock, every `pause_s` seconds, 160 times; no cap, no quiet hour."""
    rules.around_the_clock(rulebook, r'consent = \["social"\]', "consent = []")
    ladder = '[[scenario]]\nid = "standard"\nbegins_after_due = "0d"\n'
    ladder += "".join(STEP.format(number=number, pause_s=pause_s) for number in range(8))
    (rulebook / "scenarios.toml").write_text(ladder)
    for template in (rulebook / "templates" / "shared").iterdir():
        if not template.name.startswith("sms-"):
            template.unlink()
