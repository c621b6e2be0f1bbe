"""Shows that the checks at the doors find what they are there for."""

import contextlib
import io
import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import kill  # noqa: E402
import provider  # noqa: E402
import race  # noqa: E402
import stages  # noqa: E402


def quietly(judge, *args):
    with contextlib.redirect_stdout(io.StringIO()):
        return judge(*args)


class Signatures(unittest.TestCase):
    def test_the_documented_example_is_signed_as_documented(self):
        fields = {"Digits": "1234", "To": "+18005551212", "From": "+14158675309", "Caller": "+14158675309",
                  "CallSid": "CA1234567890ABCDE"}
        signed = provider.signature("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", fields)
        self.assertEqual(signed, "RSOYDt4T1cUTdK1PDd93/VVr8B8=")


class Races(unittest.TestCase):
    def judged(self, second):
        """One who paid at second 10, and is written to at this one."""
        record = [{"to": "+1", "wall_at": f"2026-01-01T00:00:{second:06.3f}+00:00"}]
        began = race.datetime.fromisoformat("2026-01-01T00:00:00+00:00").timestamp()
        return quietly(race.judge, record, {"+1": (began + 9.9, began + 10)}, began, began + 40)[0]

    def test_a_message_within_the_bound_is_as_promised_and_one_beyond_it_is_not(self):
        self.assertEqual([bool(self.judged(second)) for second in (9, 10.5, 19.9, 20.5)], [False, False, False, True])


class Role:
    """An ingest that runs or not; the note of its address stays behind when it is killed."""

    def __init__(self, name, runs):
        self.name, self.alive = name, runs

    def address(self):
        return f"{self.name}:1"

    def token(self):
        return f"token of {self.name}"

    def runs(self):
        return self.alive


class Doors(unittest.TestCase):
    def test_each_ingest_is_a_door_of_its_own_and_one_that_is_gone_is_closed(self):
        here, gone = Role("a", True), Role("b", False)
        stage = type("Stage", (), {"of_kind": lambda self, kind: {"ingest": [here, gone]}[kind]})()
        doors = stages.Many.doors(stage)
        self.assertEqual([(door.address(), door.token) for door in doors], [("a:1", "token of a"), (None, "token of b")])
        gone.alive = True
        self.assertEqual(doors[1].address(), "b:1")


class Stage:
    """A log as `replay` shows it, without a process."""

    house = "house"

    def __init__(self, events, different=0):
        self.events, self.different = events, different

    def events_from(self, _position):
        return self.events

    def command(self, *words, codes=(0,)):
        return json.dumps({"finding_count": 0} if words[0] == "verify" else {"different": self.different, "decisions": 1})


def received(stream):
    return {"kind": "message_received", "stream": stream, "event": {}}


def delivered(stream, number):
    report = {"number": number, "outcome": {"outcome": "delivered"}}
    return {"kind": "outcome_recorded", "stream": stream, "event": {"report": report}}


class Kills(unittest.TestCase):
    def wrong(self, events, different=0):
        args = type("Args", (), {"seed": 1, "kills": 2})
        trial = kill.Trial(args, Stage(events, different))
        trial.sent = [{"to": "+1", "escalation": "aa-1"}]
        trial.inbound = [provider.Webhook("/inbound", {"From": "+1"})]
        for hook in trial.inbound:
            hook.cut_off = 1
        return quietly(trial.judge, trial.inbound)

    def test_each_thing_once_is_right(self):
        self.assertEqual(self.wrong([received("aa"), delivered("aa", 1)]), [])

    def test_what_is_missing_or_there_twice_is_found(self):
        for events, said in [
            ([delivered("aa", 1)], "1 are missing and 0"),
            ([received("aa"), received("aa"), delivered("aa", 1)], "0 are missing and 1"),
            ([received("aa")], "1 are missing and 0"),
            ([received("aa"), delivered("aa", 1), delivered("aa", 1)], "0 are missing and 1"),
            ([received("bb"), delivered("aa", 1)], "1 are missing and 1"),
        ]:
            self.assertIn(said, " ".join(self.wrong(events)), events)

    def test_decisions_that_come_out_otherwise_are_found(self):
        self.assertIn("3 decisions", " ".join(self.wrong([received("aa"), delivered("aa", 1)], different=3)))


if __name__ == "__main__":
    unittest.main()
