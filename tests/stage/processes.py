"""The processes of a run that is judged from outside: stand-in providers, and a Mahnwerk that may be killed and started again.

One folder holds all of it. Ends only what it started, by process id. Leaves out what anybody does with them.
"""

import json
import queue
import signal
import subprocess
import threading
import time

# A start takes as long as the tail behind the last checkpoint needs; a loaded machine gets its time.
START_S = 60


class Failed(Exception):
    """The check has failed; says why in a sentence."""


class Processes:
    """Everything that runs, in one folder."""

    def __init__(self, binary, folder):
        self.binary, self.folder = str(binary), folder
        self.house, self.providers = folder / "house", folder / "providers"
        self.run_log = open(folder / "run.log", "ab")
        self.mahnwerk = self.loopback = None
        self.control = None

    def command(self, *words, codes=(0,)):
        """Runs a command to its end and gives what it wrote."""
        done = subprocess.run([self.binary, *words], capture_output=True, text=True, timeout=600)
        if done.returncode not in codes:
            said = done.stderr.strip() + done.stdout[-2000:]
            raise Failed(f"mahnwerk {words[0]} ended with {done.returncode}: {said}")
        return done.stdout

    def start_loopback(self, behaviour):
        """Starts the stand-in providers, who behave as the text of a behaviour file says."""
        told = self.folder / "behaviour.toml"
        told.write_text(behaviour)
        self.loopback = subprocess.Popen(
            [self.binary, "loopback", "--dir", self.providers, "--behaviour", told],
            stdout=subprocess.PIPE, stderr=self.run_log, text=True)
        for line in self.loopback.stdout:
            word, _, rest = line.partition(" ")
            if word == "control":
                self.control = rest.strip()
            if word == "use":
                return
        raise Failed("the stand-in providers did not start")

    def start_mahnwerk(self, *words):
        """Starts `run` with these words; seconds until it answers, and where."""
        began = time.monotonic()
        self.mahnwerk = subprocess.Popen(
            [self.binary, "run", "--dir", self.house, *words], stdout=subprocess.PIPE, stderr=self.run_log, text=True)
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

    def stop(self):
        """Ends Mahnwerk as an operator would."""
        self.mahnwerk.send_signal(signal.SIGTERM)
        self.mahnwerk.wait(timeout=60)

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
