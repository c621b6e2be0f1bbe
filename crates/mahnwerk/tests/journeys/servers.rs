//! A database and a broker of a test's own, for processes that share a log.
//!
//! The database lies on the server that `tests/with-servers` started; the broker is a process of the test's.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;

use crate::process::soon;

/// Which release of the broker's server.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    /// The oldest that is supported.
    Oldest,
    /// The newest that is known.
    Newest,
}

/// So many that of three schedulers each has some, and all the same few.
pub(crate) const PARTITIONS: u32 = 24;

/// Both.
pub(crate) struct Servers {
    pub(crate) database: Database,
    pub(crate) broker: Broker,
}

impl Servers {
    pub(crate) fn start(version: Version) -> Self {
        Self { database: Database::new(), broker: Broker::start(version) }
    }

    /// The settings that name them.
    pub(crate) fn settings(&self) -> String {
        format!(
            "[listener]\nport = 0\n\n[log]\nstore = \"postgres\"\npartitions = {PARTITIONS}\n\n[postgres]\nurl = \"{}\"\n\
             owner_url = \"{}\"\nconnections = 8\n\n[nats]\nservers = [\"{}\"]\n",
            self.database.url("mahnwerk_app"),
            self.database.url("mahnwerk_tests"),
            self.broker.url()
        )
    }
}

#[expect(clippy::disallowed_methods, reason = "a test finds its servers by the environment")]
fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run it through tests/with-servers"))
}

/// A database that is dropped with this.
pub(crate) struct Database {
    name: String,
    /// Host and port.
    place: String,
}

impl Database {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let server = variable("MAHNWERK_TEST_POSTGRES");
        let place = server.split('@').nth(1).and_then(|rest| rest.split('/').next()).unwrap().to_owned();
        let database = Self { name: format!("journey_{}_{number}", std::process::id()), place };
        // As deploy/postgres/roles.sql makes it; another test may be about to do the same.
        let role = "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'mahnwerk_app') THEN \
                    CREATE ROLE mahnwerk_app LOGIN; END IF; ALTER ROLE mahnwerk_app LOGIN; END $$";
        soon("a role", || tried("psql", &["--command", role, &server]).ok());
        let made = format!("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'", database.name);
        soon("a database", || tried("psql", &["--command", &made, &server]).ok());
        database
    }

    /// Where somebody reaches it.
    pub(crate) fn url(&self, user: &str) -> String {
        format!("postgres://{user}@{}/{}", self.place, self.name)
    }

    /// What a statement answers, as text.
    pub(crate) fn ask(&self, statement: &str) -> String {
        let url = self.url("mahnwerk_tests");
        let answer = tried("psql", &["--tuples-only", "--no-align", "--command", statement, &url]).unwrap();
        String::from_utf8(answer).unwrap().trim().to_owned()
    }

    /// Holds what a statement locks, until it is dropped.
    pub(crate) fn hold(&self, statement: &str) -> Held {
        let path = Path::new(&variable("MAHNWERK_TEST_POSTGRES_BIN")).join("psql");
        let url = self.url("mahnwerk_tests");
        let mut command = Command::new(path);
        command.args(["--no-psqlrc", "--quiet", "--tuples-only", "--variable", "ON_ERROR_STOP=1", &url]);
        let mut session = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let said = format!("BEGIN;\n{statement};\n\\echo held\n");
        session.stdin.as_mut().unwrap().write_all(said.as_bytes()).unwrap();
        let mut lines = BufReader::new(session.stdout.take().unwrap()).lines().map_while(Result::ok);
        assert!(lines.any(|line| line == "held"), "not held: {statement}");
        Held(session)
    }

    /// Writes all of it to a file.
    pub(crate) fn back_up(&self, file: &str) {
        tried("pg_dump", &["--format=custom", "--file", file, &self.url("mahnwerk_tests")]).unwrap();
    }

    /// Puts what a file holds in its place.
    pub(crate) fn restore(&self, file: &str) {
        let server = variable("MAHNWERK_TEST_POSTGRES");
        let gone = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        let made = format!("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'", self.name);
        tried("psql", &["--command", &gone, "--command", &made, &server]).unwrap();
        tried("pg_restore", &["--dbname", &self.url("mahnwerk_tests"), file]).unwrap();
    }

    /// All that it keeps.
    pub(crate) fn dump(&self) -> Vec<u8> {
        tried("pg_dump", &["--data-only", &self.url("mahnwerk_tests")]).unwrap()
    }
}

