//! A folder that `init` made, with tables in it, and what commands on it answer.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::servers::{Servers, Version};

/// The columns of every table here.
pub(crate) const HEADER: &str =
    "id,kind,debtor,claim,name,language,phone,email,creditor,amount,currency,due,channel";

/// How its rows become facts. What stops comes first: nobody is contacted in between.
pub(crate) const MAPPING: &str = r#"
tenant = "gemeinde-musterwil"
source = "erp"
id = ["id"]
instant = "now"
currency = { column = "currency" }
debtor = { column = "debtor" }
claim = { column = "claim" }

[[fact]]
kind = "debtor_described"
when = { column = "name", not_empty = true }
zones = ["Europe/Zurich"]
name = { column = "name" }
language = { column = "language" }

[[fact]]
kind = "opted_out"
when = { column = "channel", not_empty = true }
scope = "channel"
channel = { column = "channel" }

[[fact]]
kind = "contact_point_added"
when = { column = "phone", not_empty = true }
point_kind = "phone"
value = { column = "phone" }
confidence = 90

[[fact]]
kind = "contact_point_added"
when = { column = "email", not_empty = true }
point_kind = "email"
value = { column = "email" }
confidence = 90

[[fact]]
kind = "claim_registered"
when = { column = "kind", equals = "claim" }
creditor = { column = "creditor" }
principal = { column = "amount" }
due_at = { column = "due", format = "rfc3339" }

[[fact]]
kind = "payment_received"
when = { column = "kind", equals = "payment" }
amount = { column = "amount" }
"#;

/// What a command answered.
pub(crate) struct Answer {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Answer {
    /// The same, if it ended with this code.
    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "standard output:\n{}\nstandard error:\n{}", self.out, self.err);
        self
    }

    /// The same, if both of its outputs together hold each of these.
    #[track_caller]
    pub(crate) fn says(self, parts: &[&str]) -> Self {
        let all = format!("{}{}", self.out, self.err);
        for part in parts {
            assert!(all.contains(part), "not said: {part}\nbut:\n{all}");
        }
        self
    }

    /// Standard output as one JSON value.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error} in:\n{}", self.out))
    }

    /// Standard output as JSON lines.
    #[track_caller]
    pub(crate) fn json_lines(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// A command, with nothing from this process's environment that could change it.
pub(crate) fn mahnwerk() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mahnwerk"));
    command.env_remove("MAHNWERK_KEYS").env_remove("MAHNWERK_OTLP_ENDPOINT").stdin(Stdio::null());
    command
}

/// Runs a command to its end.
pub(crate) fn run(words: &[&str]) -> Answer {
    let ended = mahnwerk().args(words).output().unwrap();
    Answer {
        code: ended.status.code().unwrap_or(-1),
        out: String::from_utf8(ended.stdout).unwrap(),
        err: String::from_utf8(ended.stderr).unwrap(),
    }
}

/// A folder of Mahnwerk's within a temporary one, which has room for tables beside it.
pub(crate) struct Folder {
    beside: TempDir,
    /// Where processes share its log.
    pub(crate) servers: Option<Servers>,
}

impl Folder {
    /// As `init` makes it, but for the port.
    pub(crate) fn new() -> Self {
        let folder = Self { beside: tempfile::tempdir().unwrap(), servers: None };
        run(&["init", "--dir", folder.dir()]).ends(0);
        std::fs::write(folder.path().join("mahnwerk.toml"), "[listener]\nport = 0\n").unwrap();
        folder.write("erp.toml", MAPPING);
        folder
    }

    /// The same with a log that processes share.
    pub(crate) fn shared(version: Version) -> Self {
        let servers = Servers::start(version);
        let settings = servers.settings();
        let folder = Self { beside: tempfile::tempdir().unwrap(), servers: Some(servers) };
        std::fs::create_dir(folder.path()).unwrap();
        std::fs::write(folder.path().join("mahnwerk.toml"), settings).unwrap();
        run(&["init", "--dir", folder.dir()]).ends(0);
        folder.write("erp.toml", MAPPING);
        folder
    }

    /// The file that says who answers a request.
    pub(crate) fn door(&self, path: &str) -> PathBuf {
        let name = match &self.servers {
            None => "listener.address",
            Some(_) if path.starts_with("/v1/calls") => "worker-call.address",
            Some(_) => "ingest.address",
        };
        self.path().join(name)
    }

    /// All that is kept of what came in: the log, and what lies with the broker.
    pub(crate) fn kept(&self) -> Vec<u8> {
        match &self.servers {
            None => ["log.db", "log.db-wal"].map(|name| bytes(&self.path().join(name))).concat(),
            Some(servers) => {
                let mut all = servers.database.dump();
                all.extend(files_below(&servers.broker.store()).iter().flat_map(|file| bytes(file)));
                all
            }
        }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> PathBuf {
        self.beside.path().join("mahnwerk")
    }

    /// The same as a word of a command line.
    pub(crate) fn dir(&self) -> &'static str {
        // A test's few bytes live as long as its process.
        self.path().to_str().unwrap().to_owned().leak()
    }

    /// Another place beside it.
    pub(crate) fn beside(&self, name: &str) -> &'static str {
        self.beside.path().join(name).to_str().unwrap().to_owned().leak()
    }

    /// Writes a file beside it; where it is.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> &'static str {
        let path = self.beside(name);
        std::fs::write(path, content).unwrap();
        path
    }

    /// Runs a command on it.
    pub(crate) fn run(&self, words: &[&str]) -> Answer {
        run(&[words, &["--dir", self.dir()]].concat())
    }

    /// Imports rows under the header, by the mapping.
    pub(crate) fn import(&self, rows: &[&str]) -> Answer {
        let table = self.write("erp.csv", format!("{HEADER}\n{}\n", rows.join("\n")));
        self.run(&["import", table, "--mapping", self.beside("erp.toml")])
    }

    /// The same with rows of which none is refused.
    #[track_caller]
    pub(crate) fn import_whole(&self, rows: impl Iterator<Item = String>) {
        let rows: Vec<String> = rows.collect();
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        self.import(&rows).ends(0).says(&[" 0 refused"]);
    }

    /// Panics unless its log is whole.
    #[track_caller]
    pub(crate) fn must_be_whole(&self) {
        self.run(&["verify"]).ends(0).says(&["The log is whole."]);
    }

    /// How many events its log has.
    pub(crate) fn events(&self) -> usize {
        self.run(&["replay"]).ends(0).out.lines().count()
    }

    /// Replaces a text that must be there in a file of the rulebook, once.
    #[track_caller]
    pub(crate) fn spoil(&self, file: &str, find: &str, put: &str) {
        let path = self.path().join("rulebook").join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(find), "{file} has no {find}");
        std::fs::write(&path, text.replacen(find, put, 1)).unwrap();
    }

    /// Lets every channel be used at every hour.
    pub(crate) fn open_all_hours(&self) {
        let path = self.path().join("rulebook/mahnwerk.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        let wide = |line: &str| match line.split(" = ").next() {
            Some("hours") => Some("hours = { mon-sun = \"00:00-24:00\" }".to_owned()),
            Some("closed_days") => None,
            Some(_) | None => Some(line.to_owned()),
        };
        let lines: Vec<String> = text.lines().filter_map(wide).collect();
        std::fs::write(&path, lines.join("\n")).unwrap();
    }
}

/// All bytes of a file, or none where there is no such file.
pub(crate) fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_default()
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}
