"""A provider as it stands outside: signs its webhooks, repeats each until it is taken, and keeps a record of its own.

Signs with the standard library alone, as Twilio's documentation says; shares no code with Mahnwerk.
"""

import base64
import hashlib
import hmac
import threading
import time
from urllib.parse import urlencode

from listener import GONE, Listener

PUBLIC_URL = "https://dunning.example/in"
FORM = "application/x-www-form-urlencoded"
# Between two tries of one webhook.
PAUSE_S = 0.05


def signature(secret, url, fields):
    """Base64 of the HMAC-SHA1 over the address and the sorted fields."""
    text = url + "".join(name + fields[name] for name in sorted(fields))
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()).decode()


class Webhook:
    """One webhook: where it goes, and what it says."""

    def __init__(self, path, fields):
        self.path, self.fields = path, fields
        self.tries = 0
        # A try that had no answer, since the process was gone: nobody knows whether it was recorded.
        self.cut_off = 0
        self.answered = None

    def send(self, listener, secret):
        headers = {"X-Twilio-Signature": signature(secret, PUBLIC_URL + self.path, self.fields)}
        self.tries += 1
        status, body = listener.send("POST", self.path, urlencode(self.fields), FORM, headers)
        self.answered = status
        return status, body


class Line(threading.Thread):
    """One connection of the provider's, over as many lives of the process as it takes."""

    def __init__(self, waiting, secret, address_of):
        super().__init__(daemon=True)
        self.waiting, self.secret, self.address_of = waiting, secret, address_of
        self.under_way = None
        self.problem = None

    def run(self):
        listener = None
        while not self.problem:
            try:
                hook = self.waiting.popleft()
            except IndexError:
                return
            while hook.answered is None or hook.answered >= 300:
                listener = listener or self.connect()
                listener = self.attempt(hook, listener)
                if hook.answered is not None and 400 <= hook.answered < 500:
                    self.problem = f"{hook.path} was answered with {hook.answered}"
                    return

    def connect(self):
        while True:
            address = self.address_of()
            if address:
                return Listener(address)
            time.sleep(PAUSE_S)

    def attempt(self, hook, listener):
        """Tries once; gives the connection, if it still stands."""
        self.under_way = hook
        try:
            status, _ = hook.send(listener, self.secret)
            if status >= 500:
                time.sleep(PAUSE_S)
            return listener
        except GONE:
            hook.answered = None
            hook.cut_off += 1
            time.sleep(PAUSE_S)
            return None
        finally:
            self.under_way = None