/// A session in a transaction.
pub(crate) struct Held(Child);

impl Drop for Held {
    fn drop(&mut self) {
        // The end of its input ends the session, and that undoes the transaction.
        drop(self.0.stdin.take());
        let _ended = self.0.wait();
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let gone = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        // A server that ends with its tests takes it along.
        let _gone = tried("psql", &["--command", &gone, &variable("MAHNWERK_TEST_POSTGRES")]);
    }
}

/// What one of PostgreSQL's programs answers.
fn tried(program: &str, words: &[&str]) -> Result<Vec<u8>, String> {
    let path = Path::new(&variable("MAHNWERK_TEST_POSTGRES_BIN")).join(program);
    let quiet: &[&str] = if program == "psql" { &["--no-psqlrc", "--quiet"] } else { &[] };
    let ended = Command::new(path).args(quiet).args(words).stdin(Stdio::null()).output().unwrap();
    if ended.status.success() { Ok(ended.stdout) } else { Err(String::from_utf8_lossy(&ended.stderr).into()) }
}

/// A broker of the test's own.
pub(crate) struct Broker {
    program: String,
    folder: TempDir,
    port: u16,
    child: Option<Child>,
}

impl Broker {
    fn start(version: Version) -> Self {
        let program = variable(match version {
            Version::Oldest => "MAHNWERK_TEST_NATS_SERVER_OLD",
            Version::Newest => "MAHNWERK_TEST_NATS_SERVER_NEW",
        });
        let mut broker = Self { program, folder: tempfile::tempdir().unwrap(), port: 0, child: None };
        broker.go_on();
        broker
    }

    /// Where clients reach it.
    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// The same without a scheme.
    pub(crate) fn place(&self) -> (&'static str, u16) {
        ("127.0.0.1", self.port)
    }

    /// Its files.
    pub(crate) fn store(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    /// Starts it, at the same port if it ran before.
    pub(crate) fn go_on(&mut self) {
        let at = self.folder.path();
        let listen = if self.port == 0 { "-1".to_owned() } else { self.port.to_string() };
        let settings = format!(
            "listen: \"127.0.0.1:{listen}\"\nports_file_dir: \"{0}\"\njetstream {{\n  store_dir: \"{0}/store\"\n  \
             max_mem: 64MB\n  max_file: 8GB\n}}\n",
            at.display()
        );
        std::fs::write(at.join("nats.conf"), settings).unwrap();
        let log = std::fs::File::options().create(true).append(true).open(at.join("nats.log")).unwrap();
        let mut command = Command::new(&self.program);
        command.arg("--config").arg(at.join("nats.conf")).stdin(Stdio::null()).stdout(Stdio::null());
        let child = command.stderr(log).spawn().unwrap();
        // The program's own name stands before the number.
        let ours = format!("_{}.ports", child.id());
        self.child = Some(child);
        self.port = soon("the broker's port", || {
            let mut files = std::fs::read_dir(at).unwrap().map(|entry| entry.unwrap().path());
            let ports = files.find(|path| path.to_str().unwrap().ends_with(&ours))?;
            let text = std::fs::read_to_string(ports).ok()?;
            text.split("nats://127.0.0.1:").nth(1)?.split('"').next()?.parse().ok()
        });
    }

    /// Ends it as a power cut would, and takes away what it kept.
    pub(crate) fn lose_everything(&mut self) {
        self.end();
        std::fs::remove_dir_all(self.store()).unwrap();
    }

    fn end(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.end();
    }
}
