#!/usr/bin/env python3
"""Makes contact points up for a table of fines: `make_contacts.py FINES OUT`.

The fines hold nothing about people, so names, numbers and addresses are derived from the case numbers alone.
No number or address can be anybody's: Italian numbers beginning with 9 are not assigned, and `.example` is reserved
(RFC 2606). The same table always gives the same file, whatever else changes.
"""

import csv
import hashlib
import sys

from fines import fold

COLUMNS = ["case", "timestamp", "name", "zone", "phone", "email", "messenger", "messenger_consent"]
ZONE = "Europe/Rome"
FIRST_NAMES = ["Andrea", "Celeste", "Diamante", "Elia", "Felice", "Gaia", "Ilario", "Luce", "Nives", "Oriana"]
LAST_NAMES = ["Abete", "Betulla", "Cedro", "Faggio", "Ginepro", "Larice", "Mirto", "Ontano", "Pioppo", "Salice"]
# Shares in percent: who has which contact point, and who agreed to be written to on the messenger.
HAS_PHONE, HAS_EMAIL, HAS_MESSENGER, AGREED = 97, 88, 70, 60


def draw(case, what, sides):
    """A number below `sides` that depends on the case and on what is drawn, and on nothing else."""
    digest = hashlib.sha256(f"{what}:{case}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % sides


def phone(case):
    """A number that nobody has, another one for each case: country, 9, the letter, the digits."""
    letters = "".join(c for c in case if not c.isdigit())
    digits = "".join(c for c in case if c.isdigit())
    if len(letters) != 1 or not 1 <= len(digits) <= 7:
        raise SystemExit(f"case {case!r} is not one letter and up to seven digits: teach phone() its shape")
    return f"+399{ord(letters.upper()) % 100:02d}{int(digits):07d}"


def contact(case):
    """One row."""
    reference = case.reference
    has = {
        "phone": draw(reference, "phone", 100) < HAS_PHONE,
        "email": draw(reference, "email", 100) < HAS_EMAIL,
        "messenger": draw(reference, "messenger", 100) < HAS_MESSENGER,
    }
    names = FIRST_NAMES[draw(reference, "first", 10)], LAST_NAMES[draw(reference, "last", 10)]
    return {
        "case": reference,
        "timestamp": case.first_instant.isoformat(),
        "name": " ".join(names),
        "zone": ZONE,
        "phone": phone(reference) if has["phone"] else "",
        "email": f"{reference.lower()}@debtors.example" if has["email"] else "",
        "messenger": phone(reference) if has["messenger"] else "",
        "messenger_consent": "yes" if draw(reference, "agreed", 100) < AGREED else "no",
    }


def main(arguments):
    if len(arguments) != 2:
        raise SystemExit("usage: make_contacts.py FINES OUT")
    fines, out = arguments
    with open(out, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for case in fold(fines).values():
            writer.writerow(contact(case))


if __name__ == "__main__":
    main(sys.argv[1:])
