"""The processes: one folder, stand-in providers, and a Mahnwerk that is killed and started again.

Ends only what it started. Leaves out what anybody does with them.
"""

import http.client
import json
import queue
import shutil
import signal
import subprocess
import threading
import time
import urllib.request

from portfolio import LAST_DAY

# A start takes as long as the tail behind the last checkpoint needs; a loaded machine gets its time.
START_S = 60
# Taken at most, over all channels; higher than what the stand-ins answer, so that permits are open at any time.
SETTINGS = "[listener]\nport = 0\n\n[worker]\nrate_per_second = 2000\nconcurrency = 64\n"
TROUBLED = {"delay_ms": 150, "throttle_per_mille": 30, "reject_per_mille": 10, "server_error_per_mille": 10,
            "accept_then_drop_per_mille": 10, "accept_then_hang_per_mille": 3}
CALM = {"throttle_per_mille": 10, "reject_per_mille": 5}
PROVIDERS = ["sms", "email", "whatsapp"]


class Failed(Exception):
    """The check has failed; says why in a sentence."""


class Stage:
    """Everything that runs, in one folder."""

    def __init__(self, binary, folder):
        self.binary, self.folder = str(binary), folder
        self.house, self.shadow, self.providers = folder / "house", folder / "shadow", folder / "providers"
        self.run_log = open(folder / "run.log", "ab")
        self.mahnwerk = self.loopback = None
        self.control = None

    def set_up(self, portfolio, seed):
        """Makes the folder, a copy that nobody runs in, the tables, and starts the stand-in providers."""
        portfolio.write(self.folder)
        self.command("init", "--dir", self.house, "--rulebook", "municipality")
        (self.house / "mahnwerk.toml").write_text(SETTINGS)
        shutil.copytree(self.house, self.shadow)
        self.start_loopback(seed)

    def command(self, *words, codes=(0,)):
        """Runs a command to its end and gives what it wrote."""
        done = subprocess.run([self.binary, *words], capture_output=True, text=True, timeout=600)
        if done.returncode not in codes:
            said = done.stderr.strip() + done.stdout[-2000:]
            raise Failed(f"mahnwerk {words[0]} ended with {done.returncode}: {said}")
        return done.stdout

    def start_loopback(self, seed):
        behaviour = self.folder / "behaviour.toml"
        shares = "".join(f"{name} = {value}\n" for name, value in TROUBLED.items())
        behaviour.write_text(f"seed = {seed}\n" + "".join(f"[behaviours.{name}]\n{shares}" for name in PROVIDERS))
        self.loopback = subprocess.Popen(
            [self.binary, "loopback", "--dir", self.providers, "--behaviour", behaviour],
            stdout=subprocess.PIPE, stderr=self.run_log, text=True)
        for line in self.loopback.stdout:
            word, _, rest = line.partition(" ")
            if word == "control":
                self.control = rest.strip()
            if word == "use":
                return
        raise Failed("the stand-in providers did not start")

    def calm(self):
        """From now on the stand-ins answer at once."""
        body = json.dumps({name: CALM for name in PROVIDERS}).encode()
        urllib.request.urlopen(urllib.request.Request(self.control, data=body, method="POST"), timeout=10).read()

    def start(self):
        """Starts Mahnwerk; seconds until it answers, and where."""
        began = time.monotonic()
        table, mapping = self.folder / "portfolio.csv", self.folder / "portfolio.toml"
        self.mahnwerk = subprocess.Popen(
            [self.binary, "run", "--dir", self.house, "--clock", "virtual", "--until", LAST_DAY, "--feed", table,
             "--mapping", mapping, "--providers", self.providers / "providers.toml", "--wait-for-agent"],
            stdout=subprocess.PIPE, stderr=self.run_log, text=True)
        said = queue.Queue()
        threading.Thread(target=self.listen, args=(self.mahnwerk.stdout, said), daemon=True).start()
        while True:
            try:
                line = said.get(timeout=max(0.1, began + START_S - time.monotonic()))
            except queue.Empty:
                raise Failed(f"Mahnwerk did not come back within {START_S} s") from None
            if line is None:
                raise Failed(f"Mahnwerk ended when it was started; see {self.run_log.name}")
            if "commands reach it at " in line:
                address = line.split("commands reach it at ")[1].strip().rstrip(".")
                return time.monotonic() - began, address

    def listen(self, stream, said):
        for line in stream:
            self.run_log.write(line.encode())
            self.run_log.flush()
            said.put(line)
        said.put(None)

    def kill(self):
        """Ends Mahnwerk as a power cut would."""
        self.mahnwerk.send_signal(signal.SIGKILL)
        self.mahnwerk.wait()

    def runs(self):
        return self.mahnwerk is not None and self.mahnwerk.poll() is None

    def token(self):
        return (self.house / "token").read_text().strip()

    def events_from(self, position):
        """Events of the log from a position on, as objects."""
        text = self.command("replay", "--dir", self.house, "--from", str(position))
        return [json.loads(line) for line in text.splitlines()]

    def record(self):
        """The providers' own record so far; a line that is being written is left for later."""
        path = self.providers / "record.jsonl"
        text = path.read_bytes() if path.exists() else b""
        return [json.loads(line) for line in text[:text.rfind(b"\n") + 1].splitlines()]

    def close(self):
        for process in (self.mahnwerk, self.loopback):
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()
        self.run_log.close()


class Listener:
    """One connection to a running Mahnwerk; it breaks with the process and is not made anew."""

    def __init__(self, address, token):
        host, port = address.rsplit(":", 1)
        self.connection = http.client.HTTPConnection(host, int(port), timeout=100)
        self.token = token

    def send(self, method, path, body, kind):
        """Status and body of the answer; OSError or HTTPException when the process is gone."""
        self.connection.request(method, path, body, {"Authorization": f"Bearer {self.token}", "Content-Type": kind})
        answer = self.connection.getresponse()
        return answer.status, answer.read()

    def json(self, method, path, body=None):
        status, text = self.send(method, path, None if body is None else json.dumps(body), "application/json")
        if status >= 300:
            raise Refused(f"{method} {path.partition('?')[0]}: {status} {text.decode()}")
        return json.loads(text) if text else None

    def facts(self, batch):
        return self.send("POST", "/v1/facts", batch, "application/x-protobuf")


class Refused(Exception):
    """The process answered, and not with a yes."""


GONE = (OSError, http.client.HTTPException)
