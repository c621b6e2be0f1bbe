"""Makes up a town that owes: people, claims, payments and stops, as tables with a mapping, and what must come of them.

Everything hangs on the seed. Nothing here knows how Mahnwerk works, but for the fields of a mapping file.
"""

import csv
from collections import namedtuple
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

MAPPING = Path(__file__).with_name("mapping.toml")
FIRST_DAY = datetime(2024, 3, 4, 6, tzinfo=UTC)
# Long enough for every ladder, hold and promise to come to its end.
LAST_DAY = "2024-12-01"
ARRIVAL_DAYS = 14
COLUMNS = [
    "at", "kind", "debtor", "claim", "name", "zone", "language", "phone", "email", "messenger", "consent",
    "creditor", "amount", "due", "hold", "until", "channel",
]
CREDITORS = ["gemeinde-musterwil", "steueramt", "werke", "schule"]
ZONES = [("Europe/Zurich", "de", "+4179"), ("Europe/Zurich", "fr", "+4178"), ("Europe/Rome", "it", "+3933")]

# One debtor as the tables tell it; `claims` has a fate for each reference.
Person = namedtuple("Person", "reference zone language phone email messenger consent claims arrives")
Claim = namedtuple("Claim", "reference creditor amount due fate")


class Portfolio:
    """People, the rows of both tables, and what each claim must owe in the end, in cents."""

    def __init__(self, debtors, live, seed):
        draw = Random(f"portfolio {seed}")
        self.people = [person(number, draw) for number in range(1, debtors + 1)]
        self.rows = sorted((row for each in self.people for row in life(each, draw)), key=lambda row: row["at"])
        self.owed = {}
        for row in self.rows:
            self.owed[row.get("claim")] = self.owed.get(row.get("claim"), 0) + balance_of(row)
        self.live_rows = told_live(self.people, live, draw)
        for row in self.live_rows:
            self.owed[row["claim"]] += balance_of(row)
        self.owed.pop(None, None)

    def write(self, folder):
        """Writes both tables and their mappings."""
        for name, rows in (("portfolio", self.rows), ("live", self.live_rows)):
            with open(folder / f"{name}.csv", "w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, COLUMNS, restval="")
                writer.writeheader()
                writer.writerows(rows)
            mapping = MAPPING.read_text(encoding="utf-8").replace('source = "portfolio"', f'source = "{name}"')
            (folder / f"{name}.toml").write_text(mapping, encoding="utf-8")

    def addresses(self):
        """Whose each number or mail address is."""
        owners = {}
        for each in self.people:
            for address in (each.phone, each.email, each.messenger):
                owners[address.lstrip("+")] = each.reference
        return owners


def person(number, draw):
    zone, language, prefix = ZONES[number % len(ZONES)]
    claims = []
    for index in range(1 + (draw.random() < 0.35)):
        fate = draw.choices(
            ["open", "paid", "in_part", "disputed", "rejected", "withdrawn", "handed_over"], [60, 15, 8, 5, 4, 4, 4])[0]
        due = FIRST_DAY + timedelta(days=draw.randint(-10, 20))
        claims.append(Claim(f"R{number:04}-{index}", draw.choice(CREDITORS), draw.randint(2_000, 90_000), due, fate))
    phone = f"{prefix}{number:07}"
    arrives = FIRST_DAY + timedelta(days=0 if number % 3 == 0 else draw.randrange(ARRIVAL_DAYS), minutes=number % 60)
    return Person(f"P{number:04}", zone, language, phone, f"p{number}@town.example", phone,
                  "yes" if draw.random() < 0.7 else "no", claims, arrives)


def life(each, draw):
    """What upstream systems tell of one person, each at its own instant."""
    base = {"debtor": each.reference}
    yield base | {
        "at": stamp(each.arrives), "kind": "person", "name": f"Person {each.reference}", "zone": each.zone,
        "language": each.language, "phone": each.phone, "email": each.email, "messenger": each.messenger,
        "consent": each.consent,
    }
    for claim in each.claims:
        yield from life_of_claim(base | {"claim": claim.reference}, claim, each.arrives, draw)
    stop = draw.random()
    at = each.arrives + timedelta(days=draw.randint(8, 40), minutes=draw.randrange(1440))
    if stop < 0.06:
        until = stamp(at + timedelta(days=draw.randint(5, 20)))
        yield base | {"at": stamp(at), "kind": "hold", "hold": f"H{each.reference}", "until": until}
    elif stop < 0.09:
        yield base | {"at": stamp(at), "kind": "hold", "hold": f"H{each.reference}"}
        if stop < 0.07:
            later = stamp(at + timedelta(days=9))
            yield base | {"at": later, "kind": "release", "hold": f"H{each.reference}"}
    elif stop < 0.14:
        yield base | {"at": stamp(at), "kind": "opt_out", "channel": draw.choice(["sms", "email", "social", "call"])}
    elif stop < 0.16:
        yield base | {"at": stamp(at), "kind": "cease"}


def life_of_claim(base, claim, arrives, draw):
    yield base | {
        "at": stamp(arrives), "kind": "claim", "creditor": claim.creditor, "amount": francs(claim.amount),
        "due": stamp(claim.due),
    }
    at = arrives + timedelta(days=draw.randint(5, 45), minutes=draw.randrange(1440))
    then = base | {"at": stamp(at)}
    match claim.fate:
        case "open":
            return
        case "paid":
            yield then | {"kind": "payment", "amount": francs(claim.amount)}
        case "in_part":
            yield then | {"kind": "payment", "amount": francs(claim.amount // 3)}
        case "disputed":
            yield then | {"kind": "dispute"}
        case "rejected":
            yield then | {"kind": "dispute"}
            yield base | {"at": stamp(at + timedelta(days=6)), "kind": "rejected"}
        case "withdrawn" | "handed_over":
            yield then | {"kind": claim.fate}


def told_live(people, count, draw):
    """Payments that come in over the listener while Mahnwerk runs, one request each."""
    early = [each for each in people if each.arrives.date() == FIRST_DAY.date()]
    open_claims = [(each, claim) for each in early for claim in each.claims if claim.fate == "open"]
    draw.shuffle(open_claims)
    rows = []
    for index in range(count):
        each, claim = open_claims[index % len(open_claims)]
        row = {"at": stamp(FIRST_DAY + timedelta(hours=17)), "debtor": each.reference, "claim": claim.reference}
        first = index < len(open_claims)
        if first and index % 2 == 0:
            rows.append(row | {"kind": "payment", "amount": francs(claim.amount)})
        elif first:
            rows.append(row | {"kind": "payment", "amount": francs(claim.amount // 4)})
        else:
            rows.append(row | {"kind": "payment", "amount": "1.00"})
    return rows


def balance_of(row):
    """By how much a row changes what its claim owes."""
    match row["kind"]:
        case "claim":
            return cents(row["amount"])
        case "payment":
            return -cents(row["amount"])
        case _:
            return 0


def facts_of(row):
    """How many facts the mapping makes of a row."""
    if row["kind"] == "person":
        return 4 + (row["consent"] == "yes")
    return 1


def stamp(at):
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def francs(amount):
    return f"{amount // 100}.{amount % 100:02}"


def cents(text):
    whole, part = text.split(".")
    return int(whole) * 100 + int(part)
