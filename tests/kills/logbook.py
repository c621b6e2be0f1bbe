"""The log as this test reads it: folded from the lines of `mahnwerk replay`, by no code of Mahnwerk's."""

from collections import Counter, defaultdict

SETTLED, CLOSED, ENDED = "settled", "closed", "ladder ended"


class Logbook:
    """Attempts, claims and stops, event by event; what can't be is kept in `findings`."""

    def __init__(self):
        self.position = 0
        self.attempts = {}
        self.claims = {}
        self.keys = Counter()
        self.kinds = Counter()
        self.ceased, self.quarantined = set(), set()
        self.holds = defaultdict(set)
        self.promises = defaultdict(set)
        self.started = {}
        self.findings = []

    def fold(self, events):
        for line in events:
            if line["position"] != self.position + 1:
                self.findings.append(f"position {self.position + 1} of the log is missing")
            self.position = line["position"]
            self.kinds[line["kind"]] += 1
            if line["cause"]["kind"] == "fact" and line["kind"] in FACTS:
                self.keys[line["cause"]["id"]] += 1
            event = line["event"]
            self.attempt(line, event)
            self.claim(line["kind"], line["stream"], event)
            self.stops(line["kind"], line["stream"], event)

    def attempt(self, line, event):
        number = event.get("number")
        match line["kind"]:
            case "escalated":
                self.attempts[f"{line['stream']}-{number}"] = ("emitted", event["expires_at"])
            case "escalation_withdrawn" | "escalation_lapsed":
                self.attempts[f"{line['stream']}-{number}"] = ("ended", None)
            case "permit_refused" if event["ends"]:
                self.attempts[f"{line['stream']}-{number}"] = ("ended", None)
            case "delivery_started":
                self.start(f"{line['stream']}-{number}", line, event)
            case "outcome_recorded":
                attempt = f"{line['stream']}-{event['report']['number']}"
                self.attempts[attempt] = ("done", event["report"]["outcome"]["outcome"])
            case "outcome_unknown":
                self.attempts[f"{line['stream']}-{number}"] = ("done", "unknown")

    def start(self, attempt, line, event):
        before, _ = self.attempts.get(attempt, ("never emitted", None))
        if before != "emitted":
            self.findings.append(f"{attempt} got a permit at position {line['position']} when it was {before}")
        for leg in event["legs"]:
            state = self.claims[leg["claim"]]
            if state["settled"] or state["closed"] or state["disputes"]:
                at = line["position"]
                self.findings.append(f"{attempt} got a permit at position {at} for a claim that was stopped")
        self.attempts[attempt] = ("started", event["outcome_by"])
        self.started[attempt] = line["position"]

    def claim(self, kind, stream, event):
        if kind == "claim_registered":
            fresh = {"settled": False, "closed": False, "disputes": 0, "ended": False}
            self.claims[event["claim"]] = {"stream": stream, **fresh}
        known = self.claims.get(event.get("claim"))
        if known is None:
            return
        match kind:
            case "claim_settled":
                known["settled"] = True
            case "claim_reopened":
                known["settled"] = False
            case "claim_withdrawn" | "claim_handed_over":
                known["closed"] = True
            case "dispute_opened":
                known["disputes"] += 1
            case "dispute_resolved":
                known["disputes"] = 0
            case "ladder_ended":
                known["ended"] = True

    def stops(self, kind, stream, event):
        match kind:
            case "cease_requested":
                self.ceased.add(stream)
            case "stream_quarantined":
                self.quarantined.add(stream)
            case "hold_placed":
                self.holds[stream].add(event["hold"])
            case "hold_released" | "hold_expired":
                self.holds[stream].discard(event["hold"])

    def open_permits(self, after=0):
        """Permits without an outcome that were given behind a position."""
        return [attempt for attempt, (state, _) in self.attempts.items()
                if state == "started" and self.started[attempt] > after]

    def standing(self, claim):
        """Why nothing more comes about a claim, or `stuck`."""
        state = self.claims[claim]
        stream = state["stream"]
        reasons = [
            (state["settled"], SETTLED), (state["closed"], CLOSED), (state["disputes"], "disputed"),
            (state["ended"], ENDED), (stream in self.ceased, "contact ceased"), (self.holds[stream], "on hold"),
        ]
        return next((words for holds, words in reasons if holds), "stuck")


# A provider that asks for more time than this is not waited for.
LONG_MS = 600_000


class SharedLog(Logbook):
    """The log of many partitions: each has its own positions without a gap. Its time is that of the world, and not played."""

    def __init__(self):
        super().__init__()
        self.partitions = defaultdict(int)
        self.late, self.put_off = set(), set()
        # Positions are in order within a partition alone: of an attempt it is kept where it started.
        self.events = 0

    def fold(self, events):
        for line in events:
            partition = line["partition"]
            self.position = self.partitions[partition]
            before = len(self.findings)
            super().fold([line])
            self.findings[before:] = [f"partition {partition}: {finding}" for finding in self.findings[before:]]
            self.partitions[partition] = line["position"]
            self.events += 1
            if line["kind"] == "delivery_late":
                self.late.add(f"{line['stream']}-{line['event']['number']}")
            if line["kind"] == "outcome_recorded" and line["event"]["report"]["outcome"].get("delay_ms", 0) >= LONG_MS:
                self.put_off.add(line["stream"])

    def standing(self, claim):
        """Why nothing more comes about a claim within minutes, or `stuck`."""
        words = super().standing(claim)
        return "put off by a provider" if words == "stuck" and self.claims[claim]["stream"] in self.put_off else words


FACTS = {
    "debtor_described", "contact_point_added", "contact_point_invalidated", "claim_registered", "claim_amended",
    "charge_added", "payment_received", "payment_reversed", "claim_withdrawn", "claim_handed_over", "dispute_opened",
    "dispute_resolved", "hold_placed", "hold_released", "promise_made", "consent_given", "opted_out",
    "cease_requested", "contact_made", "task_done",
}
