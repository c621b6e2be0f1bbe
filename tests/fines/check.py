#!/usr/bin/env python3
"""Compares a run over a table of fines with the table itself, and reads in the providers' own record who was contacted.

`check.py --fines FILE --log-export FILE [--contacts FILE --record FILE …] [--figures FILE] [--oddities]`

It knows nothing of Mahnwerk but two formats. The export of the run has a line for each claim:
`{"debtor_reference", "claim_reference", "owed_minor", "settled", "overpaid_minor", "closed"}`, `closed` being null,
"withdrawn" or "handed_over". A record has a line for each submission that a provider, or the agent who works the call
list, received: `{"received_at", "channel", "to", "escalation"}` and, from a provider, `"verdict"` and `"taken"`.

Checked are: every case's balance and closure; the table's figures against `--figures`; and of the contacts that each
escalation was submitted once, nobody was contacted while the case was settled or disputed or after it was dismissed or
handed over, every contact lay inside the window in the zone, no cap was passed, and no rung was taken before the ones
below it that the person can be reached on. Says what it found and exits with 1 if anything is wrong.
"""

import argparse
import json
import re
import sys
from bisect import bisect_right
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from fines import figures, fold, read_rows

WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
# A stop counts from this long after it (the bound on an open permit, `start_within`).
GRACE = timedelta(seconds=10)
# What a provider did not take now and says so; the attempt left nothing behind and counts for no cap.
NOT_SUBMITTED = {"throttle", "server_error"}
# The house rules of rulebook/fines, stated anew: what a run is checked against must not be read from the run.
WINDOW = "mon-sat 08:30-20:00; call=mon-fri 17:00-20:00; call=sat 09:00-12:30"
CLOSED = "01-01,01-06,04-25,05-01,06-02,08-15,11-01,12-08,12-25,12-26"
CAPS = ["1/1d", "3/7d"]
POINT_OF_CHANNEL = {"call": "phone", "sms": "phone", "email": "email", "social": "messenger"}


class Findings:
    """What is wrong, by kind; the first few of each kind are shown."""

    SHOWN = 5

    def __init__(self):
        self.counts = Counter()
        self.examples = defaultdict(list)

    def add(self, kind, example):
        self.counts[kind] += 1
        if len(self.examples[kind]) < self.SHOWN:
            self.examples[kind].append(example)

    def report(self):
        for kind, count in self.counts.items():
            print(f"WRONG: {kind}: {count}")
            for example in self.examples[kind]:
                print(f"    {example}")
        return 1 if self.counts else 0


def lines(path):
    """The objects of a JSONL file."""
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.strip():
                yield json.loads(line)


def check_figures(found, path, findings):
    """The table's figures against those that are expected."""
    with open(path, encoding="utf-8") as file:
        expected = json.load(file)
    for name, number in expected.items():
        if found.get(name) != number:
            findings.add("figure of the table", f"{name} is {found.get(name)}, not {number}")


def check_balances(cases, export, findings):
    """Every case of the table has its claim in the run, with the same balance and closure."""
    seen = set()
    for claim in lines(export):
        reference = claim["claim_reference"]
        case = cases.get(reference)
        if case is None or reference in seen:
            findings.add("claim that is not in the table, or twice in the run", reference)
            continue
        seen.add(reference)
        if claim["debtor_reference"] != reference:
            findings.add("claim of another debtor", reference)
        owed, overpaid = max(case.owed, 0), max(-case.owed, 0)
        if (max(claim["owed_minor"], 0), claim["overpaid_minor"]) != (owed, overpaid):
            told = f"owed {claim['owed_minor']}, overpaid {claim['overpaid_minor']}"
            findings.add("balance", f"{reference}: the run says {told}; the table {owed} and {overpaid}")
        if claim["settled"] != (case.owed <= 0):
            findings.add("settled or not", f"{reference}: the run says {claim['settled']}, owed are {case.owed}")
        if claim["closed"] not in closures(case):
            findings.add("closure", f"{reference}: the run says {claim['closed']}, not {closures(case)}")
    for reference in cases.keys() - seen:
        findings.add("case that is not in the run", reference)
    return len(seen)


def closures(case):
    """What the run may say about a case; of one that was both dismissed and handed over, either."""
    possible = {"withdrawn": case.dismissed, "handed_over": case.handed_over}
    return [name for name, holds in possible.items() if holds] or [None]


def read_contacts(path):
    """Which case an address belongs to, and which kinds of contact points a case has."""
    owners, points = {}, {}
    for row in read_rows(path):
        reference = row["case"]
        points[reference] = {kind for kind in ("phone", "email") if row[kind]}
        if row["messenger"] and row["messenger_consent"] == "yes":
            points[reference].add("messenger")
        for kind in ("phone", "email", "messenger"):
            if row[kind]:
                owners[address(row[kind])] = reference
    return owners, points


