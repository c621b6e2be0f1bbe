"""PostgreSQL and NATS of one run, on free ports in its folder: they are restarted and killed, so they are its own.

PostgreSQL runs with the operators' settings and roles (deploy/postgres).
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from processes import Failed

DEPLOY = Path(__file__).parent.parent.parent / "deploy"
START_S = 60


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def wait_for(condition, process, name, log):
    until = time.monotonic() + START_S
    while not condition():
        if process.poll() is not None or time.monotonic() > until:
            raise Failed(f"{name} does not start:\n{tail(log)}")
        time.sleep(0.05)


def tail(path, lines=15):
    text = Path(path).read_text(errors="replace") if Path(path).exists() else ""
    return "\n".join(f"    {line[:300]}" for line in text.splitlines()[-lines:])


class Postgres:
    """A cluster that survives being stopped without a word, as one does at a power cut."""

    def __init__(self, programs, folder):
        self.programs, self.folder, self.port = Path(programs), folder / "postgres", free_port()
        self.log = folder / "postgres.log"
        self.folder.mkdir()
        # PostgreSQL refuses to run as root: then it runs as its package's user, who has to reach its folder.
        self.user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
        if self.user:
            subprocess.run(["chown", "postgres", self.folder], check=True)
        self.run("initdb", "--pgdata", self.folder / "data", "--username", "postgres", "--auth", "trust", "--locale", "C",
                 "--encoding", "UTF8", "--data-checksums")
        shutil.copy(DEPLOY / "postgres" / "postgresql.conf", self.folder / "mahnwerk.conf")
        with open(self.folder / "data" / "postgresql.conf", "a") as settings:
            settings.write(f"include = '{self.folder}/mahnwerk.conf'\nport = {self.port}\nshared_buffers = '128MB'\n"
                           f"unix_socket_directories = '{self.folder}'\n")
        self.start()
        self.ask((DEPLOY / "postgres" / "roles.sql").read_text(), "postgres")

    def run(self, program, *words):
        done = subprocess.run([*self.user, self.programs / program, *words], capture_output=True, text=True, cwd=self.folder)
        if done.returncode:
            raise Failed(f"{program}: {done.stderr}")

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([*self.user, self.programs / "postgres", "-D", self.folder / "data"],
                                            stdout=log, stderr=log)
        ready = [self.programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        wait_for(lambda: subprocess.run(ready).returncode == 0, self.process, "PostgreSQL", self.log)

    def restart_at_once(self):
        """An immediate stop: what was not flushed is recovered from the write-ahead log."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait()
        self.start()

    def ask(self, text, database="mahnwerk", user="postgres"):
        words = ["-X", "-At", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.port), "-U", user, database]
        done = subprocess.run([self.programs / "psql", *words], input=text, capture_output=True, text=True)
        if done.returncode:
            raise Failed(f"psql: {done.stderr.strip()}")
        return done.stdout.strip()

    def url(self, user):
        return f"postgres://{user}@127.0.0.1:{self.port}/mahnwerk"

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait()


# Sees and says everything, for the echo; no operator has such a user.
ECHO = ("echo", "echo")


class Nats:
    """A server that may lose all that it keeps; with the operators' accounts, if it is told to."""

    def __init__(self, program, folder, with_accounts):
        self.program, self.folder, self.port = program, folder / "nats", free_port()
        self.log, self.config = folder / "nats.log", folder / "nats.conf"
        self.config.write_text(f'listen: 127.0.0.1:{self.port}\nmax_payload: 1MB\n'
                               f'jetstream {{ store_dir: "{self.folder}", max_mem: 64MB, max_file: 4GB }}\n')
        self.passwords = {}
        if with_accounts:
            self.take_accounts(folder)
        self.start()

    def take_accounts(self, folder):
        example = (DEPLOY / "nats" / "passwords.example.conf").read_text()
        for name, password in re.findall(r'^(\w+)_PASSWORD: "(.*)"$', example, re.M):
            self.passwords[name.lower().replace("_", "-")] = password
        (folder / "passwords.conf").write_text(example)
        accounts = (DEPLOY / "nats" / "accounts.conf").read_text()
        echo = "users: [\n      { user: %s, password: %s }" % ECHO
        (folder / "accounts.conf").write_text(accounts.replace("users: [", echo, 1))
        with open(self.config, "a") as config:
            config.write("include ./accounts.conf\n")

    def login(self, kind):
        """What a role finds in its environment."""
        if not self.passwords:
            return {}
        return {"MAHNWERK_NATS_USER": kind, "MAHNWERK_NATS_PASSWORD": self.passwords[kind]}

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([self.program, "-c", self.config], stdout=log, stderr=log)
        wait_for(self.answers, self.process, "nats-server", self.log)

    def answers(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False

    def kill(self):
        self.process.kill()
        self.process.wait()

    def lose_store(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def stop(self):
        if self.process.poll() is None:
            self.kill()
