"""Facts as they travel: what `mahnwerk import` sends is caught once, cut into single facts, and sent by the test.

So the test can have many requests under way at a kill, and knows of each fact by which key the log must show it.
Reads no more of the protobuf encoding than fields and lengths (proto/mahnwerk/claim/v1/batch.proto).
"""

import subprocess
import threading
from collections import namedtuple
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# A fact on its way: its own bytes as an entry of a batch, the key and the stream in hex.
Fact = namedtuple("Fact", "entry key stream")
KINDS_OF_RECEIPT = {1: "recorded", 2: "duplicate", 3: "parked", 4: "refused"}


def catch(binary, folder, table, mapping):
    """The facts that `import` makes of a table, in order; they go nowhere. `folder` is a copy that nobody runs in."""
    caught = []

    class Catcher(BaseHTTPRequestHandler):
        def do_GET(self):
            self.answer(b"alive\n")

        def do_POST(self):
            facts = split(self.rfile.read(int(self.headers["Content-Length"])))
            caught.extend(facts)
            self.answer(b"\x0a\x02\x08\x01" * len(facts))

        def answer(self, body):
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Catcher)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    (folder / "token").write_text("0" * 64 + "\n")
    (folder / "listener.address").write_text("%s:%d\n" % server.server_address)
    try:
        command = [binary, "import", "--dir", folder, table, "--mapping", mapping]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    finally:
        server.shutdown()
    if done.returncode != 0:
        raise SystemExit(f"kills: import could not read {table}:\n{done.stdout}{done.stderr}")
    return caught


def split(batch):
    """The facts of a batch."""
    return [of_entry(value) for number, value in fields(batch) if number == 1]


def of_entry(message):
    parts = dict(fields(message))
    return Fact(b"\x0a" + varint(len(message)) + message, parts[4].hex(), parts[2].hex())


def receipts(answer):
    """What became of each fact of a request, in words."""
    return [KINDS_OF_RECEIPT[dict(fields(value)).get(1, 0)] for number, value in fields(answer) if number == 1]


def fields(message):
    """Number and value of each field: bytes, or a whole number."""
    at = 0
    while at < len(message):
        tag, at = read_varint(message, at)
        number, kind = tag >> 3, tag & 7
        value, at = read_varint(message, at)
        if kind == 2:
            value, at = message[at:at + value], at + value
        elif kind != 0:
            raise ValueError(f"field {number} is of kind {kind}, which no fact has")
        yield number, value


def read_varint(message, at):
    value = shift = 0
    while True:
        byte = message[at]
        at, value, shift = at + 1, value | (byte & 0x7F) << shift, shift + 7
        if byte < 0x80:
            return value, at


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])
