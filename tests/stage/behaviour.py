"""How the stand-in providers behave while Mahnwerk is in trouble, and how once it is to come to its end."""

import json
import urllib.request

PROVIDERS = ["sms", "email", "whatsapp"]
TROUBLED = {"delay_ms": 150, "throttle_per_mille": 30, "reject_per_mille": 10, "server_error_per_mille": 10,
            "accept_then_drop_per_mille": 10, "accept_then_hang_per_mille": 3}
CALM = {"throttle_per_mille": 10, "reject_per_mille": 5}


def troubled(seed):
    """A behaviour file: slow, and some answers go wrong."""
    shares = "".join(f"{name} = {value}\n" for name, value in TROUBLED.items())
    return f"seed = {seed}\n" + "".join(f"[behaviours.{name}]\n{shares}" for name in PROVIDERS)


def calm(control):
    """From now on the stand-ins answer at once."""
    body = json.dumps({name: CALM for name in PROVIDERS}).encode()
    urllib.request.urlopen(urllib.request.Request(control, data=body, method="POST"), timeout=10).read()