def address(text):
    """Numbers without their plus, since some providers leave it out."""
    return text.strip().lower().removeprefix("+")


class Contact:
    """One submission."""

    def __init__(self, entry, owners):
        self.at = datetime.fromisoformat(entry["received_at"])
        self.channel = entry["channel"]
        self.escalation = entry.get("escalation")
        self.case = owners.get(address(entry["to"]))
        self.counts = entry.get("taken", True) or entry.get("verdict") not in NOT_SUBMITTED


def read_records(paths, owners, findings):
    """The contacts of each case, by instant; and that no escalation was submitted twice."""
    by_case, escalations = defaultdict(list), set()
    for path in paths:
        for number, entry in enumerate(lines(path), 1):
            contact = Contact(entry, owners)
            if contact.case is None:
                findings.add("submission to an address that nobody has", f"{path}, line {number}")
                continue
            if contact.escalation is None:
                findings.add("submission that names no escalation", f"{path}, line {number}")
            elif contact.escalation in escalations:
                findings.add("escalation that was submitted twice", contact.escalation)
            escalations.add(contact.escalation)
            by_case[contact.case].append(contact)
    for contacts in by_case.values():
        contacts.sort(key=lambda contact: contact.at)
    return by_case


def check_stops(case, contacts, findings):
    """Nobody is contacted while settled or disputed, or after dismissal or handover."""
    instants = [instant for instant, _ in case.stops]

    def stop(at):
        place = bisect_right(instants, at)
        return case.stops[place - 1][1] if place else "not yet registered"

    for contact in contacts:
        reason = stop(contact.at)
        if reason and stop(contact.at - GRACE):
            findings.add(f"contact while {reason}", f"{case.reference} at {contact.at.isoformat()}")


class Window:
    """When contact is allowed: `[CHANNEL=]DAYS HH:MM-HH:MM`, several parted by `;`, and never on closed days.

    A channel that is named has its own hours only.
    """

    FORM = re.compile(r"(?:(\w+)=)?([a-z]{3})(?:-([a-z]{3}))? (\d\d):(\d\d)-(\d\d):(\d\d)")

    def __init__(self, text, zone, closed=""):
        self.zone = ZoneInfo(zone)
        self.closed = {day.strip() for day in closed.split(",")}
        self.spans = defaultdict(list)
        for part in text.split(";"):
            match = self.FORM.fullmatch(part.strip())
            if not match:
                raise SystemExit(f"window {part.strip()!r} is not like 'mon-sat 08:00-20:00' or 'sms=sun 10:00-18:00'")
            channel, first, last, *clock = match.groups()
            first, last = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
            clock = [int(number) for number in clock]
            span = (range(first, last + 1), minutes(*clock[:2]), minutes(*clock[2:]))
            self.spans[channel].append(span)

    def is_open(self, contact):
        local = contact.at.astimezone(self.zone)
        now = minutes(local.hour, local.minute)
        spans = self.spans.get(contact.channel) or self.spans[None]
        return f"{local:%m-%d}" not in self.closed and any(local.weekday() in days and start <= now < end for days, start, end in spans)


def minutes(hours, rest):
    """Minutes since midnight."""
    return hours * 60 + rest


class Cap:
    """At most so many contacts of a person in a rolling window: `[CHANNEL=]NUMBER/DAYSd`."""

    FORM = re.compile(r"(?:(\w+)=)?(\d+)/(\d+)d")

    def __init__(self, text):
        match = self.FORM.fullmatch(text)
        if not match:
            raise SystemExit(f"cap {text!r} is not like '3/7d' or 'sms=1/1d'")
        self.text, self.channel = text, match[1]
        self.most, self.length = int(match[2]), timedelta(days=int(match[3]))

    def passed_at(self, contacts):
        """The first contact that was one too many."""
        counted = [c.at for c in contacts if c.counts and self.channel in (None, c.channel)]
        pairs = zip(counted, counted[self.most:])
        return next((later for earlier, later in pairs if later - earlier < self.length), None)


def check_order(reference, contacts, ladder, reachable, findings):
    """Rungs are taken from below, never again once a higher one was, and none is left out that can be taken."""
    highest, taken = -1, set()
    for contact in contacts:
        if contact.channel not in ladder:
            findings.add("contact on a channel that is not on the ladder", f"{reference}: {contact.channel}")
            continue
        rung = ladder.index(contact.channel)
        below = [c for c in ladder[:rung] if c in reachable and c not in taken]
        if rung < highest:
            findings.add("rung taken after a higher one", f"{reference}: {contact.channel}")
        if below:
            findings.add("rung taken before a lower one", f"{reference}: {contact.channel} before {below}")
        highest = max(highest, rung)
        taken.add(contact.channel)


