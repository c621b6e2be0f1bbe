"""A client of a NATS server over its plain protocol, with the standard library alone.

Says what the server says: a message, an objection. Leaves out TLS, reconnecting and every convenience.
"""

import json
import queue
import socket
import threading
from collections import namedtuple

Message = namedtuple("Message", "subject reply headers body")


class Broker:
    """One connection as one user."""

    def __init__(self, host, port, user=None, password=None, timeout_s=10):
        self.timeout_s = timeout_s
        self.socket = socket.create_connection((host, port), timeout_s)
        self.socket.settimeout(None)
        self.lines = self.socket.makefile("rb")
        self.pongs, self.messages, self.objections = queue.Queue(), queue.Queue(), []
        self.lock, self.subscriptions = threading.Lock(), 0
        self.info = json.loads(self.lines.readline().split(b" ", 1)[1])
        options = {"verbose": False, "pedantic": False, "headers": True, "no_responders": True, "name": "test",
                   "lang": "python", "version": "0", "protocol": 1}
        if user is not None:
            options |= {"user": user, "pass": password}
        self.say(b"CONNECT " + json.dumps(options).encode() + b"\r\n")
        threading.Thread(target=self.listen, daemon=True).start()
        self.settled()

    def say(self, data):
        with self.lock:
            self.socket.sendall(data)

    def listen(self):
        try:
            while line := self.lines.readline():
                self.take(line.rstrip(b"\r\n"))
        except OSError:
            pass
        self.pongs.put(False)
        self.messages.put(None)

    def take(self, line):
        word = line.split(b" ", 1)[0].upper()
        if word == b"PING":
            self.say(b"PONG\r\n")
        elif word == b"PONG":
            self.pongs.put(True)
        elif word == b"-ERR":
            self.objections.append(line.decode())
        elif word in (b"MSG", b"HMSG"):
            parts = line.decode().split()
            with_headers = word == b"HMSG"
            sizes = [int(part) for part in parts[-2 if with_headers else -1:]]
            data = self.lines.read(sizes[-1] + 2)[:-2]
            split = sizes[0] if with_headers else 0
            reply = parts[3] if len(parts) == (6 if with_headers else 5) else None
            self.messages.put(Message(parts[1], reply, data[:split], data[split:]))

    def settled(self):
        """Waits until the server has seen all that was said; gives what it objected to since."""
        self.say(b"PING\r\n")
        if not self.pongs.get(timeout=self.timeout_s):
            raise ConnectionError(f"the server hung up: {self.objections}")
        found, self.objections = self.objections, []
        return found

    def subscribe(self, subject):
        self.subscriptions += 1
        self.say(f"SUB {subject} {self.subscriptions}\r\n".encode())
        return self.settled()

    def publish(self, subject, body=b"", reply=None, headers=b""):
        to = f"{subject} {reply}" if reply else subject
        if headers:
            head = f"HPUB {to} {len(headers)} {len(headers) + len(body)}\r\n"
        else:
            head = f"PUB {to} {len(body)}\r\n"
        self.say(head.encode() + headers + body + b"\r\n")

    def next(self, timeout_s=None):
        """The next message to any subscription; queue.Empty if none comes, None once the server has hung up."""
        return self.messages.get(timeout=self.timeout_s if timeout_s is None else timeout_s)

    def request(self, subject, body=b"", inbox="_INBOX.test"):
        """Asks and gives the answer as JSON; whoever asks has subscribed to the inbox with everything below it."""
        self.publish(subject, body, f"{inbox}.{id(body)}")
        return json.loads(self.next().body)

    def close(self):
        # A reader that waits in another thread keeps the file open; the shutdown wakes it.
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()
