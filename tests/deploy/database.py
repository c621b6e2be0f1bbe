#!/usr/bin/env python3
"""Has a real PostgreSQL take the operators' settings and roles, and shows what the application's role may not do.

    database.py --bin FOLDER-OF-POSTGRESQL

The tables are those of the migrations in crates/event-log, made as `migrate` makes them: as the owner, with its grants.
Ends with 1 and a sentence for each thing that comes out otherwise.
"""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
DEPLOY = ROOT / "deploy" / "postgres"
MIGRATIONS = ROOT / "crates" / "event-log" / "migrations" / "postgres"
# What `mahnwerk doctor` asks for, and what a lease of 5 s needs.
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "ignore_checksum_failure": "off"}
BELOW_LEASE_MS = ["idle_in_transaction_session_timeout", "tcp_user_timeout"]
LEASE_MS = 5000
EVENT = "SELECT 1 FROM mahnwerk.events LIMIT 1"
FORBIDDEN = {
    "changes events": "UPDATE mahnwerk.events SET at = 0",
    "deletes events": "DELETE FROM mahnwerk.events",
    "truncates events": "TRUNCATE mahnwerk.events",
    "changes events of one partition": "UPDATE mahnwerk.events_0 SET at = 0",
    "deletes events of one partition": "DELETE FROM mahnwerk.events_0",
    "deletes keys of inputs": "DELETE FROM mahnwerk.input_keys",
    "drops the events": "DROP TABLE mahnwerk.events",
    "takes a partition off": "ALTER TABLE mahnwerk.events DETACH PARTITION mahnwerk.events_0",
    "deletes heads": "DELETE FROM mahnwerk.heads",
    "makes partitions": "SELECT mahnwerk.make_partitions(7, 7)",
    "makes a table": "CREATE TABLE mahnwerk.mine (x int)",
    "makes a table in public": "CREATE TABLE public.mine (x int)",
    "makes a temporary table": "CREATE TEMPORARY TABLE mine (x int)",
    "becomes the owner": "SET ROLE mahnwerk_owner",
    "makes a role": "CREATE ROLE another",
    "reads files": "SELECT pg_read_file('postgresql.conf')",
}


def as_user():
    """PostgreSQL refuses to run as root: then it runs as its package's user."""
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []


class Cluster:
    """A server with the operators' settings on a free port."""

    def __init__(self, programs, folder):
        self.programs, self.folder = programs, folder
        if os.geteuid() == 0:
            subprocess.run(["chown", "postgres", folder], check=True)
        (folder / "mahnwerk.conf").write_text((DEPLOY / "postgresql.conf").read_text())
        (folder / "mahnwerk.conf").chmod(0o644)
        self.run("initdb", "--pgdata", folder / "data", "--username", "postgres", "--auth", "trust", "--data-checksums")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        with open(folder / "data" / "postgresql.conf", "a") as settings:
            settings.write(f"include = '{folder}/mahnwerk.conf'\nport = {self.port}\nunix_socket_directories = '{folder}'\n"
                           "shared_buffers = '32MB'\n")
        with open(folder / "server.log", "wb") as log:
            self.process = subprocess.Popen([*as_user(), programs / "postgres", "-D", folder / "data"], stdout=log, stderr=log)
        until = time.monotonic() + 30
        while subprocess.run([programs / "pg_isready", "-q", "-h", folder, "-p", str(self.port)]).returncode:
            if self.process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"database: the server does not start:\n{(folder / 'server.log').read_text()}")
            time.sleep(0.1)

    def run(self, program, *words):
        done = subprocess.run([*as_user(), self.programs / program, *words], capture_output=True, text=True, cwd=self.folder)
        if done.returncode:
            raise SystemExit(f"database: {program}: {done.stderr}")

    def psql(self, user, database, text, *words):
        """The server's answer and what it objected to."""
        done = subprocess.run(
            [self.programs / "psql", "-X", "-At", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.port), "-U", user,
             *words, database], input=text, capture_output=True, text=True)
        return done.stdout.strip(), done.stderr.strip() if done.returncode else ""

    def must(self, user, database, text):
        answer, objection = self.psql(user, database, text)
        if objection:
            raise SystemExit(f"database: {user} could not: {objection}\n{text[:400]}")
        return answer

    def stop(self):
        self.process.send_signal(2)
        self.process.wait()


