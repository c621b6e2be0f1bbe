#!/usr/bin/env python3
"""Twilio's own validator against our webhooks: what it signs we take, and what it refuses we refuse.

Random webhooks, as forms and as JSON, are signed by the official library (PyPI `twilio`); some are changed afterwards.
For each, a running Mahnwerk must answer as the library's own `validate` judges.

    twilio_signs.py --bin target/debug/mahnwerk [--webhooks 600]

Ends with 0 if both agree on all of them.
"""

import argparse
import hashlib
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path
from random import Random
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator, get_signature_algorithm

here = Path(__file__).parent
sys.path[:0] = [str(here.parent / "stage"), str(here.parent / "doors")]

import town  # noqa: E402
from listener import Listener  # noqa: E402
from processes import Failed, Processes  # noqa: E402
from provider import PUBLIC_URL  # noqa: E402

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
PIECES = ["STOPP", "Grüße & Küsse", "a+b=c", "100 %", "", " ", "😀", "ich habe bezahlt", "日本", "\"quoted\"", "x" * 300]
FORGERIES = ["none", "none", "none", "field", "added", "removed", "path", "query", "token", "signature", "body"]


class Sender:
    """Makes one random webhook, signed by the library, and perhaps forged."""

    def __init__(self, secret, draw):
        self.secret, self.draw = secret, draw
        self.count = 0

    def fields(self):
        self.count += 1
        fields = {"MessageSid": f"SM{self.count:032}", "From": town.phone(self.draw.randrange(100)), "To": "+41795550100",
                  "Body": " ".join(self.draw.choices(PIECES, k=3))}
        for _ in range(self.draw.randrange(4)):
            fields[self.draw.choice(["NumMedia", "FromCity", "Zz", "aa", "Ä"])] = self.draw.choice(PIECES)
        return fields

    def webhook(self):
        """Path, kind of body, body, signature, settings header, and how the library judges it."""
        fields, forgery = self.fields(), self.draw.choice(FORGERIES)
        path = f"/hooks/twilio/{town.TENANT}/inbound" + self.draw.choice(["", "?a=1", "?b=%C3%A9&a=2", "?x="])
        is_json, algorithm = self.draw.random() < 0.4, self.draw.choice(["", "key=k1,algorithm=HMAC_SHA256"])
        body = json.dumps(fields)
        if is_json:
            path += ("&" if "?" in path else "?") + "bodySHA256=" + hashlib.sha256(body.encode()).hexdigest()
        port = self.draw.choice(["", ":443"])
        signed_url = PUBLIC_URL.replace("dunning.example", "dunning.example" + port) + path
        signer = RequestValidator("another token" if forgery == "token" else self.secret)
        name = "HMAC_SHA256" if algorithm else "HMAC_SHA1"
        signature = signer.compute_signature(signed_url, {} if is_json else fields, name)
        if forgery == "field":
            fields["Body"] += "."
        if forgery == "added":
            fields["Extra"] = "1"
        if forgery == "removed":
            fields.pop("To")
        if forgery == "path":
            path = path.replace("inbound", "status")
        if forgery == "query":
            path += ("&" if "?" in path else "?") + "escalation=1"
        if forgery == "signature":
            signature = signature[:-2] + ("A=" if signature[-2] != "A" else "B=")
        if is_json:
            body = json.dumps(fields) if forgery in ("field", "added", "removed") else body
            body += " " if forgery == "body" else ""
        else:
            body = urlencode(fields)
        judge = RequestValidator(self.secret)
        valid = judge.validate(PUBLIC_URL + path, body if is_json else fields, signature, get_signature_algorithm(algorithm))
        return path, JSON if is_json else FORM, body, signature, algorithm, valid


def compare(address, secret, args):
    listener, sender = Listener(address), Sender(secret, Random(args.seed))
    agreed, wrong = Counter(), []
    for number in range(args.webhooks):
        path, kind, body, signature, algorithm, valid = sender.webhook()
        headers = {"X-Twilio-Signature": signature}
        if algorithm:
            headers["X-Twilio-Webhooks-Signature-Settings"] = algorithm
        status, _ = listener.send("POST", path, body.encode(), kind, headers)
        # A genuine one may still be unfit (a status without a status word); a forged one is never taken.
        taken = status != 403
        if taken != valid:
            wrong.append(f"webhook {number} ({kind}): the library says {valid}, the answer was {status}")
        agreed["valid" if valid else "forged"] += taken == valid
    return agreed, wrong


def main():
    read = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    read.add_argument("--bin", type=Path, required=True)
    read.add_argument("--webhooks", type=int, default=600)
    read.add_argument("--seed", type=int, default=1)
    args = read.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="mahnwerk-peers-"))
    stage = Processes(args.bin.resolve(), folder)
    try:
        stage.command("init", "--dir", stage.house, "--rulebook", "municipality")
        (stage.house / "mahnwerk.toml").write_text("[listener]\nport = 0\n")
        stage.start_loopback("seed = 1\n")
        told = folder / "providers.toml"
        told.write_text((stage.providers / "providers.toml").read_text() + f'\n[webhooks]\npublic_url = "{PUBLIC_URL}"\n')
        _, address = stage.start_mahnwerk("--providers", told)
        secret = (stage.providers / "stand-in-secret").read_text().strip()
        agreed, wrong = compare(address, secret, args)
        stage.stop()
    except Failed as failed:
        agreed, wrong = Counter(), [str(failed)]
    finally:
        stage.close()
    print(f"twilio's validator and we agree on {agreed['valid']} genuine and {agreed['forged']} forged webhooks")
    for sentence in wrong[:20]:
        print(f"twilio: {sentence}")
    return 1 if wrong or not agreed["valid"] or not agreed["forged"] else 0


if __name__ == "__main__":
    sys.exit(main())
