"""Reads a table of traffic fines and folds it, independently of Mahnwerk.

What is owed on a case is the last amount and all expenses, less the payments, in the order of the file.
Amounts are whole cents throughout.
"""

import csv
import gzip
import io
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

COLUMNS = [
    "case", "activity", "timestamp", "amount", "expense", "payment_amount", "total_payment_amount",
    "dismissal", "notification_type", "last_sent", "article", "points", "vehicle_class",
]
APPEALS = {"Insert Date Appeal to Prefecture", "Send Appeal to Prefecture", "Appeal to Judge"}
RESULTS = {"Receive Result Appeal from Prefecture", "Notify Result Appeal to Offender"}


def open_text(path):
    """Opens a table, gzipped or not, which its first bytes say."""
    with open(path, "rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    raw = gzip.open(path, "rb") if zipped else open(path, "rb")
    return io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")


def read_rows(path):
    """Yields the rows of a table as dictionaries."""
    with open_text(path) as text:
        yield from csv.DictReader(text)


def cents(text):
    """Whole cents of a decimal number; an error if there are fractions of a cent."""
    value = Decimal(text) * 100
    if value != value.to_integral_value():
        raise ValueError("an amount has fractions of a cent")
    return int(value)


@dataclass
class Case:
    """One case, folded row by row."""

    reference: str
    amount: int = 0
    expenses: int = 0
    payments: int = 0
    stated_payments: int = 0
    zero_payments: int = 0
    handed_over: bool = False
    dismissed: bool = False
    disputed: bool = False
    ever_settled: bool = False
    owes_again: bool = False
    equal_instants: bool = False
    last_instant: datetime | None = None
    first_instant: datetime | None = None
    # Each change of what stops contact: from that instant on, why nobody may be contacted, or None.
    stops: list = field(default_factory=list)

    @property
    def owed(self):
        return self.amount + self.expenses - self.payments

    def take(self, row):
        """Folds one row."""
        instant = datetime.fromisoformat(row["timestamp"])
        self.equal_instants |= instant == self.last_instant
        self.first_instant = self.first_instant or instant
        self.last_instant = instant
        if row["amount"]:
            self.amount = cents(row["amount"])
        if row["expense"]:
            self.expenses += cents(row["expense"])
        if row["payment_amount"]:
            paid = cents(row["payment_amount"])
            self.payments += paid
            self.zero_payments += paid == 0
        if row["total_payment_amount"]:
            self.stated_payments = cents(row["total_payment_amount"])
        self.handed_over |= row["activity"] == "Send for Credit Collection"
        self.dismissed |= row["dismissal"] not in ("", "NIL")
        if row["activity"] in APPEALS:
            self.disputed = True
        if row["activity"] in RESULTS:
            self.disputed = False
        self.owes_again |= self.ever_settled and self.owed > 0
        self.ever_settled |= self.owed <= 0
        self.stops.append((instant, self.stop()))

    def stop(self):
        """Why nobody may be contacted now, if so."""
        if self.dismissed:
            return "dismissed"
        if self.handed_over:
            return "handed over"
        if self.owed <= 0:
            return "settled"
        return "disputed" if self.disputed else None


def fold(path):
    """All cases of a table, in the order in which they first occur."""
    cases = {}
    for row in read_rows(path):
        reference = row["case"]
        case = cases.get(reference)
        if case is None:
            case = cases[reference] = Case(reference)
        case.take(row)
    return cases


def figures(cases):
    """What is counted over all cases; the names are those of figures.json."""
    every = list(cases.values())
    settled = [case for case in every if case.owed <= 0]
    return {
        "cases": len(every),
        "settled": len(settled),
        "overpaid": sum(case.owed < 0 for case in settled),
        "handed_over": sum(case.handed_over for case in every),
        "dismissed": sum(case.dismissed for case in every),
        "equal_instants": sum(case.equal_instants for case in every),
        "other_total_stated": sum(case.payments != case.stated_payments for case in every),
        "owed_again": sum(case.owes_again for case in every),
        "owed_again_to_the_end": sum(case.owes_again and case.owed > 0 for case in every),
        "zero_payments": sum(case.zero_payments for case in every),
    }
