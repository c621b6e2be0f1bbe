#!/usr/bin/env python3
"""Makes up a small table of fines of the same shape as the public one: `make_small.py OUT [--cases N] [--seed S]`.

Nothing is copied from the public table; the cases follow the procedure that it describes. Whatever the seed, the first
cases hold every oddity that a run has to get right: events at the same instant, too much paid, settled and later owing
again (for a while and to the end), dismissals on each kind of row, handover, appeals with and without a result,
a payment of zero, a stated total that is wrong.
"""

import argparse
import csv
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from fines import COLUMNS

ZONE = ZoneInfo("Europe/Rome")
FIRST_DAY = date(2010, 1, 4)
DAYS_OF_ARRIVAL = 360


class Case:
    """Writes the rows of one case, in order."""

    def __init__(self, reference, day):
        self.reference = reference
        self.day = day
        self.paid = 0
        self.rows = []

    def row(self, activity, after=0, **values):
        """Adds an event some days after the one before."""
        self.day += timedelta(days=after)
        instant = datetime.combine(self.day, time(0), ZONE).isoformat()
        self.rows.append({"case": self.reference, "activity": activity, "timestamp": instant, **values})
        return self

    def create(self, amount, dismissal="NIL"):
        return self.row("Create Fine", amount=euros(amount), total_payment_amount="0.0", dismissal=dismissal,
                        article="157", points="0", vehicle_class="A")

    def send(self, expense, after=90):
        return self.row("Send Fine", after, expense=euros(expense))

    def notify(self, after=20):
        return self.row("Insert Fine Notification", after, notification_type="P", last_sent="P")

    def penalty(self, amount, after=60):
        return self.row("Add penalty", after, amount=euros(amount))

    def pay(self, amount, after, stated=None):
        self.paid += amount
        stated = self.paid if stated is None else stated
        return self.row("Payment", after, payment_amount=euros(amount), total_payment_amount=euros(stated))

    def collect(self, after=400):
        return self.row("Send for Credit Collection", after)


def euros(minor):
    """Cents as the public table writes them: no needless zero behind the first decimal."""
    whole, rest = divmod(minor, 100)
    return f"{whole}.{rest:02d}".removesuffix("0") if rest % 10 == 0 else f"{whole}.{rest:02d}"


def oddities(case):
    """One case for each thing that is easy to get wrong; `case` makes the next one."""
    yield case().create(3500).send(1100, after=0).notify().penalty(7150)  # two events at one instant
    yield case().create(3500).send(1100).notify(0).penalty(7150, 0).pay(8250, 0)  # five at one instant
    yield case().create(3600).send(1300).pay(6000, 30)  # too much
    yield case().create(3600).pay(3600, 10).send(1300).notify().pay(1300, 30)  # settled, owes, settled
    yield case().create(3600).pay(3600, 10).send(1300).notify().penalty(7400)  # settled, owes to the end
    yield case().create(3600).pay(3600, 10).send(1300)  # settled, owes the postage to the end
    yield case().create(4000).pay(0, 15).send(1000)  # a payment of nothing
    yield case().create(4000).send(1000).pay(2000, 20, stated=2500).notify()  # the stated total is wrong
    yield case().create(2200, dismissal="T")  # dismissed at once
    yield case().create(2200, dismissal="@").send(900)  # dismissed, and postage behind it
    yield (case().create(5000).send(1000).notify().row("Insert Date Appeal to Prefecture", 20)
           .penalty(10000, 40).row("Send Appeal to Prefecture", 5, dismissal="#"))
    yield case().create(5000).send(1000).notify().row("Appeal to Judge", 30, dismissal="G").penalty(10000, 30)
    yield case().create(5000).send(1000).notify().row("Appeal to Judge", 30, dismissal="NIL").penalty(10000, 30)
    yield (case().create(5000).send(1000).notify().row("Insert Date Appeal to Prefecture", 20)
           .row("Send Appeal to Prefecture", 15, dismissal="NIL").penalty(10000, 25)
           .row("Receive Result Appeal from Prefecture", 60).row("Notify Result Appeal to Offender", 20))
    yield (case().create(5000).send(1000).notify().row("Insert Date Appeal to Prefecture", 20).penalty(10000, 40)
           .row("Send Appeal to Prefecture", 3, dismissal="NIL").row("Receive Result Appeal from Prefecture", 60)
           .pay(11000, 30))
    yield case().create(3300).send(1200).notify().penalty(6600).collect()  # handed over
    yield case().create(3300).send(1200).notify().penalty(6600).pay(3000, 40).collect()  # after a part was paid
    yield case().create(3300).send(1200).notify().pay(3300, 10).penalty(6600).pay(4500, 200)  # in parts
    yield case().create(3300).pay(3300, 0)  # paid at the instant of its creation


def ordinary(case, random):
    """A case that goes one of the common ways."""
    amount = random.randrange(2000, 15000, 50)
    expense = random.randrange(800, 1800)
    way = random.random()
    made = case().create(amount)
    if way < 0.30:
        return made.pay(amount, random.randint(1, 55))
    made.send(expense, random.randint(60, 130))
    if way < 0.45:
        return made
    if way < 0.50:
        return made.pay(amount + expense, random.randint(5, 60))
    made.notify(random.randint(8, 40)).penalty(amount * 2, 60)
    if way < 0.65:
        return made.pay(amount * 2 + expense, random.randint(20, 300))
    if way < 0.72:
        made.pay(amount, random.randint(20, 200))
        return made.pay(amount + expense, random.randint(20, 200))
    return made.collect(random.randint(300, 500)) if way < 0.90 else made


def cases(count, seed):
    """The cases, in the order of their numbers."""
    random = Random(seed)
    numbers = iter(range(1, count + 1))

    def case():
        day = FIRST_DAY + timedelta(days=random.randrange(DAYS_OF_ARRIVAL))
        return Case(f"Z{next(numbers)}", day)

    made = list(oddities(case))
    return made + [ordinary(case, random) for _ in range(count - len(made))]


def main():
    parser = argparse.ArgumentParser(description="Makes up a small table of fines.")
    parser.add_argument("out", help="where to write the CSV")
    parser.add_argument("--cases", type=int, default=300, help="how many cases (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="another seed, another table (default: %(default)s)")
    options = parser.parse_args()
    if options.cases < 20:
        parser.error("--cases must be 20 or more, so that each oddity has its case")
    with open(options.out, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        for case in cases(options.cases, options.seed):
            writer.writerows(case.rows)


if __name__ == "__main__":
    main()
