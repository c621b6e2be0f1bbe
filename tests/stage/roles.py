"""One role as a process: started, killed, frozen, started again; an end that nobody asked for is noted with its last words."""

import os
import shutil
import signal
import subprocess
import threading
import time

from processes import Failed
from servers import tail

START_S = 90
# Lines of its log that are shown of a process that has ended by itself; a panic takes three.
LAST_WORDS = 5


class Role:
    """A process with a folder of its own; keys, settings and rulebook are copies of the same."""

    def __init__(self, binary, house, folder, number, words, login):
        self.words, self.kind = words, "-".join(words)
        self.name = f"{self.kind}-{number}"
        self.environment = {**os.environ, **login(self.kind)}
        self.binary, self.house, self.log = str(binary), folder / self.name, folder / f"{self.name}.log"
        shutil.copytree(house, self.house)
        self.process, self.frozen, self.wanted = None, False, False
        # Held by whoever ends or starts it, so that a watcher does not take a kill for a death.
        self.lock = threading.RLock()
        self.starts, self.unasked = 0, []

    def start(self):
        with self.lock:
            for note in self.house.glob("*.address"):
                note.unlink()
            with open(self.log, "ab") as log:
                self.process = subprocess.Popen(
                    [self.binary, "--log", "info", *self.words, "--dir", str(self.house)], stdout=log, stderr=log,
                    env=self.environment)
            self.frozen, self.wanted = False, True
            self.starts += 1

    def address(self):
        """Where it listens, once it does."""
        for note in self.house.glob("*.address"):
            text = note.read_text().strip()
            if text:
                return text
        return None

    def wait_until_it_answers(self):
        until = time.monotonic() + START_S
        while self.address() is None:
            if self.process.poll() is not None or time.monotonic() > until:
                raise Failed(f"{self.name} does not start:\n{tail(self.log)}")
            time.sleep(0.05)

    def token(self):
        return (self.house / "token").read_text().strip()

    def runs(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        with self.lock:
            self.frozen = self.wanted = False
            if self.process.poll() is None:
                self.process.kill()
            self.process.wait()

    def freeze(self):
        with self.lock:
            if self.process.poll() is None:
                self.process.send_signal(signal.SIGSTOP)
                self.frozen = True

    def thaw(self):
        with self.lock:
            if self.process.poll() is None:
                self.process.send_signal(signal.SIGCONT)
            self.frozen = False

    def watch(self):
        """Starts it again where it has ended by itself, as a supervisor would, and keeps what it said last."""
        with self.lock:
            if self.wanted and self.process.poll() is not None:
                self.unasked.append((time.time(), self.process.returncode, tail(self.log, LAST_WORDS)))
                self.start()

    def stop(self):
        """As an operator would; what does not end in time is killed, and said."""
        self.thaw()
        self.wanted = False
        self.process.terminate()
        try:
            self.process.wait(timeout=40)
            return True
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return False

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