def settings_are_durable(cluster):
    for name, wanted in DURABLE.items():
        found = cluster.must("mahnwerk_app", "mahnwerk", f"SHOW {name}")
        if found != wanted:
            yield f"{name} is {found} in place of {wanted}"
    for name in BELOW_LEASE_MS:
        found = int(cluster.must("mahnwerk_app", "mahnwerk", f"SELECT setting FROM pg_settings WHERE name = '{name}'"))
        # A connection over a socket of the system's has no TCP to time out.
        if not 0 < found < LEASE_MS:
            yield f"{name} is {found} ms, and has to be below the lease of {LEASE_MS} ms"


def tables(cluster):
    """As `migrate` makes them; a table of our own stands in where they are not there."""
    files = sorted(MIGRATIONS.glob("[0-9]*.sql"))
    head = ("CREATE SCHEMA mahnwerk; SET search_path = mahnwerk;\n"
            "CREATE TABLE schema_version (one smallint PRIMARY KEY, version integer NOT NULL);\n")
    text = head + "\n".join(file.read_text() for file in files) + "\nSELECT make_partitions(0, 1);\n"
    text += (MIGRATIONS / "grants.sql").read_text().replace("{role}", "mahnwerk_app")
    cluster.must("mahnwerk_owner", "mahnwerk", text)
    return len(files)


def rights(cluster):
    for what, statement in FORBIDDEN.items():
        _, objection = cluster.psql("mahnwerk_app", "mahnwerk", statement)
        if not re_denied(objection):
            yield f"the application {what}: {objection or 'let through'}"
    _, objection = cluster.psql("mahnwerk_app", "mahnwerk", f"{EVENT}; INSERT INTO mahnwerk.tenants (tenant) VALUES ('t')")
    if objection:
        yield f"the application can't read events and add a tenant: {objection}"
    _, objection = cluster.psql("mahnwerk_app", "mahnwerk", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                                "WHERE usename = 'mahnwerk_app' AND pid <> pg_backend_pid()")
    if objection:
        yield f"the application can't end its own old sessions: {objection}"
    cluster.must("postgres", "postgres", "CREATE ROLE somebody LOGIN")
    _, objection = cluster.psql("somebody", "mahnwerk", "SELECT 1")
    if not re_denied(objection):
        yield "another role is let into the database"


def re_denied(objection):
    return any(words in objection for words in ("permission denied", "must be owner"))


def check(cluster):
    for _ in range(2):
        _, objection = cluster.psql("postgres", "postgres", (DEPLOY / "roles.sql").read_text())
        if objection:
            yield f"roles.sql fails: {objection}"
            return
    yield from settings_are_durable(cluster)
    if not (MIGRATIONS / "grants.sql").exists():
        print("the migrations are not there: the rights on tables are not tried")
        return
    count = tables(cluster)
    wrong = list(rights(cluster))
    print(f"{count} migrations as the owner; {len(FORBIDDEN)} things that the application may not do tried, {len(wrong)} wrong")
    yield from wrong


def main():
    read = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    read.add_argument("--bin", type=Path, required=True, help="the folder of PostgreSQL's programs")
    args = read.parse_args()
    with tempfile.TemporaryDirectory(prefix="mahnwerk-database-") as folder:
        cluster = Cluster(args.bin, Path(folder))
        try:
            wrong = list(check(cluster))
        finally:
            cluster.stop()
    for sentence in wrong:
        print(f"database: {sentence}")
    print("database: wrong" if wrong else "database: settings and roles are as they must be")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