def rungs_of(case, points, ladder, most):
    """The rungs on which a case is contacted that has all the time it needs, and at most so many contacts."""
    if not case.stops or case.stops[-1][1] is not None:
        return []
    return [channel for channel in ladder if POINT_OF_CHANNEL[channel] in points.get(case.reference, ())][:most]


def check_rungs(cases, points, by_case, ladder, most, findings):
    """In a run in which everything was due from the beginning: each case was contacted on all its rungs, once on each."""
    for reference, case in cases.items():
        expected = rungs_of(case, points, ladder, most)
        taken = [contact.channel for contact in by_case.get(reference, [])]
        if taken != expected:
            findings.add("other rungs than those that there are", f"{reference}: {taken}, not {expected}")


def check_contacts(cases, options, findings):
    """All that the records say."""
    owners, points = read_contacts(options.contacts)
    by_case = read_records(options.record, owners, findings)
    window, caps = Window(options.window, options.zone, options.closed), [Cap(text) for text in options.cap]
    ladder = options.ladder.split(",")
    for reference, contacts in by_case.items():
        case = cases.get(reference)
        if case is None:
            findings.add("contact about a case that is not in the table", reference)
            continue
        check_stops(case, contacts, findings)
        reachable = {c for c in ladder if POINT_OF_CHANNEL[c] in points[reference]} - set(options.may_skip)
        check_order(reference, contacts, ladder, reachable, findings)
        for contact in contacts:
            if not window.is_open(contact):
                local = contact.at.astimezone(window.zone).isoformat()
                findings.add("contact outside the window", f"{reference}: {contact.channel} at {local}")
        for cap in caps:
            if passed := cap.passed_at(contacts):
                findings.add(f"cap {cap.text} passed", f"{reference} at {passed.isoformat()}")
    if options.rungs is not None:
        check_rungs(cases, points, by_case, ladder, options.rungs, findings)
    return count_by_rung(by_case, ladder, findings)


def count_by_rung(by_case, ladder, findings):
    """Contacts by rung, none of which may be zero."""
    counts = Counter(contact.channel for contacts in by_case.values() for contact in contacts)
    for channel in ladder:
        if counts[channel] == 0:
            findings.add("rung on which nobody was contacted", channel)
    return {channel: counts[channel] for channel in ladder}


def parse(arguments):
    parser = argparse.ArgumentParser(description="Compares a run over a table of fines with the table.")
    parser.add_argument("--fines", required=True, help="the table that was played in, plain or gzipped")
    parser.add_argument("--log-export", required=True, help="the run's claims, a JSON object a line")
    parser.add_argument("--contacts", help="what make_contacts.py made of the table")
    parser.add_argument("--record", action="append", default=[], help="a provider's or agent's record; repeatable")
    parser.add_argument("--figures", help="JSON with the figures that the table must have")
    parser.add_argument("--oddities", action="store_true", help="every figure of the table must be above zero")
    parser.add_argument("--zone", default="Europe/Rome", help="of the window (default: %(default)s)")
    parser.add_argument("--window", default=WINDOW, help="(default: %(default)s)")
    parser.add_argument("--closed", default=CLOSED, help="days without contact, month and day (default: %(default)s)")
    parser.add_argument("--cap", action="append", help=f"such as 3/7d or sms=1/1d; repeatable (default: {CAPS})")
    parser.add_argument("--may-skip", action="append", default=[], help="a rung that may be left out; repeatable")
    parser.add_argument("--rungs", type=int, help="everything was due from the beginning, and each case has all its rungs, at most so many")
    parser.add_argument("--ladder", default="call,sms,email,social", help="lowest first (default: %(default)s)")
    options = parser.parse_args(arguments)
    options.cap = CAPS if options.cap is None else options.cap
    if options.record and not options.contacts:
        parser.error("--record needs --contacts, to know whose address each is")
    return options


def main(arguments):
    options, findings = parse(arguments), Findings()
    cases = fold(options.fines)
    found = figures(cases)
    print("table:", ", ".join(f"{name} {number}" for name, number in found.items()))
    if options.figures:
        check_figures(found, options.figures, findings)
    if options.oddities:
        for name in (name for name, number in found.items() if number == 0):
            findings.add("oddity that the table does not have", name)
    compared = check_balances(cases, options.log_export, findings)
    print(f"run: {compared} of {len(cases)} cases compared")
    if options.record:
        rungs = check_contacts(cases, options, findings)
        print("contacts by rung:", ", ".join(f"{channel} {count}" for channel, count in rungs.items()))
    code = findings.report()
    print("all as it should be" if code == 0 else "see above")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
