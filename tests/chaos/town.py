"""A made-up town for the chaos: people who owe now, on four channels around the clock, and what they do about it.

Everything hangs on the seed. The tables are those of tests/kills, whose mapping makes facts of them.
"""

import csv
import sys
from collections import namedtuple
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

for folder in ("stage", "kills"):
    sys.path.insert(0, str(Path(__file__).parent.parent / folder))

from portfolio import COLUMNS, CREDITORS, MAPPING, facts_of, francs, stamp  # noqa: E402
from rules import CHANNELS  # noqa: E402

# Which of the two facts of a table: who they are and what they owe comes in one request, in this order.
Debtor = namedtuple("Debtor", "reference phone email rows stop at")
# What somebody does, and which channels it forbids from then on.
STOPS = {"payment": CHANNELS, "dispute": CHANNELS, "withdrawn": CHANNELS, "hold": CHANNELS, "cease": CHANNELS,
         "opt_out sms": ["sms"], "opt_out email": ["email"]}


class Town:
    """Debtors, the rows of both tables, and when in the run each is told."""

    def __init__(self, debtors, seconds, seed):
        draw = Random(f"chaos {seed}")
        now = datetime.now(UTC).replace(microsecond=0)
        self.debtors = [self.debtor(number, seconds, now, draw) for number in range(1, debtors + 1)]

    def debtor(self, number, seconds, now, draw):
        reference, phone, email = f"C{number:05}", f"+4179{number:07}", f"c{number}@town.example"
        base = {"at": stamp(now - timedelta(hours=1)), "debtor": reference}
        # Everybody is written to sooner or later: some begin with a number that nobody may call or text.
        reached = number % 4
        person = base | {"kind": "person", "name": f"Person {reference}", "zone": "Europe/Zurich", "language": "de",
                         "phone": phone if reached != 1 else "", "email": email, "messenger": phone if reached != 2 else "",
                         "consent": "yes" if reached != 2 else "no"}
        claim = base | {"kind": "claim", "claim": f"K{number:05}", "creditor": draw.choice(CREDITORS),
                        "amount": francs(draw.randint(2_000, 90_000)), "due": stamp(now - timedelta(days=1))}
        stop = draw.choices([None, *STOPS], [30, 30, 8, 4, 6, 6, 8, 8])[0]
        begins = draw.uniform(0, seconds * 0.6)
        stops = [] if stop is None else [self.stop(stop, base, claim, now)]
        at = (begins, draw.uniform(begins + 1, seconds * 0.95))
        return Debtor(reference, phone, email, ([person, claim], stops), stop, at)

    @staticmethod
    def stop(kind, base, claim, now):
        match kind.split():
            case ["payment"]:
                return base | {"kind": "payment", "claim": claim["claim"], "amount": claim["amount"]}
            case ["dispute" | "withdrawn"]:
                return base | {"kind": kind, "claim": claim["claim"]}
            case ["hold"]:
                return base | {"kind": "hold", "hold": f"H{base['debtor']}", "until": stamp(now + timedelta(days=9))}
            case ["opt_out", channel]:
                return base | {"kind": "opt_out", "channel": channel}
            case _:
                return base | {"kind": kind}

    def write(self, folder):
        """The tables `begin` and `stop`, each with a mapping of its own."""
        for index, name in enumerate(("begin", "stop")):
            with open(folder / f"{name}.csv", "w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, COLUMNS, restval="")
                writer.writeheader()
                writer.writerows(row for each in self.debtors for row in each.rows[index])
            text = MAPPING.read_text(encoding="utf-8").replace('source = "portfolio"', f'source = "{name}"')
            (folder / f"{name}.toml").write_text(text, encoding="utf-8")

    def owners(self):
        """Whose each address is."""
        return {address.lstrip("+"): each.reference for each in self.debtors for address in (each.phone, each.email)}


def facts_of_row(row):
    """How many facts the mapping makes of a row: each column with a contact point is one."""
    if row["kind"] != "person":
        return facts_of(row)
    return 1 + sum(bool(row[name]) for name in ("phone", "email", "messenger")) + (row["consent"] == "yes")


def shared_out(town, begin, stop):
    """The facts of each telling: (when, debtor, facts, whether it is a stop), in the order of the tables."""
    tellings, begin, stop = [], iter(begin), iter(stop)
    for each in town.debtors:
        count = sum(map(facts_of_row, each.rows[0]))
        tellings.append((each.at[0], each, [next(begin) for _ in range(count)], False))
        if each.rows[1]:
            tellings.append((each.at[1], each, [next(stop)], True))
    left = sum(1 for _ in begin) + sum(1 for _ in stop)
    if left:
        raise ValueError(f"the tables make {left} facts more than was thought")
    return sorted(tellings, key=lambda telling: telling[0])
