"""Rules as no operator would have them: contact around the clock, every few seconds, so that permits are open at any time."""

import re

CHANNELS = ["call", "sms", "email", "social"]
TEMPLATES = {"call": "call", "sms": "sms-callback", "email": "email-callback", "social": "social-callback"}
STEP = """
[[scenario.step]]
name = "{channel}"
channel = "{channel}"
template = "{template}"
priority = 20
tries = 2
retry_after = "{pause_s}s"
then_wait = "{pause_s}s"
patience = "{patience}"
outcome_within = "{outcome_within}"
cost = "0.10"
"""


def loosen(rulebook, pause_s, patience="1d", outcome_within="1m"):
    """The municipality's rulebook with every channel around the clock; no cap and no quiet hour.

    Odd debtors would wait for a call first, so the ladder begins with it and goes round once.
    """
    around_the_clock(rulebook, r'rest_after_heard = ".*"', 'rest_after_heard = "1m"')
    ladder = '[[scenario]]\nid = "standard"\nbegins_after_due = "0d"\n'
    for channel in CHANNELS:
        ladder += STEP.format(channel=channel, template=TEMPLATES[channel], pause_s=pause_s, patience=patience,
                              outcome_within=outcome_within)
    (rulebook / "scenarios.toml").write_text(ladder)


def around_the_clock(rulebook, pattern, instead):
    """One window for every hour in place of the policy's windows and caps, and one more change before it."""
    policy = rulebook / "mahnwerk.toml"
    text = policy.read_text()
    text = re.sub(pattern, instead, text[:text.index("[[tenant.policy.window]]")])
    policy.write_text(text + '[[tenant.policy.window]]\nname = "any-hour"\nsource = "test"\nhours = { mon-sun = "00:00-24:00" }\n')
