"""A client of a running Mahnwerk's listener, with the standard library alone."""

import http.client
import json


class Refused(Exception):
    """The process answered, and not with a yes."""


GONE = (OSError, http.client.HTTPException)


class Listener:
    """One connection to a running Mahnwerk; it breaks with the process and is not made anew."""

    def __init__(self, address, token=None):
        host, port = address.rsplit(":", 1)
        self.connection = http.client.HTTPConnection(host, int(port), timeout=100)
        self.token = token

    def send(self, method, path, body, kind, headers=None):
        """Status and body of the answer; OSError or HTTPException when the process is gone."""
        own = {"Content-Type": kind, **({"Authorization": f"Bearer {self.token}"} if self.token else {})}
        self.connection.request(method, path, body, {**own, **(headers or {})})
        answer = self.connection.getresponse()
        return answer.status, answer.read()

    def json(self, method, path, body=None):
        status, text = self.send(method, path, None if body is None else json.dumps(body), "application/json")
        if status >= 300:
            raise Refused(f"{method} {path.partition('?')[0]}: {status} {text.decode()}")
        return json.loads(text) if text else None

    def facts(self, batch):
        return self.send("POST", "/v1/facts", batch, "application/x-protobuf")
